"""Receiving: QIRD and pushed data into the slots' rings (manual 2.1.5, 2.2.2)."""

import errno

from micropython import RingIO, const

from .channel import NO_ANSWER, OK
from .slot import ENDING, GONE, PIECE, RING, SERVICE, UDP, WANTED

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_LONG = const(1536)  # what the ring of a slot with long datagrams grows to, once
_SMALL = const(256)  # pieces below this are worth reading while others are unread


class Receiver:
    def __init__(self, eng: "Any"):
        self.eng = eng
        self.known = False  # the data format (QICFG) is known
        self._job: "Any" = None  # the job that asks for it
        self._slot: "Any" = None  # whose payload is coming in, None: nobody's
        self._answered = False  # QIRD's header came
        self._errors = 0  # QIRDs in a row that were answered by ERROR
        self._again = False  # data came while it was on its way: an empty answer is not the last

    # The data format (manual 2.1.11)

    def formatted(self, slot, shown) -> bool:
        """Is the data format known, with lengths shown if need be? If not, ask for it."""
        eng, job = self.eng, self._job
        ch = eng.ch
        if self.known and (ch.shown or not shown) and (ch.hex or not eng.hexa):
            return True
        if not job:
            from .jobs import data_format

            self._job = eng.add(data_format(eng, shown))
        elif job.state == 3:
            self._job = None
            if job.error:
                slot.fail(getattr(job.error, "code", None), "AT+QICFG", job.error.errno)
                slot.state = GONE if slot.state == WANTED else ENDING
        return False

    def urc(self) -> bool:
        """`"recv",<id>[,<length>[CR LF]<data>]` or `"recv",<id>,"buff full"`"""
        eng = self.eng
        ch = eng.ch
        i = ch.number()
        slot = eng.opener.known(i)
        full = ch.rx.find(b"full", ch.i, ch.e) > 0
        n = ch.number()
        if n > 0 and eng.pushes(i):
            self._slot = slot
            if ch.i == ch.e:
                ch.expect(n, self._sink(slot, n, 0), True)
            else:
                self.damaged()
        elif slot:
            slot.more = eng.work = self._again = True
            if full:
                eng.counters["buff_full"] += 1
                eng.event("full", slot.sock)
        return True

    def late(self) -> bool:
        """The answer to a QIRD that was given up: its data must not be taken for lines."""
        n = self.eng.ch.number()
        self._slot = None
        if n > 0:
            self.eng.ch.expect(n, None, False)
        return True

    def room(self, slot) -> bool:
        """Is a read now worth its command: does a whole piece fit, or are pieces small anyway?"""
        n = slot.ring.any()
        if slot.stream:
            return (not n or slot.short and n <= _SMALL) and self.formatted(slot, 0)
        return (slot.rest or slot.cap - n >= PIECE + 2) and self.formatted(slot, 1)

    def start(self, slot) -> bool:
        """Read what the module holds, as much as fits."""
        ch = self.eng.ch
        ch.cmd.seek(0)
        ch.put(b"AT+QIRD=")
        ch.num(slot.read_id if slot.kind == SERVICE else slot.id)
        ch.put(b",")
        n = slot.ring.any()
        ch.num(PIECE - n if slot.stream else PIECE)
        ch.put(b"\r\n")
        self._answered = self._again = False
        return self.eng.start(self.eng.READ, slot, b"+QIRD:", True)

    def head(self, slot) -> None:
        """`+QIRD: <actual_read_length>[,<remaining_length>]`, the data follow."""
        ch = self.eng.ch
        n = ch.number()
        rest = ch.number() if ch.shown and n > 0 else 0
        if n < 0 or rest < 0 or n and ch.i != ch.e:
            return  # no header: a byte of it was lost
        self._answered, self._errors = True, 0
        if not n:
            slot.more, slot.rest = self._again, 0
            return
        slot.short = n + rest < _SMALL
        self._slot = slot
        ch.expect(n, self._sink(slot, n, rest), False)

    def _sink(self, slot, n: int, rest: int):
        # Where the next `n` bytes go, `rest` more of the same datagram following: the slot's
        # ring, or None. A datagram stands in the ring behind two bytes with its length.
        if not slot:
            return None
        if slot.stream:
            slot.pend = n
            return None if slot.hole else slot.ring
        if not slot.pend:  # else it goes on
            if slot.rest or not self._fits(slot, n + rest):
                self.eng.counters["pushed_out" if slot.push else "truncated"] += not slot.rest
                slot.rest = rest
                return None
            piece = self.eng.piece
            piece[0], piece[1] = (n + rest) >> 8, (n + rest) & 255
            slot.pend = slot.ring.write(piece, 2)
        slot.pend += n
        slot.rest = rest
        return slot.ring

    def _fits(self, slot, n: int) -> bool:
        if n + 2 > slot.cap - slot.ring.any():
            self.grow(slot)
        return n + 2 <= slot.cap - slot.ring.any()

    def grow(self, slot) -> bool:
        """Make room for more datagrams, once; does another one fit?"""
        if slot.cap == RING:
            try:
                ring = RingIO(_LONG)
            except MemoryError:
                return False
            while slot.ring.any():
                n = slot.ring.readinto(self.eng.piece)
                ring.write(self.eng.piece, n)  # type: ignore[call-arg]
            slot.ring, slot.cap = ring, _LONG
        return slot.cap - slot.ring.any() >= PIECE + 2

    def ended(self, pushed: bool) -> None:
        """A payload and its trailer are in. What QIRD gave counts when its OK came too."""
        slot, lost = self._slot, self.eng.ch.lost
        if slot and pushed:
            if slot.hole:
                lost = slot.pend
            if lost:
                slot.hole = True
                self.eng.counters["pushed_out"] += lost
            self._accept(slot, lost)
        elif slot and lost:  # more than was asked for
            self.spoil(slot)

    def _accept(self, slot, lost: int = 0) -> None:
        if not slot.rest:
            slot.good, slot.pend = slot.good + slot.pend - lost, 0

    def damaged(self) -> None:
        """A payload lost or gained a byte."""
        slot = self._slot
        if slot:
            self.spoil(slot)

    def spoil(self, slot) -> None:
        """Bytes of this slot were lost on the UART: the end of a TCP socket, or of a datagram. Or
        the module forgot how it was told to write them: ask again."""
        self.known = False
        if slot.stream:
            slot.pend = 0
            slot.fail(None, "AT+QIRD", errno.EIO)
            self.eng.opener.end(slot)
        elif slot.pend:
            self._unwrite(slot)

    def _unwrite(self, slot) -> None:
        # Take the last `pend` bytes out of the ring again: the good ones go once round.
        ring, piece, n = slot.ring, self.eng.piece, slot.good
        while n > 0:
            n -= ring.write(piece, ring.readinto(piece, min(n, len(piece))))
        n = ring.any() - slot.good
        while n > 0:
            n -= ring.readinto(piece, min(n, len(piece)))
        slot.pend = slot.rest = 0

    def done(self, slot, result: int) -> None:
        """QIRD ended. Without a header or an OK nobody knows what the module handed out."""
        if result == OK and self._answered:
            if slot.pend:
                self._accept(slot)
        elif result == OK or result == NO_ANSWER:
            self.eng.counters["damaged"] += 1
            self.spoil(slot)
        elif result == 567 and slot.eof:  # some modules free the id before it was read
            slot.more = False
        else:
            self._error(slot, result)

    def _error(self, slot, result: int) -> None:
        # An ERROR may come from a byte that the command lost: nothing was handed out, so again.
        self._errors += 1
        if self._errors > 2:
            self._errors, slot.more = 0, False
            slot.fail(max(result, 0) or None, "AT+QIRD", errno.EIO if slot.eof else 0)
            if slot.kind != UDP:
                self.eng.opener.end(slot)

    def strange(self, slot) -> None:
        """A line nobody knows between QIRD's data and its OK: the header named too few."""
        if self._answered and slot.pend:
            self.spoil(slot)
