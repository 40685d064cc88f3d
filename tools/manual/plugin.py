"""A plugin of pytest: which tests were collected, with their sections, and which failed.

They are written as JSON to the file that the environment's MANUAL_REPORT names.
"""

import json
import os
from pathlib import Path

import pytest

_FOUND: dict[str, dict[str, list[str]]] = {"collected": {}, "failed": {}}


def pytest_collection_finish(session: pytest.Session) -> None:
    for item in session.items:
        marks = [str(word) for mark in item.iter_markers("manual") for word in mark.args]
        _FOUND["collected"][item.nodeid] = marks


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _FOUND["failed"].setdefault(report.nodeid, []).append(str(report.when))


def pytest_sessionfinish() -> None:
    Path(os.environ["MANUAL_REPORT"]).write_text(json.dumps(_FOUND))
