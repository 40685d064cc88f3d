"""Sending: one piece at a time is on its way out, since SEND OK carries no id (manual 2.1.4)."""

import errno
from io import BytesIO

from micropython import const

from .channel import Channel

_TYPING = const(False)
if _TYPING:
    from typing import Any

# sending: what became of the piece in `_piece`
_LOADED = const(1)  # QISEND is to be sent
_SENT = const(2)  # ... was sent, SEND OK is awaited (and what `_verdict` says)
_FAILED = const(3)  # SEND FAIL: to be sent again after a pause
_OWED = const(4)  # given up, but its SEND OK may still come

_PIECE = const(512)  # manual 2.1.4: at most so many bytes at a time
_ANSWER_MS = const(2300)  # see jobs.py
_SEND_MS = const(60_000)
_AGAIN_MS = const(500)
_HEX = b"0123456789ABCDEF"
_BLANK = b"                                                                "


class Sender(Channel):
    if _TYPING:
        code: "int | None"  # see engine.py

    def __init__(self, uart: "Any", hexa: bool) -> None:
        super().__init__(uart)
        self.hexa = hexa
        self.tx: "Any" = None  # the connection whose piece it is, None: there is none
        self.sending = 0
        self._piece = BytesIO(_PIECE * 2 + 4 if hexa else _PIECE + len(_BLANK) + 4)
        self._size = self._wire = 0  # its bytes, and characters on the wire
        self._hexed = self._plain = False  # it is in hex; it can stand between quotes
        self._loaded = self._began = 0  # when it was loaded; when its state began
        # 0: no prompt's payload is in doubt; 1: it is being looked after, 2: ... and SEND OK came
        # already, 3: ... or SEND FAIL.
        self._verdict = 0
        self._last: "Any" = None  # who sent last, and has to let others go first
        self._refused = False
        self.copy = bytearray(64)  # to copy through; clobbered by every step
        self.views = [memoryview(self.copy)[: 64 >> i] for i in range(7)]

    def ready(self, conn) -> bool:
        """May it load a piece now? Who sent last lets others go first."""
        if self.tx:
            self._refused = self._refused or self.tx is not conn
            return False
        refused, self._refused = self._refused, False
        return not refused or conn is not self._last

    def load(self, conn, buf, off: int, n: int) -> None:
        """Take `n` bytes of `buf`, at most 512, to be sent."""
        piece = self._piece
        piece.seek(0)
        self._size = n
        # Behind a prompt a piece that ends in a line end could not be looked after; inline the
        # module counts it. QISENDEX takes a line as long as QISEND's longest, which is stated.
        self._hexed = self.hexa or n <= _PIECE // 2 and buf[off + n - 1] in b"\r\n"
        if self._hexed:
            while n:
                n -= 1
                piece.write(_HEX, buf[off] >> 4, 1)
                piece.write(_HEX, buf[off] & 15, 1)
                off += 1
        else:
            piece.write(buf, off, n)
        self._wire = piece.tell()
        self._plain = self._wire <= _PIECE if self._hexed else self._printable(n)
        piece.seek(self._wire)
        piece.write(b'"\r\n')
        self._loaded, self._verdict = self.now, 0
        self.sending, self.tx = _LOADED, conn

    def _printable(self, n: int) -> bool:
        # May it stand between quotes (0x20-0x7E and no quote)?
        piece, copy = self._piece, self.copy
        piece.write(_BLANK)
        piece.seek(0)
        while n > 0:
            n -= piece.readinto(copy)
            if min(copy) < 32 or max(copy) > 126 or copy.find(b'"') >= 0:
                return False
        return True

    def loaded(self, conn) -> bool:
        """Does a piece of this connection wait to be sent?"""
        return self.tx is conn and self.sending == _LOADED

    def send(self) -> None:
        """Send the piece (manual 2.1.4, 2.1.6)."""
        plain = self._plain
        self.ask(b"AT+QISENDEX=" if self._hexed else b"AT+QISEND=", self.tx.id, b",")
        self.num(self._size)
        self.put(b',"' if plain else b"\r\n")
        self.sending, self._began = _SENT, self.now
        self.start(self, None, _ANSWER_MS, False, self._piece, self._wire + 3 * plain, not plain)

    def sent(self, result: int) -> None:
        """The command ended; SEND OK is still to come."""
        verdict, self._verdict = self._verdict, 0
        if not self.tx or self.sending != _SENT:
            return
        if verdict:
            return self._looked_after(result, verdict)
        self._began = self.now
        if result == 551 or result == 568:
            self.sending = _FAILED
        elif result != -2:
            if result:
                self._over(max(result, 0) or 550)
        elif self.gate:  # the prompt may be open: recovery fills it
            self.suspect = True
            self._over(None, errno.EIO)

    def look_after(self, result: int) -> bool:
        """A payload that gained a byte on the UART, or whose length lost a digit, leaves a rest in
        front of the next command: is one that says nothing understood? True while it runs. A rest
        that is a line end cannot be seen so."""
        piece = self._piece
        if result or not self.gate or self._verdict or self.sending != _SENT or not self.tx:
            return False
        piece.seek(self._wire - 1)
        piece.readinto(self.copy, 1)
        if self.copy[0] in b"\r\n":
            return False
        self.cmd.seek(0)
        self.put(b"AT\r\n")
        self._verdict = 1
        self.start(self, None, _ANSWER_MS)
        return True

    def _looked_after(self, result: int, verdict: int) -> None:
        if not result:
            if verdict > 1:
                self._judge(verdict == 2)
            return
        # What went out is not what was to be sent, and its SEND OK may be owed.
        self.astray = True
        conn = self.tx
        if verdict > 1:
            self.tx = None
        else:
            self.sending, self._began = _OWED, self.now
        self.work = True
        conn.broke(None, "AT+QISEND", errno.EIO)

    def send_ok(self) -> bool:
        """SEND OK"""
        return self._answer(True)

    def send_fail(self) -> bool:
        """SEND FAIL"""
        return self._answer(False)

    def _answer(self, good: bool) -> bool:
        # False if no piece waits for one; after an ERROR it is an older one's.
        state = self.sending
        refused = self.code is not None and self.cur is self
        if not self.tx or refused or state != _SENT and state != _OWED:
            return False
        if self.busy and self._body is self._piece:  # it stands for a lost OK as well
            if self.unsent():
                return False
            self.busy = False
            self.done(0)
        if self._verdict and state == _SENT:
            self._verdict = 2 if good else 3
        else:
            self._judge(good)
        return True

    def _judge(self, good: bool) -> None:
        if good or self.sending == _OWED:
            self._over(0)
        else:
            self.counters["send_fail"] += 1
            if self.tx.stream:
                self.sending, self._began = _FAILED, self.now
            else:
                self._over(558)

    def _over(self, code, number: int = 0) -> None:
        # The piece is out (0), or was refused.
        conn = self._last = self.tx
        self.tx, self.work = None, True
        if code != 0:
            conn.broke(code, "AT+QISEND", number)

    def drop(self, conn) -> None:
        """The connection is closed: no answer comes any more."""
        if self.tx is conn:
            conn.fail(None, "AT+QISEND", errno.ECONNRESET)
            self.tx = None

    def owed(self) -> bool:
        """Was the piece given up, its answer still to come?"""
        return self.sending == _OWED

    def sending_late(self) -> None:
        """Look at the deadlines."""
        conn, state = self.tx, self.sending
        if state == _FAILED and self.late(self._began, _AGAIN_MS):
            if self.late(self._loaded, _SEND_MS):
                self._over(558)
            else:
                self.sending = _LOADED
        elif state != _LOADED and self.late(self._began, _SEND_MS):
            if state == _OWED:
                if not conn.stream:
                    self._over(0)
            else:
                # It may have gone out. Nothing is sent until the late answer cannot come any more.
                self.sending, self._began = _OWED, self.now
                conn.broke(None, "AT+QISEND", errno.ETIMEDOUT)
