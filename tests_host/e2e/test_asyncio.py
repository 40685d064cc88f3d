"""The firmware's own asyncio and select over the module's sockets."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests_host.e2e.conftest import BOTH_MODES, PROFILES
from tools.servers import LOCAL, connect
from tools.servers.ntp import answer


@pytest.mark.parametrize(("profile", "push"), BOTH_MODES)
def test_six_connections_at_once(make_desk, servers, profile, push):
    desk = make_desk(profile=profile)
    more = 70 if push else 131  # push mode: no more than the driver has room for
    told = desk.run("aio_many", port=servers.tcp(), turns=8, push=push, more=more)
    assert told["good"] == [8] * 6
    assert told["lines"] == ["last line\n"] * 6
    assert told["seventh"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_server_with_several_clients(make_desk, free_port, profile):
    desk = make_desk(profile=profile)
    program = desk.start("aio_server", port=free_port, clients=8)
    program.wait_for("listening")

    def client(number):
        with connect(free_port) as s:
            file = s.makefile("rwb")
            for turn in range(5):
                file.write(b"client %d line %d\n" % (number, turn))
                file.flush()
                assert file.readline() == b"CLIENT %d LINE %d\n" % (number, turn)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(client, range(8)))
    told = program.end()
    assert told["served"] == 8 and told["left"] == 0


async def speaks_when_spoken_to(reader, writer):
    while line := await reader.readline():
        if line == b"speak\n":
            writer.write(b"spoken\n")


@pytest.mark.parametrize("profile", PROFILES)
def test_cancelled_waits_leave_nothing_stuck(make_desk, servers, free_port, profile):
    world = ("--dns", "slow.example=192.0.2.1", "--map", f"192.0.2.1:80={LOCAL}:{free_port}",
             "--ping", "192.0.2.1=-", "--set", "dns_ms=[10000,10000]")  # fmt: skip
    desk = make_desk(*world, profile=profile, speed="10")
    told = desk.run(
        "aio_cancel", timeout=110, echo=servers.tcp(), silent=servers.tcp(speaks_when_spoken_to),
        mute_ntp=servers.udp(lambda _: None), slow_ms=900,
    )  # fmt: skip
    assert [name for name, good in told["out"] if not good] == []


async def closes_when_told(reader, writer):
    while data := await reader.read(100):
        if data == b"close\n":
            writer.write(b"the rest")
            return
        writer.write(data)


@pytest.mark.parametrize("profile", PROFILES)
def test_poll_over_several_sockets(make_desk, servers, profile):
    desk = make_desk(profile=profile)
    told = desk.run("polled", tcp=servers.tcp(closes_when_told), udp=servers.udp())
    assert told["connecting"] and told["nothing"] and told["again"]
    assert told["writable"] == [["tcp", True]]
    assert told["quiet"] == 0
    assert told["came"] == {"tcp": "to tcp", "udp": "to udp"}
    assert told["hup"] and told["rest"] == "the rest" and told["end"] == ""


@pytest.mark.parametrize("mode", ("esp32", "stm32"))
def test_another_task_waits_no_longer_than_50_ms(make_desk, servers, mode):
    """At 9600 baud, on UARTs like the boards'. A busy computer pauses too: best of three."""
    desk = make_desk(
        "--baud", "9600", "--dns", f"echo.example={LOCAL}", "--ping", f"{LOCAL}=100",
        "--set", "open_ms=[300,300]", "--set", "dns_ms=[300,300]", speed="1",
    )  # fmt: skip
    ports = {"port": servers.tcp(), "ntp": servers.udp(answer((2030, 1, 1, 0, 0, 0)))}
    longest: dict[str, int] = {}
    for _ in range(3):
        told = desk.run("pause", mode=mode, baud=9600, size=2048, **ports)["longest"]
        assert set(told) == {"connect", "transfer", "resolve", "ping", "ntp"}
        longest = {key: min(ms, longest.get(key, ms)) for key, ms in told.items()}
        if max(longest.values()) <= 50:
            break
    assert max(longest.values()) <= 50, longest


@pytest.mark.parametrize("profile", PROFILES)
def test_others_open_while_six_are_closing(make_desk, servers, profile):
    told = make_desk(profile=profile).run("reopened", port=servers.tcp())
    assert told["good"] == [True] * 18


def test_connections_given_up_use_up_nothing(make_desk, servers, free_port):
    world = ("--dns", "slow.example=192.0.2.1", "--map", f"192.0.2.1:80={LOCAL}:{free_port}",
             "--set", "dns_ms=[10000,10000]")  # fmt: skip
    told = make_desk(*world, speed="10").run("abandoned", port=servers.tcp())
    assert told == {"given_up": 7, "line": "hello\n"}
