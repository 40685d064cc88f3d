"""The socket object: MicroPython's, over a slot of the engine."""

import errno
import io

from micropython import const

from .channel import now
from .checks import check_address, check_int, check_writable, octets
from .slot import GONE, LISTENER, OPEN, PIECE, SERVICE, TCP, WANTED

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
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

# Requests of MicroPython's stream protocol, and what POLL answers.
_FLUSH = const(1)
_POLL = const(3)
_CLOSE = const(4)
_RD = const(1)
_WR = const(4)
_ERR = const(8)
_HUP = const(16)


def make(eng, af: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0):
    """A socket of that family and type."""
    if af not in (AF_INET, AF_INET6) or type not in (SOCK_STREAM, SOCK_DGRAM):
        raise ValueError("socket: AF_INET or AF_INET6, SOCK_STREAM or SOCK_DGRAM")
    if type == SOCK_STREAM:
        return Socket(eng, int(af == AF_INET6))
    from .datagram import Datagrams

    return Datagrams(eng, int(af == AF_INET6))


class Socket(io.IOBase):
    """A TCP socket (manual 2.1.1-2.1.7), and what is common to both kinds.

    Blocking, with a timeout (seconds) or non-blocking, as in MicroPython: OSError(ETIMEDOUT),
    None or OSError(EAGAIN), OSError(EINPROGRESS). The module's errors are BC25Error.
    """

    def __init__(self, eng: "Any", v6: int):
        self._eng = eng
        self._v6 = v6
        self._slot: "Any" = None
        self._ms: "int | None" = None  # how long a call may wait, None: for ever, 0: not at all
        self._local = 0
        self._push = int(eng.push)
        self._open = True

    # Opening and closing

    def connect(self, address) -> None:
        """Open a connection to (host, port); the module resolves the name (manual 2.1.1)."""
        host, port = check_address(address)
        if self._slot:
            raise OSError(errno.EALREADY if self._slot.opening() else errno.EEXIST)
        self._start(TCP, host, port)
        if self._ms == 0:
            raise OSError(errno.EINPROGRESS)
        self._opened()

    def _start(self, kind: int, host: bytes, port: int):
        eng = self._eng
        if not self._open:
            raise OSError(errno.EBADF)
        if not eng.up:
            raise OSError(errno.ENOTCONN)
        stream = kind == TCP or kind == LISTENER
        for other in eng.slots:
            if self._local and other.local == self._local and other.stream == stream:
                raise OSError(errno.EADDRINUSE)
        slot = eng.opener.slot()
        slot.kind, slot.stream, slot.local = kind, stream, self._local
        slot.host, slot.port, slot.peer = host, port, (host.decode(), port)
        slot.v6, slot.push, slot.sock = self._v6, self._push, self
        if slot.push:
            eng.receiver.grow(slot)
        slot.state, eng.work = WANTED, True
        self._slot = slot
        return slot

    def _opened(self) -> None:
        since = now()
        slot = self._slot
        while slot.opening():
            self._eng.wait(since, self._ms)
        try:
            slot.check()
        except OSError:  # it may be tried again
            self._slot = slot.sock = None
            self._eng.opener.end(slot)
            raise

    def bind(self, address) -> None:
        """Choose the local port of what `connect`, `listen` or the first receive opens."""
        self._local = check_address(address, 0)[1]

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
        slot = self._slot
        self._open = False
        if not slot:
            return
        try:
            if self._ms != 0 and self._eng.sender.slot is slot and not self._eng.inside:
                self._flush()
        finally:
            self._slot = slot.sock = None
            self._eng.opener.end(slot)

    def __enter__(self):
        return self

    def __exit__(self, *exc) -> None:
        self.close()

    # Receiving

    def _wait_data(self, since: int) -> int:
        # Bytes that can be read now, waiting for them as the mode says; 0: the end, -1: none.
        eng, slot = self._eng, self._reader()
        if not slot.good:
            eng.turn(False)
        while not slot.good:
            if slot.hole:
                slot.hole = False
                raise OSError(errno.ENOBUFS)
            if slot.number:
                slot.check()
            if slot.eof and not slot.more or slot.state == GONE:
                return 0
            slot.wait = True
            if self._ms == 0:
                return -1
            eng.wait(since, self._ms)
        slot.wait = False
        return slot.good

    def _reader(self):
        slot = self._slot
        if not slot or slot.kind == LISTENER:
            raise OSError(errno.ENOTCONN if self._open else errno.EBADF)
        return slot

    def _wait_some(self) -> int:
        have = self._wait_data(now())
        if have < 0:
            raise OSError(errno.EAGAIN)
        return have

    def _more(self, since: int, got: int) -> int:
        # As _wait_data(), but what already came is given first, and an error by the next call.
        try:
            return self._wait_data(since)
        except OSError as e:
            if not got:
                raise
            if e.args[0] == errno.ENOBUFS:
                self._slot.hole = True
            return -1

    def _take(self, buf, off: int, n: int) -> int:
        # Move n good bytes to buf[off:]; RingIO only writes to a buffer's front.
        slot, eng = self._slot, self._eng
        if not off:
            slot.ring.readinto(buf, n)
        else:
            i = left = 0
            size = 64
            left = n
            while left:
                if left < size:
                    size >>= 1
                    i += 1
                else:
                    slot.ring.readinto(eng.piece, size)
                    buf[off : off + size] = eng.views[i]
                    off += size
                    left -= size
        slot.good -= n
        if slot.more:
            eng.work = True
        return n

    def _bytes(self, n: int) -> bytes:
        slot = self._slot
        if not n:
            return b""
        data, slot.good = slot.ring.read(n), slot.good - n
        if slot.more:
            self._eng.work = True
        return data

    def recv_into(self, buf, nbytes: int = 0) -> int:
        """Receive what there is into `buf`, at most `nbytes` (0: its length); 0 at the end."""
        check_writable(buf)
        have = self._wait_some()
        return self._take(buf, 0, min(nbytes or len(buf), len(buf), have)) if have else 0

    def recv(self, bufsize: int) -> bytes:
        """Receive what there is, at most `bufsize` bytes; b"" at the end."""
        if bufsize < 0:
            raise ValueError("bufsize: at least 0")
        return self._bytes(min(bufsize, self._wait_some()))

    def recvfrom(self, bufsize: int):
        """What recv() gives, and (host, port) of the peer."""
        data = self.recv(bufsize)
        return data, self._slot.peer

    def readinto(self, buf, nbytes: int = -1):
        """Fill `buf` or reach the end; None if non-blocking and nothing is there. Data that came
        before a timeout are given, and the timeout raised by the next call."""
        check_writable(buf)
        n = len(buf) if nbytes < 0 else min(nbytes, len(buf))
        since, got = now(), 0
        while got < n:
            have = self._more(since, got)
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
            have = self._more(now(), len(parts))
            if have <= 0:
                return None if have and not parts else b"".join(parts)
            parts.append(self._bytes(have))

    def readline(self, size: int = -1):
        """Up to and with the next newline, or what came before the end or a timeout."""
        since, line = now(), b""
        while not line.endswith(b"\n") and size != 0:
            have = self._more(since, len(line))
            if have <= 0:
                return line if line or not have else None
            part = self._slot.ring.readline(have if size < 0 else min(have, size))
            self._slot.good -= len(part)
            self._eng.work = True
            size -= len(part)
            line += part
        return line

    # Sending

    def _sender(self):
        slot = self._slot
        if not slot or slot.kind == LISTENER or slot.kind == SERVICE:
            raise OSError(errno.ENOTCONN if self._open else errno.EBADF)
        slot.check()
        if slot.state != OPEN or slot.eof:
            if slot.opening():
                return slot
            raise OSError(errno.ECONNRESET)
        return slot

    def _check_size(self, n: int) -> None:
        # Streams take any length.
        pass

    def _send(self, buf, off: int, end: int) -> int:
        # Load pieces until `end`; without waiting, one if it can be loaded now (else -1).
        eng, slot, start = self._eng, self._sender(), off
        self._check_size(end - off)
        if self._ms != 0:
            eng.enter()
        since = now()
        while off < end:
            if slot.state == OPEN and eng.sender.ready(slot):
                n = min(PIECE, end - off)
                eng.sender.load(slot, buf, off, n)
                off += n
                if self._ms == 0:
                    break
            elif self._ms == 0:
                eng.turn(False)
                return -1
            else:
                eng.wait(since, self._ms)
                self._sender()
        if self._ms == 0:
            eng.turn(False)
        else:
            self._flush(since)
        return off - start

    def _flush(self, since=None) -> None:
        # Wait for the SEND OK of the last piece.
        if since is None:
            since = now()
        slot, eng = self._slot, self._eng
        while eng.sender.slot is slot and not slot.number:
            eng.wait(since, self._ms)
        slot.check()

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
        self._ms = None if value is None else min(int(value * 1000), 0x1FFFFFFF)

    def setblocking(self, flag: bool) -> None:
        self._ms = None if flag else 0

    def setsockopt(self, level: int, opt: int, value) -> None:
        """SO_KEEPALIVE sets QIKALIVE, one setting for all (manual 2.1.13); others do nothing."""
        if level == SOL_SOCKET and opt == SO_KEEPALIVE:
            from .services import keepalive

            self._eng.run(keepalive(None, bool(value)))

    def access_mode(self, mode=None) -> int:
        """0 buffer or 1 direct push mode; switched first if given (QISWTMD, manual 2.1.7)."""
        if mode is not None:
            from .services import access_mode

            self._eng.run(access_mode(self._eng, self._sender(), check_int(mode, 0, 1, "mode")))
        return self._slot.push if self._slot else self._push

    def makefile(self, mode: str = "rb", buffering: int = 0):
        return self

    def ioctl(self, request: int, arg: int) -> int:
        """MicroPython's stream protocol: poll, flush and close."""
        if request == _POLL:
            return self._poll(arg)
        if request == _CLOSE:
            self.close()
        elif request == _FLUSH:
            if self._slot:
                self._flush()
        else:
            return -1
        return 0

    def _poll(self, flags: int) -> int:
        eng, slot = self._eng, self._slot
        eng.turn(False)
        if not slot:
            return _HUP if not self._open else flags & _WR
        ready = 0
        if slot.number or slot.hole:
            ready = _ERR | flags & (_RD | _WR)
        if slot.eof and not slot.more or slot.state == GONE:
            ready |= _HUP | flags & _RD
        if slot.good:
            ready |= flags & _RD
        elif flags & _RD:
            slot.wait = True
        if flags & _WR and slot.state == OPEN and eng.sender.ready(slot):
            ready |= _WR
        return ready

    def forget(self) -> None:
        """The NIC closes it."""
        self._slot, self._open = None, False
