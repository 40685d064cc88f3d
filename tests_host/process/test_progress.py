"""Where long work is: a bar on a terminal, lines elsewhere."""

import io
import sys

import pytest

from tools.progress import Work, console


def test_elsewhere_each_tenth_is_a_line_beside_the_result(capsys: pytest.CaptureFixture[str]):
    with Work("bench", 40) as work:
        for n in range(40):
            work.step(f"row {n}")
        work.step("one more than was thought")
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and len(lines) == 10
    assert lines[0].startswith("bench: 4 of 40, about ") and lines[0].endswith(" s left (row 3)")
    assert lines[-1].startswith("bench: 40 of 40, about 0 s left")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_bar_stands_below_what_is_printed(monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Work("soak", 3) as work:
        work.step("first", 2)
        console().print("a result")
    shown = terminal.getvalue()
    assert "2/3" in shown and "left" in shown and "first" in shown
    assert "a result\n" in shown
    assert shown.rstrip().endswith("\x1b[2K"), "the bar stays when the work is over"
