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
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Any, Self

PIECE = 4096
MOST = 1 << 20  # bytes that one order may send, 1 << 16 for a datagram's
KNOCK = "knock"
_NTP_EPOCH = 2_208_988_800  # 1970 counted from 1900


def pattern(size: int, start: int = 0) -> bytes:
    """`size` bytes in which every byte value and no short period occurs."""
    return bytes((i * 7 + (i >> 8) * 13) & 0xFF for i in range(start, start + size))


def free_port() -> int:
    """A port of loopback that nobody listens on just now, for a listener of the module."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


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

    def __init__(self, servers: "Servers", reader: asyncio.StreamReader,
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


class _Datagrams(asyncio.DatagramProtocol):
    """A UDP server that answers each datagram by itself."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport


class EchoDatagrams(_Datagrams):
    """Sends every datagram back."""

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        self.transport.sendto(data, peer)


class OrderDatagrams(_Datagrams):
    """Orders that need no answer."""

    def __init__(self, servers: "Servers") -> None:
        self._servers = servers

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


class NtpDatagrams(_Datagrams):
    """SNTP: this computer's time, as stratum 1."""

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        if len(data) >= 48:
            now = struct.pack("!I", int(time.time()) + _NTP_EPOCH) + bytes(4)
            self.transport.sendto(b"\x24\x01\x00\x00" + bytes(28) + now + now, peer)


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()
    writer.close()


class Servers:
    """All of them, on one address, for a `with` statement; port 0 takes a free one.

    `same_computer`: the module is simulated here, so that its own address leads nowhere.
    """

    def __init__(self, host: str, token: str, *, echo: int = 0, orders: int = 0, ntp: int = 0,
                 same_computer: bool = False) -> None:  # fmt: skip
        self.host = host
        self.token = token
        self.same_computer = same_computer
        self.echo, self.orders, self.ntp = echo, orders, ntp
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

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

    def spawn(self, work: Any) -> None:
        """Have a coroutine run beside the rest."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    async def _start(self) -> None:
        self.echo = await self._both(_echo, EchoDatagrams(), self.echo)
        self.orders = await self._both(self._serve, OrderDatagrams(self), self.orders)
        if self.same_computer or self.ntp:
            self.ntp = await self._udp(NtpDatagrams(), self.ntp)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Orders(self, reader, writer).serve()

    async def _both(self, tcp: Any, udp: asyncio.DatagramProtocol, port: int) -> int:
        server = await asyncio.start_server(tcp, self.host, port)
        return await self._udp(udp, server.sockets[0].getsockname()[1])

    async def _udp(self, protocol: asyncio.DatagramProtocol, port: int) -> int:
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: protocol, local_addr=(self.host, port)
        )
        return int(transport.get_extra_info("sockname")[1])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _stop(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
