"""The six connections by id, and what concerns more than one of them."""

from collections.abc import Iterator

from .connection import (
    CONNECTED,
    CONNECTING,
    INCOMING,
    LISTENER,
    TCP,
    Connection,
    Opening,
)
from .errors import Refused
from .network import Address, Link
from .runtime import Part
from .stack import Stack


class Connections(Part):
    """All connections by id. `reachable` is False while the module is off or asleep."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._open: dict[int, Connection] = {}
        self._push_held = False
        self.reachable = False

    def __iter__(self) -> Iterator[Connection]:
        return iter([self._open[key] for key in sorted(self._open)])

    @property
    def working(self) -> bool:
        return any(c.sending or c.state == CONNECTING for c in self._open.values())

    @property
    def streams(self) -> bool:
        """Whether a TCP connection is up."""
        return any(c.is_stream and c.state == CONNECTED for c in self._open.values())

    def summary(self) -> dict[str, str]:
        """Each connection's AT+QISTATE line."""
        return {str(c.id): c.row() for c in self._open.values()}

    def listed(self) -> list[Connection]:
        """Those that AT+QISTATE tells of."""
        profile = self._stack.runtime.profile
        return [c for c in self if (profile.lists_opening or c.state != CONNECTING)
                and (profile.lists_incoming or c.service != INCOMING)]

    def find(self, number: int) -> Connection | None:
        """The connection with this id."""
        return self._open.get(number)

    def need(self, number: int) -> Connection:
        """The connection with this id, or ERROR 567."""
        found = self._open.get(number)
        if found is None:
            raise Refused(567)
        return found

    def port_taken(self, service: str, local_port: int) -> bool:
        """Whether one of that protocol has this local port already (2.1.1 note 5)."""
        stream = service.startswith("TCP")
        return local_port != 0 and any(
            c.local_port == local_port and c.service.startswith("TCP") == stream
            and c.service != INCOMING for c in self._open.values())

    def open(self, opening: Opening) -> Connection:
        """A new one, whose `open` is still to be called."""
        made = Connection(self._stack, self, opening)
        self.add(made)
        return made

    def add(self, connection: Connection) -> None:
        """Takes its id."""
        self._open[connection.id] = connection

    def remove(self, connection: Connection) -> None:
        """Frees the id."""
        connection.end()
        if self._open.get(connection.id) is connection:
            del self._open[connection.id]
        if connection.child is not None:
            self.remove(connection.child)

    def free_incoming_id(self) -> int | None:
        """The id that a new client gets."""
        order = self._stack.runtime.profile.incoming_ids
        return next((number for number in order if number not in self._open), None)

    def incoming(self, server: Connection, link: Link, peer: Address) -> Connection | None:
        """A new client of `server`."""
        number = self.free_incoming_id()
        if number is None:
            self.tell_incoming_full()
            return None
        made = self.open(Opening(server.context, number, INCOMING, peer.ip, peer.port,
                                 server.local_port, self._incoming_mode(server, number)))
        made.state, made.link = CONNECTED, link
        self.tell_incoming(server, made)
        return made

    def _incoming_mode(self, server: Connection, number: int) -> int:
        stored = self._stack.flash.modes.get(number, 0)
        how = self._stack.runtime.profile.incoming_mode
        return {"buffer": 0, "listener": server.mode, "stored": stored, "push": 1}[how]

    def tell_incoming_full(self) -> None:
        """No id is left (2.2.4)."""
        self._stack.output.urc('+QIURC: "incoming full"')

    def tell_incoming(self, server: Connection, made: Connection) -> None:
        """A client was given an id (2.2.5)."""
        self._stack.output.urc(
            f'+QIURC: "incoming",{made.id},{server.id},"{made.ip}",{made.port}')

    # -- all at once -------------------------------------------------------------------------

    def booted(self) -> None:
        self.reachable = True

    def woken(self) -> None:
        self.reachable = True

    def cut(self) -> None:
        self.reachable = False
        for connection in self:
            connection.end(abort=True)
        self._open.clear()

    def asleep(self) -> None:
        """Only UDP connections are there afterwards (2.1.1 note 3)."""
        self.reachable = False
        for c in self:
            c.sending = False
            if c.service in (TCP, LISTENER, INCOMING) or c.state != CONNECTED:
                c.end(abort=True)
                del self._open[c.id]

    def hold_push(self, held: bool) -> None:
        """Direct push mode: TCP peers wait while the UART is behind."""
        if held == self._push_held:
            return
        self._push_held = held
        for connection in self:
            connection.hold_push(held)

    def network_lost(self) -> None:
        """Detached: TCP connections break."""
        for connection in self:
            if connection.is_stream:
                connection.lost()
            elif connection.state == CONNECTING:
                connection.failed(570)

    # -- faults ------------------------------------------------------------------------------

    def close_by_peer(self, number: int | None) -> None:
        """Connection `number`, or the first, is closed from afar."""
        found = [c for c in self if c.is_stream and number in (None, c.id)]
        if found:
            found[0].break_off()

    def close_listener(self, number: int | None) -> None:
        """Listener `number`, or the first, is closed by the module."""
        found = [c for c in self if c.service == LISTENER and number in (None, c.id)]
        if found:
            found[0].break_off()

    def fill(self, number: int | None) -> None:
        """Connection `number`, or every one, has no room."""
        for connection in self:
            if number in (None, connection.id):
                connection.fill()
