"""What one socket received: a ring of bytes, and for datagrams where each ends and who sent it.

The engine writes, the program reads, and a timer's callback may run the engine between any two
bytecodes of the program (never the other way round). So nobody changes what the other one changes:
what can be read is derived from the ring at each call, and reading moves the ring alone.
"""

from array import array

from micropython import RingIO, const

_PIECE = const(512)  # manual 2.1.5: at most so many bytes at a time
# Bytes of a ring: two pieces, so that one can be read while the other waits for the program; a
# datagram of 1358 bytes.
_STREAM = const(1040)
_DATAGRAMS = const(1400)
_SLOTS = const(16)  # datagrams that wait in the ring


class Rings:
    """Buffers to be used again: made when there is none to be had, then kept for all. The program
    takes and gives them as the engine does, so each of these steps is a single one."""

    def __init__(self) -> None:
        self._free = {}  # by their size
        self._waste = bytearray(64)

    def take(self, size: int):
        """An empty ring for `size` bytes."""
        try:
            return self._free[size].pop()
        except (KeyError, IndexError):
            return RingIO(size)

    def give(self, size: int, ring) -> None:
        """Nobody uses this ring any more."""
        while ring.readinto(self._waste):
            pass
        self._free.setdefault(size, []).append(ring)


class Inbox:
    """What one socket received and has not read yet. For the reader it is a sink: `ring` takes
    the payload as it comes, `came` counts what came of it and `unconfirmed` what found room."""

    def __init__(self, stream: bool, rings, counters) -> None:
        self.stream = stream
        self._rings = rings
        self._counters = counters
        self._size = _STREAM if stream else _DATAGRAMS
        self.ring = rings.take(self._size)
        self.unconfirmed = 0  # bytes at the end of the ring whose trailer or OK is not in yet
        self.came = 0  # of the payload, or of the datagram, that is coming in
        self.drops = False  # it is thrown away
        self.damaged = False  # of a stream: what is unconfirmed never counts, it ends here
        self.overrun = False  # pushed data found no room behind what is in the ring
        self.rest = 0  # bytes of the current datagram still in the module
        self.astray = False  # what comes next may be the rest of a datagram
        if not stream:
            self._written = 0  # bytes, 16 bits, that were in the ring and are not unconfirmed
            # Of each datagram: where it ends, as a value of `_written`, and who sent it, None: it
            # is damaged. `_first` is moved by the program, `_next` by the engine.
            self._ends = array("H", bytes(2 * _SLOTS))
            self._senders = [None] * _SLOTS
            self._first = self._next = 0
            self._start = 0  # where the datagram begins that is read next

    def release(self) -> None:
        """Nobody reads it any more: leave the buffer to others."""
        ring, self.ring = self.ring, None  # in one step, so that it is given once
        if ring:
            self._rings.give(self._size, ring)

    # The engine's side

    def has_room(self) -> bool:
        """Is there room for what a read may bring?"""
        if self.overrun:
            return False
        if not self.stream:
            if self.rest:
                return True  # room for all of a datagram was found at its beginning
            if self._next - self._first >= _SLOTS - 2:
                return False
        return self._size - self.ring.any() >= _PIECE

    def begin(self, n: int, rest: int, pushed: bool, peer) -> None:
        """A header says that `n` bytes follow, and `rest` more of the same datagram later; what
        came before is from `peer`."""
        if self.rest and n + rest != self.rest:
            self.cut()  # the last header lied
        if not self.rest:
            self.confirm(peer)  # more comes from the same connection
            self.came = self.unconfirmed
            self.drops = self.overrun or not self.stream and not self._fits(n + rest)
            if self.drops:
                self._counters["pushed_out" if pushed else "truncated"] += n if self.stream else 1
        self.rest = rest
        if not rest:
            self.astray = False

    def _fits(self, n: int) -> bool:
        # Is there room for all of a datagram?
        full = self._next - self._first >= _SLOTS - 1
        return not (full or self.astray or n > self._size - self.ring.any())

    def confirm(self, peer) -> None:
        """What came is data, from `peer`."""
        if self.rest or self.damaged:
            return  # a datagram counts when all of it came
        if not self.stream:
            if self.unconfirmed:
                self._border(peer)
            return
        if self.came > self.unconfirmed and not self.drops:
            self.overrun = True
            self._counters["pushed_out"] += self.came - self.unconfirmed
        self.came = self.unconfirmed = 0

    def _border(self, peer) -> None:
        i = self._next % _SLOTS
        end = self._written + self.unconfirmed & 0xFFFF
        self._ends[i] = end
        self._senders[i] = peer
        # One statement, so that no Ctrl-C comes between what belongs together.
        self._next, self._written, self.unconfirmed = self._next + 1, end, 0

    def cut(self) -> None:
        """What came of a datagram is damaged: it is never handed out."""
        self.rest = 0
        if not self.stream and self.unconfirmed:
            self._counters["damaged"] += 1
            self._border(None)

    # The program's side

    def readable(self) -> int:
        """How many bytes can be read: of a stream, or of the next datagram."""
        if not self.ring:
            return 0
        if self.stream:
            # In this order: what is confirmed in between counts, what comes does not.
            n = self.ring.any()
            return max(n - self.unconfirmed, 0)
        while self._first != self._next:
            i = self._first % _SLOTS
            at = self._position()
            n = (self._ends[i] - at) & 0xFFFF
            if n and at == self._start and self._senders[i]:
                return n
            # It was read, in whole or in part, or it is damaged.
            self._skip(n)
            self._start = self._ends[i]
            self._first += 1
        return 0

    def _position(self) -> int:
        # Where in all that was ever written the program reads next.
        at = tries = 0
        while tries < 3:
            written = self._written + self.unconfirmed
            at = (written - self.ring.any()) & 0xFFFF
            if written == self._written + self.unconfirmed:  # no callback came in between
                break
            tries += 1
        return at

    def _skip(self, n: int) -> None:
        while n > 0:
            n -= len(self.ring.read(min(n, 64)))

    def sender(self):
        """Who sent the datagram that readable() told of."""
        return self._senders[self._first % _SLOTS]
