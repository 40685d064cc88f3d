"""The datagram socket: borders, senders and re-opening on another peer."""

import errno

from micropython import const

from .channel import now
from .checks import check_address, check_writable, octets
from .errors import EMSGSIZE
from .slot import PIECE, SERVICE, UDP
from .sockets import Socket

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any


class Datagrams(Socket):
    """A UDP socket: client, or bound and without a peer "UDP SERVICE" (manual 2.1.1).

    A datagram stands in its slot's ring behind two bytes with its length.
    """

    def __init__(self, eng: "Any", v6: int):
        super().__init__(eng, v6)
        self._size = 0  # of the datagram last read
        self._peer = None  # who sent it, as (host, port)
        self._older: "list" = []  # [bytes in the ring, peer] received before the peer was changed

    def connect(self, address) -> None:
        """Send to (host, port) and hear from it; the module resolves the name."""
        host, port = check_address(address)
        if not self._slot:
            self._start(UDP, host, port)
        elif (host, port) != (self._slot.host, self._slot.port):
            self._repeer(host, port)
        if self._ms == 0:
            raise OSError(errno.EINPROGRESS)
        self._opened()

    def _reader(self):
        if not self._slot and self._open and self._local:
            from .server import serve

            serve(self)
        return super()._reader()

    # Receiving

    def _next(self, n: int) -> int:
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

    def recv_into(self, buf, nbytes: int = 0) -> int:
        """A datagram into `buf`, at most `nbytes` (0: its length) of it; the rest is lost."""
        check_writable(buf)
        self._wait_some()
        n = self._take(buf, 0, self._next(min(nbytes or len(buf), len(buf))))
        self._drop(self._size - n)
        return n

    def recv(self, bufsize: int) -> bytes:
        """A datagram, at most `bufsize` bytes of it; the rest is lost."""
        if bufsize < 0:
            raise ValueError("bufsize: at least 0")
        self._wait_some()
        data = self._bytes(self._next(bufsize))
        self._drop(self._size - len(data))
        return data

    def recvfrom(self, bufsize: int):
        """A datagram and (host, port) of its sender."""
        data = self.recv(bufsize)
        return data, self._peer

    def readinto(self, buf, nbytes: int = -1):
        """A datagram into `buf`; None if non-blocking and nothing is there."""
        check_writable(buf)
        if self._wait_data(now()) < 0:
            return None
        return self.recv_into(buf, len(buf) if nbytes < 0 else nbytes)

    def read(self, size: int = -1):
        """A datagram; None if non-blocking and nothing is there."""
        if self._wait_data(now()) < 0:
            return None
        return self.recv(size if size >= 0 else 65535)

    # Sending

    def _check_size(self, n: int) -> None:
        if not n:
            raise OSError(errno.EINVAL)
        if n > PIECE:
            raise OSError(EMSGSIZE)

    def sendto(self, data, address) -> int:
        """Send a datagram to (host, port); another peer than the last re-opens the socket."""
        host, port = check_address(address)
        data = octets(data)
        self._check_size(len(data))
        slot = self._slot
        if not slot:
            self._start(UDP, host, port)
        elif slot.kind == SERVICE:
            raise OSError(errno.EOPNOTSUPP)
        elif (host, port) != (slot.host, slot.port):
            self._repeer(host, port)
        if self._ms != 0:
            self._opened()
        return self.send(data)

    def _repeer(self, host: bytes, port: int) -> None:
        # What is unread is fetched first, then the slot is closed and opened on the new peer.
        slot, eng = self._slot, self._eng
        since = now()
        while slot.more or eng.sender.slot is slot:
            if slot.more and not eng.receiver.grow(slot):
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
        eng.opener.end(slot)
