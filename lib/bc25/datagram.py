"""The datagram socket: borders, senders and re-opening on another peer."""

import errno

from micropython import const

from .errors import EMSGSIZE, check_address, check_writable, octets
from .sockets import Socket

_PIECE = const(512)  # manual 2.1.4


class Datagrams(Socket):
    """A UDP socket: client, or bound and without a peer "UDP SERVICE" (manual 2.1.1).

    A datagram stands in its ring behind two bytes with its length.
    """

    stream = False

    def __init__(self, eng) -> None:
        super().__init__(eng)
        self._size = 0  # of the datagram last read
        self._from: "tuple | None" = None  # who sent it, as (host, port)
        self._older: "list" = []  # [bytes in the ring, peer] received before the peer was changed

    def connect(self, address) -> None:
        """Send to (host, port) and hear from it; the module resolves the name."""
        self._begin()
        self._turn_to(*check_address(address))
        self._connected()

    def _reader(self) -> None:
        if not self.ring and self.held and self.local and not self.number:
            from .server import serve

            serve(self)
        super()._reader()

    # Receiving

    def _next(self, n: int) -> int:
        # Step to the next datagram; how much of it `n` bytes take.
        head = self.eng.copy
        if not self.ring:  # a handler closed it
            raise OSError(errno.EBADF)
        self.ring.readinto(head, 2)
        self._size = (head[0] << 8) + head[1]
        self.good -= 2
        self._from = self.peer
        if self._older:
            first = self._older[0]
            self._from = first[1]
            first[0] -= self._size + 2
            if not first[0]:
                self._older.pop(0)
        return min(n, self._size)

    def _drop(self, n: int) -> None:
        while n:
            n -= self._take(self.eng.copy, 0, min(n, 64))

    def recv_into(self, buf, nbytes: int = 0) -> int:
        """A datagram into `buf`, at most `nbytes` (0: its length) of it; the rest is lost."""
        check_writable(buf, nbytes)
        if not self._wait_some():
            return 0
        n = self._take(buf, 0, self._next(min(nbytes or len(buf), len(buf))))
        self._drop(self._size - n)
        return n

    def recv(self, bufsize: int) -> bytes:
        """A datagram, at most `bufsize` bytes of it; the rest is lost."""
        if bufsize < 0:
            raise ValueError("bufsize: at least 0")
        if not self._wait_some():
            return b""
        data = self._bytes(self._next(bufsize))
        self._drop(self._size - len(data))
        return data

    def recvfrom(self, bufsize: int):
        """A datagram and (host, port) of its sender."""
        data = self.recv(bufsize)
        return data, self._from

    def readinto(self, buf, nbytes: int = -1):
        """A datagram into `buf`; None if non-blocking and nothing is there."""
        check_writable(buf)
        if self._wait_data(self._begin()) < 0:
            return None
        return self.recv_into(buf, len(buf) if nbytes < 0 else nbytes)

    def read(self, size: int = -1):
        """A datagram; None if non-blocking and nothing is there."""
        if self._wait_data(self._begin()) < 0:
            return None
        return self.recv(size if size >= 0 else 65535)

    def readline(self, size: int = -1):
        """A datagram, as read()."""
        return self.read(size)

    # Sending

    def _check_size(self, n: int) -> None:
        if not n:
            raise OSError(errno.EINVAL)
        if n > _PIECE:
            raise OSError(EMSGSIZE)

    def sendto(self, data, address) -> int:
        """Send a datagram to (host, port); another peer than the last re-opens the socket."""
        host, port = check_address(address)
        data = octets(data)
        self._check_size(len(data))
        self._begin()
        self._turn_to(host, port)
        if self._ms != 0:
            self._opened()
        return self.send(data)

    def _turn_to(self, host: bytes, port: int) -> None:
        # Open it, or open it on another peer, once what is unread was fetched and all was sent.
        eng = self.eng
        if not self.ring:
            return self.open("UDP", host, port)
        if self.kind == "UDP SERVICE":
            raise OSError(errno.EOPNOTSUPP)
        if (host, port) == (self.host, self.port):
            return
        since = self._begin()
        while self.host and (self.more or eng.tx is self or not self.state):
            if not self.state:  # the module let go of it
                self.check()
                raise OSError(errno.ECONNRESET)
            if self.full():
                raise OSError(errno.ENOBUFS)  # the program has to read first
            if self._ms == 0:
                eng.turn(False)
                raise OSError(errno.EAGAIN)
            eng.wait(since, self._ms)
        self.host, self.port, self.again, self.number = host, port, self.state > 0, 0
        if self.state:
            self.end()
        else:
            self._reopen()

    def _reopen(self) -> None:
        # What was received until now came from the peer until now.
        peer = (self.host.decode(), self.port)
        older = sum([x[0] for x in self._older])
        if peer != self.peer and self.good > older:
            self._older.append([self.good - older, self.peer])
        self.peer = peer
        super()._reopen()

    def give_ring(self) -> None:
        """Leave the buffer to others, empty."""
        self._older = []
        super().give_ring()
