"""How many AT+QISENDs common clients cost: each piece that they write, or all joined in one.

A client here writes and reads as the real one does, in the same pieces: `requests` 0.10 and
`aiohttp` 0.0.5 of micropython-lib, and its `umqtt.simple` 1.5.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from tools.bc25sim.memory import Far
from tools.budgets import SENDS
from tools.rig import SERVER, BoardTimer, Loop, Peer, Rig, Work, readable, writable

from .rigs import COST_US, TICKS_MS, ready
from .row import Row

_WEB, _BROKER = (SERVER, 80), (SERVER, 1883)
_HEADERS = {"Host": "web.example", "X-Device": "bc25", "Accept": "text/plain",
            "Connection": "close"}  # two are the program's, the others requests adds
_ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


class _Web(Peer):
    """Answers a request once its headers have ended, and closes."""

    def received(self, far: Far, data: bytes) -> None:
        self.got += data
        if self.got.endswith(b"\r\n\r\n"):
            self.say(_ANSWER)
            self.end()


class _Mqtt(Peer):
    """Acknowledges each QoS 1 publish."""

    def received(self, far: Far, data: bytes) -> None:
        self.got += data
        if len(self.got) >= 2 + self.got[1]:
            self.say(b"\x40\x02\x00\x01")


def _get(sock: Any) -> None:
    sock.write(b"GET / HTTP/1.0\r\n")
    for name, value in _HEADERS.items():
        sock.write(name.encode())
        sock.write(b": ")
        sock.write(value.encode())
        sock.write(b"\r\n")
    sock.write(b"\r\n")
    assert sock.readline() == b"HTTP/1.0 200 OK\r\n"
    assert sock.read().endswith(b"hi")


def _publish(sock: Any) -> None:
    topic, message = b"bc25/rssi", b"-69"
    header = bytearray(b"\x32\0\0\0")
    header[1] = 2 + len(topic) + 2 + len(message)
    sock.write(header, 2)
    sock.write(struct.pack("!H", len(topic)))
    sock.write(topic)
    sock.write(struct.pack("!H", 1))
    sock.write(message)
    assert sock.read(1) == b"\x40" and sock.read(3) == b"\x02\x00\x01"


async def _aio_get(sock: Any) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items())
    await writable(sock)
    sock.write(f"GET / HTTP/1.0\r\n{lines}\r\n".encode())
    got = b""
    while not got.endswith(b"hi"):
        await readable(sock)
        got += sock.read(64) or b""


def _sends(rig: Rig, run: Callable[[Any], object], address: tuple[str, int]) -> int:
    """The AT+QISENDs with data while `run` uses a new connection."""
    rig.network.serve(*_WEB, lambda: _Web(echo=False))
    rig.network.serve(*_BROKER, lambda: _Mqtt(echo=False))
    sock = rig.socket(address)
    lines = rig.commands()
    rig.clock.cost_us = COST_US
    with Work(rig.clock):
        run(sock)
    return sum(line.startswith(b"AT+QISEND") and not line.endswith(b",0") for line in lines)


def _row(name: str, run: Callable[[Any], object], address: tuple[str, int]) -> Iterator[Row]:
    """The client as it is, and with the driver moving in the background."""
    group = "AT+QISENDs of a client"
    yield Row(group, name, _sends(ready(115200), run, address))
    rig, what = ready(115200), f"{name}, in the background"
    if not hasattr(rig.nic, "background"):
        yield Row(group, what, None, "", SENDS[name], note="the driver has no nic.background()")
        return
    rig.nic.background(BoardTimer(rig.clock))
    yield Row(group, what, _sends(rig, run, address), "", SENDS[name])


def _under_asyncio() -> Row:
    rig = ready(115200)

    def run(sock: Any) -> None:
        sock.setblocking(False)
        Loop(rig.clock, TICKS_MS["esp32"]).run(_aio_get(sock))

    return Row("AT+QISENDs of a client", "aiohttp GET, under asyncio", _sends(rig, run, _WEB), "",
               SENDS["aiohttp GET"])


def rows() -> Iterator[Row]:
    """Each client."""
    yield from _row("requests.get", _get, _WEB)
    yield from _row("umqtt publish", _publish, _BROKER)
    yield _under_asyncio()
