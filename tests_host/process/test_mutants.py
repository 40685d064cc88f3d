"""What `make mutants` says of the changes that it tried."""

import pytest

from tools.mutants import report


def result(outcome: str) -> dict[str, object]:
    return {"module_path": "lib/bc25/reader.py", "start_pos": [23, 4], "test_outcome": outcome,
            "operator_name": "core/NumberReplacer", "diff": "-    n = 1\n+    n = 2"}


def test_a_change_that_no_test_noticed_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([result("killed"), result("survived"), result("killed")]) == 1
    said = capsys.readouterr().out
    assert said.count("lib/bc25/reader.py:23 core/NumberReplacer\n-    n = 1") == 1
    assert "3 changes tried: 2 killed, 1 survived" in said


def test_nothing_survived() -> None:
    assert report([result("killed")]) == 0
