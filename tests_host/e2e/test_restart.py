"""The MCU restarts, the module does not (behaviour 9)."""

import pytest

from tests_host.e2e.conftest import PROFILES


@pytest.mark.parametrize("prompt", (False, True))
@pytest.mark.parametrize("profile", PROFILES)
def test_sockets_of_an_earlier_run(make_desk, servers, profile, prompt):
    desk = make_desk(profile=profile)
    ports = {"tcp": servers.tcp(), "udp": servers.udp()}
    desk.run("restarted", prompt=prompt, **ports)
    told = desk.run("restarted", prompt=False, **ports)
    assert told["came"] == "run"
    assert sorted(entry[1] for entry in told["sockets"]) == ["TCP", "UDP"]
    assert desk.sim.heard().count(b'"UDP"') == 1  # adopted, not opened again
    assert servers.received == [b"run", b"run"]
