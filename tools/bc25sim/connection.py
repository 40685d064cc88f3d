"""One socket of the module: its state, its buffer of segments, and the URCs it causes."""

import dataclasses
import functools
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .network import Address, Link, OpenFailed, Owner

if TYPE_CHECKING:
    from .core import Module

TCP, UDP, LISTENER, SERVICE = "TCP", "UDP", "TCP LISTENER", "UDP SERVICE"
INCOMING = "TCP INCOMING"
CLIENTS = (TCP, UDP, INCOMING)  # those that can send (2.1.4 note 3)
CONNECTING, CONNECTED, CLOSING = 1, 2, 3  # 2.1.3; idle and closed ones are not listed


@dataclasses.dataclass(frozen=True)
class Opening:
    """What AT+QIOPEN asked for."""

    context: int
    id: int
    service: str
    host: str
    port: int
    local_port: int
    mode: int
    ipv6: bool = False


class Socket(Owner):
    """One socket of the module, and its buffer."""

    def __init__(self, module: "Module", opening: Opening) -> None:
        self.module = module
        self.id = opening.id
        self.context = opening.context
        self.service = opening.service
        self.ip = opening.host
        self.port = opening.port
        self.local_port = opening.local_port
        self.ipv6 = opening.ipv6
        self.mode = opening.mode  # 0 buffer, 1 direct push
        self.state = CONNECTING
        self.link: Link | None = None
        self.child: Socket | None = None  # where a UDP SERVICE's data goes instead
        self.sending = False  # a SEND OK is owed
        self.peer_closed = False
        self.closing = False  # a CLOSE OK is owed
        self._early: list[Callable[[], None]] = []
        self._segments: deque[bytes] = deque()
        self._used = 0
        self._waiting: bytes | None = None  # TCP data that found no room, the peer being held back
        self._full_told = False  # once, until the buffer was empty
        self._refusing = False  # by fault: no room until read

    # -- opening and closing -----------------------------------------------------------------

    def open(self) -> None:
        """Resolves the name, connects or listens, and reports +QIOPEN."""
        if self.service in (LISTENER, SERVICE):
            self._resolved([self.ip])
        else:
            self.module.resolve(self.ip, self._resolved)

    def _resolved(self, ips: list[str]) -> None:
        fitting = [ip for ip in ips if (":" in ip) == self.ipv6]
        if not fitting:
            return self.failed(565)
        self.ip = fitting[0]
        self.module.after(self.module.delay("open_ms"), self._open)
        return None

    def _open(self) -> None:
        if self.state != CONNECTING:
            return
        local = Address(self.ip, self.local_port)
        to = Address(self.ip, self.port)
        network = self.module.network
        try:
            if self.service == TCP:
                limit = self.module.limit("open_limit_ms")
                self.link = network.open_tcp(to, self.local_port, limit, self)
            elif self.service == LISTENER:
                self.link = network.listen(local, self)
            else:
                target = to if self.service == UDP else None
                self.link = network.open_udp(target, local, self)
        except OpenFailed as error:
            self.failed(error.code)

    def opened(self) -> None:
        if self.state == CONNECTING:
            late, code = self.module.faults.late_open()
            self.module.after(late, self._report_open, code)

    def _report_open(self, code: int) -> None:
        if self.state != CONNECTING:
            return
        if code:
            return self.failed(code)
        self.state = CONNECTED
        self.module.last_error = 0
        self.module.urc(f"+QIOPEN: {self.id},0")
        if self.service in (TCP, UDP):
            self.module.radio.traffic()
        self._tell_early()

    def _delayed(self, call: Callable[..., None], *args: Any) -> None:
        """What happens before +QIOPEN was said is told after it."""
        self._early.append(functools.partial(call, *args))
        if self.link is not None:
            self.link.pause()

    def _tell_early(self) -> None:
        early, self._early = self._early, []
        for tell in early:
            tell()
        if early and self.link is not None and self._waiting is None:
            self.link.resume()

    def failed(self, code: int) -> None:
        if self.state != CONNECTING:
            return
        self.module.last_error = code
        if self.module.profile.failed_open_keeps_id:
            self.state = CLOSING
        else:
            self.module.sockets.remove(self)
        self.module.urc(f"+QIOPEN: {self.id},{code}")

    def end(self, abort: bool = False) -> None:
        """Lets the transport go; nothing is reported any more."""
        self.state = CLOSING
        if self.link is not None:
            self.link.close(abort)
            self.link = None

    def lost(self) -> None:
        """The peer closed or the connection broke (2.2.1)."""
        if self.state == CONNECTING:
            return self._delayed(self.lost)
        if self.state != CONNECTED or self.peer_closed:
            return None
        profile = self.module.profile
        self.peer_closed = True
        self.state = profile.closed_state
        self.module.urc(f'+QIURC: "closed",{self.id}')
        if profile.closed_frees_id == "at_once":
            self.module.sockets.remove(self)
        else:
            self._maybe_free()
        return None

    def _maybe_free(self) -> None:
        if self.peer_closed and not self._segments \
                and self.module.profile.closed_frees_id == "when_read":
            self.module.sockets.remove(self)

    def accepted(self, link: Link, peer: Address) -> "Socket | None":
        """A listener's new connection gets a free id (2.2.5), or there is none (2.2.4)."""
        if self.state != CONNECTED or not self.module.power.awake:
            return None
        return self.module.sockets.incoming(self, link, peer)

    # -- data in -----------------------------------------------------------------------------

    def received(self, data: bytes, peer: Address) -> None:
        module = self.module
        if self.state == CONNECTING:
            return self._delayed(self.received, data, peer)
        if not module.power.awake:
            return module.count("lost_asleep_net", len(data))
        module.radio.traffic()
        if self.service == SERVICE and module.profile.udp_service_id == "other":
            return self._to_child(data)
        if self.mode == 1:
            return self.push(data)
        return self._buffer(data)

    def _to_child(self, data: bytes) -> None:
        """A UDP SERVICE whose data comes under another id."""
        if self.child is None:
            free = self.module.sockets.free_incoming_id()
            if free is None:
                return
            self.child = Socket(self.module, Opening(
                self.context, free, SERVICE, self.ip, 0, self.local_port, self.mode))
            self.child.state = CONNECTED
            self.module.sockets.add(self.child)
        if self.mode == 1:
            return self.child.push(data)
        return self.child._buffer(data)

    def push(self, data: bytes) -> None:
        """Direct push mode: the data is in the URC (2.2.2)."""
        flash, size = self.module.flash, self.module.profile.push_max
        for start in range(0, len(data), size):
            piece = data[start:start + size]
            length = f",{len(piece)}" if flash.show_length else ""
            shown = self.shown(piece) + b"\r\n"
            head = f'+QIURC: "recv",{self.id}{length}'
            self.module.urc_data(head, b"," if flash.view_mode else b"\r\n", shown)

    def shown(self, data: bytes) -> bytes:
        """Data in the format of AT+QICFG="dataformat"."""
        return data.hex().upper().encode() if self.module.flash.receive_hex else data

    def _room(self, data: bytes) -> bool:
        profile = self.module.profile
        fits = len(self._segments) < profile.buffer_pieces \
            and self._used + len(data) <= profile.buffer_bytes
        return not self._refusing and (fits or not self._segments)

    def _buffer(self, data: bytes) -> None:
        if self._room(data):
            return self._append(data)
        profile = self.module.profile
        if self.service in (TCP, INCOMING) and profile.when_full == "hold":
            self._waiting = data
            if self.link is not None:
                self.link.pause()
        else:
            self.module.count("dropped_full", len(data))
        if not self._full_told:
            self._full_told = True
            self.module.count("buffer_full")
            self.tell_full()
        return None

    def _append(self, data: bytes) -> None:
        was_empty = not self._segments
        step = self.module.profile.segment if self.service in (TCP, INCOMING) else len(data)
        for start in range(0, len(data), step):
            self._segments.append(data[start:start + step])
        self._used += len(data)
        if was_empty:
            self.tell_data()

    def tell_data(self) -> None:
        """The recv URC of buffer mode (2.2.2)."""
        length = f",{len(self._segments[0])}" if self.module.flash.show_length else ""
        self.module.sockets.recv_urc(f'+QIURC: "recv",{self.id}{length}')

    def tell_full(self) -> None:
        """Its form for a buffer that is full (2.2.3)."""
        self.module.sockets.recv_urc(f'+QIURC: "recv",{self.id},"buff full"')

    def read(self, size: int) -> tuple[bytes, int]:
        """Up to `size` bytes of the oldest segment, and how much of that one is left (2.1.5)."""
        self._refusing = False
        if not self._segments:
            return b"", 0
        first = self._segments.popleft()
        data, rest = first[:size], first[size:]
        if rest:
            self._segments.appendleft(rest)
        self._used -= len(data)
        return data, len(rest)

    def after_read(self) -> None:
        """Room may have come up: the waiting data moves in and the peer goes on."""
        if not self._segments:
            self._full_told = False
        if self._waiting is not None:
            if not self._room(self._waiting):
                return
            data, self._waiting = self._waiting, None
            self._append(data)
            if self.link is not None:
                self.link.resume()
        self._maybe_free()

    def switch(self, mode: int) -> None:
        """AT+QISWTMD; what happens to buffered data is the profile's (the manual is silent)."""
        buffered, how = list(self._segments), self.module.profile.switch_buffered
        self.mode = mode
        if mode == 0 or how == "keep":
            return
        self._segments.clear()
        self._used = 0
        if how == "push":
            for data in buffered:
                self.push(data)
        self._push_waiting()

    def _push_waiting(self) -> None:
        if self._waiting is not None:
            data, self._waiting = self._waiting, None
            self.push(data)
            if self.link is not None:
                self.link.resume()

    def hold_push(self, held: bool) -> None:
        """Direct push mode has no buffer: the UART being behind holds the peer back."""
        if self.link is None or self._waiting is not None:
            return
        if not held:
            self.link.resume()
        elif self.mode == 1:
            self.link.pause()

    def fill(self) -> None:
        """By fault: as if the buffer had no room left, until it is read."""
        self._refusing = True

    # -- data out ----------------------------------------------------------------------------

    def send(self, data: bytes) -> bool:
        """Whether the stack took it."""
        self.module.radio.traffic()
        return self.link is not None and self.link.write(data, self.module.profile.send_buffer)

    def row(self) -> str:
        """Its line in AT+QISTATE (2.1.3)."""
        return (f'+QISTATE: {self.id},"{self.service}","{self.ip}",{self.port},'
                f"{self.local_port},{self.state},{self.context},{self.mode}")
