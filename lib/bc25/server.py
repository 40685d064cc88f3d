"""TCP LISTENER and UDP SERVICE (manual 2.1.1, 2.2.4, 2.2.5); loaded by the first of them."""

import errno

from .bringup import sockets_left
from .connection import CLOSING, LISTENER, MAYBE, OPEN, OPENING, PERHAPS, SERVICE, TCP, Connection
from .health import DOUBTFUL
from .inbox import Inbox
from .modes import mode_of
from .outbox import Outbox
from .socketobject import socket


class Server:
    """Takes the ids that the module gives away by itself."""

    def __init__(self, core) -> None:
        self._core = core
        core.counters["incoming_full"] = 0

    def missed(self):
        """A script that finds the connections whose URC was lost."""
        return sockets_left(self._core)

    def urc(self, reader) -> bool:
        """`incoming full`, or `"incoming",<id>,<server id>,"<ip>",<port>`"""
        core = self._core
        if reader.find(b"full"):
            core.counters["incoming_full"] += 1
            return True
        i = reader.number()
        parent = core.table.get(reader.number())
        if not 0 <= i < 6:
            return False
        try:
            _, ip, port = reader.text().split(",")
            self.take(i, parent, ip, int(port))
        except ValueError:
            return False
        except MemoryError:
            core.health.raise_to(DOUBTFUL)  # QISTATE lists it once more
        return True

    def take(self, i: int, parent, ip: str, port: int):
        """The connection accepted under id `i`; it is refused where nobody listens."""
        core = self._core
        table, old = core.table, core.table.get(i)
        refused = not parent or not parent.held or parent.service != LISTENER
        conn = None
        if not refused:  # what may fail comes first
            rings = core.rings
            inbox = Inbox(True, rings, core.counters)
            conn = Connection(
                TCP, b"", 0, parent.local, parent.v6, parent.push, inbox, Outbox(True, rings)
            )
        if old and old.state == OPENING:  # the id that an open of ours just chose
            old.opened(563)
            old.id = -1
        elif old:
            # A command that is on its way to it reaches the new one.
            refused = refused or core.exchange.busy and core.piece.of(old)
            core.reset(old)
        table.orphans.pop(i, None)
        table.put(i, None)
        if refused or not conn:
            table.leave(i)
            if conn:
                conn.inbox.release()
                conn.outbox.release()
            core.work = True
            return None
        conn.accept(parent, i, (ip.strip('" '), port))
        table.put(i, conn)
        table.add(conn)
        core.add(self._mode(conn, conn.push))
        conn.push |= MAYBE
        return conn

    def _mode(self, conn, wanted: int):
        # Find out in which mode it came, and put it into the listener's.
        core = self._core
        mode = -1
        while mode < 0 and conn.state == OPEN:
            try:
                mode = yield from mode_of(conn)
                if mode < 0:
                    mode = wanted  # some list no TCP INCOMING
            except ValueError:
                pass
        if conn.state != OPEN:
            return
        if mode == wanted:
            conn.push = wanted
            if not wanted:
                conn.data_ready = max(conn.data_ready, PERHAPS)
            return
        conn.push = mode
        if wanted:
            yield from core.format.settle(True)
        try:
            yield "AT+QISWTMD=%d,%d" % (conn.id, wanted)
            conn.push = wanted
            conn.data_ready = 0 if wanted else PERHAPS
        except OSError:
            pass

    def found(self, i: int, fields) -> bool:
        """A connection that QISTATE lists and whose URC was lost."""
        core = self._core
        if core.table.doomed >> i & 1:
            return False  # the program closed it while the module was silent
        for parent in core.table.all:
            if parent.service == LISTENER and parent.held and parent.local == int(fields[4]):
                conn = self.take(i, parent, fields[2], int(fields[3]))
                if conn:
                    conn.push, conn.data_ready = int(fields[7]), PERHAPS
                return conn is not None
        return False


def _open(sock, service: str) -> None:
    core = sock._core
    if not core.network.address:
        raise OSError(errno.ENOTCONN)
    if not core.server:
        core.server = Server(core)
    sock._begin()
    sock._open(service, core.network.address.encode(), 0)
    sock._conn.clients = []
    sock._opened()


def listen(sock) -> None:
    """Open a TCP LISTENER on the NIC's own address and the port of bind()."""
    if not sock._stream:
        raise OSError(errno.EOPNOTSUPP)
    if sock._closed:
        raise OSError(errno.EBADF)
    if sock._conn and sock._conn.service == LISTENER and sock._conn.state < CLOSING:
        return
    if not sock._local or sock._conn and sock._conn.state < CLOSING:
        raise OSError(errno.EINVAL)
    _open(sock, LISTENER)


def accept(sock):
    """(socket, (ip, port)) of the next connection."""
    modem, conn = sock._modem, sock._conn
    if not sock._stream:
        raise OSError(errno.EOPNOTSUPP)
    if sock._closed:
        raise OSError(errno.EBADF)
    if not conn or conn.service != LISTENER:
        raise OSError(errno.EINVAL)
    since = sock._begin()
    conn.touch()
    modem.turn(False)
    while not conn.clients:
        if sock._closed:
            raise OSError(errno.EBADF)
        conn.check()
        if conn.state >= CLOSING:
            raise OSError(errno.ECONNRESET)
        conn.awaited = True
        if sock._ms == 0:
            raise OSError(errno.EAGAIN)
        modem.wait(since, sock._ms)
    # Prepare first, then take: a MemoryError loses nobody.
    child = socket(modem=modem)
    child.adopt(conn.clients[0])
    conn.clients.pop(0)
    return child, child.getpeername()


def serve(sock) -> None:
    """Open a UDP SERVICE for a bound datagram socket that receives without connect()."""
    _open(sock, SERVICE)
