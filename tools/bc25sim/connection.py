"""One connectID of the module: its state, its buffer, and the URCs it causes."""

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from .buffer import Buffer
from .network import Address, Link, OpenFailed, Owner
from .stack import Stack

if TYPE_CHECKING:
    from .connections import Connections

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


class Connection(Owner):
    """What one connectID stands for, from AT+QIOPEN or an arriving client to its end."""

    def __init__(self, stack: Stack, table: "Connections", opening: Opening) -> None:
        self._stack = stack
        self._table = table
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
        self.child: Connection | None = None  # where a UDP SERVICE's data goes instead
        self.sending = False  # a SEND OK is owed
        self.peer_closed = False
        self.closing = False  # a CLOSE OK is owed
        self._early: list[Callable[[], None]] = []
        self._buffer = Buffer(stack.runtime, self.is_stream)
        self._full_told = False  # once, until the buffer was empty

    @property
    def is_stream(self) -> bool:
        """Whether it carries a TCP stream."""
        return self.service in (TCP, INCOMING)

    # -- opening and closing -----------------------------------------------------------------

    def open(self) -> None:
        """Resolves the name, connects or listens, and reports +QIOPEN."""
        if self.service in (LISTENER, SERVICE):
            self._resolved([self.ip])
        else:
            self._stack.resolver.resolve(self.ip, self._resolved)

    def _resolved(self, ips: list[str]) -> None:
        fitting = [ip for ip in ips if (":" in ip) == self.ipv6]
        if not fitting:
            return self.failed(565)
        self.ip = fitting[0]
        runtime = self._stack.runtime
        runtime.after(runtime.delay("open_ms"), self._open)
        return None

    def _open(self) -> None:
        if self.state != CONNECTING:
            return
        try:
            self.link = self._new_link()
        except OpenFailed as error:
            self.failed(error.code)

    def _new_link(self) -> Link:
        local = Address(self.ip, self.local_port)
        to = Address(self.ip, self.port)
        network = self._stack.network
        if self.service == TCP:
            limit = self._stack.runtime.limit("open_limit_ms")
            return network.open_tcp(to, self.local_port, limit, self)
        if self.service == LISTENER:
            return network.listen(local, self)
        return network.open_udp(to if self.service == UDP else None, local, self)

    def opened(self) -> None:
        if self.state == CONNECTING:
            late, code = self._stack.faults.late_open()
            self._stack.runtime.after(late, self._report_open, code)

    def _report_open(self, code: int) -> None:
        if self.state != CONNECTING:
            return
        if code:
            return self.failed(code)
        self.state = CONNECTED
        self._stack.settings.last_error = 0
        self._stack.output.urc(f"+QIOPEN: {self.id},0")
        if self.service in (TCP, UDP):
            self._stack.radio.traffic()
        self._tell_early()

    def _delayed(self, call: Callable[..., None], *args: object) -> None:
        """What happens before +QIOPEN was said is told after it."""
        self._early.append(functools.partial(call, *args))
        if self.link is not None:
            self.link.pause()

    def _tell_early(self) -> None:
        early, self._early = self._early, []
        for tell in early:
            tell()
        if early and self.link is not None and self._buffer.waiting is None:
            self.link.resume()

    def failed(self, code: int) -> None:
        if self.state != CONNECTING:
            return
        self._stack.settings.last_error = code
        if self._stack.runtime.profile.failed_open_keeps_id:
            self.state = CLOSING
        else:
            self._table.remove(self)
        self._stack.output.urc(f"+QIOPEN: {self.id},{code}")

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
        profile = self._stack.runtime.profile
        self.peer_closed = True
        self.state = profile.closed_state
        self._stack.output.urc(f'+QIURC: "closed",{self.id}')
        if profile.closed_frees_id == "at_once":
            self._table.remove(self)
        else:
            self._maybe_free()
        return None

    def break_off(self) -> None:
        """By fault: closed from afar, at once."""
        link, self.link = self.link, None
        self.lost()
        if link is not None:
            link.close(abort=True)

    def _maybe_free(self) -> None:
        if self.peer_closed and not self._buffer \
                and self._stack.runtime.profile.closed_frees_id == "when_read":
            self._table.remove(self)

    def accepted(self, link: Link, peer: Address) -> "Connection | None":
        """A listener's new connection gets a free id (2.2.5), or there is none (2.2.4)."""
        if self.state != CONNECTED or not self._table.reachable:
            return None
        return self._table.incoming(self, link, peer)

    # -- data in -----------------------------------------------------------------------------

    def received(self, data: bytes, peer: Address) -> None:
        if self.state == CONNECTING:
            return self._delayed(self.received, data, peer)
        if not self._table.reachable:
            return self._stack.runtime.count("lost_asleep_net", len(data))
        self._stack.radio.traffic()
        if self.service == SERVICE and self._stack.runtime.profile.udp_service_id == "other":
            return self._to_child(data)
        return self._take_in(data)

    def _take_in(self, data: bytes) -> None:
        if self.mode == 1:
            return self.push(data)
        return self._store(data)

    def _to_child(self, data: bytes) -> None:
        """A UDP SERVICE whose data comes under another id."""
        if self.child is None:
            free = self._table.free_incoming_id()
            if free is None:
                return
            self.child = Connection(self._stack, self._table, Opening(
                self.context, free, SERVICE, self.ip, 0, self.local_port, self.mode))
            self.child.state = CONNECTED
            self._table.add(self.child)
        self.child._take_in(data)

    def push(self, data: bytes) -> None:
        """Direct push mode: the data is in the URC (2.2.2)."""
        flash, size = self._stack.flash, self._stack.runtime.profile.push_max
        for start in range(0, len(data), size):
            piece = data[start:start + size]
            length = f",{len(piece)}" if flash.show_length else ""
            shown = self.shown(piece) + b"\r\n"
            head = f'+QIURC: "recv",{self.id}{length}'
            self._stack.output.urc_data(head, b"," if flash.view_mode else b"\r\n", shown)

    def shown(self, data: bytes) -> bytes:
        """Data in the format of AT+QICFG="dataformat"."""
        return data.hex().upper().encode() if self._stack.flash.receive_hex else data

    def _store(self, data: bytes) -> None:
        if self._buffer.has_room(data):
            return self._append(data)
        if self.is_stream and self._stack.runtime.profile.when_full == "hold":
            self._buffer.waiting = data
            if self.link is not None:
                self.link.pause()
        else:
            self._stack.runtime.count("dropped_full", len(data))
        if not self._full_told:
            self._full_told = True
            self._stack.runtime.count("buffer_full")
            self.tell_full()
        return None

    def _append(self, data: bytes) -> None:
        was_empty = not self._buffer
        self._buffer.append(data)
        if was_empty:
            self.tell_data()

    def tell_data(self) -> None:
        """The recv URC of buffer mode (2.2.2)."""
        length = f",{self._buffer.first_size}" if self._stack.flash.show_length else ""
        self._recv_urc(f'+QIURC: "recv",{self.id}{length}')

    def tell_full(self) -> None:
        """Its form for a buffer that is full (2.2.3)."""
        self._recv_urc(f'+QIURC: "recv",{self.id},"buff full"')

    def _recv_urc(self, text: str) -> None:
        if not self._stack.faults.hit("nourc"):
            self._stack.output.recv_urc(text)

    def read(self, size: int) -> tuple[bytes, int]:
        """Up to `size` bytes of the oldest segment, and how much of that one is left (2.1.5)."""
        return self._buffer.read(size)

    def after_read(self) -> None:
        """Room may have come up: the waiting data moves in and the peer goes on."""
        if not self._buffer:
            self._full_told = False
        if self._buffer.waiting is not None:
            if not self._buffer.has_room(self._buffer.waiting):
                return
            self._append(self._buffer.take_waiting())
            if self.link is not None:
                self.link.resume()
        self._maybe_free()

    def switch(self, mode: int) -> None:
        """AT+QISWTMD; what happens to buffered data is the profile's (the manual is silent)."""
        how = self._stack.runtime.profile.switch_buffered
        self.mode = mode
        if mode == 0 or how == "keep":
            return
        for data in self._buffer.take_all():
            if how == "push":
                self.push(data)
        self._push_waiting()

    def _push_waiting(self) -> None:
        if self._buffer.waiting is not None:
            self.push(self._buffer.take_waiting())
            if self.link is not None:
                self.link.resume()

    def hold_push(self, held: bool) -> None:
        """Direct push mode has no buffer: the UART being behind holds the peer back."""
        if self.link is None or self._buffer.waiting is not None:
            return
        if not held:
            self.link.resume()
        elif self.mode == 1:
            self.link.pause()

    def fill(self) -> None:
        """By fault: as if the buffer had no room left, until it is read."""
        self._buffer.refusing = True

    # -- data out ----------------------------------------------------------------------------

    def send(self, data: bytes) -> bool:
        """Whether the stack took it."""
        self._stack.radio.traffic()
        limit = self._stack.runtime.profile.send_buffer
        return self.link is not None and self.link.write(data, limit)

    def row(self) -> str:
        """Its line in AT+QISTATE (2.1.3)."""
        return (f'+QISTATE: {self.id},"{self.service}","{self.ip}",{self.port},'
                f"{self.local_port},{self.state},{self.context},{self.mode}")
