"""The servers that device tests and the probe talk to: echo, orders, and NTP.

An order is a line, `TOKEN WORD ARGUMENT…`, that begins a TCP connection or is a datagram:

    down N              N bytes, behind a line with their SHA-256
    up N                takes N bytes, then answers a line with their SHA-256
    send COUNT SIZE MS [close]  COUNT writes (or datagrams) of SIZE bytes of `pattern`, MS apart
    dial IP PORT [KNOCK]  connects there: "connected" or why not, then KNOCK comes back ("ok")
    post IP PORT TEXT   sends a datagram there

An order in a datagram gets no answers, and `dial` waits until its socket can be closed.

`dial` and `post` reach nobody but the computer that gave the order, so that this is no way to
others' machines.
"""

import asyncio
import contextlib
import hashlib
from typing import Any, Self

from tools.servers import ntp
from tools.servers.loopback import Servers

MOST = 1 << 20  # bytes that one order may send, 1 << 16 for a datagram's
KNOCK = "knock"


def pattern(size: int, start: int = 0) -> bytes:
    """`size` bytes in which every byte value and no short period occurs."""
    return bytes((i * 7 + (i >> 8) * 13) & 0xFF for i in range(start, start + size))


class OrderError(ValueError):
    """An order that cannot be carried out."""


def _numbers(words: list[str], most: int) -> list[int]:
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        raise OrderError(f"numbers wanted, not {' '.join(words)}") from None
    size = numbers[0] * (numbers[1] if len(numbers) > 1 else 1)
    if min(numbers) < 0 or size > most:
        raise OrderError(f"{size} bytes are more than {most}")
    return numbers


class Orders:
    """One TCP connection to the order server."""

    def __init__(self, servers: "OrderServers", reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter) -> None:  # fmt: skip
        self._servers = servers
        self._reader = reader
        self._writer = writer

    async def serve(self) -> None:
        """Carry out orders until the connection ends."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await self._reader.readline():
                words = line.decode(errors="replace").split()
                try:
                    await self._obey(self._servers.allowed(words))
                    if words[-1] == "close":
                        break
                except (OrderError, OSError, TimeoutError) as error:
                    await self._say(f"error: {error or type(error).__name__}")
        self._writer.close()

    async def _obey(self, words: list[str]) -> None:
        word, rest = words[0], words[1:]
        if word in ("dial", "post") and len(rest) >= 2:
            await (self._dial if word == "dial" else self._post)(*rest[:3])
        elif word == "down" and len(rest) == 1:
            await self._down(*_numbers(rest, MOST))
        elif word == "up" and len(rest) == 1:
            await self._up(*_numbers(rest, MOST))
        elif word == "send" and len(rest) >= 3:
            await self._send(*_numbers(rest[:3], MOST))
        else:
            raise OrderError(f"no order: {' '.join(words)}")

    async def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\n")
        await self._writer.drain()

    async def _down(self, size: int) -> None:
        data = pattern(size)
        await self._say(hashlib.sha256(data).hexdigest())
        self._writer.write(data)
        await self._writer.drain()

    async def _up(self, size: int) -> None:
        data = await self._reader.readexactly(size)
        await self._say(hashlib.sha256(data).hexdigest())

    async def _send(self, count: int, size: int, gap_ms: int) -> None:
        data = pattern(count * size)
        for start in range(0, count * size, size):
            self._writer.write(data[start : start + size])
            await asyncio.sleep(gap_ms / 1000)
        await self._writer.drain()

    def _target(self, ip: str, port: str) -> tuple[str, int]:
        return self._servers.target(self._writer.get_extra_info("peername")[0], ip, port)

    async def _dial(self, ip: str, port: str, knock: str = KNOCK) -> None:
        target = self._target(ip, port)
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection(*target)
            await self._say("connected")
            writer.write(knock.encode() + b"\n")
            answer = await reader.readline()
            await self._say("ok" if answer == knock.encode() + b"\n" else f"heard {answer!r}")
            await reader.read()  # it is the module that closes
        writer.close()

    async def _post(self, ip: str, port: str, text: str = KNOCK) -> None:
        await _post(self._target(ip, port), text)
        await self._say("sent")


async def _post(target: tuple[str, int], text: str) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=target
    )
    transport.sendto(text.encode())
    transport.close()


class OrderDatagrams(asyncio.DatagramProtocol):
    """Orders that need no answer."""

    def __init__(self, servers: "OrderServers") -> None:
        self._servers = servers

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        with contextlib.suppress(OrderError):
            word, *rest = self._servers.allowed(data.decode(errors="replace").split())
            if word == "send" and len(rest) == 3:
                self._servers.spawn(self._send(peer, *_numbers(rest, 1 << 16)))
            elif word in ("dial", "post") and len(rest) == 2:
                target = self._servers.target(peer[0], *rest)
                wait = 1 if self._servers.same_computer else 5
                self._servers.spawn(
                    _dial(target, wait) if word == "dial" else _post(target, KNOCK)
                )

    async def _send(self, peer: tuple[str, int], count: int, size: int, gap_ms: int) -> None:
        data = pattern(count * size)
        for start in range(0, count * size, size):
            self.transport.sendto(data[start : start + size], peer)
            await asyncio.sleep(gap_ms / 1000)


async def _dial(target: tuple[str, int], wait: float) -> None:
    """Connect after a while, and stay until the module closes."""
    await asyncio.sleep(wait)
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection(*target)
            await reader.read()
            writer.close()


class OrderServers:
    """Echo and orders, TCP and UDP, and NTP, on one address, for a `with` statement.

    Port 0 takes a free one. `same_computer`: the module is simulated here, so that its own
    address leads nowhere.
    """

    def __init__(self, host: str, token: str, *, echo: int = 0, orders: int = 0,
                 same_computer: bool = False) -> None:
        self.token = token
        self.same_computer = same_computer
        self._servers = Servers(host=host)
        self.spawn = self._servers.spawn
        try:
            self.echo = self._servers.echo(echo)
            self.orders = self._servers.datagrams(
                lambda: OrderDatagrams(self), self._servers.tcp(self._serve, port=orders))
            self.ntp = self._servers.udp(ntp.answer()) if same_computer else 0
        except BaseException:
            self._servers.stop()
            raise

    def allowed(self, words: list[str]) -> list[str]:
        """What stands behind the token."""
        if len(words) < 2 or words[0] != self.token:
            raise OrderError("TOKEN ORDER wanted")
        return words[1:]

    def target(self, caller: str, ip: str, port: str) -> tuple[str, int]:
        """Where a dial or post really goes: to whoever asked for it."""
        if self.same_computer:
            ip = caller
        if ip != caller:
            raise OrderError(f"the module is {ip} to itself and {caller} from here: behind a NAT")
        if not port.isdigit() or not 1024 <= int(port) < 65536:
            raise OrderError(f"port 1024 to 65535 wanted, not {port}")
        return ip, int(port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Orders(self, reader, writer).serve()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._servers.stop()
