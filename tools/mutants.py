"""Changes the driver in many small ways, and lists the changes that no test notices.

    python -m tools.mutants [reader outbox connection]

cosmic-ray makes the changes, one at a time, in a copy of the checkout in build/mutants, and runs
the unit tests on CPython with each. That takes an hour or two; Ctrl-C ends it with what is known
so far. What survives is either a missing test or a line that does nothing.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tools import process
from tools.mp import BUILD, ROOT
from tools.progress import Work

MODULES = ("reader", "outbox", "connection")
# cosmic-ray and what it needs are in a folder of their own, where `make mutants` puts them.
TOOL, TREE, SESSION = (BUILD / "mutants" / name for name in ("tool", "tree", "session.sqlite"))
PARTS = ("lib", "tools", "tests_host", "boards", "pyproject.toml")
LOOK_S = 2.0
TEST = "-m pytest -q -x -n 0 -p no:cacheprovider tests_host/unit -k py-p0-native"
CONFIG = """
[cosmic-ray]
module-path = {paths}
timeout = 120.0
excluded-modules = []
test-command = "env -u PYTHONPATH {python} {test}"
[cosmic-ray.distributor]
name = "local"
"""


def copied() -> None:
    """A fresh copy of what the tests need."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, TREE)


def cosmic_ray(*words: str | Path) -> "subprocess.Popen[str]":
    """cosmic-ray at work in the copy."""
    command = [sys.executable, "-m", "cosmic_ray.cli", *map(str, words)]
    return subprocess.Popen(command, cwd=TREE, text=True, stdout=subprocess.PIPE,
                            env=os.environ | {"PYTHONPATH": str(TOOL)})


def count(table: str) -> int:
    """How many rows a table of the session has."""
    with sqlite3.connect(f"file:{SESSION}?mode=ro", uri=True) as session:
        return int(session.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def prepare(modules: list[str]) -> Path:
    """List the changes that there are to try; the configuration's path."""
    copied()
    config = TREE / "mutants.toml"
    paths = [f"lib/bc25/{name}.py" for name in modules]
    config.write_text(CONFIG.format(paths=json.dumps(paths), python=sys.executable, test=TEST))
    SESSION.unlink(missing_ok=True)
    for words in (("baseline", config), ("init", config, SESSION)):
        run = cosmic_ray(*words)
        said, _ = run.communicate()
        if run.returncode:
            raise RuntimeError(f"cosmic-ray {words[0]} failed: {said}")
    return config


def attempt(config: Path) -> None:
    """Try every change."""
    run, done = cosmic_ray("exec", config, SESSION), 0
    with Work("mutants", count("work_items")) as work:
        while run.poll() is None:
            time.sleep(LOOK_S)
            now = count("work_results")
            work.step("changes tried", now - done)
            done = now


def results() -> list[dict[str, Any]]:
    """What became of each change that was tried."""
    said, _ = cosmic_ray("dump", SESSION).communicate()
    pairs = [json.loads(line) for line in said.splitlines()]
    return [item["mutations"][0] | result for item, result in pairs if result]


def report(found: list[dict[str, Any]]) -> int:
    """The changes that no test noticed; 1 when there are some."""
    counts = Counter(str(result["test_outcome"]).rpartition(".")[2].lower() for result in found)
    survivors = [result for result in found if "survived" in str(result["test_outcome"]).lower()]
    for result in survivors:
        print(f"\n{result['module_path']}:{result['start_pos'][0]} {result['operator_name']}")
        print(result["diff"])
    print(f"\n{len(found)} changes tried:", ", ".join(f"{n} {what}" for what, n in counts.items()))
    return int(bool(survivors))


def main() -> int:
    """1 when a change survived."""
    there = {path.stem for path in (ROOT / "lib" / "bc25").glob("*.py")}
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", choices=[[], *sorted(there)], metavar="MODULE",
                        help="of lib/bc25")
    modules = parser.parse_args().modules or [name for name in MODULES if name in there]
    try:
        attempt(prepare(modules))
    except KeyboardInterrupt:
        print("ended early; so far:")
        report(results() if SESSION.exists() else [])
        raise
    return report(results())


if __name__ == "__main__":
    sys.exit(process.run(main, RuntimeError))
