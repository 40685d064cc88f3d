"""The tests that carry the marker `manual`: which there are, and which fail without something."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.mp import ROOT

_PLUGIN = "tools.manual.plugin"
# Where tests see the driver fail when BC25_WITHOUT names a part of it, or the simulated module
# when BC25SIM_WITHOUT does. The end-to-end tests run the driver's .mpy: nothing is taken of it.
_OF_DRIVER = ("tests_host/unit/", "tests_host/manual/")
_OF_SIMULATOR = ("tests_host/sim/", "tests_host/manual/")
_CONDITION = "[py-p0-native]"  # a unit test runs under several; this one is quick
_PATIENCE_S = 240


@dataclass(frozen=True)
class Test:
    """One test, by its name for pytest, and the sections it claims."""

    node: str
    sections: frozenset[str]

    @property
    def function(self) -> str:
        """Without its parameters."""
        return self.node.partition("[")[0]

    @property
    def of_driver(self) -> bool:
        unit = self.node.startswith(_OF_DRIVER[0])
        return self.node.startswith(_OF_DRIVER) and (not unit or self.node.endswith(_CONDITION))

    @property
    def of_simulator(self) -> bool:
        return self.node.startswith(_OF_SIMULATOR)


def collect() -> list[Test]:
    """Every test that claims a section; RuntimeError when a test file cannot be read."""
    found = _pytest(["--collect-only", "tests_host"], {}, only_good=True)
    return [Test(node, frozenset(marks)) for node, marks in found["collected"].items() if marks]


def failing(tests: list[Test], **environment: str) -> set[str]:
    """Which of them fail in that environment; RuntimeError when not all of them ran."""
    found = _pytest([test.node for test in tests], environment)
    missing = {test.node for test in tests} - set(found["collected"])
    if missing:
        raise RuntimeError(f"not run: {', '.join(sorted(missing))}")
    return set(found["failed"])


def _pytest(words: list[str], environment: dict[str, str],
            only_good: bool = False) -> dict[str, dict[str, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", _PLUGIN, "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*pytest, *words], cwd=ROOT,
            env={**os.environ, **environment, "MANUAL_REPORT": str(report)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_PATIENCE_S,
            check=False)
        if not report.exists() or only_good and done.returncode:
            raise RuntimeError(done.stdout)
        found: dict[str, dict[str, list[str]]] = json.loads(report.read_text())
        return found
