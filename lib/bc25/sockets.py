"""The socket object: MicroPython's, over a connection."""

import errno

from micropython import const

from .connection import Connection
from .errors import check_address, check_datagram, check_int, check_writable, octets

_SOL_SOCKET = const(0xFFF)  # as in __init__.py
_SO_KEEPALIVE = const(8)
_PIECE = const(512)  # manual 2.1.4: at most so many bytes at a time
# Requests of MicroPython's stream protocol, and what POLL answers.
_FLUSH = const(1)
_POLL = const(3)
_CLOSE = const(4)
_RD = const(1)
_WR = const(4)
_ERR = const(8)
_HUP = const(16)


class Socket(Connection):
    """A TCP or UDP socket (manual 2.1.1-2.1.7). A UDP one is a client, or bound and without a peer
    "UDP SERVICE"; a datagram stands in its ring behind two bytes with its length.

    Blocking, with a timeout (seconds) or non-blocking, as in MicroPython: OSError(ETIMEDOUT),
    None or OSError(EAGAIN), OSError(EINPROGRESS). The module's errors are BC25Error.
    """

    _ms: "int | None" = None  # how long a call may wait, None: for ever, 0: not at all
    # Of datagrams: the size of the one being read, who sent it, as (host, port), and what was
    # received before the peer was changed, as [bytes in the ring, peer].
    _size = 0
    _from: "tuple | None" = None
    _older: "tuple" = ()

    # Opening and closing

    def connect(self, address) -> None:
        """Open a connection to (host, port), or send datagrams there and hear from it; the module
        resolves the name (manual 2.1.1)."""
        self._turn_to(address)
        if self._ms == 0:
            raise OSError(errno.EINPROGRESS)
        self._opened()

    def _begin(self) -> int:
        # A call begins: the time. EBUSY inside a handler if it may wait.
        return self.eng.stamp() if self._ms == 0 else self.eng.enter()

    def _opened(self) -> None:
        # Wait for its open, unless non-blocking.
        since = self._begin()
        while self._ms != 0 and self.opening():
            self.eng.wait(since, self._ms)
        self.check()

    def bind(self, address) -> None:
        """Choose the local port of what `connect`, `listen` or the first receive opens."""
        self.local = check_address(address, 0)[1]

    def listen(self, *_) -> None:
        """Accept connections to the bound port (TCP LISTENER), whatever backlog is asked for;
        returns at once on a non-blocking socket, and a failed open then shows in accept()."""
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

    def __exit__(self, *args) -> None:
        self.close()

    # Receiving

    def _wait_data(self, since: int, got: int = 0) -> "int | None":
        # Bytes that can be read now, waiting for them as the mode says; 0: the end, None: none.
        # What already came (`got`) is given first, and an error by the next call.
        eng = self.eng
        self._reader()
        if not self.good:
            eng.turn(False)
        while not self.good:
            if self.hole and not self.pend or self.number:
                if got:
                    return None
                self.check()
                self.hole = False
                raise OSError(errno.ENOBUFS)
            if self.at_end():
                return 0
            self.waits = True
            if self._ms == 0:
                return None
            try:
                eng.wait(since, self._ms)
            except OSError:
                if not got:
                    raise
                return None
        self.waits = False
        return self.good

    def _reader(self) -> None:
        # Raise what a socket that cannot receive raises.
        if not self.held:
            raise OSError(errno.EBADF)
        if self.ring and self.kind != "TCP LISTENER":
            return
        if self.local and not (self.ring or self.stream or self.number):
            from .server import serve

            return serve(self)
        self.check()
        raise OSError(errno.ENOTCONN)

    def _wait_some(self, n: int) -> int:
        # How many bytes a read of at most `n` gets, once there are any; `good` is 0 at the end.
        if n < 0:
            raise ValueError("size: at least 0")
        have = self._wait_data(self._begin())
        if have is None:
            raise OSError(errno.EAGAIN)
        if have and not self.stream:
            have = self._next()
        return min(n, have)

    def _next(self) -> int:
        # Step to the next datagram: its size.
        head = self.eng.copy
        self.ring.readinto(head, 2)
        self._size = (head[0] << 8) + head[1]
        self.good -= 2
        self._from = self.peer
        if self._older:
            first = self._older[0]
            self._from = first[1]
            first[0] -= self._size + 2
            if not first[0]:
                self._older = self._older[1:]
        return self._size

    def _took(self, n: int) -> None:
        # So many were read from the ring. The rest of a datagram is lost.
        while n < self._size:
            n += self.ring.readinto(self.eng.copy, min(self._size - n, 64))
        self.good -= n
        if self.more:
            self.eng.work = True

    def _take(self, buf, off: int, n: int) -> int:
        # Move n good bytes to buf[off:]; RingIO only writes to a buffer's front.
        ring = self.ring
        if not off:
            ring.readinto(buf, n)
        else:
            end = off + n
            for view in self.eng.views:  # of 64, 32, ... 1 bytes
                size = len(view)
                while off + size <= end:
                    ring.readinto(view)
                    buf[off : off + size] = view
                    off += size
                if off == end:
                    break
        self._took(n)
        return n

    def recv_into(self, buf, size: int = 0) -> int:
        """Receive what there is into `buf`, at most `size` (0: its length); 0 at the end. The
        rest of a datagram is lost."""
        check_writable(buf)
        n = self._wait_some(min(size or len(buf), len(buf)))
        return self._take(buf, 0, n) if self.good else 0

    def recv(self, size: int) -> bytes:
        """Receive what there is, at most `size` bytes; b"" at the end. The rest of a datagram is
        lost."""
        n = self._wait_some(size)
        if not self.good:
            return b""
        data = self.ring.read(n)
        self._took(n)
        return data

    def recvfrom(self, size: int):
        """What recv() gives, and (host, port) of its sender."""
        return self.recv(size), self._from or self.peer

    def readinto(self, buf, size: int = -1):
        """Fill `buf` or reach the end, or receive a datagram; None if non-blocking and nothing is
        there. Data that came before a timeout are given, and the timeout raised by the next call.
        """
        check_writable(buf)
        n = len(buf) if size < 0 else min(size, len(buf))
        since, got = self._begin(), 0
        while got < n:
            have = self._wait_data(since, got)
            if not have:
                return got or have
            if not self.stream:
                return self.recv_into(buf, n)
            got += self._take(buf, got, min(n - got, have))
        return got

    def read(self, size: int = -1):
        """`size` bytes or up to the end, or a datagram; None if non-blocking and nothing is
        there."""
        if size >= 0:
            buf = bytearray(size)
            n = self.readinto(buf)
            return None if n is None else bytes(memoryview(buf)[:n])
        parts: "list[bytes]" = []
        while True:
            have = self._wait_data(self._begin(), len(parts))
            if not have:
                return b"".join(parts) if parts or have == 0 else None
            parts.append(self.recv(have))
            if not self.stream:
                return parts[0]

    def readline(self, size: int = -1):
        """Up to and with the next newline, or what came before the end or a timeout, or a
        datagram."""
        if not self.stream:
            return self.read(size)
        since, line = self._begin(), b""
        while not line.endswith(b"\n") and size != 0:
            have = self._wait_data(since, len(line))
            if not have:
                return line if line or have == 0 else None
            part = self.ring.readline(have if size < 0 else min(have, size))
            self._took(len(part))
            size -= len(part)
            line += part
        return line

    # Sending

    def _writer(self) -> None:
        # Raise what a socket that cannot send raises; one that is being opened will.
        sends = " " not in self.kind  # neither TCP LISTENER nor UDP SERVICE
        if sends and self.is_open():
            return
        if not self.held:
            raise OSError(errno.EBADF)
        self.check()
        if not (sends and self.ring):
            raise OSError(errno.ENOTCONN)
        if not self.opening():
            raise OSError(errno.ECONNRESET)

    def _send(self, buf, off: int, end: int) -> "int | None":
        # Load pieces until `end`; without waiting, one if it can be loaded now (else None).
        eng, ms, start = self.eng, self._ms, off
        self._writer()
        if not self.stream:
            check_datagram(end - off)
        since = self._begin()
        while off < end:
            if self.writable():
                n = min(_PIECE, end - off)
                if self.stream and buf[off + n - 1] in b"\r\n":
                    n = min(_PIECE // 2, n)  # see Sender.load
                eng.load(self, buf, off, n)
                eng.work = True
                off += n
                if ms == 0:
                    break
            elif ms == 0:
                eng.turn(False)
                return None
            else:
                while True:
                    eng.wait(since, ms)
                    if not eng.tx or self.number:
                        break
                self._writer()
        if ms == 0:
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
        if n is None:
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
            raise ValueError("write: beyond the buffer")
        return self._send(buf, off, end)

    def sendto(self, data, address) -> int:
        """Send a datagram to (host, port); another peer than the last re-opens the socket. A
        stream has its peer."""
        data = octets(data)
        if not self.stream:
            check_datagram(len(data))
            self._turn_to(address)
            self._opened()
        return self.send(data)

    def _turn_to(self, address) -> None:
        # Open it, or open it on another peer, once what is unread was fetched and all was sent.
        host, port = check_address(address)
        eng, since = self.eng, self._begin()
        if self.stream or not self.ring:
            return self.open("TCP" if self.stream else "UDP", host, port)
        if self.kind == "UDP SERVICE":
            raise OSError(errno.EOPNOTSUPP)
        if (host, port) == (self.host, self.port):
            return
        if self.host:
            self.check()
        while self.host and (self.more or eng.tx is self or not self.state):
            if not self.state:  # the module let go of it
                self._writer()
            if self.full():
                raise OSError(errno.ENOBUFS)  # the program has to read first
            if self._ms == 0:
                eng.turn(False)
                raise OSError(errno.EAGAIN)
            eng.wait(since, self._ms)
            self.check()
        self.host, self.port, self.again, self.number = host, port, self.state > 0, 0
        if self.again:
            self.end()
        else:
            self._reopen()

    def _reopen(self) -> None:
        # What was received until now came from the peer until now.
        if self.kind == "UDP":
            peer, fresh = (self.host.decode(), self.port), self.good
            for older in self._older:
                fresh -= older[0]
            if peer != self.peer and fresh:
                self._older += ([fresh, self.peer],)
            self.peer = peer
        super()._reopen()

    # Modes

    def settimeout(self, value) -> None:
        """Seconds that a call may wait; None: for ever, 0: not at all."""
        if value is not None:
            if not value >= 0:
                raise ValueError("timeout: at least 0")
            value = int(min(value * 1000, 0x1FFFFFFF))
        self._ms = value

    def setblocking(self, value: bool) -> None:
        """True: calls wait for ever, False: not at all."""
        self._ms = None if value else 0

    def setsockopt(self, level: int, opt: int, value) -> None:
        """SO_KEEPALIVE sets QIKALIVE, one setting for all (manual 2.1.13); others do nothing."""
        if level == _SOL_SOCKET and opt == _SO_KEEPALIVE:
            from .services import Services

            self.eng.run(Services.keepalive(None, None, bool(value)))

    def access_mode(self, mode=None) -> int:
        """0 buffer or 1 direct push mode; switched first if given (QISWTMD, manual 2.1.7)."""
        if mode is not None:
            from .services import access_mode

            if not self.is_open():
                self._writer()
            self.eng.run(access_mode(self, check_int(mode, 0, 1, "mode")))
        return self.push

    def makefile(self, *_):
        """The socket itself, which is a stream."""
        return self

    def ioctl(self, request: int, flags: int) -> int:
        """MicroPython's stream protocol: poll, flush and close."""
        if request == _POLL:
            return self._poll(flags)
        if request == _CLOSE:
            self.close()
        elif request == _FLUSH:
            self._flush(self._begin())
        else:
            return -1
        return 0

    def _poll(self, flags: int) -> int:
        self.eng.turn(False)
        if not self.held:
            return _HUP
        ready = _ERR | flags & (_RD | _WR) if self.number or self.hole else 0
        if not self.ring:
            return ready or flags & _WR
        if self.at_end():
            ready |= _HUP | flags & _RD
        if self.good:
            ready |= flags & _RD
        elif flags & _RD:
            self.waits = True
        if flags & _WR and self.writable():
            ready |= _WR
        return ready
