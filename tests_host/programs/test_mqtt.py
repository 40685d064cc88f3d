"""MQTT clients that others published, against the amqtt broker."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest

from tools.servers import LOCAL

UP = [(f"up/{qos}", b"\r\nOK\r\n\x00\x1a> ") for qos in (0, 1)]
DOWN = [
    ("down/0", b"\r\nOK\r\n", 0),
    ("down/1", b"\x00\x1a\x1b> ", 1),
    ("down/long", bytes(400), 1),
]
HEARD = [[topic, data.hex()] for topic, data, _ in DOWN]


class Relay:
    """Stands between a client and the broker, and can cut the connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.sessions = 0  # that the broker has taken up
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        far_reader, far_writer = await asyncio.open_connection(LOCAL, self._port)
        self._writers = [writer, far_writer]
        ways = [self._pass_on(reader, far_writer), self._answer(far_reader, writer)]
        await asyncio.gather(*ways)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(4096))
        self.sessions += 1
        await self._pass_on(reader, writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
        writer.close()

    async def cut(self) -> None:
        """Both ends see the connection closed."""
        for writer in self._writers:
            writer.close()


def soon(condition):
    """Wait until it is so."""
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("not within 20 s")


def say(loop, station, messages):
    for topic, data, qos in messages:
        loop.run(station.say(topic, data, qos))


@pytest.mark.parametrize("background", [False, True])
def test_umqtt_simple(start, loop, station, background):
    program = start(
        "umqtt_simple", "umqtt.simple", port=station.port, wanted=3, background=background
    )
    program.wait_for("published")
    say(loop, station, DOWN)
    told = program.end()
    assert told["came"] == HEARD and told["nothing"] is None
    assert station.heard == UP


def test_umqtt_simple2(start, loop, station):
    program = start("umqtt_simple2", "umqtt.simple2", port=station.port, wanted=3)
    program.wait_for("published")
    say(loop, station, DOWN)
    told = program.end()
    assert told["came"] == HEARD and told["confirmed"] == [1, 1]
    assert station.heard == UP


def test_chumicro_mqtt(start, loop, station):
    imports = ("chumicro_mqtt", "chumicro_config", "chumicro_sockets", "chumicro_timing")
    program = start("chumicro_mqtt_client", *imports, port=station.port, wanted=3)
    program.wait_for("published")
    say(loop, station, DOWN)
    assert program.end()["came"] == HEARD
    assert station.heard == UP


def test_umqtt_robust_connects_again(start, loop, servers, station):
    relay = Relay(station.port)
    imports, port = ("umqtt.simple", "umqtt.robust"), servers.tcp(relay.serve)
    program = start("umqtt_simple", *imports, port=port, robust=True, wanted=2)
    program.wait_for("published")
    say(loop, station, DOWN[:1])
    program.wait_for("came")
    loop.run(relay.cut())
    soon(lambda: relay.sessions == 2)
    say(loop, station, DOWN[1:2])
    assert program.end(20)["came"] == HEARD[:2]


def test_umqtt_robust2_connects_again(start, loop, servers, station):
    relay = Relay(station.port)
    imports, port = ("umqtt.simple2", "umqtt.robust2"), servers.tcp(relay.serve)
    program = start("umqtt_simple2", *imports, port=port, robust=True, wanted=2)
    program.wait_for("published")
    say(loop, station, DOWN[:1])
    program.wait_for("came")
    loop.run(relay.cut())
    soon(lambda: ("up/1", b"again") in station.heard)
    say(loop, station, DOWN[1:2])
    assert program.end(20)["came"] == HEARD[:2]
    assert relay.sessions == 2
