"""The two READMEs: in step with each other, and true of the repository."""

from __future__ import annotations

import ast
import errno
import re
import sys
import types

import pytest

from tests_host.docs.readme import NAMES, ROOT, TEXTS, blocks, both, code, prose, spans
from tools import mpy, published
from tools.bc25sim import Echo
from tools.rig import SERVER, Rig

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def shape(name):
    """Levels of the headings, columns of the rows of tables and marks of the lists, in order."""
    found = []
    for line in prose(name).splitlines():
        if line.startswith("#"):
            found.append(line.partition(" ")[0])
        elif line.startswith("|"):
            found.append("|" * line.replace("\\|", "").count("|"))
        elif re.match(r"- |\d\. ", line):
            found.append(line[:2])
    return found


def test_both_have_the_same_headings_tables_and_lists():
    assert shape(NAMES[0]) == shape(NAMES[1])


def test_both_have_the_same_code():
    assert blocks(NAMES[0]) == blocks(NAMES[1])
    assert set(spans(NAMES[0])) == set(spans(NAMES[1]))


def test_both_have_the_same_links():
    links = [set(re.findall(r"\]\(([^)]+)\)", prose(name))) for name in NAMES]
    assert links[0] == links[1]


@both
def test_python_compiles(name):
    programs = [text for language, text in blocks(name) if language == "python"]
    assert programs
    for program in programs:
        ast.parse(program)


@both
def test_targets_exist_and_none_is_left_out(name):
    named = {target for text in code(name) for target in re.findall(r"\bmake ([a-z-]+)", text)}
    there = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert named == there


@pytest.fixture
def rig():
    made = Rig()
    made.network.serve(SERVER, 7, Echo)
    made.network.names["echo.example"] = [SERVER]
    made.module.power.on()
    made.clock.advance(3_000_000)
    return made


def test_the_ten_lines_work(rig, monkeypatch, capsys):
    board = types.ModuleType("board")
    vars(board).update(uart=lambda: rig.uart, pins=dict)
    monkeypatch.setitem(sys.modules, "board", board)
    monkeypatch.setitem(sys.modules, "bc25", rig.bc25)
    program = next(text for language, text in blocks(NAMES[0]) if language == "python")
    exec(program.replace("your.apn", "CMNBIOT"), {})  # the module's own: no restart
    assert capsys.readouterr().out == "TCP brought back b'hello over TCP\\n'\n"


def test_what_is_called_exists(rig):
    rig.nic.active(True)
    owners = {"nic": rig.nic, "s": rig.nic.socket(), "bc25": rig.bc25}
    calls = {call for text in code(NAMES[0]) for call in re.findall(r"\b(nic|s)\.(\w+)\(", text)}
    assert len(calls) > 40
    for owner, method in calls:
        assert callable(getattr(owners[owner], method)), f"{owner}.{method}"


def test_the_services_exist_for_asyncio(rig):
    line = next(line for line in TEXTS[NAMES[0]].splitlines() if "`bc25.aio`" in line)
    aio = sys.modules[rig.bc25.__name__ + ".aio"]
    for method in re.findall(r"`(\w+)`", line):
        assert callable(getattr(aio, method)), method


@both
def test_errors_have_these_texts(name, rig):
    pattern = r"BC25Error: \[Errno (\d+)\] (\w+): (AT\S+): error (\w+)"
    told = [match.groups() for text in spans(name) if (match := re.fullmatch(pattern, text))]
    assert len(told) > 5
    for number, word, command, told_code in told:
        assert getattr(errno, word) == int(number)
        error = rig.bc25.BC25Error(
            None if told_code == "None" else int(told_code), command,
            int(number) if told_code == "None" else 0)
        assert (error.errno, error.args[1]) == (int(number), f"{command}: error {told_code}")


@both
def test_bad_arguments_have_this_text(name, rig):
    with pytest.raises(ValueError) as raised:
        rig.nic.connect('a"b')
    assert f"ValueError: {raised.value}" in spans(name)


@both
def test_published_programs_have_the_versions_that_are_tested(name):
    rows = [line for line in TEXTS[name].splitlines() if line.startswith("| `")]
    for requirement in published.ARCHIVES.values():
        program, _, version = requirement.partition("==")
        names = (f"`{program}`", f"`{program.removeprefix('micropython-')}`")
        found = [row for row in rows if row.startswith(tuple(f"| {named}" for named in names))]
        assert found, program
        assert all(row.split("|")[2].strip() == version for row in found), requirement


def test_the_change_log_is_in_releases():
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    releases = [line for line in lines if line.startswith("## ")]
    assert releases[0] == "## Unreleased" or mpy.version() in releases[0]
    for line in releases[1:]:
        assert re.fullmatch(r"## \d+\.\d+\.\d+, \d{4}-\d\d-\d\d", line), line
    assert any(line.startswith(f"## {mpy.version()}, ") for line in releases)
    changes = [line for line in lines if line.startswith("- ")]
    assert changes
    for line in changes:
        assert re.match(r"- \S.*\.$", line), line
        assert len(line) < 100, line
