"""Sending: one piece at a time is on its way out, since SEND OK carries no id (manual 2.1.4)."""

import errno
from io import BytesIO

from micropython import const

from .channel import NO_ANSWER, OK, late, now
from .slot import PIECE

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# Sender.state: what became of the piece in `body`
LOADED = 1  # QISEND is to be sent
_SENT = const(2)  # ... was sent, SEND OK is awaited
_FAILED = const(3)  # SEND FAIL: to be sent again after a pause
OWED = 4  # given up, but its SEND OK may still come

_SEND_MS = const(60_000)
_AGAIN_MS = const(500)
_DIGITS = b"0123456789ABCDEF"
_BLANK = b"                                                                "


class Sender:
    def __init__(self, eng: "Any"):
        self.eng = eng
        self.slot: "Any" = None  # whose piece it is, None: there is none
        self.state = LOADED
        self.body = BytesIO(PIECE * 2 + 4 if eng.hexa else PIECE + len(_BLANK) + 4)
        self._size = self._wire = 0  # its bytes, and characters on the wire
        self._plain = False  # it can stand between quotes
        self._loaded = self._since = 0  # when it was loaded; when its state began
        self._last = None  # who sent last, and has to let others go first
        self._refused = False

    def ready(self, slot) -> bool:
        """May it load a piece now? Who sent last lets others go first."""
        if self.slot:
            if self.slot is not slot:
                self._refused = True
            return False
        if slot is self._last and self._refused:
            self._refused = False
            return False
        return True

    def load(self, slot, buf, off: int, n: int) -> None:
        """Take `n` bytes of `buf`, at most 512, to be sent."""
        body = self.body
        body.seek(0)
        if self.eng.hexa:
            while body.tell() < n * 2:
                body.write(_DIGITS, buf[off] >> 4, 1)
                body.write(_DIGITS, buf[off] & 15, 1)
                off += 1
        else:
            body.write(buf, off, n)
        self._size, self._wire = n, body.tell()
        # QISENDEX takes a line as long as QISEND's longest, which the manual states.
        self._plain = self._wire <= PIECE if self.eng.hexa else self._printable(n)
        body.seek(self._wire)
        body.write(b'"\r\n')
        self._loaded = now()
        self.state, self.slot, self.eng.work = LOADED, slot, True

    def _printable(self, n: int) -> bool:
        # May it stand between quotes (0x20-0x7E and no quote)?
        body, piece = self.body, self.eng.piece
        body.write(_BLANK)
        body.seek(0)
        while n > 0:
            n -= body.readinto(piece)
            if min(piece) < 32 or max(piece) > 126 or piece.find(b'"') >= 0:
                return False
        return True

    def start(self) -> bool:
        """Send the piece (manual 2.1.4, 2.1.6)."""
        eng, plain = self.eng, self._plain
        ch = eng.ch
        ch.cmd.seek(0)
        ch.put(b"AT+QISENDEX=" if eng.hexa else b"AT+QISEND=")
        ch.num(self.slot.id)
        ch.put(b",")
        ch.num(self._size)
        ch.put(b',"' if plain else b"\r\n")
        self.state, self._since = _SENT, now()
        size = self._wire + 3 if plain else self._wire
        return eng.start(eng.SEND, self.slot, None, False, self.body, size, 0 if plain else 1)

    def done(self, slot, result: int) -> None:
        """The command ended; SEND OK is still to come."""
        if self.slot is not slot or self.state != _SENT:
            return
        self._since = now()
        if result == NO_ANSWER:
            if self.eng.ch.gate:  # the prompt may be open: recovery fills it
                self.eng.suspect = True
                self._over(None, errno.EIO)
        elif result == 551 or result == 568:
            self.state = _FAILED
        elif result != OK:
            self._over(max(result, 0) or 550)

    def ok(self) -> bool:
        """SEND OK"""
        return self._answer(True)

    def failed(self) -> bool:
        """SEND FAIL"""
        return self._answer(False)

    def _answer(self, good: bool) -> bool:
        # False if no piece waits for one.
        eng, slot = self.eng, self.slot
        if not slot or self.state != _SENT and self.state != OWED:
            return False
        if eng.op == eng.SEND and eng.ch.busy:  # it stands for a lost OK as well
            if eng.ch.unsent():
                return False
            eng.ch.busy, eng.op = False, 0
        if good or self.state == OWED:
            self._over(0)
        else:
            eng.counters["send_fail"] += 1
            if slot.stream:
                self.state, self._since = _FAILED, now()
            else:
                self._over(558)
        return True

    def _over(self, code, number: int = 0) -> None:
        # The piece is out (0), or was refused.
        eng, slot = self.eng, self.slot
        self._last, self.slot, eng.work = slot, None, True
        if code != 0:
            slot.fail(code, "AT+QISEND", number)
            if slot.stream:
                eng.opener.end(slot)

    def drop(self, slot) -> None:
        """The slot is closed: no answer comes any more."""
        if self.slot is slot:
            slot.fail(None, "AT+QISEND", errno.ECONNRESET)
            self.slot = None

    def tick(self) -> None:
        """Look at the deadlines."""
        slot, state = self.slot, self.state
        if state == _FAILED and late(self._since, _AGAIN_MS):
            if late(self._loaded, _SEND_MS):
                self._over(558)
            else:
                self.state = LOADED
        elif state == _SENT and late(self._since, _SEND_MS):
            # It may have gone out. Nothing is sent until the late answer cannot come any more.
            slot.fail(None, "AT+QISEND", errno.ETIMEDOUT)
            self.state, self._since = OWED, now()
            if slot.stream:
                self.eng.opener.end(slot)
        elif state == OWED and not slot.stream and late(self._since, _SEND_MS):
            self._over(0)
