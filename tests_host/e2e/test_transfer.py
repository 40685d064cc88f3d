"""Bytes to a real server and back: any value, any size, in any chunking (behaviours 2 and 3)."""

import pytest

from tests_host.e2e.conftest import PROFILES

KB100 = 100 * 1024
PIECES = (0, 1, 8)  # bytes that the UART hands out at once; 0: what there is


@pytest.mark.manual("2.1.4", "2.1.5")
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("profile", PROFILES)
def test_100_kilobytes_through_tcp_and_back(make_desk, servers, profile, piece):
    pieces = ("--set", "chunk=[1,300]") if profile == "hostile" else ()  # 9 bytes take too long
    desk = make_desk(*pieces, profile=profile)
    told = desk.run("tcp_stream", port=servers.tcp(), size=KB100, piece=piece)
    assert told["came"] == told["sent"]
    assert told["counters"]["damaged"] == 0


@pytest.mark.parametrize("mode", ("esp32", "stm32"))
def test_a_stream_over_a_uart_like_the_boards(make_desk, servers, mode):
    desk = make_desk("--baud", "115200", speed="10")
    told = desk.run("tcp_stream", port=servers.tcp(), size=16384, mode=mode)
    assert told["came"] == told["sent"]


@pytest.mark.manual("2.1.6", "2.1.11")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_stream_in_hex(make_desk, servers, profile):
    desk = make_desk(profile=profile)
    told = desk.run("tcp_stream", port=servers.tcp(), size=8192, hex=True)
    assert told["came"] == told["sent"]
    assert b"AT+QISENDEX=" in desk.sim.heard() and b"AT+QISEND=" not in desk.sim.heard()


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_size_of_datagram(make_desk, servers, profile, piece):
    desk = make_desk(profile=profile)
    step = 1 if profile == "manual" else 7
    assert desk.run("udp_sizes", port=servers.udp(), piece=piece, step=step)["wrong"] == []
    assert len(servers.received) == len(range(1, 513, step))


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("profile", PROFILES)
def test_payloads_that_look_like_the_modules_words(make_desk, servers, profile, piece):
    desk = make_desk(profile=profile)
    told = desk.run("nasty", tcp=servers.tcp(), udp=servers.udp(), piece=piece)
    assert told["wrong"] == []
