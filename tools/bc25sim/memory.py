"""A network in memory, for virtual time: servers are objects, bytes take `latency` seconds."""

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from .clock import Clock
from .network import PIECE, Address, Network, Owner, Pings


class Service(Protocol):
    """The far side of one connection, or of one UDP socket of the module."""

    def connected(self, far: "Far") -> None: ...

    def received(self, far: "Far", data: bytes) -> None: ...

    def closed(self, far: "Far") -> None: ...


class Discard:
    """Takes everything and keeps count."""

    def __init__(self) -> None:
        self.count = 0

    def connected(self, far: "Far") -> None:
        """Nothing to say."""

    def received(self, far: "Far", data: bytes) -> None:
        self.count += len(data)

    def closed(self, far: "Far") -> None:
        """Nothing to end."""


class Echo(Discard):
    """Sends everything back."""

    def received(self, far: "Far", data: bytes) -> None:
        self.count += len(data)
        far.write(data)


class Source(Discard):
    """Sends `data` as soon as connected, and then closes if told so."""

    def __init__(self, data: bytes, close: bool = False) -> None:
        super().__init__()
        self._data = data
        self._close = close

    def connected(self, far: "Far") -> None:
        far.write(self._data)
        if self._close:
            far.close()


class MemoryLink:
    """The module's side of a connection; what the far side wrote waits here while paused."""

    def __init__(self, net: "MemoryNetwork", owner: Owner | None, peer: Address,
                 stream: bool) -> None:
        self.owner = owner
        self.service: Service | None = None
        self.far = Far(self)
        self._net = net
        self._peer = peer
        self._stream = stream
        self._coming: deque[bytes] = deque()
        self._ending = False
        self._paused = False
        self._moving = False

    def write(self, data: bytes, limit: int) -> bool:
        self._net.later(self._arrive, data)
        return True

    def _arrive(self, data: bytes) -> None:
        if self.service is not None:
            self.service.received(self.far, data)

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._move()

    def close(self, abort: bool = False) -> None:
        self.owner = None
        self._coming.clear()
        if self.service is not None:
            self._net.later(self.service.closed, self.far)

    def come(self, data: bytes) -> None:
        """The far side wrote."""
        step = PIECE if self._stream else max(1, len(data))
        self._coming.extend(data[at:at + step] for at in range(0, len(data), step))
        self._move()

    def end(self) -> None:
        """The far side closed."""
        self._ending = True
        self._move()

    def _move(self) -> None:
        if not self._moving and (self._coming or self._ending):
            self._moving = True
            self._net.later(self._deliver)

    def _deliver(self) -> None:
        self._moving = False
        while self._coming and not self._paused and self.owner is not None:
            self.owner.received(self._coming.popleft(), self._peer)
        done = self._ending and not self._coming and not self._paused
        if done and self.owner is not None:
            owner, self.owner = self.owner, None
            owner.lost()


class Far:
    """What a service holds of a connection."""

    def __init__(self, link: MemoryLink) -> None:
        self._link = link

    def write(self, data: bytes) -> None:
        """Sends to the module: any length of a stream, or one datagram."""
        self._link.come(data)

    def close(self) -> None:
        """Closes, after what was written."""
        self._link.end()


class MemoryListener:
    """A listening socket of the module, or its UDP service."""

    def __init__(self, net: "MemoryNetwork", key: tuple[str, int], owner: Owner) -> None:
        self.owner = owner
        self._net = net
        self._key = key

    def write(self, data: bytes, limit: int) -> bool:
        return False

    def pause(self) -> None:
        """Nothing to hold back."""

    def resume(self) -> None:
        """Nothing to hold back."""

    def close(self, abort: bool = False) -> None:
        self._net.listeners.pop(self._key, None)


class MemoryNetwork(Network):
    """Servers by address, names, ping times. An address nobody serves refuses."""

    def __init__(self, clock: Clock, latency: float = 0.0) -> None:
        self._clock = clock
        self._latency = latency
        self._servers: dict[Address, Callable[[], Service]] = {}
        self.names: dict[str, list[str]] = {"localhost": ["127.0.0.1"]}
        self.pings = Pings({})
        self.silent: set[Address] = set()  # peers that never answer a connect
        self.listeners: dict[tuple[str, int], MemoryListener] = {}

    def serve(self, ip: str, port: int, service: Callable[[], Service]) -> None:
        """Puts a server there, for TCP and UDP; `service()` is made for each connection."""
        self._servers[Address(ip, port)] = service

    def later(self, call: Callable[..., Any], *args: Any) -> None:
        """Calls after the latency."""
        self._clock.call_later(self._latency, call, *args)

    def _joined(self, link: MemoryLink, service: Service) -> None:
        if link.owner is not None:
            link.service = service
            link.owner.opened()
            service.connected(link.far)

    def open_tcp(self, to: Address, local_port: int, limit: float, owner: Owner) -> MemoryLink:
        link = MemoryLink(self, owner, to, stream=True)
        if to in self.silent:
            self._clock.call_later(limit, owner.failed, 569)
        elif to in self._servers:
            self.later(self._joined, link, self._servers[to]())
        else:
            self.later(owner.failed, 566)
        return link

    def open_udp(self, to: Address | None, local: Address,
                 owner: Owner) -> MemoryLink | MemoryListener:
        if to is None:
            return self._listener("udp", local, owner)
        link = MemoryLink(self, owner, to, stream=False)
        self.later(self._joined, link, self._servers.get(to, Discard)())
        return link

    def listen(self, local: Address, owner: Owner) -> MemoryListener:
        return self._listener("tcp", local, owner)

    def _listener(self, kind: str, local: Address, owner: Owner) -> MemoryListener:
        listener = MemoryListener(self, (kind, local.port), owner)
        self.listeners[kind, local.port] = listener
        self.later(owner.opened)
        return listener

    def dial(self, port: int, service: Service, peer: Address) -> bool:
        """Connects `service` to the module's listener on `port`; False where there is none."""
        listener = self.listeners.get(("tcp", port))
        if listener is None:
            return False
        link = MemoryLink(self, None, peer, stream=True)
        link.service = service
        link.owner = listener.owner.accepted(link, peer)
        if link.owner is not None:
            service.connected(link.far)
        return link.owner is not None

    def datagram(self, port: int, data: bytes, peer: Address) -> None:
        """Sends a datagram to the module's UDP service on `port`."""
        listener = self.listeners.get(("udp", port))
        if listener is not None:
            self.later(listener.owner.received, data, peer)

    def resolve(self, name: str, done: Callable[[list[str]], Any]) -> None:
        done(self.names.get(name.lower(), []))

    def ping(self, name: str, ip: str, size: int, limit: float,
             done: Callable[[float | None], None]) -> None:
        done(self.pings.take(name) if name in self.pings else self._latency * 2)
