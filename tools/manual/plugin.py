"""A plugin of pytest: writes each collected test with its sections, as JSON.

The environment's MANUAL_REPORT names the file.
"""

import json
import os
from pathlib import Path

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    marks = {item.nodeid: [str(word) for mark in item.iter_markers("manual") for word in mark.args]
             for item in session.items}
    Path(os.environ["MANUAL_REPORT"]).write_text(json.dumps(marks))
