"""The socket object: MicroPython's, over a connection."""

import errno

from micropython import const

from .connection import Connection
from .errors import check_address, check_int, check_writable, octets

_TYPING = const(False)
if _TYPING:
    from typing import Any

AF_INET = 2
AF_INET6 = 10
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOL_SOCKET = 0xFFF
SO_REUSEADDR = 4
SO_KEEPALIVE = 8
IPPROTO_TCP = 6
IPPROTO_UDP = 17
TCP_NODELAY = 1

_PIECE = const(512)  # manual 2.1.4: at most so many bytes at a time
# Requests of MicroPython's stream protocol, and what POLL answers.
_FLUSH = const(1)
_POLL = const(3)
_CLOSE = const(4)
_RD = const(1)
_WR = const(4)
_ERR = const(8)
_HUP = const(16)


def make(eng: "Any", af: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0) -> "Any":
    """A socket of that family and type."""
    if af not in (AF_INET, AF_INET6) or type not in (SOCK_STREAM, SOCK_DGRAM):
        raise ValueError("socket: AF_INET or AF_INET6, SOCK_STREAM or SOCK_DGRAM")
    if type == SOCK_STREAM:
        sock = Socket(eng)
    else:
        from .datagram import Datagrams

        sock = Datagrams(eng)
    sock.v6 = af == AF_INET6
    return sock


class Socket(Connection):
    """A TCP socket (manual 2.1.1-2.1.7), and what is common to both kinds.

    Blocking, with a timeout (seconds) or non-blocking, as in MicroPython: OSError(ETIMEDOUT),
    None or OSError(EAGAIN), OSError(EINPROGRESS). The module's errors are BC25Error.
    """

    _ms: "int | None" = None  # how long a call may wait, None: for ever, 0: not at all

    # Opening and closing

    def connect(self, address) -> None:
        """Open a connection to (host, port); the module resolves the name (manual 2.1.1)."""
        host, port = check_address(address)
        self._begin()
        self.open("TCP", host, port)
        self._connected()

    def _begin(self) -> int:
        # A call begins: the time. EBUSY inside a handler if it may wait.
        return self.eng.stamp() if self._ms == 0 else self.eng.enter()

    def _connected(self) -> None:
        if self._ms == 0:
            raise OSError(errno.EINPROGRESS)
        self._opened()

    def _opened(self) -> None:
        since = self._begin()
        while self.opening():
            self.eng.wait(since, self._ms)
        self.check()

    def bind(self, address) -> None:
        """Choose the local port of what `connect`, `listen` or the first receive opens."""
        self.local = check_address(address, 0)[1]

    def listen(self, backlog: int = 2) -> None:
        """Accept connections to the bound port (TCP LISTENER); returns at once on a non-blocking
        socket, and a failed open then shows in accept()."""
        from .server import listen

        listen(self)

    def accept(self):
        """(socket, (ip, port)) of the next connection."""
        from .server import accept

        return accept(self)

    def close(self) -> None:
        """Queue QICLOSE and return; a blocking socket first waits for its own unsent data."""
        try:
            if self.held and self._ms != 0 and self.eng.tx is self and not self.eng.inside:
                self._flush(self.eng.stamp())
        finally:
            self.held = False
            self.end()

    def __enter__(self):
        return self

    def __exit__(self, *exc) -> None:
        self.close()

    # Receiving

    def _wait_data(self, since: int, got: int = 0) -> int:
        # Bytes that can be read now, waiting for them as the mode says; 0: the end, -1: none.
        # What already came (`got`) is given first, and an error by the next call.
        eng = self.eng
        self._reader()
        if not self.good:
            eng.turn(False)
        while not self.good:
            if self.hole or self.number:
                if got:
                    return -1
                self.check()
                self.hole = False
                raise OSError(errno.ENOBUFS)
            if self.at_end():
                return 0
            self.waits = True
            if self._ms == 0:
                return -1
            try:
                eng.wait(since, self._ms)
            except OSError:
                if not got:
                    raise
                return -1
        self.waits = False
        return self.good

    def _reader(self) -> None:
        # Raise what a socket that cannot receive raises.
        if not self.held:
            raise OSError(errno.EBADF)
        if not self.ring or self.kind == "TCP LISTENER":
            self.check()
            raise OSError(errno.ENOTCONN)

    def _wait_some(self) -> int:
        have = self._wait_data(self._begin())
        if have < 0:
            raise OSError(errno.EAGAIN)
        return have

    def _took(self, n: int) -> None:
        self.good -= n
        if self.more:
            self.eng.work = True

    def _take(self, buf, off: int, n: int) -> int:
        # Move n good bytes to buf[off:]; RingIO only writes to a buffer's front.
        ring, eng = self.ring, self.eng
        if not off:
            ring.readinto(buf, n)
        else:
            i, size, left = 0, 64, n
            while left:
                if left < size:
                    size >>= 1
                    i += 1
                else:
                    ring.readinto(eng.copy, size)
                    buf[off : off + size] = eng.views[i]
                    off += size
                    left -= size
        self._took(n)
        return n

    def _bytes(self, n: int) -> bytes:
        if not n:
            return b""
        data = self.ring.read(n)
        self._took(n)
        return data

    def recv_into(self, buf, nbytes: int = 0) -> int:
        """Receive what there is into `buf`, at most `nbytes` (0: its length); 0 at the end."""
        check_writable(buf, nbytes)
        have = self._wait_some()
        return self._take(buf, 0, min(nbytes or len(buf), len(buf), have)) if have else 0

    def recv(self, bufsize: int) -> bytes:
        """Receive what there is, at most `bufsize` bytes; b"" at the end."""
        if bufsize < 0:
            raise ValueError("bufsize: at least 0")
        return self._bytes(min(bufsize, self._wait_some()))

    def recvfrom(self, bufsize: int):
        """What recv() gives, and (host, port) of the peer."""
        return self.recv(bufsize), self.peer

    def readinto(self, buf, nbytes: int = -1):
        """Fill `buf` or reach the end; None if non-blocking and nothing is there. Data that came
        before a timeout are given, and the timeout raised by the next call."""
        check_writable(buf)
        n = len(buf) if nbytes < 0 else min(nbytes, len(buf))
        since, got = self._begin(), 0
        while got < n:
            have = self._wait_data(since, got)
            if have <= 0:
                return got if got or not have else None
            got += self._take(buf, got, min(n - got, have))
        return got

    def read(self, size: int = -1):
        """`size` bytes or up to the end; None if non-blocking and nothing is there."""
        if size >= 0:
            buf = bytearray(size)
            n = self.readinto(buf)
            return None if n is None else bytes(buf if n == size else memoryview(buf)[:n])
        parts: "list[bytes]" = []
        while True:
            have = self._wait_data(self._begin(), len(parts))
            if have <= 0:
                return None if have and not parts else b"".join(parts)
            parts.append(self._bytes(have))

    def readline(self, size: int = -1):
        """Up to and with the next newline, or what came before the end or a timeout."""
        since, line = self._begin(), b""
        while not line.endswith(b"\n") and size != 0:
            have = self._wait_data(since, len(line))
            if have <= 0:
                return line if line or not have else None
            part = self.ring.readline(have if size < 0 else min(have, size))
            self._took(len(part))
            size -= len(part)
            line += part
        return line

    # Sending

    def _writer(self) -> None:
        # Raise what a socket that cannot send raises; one that is being opened will.
        if self.is_open():
            return
        if not self.held:
            raise OSError(errno.EBADF)
        self.check()
        if not self.ring or " " in self.kind:  # neither a listener nor a UDP SERVICE sends
            raise OSError(errno.ENOTCONN)
        if not self.opening():
            raise OSError(errno.ECONNRESET)

    def _check_size(self, n: int) -> None:
        # Streams take any length.
        pass

    def _send(self, buf, off: int, end: int) -> int:
        # Load pieces until `end`; without waiting, one if it can be loaded now (else -1).
        eng, start = self.eng, off
        self._writer()
        self._check_size(end - off)
        since = self._begin()
        while off < end:
            if self.writable():
                n = min(_PIECE, end - off)
                if self.stream and buf[off + n - 1] in b"\r\n":
                    n = min(_PIECE // 2, n)  # see Sender.load
                eng.load(self, buf, off, n)
                eng.work = True
                off += n
                if self._ms == 0:
                    break
            elif self._ms == 0:
                eng.turn(False)
                return -1
            else:
                eng.wait(since, self._ms)
                while eng.tx and not self.number:
                    eng.wait(since, self._ms)
                self._writer()
        if self._ms == 0:
            eng.turn(False)
        else:
            self._flush(since)
        return off - start

    def _flush(self, since: int) -> None:
        # Wait for the SEND OK of the last piece.
        eng = self.eng
        while eng.tx is self and not self.number:
            eng.wait(since, self._ms)
        self.check()

    def send(self, data) -> int:
        """Send; a blocking socket returns when the module has taken all of it (SEND OK)."""
        data = octets(data)
        n = self._send(data, 0, len(data))
        if n < 0:
            raise OSError(errno.EAGAIN)
        return n

    def sendall(self, data) -> None:
        """Send all of it; on a non-blocking socket what fits, EAGAIN if that is not all."""
        data = octets(data)
        if self.send(data) < len(data):
            raise OSError(errno.EAGAIN)

    def write(self, buf, off=None, size=None):
        """write(buf[, size]) or write(buf, off, size): bytes taken, None if none could be."""
        buf = octets(buf)
        if size is None:
            off, size = 0, off
        end = len(buf) if size is None else min(off + size, len(buf))
        if not 0 <= off <= end:
            raise ValueError("write: off and size within the buffer")
        n = self._send(buf, off, end)
        return n if n >= 0 else None

    def sendto(self, data, address) -> int:
        """As send(): a connected socket has its peer."""
        return self.send(data)

    # Modes

    def settimeout(self, value) -> None:
        """Seconds that a call may wait; None: for ever, 0: not at all."""
        if value is not None and not value >= 0:
            raise ValueError("timeout: None or at least 0 seconds")
        self._ms = None if value is None else int(min(value * 1000, 0x1FFFFFFF))

    def setblocking(self, flag: bool) -> None:
        """True: calls wait for ever, False: not at all."""
        self._ms = None if flag else 0

    def setsockopt(self, level: int, opt: int, value) -> None:
        """SO_KEEPALIVE sets QIKALIVE, one setting for all (manual 2.1.13); others do nothing."""
        if level == SOL_SOCKET and opt == SO_KEEPALIVE:
            from .services import keepalive

            self.eng.run(keepalive(None, bool(value)))

    def access_mode(self, mode=None) -> int:
        """0 buffer or 1 direct push mode; switched first if given (QISWTMD, manual 2.1.7)."""
        if mode is not None:
            from .services import access_mode

            self._writer()
            self.eng.run(access_mode(self.eng, self, check_int(mode, 0, 1, "mode")))
        return self.push

    def makefile(self, mode: str = "rb", buffering: int = 0):
        """The socket itself, which is a stream."""
        return self

    def ioctl(self, request: int, arg: int) -> int:
        """MicroPython's stream protocol: poll, flush and close."""
        if request == _POLL:
            return self._poll(arg)
        if request == _CLOSE:
            self.close()
        elif request == _FLUSH:
            self._flush(self._begin())
        else:
            return -1
        return 0

    def _poll(self, flags: int) -> int:
        self.eng.turn(False)
        ready = _ERR | flags & (_RD | _WR) if self.number or self.hole else 0
        if not self.held or not self.ring:
            return ready or flags & _WR if self.held else _HUP
        if self.at_end():
            ready |= _HUP | flags & _RD
        if self.good:
            ready |= flags & _RD
        elif flags & _RD:
            self.waits = True
        if flags & _WR and self.writable():
            ready |= _WR
        return ready
