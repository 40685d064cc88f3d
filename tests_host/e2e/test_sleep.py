"""Deep sleep and waking (manual 2.1.1 note 3, 4.4)."""

import errno

import pytest

from tests_host.e2e.conftest import PROFILES

SOON = ("--set", "sleep_after_ms=[300,300]")


@pytest.mark.manual("2.1.1", "4.4")
@pytest.mark.parametrize("profile", PROFILES)
def test_udp_lives_through_deep_sleep_and_tcp_does_not(make_desk, servers, profile):
    asked = ("--set", "wake_lines_asked=false")
    desk = make_desk(*SOON, *asked, profile=profile)
    told = desk.run("sleep", tcp=servers.tcp(), udp=servers.udp(), pin=True)
    assert told["came"] == [
        "before", "after wake()", "a call that transmits wakes it", "tcp again"
    ]  # fmt: skip
    assert told["tcp"] == errno.ECONNRESET
    assert told["events"][:2] == ["sleep", "wake"] and "reset" not in told["events"]
    assert told["let_go"]
    assert desk.sim.stats()["sleeps"] == 2
    assert desk.sim.heard().count(b'"UDP"') == 1


@pytest.mark.manual("4.4")
def test_waking_without_a_pin(make_desk, servers):
    """A module that wakes on RXD, and loses the command that woke it (BC660K)."""
    desk = make_desk("--set", "sleep_after_ms=[3000,3000]", "--set", "wake_on_rx=true")
    told = desk.run("sleep", tcp=servers.tcp(), udp=servers.udp(), pin=False)
    assert told["came"][-1] == "tcp again" and told["tcp"] == errno.ECONNRESET
