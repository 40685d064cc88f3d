"""Receiving: QIRD and pushed data into a connection's ring (manual 2.1.5, 2.2.2)."""

import errno
import io

from micropython import RingIO, const

from .jobs import ANSWER_MS, data_format

_TYPING = const(False)
if _TYPING:
    from typing import Any

_PIECE = const(512)  # manual 2.1.5: at most so many bytes at a time
# Bytes of a ring: two pieces, so that one can be read while the other waits for the program; a
# datagram of 1358 bytes.
_SIZES = (1400, 1040)


class Receiver(io.IOBase):
    if _TYPING:
        id: int  # see connection.py

    stream = True  # bytes, not datagrams
    push = 0  # the access mode: 1 direct push
    ring: "Any" = None  # what was received, from opening to the program's close()

    def __init__(self, eng: "Any") -> None:
        self.eng = eng
        self.empty()

    def empty(self) -> None:
        """Nothing was received yet."""
        self.more = self.unread = False  # the module may hold data for it; it said that it does
        self.eof = False  # the peer closed
        self.good = 0  # bytes in the ring that are known to be undamaged; of a listener: clients
        self.pend = 0  # bytes in the ring whose trailer is not in yet
        self.rest = 0  # bytes of the current datagram still in the module
        self.hole = False  # pushed data found no room behind what is in the ring
        self.read_id = -1  # under which id its data came last; a UDP SERVICE's may be another

    def take_ring(self) -> None:
        """A buffer, made when there is none to be had and then kept for all."""
        rings = self.eng.rings[self.stream]
        self.ring = rings.pop() if rings else RingIO(_SIZES[self.stream])
        self.room = _SIZES[self.stream]

    def give_ring(self) -> None:
        """Leave the buffer to others, empty."""
        if self.ring:
            while self.ring.readinto(self.eng.copy):
                pass
            self.eng.rings[self.stream].append(self.ring)
            self.ring, self.good = None, 0

    def full(self) -> bool:
        """Has the ring no room for what a read may bring?"""
        return self.hole or not self.rest and self.room - self.ring.any() < _PIECE + 2

    def formatted(self) -> bool:
        """Is the data format known? If not, it is asked for; what fails is an error of this."""
        eng = self.eng
        if eng.known and eng.shown >= eng.lengths:
            return True
        job = eng.learning
        if not job:
            eng.learning = eng.add(data_format(eng))
        elif not job.state:
            eng.learning = None
            if job.error:
                self.blame(job.error, "AT+QICFG")
                self.broke(None, "AT+QICFG")
        return False

    def read_on(self) -> bool:
        """Send QIRD if there is room; True if it runs now."""
        eng = self.eng
        if self.full() or not self.formatted():
            return False
        eng.ask(b"AT+QIRD=", self.read_id, b",512\r\n")
        eng.answered = eng.again = False
        eng.start(self, b"+QIRD:", ANSWER_MS, True)
        return True

    def info(self) -> None:
        """`+QIRD: <actual_read_length>[,<remaining_length>]`, the data follow."""
        eng = self.eng
        n = eng.number()
        rest = eng.number() if eng.shown and n > 0 else 0
        if n < 0 or rest < 0 or n and eng.i != eng.e:
            return  # no header: a byte of it was lost
        eng.answered, eng.errors = True, 0
        if n:
            eng.sink = self
            eng.expect(n, self.room_for(n, rest), False)
        else:
            self.untrue(0)
            self.more = self.unread = eng.again

    def untrue(self, n: int) -> None:
        """Of the current datagram `n` bytes are left. If its last header said otherwise a digit
        was changed or lost, and what came of it is dropped."""
        if n != self.rest:
            self.rest = 0
            if self.pend:
                self.eng.counters["damaged"] += 1
                self.spoil()

    def room_for(self, n: int, rest: int):
        """Where the next `n` bytes go, `rest` more of the same datagram following: the ring, or
        None. A datagram stands in the ring behind two bytes with its length."""
        self.keep()  # more of it comes: what was held back came from the same connection
        if self.stream:
            self.pend = n
            return None if self.hole else self.ring
        self.untrue(n + rest)
        if not self.pend:  # else it goes on
            if self.rest or n + rest + 2 > self.room - self.ring.any():
                self.eng.counters["pushed_out" if self.push else "truncated"] += not self.rest
                self.rest = rest
                return None
            head = self.eng.copy
            head[0], head[1] = (n + rest) >> 8, (n + rest) & 255
            self.pend = self.ring.write(head, 2)
        self.pend += n
        self.rest = rest
        return self.ring

    def taken(self, pushed: bool, lost: int) -> None:
        """A payload and its trailer are in. What QIRD gave counts when its OK came too."""
        if pushed:
            if self.hole:
                lost = self.pend
            if lost:
                self.hole = True
                self.eng.counters["pushed_out"] += lost
                self.pend -= lost
            if self.eng.gap:
                self.eng.add(self.confirm(False))
            else:
                self.keep()
        elif lost:  # more than was asked for
            self.spoil()

    def keep(self) -> None:
        """What is pending has come."""
        if not self.rest:
            self.good, self.pend = self.good + self.pend, 0

    def done(self, result: int) -> bool:
        """QIRD ended; True if it is sent again at once. Without a header or an OK nobody knows
        what the module handed out."""
        eng = self.eng
        if not result and eng.answered:
            self.keep()
            if self.more and self.stream and self.alone() and not self.full():
                eng.answered = eng.again = False
                eng.repeat()
                return True
        elif not result or result == -2:
            eng.counters["damaged"] += 1
            self.spoil()
        else:
            # Some modules free the id of a closed socket once it was read. But the ERROR may come
            # from a byte that the command lost: then nothing was handed out, so again.
            freed = result == 567 and self.eof
            eng.errors += 1
            if eng.errors > 2 or freed and not self.unread:
                eng.errors, self.more = 0, False
                if not freed:
                    self.broke(result, "AT+QIRD", errno.EIO if self.eof else 0)
        return False

    def confirm(self, bare: bool):
        """A job: what was pushed may not be data, or not all of it: it came without its length
        (`bare`), or paused, as when a restart's lines fill it up. Is the connection there, in
        which mode?"""
        i, mode = self.id, -1
        try:
            for line in (yield "AT+QISTATE=1,%d" % i):
                mode = int(line[-1])
        except (OSError, ValueError):
            pass
        if self.id != i:
            return
        if mode < 0 or mode and bare:
            self.eng.suspect = True
            self.spoil()
        else:
            self.push = mode
            self.keep()

    def spoil(self) -> None:
        """Bytes of it were lost on the UART: the end of a stream, or of a datagram. Or the module
        forgot how it was told to write them: ask again."""
        eng = self.eng
        eng.known = False
        if self.stream:
            self.pend = 0
            self.broke(None, "AT+QIRD", errno.EIO)
        elif self.pend:
            # Take the last `pend` bytes out of the ring again: the good ones go once round.
            ring, copy = self.ring, eng.copy
            n = self.good
            while n > 0:
                n -= ring.write(copy, ring.readinto(copy, min(n, 64)))
            n = ring.any() - self.good
            while n > 0:
                n -= ring.readinto(copy, min(n, 64))
            self.pend = 0  # and `rest` more of the datagram are to be dropped
