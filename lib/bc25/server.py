"""TCP LISTENER and UDP SERVICE (manual 2.1.1, 2.2.4, 2.2.5); loaded by the first of them."""

import errno

from .bringup import sockets_left
from .jobs import mode_of
from .sockets import Socket


class Server:
    """What the engine asks about ids that the module gives away by itself."""

    def __init__(self, eng) -> None:
        self.eng = eng
        eng.counters["incoming_full"] = 0
        self.spares: "list" = []

    def prepare(self) -> None:
        """Make sockets for incoming connections ahead."""
        while len(self.spares) < 5:
            self.spares.append(Socket(self.eng))

    def missed(self):
        """A job that finds the connections whose URC was lost."""
        return sockets_left(self.eng)

    def urc(self) -> bool:
        """`incoming full`, or `"incoming",<id>,<server id>,"<ip>",<port>`"""
        eng = self.eng
        if eng.rx.find(b"full", eng.i, eng.e) > 0:
            eng.counters["incoming_full"] += 1
            return True
        i, parent = eng.number(), eng.by_id(eng.number())
        if not 0 <= i < 6:
            return False
        try:
            _, ip, port = eng.text().split(",")
            self.take(i, parent, ip, int(port))
        except ValueError:
            return False
        except MemoryError:
            eng.suspect = True  # QISTATE lists it once more
        return True

    def take(self, i: int, parent, ip: str, port: int):
        """The connection accepted under id `i`; None if it is refused."""
        eng = self.eng
        old = eng.ids[i]
        if old and old.opening():  # the id that an open of ours just chose: 563 will follow
            old.opened(563)
        elif old:
            old.reset()
        eng.left.pop(i, None)
        eng.ids[i] = None
        if not parent or not parent.held or parent.kind != "TCP LISTENER":
            eng.add(_refuse(i))
            return None
        conn = self.spares.pop() if self.spares else Socket(eng)
        conn.accepted(parent, i, (ip.strip('" '), port))
        eng.add(_mode(conn))
        return conn

    def found(self, i: int, fields) -> bool:
        """A connection that QISTATE lists and whose URC was lost."""
        for parent in self.eng.conns:
            if parent.kind == "TCP LISTENER" and parent.held and parent.local == int(fields[4]):
                conn = self.take(i, parent, fields[2], int(fields[3]))
                conn.push, conn.more = int(fields[7]), True
                return True
        return False

    def service(self, i: int):
        """Data came under an id that is nobody's: a UDP SERVICE's (manual 4.5.2)."""
        for conn in self.eng.conns:
            if conn.kind == "UDP SERVICE" and conn.is_open() and 0 <= i < 6:
                return conn
        return None


def _refuse(i: int):
    yield "AT+QICLOSE=%d" % i


def _mode(conn):
    was = conn.push
    yield from mode_of(conn)
    if conn.push != was and conn.good:  # lines were taken for data, or data for lines
        conn.eng.suspect = True
        conn.spoil()


def _open(sock, kind: str) -> None:
    eng = sock.eng
    if not eng.addr:
        raise OSError(errno.ENOTCONN)
    if not eng.server:
        eng.server = Server(eng)
    eng.server.prepare()
    sock._begin()
    sock.open(kind, eng.addr.encode(), 0)
    sock.clients, sock.peer = [], ("", 0)
    sock._opened()


def listen(sock) -> None:
    """Open a TCP LISTENER on the NIC's own address and the port of bind()."""
    if not sock.stream:
        raise OSError(errno.EOPNOTSUPP)
    if not sock.local:
        raise OSError(errno.EINVAL)
    _open(sock, "TCP LISTENER")


def accept(sock):
    """(socket, (ip, port)) of the next connection."""
    eng = sock.eng
    if sock.kind != "TCP LISTENER":
        raise OSError(errno.EINVAL)
    since = sock._begin()
    eng.turn(False)
    while not sock.good:
        if not sock.held:
            raise OSError(errno.EBADF)
        sock.check()
        if not sock.ring:
            raise OSError(errno.ECONNRESET)
        sock.waits = True
        if sock._ms == 0:
            raise OSError(errno.EAGAIN)
        eng.wait(since, sock._ms)
    sock.good -= 1
    child = sock.clients.pop(0)
    eng.server.prepare()
    return child, child.peer


def serve(sock) -> None:
    """Open a UDP SERVICE for a bound datagram socket that receives without connect()."""
    sock.push = 0
    _open(sock, "UDP SERVICE")
