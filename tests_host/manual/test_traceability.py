"""`make manual`: no section has a hole, and holes are seen."""

import dataclasses

import pytest

from tools.bc25sim.sections import handlers
from tools.manual.sections import exists, holes
from tools.manual.sections import sections as told
from tools.manual.tests import Test as Claim


def collected(request):
    """The tests that this very session collected, when it collected them all."""
    # Not by the item's own nodeid, to which xdist adds the group.
    marks = {f"{item.parent.nodeid}::{item.name}":
             [str(w) for m in item.iter_markers("manual") for w in m.args]
             for item in request.session.items}
    return [Claim(node, frozenset(words)) for node, words in marks.items() if words]


def test_no_section_has_a_hole(request):
    tests = collected(request)
    if not all(any(t.node.startswith(f"tests_host/{part}/") for t in tests)
               for part in ("unit", "sim")):
        pytest.skip("speaks of all tests, and this run collected some of them")
    assert holes(tests) == []


def test_every_handler_belongs_to_a_section():
    named = {number for section in told() for number in section.simulator}
    assert set(handlers()) <= named


def test_markers_name_sections(request):
    """A section of the manual, or a chapter whose sections are meant."""
    known = {mark for section in told() for mark in section.marks}
    chapters = {"2.2"} | {number.rpartition(".")[0] for number in known}
    for test in collected(request):
        assert test.sections <= known | chapters, test.node


def test_what_does_not_exist():
    assert exists("nic.ping") and exists("socket.send") and exists("bc25.BC25Error")
    for name in ("nic.send", "socket.ping", "bc25.NONE"):
        assert not exists(name)


def test_a_hole_is_told():
    nothing = holes([])
    assert len(nothing) == 2 * len(told())
    assert "4.8: no test of the driver covers it" in nothing


def test_a_driver_method_that_is_gone(monkeypatch):
    gone = dataclasses.replace(told()[0], driver=("nic.gone",))
    monkeypatch.setattr("tools.manual.sections.sections", lambda: [gone])
    assert "1.2: there is no nic.gone" in holes([])
