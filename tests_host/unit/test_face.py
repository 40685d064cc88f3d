"""The names that a NIC has: what dir() and TAB at the REPL show, and what a wrong one says."""

import sys

from desk import eq, new, only, raises

SERVICES = (
    "at", "sockets", "last_error", "config", "resolve", "ping", "ntp", "dns", "keepalive",
    "format", "baud", "psm", "edrx", "sleep", "wake",
)  # fmt: skip


def loaded():
    """The driver's files that are in memory."""
    return sorted(name for name in sys.modules if name.startswith("bc25"))


@only("mpy")  # CPython's dir() knows nothing of __getattr__
def test_dir_shows_the_services():
    nic, _ = new()
    before = loaded()
    names = dir(nic)
    eq([name for name in SERVICES if name not in names], [])
    assert "connect" in names and "pong" not in names
    eq(loaded(), before)


def test_a_service_is_there_before_its_file_is_loaded():
    nic, u = new()
    before = loaded()
    for name in SERVICES:
        assert callable(getattr(nic, name))
    eq(loaded(), before)
    eq(bytes(u.tx), b"")


def test_a_wrong_name_is_an_attribute_error_that_names_the_class():
    nic, _ = new()
    e = raises(AttributeError, None, lambda: nic.pong)
    eq(str(e), "'BC25' object has no attribute 'pong'")
    assert not hasattr(nic, "pong")
