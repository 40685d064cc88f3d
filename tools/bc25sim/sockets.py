"""The six sockets: their states, their buffers of segments, and the URCs they cause."""

import dataclasses
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import Refused
from .network import Address, Link, OpenFailed, Owner

if TYPE_CHECKING:
    from .core import Module

IDS = range(6)
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
        self.mode = opening.mode  # 0 buffer, 1 direct push
        self.state = CONNECTING
        self.link: Link | None = None
        self.child: Socket | None = None  # where a UDP SERVICE's data goes instead
        self.sending = False  # a SEND OK is owed
        self.peer_closed = False
        self.closing = False  # a CLOSE OK is owed
        self._segments: deque[bytes] = deque()
        self._used = 0
        self._waiting: bytes | None = None  # TCP data that found no room, the peer being held back
        self._full_told = False
        self._refusing = False  # by fault: no room until read

    # -- opening and closing -----------------------------------------------------------------

    def open(self) -> None:
        """Resolves the name, connects or listens, and reports +QIOPEN."""
        if self.service in (LISTENER, SERVICE):
            self._resolved([self.ip])
        else:
            self.module.resolve(self.ip, self._resolved)

    def _resolved(self, ips: list[str]) -> None:
        if not ips:
            return self.failed(565)
        self.ip = ips[0]
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
                limit = self.module.delay("open_limit_ms")
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
        if self.state != CONNECTED or self.peer_closed:
            return
        profile = self.module.profile
        self.peer_closed = True
        self.state = profile.closed_state
        self.module.urc(f'+QIURC: "closed",{self.id}')
        if profile.closed_frees_id == "at_once":
            self.module.sockets.remove(self)
        else:
            self._maybe_free()

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
        return not self._refusing and len(self._segments) < profile.buffer_pieces \
            and self._used + len(data) <= profile.buffer_bytes

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
            self._recv_urc(',"buff full"')
        return None

    def _append(self, data: bytes) -> None:
        was_empty = not self._segments
        step = self.module.profile.segment if self.service in (TCP, INCOMING) else len(data)
        for start in range(0, len(data), step):
            self._segments.append(data[start:start + step])
        self._used += len(data)
        if was_empty:
            length = f",{len(self._segments[0])}" if self.module.flash.show_length else ""
            self._recv_urc(length)

    def _recv_urc(self, rest: str) -> None:
        self.module.sockets.recv_urc(f'+QIURC: "recv",{self.id}{rest}')

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


class Sockets:
    """All sockets by id; what concerns more than one of them."""

    def __init__(self, module: "Module") -> None:
        self._module = module
        self._open: dict[int, Socket] = {}
        self._push_held = False
        self._held: list[str] = []  # recv URCs that wait for the end of a prompt

    def __iter__(self) -> Iterator[Socket]:
        return iter([self._open[key] for key in sorted(self._open)])

    @property
    def working(self) -> bool:
        """Whether something is under way that deep sleep has to wait for."""
        return any(s.sending or s.state == CONNECTING for s in self._open.values())

    @property
    def streams(self) -> bool:
        """Whether a TCP connection is up."""
        return any(s.service in (TCP, INCOMING) and s.state == CONNECTED
                   for s in self._open.values())

    def summary(self) -> dict[str, str]:
        """Each socket's AT+QISTATE line."""
        return {str(s.id): s.row() for s in self._open.values()}

    def find(self, number: int) -> Socket | None:
        """The socket with this id."""
        return self._open.get(number)

    def need(self, number: int) -> Socket:
        """The socket with this id, or ERROR 567."""
        socket = self._open.get(number)
        if socket is None:
            raise Refused(567)
        return socket

    def port_taken(self, service: str, local_port: int) -> bool:
        """Whether a socket of that protocol has this local port already (2.1.1 note 5)."""
        stream = service.startswith("TCP")
        return local_port != 0 and any(
            s.local_port == local_port and s.service.startswith("TCP") == stream
            and s.service != INCOMING for s in self._open.values())

    def add(self, socket: Socket) -> None:
        self._open[socket.id] = socket

    def remove(self, socket: Socket) -> None:
        """Frees the id."""
        socket.end()
        if self._open.get(socket.id) is socket:
            del self._open[socket.id]
        if socket.child is not None:
            self.remove(socket.child)

    def free_incoming_id(self) -> int | None:
        """The id that a new connection gets."""
        order = self._module.profile.incoming_ids
        return next((number for number in order if number not in self._open), None)

    def incoming(self, server: Socket, link: Link, peer: Address) -> Socket | None:
        """A new connection to `server`."""
        number = self.free_incoming_id()
        if number is None:
            self._module.urc('+QIURC: "incoming full"')
            return None
        stored = self._module.flash.modes.get(number, 0)
        how = self._module.profile.incoming_mode
        mode = {"buffer": 0, "listener": server.mode, "stored": stored}[how]
        socket = Socket(self._module, Opening(
            server.context, number, INCOMING, peer.ip, peer.port, server.local_port, mode))
        socket.state, socket.link = CONNECTED, link
        self.add(socket)
        self._module.urc(f'+QIURC: "incoming",{number},{server.id},"{peer.ip}",{peer.port}')
        return socket

    # -- all at once -------------------------------------------------------------------------

    def recv_urc(self, text: str) -> None:
        """A recv URC of buffer mode, which an open prompt may hold back."""
        if self._module.faults.hit("nourc"):
            return
        how = self._module.profile.prompt_urcs
        if self._module.reader.prompt is None or how == "pass":
            self._module.urc(text)
        elif how == "hold":
            self._held.append(text)
        else:
            self._module.count("urcs_dropped")

    def release_held(self) -> None:
        """Sends what an open prompt held back."""
        if self._held and self._module.reader.prompt is None:
            held, self._held = self._held, []
            for text in held:
                self._module.urc(text)

    def hold_push(self, held: bool) -> None:
        """Direct push mode: TCP peers wait while the UART is behind."""
        if held == self._push_held:
            return
        self._push_held = held
        for socket in self._open.values():
            if socket.mode == 1 and socket.service in (TCP, INCOMING) and socket.link is not None:
                (socket.link.pause if held else socket.link.resume)()

    def drop_all(self) -> None:
        """A restart."""
        self._held.clear()
        for socket in list(self._open.values()):
            socket.end(abort=True)
        self._open.clear()

    def sleep(self) -> None:
        """Deep sleep: only UDP sockets are there afterwards (2.1.1 note 3)."""
        self._held.clear()
        for socket in list(self._open.values()):
            socket.sending = False
            if socket.service in (TCP, LISTENER, INCOMING) or socket.state != CONNECTED:
                socket.end(abort=True)
                del self._open[socket.id]

    def network_lost(self) -> None:
        """Detached: TCP connections break."""
        for socket in list(self._open.values()):
            if socket.service in (TCP, INCOMING):
                socket.lost()
            elif socket.state == CONNECTING:
                socket.failed(570)

    def close_by_peer(self, number: int | None) -> None:
        """By fault: connection `number`, or the first, is closed from afar."""
        for socket in list(self._open.values()):
            if socket.service in (TCP, INCOMING) and number in (None, socket.id):
                link, socket.link = socket.link, None
                socket.lost()
                if link is not None:
                    link.close(abort=True)
                return

    def fill(self, number: int | None) -> None:
        """By fault: socket `number`, or every one, has no room."""
        for socket in self._open.values():
            if number in (None, socket.id):
                socket.fill()
