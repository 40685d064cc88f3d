"""The socket object: MicroPython's, over a slot of the engine."""

import errno
import io
import time

from micropython import const

from .engine import GONE, LISTENER, OPEN, OPENING, PIECE, SERVICE, TCP, UDP, WANTED
from .errors import EMSGSIZE

AF_INET = 2
AF_INET6 = 10
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOL_SOCKET = 0xFFF
SO_REUSEADDR = 4
SO_KEEPALIVE = 8
IPPROTO_TCP = 6
TCP_NODELAY = 1

# Requests of MicroPython's stream protocol, and what POLL answers.
_FLUSH = const(1)
_POLL = const(3)
_CLOSE = const(4)
_RD = const(1)
_WR = const(4)
_ERR = const(8)
_HUP = const(16)


def check_host(host) -> bytes:
    """A host, APN or server name as bytes: 1-255 characters of 0x21-0x7E without a quote, since
    no escape exists for it between the quotes of a command."""
    if not isinstance(host, (str, bytes)):
        raise TypeError("host: str expected")
    name = host.encode() if isinstance(host, str) else host
    if not 0 < len(name) < 256 or min(name) < 0x21 or max(name) > 0x7E or b'"' in name:
        raise ValueError("host: 1-255 characters of 0x21-0x7E without a quote")
    return name


def check_int(value, low: int, high: int, name: str) -> int:
    if not isinstance(value, (int, bool)):
        raise TypeError(name + ": int expected")
    if not low <= value <= high:
        raise ValueError("%s: %d-%d" % (name, low, high))
    return value


class Socket(io.IOBase):
    """A TCP or UDP socket (manual 2.1.1-2.1.7); made by `BC25.socket()`.

    Blocking, with a timeout (seconds) or non-blocking, as in MicroPython: OSError(ETIMEDOUT),
    None or OSError(EAGAIN), OSError(EINPROGRESS). The module's errors are BC25Error.
    """

    def __init__(self, eng, af: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0):
        if af not in (AF_INET, AF_INET6) or type not in (SOCK_STREAM, SOCK_DGRAM):
            raise ValueError("socket: AF_INET or AF_INET6, SOCK_STREAM or SOCK_DGRAM")
        self._eng = eng
        self._v6 = int(af == AF_INET6)
        self._udp = type == SOCK_DGRAM
        self._slot = None
        self._ms = None  # how long a call may wait, None: for ever, 0: not at all
        self._local = 0
        self._push = int(eng.push)
        self._size = 0  # of the datagram last read
        self._peer = None  # who sent it, as (host, port)
        self._older = []  # [bytes in the ring, peer] received before the peer was changed
        self._open = True

    # Opening and closing

    def connect(self, address) -> None:
        """Open a connection to (host, port); the module resolves the name (manual 2.1.1)."""
        host, port = self._address(address)
        slot = self._slot
        if slot and not self._udp:
            raise OSError(errno.EALREADY if slot.opening() else errno.EEXIST)
        if slot:
            self._repeer(host, port)
        else:
            slot = self._start(UDP if self._udp else TCP, host, port)
        if self._ms == 0:
            raise OSError(errno.EINPROGRESS)
        self._opened()

    def _address(self, address):
        if not isinstance(address, tuple) or len(address) < 2:
            raise TypeError("address: (host, port) expected")
        return check_host(address[0]), check_int(address[1], 1, 65535, "port")

    def _start(self, kind: int, host: bytes, port: int):
        eng = self._eng
        if not self._open:
            raise OSError(errno.EBADF)
        if not eng.up:
            raise OSError(errno.ENOTCONN)
        for other in eng.slots:
            if self._local and other.local == self._local and other.stream != self._udp:
                raise OSError(errno.EADDRINUSE)
        slot = eng.slot()
        slot.kind, slot.host, slot.port, slot.local = kind, host, port, self._local
        slot.peer, slot.stream = (host.decode(), port), not self._udp
        slot.v6, slot.push, slot.sock = self._v6, self._push, self
        slot.state, eng.work = WANTED, True
        self._slot = slot
        return slot

    def _opened(self) -> None:
        since = time.ticks_ms()
        slot = self._slot
        while slot.opening():
            self._eng.wait(since, self._ms)
        try:
            slot.check()
        except OSError:  # it may be tried again
            self._slot = slot.sock = None
            self._eng.end(slot)
            raise

    def bind(self, address) -> None:
        """Choose the local port of what `connect`, `listen` or the first receive opens."""
        if not isinstance(address, tuple) or len(address) < 2:
            raise TypeError("address: (host, port) expected")
        if address[0]:
            check_host(address[0])
        self._local = check_int(address[1], 0, 65535, "port")

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
            if self._ms != 0 and self._eng.tx is slot and not self._eng.inside:
                self._flush()
        finally:
            self._slot = slot.sock = None
            self._eng.end(slot)

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
        if not self._slot:
            if self._open and self._udp and self._local:
                from .server import serve

                serve(self)
            else:
                raise OSError(errno.ENOTCONN if self._open else errno.EBADF)
        if self._slot.kind == LISTENER:
            raise OSError(errno.ENOTCONN)
        return self._slot

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

    def _datagram(self, n: int) -> int:
        # Step to the next datagram; how much of it `n` bytes take.
        slot, piece = self._slot, self._eng.piece
        slot.ring.readinto(piece, 2)
        self._size = (piece[0] << 8) + piece[1]
        slot.good -= 2
        if self._older:
            first = self._older[0]
            self._peer = first[1]
            first[0] -= self._size + 2
            if not first[0]:
                self._older.pop(0)
        else:
            self._peer = slot.peer
        return min(n, self._size)

    def _drop(self, n: int) -> None:
        while n:
            n -= self._take(self._eng.piece, 0, min(n, 64))

    def _once(self, buf, n: int) -> int:
        # One recv into buf's front; -1 if nothing is there and the mode says not to wait.
        have = self._wait_data(time.ticks_ms())
        if have <= 0:
            return have
        if not self._udp:
            return self._take(buf, 0, min(n, have))
        n = self._datagram(n)
        self._take(buf, 0, n)
        self._drop(self._size - n)
        return n

    def recv_into(self, buf, nbytes: int = 0) -> int:
        """Receive what there is into `buf`, at most `nbytes` (0: its length); 0 at the end."""
        n = self._once(buf, min(nbytes or len(buf), len(buf)))
        if n < 0:
            raise OSError(errno.EAGAIN)
        return n

    def recv(self, bufsize: int) -> bytes:
        """Receive what there is, at most `bufsize` bytes; b"" at the end."""
        have = self._wait_data(time.ticks_ms())
        if have < 0:
            raise OSError(errno.EAGAIN)
        n = self._datagram(bufsize) if self._udp and have else min(bufsize, have)
        data = self._slot.ring.read(n) if n else b""
        self._slot.good -= n
        if self._udp and have:
            self._drop(self._size - n)
        self._eng.work = True
        return data

    def recvfrom(self, bufsize: int):
        """A datagram and (host, port) of its sender; a longer one loses its rest."""
        data = self.recv(bufsize)
        return data, self._peer

    def readinto(self, buf, nbytes: int = -1):
        """Fill `buf` or reach the end; None if non-blocking and nothing is there. Data that came
        before a timeout are given, and the timeout raised by the next call."""
        n = len(buf) if nbytes < 0 else min(nbytes, len(buf))
        if self._udp:
            got = self._once(buf, n)
            return got if got >= 0 else None
        since, got = time.ticks_ms(), 0
        while got < n:
            try:
                have = self._wait_data(since)
            except OSError:
                if got:
                    break
                raise
            if have <= 0:
                return got if got or not have else None
            got += self._take(buf, got, min(n - got, have))
        return got

    def read(self, size: int = -1):
        """`size` bytes or up to the end; None if non-blocking and nothing is there."""
        if self._udp:
            return self._data(self.recv, size if size >= 0 else 65535)
        if size >= 0:
            buf = bytearray(size)
            n = self.readinto(buf)
            return None if n is None else bytes(buf if n == size else memoryview(buf)[:n])
        parts = []
        while True:
            data = self._data(self.recv, PIECE)
            if not data:
                return b"".join(parts) if parts or data is not None else None
            parts.append(data)

    def _data(self, call, *args):
        try:
            return call(*args)
        except OSError as e:
            if e.errno == errno.EAGAIN and self._ms == 0:
                return None
            raise

    def readline(self, size: int = -1):
        """Up to and with the next newline, or what came before the end or a timeout."""
        since, line = time.ticks_ms(), b""
        while not line.endswith(b"\n") and size != 0:
            try:
                have = self._wait_data(since)
            except OSError:
                if line:
                    break
                raise
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

    def _send(self, buf, off: int, end: int) -> int:
        # Load pieces until `end`; without waiting, one if it can be loaded now (else -1).
        eng, slot, start = self._eng, self._sender(), off
        if self._udp and end - off > PIECE:
            raise OSError(EMSGSIZE)
        if self._udp and end == off:
            raise OSError(errno.EINVAL)
        if self._ms != 0:
            eng.enter()
        since = time.ticks_ms()
        while off < end:
            if slot.state == OPEN and eng.ready(slot):
                n = min(PIECE, end - off)
                eng.load(slot, buf, off, n)
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
            since = time.ticks_ms()
        slot, eng = self._slot, self._eng
        while eng.tx is slot and not slot.number:
            eng.wait(since, self._ms)
        slot.check()

    def send(self, data) -> int:
        """Send; a blocking socket returns when the module has taken all of it (SEND OK)."""
        n = self._send(data, 0, len(data))
        if n < 0:
            raise OSError(errno.EAGAIN)
        return n

    def sendall(self, data) -> None:
        """Send all of it; on a non-blocking socket what fits, EAGAIN if that is not all."""
        if self.send(data) < len(data):
            raise OSError(errno.EAGAIN)

    def write(self, buf, off=None, size=None):
        """write(buf[, size]) or write(buf, off, size): bytes taken, None if none could be."""
        if size is None:
            off, size = 0, off
        end = len(buf) if size is None else min(off + size, len(buf))
        n = self._send(buf, off, end)
        return n if n >= 0 else None

    def sendto(self, data, address) -> int:
        """Send a datagram to (host, port); another peer than the last re-opens the socket."""
        if not self._udp:
            return self.send(data)
        host, port = self._address(address)
        if not 0 < len(data) <= PIECE:
            raise OSError(EMSGSIZE if len(data) else errno.EINVAL)
        if not self._slot:
            self._start(UDP, host, port)
        elif self._slot.kind == SERVICE:
            raise OSError(errno.EOPNOTSUPP)
        elif (host, port) != (self._slot.host, self._slot.port):
            self._repeer(host, port)
        if self._ms != 0:
            self._opened()
        return self.send(data)

    def _repeer(self, host: bytes, port: int) -> None:
        # What is unread is fetched first, then the slot is closed and opened on the new peer.
        slot, eng = self._slot, self._eng
        since = time.ticks_ms()
        while slot.more or eng.tx is slot:
            if not eng.grow(slot):
                raise OSError(errno.ENOBUFS)  # the program has to read first
            if self._ms == 0:
                eng.turn(False)
                raise OSError(errno.EAGAIN)
            eng.wait(since, self._ms)
        if slot.good:
            older = sum([x[0] for x in self._older])
            self._older.append([slot.good - older, slot.peer])
        slot.host, slot.port, slot.peer = host, port, (host.decode(), port)
        slot.again = True
        eng.end(slot)

    # Modes

    def settimeout(self, value) -> None:
        """Seconds that a call may wait; None: for ever, 0: not at all."""
        if value is not None and not 0 <= value:
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
        if flags & _WR and slot.state == OPEN and eng.ready(slot):
            ready |= _WR
        return ready

    def forget(self) -> None:
        """The NIC closes it."""
        self._slot, self._open = None, False
