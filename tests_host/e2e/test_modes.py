"""Access modes, view modes, shown lengths, hex; and settings that somebody else left behind."""

import asyncio
import errno
import itertools

import pytest

from tests_host.e2e.conftest import PROFILES, PUSH_PROFILES


@pytest.mark.manual("1.2", "2.2.2", "4.2.3")
@pytest.mark.parametrize("piece", (0, 1, 8))
@pytest.mark.parametrize("profile", PUSH_PROFILES)
def test_direct_push_carries_any_bytes(make_desk, servers, profile, piece):
    desk = make_desk(profile=profile)
    told = desk.run("nasty", tcp=servers.tcp(), udp=servers.udp(), piece=piece, push=True)
    assert told["wrong"] == []
    assert told["counters"]["pushed_out"] == 0


@pytest.mark.manual("2.1.7")
@pytest.mark.parametrize("profile", PROFILES)
def test_the_access_mode_switches_in_mid_connection(make_desk, servers, profile):
    told = make_desk(profile=profile).run("switch_mode", port=servers.tcp())
    assert told["came"] == [[mode, True, mode] for mode in (0, 1, 0, 1, 1, 0)]


LEFT = [
    (f'AT+QICFG="viewmode",{view}', f'AT+QICFG="showlength",{length}',
     f'AT+QICFG="dataformat",0,{hexed}')
    for view, length, hexed in itertools.product((0, 1), repeat=3)
]  # fmt: skip


@pytest.mark.manual("2.1.11")
@pytest.mark.parametrize("profile", PUSH_PROFILES[1:])
def test_settings_that_somebody_left_behind(make_desk, servers, profile):
    """Where a question does not write the default, all is read as it was left."""
    desk = make_desk("--set", "qicfg_question=true", profile=profile)
    tcp, udp = servers.tcp(), servers.udp()
    for commands in LEFT:
        desk.run("at", commands=commands)
        assert desk.run("nasty", tcp=tcp, udp=udp)["wrong"] == [], commands
        assert desk.run("nasty", tcp=tcp, udp=udp, push=True)["wrong"] == [], commands


BLAST = bytes(range(250)) * 20


async def blast(reader, writer):
    await reader.read(10)
    await asyncio.sleep(0.2)  # SEND OK comes first, as it does where the network has a delay
    writer.write(BLAST)
    await writer.drain()


@pytest.mark.manual("2.2.2", "4.2.3")
@pytest.mark.parametrize("mode", ("perfect", "esp32"))
def test_pushed_data_is_read_as_it_comes_or_missed_aloud(make_desk, servers, mode):
    desk = make_desk("--baud", "115200", speed="10")
    told = desk.run("push_stream", port=servers.tcp(blast), mode=mode)
    assert told["at_once"] == [BLAST.hex(), None]
    came, error = told["left"]
    assert error == errno.ENOBUFS and BLAST.hex().startswith(came)
    assert told["counted"] >= 1


@pytest.mark.manual("2.2.2")
def test_a_recv_urc_lost_at_a_prompt(make_desk, servers):
    """Behaviour 6: a question every 20 s while the program waits makes up for it."""
    desk = make_desk("--set", "prompt_urcs=drop", "--set", "open_ms=[0,0]", profile="clone")
    told = desk.run("lost_urc", port=servers.tcp())
    assert told["came"] == 400 and told["ms"] < 24_000


@pytest.mark.manual("2.1.11")
def test_a_module_that_drops_flash_writes_in_a_hurry(make_desk, servers):
    """wire.md: 20-50 ms between commands that write flash."""
    desk = make_desk("--set", "flash_gap_ms=[50,50]", speed="1")
    told = desk.run("tcp_stream", port=servers.tcp(), size=512, hex=True)
    assert told["came"] == told["sent"]
