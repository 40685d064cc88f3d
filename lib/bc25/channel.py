"""UART <-> lines, prompts and counted payload: one AT command at a time, nothing allocated.

The channel knows nothing of sockets. What is built on it (sending.py, engine.py) gives it:

    info()          an information line of the running command
    urc()           any other line; True if it was known
    echo()          the module echoes what we send
    done(result)    the running command ended: 0 OK, -1 ERROR, -2 no answer, else a CME number
    ended(pushed)   a counted payload and its exact trailer are in
    damaged()       a counted payload lost or gained a byte
    pushes(id)      does this connectID carry data behind its recv URC?

A line stands in `rx[i:e]` while one of these is called and is gone afterwards.
"""

import time
from io import BytesIO

from micropython import const

_TYPING = const(False)
if _TYPING:
    from typing import Any

_LINE = const(272)  # the longest line taken in whole
_COMMAND = const(48)  # bytes kept for a command; a job's longer one makes room for itself
_MORE = const(64)  # bytes taken in behind what is there already
_CHUNK = const(128)  # bytes handed to the UART at a time inside a blocking call ...
_SMALL = const(32)  # ... and outside: 33 ms at 9600 baud where write() blocks
_ORDERLY = const(20)  # OKs with a line end before them until we rely on there being one
_READ = const(4)  # kinds of payload, by the length of their trailer: the answer to QIRD
_PUSHED = const(2)  # ... and data behind a recv URC
_SETTLE_US = const(5000)  # from a prompt to its data: some modules lose what comes sooner
_LONG_MS = const(200)  # no write of _SMALL takes longer
_STALL_MS = const(2000)  # a payload that stands still for so long lost a byte
_GAP_MS = const(300)  # ... and what follows a pause like this may be a boot's lines
_DIGITS = b"0123456789"
_TRAILER = b"\r\n\r\n"  # what follows the data of QIRD
_LINE_END = b"\r\n"  # ... and pushed data
_ANSWERED = b"\r\n\r\nOK\r\n"


class _Nowhere:
    # Takes the payload that nobody wants.
    def write(self, buf, at: int, n: int = -1) -> int:
        return at if n < 0 else n


_nowhere = _Nowhere()


class Channel:
    if _TYPING:  # what is built on it gives these

        def info(self) -> None: ...
        def urc(self) -> bool:
            return False

        def echo(self) -> None: ...
        def done(self, result: int) -> None: ...
        def ended(self, pushed: bool) -> None: ...
        def damaged(self) -> None: ...
        def pushes(self, i: int) -> bool:
            return False

    def __init__(self, uart: "Any") -> None:
        self.uart = uart
        self.counters = {"unknown": 0, "overlong": 0, "damaged": 0, "timeouts": 0}
        self.stamp()
        # Receiving. rx[p:k] came in and is not parsed yet; `_t` bytes in `_tmp` wait to be put
        # behind it; `_go`: the parser may get on with what there is.
        self.rx = bytearray(_LINE)
        self._tmp = bytearray(_MORE)
        self._join = BytesIO(_LINE)
        self._p = self._k = self._t = self._heard = 0
        self._go = False
        self._pause = False  # pushed data are in: let the program make room before the next
        self.i = self.e = 0  # the line being handed out
        self._skip = False  # drop everything up to the next line end
        self._led = False  # a line end came before this line
        self._orderly = 0  # how many OKs had one; far below 0 once one had none
        # Counted payload: characters to come, where they go (None: nowhere), trailer characters
        # to come, and what must follow it: 0 anything, _READ no line end, _PUSHED a line end.
        # `_then` and `_kind` are what the header said; they count once the header is taken.
        self._left = self._tail = self._after = self._then = self._kind = 0
        self.gap = False  # it paused
        self.lost = 0  # bytes of this payload that found no room: all from the first of them on
        self._sink: "Any" = None
        # How the module writes received data, see QICFG (manual 2.1.11).
        self.view = self.shown = self.hex = 0
        # Sending: `cmd` up to `_head`, then `_body` up to `_total`. `gate`: 0 no prompt is asked
        # for, 1 the body waits for it, 2 it was seen.
        self.cmd = BytesIO(_COMMAND)
        self._chunk = bytearray(_CHUNK)
        self._body: "Any" = None
        self.gate = self._sent = self._head = self._total = 0
        self._prompted: "Any" = 0  # when the prompt came, in us
        self._free = self.now  # when what was written has had its time on the line
        self._txdone = hasattr(uart, "txdone")
        self.cur: "Any" = None  # whose command runs, None: nobody's
        self.busy = False  # it waits for its end
        self._since = self._limit = 0
        self._prefix: "Any" = None  # what its information lines begin with
        self._need = False  # it ends only after one of them

    def stamp(self) -> "Any":
        """The time in ms, which wraps. Every stamp is a `now`: ask `late()` how long ago."""
        self.now: "Any" = time.ticks_ms()
        return self.now

    def late(self, since: int, ms: int) -> bool:
        """Have `ms` passed? A stamp that seems to lie in the future is one that the clock has
        lapped, so it is long past."""
        return not 0 <= time.ticks_diff(self.now, since) < ms

    # Sending

    def put(self, data) -> None:
        """Add to the command being built."""
        self.cmd.write(data)

    def num(self, n: int) -> None:
        """Add a number to the command being built."""
        if n > 9:
            self.num(n // 10)
        self.cmd.write(_DIGITS, n % 10, 1)

    def ask(self, head: bytes, id: int, tail: bytes) -> None:
        """Build a command about a connectID."""
        cmd = self.cmd
        cmd.seek(0)
        cmd.write(head)
        cmd.write(_DIGITS, id, 1)
        cmd.write(tail)

    def start(self, cur, prefix, limit, need=False, body=None, size=0, gate=0) -> None:
        """Send what was built for `cur`, then `size` bytes of `body`, and wait `limit` ms for the
        end. With `gate` the body waits for the prompt; `need`: an OK that comes before any
        information line is an older command's."""
        # `cur` first: a command whose end nobody waits for would leave its data unread.
        self.cur = cur
        self._prefix, self._need, self._limit = prefix, need, limit
        self._body, self.gate = body, gate
        self._head = self.cmd.tell()
        self._sent, self._total = 0, self._head + size
        self._since = self.now
        self.busy = True

    def repeat(self) -> None:
        """Send once more what `start` sent, now that its end came."""
        self._sent, self._since = 0, self.now
        self._need = self.busy = True

    def transmit(self, blocking: bool) -> bool:
        """Hand the next piece to the UART; True if it took any. Inside a blocking call there is no
        need to stop, as long as nothing comes in."""
        moved = False
        while self._sent < self._total:
            source, at, left = self.cmd, self._sent, self._head - self._sent
            if left <= 0:
                if self.gate and not left:
                    if self.gate < 2:
                        break
                    wait = _SETTLE_US - time.ticks_diff(time.ticks_us(), self._prompted)
                    if 0 < wait <= _SETTLE_US:
                        return wait < 1000  # no nap's worth
                source, at, left = self._body, -left, self._total - self._sent
            if not blocking and not self._line_free():
                break
            source.seek(at)
            left = source.readinto(self._chunk, min(left, _CHUNK if blocking else _SMALL))
            left = self.uart.write(self._chunk, left)
            if not left:
                break
            self._sent += left
            moved = True
            if not blocking or self.uart.any():
                break
        if moved:
            before = self.now
            self._since = self.stamp()
            self._free = time.ticks_add(self.now, time.ticks_diff(self.now, before))
        return moved

    def _line_free(self) -> bool:
        # Has what the UART was handed last had its time on the line?
        if self._txdone:
            return self.uart.txdone()
        return not 0 < time.ticks_diff(self._free, self.stamp()) < _LONG_MS

    def unsent(self) -> bool:
        """Is a part of it still to be sent? The LF of a line does not count: CR ends it."""
        return self._sent < self._total - (not self.gate)

    def check(self) -> None:
        """End what has waited too long."""
        if self._left or self._tail:
            if self.late(self._heard, _STALL_MS):
                self._fault(True)
            elif self.late(self._heard, _GAP_MS):
                self.gap = True
        elif self.busy and self.late(self._since, self._limit):
            self.counters["timeouts"] += 1
            self._finish(-2)

    def _finish(self, result: int) -> None:
        self.busy = False
        self.done(result)

    # Receiving

    def receive(self) -> bool:
        """Take in what the UART holds, at most a buffer full; True if there was any."""
        n = self.uart.any() or self._t
        came = n > 0 and self._fill(n)
        if came:
            self._heard, self._go = self.now, True
        while self._go and self._p < self._k:
            if self._left:
                self._go = self._payload()
            elif self._tail:
                if not self._answered():
                    self._trailer()
                    if self._pause:
                        self._pause = False
                        return True
            else:
                self._go = self._line()
        return came

    def _fill(self, n: int) -> bool:
        # Each line of this may be the last one before a Ctrl-C: `_t` says that the bytes are in
        # `_tmp`, and rx[p:k] is whole until the last line replaces it.
        rest = self._k - self._p
        if not self._t:
            if not rest:
                self._p, self._k = 0, self.uart.readinto(self.rx, min(n, _LINE)) or 0
                return self._k > 0
            n = min(n, _LINE - rest)
            if n <= 0:
                return False
            self._t = self.uart.readinto(self._tmp, min(n, _MORE)) or 0
        join = self._join
        join.seek(0)
        join.write(self.rx, self._p, rest)
        join.write(self._tmp, self._t)
        join.seek(0)
        self._p, self._k, self._t = 0, join.readinto(self.rx, rest + self._t), 0
        return True

    def expect(self, n: int, sink, pushed: bool) -> None:
        """`n` bytes follow, to be written to `sink` (None: thrown away)."""
        self._sink, self.lost, self.gap = sink or _nowhere, 0, False
        self._kind = _PUSHED if pushed else _READ
        self._then = n * 2 if self.hex else n
        self._heard = self.now

    def _header(self, end: int) -> bool:
        # Hand the line out. A Ctrl-C before the last line of this has it handed out again.
        self._then = self._kind = 0
        self._dispatch()
        self._led = False
        self._p, self._left, self._tail = end, self._then, self._kind
        return True

    def _payload(self) -> bool:
        p, left, lost = self._p, self._left, self.lost
        n = min(left, self._k - p)
        if self.hex:
            return self._unhex(p, n & ~1)
        sink, fits = self._sink, 0 if lost else n
        self._p, self._left, self.lost = p + n, left - n, lost + n - sink.write(self.rx, p, fits)
        return True

    def _unhex(self, p: int, n: int) -> bool:
        # A piece of hex; what is no digit comes from a lost byte.
        rx, piece, n = self.rx, self._chunk, min(n, _CHUNK)
        i = 0
        while i < n:
            c = rx[p + i]
            if not (48 <= c < 58 or 65 <= c & 0xDF < 71):
                return self._fault(True)
            c = (c & 15) + 9 * (c >> 6)
            piece[i >> 1] = (piece[i >> 1] & 15) << 4 | c if i & 1 else c
            i += 1
        left, lost, sink = self._left - i, self.lost + (i >> 1), self._sink
        fits = 0 if self.lost else i >> 1
        self._p, self._left, self.lost = p + i, left, lost - sink.write(piece, fits)
        return n > 0

    def _answered(self) -> bool:
        # The whole end of QIRD's answer at once: `_trailer` and `_line` would find out slowly,
        # while a fast line waits for the next command. One that was given up has no OK to give.
        p = self._p
        if self._tail != _READ or self.lost or self._need or not self.busy:
            return False
        if self._k - p < 8:
            self._go = False
        elif self.rx.startswith(_ANSWERED, p):
            self._p, self._tail = p + 8, 0
            self.busy = False
            self.done(0)
        else:
            return False
        return True

    def _trailer(self) -> None:
        p, kind, n = self._p, self._kind, 1
        at = kind - self._tail
        if not at and self.rx.startswith(_TRAILER if kind == _READ else _LINE_END, p, self._k):
            n = kind
        elif self.rx[p] != _TRAILER[at]:
            self._fault(at != 2)
            return
        if self._tail == n:
            self._since = self.now
            self._after = kind
            self._pause = kind == _PUSHED
            self.ended(self._pause)
        self._p, self._tail = p + n, self._tail - n

    def _fault(self, inside: bool) -> bool:
        # The payload was not what its header said. `inside`: the rest of this line is not one.
        self._left = self._tail = self._after = self._then = self._kind = 0
        self._skip = inside
        self.counters["damaged"] += 1
        self.damaged()
        return True

    def _line(self) -> bool:
        rx, p, k = self.rx, self._p, self._k
        if self._after:
            after, self._after = self._after, 0
            if rx[p] in b"\r\n" if after == _READ else self._unled(p):
                self._fault(False)
        if self._skip:
            end = rx.find(b"\n", p, k) + 1
            self._p, self._skip = end or k, not end
            return end > 0
        if rx.startswith(_LINE_END, p, k):  # as most do
            self._led = True
            p += 2
        while p < k and rx[p] in b"\r\n ":
            self._led = self._led or rx[p] != 32
            p += 1
        self._p = self.i = p
        if p == k:
            return False
        if self.gate == 1 and rx[p] == 62 and self._sent >= self._head - 1:  # the prompt: ">"
            self._led = False
            self.gate, self._p = 2, p + 1
            self._since, self._prompted = self.now, time.ticks_us()
            return True
        end = rx.find(b"\n", p, k)
        if self.view:
            head = self._inline(p, end if end >= 0 else k)
            if head:
                self.e = head - 1
                return self._header(head)
        if end >= 0:
            self.e = end - (rx[end - 1] == 13)
            return self._header(end + 1)
        if k - p >= _LINE:
            # A line without an end that fills the buffer is dropped up to its end and counted.
            self.counters["overlong"] += 1
            self._p, self._skip = k, True
        return False

    def _unled(self, p: int) -> bool:
        # Does a line start here without a line end before it, though the module always sends one?
        rx = self.rx
        return self._orderly >= _ORDERLY and rx[p] != 13 and not rx.startswith(b"+QATS", p)

    def _inline(self, p: int, end: int) -> int:
        # In view mode 1 the data follow the header's last comma: where that comma ends, or 0.
        n = 1
        if not self.at(b"+QIRD:"):
            self.e = end
            if not self.at(b"+QIURC:") or self.rx.find(b'"recv"', p, end) < 0:
                return 0
            if not self.pushes(self.number()):
                self.i = p
                return 0
            self.i = p
            n = 2
        n += self.shown
        while n:
            p = self.rx.find(b",", p, end) + 1
            if not p:
                return 0
            n -= 1
        return p

    def _dispatch(self) -> None:
        rx, p, n = self.rx, self.i, self.e - self.i
        if self.busy:
            if n == 2 and rx.startswith(b"OK", p):
                if self._need or self.unsent():
                    self.counters["unknown"] += 1  # an older command's, or it precedes the prompt
                    return
                if self._orderly < _ORDERLY:
                    self._orderly += 1 if self._led else -_ORDERLY * 99
                return self._finish(0)
            if n == 5 and rx.startswith(b"ERROR", p):
                return self._finish(-1)
            if self.at(b"+CME ERROR:") or self.at(b"+CMS ERROR:"):
                return self._finish(self.number() or -1)
            if self._prefix and self.at(self._prefix):
                self._need = False
                return self.info()
        if self.at(b"AT"):
            self.echo()
            self.i = rx.find(b"\r", p, self.e) + 1  # some end it with CR alone: the line goes on
            if self.i:
                self._dispatch()
        elif not self.urc():
            if self.busy and self._prefix == b"" and rx[p] != 43:  # lines without "+"
                return self.info()
            self.counters["unknown"] += 1

    def at(self, text: bytes) -> bool:
        """Does the line go on with `text`?"""
        return self.rx.startswith(text, self.i)

    def number(self) -> int:
        """The next number on the line, or -1 when there is none; at most seven digits count."""
        rx, i, e = self.rx, self.i, self.e
        while i < e and not 48 <= rx[i] <= 57:
            i += 1
        n = -1 if i == e else 0
        while i < e and 48 <= rx[i] <= 57:
            if n < 1000000:
                n = n * 10 + rx[i] - 48
            i += 1
        self.i = i
        return n

    def text(self) -> str:
        """The rest of the line. It allocates: for lines that a program asked for."""
        return "".join([chr(c) for c in self.rx[self.i : self.e]])
