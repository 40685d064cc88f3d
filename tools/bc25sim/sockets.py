"""The six sockets by id, and what concerns more than one of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .connection import CONNECTED, CONNECTING, INCOMING, LISTENER, TCP, Opening, Socket
from .errors import Refused
from .network import Address, Link

if TYPE_CHECKING:
    from .core import Module


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
            self.tell_incoming_full()
            return None
        stored = self._module.flash.modes.get(number, 0)
        how = self._module.profile.incoming_mode
        mode = {"buffer": 0, "listener": server.mode, "stored": stored}[how]
        socket = Socket(self._module, Opening(
            server.context, number, INCOMING, peer.ip, peer.port, server.local_port, mode))
        socket.state, socket.link = CONNECTED, link
        self.add(socket)
        self.tell_incoming(server, socket)
        return socket

    def tell_incoming_full(self) -> None:
        """No id is left (2.2.4)."""
        self._module.urc('+QIURC: "incoming full"')

    def tell_incoming(self, server: Socket, socket: Socket) -> None:
        """A client was given an id (2.2.5)."""
        self._module.urc(
            f'+QIURC: "incoming",{socket.id},{server.id},"{socket.ip}",{socket.port}')

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
            socket.hold_push(held)

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
