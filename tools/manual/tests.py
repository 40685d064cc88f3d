"""The tests that carry the marker `manual`."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.mp import ROOT

_OF_DRIVER = ("tests_host/unit/", "tests_host/manual/")
_OF_SIMULATOR = ("tests_host/sim/", "tests_host/manual/")
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
        return self.node.startswith(_OF_DRIVER)

    @property
    def of_simulator(self) -> bool:
        return self.node.startswith(_OF_SIMULATOR)


def collect() -> list[Test]:
    """Every test that claims a section; RuntimeError when a test file cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        words = ["--collect-only", "-q", "-p", "tools.manual.plugin", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, "tests_host"], cwd=ROOT,
            env={**os.environ, "MANUAL_REPORT": str(report)}, text=True, timeout=_PATIENCE_S,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout)
        found: dict[str, list[str]] = json.loads(report.read_text())
    return [Test(node, frozenset(marks)) for node, marks in found.items() if marks]
