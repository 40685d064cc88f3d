"""Commands to the UART: a head, the prompt that its body may wait for, the body.

    AT+QISEND=0,5 CR LF          head, then the body once `> ` came (manual 2.1.4)
    AT+QISEND=0,5,"hello" CR LF  head, body and tail at once

How much a call hands to the UART is decided here alone (behaviour 13 of lib/README.md).
"""

import time
from io import BytesIO

from micropython import const

_HEAD = const(48)  # bytes kept for a head; a longer one makes room for itself
_CHUNK = const(128)  # bytes handed over at a time inside a blocking call ...
_SMALL = const(32)  # ... and outside: 33 ms at 9600 baud where write() blocks
_MOST = const(1024)  # bytes that one turn may hand over at most
_ENOUGH_US = const(16_000)  # a turn whose writes blocked for so long hands over no more
_SLOW_US = const(8_000)  # a write that blocks for so long is on a slow line
_SETTLE_US = const(5_000)  # from a prompt to its data: some modules lose what comes sooner
_LONG_US = const(200_000)  # no write of _SMALL takes longer
_DIGITS = b"0123456789"
_HEX = b"0123456789ABCDEF"

# gate: what the body waits for.
_NONE = const(0)
_PROMPT = const(1)
_OPEN = const(2)  # the prompt came


class Writer:
    """The one command that goes out on a UART; nothing is allocated."""

    def __init__(self, uart) -> None:
        self._uart = uart
        self.head = BytesIO(_HEAD)
        self._chunk = bytearray(_CHUNK)
        self._body = b""
        self._tail = b""
        self._hex = False  # the body goes out as hex
        # Characters on the line: sent so far, up to the end of the head, of the body, in all.
        self._sent = self._headed = self._bodied = self._total = 0
        self._gate = _NONE
        self._prompted = 0  # ticks_us of the prompt
        # A turn outside of blocking calls hands over `_share` bytes, and after a slow write it
        # waits until that has had its time on the line.
        self._share = _SMALL
        self._slow_us = self._slow_at = 0
        self._txdone = hasattr(uart, "txdone")

    # Building

    def command(self, text: bytes) -> None:
        """Begin a head with `text`."""
        self.head.seek(0)
        self.head.write(text)

    def about(self, text: bytes, id: int, rest: bytes) -> None:
        """Begin a head about a connectID."""
        head = self.head
        head.seek(0)
        head.write(text)
        head.write(_DIGITS, id, 1)
        head.write(rest)

    def add(self, text: bytes) -> None:
        """Go on with the head."""
        self.head.write(text)

    def add_number(self, n: int) -> None:
        """Go on with the head."""
        if n > 9:
            self.add_number(n // 10)
        self.head.write(_DIGITS, n % 10, 1)

    def is_chapter2(self) -> bool:
        """Is it a TCP/IP command, whose ERROR has a code to ask for (manual 2.1.12)?"""
        start = self._chunk
        self.head.seek(0)
        self.head.readinto(start)
        return (
            start.startswith(b"AT+QI")
            or start.startswith(b"AT+QPING")
            or start.startswith(b"AT+QNTP=")
        )

    def is_echo(self, reader) -> bool:
        """Is the reader's line what was sent last?"""
        start, n = self._chunk, reader.e - reader.i
        self.head.seek(0)
        self.head.readinto(start)
        if n > self._total or n < self._headed - 2:  # the line end
            return False
        n = min(n, self._headed, _CHUNK)
        while n:
            n -= 1
            if reader.rx[reader.i + n] != start[n] and start[n] not in b"\r\n":
                return False
        return True

    # Sending

    def start(self, body=b"", size: int = 0, hexa=False, tail=b"", gated=False) -> None:
        """Send the head, then `size` bytes of `body`, then `tail`; with `gated` the body waits
        for the prompt."""
        self._sent = self._total = 0
        self._body = body
        self._tail = tail
        self._hex = hexa
        self._gate = _PROMPT if gated else _NONE
        self._headed = self.head.tell()
        self._bodied = self._headed + (size * 2 if hexa else size)
        self._total = self._bodied + len(tail)

    def repeat(self) -> None:
        """Send once more what start() sent."""
        self._sent = 0

    def pending(self) -> bool:
        """Is a part of it still to be handed over?"""
        return self._sent < self._total

    def unsent(self) -> bool:
        """Is a part of it still to be sent before an answer can come? The LF of a line does not
        count: CR ends it."""
        return self._sent < self._total - (self._gate == _NONE)

    def prompt_due(self) -> bool:
        """Would a `>` be the prompt that the body waits for?"""
        return self._gate == _PROMPT and self._sent >= self._headed - 1

    def prompt(self) -> None:
        """It came."""
        self._prompted = time.ticks_us()
        self._gate = _OPEN

    def gated(self) -> bool:
        """Does, or did, the body wait for a prompt?"""
        return self._gate != _NONE

    def body_size(self) -> int:
        """Characters of the body."""
        return self._bodied - self._headed

    def transmit(self, blocking: bool) -> bool:
        """Hand the next part to the UART; True if it took any, or will within a millisecond.

        Inside a blocking call there is no need to stop, as long as nothing comes in. Elsewhere a
        turn hands over `_share` bytes: 32 at first, more while that blocks for nothing."""
        if not blocking and not self._line_free():
            return False
        before = self._sent
        room = _MOST if blocking else self._share
        began = time.ticks_us()
        took = 0
        while room > 0 and self._sent < self._total:
            if self._gate and self._sent == self._headed:
                if self._gate == _PROMPT:
                    break
                wait = _SETTLE_US - time.ticks_diff(began, self._prompted)
                if 0 < wait <= _SETTLE_US:
                    if blocking:
                        return self._sent > before or wait < 1000
                    time.sleep_us(wait)  # a tick of asyncio's select would take longer
                    began = time.ticks_us()
            # In one statement, so that no Ctrl-C comes between what belongs together.
            at = self._sent
            self._sent += self._write(min(room, _CHUNK if blocking else _SMALL))
            if self._sent == at:
                break
            if blocking:
                if self._uart.any():
                    break
                continue
            room -= self._sent - at
            if self._slow(took, time.ticks_diff(time.ticks_us(), began)):
                return True
            took = time.ticks_diff(time.ticks_us(), began)
        if not blocking and not room and self._share < _MOST:
            self._share *= 2
        return self._sent > before

    def _slow(self, before: int, after: int) -> bool:
        # Did the write between these times of a turn block so long that the turn has to end?
        if after - before >= _SLOW_US:
            self._share = _SMALL
            self._slow_us = min(after - before, _LONG_US)
            self._slow_at = time.ticks_us()
            return True
        return after >= _ENOUGH_US

    def _line_free(self) -> bool:
        # Has what a slow write handed over had its time on the line?
        if not self._slow_us:
            return True
        if self._txdone:
            free = self._uart.txdone()
        else:
            free = not 0 <= time.ticks_diff(time.ticks_us(), self._slow_at) < self._slow_us
        if free:
            self._slow_us = 0
        return free

    def _write(self, n: int) -> int:
        # Hand over at most `n` characters of the part that is due.
        at = self._sent
        if at < self._headed:
            head = self.head
            head.seek(at)
            n = head.readinto(self._chunk, min(n, self._headed - at))
            return self._uart.write(self._chunk, n) or 0
        if at >= self._bodied:
            return self._uart.write(self._tail, at - self._bodied, self._total - at) or 0
        n = min(n, self._bodied - at)
        at -= self._headed
        if not self._hex:
            return self._uart.write(self._body, at, n) or 0
        return self._uart.write(self._chunk, self._to_hex(at, n)) or 0

    def _to_hex(self, at: int, n: int) -> int:
        # `n` characters of the body's hex, from the character `at` on.
        body, chunk, i = self._body, self._chunk, 0
        while i < n:
            c = body[at >> 1]
            chunk[i] = _HEX[c & 15 if at & 1 else c >> 4]
            at += 1
            i += 1
        return n
