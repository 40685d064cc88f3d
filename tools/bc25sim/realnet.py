"""This computer's own network, through asyncio."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from .icmp import echo
from .network import PIECE, Address, Network, OpenFailed, Owner, Pings

_LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def _family(ip: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def _bound(kind: socket.SocketKind, local: Address) -> socket.socket:
    """A non-blocking socket on `local`; port 0 is any."""
    sock = socket.socket(_family(local.ip), kind)
    sock.setblocking(False)
    try:
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if local.port:
            sock.bind(local)
    except OSError:
        sock.close()
        raise
    return sock


def _any(ip: str) -> str:
    """Where a client that talks to `ip` binds: on loopback when the peer is there."""
    if ip == "::1" or ip.startswith("127."):
        return _LOOPBACK[_family(ip)]
    return "::" if ":" in ip else "0.0.0.0"


class TcpLink(asyncio.BufferedProtocol):
    """A TCP connection; reads are cut to PIECE bytes, so that pausing holds the peer back."""

    def __init__(self, owner: Owner | None, peer: Address, incoming: "Listener | None") -> None:
        self.owner = owner
        self.peer = peer
        self.task: asyncio.Task[None] | None = None
        self._incoming = incoming
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(PIECE)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._incoming is not None:
            self.peer, self.owner = self._incoming.arrived(self, transport)
        if self.owner is None:  # turned away, or closed while connecting
            transport.abort()

    def get_buffer(self, _hint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        if self.owner is not None:
            self.owner.received(bytes(self._buffer[:count]), self.peer)

    def eof_received(self) -> bool:
        self._tell_lost()
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        self._tell_lost()

    def _tell_lost(self) -> None:
        owner, self.owner = self.owner, None
        if owner is not None:
            owner.lost()

    def write(self, data: bytes, limit: int) -> bool:
        transport = self._transport
        if transport is None or transport.get_write_buffer_size() + len(data) > limit:
            return False
        transport.write(data)
        return True

    def pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self, abort: bool = False) -> None:
        self.owner = None
        if self.task is not None:
            self.task.cancel()
        if self._transport is not None:
            if abort:
                self._transport.abort()
            else:
                self._transport.close()


class UdpLink:
    """A UDP socket, connected or (a service) open to all."""

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket, owner: Owner,
                 shown: Callable[[Address], Address]) -> None:
        self._loop = loop
        self._sock = sock
        self._owner: Owner | None = owner
        self._shown = shown
        loop.add_reader(sock, self._readable)

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            data, peer = self._sock.recvfrom(65535)
            if self._owner is not None and data:
                self._owner.received(data, self._shown(Address(peer[0], peer[1])))

    def write(self, data: bytes, limit: int) -> bool:
        # ConnectionRefusedError is an earlier datagram's: this one was not tried, so try again.
        for _ in range(2):
            try:
                return self._sock.send(data) == len(data)
            except ConnectionRefusedError:
                continue
            except OSError:
                return False
        return True

    def pause(self) -> None:
        """Datagrams cannot be held back."""

    def resume(self) -> None:
        """Datagrams cannot be held back."""

    def close(self, abort: bool = False) -> None:
        if self._owner is not None:
            self._owner = None
            self._loop.remove_reader(self._sock)
            self._sock.close()


class Listener:
    """A listening TCP socket."""

    def __init__(self, owner: Owner, shown: Callable[[Address], Address]) -> None:
        self.task: asyncio.Task[None] | None = None
        self.server: asyncio.Server | None = None
        self._owner: Owner | None = owner
        self._shown = shown

    def arrived(self, link: TcpLink, transport: asyncio.Transport) -> tuple[Address, Owner | None]:
        """Asks the owner whose the new connection is."""
        name = transport.get_extra_info("peername")
        peer = self._shown(Address(name[0], name[1]))
        return peer, self._owner.accepted(link, peer) if self._owner is not None else None

    def write(self, data: bytes, limit: int) -> bool:
        return False

    def pause(self) -> None:
        """Nothing to hold back."""

    def resume(self) -> None:
        """Nothing to hold back."""

    def close(self, abort: bool = False) -> None:
        self._owner = None
        if self.task is not None:
            self.task.cancel()
        if self.server is not None:
            self.server.close()


class RealNetwork(Network):
    """TCP, UDP and listeners of this computer.

    `names` are all the names there are beside localhost, so that nothing asks a real DNS server;
    `maps` rewrite a peer's address and `listens` a listener's, which otherwise is on loopback.
    """

    def __init__(self, names: dict[str, list[str]] | None = None,
                 maps: Iterable[tuple[Address, Address]] = (),
                 listens: Iterable[tuple[Address, Address]] = (),
                 pings: dict[str, list[float | None]] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._names = {"localhost": ["127.0.0.1"], **(names or {})}
        self._maps = dict(maps)
        self._shown = {real: module for module, real in self._maps.items()}
        self._listens = dict(listens)
        self._pings = Pings(pings or {})
        self._tasks: set[asyncio.Task[None]] = set()

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _seen(self, peer: Address) -> Address:
        return self._shown.get(peer, peer)

    def open_tcp(self, to: Address, local_port: int, limit: float, owner: Owner) -> TcpLink:
        link = TcpLink(owner, to, None)
        real = self._maps.get(to, to)
        link.task = self._task(self._connect(link, real, local_port, limit))
        return link

    async def _connect(self, link: TcpLink, real: Address, local_port: int, limit: float) -> None:
        owner = link.owner
        assert owner is not None
        try:
            sock = _bound(socket.SOCK_STREAM, Address(_any(real.ip), local_port))
        except OSError:
            return owner.failed(556)
        try:
            async with asyncio.timeout(limit):
                await self._loop.sock_connect(sock, real)
        except OSError as error:  # asyncio's TimeoutError is one too
            sock.close()
            return owner.failed(569 if isinstance(error, TimeoutError) else 566)
        except asyncio.CancelledError:
            sock.close()
            raise
        link.task = None
        await self._loop.create_connection(lambda: link, sock=sock)
        return owner.opened()

    def open_udp(self, to: Address | None, local: Address, owner: Owner) -> UdpLink:
        try:
            if to is None:
                sock = _bound(socket.SOCK_DGRAM, self._local(local))
            else:
                real = self._maps.get(to, to)
                sock = _bound(socket.SOCK_DGRAM, Address(_any(real.ip), local.port))
                sock.connect(real)
        except OSError as error:
            raise OpenFailed(556 if error.errno == errno.EADDRINUSE else 554) from error
        self._loop.call_soon(owner.opened)
        return UdpLink(self._loop, sock, owner, self._seen)

    def _local(self, local: Address) -> Address:
        return self._listens.get(local, Address(_LOOPBACK[_family(local.ip)], local.port))

    def listen(self, local: Address, owner: Owner) -> Listener:
        listener = Listener(owner, self._seen)
        listener.task = self._task(self._serve(listener, self._local(local), owner))
        return listener

    async def _serve(self, listener: Listener, local: Address, owner: Owner) -> None:
        try:
            sock = _bound(socket.SOCK_STREAM, local)
            listener.server = await self._loop.create_server(
                lambda: TcpLink(None, local, listener), sock=sock)
        except OSError as error:
            return owner.failed(556 if error.errno == errno.EADDRINUSE else 557)
        return owner.opened()

    def resolve(self, name: str, done: Callable[[list[str]], Any]) -> None:
        done(self._names.get(name.lower(), []))

    def ping(self, name: str, ip: str, size: int, limit: float,
             done: Callable[[float | None], None]) -> None:
        if name not in self._pings:
            self._task(self._ping(ip, size, limit, done))
        else:
            done(self._pings.take(name))

    async def _ping(self, ip: str, size: int, limit: float,
                    done: Callable[[float | None], None]) -> None:
        done(await echo(self._loop, ip, size, limit))
