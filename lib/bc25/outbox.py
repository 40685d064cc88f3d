"""Sending (manual 2.1.4, 2.1.6): each connection has an Outbox, and the NIC one Piece.

The program writes into an outbox. The engine moves at most 512 bytes of one outbox at a time into
the piece and sends that: as SEND OK names no connection, one piece at a time is on its way.
"""

import errno
import time

from micropython import const

from .clock import late
from .errors import BC25Error
from .exchange import ANSWER_MS, OK, RESTARTED, SILENT
from .health import DOUBTFUL, READY, RESYNC

PIECE = const(512)  # manual 2.1.4: at most so many bytes at a time

# What became of the piece.
EMPTY = const(0)  # there is none. On: load()
LOADED = const(1)  # it is to be sent. On: send()
SENT = const(2)  # its SEND OK or SEND FAIL is awaited. On: that, or 60 s
VERIFYING = const(3)  # as SENT, and AT is asked to see that the module took no more and no less
RETRY = const(4)  # SEND FAIL, or the module was busy: to be sent again. On: 500 ms
OWED = const(5)  # given up, but its answer may come. On: that, CLOSE OK, of a datagram 60 s

_NOTHING = const(0)
_GOOD = const(1)  # SEND OK came before the command, or AT, had ended
_BAD = const(2)  # ... or SEND FAIL

_SEND_MS = const(60_000)
_RETRY_MS = const(500)
_LINGER_MS = const(10)  # no longer a small write waits for others to join
_INLINE = const(256)  # bytes that hex between quotes may stand for
_VIEW = const(64)
_BLANK = b" " * _VIEW
_SEND = "AT+QISEND"


class Outbox:
    """What a program wrote on one connection and the engine has not moved into the piece yet."""

    def __init__(self, stream: bool, rings) -> None:
        self.stream = stream
        self._rings = rings
        self._ring = rings.take(PIECE)
        self._stamp = 0  # when something was written last
        self.awaited = False  # the program waits until it is sent, or for an answer

    def release(self) -> None:
        """Nothing is written or sent any more: leave the buffer to others."""
        ring, self._ring = self._ring, None  # in one step, so that it is given once
        if ring:
            self._rings.give(PIECE, ring)

    def clear(self, copy) -> None:
        """Forget what waits."""
        while self.any():
            self._ring.readinto(copy)

    def write(self, buf, off: int, n: int) -> int:
        """Take bytes; of a datagram all of them or none. How many were taken."""
        if not self._ring or not (self.stream or self.room() == PIECE):
            return 0
        self._stamp = time.ticks_ms()
        return self._ring.write(buf, off, min(n, self.room())) if self.room() else 0

    def room(self) -> int:
        """How many bytes write() would take."""
        return PIECE - self._ring.any() if self._ring else 0

    def has_room(self) -> bool:
        """Would write() take anything?"""
        return self.room() > 0 if self.stream else not self.any()

    def any(self) -> int:
        """How many bytes wait."""
        return self._ring.any() if self._ring else 0

    def due(self) -> bool:
        """Is there something to be sent, and no reason to wait for more?"""
        n = self.any()
        if not n or n == PIECE or self.awaited or not self.stream:
            return n > 0
        return late(self._stamp, _LINGER_MS)

    def take(self, buf, n: int) -> None:
        """Move `n` bytes to the front of `buf`."""
        self._ring.readinto(buf, n)


class Piece:
    """The one piece that is on its way, and what became of it. Its methods answer True when the
    connection has to be told `error`, or None: it is out."""

    def __init__(self, writer, exchange, counters, hexa: bool) -> None:
        self._writer = writer
        self._exchange = exchange
        self._counters = counters
        self._hexa = hexa
        self.state = EMPTY
        self.conn = None  # whose piece it is
        self.error = None
        self.doubt = READY  # what its failure says of the module, see health.py
        self._bytes = bytearray(PIECE)
        whole = memoryview(self._bytes)
        self._views = [whole[i : i + _VIEW] for i in range(0, PIECE, _VIEW)]
        self._size = 0
        self._hex = self._inline = False  # how it goes out: as hex; between quotes
        self._loaded = self._since = 0  # when it was loaded; when its state began
        self._answer = _NOTHING

    # Loading and sending

    def of(self, conn) -> bool:
        """Is a piece of this connection on its way?"""
        return self.conn is conn and self.state != EMPTY and self.state != OWED

    def load(self, conn) -> None:
        """Take what waits in the outbox of a connection."""
        outbox = conn.outbox
        n = min(outbox.any(), PIECE)
        if n < PIECE:
            self._views[n // _VIEW][:] = _BLANK
        self._size = n
        self.conn = conn
        outbox.take(self._bytes, n)
        # Behind a prompt a piece that ends in a line end could not be verified, in hex it can.
        # QISENDEX takes a line as long as QISEND's longest, which is stated.
        self._hex = self._hexa or self._bytes[n - 1] in b"\r\n"
        self._inline = n <= _INLINE if self._hex else self._is_printable(n)
        self._since = self._loaded = time.ticks_ms()
        self._answer = _NOTHING
        self.error = None
        self.doubt = READY
        self.state = LOADED

    def _is_printable(self, n: int) -> bool:
        # May it stand between quotes (0x20-0x7E and no quote)?
        if self._bytes.find(b'"', 0, n) >= 0:
            return False
        i = 0
        while n > 0:
            view = self._views[i]
            if min(view) < 32 or max(view) > 126:
                return False
            i += 1
            n -= _VIEW
        return True

    def send(self) -> None:
        """Send it (manual 2.1.4, 2.1.6)."""
        inline, writer = self._inline, self._writer
        writer.about(b"AT+QISENDEX=" if self._hex else b"AT+QISEND=", self.conn.id, b",")
        writer.add_number(self._size)
        writer.add(b',"' if inline else b"\r\n")
        tail = b'"\r\n' if inline else b""
        writer.start(self._bytes, self._size, self._hex, tail, not inline)
        self._exchange.start(self, b"", ANSWER_MS)
        self._since = time.ticks_ms()
        self.state = SENT

    def info(self, reader) -> None:
        """QISEND has no information lines."""

    def ended(self, result: int) -> bool:
        """Its command ended, or AT; SEND OK is still to come."""
        if self.state == VERIFYING:
            return self._verified(result)
        if self.state == LOADED:
            self.state = SENT  # a Ctrl-C kept send() from saying so
        if self.state != SENT:
            return False
        self._since = time.ticks_ms()
        if result == OK:
            if self._writer.gated() and self._verifiable():
                self._verify()
                return False
            return self._judge_answer()
        if result == 551 or result == 568:
            self.state = RETRY
            return False
        if result == RESTARTED:
            return False  # recovery finds out what is left of the connection
        if result != SILENT:
            return self._over(BC25Error(max(result, 0) or 550, _SEND))
        if self._writer.gated():
            # The prompt may be open; recovery fills it, and the padded piece is answered.
            self.doubt = DOUBTFUL
            return self._owe(errno.EIO)
        return False

    # Verifying

    def _verifiable(self) -> bool:
        return self._hex or self._bytes[self._size - 1] not in b"\r\n"

    def _verify(self) -> None:
        # A payload that gained a byte on the UART, or whose length lost a digit, leaves a rest in
        # front of the next command: is one that says nothing understood?
        self._writer.command(b"AT\r\n")
        self._writer.start()
        self._exchange.start(self, b"", ANSWER_MS)
        self.state = VERIFYING

    def _verified(self, result: int) -> bool:
        self._since = time.ticks_ms()
        self.state = SENT
        if result == OK or result == RESTARTED:
            return self._judge_answer()
        # What went out is not what was to be sent.
        self.doubt = RESYNC
        if self._answer:
            return self._over(BC25Error(None, _SEND, errno.EIO))
        return self._owe(errno.EIO)

    # What became of it

    def answer(self, good: bool) -> bool:
        """SEND OK or SEND FAIL."""
        exchange = self._exchange
        if self.state == OWED:
            return self._over(None)
        if self.state != SENT and self.state != VERIFYING:
            return False
        if self.state == VERIFYING:
            self._answer = _GOOD if good else _BAD
            return False
        if exchange.owner is not self:
            return self._judge(good)
        if self._writer.unsent() or exchange.asks_code():
            return False  # an older piece's
        # It stands for an OK that was lost as well.
        self._answer = _GOOD if good else _BAD
        exchange.cut(OK)
        exchange.release()
        return self.ended(OK)

    def _judge_answer(self) -> bool:
        return self._answer != _NOTHING and self._judge(self._answer == _GOOD)

    def _judge(self, good: bool) -> bool:
        if good:
            return self._over(None)
        self._counters["send_fail"] += 1
        if not self.conn.stream:
            return self._over(BC25Error(558, _SEND))
        self._answer = _NOTHING
        self.state = RETRY
        return False

    def _over(self, error) -> bool:
        self.error = error
        self.state = EMPTY
        return True

    def _owe(self, number: int) -> bool:
        # Nothing is sent until the late answer cannot come any more.
        self._since = time.ticks_ms()
        self.error = BC25Error(None, _SEND, number)
        self.state = OWED
        return True

    def drop(self, conn) -> None:
        """The connection is closed: no answer comes any more."""
        if self.conn is conn:
            self.state = EMPTY
            self.conn = None

    def expire(self) -> bool:
        """Look at the deadlines."""
        if self.state == RETRY and late(self._since, _RETRY_MS):
            if late(self._loaded, _SEND_MS):
                return self._over(BC25Error(558, _SEND))
            self.state = LOADED
        elif self.state >= SENT and late(self._since, _SEND_MS):
            if self.state != OWED:
                # It may have gone out.
                return self._owe(errno.ETIMEDOUT)
            if not self.conn.stream:
                return self._over(None)
        return False


