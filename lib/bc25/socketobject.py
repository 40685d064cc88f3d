"""The socket object: MicroPython's, over a connection of the BC25 (manual 2.1.1-2.1.7)."""

import errno
import time
from io import BytesIO, IOBase

from micropython import const

from .connection import (
    CLOSING,
    LISTENER,
    NAMES,
    OPEN,
    OPENING,
    SERVICE,
    TCP,
    UDP,
    Connection,
)
from .errors import (
    EISCONN,
    EMFILE,
    EPIPE,
    check_address,
    check_datagram,
    check_int,
    check_writable,
    is_bytes,
    octets,
)
from .exchange import OK
from .inbox import Inbox
from .input import Input
from .outbox import Outbox
from .output import drain, flush, is_unsent, send
from .polling import events

try:
    from weakref import ref  # type: ignore[import-not-found]
except ImportError:  # most MicroPython ports

    def ref(thing):
        """A reference that keeps the thing."""
        return lambda: thing


_AF_INET = const(2)  # as in socket.py
_AF_INET6 = const(10)
_SOCK_STREAM = const(1)
_SOCK_DGRAM = const(2)
_SOCK_RAW = const(3)
_SO_KEEPALIVE = const(8)

# Requests of MicroPython's stream protocol, and what POLL answers.
_FLUSH = const(1)
_POLL = const(3)
_CLOSE = const(4)
_NVAL = const(32)

_ALL = const(-1)
_EVENTS = const(20)  # webrepl's option: call back when data came
_MEMBERSHIPS = (3, 4)
_LONGEST = const(0x1FFFFFFF)  # ms that a timeout may last


class socket(IOBase):
    """A TCP or UDP socket. A UDP one is a client, or bound and without a peer "UDP SERVICE".

    Blocking, with a timeout (seconds) or non-blocking, as in MicroPython: OSError(ETIMEDOUT),
    None or OSError(EAGAIN), OSError(EINPROGRESS). The module's errors are BC25Error.
    """

    installed = None  # the modem of the NIC that installed last

    def __init__(self, af=_AF_INET, type=_SOCK_STREAM, proto=0, modem=None) -> None:
        if type == _SOCK_RAW:
            raise OSError(errno.EOPNOTSUPP)
        if af not in (_AF_INET, _AF_INET6) or type not in (_SOCK_STREAM, _SOCK_DGRAM):
            raise ValueError("socket: no such family or type")
        self._modem = modem or socket.installed
        self._core = self._modem.core
        self._stream = type == _SOCK_STREAM
        self._v6 = int(af == _AF_INET6)
        self._local = 0  # the port of bind()
        self._ms = None  # how long a call may wait, None: for ever, 0: not at all
        self._conn = None  # the connection now, or the last one
        self._input = Input(self._modem, self._stream)  # what came and is unread
        self._closed = False
        self._shut = False  # shutdown() for writing

    def __repr__(self) -> str:
        conn = self._conn
        kind = conn.service if conn else TCP if self._stream else UDP
        if self._closed or not conn:
            return "<socket %s %s>" % (kind, "closed" if self._closed else "new")
        text = "<socket %s %d %s %s:%d" % ((kind, conn.id, NAMES[conn.state]) + conn.peer)
        if conn.error:
            text += ", " + str(conn.error)
        unsent = conn.outbox.any() if conn.outbox else 0
        return text + ", %d unread, %d unsent>" % (self._input.unread(), unsent)

    # Opening and closing

    def connect(self, address) -> None:
        """Open a connection to (host, port), or send datagrams there and hear from it; the module
        resolves the name (manual 2.1.1)."""
        self._turn_to(address)
        if self._ms == 0:
            self._modem.turn(False)
            raise OSError(errno.EINPROGRESS)
        self._opened()

    def _begin(self):
        # A call begins: the time. EBUSY inside a handler if it may wait.
        return time.ticks_ms() if self._ms == 0 else self._modem.enter()

    def _opened(self) -> None:
        # Wait for its open, unless non-blocking.
        since = self._begin()
        while self._ms != 0 and self._conn.is_opening():
            self._modem.wait(since, self._ms)
        self._conn.touch()
        self._conn.check()

    def _open(self, service: str, host: bytes, port: int) -> None:
        # Have a new connection opened, on the inbox that there is.
        core, conn = self._core, self._conn
        if self._closed:
            raise OSError(errno.EBADF)
        if not core.health.up():
            raise OSError(errno.ENOTCONN)
        if conn and self._stream and conn.state < CLOSING:
            raise OSError(errno.EALREADY if conn.state == OPENING else EISCONN)
        if core.table.port_taken(self._local, self._stream):
            raise OSError(errno.EADDRINUSE)
        if core.table.live() >= 6 and not core.table.reclaim():
            raise OSError(EMFILE)
        sends = " " not in service
        inbox = self._input.inbox
        if conn and self._stream:
            core.leave(conn)
        if not inbox or self._stream:
            inbox = Inbox(self._stream, core.rings, core.counters)
        outbox = Outbox(self._stream, core.rings) if sends else None
        push = int(core.push and service != SERVICE)
        conn = Connection(service, host, port, self._local, self._v6, push, inbox, outbox)
        conn.peer = (host.decode(), port) if sends else ("", 0)
        conn.socket = ref(self)
        self._conn = conn
        self._input.turn_to(conn, inbox)
        core.open(conn)

    def _turn_to(self, address) -> None:
        # Open it, or open it on another peer, once what is unread was fetched and all was sent.
        host, port = check_address(address)
        if self._stream or not self._conn:
            return self._open(TCP if self._stream else UDP, host, port)
        conn = self._conn
        if conn.service == SERVICE:
            raise OSError(errno.EOPNOTSUPP)
        if conn.state < CLOSING and (host, port) == (conn.host, conn.port):
            return
        if conn.open_result == OK:
            self._conn.check()
        if conn.state == OPEN:
            drain(self._modem, conn, self._ms)
        conn.inbox = None  # it goes to the next connection
        self._core.leave(conn)
        self._open(UDP, host, port)

    def bind(self, address) -> None:
        """Choose the local port of what `connect`, `listen` or the first receive opens."""
        port = check_address(address, 0)[1]
        if self._closed:
            raise OSError(errno.EBADF)
        if self._conn and self._conn.state < CLOSING and self._stream:
            raise OSError(errno.EINVAL)
        self._local = port

    def listen(self, backlog=0) -> None:
        """Accept connections to the bound port (TCP LISTENER), whatever backlog is asked for;
        returns at once on a non-blocking socket, and a failed open then shows in accept()."""
        from .server import listen

        listen(self)

    def accept(self):
        """(socket, (ip, port)) of the next connection."""
        from .server import accept

        return accept(self)

    def adopt(self, conn) -> None:
        """Be the socket of a connection that came in."""
        self._input.turn_to(conn, conn.inbox)
        conn.socket = ref(self)
        conn.touched = None
        self._conn = conn

    def close(self) -> None:
        """Queue QICLOSE and return; a blocking socket first waits for its own unsent data."""
        if self._closed:
            return
        try:
            if self._ms != 0 and not self._modem.moving and is_unsent(self._modem, self._conn):
                flush(self._modem, self._conn, self._ms, True)
        finally:
            self._closed = True
            self.drop()

    def drop(self) -> None:
        """Nobody has it any more: have its connection closed."""
        if self._conn:
            self._core.leave(self._conn)

    def shutdown(self, how) -> None:
        """Wait for what is unsent; with SHUT_WR or SHUT_RDWR nothing more can be sent. The module
        cannot close one direction: reading goes on, and the peer sees no end until close()."""
        if self._closed:
            raise OSError(errno.EBADF)
        if not self._conn or self._conn.state != OPEN:
            raise OSError(errno.ENOTCONN)
        if self._ms != 0:
            flush(self._modem, self._conn, self._ms, True)
        self._shut = self._shut or how != 0

    def __enter__(self):
        return self

    def __exit__(self, *args) -> None:
        self.close()

    def getpeername(self):
        """(host, port) of the peer, as connect() was given it."""
        if not self._conn or not self._conn.peer[1]:
            raise OSError(errno.ENOTCONN)
        return self._conn.peer

    def getsockname(self):
        """(the NIC's address, the local port or 0)."""
        return self._core.network.address or "0.0.0.0", self._local

    # Receiving

    def _may_receive(self) -> None:
        # Raise what a socket that cannot receive raises.
        if self._closed:
            raise OSError(errno.EBADF)
        conn = self._conn
        if conn and conn.service != LISTENER:
            return
        if self._local and not self._stream and not conn:
            from .server import serve

            return serve(self)
        if conn:
            conn.check()
        raise OSError(errno.ENOTCONN)

    def recv_into(self, buf, size=0, flags=0) -> int:
        """Receive what there is into `buf`, at most `size` (0: its length); 0 at the end. The
        rest of a datagram is lost."""
        check_writable(buf)
        self._may_receive()
        if is_bytes(buf):
            return self._input.recv_into(buf, min(size or len(buf), len(buf)), flags, self._ms)
        data = self._input.recv(_size_of(buf, size or -1), flags, self._ms)
        return BytesIO(data).readinto(buf) if data else 0

    def recv(self, size, flags=0) -> bytes:
        """Receive what there is, at most `size` bytes; b"" at the end. The rest of a datagram is
        lost."""
        self._may_receive()
        return self._input.recv(size, flags, self._ms)

    def recvfrom(self, size, flags=0):
        """What recv() gives, and (host, port) of its sender."""
        self._may_receive()
        sender = self._input.sender(size, flags, self._ms)
        return self._input.recv(size, flags, self._ms), sender

    def readinto(self, buf, size=-1):
        """Fill `buf`, or `size` bytes of it, or reach the end; or receive a datagram. None if
        non-blocking and nothing is there. What came before a timeout is read by the next call.
        """
        check_writable(buf)
        if not is_bytes(buf):
            data = self.read(_size_of(buf, size))
            return BytesIO(data).readinto(buf) if data else data and 0
        n = len(buf) if size < 0 else min(size, len(buf))
        if not n:
            return 0
        self._may_receive()
        return self._input.readinto(buf, n, self._ms)

    def read(self, size=-1):
        """`size` bytes or up to the end, or a datagram; None if non-blocking and nothing is
        there. What came before a timeout is read by the next call."""
        if size >= 0:
            buf = bytearray(size)
            n = self.readinto(buf)
            return None if n is None else bytes(buf[:n])
        self._may_receive()
        return self._input.read_until(b"", -1, self._ms)

    def readline(self, size=-1):
        """Up to and with the next newline, at most `size` bytes, or up to the end; or a datagram.
        None if non-blocking and nothing is there."""
        if not self._stream:
            return self.read(size)
        if not size:
            return b""
        self._may_receive()
        return self._input.read_until(b"\n", size, self._ms)

    # Sending

    def _may_send(self) -> None:
        # Raise what a socket that cannot send raises; one that is being opened will.
        conn = self._conn
        if self._closed:
            raise OSError(errno.EBADF)
        if conn:
            conn.check()
        if not conn or not conn.outbox:
            raise OSError(errno.ENOTCONN)
        conn.touch()
        if self._shut:
            raise OSError(EPIPE)
        if not self._stream and conn.state >= CLOSING:  # a restart took it: open it again
            conn.inbox = None
            self._core.leave(conn)
            self._open(UDP, conn.host, conn.port)

    def _send(self, buf, off: int, end: int, waits: bool, shortens: bool):
        self._may_send()
        if not self._stream:
            check_datagram(end - off)
        return send(self._modem, self._conn, buf, off, end, self._ms, waits, shortens)

    def send(self, data, flags=0) -> int:
        """Send; a blocking socket returns when the module has taken all of it (SEND OK). One with
        a timeout returns what was taken until then, OSError(ETIMEDOUT) if that is nothing."""
        data = octets(data)
        n = self._send(data, 0, len(data), True, True)
        if n is None:
            raise OSError(errno.EAGAIN)
        return n

    def sendall(self, data, flags=0) -> None:
        """Send all of it; on a non-blocking socket what fits, EAGAIN if that is not all."""
        data = octets(data)
        if (self._send(data, 0, len(data), True, False) or 0) < len(data):
            raise OSError(errno.EAGAIN)

    def write(self, buf, off=_ALL, size=()):
        """write(buf[, size]) or write(buf, off, size): bytes taken, None if none could be. A
        negative size means all, and there is nothing beyond the buffer."""
        buf = octets(buf)
        if size == ():
            size = off
            off = 0
        have = len(buf)
        off = min(off, have) if off >= 0 else have
        n = have - off if size < 0 else min(size, have - off)
        if not n:
            return 0
        return self._send(buf, off, off + n, not self._modem.background, False)

    def sendto(self, data, address, *flags) -> int:
        """Send a datagram to (host, port); another peer than the last re-opens the socket. A
        stream has its peer."""
        data = octets(data)
        if flags:
            address = flags[0]  # sendto(data, flags, address)
        if not self._stream:
            check_datagram(len(data))
            self._turn_to(address)
            self._opened()
        return self.send(data)

    # Modes

    def settimeout(self, value) -> None:
        """Seconds that a call may wait; None: for ever, 0: not at all."""
        if value is not None:
            if not value >= 0:
                raise ValueError("timeout: at least 0")
            value = int(min(value * 1000, _LONGEST))
        self._ms = value

    def setblocking(self, value) -> None:
        """True: calls wait for ever, False: not at all."""
        self._ms = None if value else 0

    def setsockopt(self, level, opt, value) -> None:
        """SO_KEEPALIVE sets QIKALIVE, one setting for all (manual 2.1.13). IP multicast and
        callbacks are OSError(EOPNOTSUPP); others do nothing."""
        if level > 0 and opt == _SO_KEEPALIVE and level != 6:
            from .settings import keepalive

            on = any(octets(value)) if not isinstance(value, (int, bool)) else bool(value)
            script = self._core.add(keepalive(self._core, None, on))
            if self._ms != 0:
                self._modem.finish(script, self._begin())
        elif level == 0 and opt in _MEMBERSHIPS or opt == _EVENTS and value:
            raise OSError(errno.EOPNOTSUPP)

    def access_mode(self, mode=None) -> int:
        """0 buffer or 1 direct push mode; switched first if given (QISWTMD, manual 2.1.7)."""
        if mode is not None:
            from .modes import access_mode

            check_int(mode, 0, 1, "mode")
            if not self._conn or not self._conn.is_open():
                self._may_send()
            self._modem.run(access_mode(self._core, self._conn, mode))
        return (self._conn.push & 1) if self._conn else int(self._core.push)

    def makefile(self, *_):
        """The socket itself, which is a stream."""
        return self

    def ioctl(self, request: int, flags: int) -> int:
        """MicroPython's stream protocol: poll, flush and close."""
        if request == _POLL:
            self._modem.turn(False)
            if self._closed:
                return _NVAL
            return events(self._conn, self._input, self._stream, flags)
        if request == _CLOSE:
            self.close()
        elif request == _FLUSH:
            if self._conn:
                flush(self._modem, self._conn, self._ms, True)
        else:
            return -1
        return 0


def _size_of(buf, size: int) -> int:
    # Bytes of a buffer of any items, at most `size` unless that is negative.
    n = len(bytes(memoryview(buf)))
    return n if size < 0 else min(size, n)
