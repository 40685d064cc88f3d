"""Reading from a socket: waiting for data as its mode says, and what a read took that timed
out."""

import errno
import time

from micropython import const

_PEEK = const(1)  # as in socket.py
_DONTWAIT = const(8)


class Input:
    """What a socket's program reads. `ms`: how long a call may wait, None: for ever, 0: not at
    all. A timeout counts from when bytes of the call came last."""

    def __init__(self, modem, stream: bool) -> None:
        self._modem = modem
        self._stream = stream
        self._conn = None
        self.inbox = None
        self._kept = b""  # what a read took that timed out

    def turn_to(self, conn, inbox) -> None:
        """From now on what comes is this connection's, behind what is in the inbox."""
        self._conn = conn
        self.inbox = inbox
        if self._stream:
            self._kept = b""

    def unread(self) -> int:
        """How many bytes can be read now."""
        if not self.inbox:
            return 0
        return len(self._kept) + self.inbox.readable()

    def _wait(self, since: int, ms, got: int = 0):
        # Bytes that can be read now, waiting for them as the mode says; 0: the end, None: none.
        # Behind what a call `got` already an error is left to the next call.
        modem, conn, inbox = self._modem, self._conn, self.inbox
        conn.touch()
        n = self.unread()
        if not n:
            modem.turn(False)
        while True:
            n = self.unread()
            if n:
                break
            if not conn.held:
                raise OSError(errno.EBADF)
            if got and (inbox.overrun or conn.error):
                return None
            if inbox.overrun and not inbox.unconfirmed:
                inbox.overrun = False
                raise OSError(errno.ENOBUFS)
            conn.check()
            if conn.at_end():
                if self._stream:
                    return 0
                raise OSError(errno.ENOTCONN)
            conn.awaited = True
            if conn.outbox:
                conn.outbox.awaited = True
            if ms == 0:
                return None
            modem.wait(since, ms)
        conn.awaited = False
        if conn.data_ready:
            modem.core.work = True
        return n

    def _begin(self, ms):
        # A call begins: the time. EBUSY inside a handler if it may wait.
        return time.ticks_ms() if ms == 0 else self._modem.enter()

    def _some(self, size: int, flags: int, ms) -> int:
        # How many bytes a receive of at most `size` gets, once there are any; 0 at the end.
        if size < 0:
            raise ValueError("size: at least 0")
        if flags & _PEEK and not self._stream:
            raise OSError(errno.EOPNOTSUPP)
        if not size:
            return 0
        if flags & _DONTWAIT:
            ms = 0
        have = self._wait(self._begin(ms), ms)
        if have is None:
            raise OSError(errno.EAGAIN)
        return min(size, have)

    def sender(self, size: int, flags: int, ms):
        """Who sent what recv() gives next, once it is there."""
        if self._some(size, flags, ms) and not self._stream:
            return self.inbox.sender()
        return self._conn.peer

    def recv(self, size: int, flags: int, ms) -> bytes:
        """What there is, at most `size` bytes; b"" at the end."""
        n = self._some(size, flags, ms)
        data = self._kept[:n]
        self._kept = self._kept[n:]
        n -= len(data)
        if n:
            data += self.inbox.ring.read(n)
        if flags & _PEEK:
            self._kept = data + self._kept
        return data

    def recv_into(self, buf, size: int, flags: int, ms) -> int:
        """What there is, into `buf`, at most `size` bytes; 0 at the end."""
        if flags & _PEEK:
            data = self.recv(size, flags, ms)
            buf[: len(data)] = data
            return len(data)
        n = self._some(size, flags, ms)
        return self._take(buf, 0, n) if n else 0

    def readinto(self, buf, n: int, ms):
        """Fill buf[:n] or reach the end, or receive a datagram; None if nothing is there."""
        got, since = 0, self._begin(ms)
        try:
            while got < n:
                have = self._wait(since, ms, got)
                if not have:
                    return got or have
                got += self._take(buf, got, min(n - got, have))
                if not self._stream:
                    break
                since = time.ticks_ms()
        except OSError:
            self._kept = bytes(buf[:got]) + self._kept
            raise
        return got

    def read_until(self, stop: bytes, size: int, ms):
        """Up to and with `stop` (b"": none), at most `size` bytes (negative: any number), or up
        to the end; or a datagram. None if nothing is there."""
        data, since = b"", self._begin(ms)
        try:
            while size and not (stop and data.endswith(stop)):
                have = self._wait(since, ms, len(data))
                if not have:
                    return data if data or have == 0 else None
                part = self._part(stop, have if size < 0 else min(have, size))
                size -= len(part)
                data += part
                if not self._stream:
                    break
                since = time.ticks_ms()
        except OSError:
            self._kept = data + self._kept
            raise
        return data

    def _part(self, stop: bytes, n: int) -> bytes:
        if self._kept:
            n = min(n, len(self._kept))
            n = min(n, self._kept.find(stop) + 1 or n) if stop else n
            part = self._kept[:n]
            self._kept = self._kept[n:]
            return part
        ring = self.inbox.ring
        return ring.readline(n) if stop else ring.read(n)

    def _take(self, buf, off: int, n: int) -> int:
        # Move at most n bytes to buf[off:]. RingIO only writes to a buffer's front.
        if self._kept:
            n = min(n, len(self._kept))
            buf[off : off + n] = self._kept[:n]
            self._kept = self._kept[n:]
            return n
        ring = self.inbox.ring
        if not off:
            return ring.readinto(buf, n)
        end = off + n
        for view in self._modem.core.views:  # of 64, 32, ... 1 bytes
            size = len(view)
            while off + size <= end:
                ring.readinto(view)
                buf[off : off + size] = view
                off += size
            if off == end:
                break
        return n

