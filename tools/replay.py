"""Replays a recorded trace against the driver, without a module and without waiting.

    python -m tools.replay tests_host/traces/tcp_echo.jsonl

Beside NAME.jsonl stand NAME.py, the program that was recorded, and NAME.out, what it printed.
`python -m tools.record --keep NAME` makes the three. Exit code 1 when the driver says anything
else than it did, or the program prints anything else.
"""

import argparse
import difflib
import subprocess
import sys
from pathlib import Path

from tools import process
from tools.mp import MPY, ROOT, SHIMS, interpreter

TRACES = ROOT / "tests_host" / "traces"
LIMIT_S = 60


def play(trace: Path, program: Path | None = None, lib: Path = MPY) -> str:
    """What the program prints now, on the real interpreter."""
    program = program or trace.with_suffix(".py")
    command = [interpreter(), str(SHIMS / "player.py"), str(lib), str(SHIMS), str(trace)]
    done = subprocess.run(
        [*command, str(program)], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    return done.stdout + done.stderr


def difference(trace: Path) -> str:
    """How the replay of a trace differs from its recording; nothing when it does not."""
    now, then = play(trace), trace.with_suffix(".out").read_text()
    if now == then:
        return ""
    lines = difflib.unified_diff(then.splitlines(), now.splitlines(), "recorded", "now", "", "", 1)
    again = f"python -m tools.record --port … --keep {trace.stem} {trace.stem}.py"
    return "\n".join([*lines, f"If that is meant to be so, record it anew: {again}"])


def main() -> int:
    """0 when everything is as recorded."""
    parser = argparse.ArgumentParser(prog="python -m tools.replay", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("traces", nargs="*", type=Path, help="all of tests_host/traces otherwise")
    failed = 0
    for trace in parser.parse_args().traces or sorted(TRACES.glob("*.jsonl")):
        text = difference(trace)
        print(f"{trace.stem}: {text or 'as recorded'}")
        failed |= bool(text)
    return failed


if __name__ == "__main__":
    sys.exit(process.run(main))
