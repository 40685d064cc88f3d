"""Real servers on loopback, in one asyncio loop that has a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LOCAL = "127.0.0.1"


# A module needs a moment to close a connection, and only then has its id for another; some give
# an id away that the driver is just closing.
CLIENT_PAUSE_S = 0.15


def connect(port: int) -> socket.socket:
    """A client of a server that may not listen yet."""
    time.sleep(CLIENT_PAUSE_S)
    for _ in range(400):
        with suppress(ConnectionRefusedError):
            return socket.create_connection((LOCAL, port), timeout=30)
        time.sleep(0.05)
    raise ConnectionRefusedError(port)


class Loop:
    """An asyncio loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Run it there, not waiting for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(self, coroutine: Coroutine[Any, Any, Any], timeout: float = 20) -> Any:
        """Run it there; its value."""
        return self.start(coroutine).result(timeout)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes until the peer closes."""
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes | None], received: list[bytes]) -> None:
        self._answer = answer
        self._received = received

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._received.append(data)
        answer = self._answer(data)
        if answer is not None:
            self._transport.sendto(answer, addr)


class Servers:
    """The servers of one test; each method gives the port."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.received: list[bytes] = []  # datagrams
        self._close: list[Callable[[], Any]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def tcp(self, handler: Handler = echo, context: ssl.SSLContext | None = None) -> int:
        """A TCP server, with TLS when there is a context; an echo server unless told."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await handler(reader, writer)
            with suppress(OSError):
                writer.close()

        async def start() -> asyncio.Server:
            return await asyncio.start_server(serve, LOCAL, 0, ssl=context)

        server = self.loop.run(start())
        self._close.append(server.close)
        return int(server.sockets[0].getsockname()[1])

    def udp(self, answer: Callable[[bytes], bytes | None] = lambda data: data) -> int:
        """A UDP server that answers each datagram; an echo server unless told."""

        async def start() -> asyncio.DatagramTransport:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Datagrams(answer, self.received), (LOCAL, 0)
            )
            return transport

        transport = self.loop.run(start())
        self._close.append(transport.close)
        return int(transport.get_extra_info("sockname")[1])

    def stop(self) -> None:
        async def close() -> None:
            for end in self._close:
                end()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        self.loop.run(close())
