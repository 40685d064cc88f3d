"""TCP and UDP servers, in one asyncio loop that has a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Self

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


def free_port() -> int:
    """A port of loopback where nobody listens just now, for a listener of the module."""
    with socket.socket() as s:
        s.bind((LOCAL, 0))
        return int(s.getsockname()[1])


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
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Datagrams(asyncio.DatagramProtocol):
    """Answers each datagram with what `answer` makes of it, if anything."""

    def __init__(self, answer: Callable[[bytes], bytes | None], received: list[bytes]) -> None:
        self._answer = answer
        self._received = received

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, peer: Any) -> None:
        self._received.append(data)
        answer = self._answer(data)
        if answer is not None:
            self._transport.sendto(answer, peer)


class Servers:
    """Servers that end together; each method starts one and gives its port (0: a free one).

    They run in `loop`, or in one of their own. `received` are the datagrams that came, `streamed`
    is what the TCP echo servers sent back.
    """

    def __init__(self, loop: Loop | None = None, host: str = LOCAL) -> None:
        self.loop = loop or Loop()
        self.received: list[bytes] = []
        self.streamed = bytearray()
        self._own_loop = loop is None
        self._host = host
        self._close: list[Callable[[], Any]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def echo(self, port: int = 0) -> int:
        """A TCP and a UDP echo server on one port."""
        return self.udp(port=self.tcp(port=port))

    def tcp(self, handler: Handler | None = None, context: ssl.SSLContext | None = None,
            port: int = 0) -> int:
        """A TCP server, with TLS when there is a context; an echo server unless told."""
        handler = handler or self._echo

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._keep(asyncio.current_task())
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await handler(reader, writer)
            with suppress(OSError):
                writer.close()

        async def start() -> asyncio.Server:
            return await asyncio.start_server(serve, self._host, port, ssl=context)

        server = self.loop.run(start())
        self._close.append(server.close)
        return int(server.sockets[0].getsockname()[1])

    def udp(self, answer: Callable[[bytes], bytes | None] = lambda data: data,
            port: int = 0) -> int:
        """A UDP server that answers each datagram; an echo server unless told."""
        return self.datagrams(lambda: Datagrams(answer, self.received), port)

    def datagrams(self, protocol: Callable[[], asyncio.DatagramProtocol], port: int = 0) -> int:
        """Any other UDP server."""

        async def start() -> asyncio.DatagramTransport:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(protocol, (self._host, port))
            return transport

        transport = self.loop.run(start())
        self._close.append(transport.close)
        return int(transport.get_extra_info("sockname")[1])

    async def _echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            self.streamed += data
            writer.write(data)
            await writer.drain()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Have a coroutine run beside the servers; called in their loop."""
        self._keep(asyncio.ensure_future(work))

    def _keep(self, task: asyncio.Task[Any] | None) -> None:
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """End them all."""

        async def close() -> None:
            for end in self._close:
                end()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.loop.run(close())
        if self._own_loop:
            self.loop.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
