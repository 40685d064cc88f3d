"""UART <-> lines, prompts and counted payload: one AT command at a time, nothing allocated.

The channel knows nothing of sockets. What it finds it hands to its owner:

    owner.info()        an information line of the running command
    owner.urc()         any other line; True if it was known
    owner.echo()        the module echoes what we send
    owner.done(result)  the running command ended: OK, ERROR, NO_ANSWER or a CME number
    owner.ended()       a counted payload and its exact trailer are in
    owner.damaged()     a counted payload lost or gained a byte
    owner.pushes(id)    does this connectID carry data behind its recv URC?

A line stands in `rx[i:e]` while the owner is called and is gone afterwards.
"""

import time
from io import BytesIO

from micropython import RingIO, const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

OK = 0
ERROR = -1
NO_ANSWER = -2

_LINE = const(272)  # the longest line taken in whole
_COMMAND = const(320)  # the longest command we build: QIOPEN with a name of 255 characters
_CHUNK = const(64)  # bytes handed to the UART at a time inside a blocking call ...
_SMALL = const(32)  # ... and outside: 33 ms at 9600 baud where write() blocks
_ORDERLY = const(20)  # OKs with a line end before them until we rely on there being one
_READ = const(4)  # kinds of payload, by the length of their trailer: the answer to QIRD
_PUSHED = const(2)  # ... and data behind a recv URC
_SETTLE_MS = const(5)  # some modules lose data that come sooner after their prompt
_STALL_MS = const(2000)  # a payload that stands still for so long lost a byte
_DIGITS = b"0123456789"
_TRAILER = b"\r\n\r\n"  # what follows the data of QIRD; its first half follows pushed data


def now() -> int:
    """Milliseconds; they wrap, so compare them by `late()` or `passed()`."""
    return time.ticks_ms()  # type: ignore[return-value]


def passed(since: int) -> int:
    """Milliseconds since a stamp."""
    return time.ticks_diff(now(), since)


def late(since: int, ms: int) -> bool:
    """True once `ms` have passed. A stamp that seems to lie in the future is one that the
    clock has lapped, so it is long past."""
    # What now() and passed() do, without the calls: it is asked several times a poll.
    return not 0 <= time.ticks_diff(time.ticks_ms(), since) < ms


class Channel:
    def __init__(self, uart: "Any", owner: "Any"):
        self.uart = uart
        self._owner = owner
        self.counters = {"unknown": 0, "overlong": 0, "damaged": 0, "timeouts": 0}
        # Receiving. rx[p:k] came in and is not parsed yet; `_t` bytes in `_tmp` wait to be put
        # behind it; `_stuck` says that the parser can do no more with what there is.
        self.rx = bytearray(_LINE)
        self._p = self._k = self._t = 0
        self._stuck = True
        self._pause = False  # pushed data are in: let the program make room before the next
        self._tmp = bytearray(_CHUNK)
        self._carry = RingIO(_LINE)
        self.i = self.e = 0  # the line being handed out
        self.prefix: "bytes | None" = (
            None  # what the running command's information lines begin with
        )
        self._skip = False  # drop everything up to the next line end
        self._space = False  # the prompt was seen: one space may follow
        self._led = False  # a line end came before this line
        self._orderly = 0  # how many OKs had one; far below 0 once one had none
        # Counted payload: characters to come, where they go (None: nowhere), trailer characters
        # to come, and what must follow it: 0 anything, _READ no line end, _PUSHED a line end.
        # `_next` and `_kind` are what the header said; they count once the header is taken.
        self._left = self._tail = self._after = self._next = self._kind = 0
        self.lost = 0  # bytes of this payload that found no room
        self._sink: "Any" = None
        self._heard = 0  # when the last bytes came
        # How the module writes received data, see QICFG (manual 2.1.11).
        self.view = self.shown = self.hex = 0
        # Sending: `cmd` up to `_head`, then `_body` up to `_total`. `gate`: 0 no prompt is asked
        # for, 1 the body waits for it, 2 it was seen.
        self.cmd = BytesIO(_COMMAND)
        self._chunk = bytearray(_CHUNK)
        self._body: "Any" = None
        self.gate = 0
        self._sent = self._head = self._total = 0
        self._wrote = self._took = 0  # when the last write ended, and how long it took
        self._txdone = hasattr(uart, "txdone")
        self.busy = False  # a command waits for its end
        self._since = self._limit = 0
        self._need = False  # it ends only after an information line

    # Sending

    def put(self, data) -> None:
        """Add to the command being built."""
        self.cmd.write(data)

    def num(self, n: int) -> None:
        """Add a number to the command being built."""
        if n > 9:
            self.num(n // 10)
        self.cmd.write(_DIGITS, n % 10, 1)

    def start(self, prefix, limit, need=False, body=None, size=0, gate=0) -> None:
        """Send what was built since `cmd.seek(0)`, then `size` bytes of `body`, and wait `limit`
        ms for the end. With `gate` the body waits for the prompt; `need`: an OK that comes before
        any information line is an older command's."""
        self.prefix, self._need, self._limit = prefix, need, limit
        self._body, self.gate = body, gate
        self._head = self.cmd.tell()
        self._sent, self._total = 0, self._head + size
        self._since = now()
        self.busy = True

    def transmit(self, blocking: bool) -> bool:
        """Hand the next piece to the UART; True if it took any. Inside a blocking call there is no
        need to stop, as long as nothing comes in."""
        moved = False
        while self._piece(blocking):
            moved = True
            if not blocking or self.uart.any():
                break
        return moved

    def _piece(self, blocking: bool) -> bool:
        head = self._head
        body = self._sent >= head
        left = (self._total if body and self.gate != 1 else head) - self._sent
        if left <= 0 or not (blocking or self._drained()):
            return False
        if self.gate and self._sent == head and not late(self._since, _SETTLE_MS):
            return False
        source = self._body if body else self.cmd
        source.seek(self._sent - head if body else self._sent)
        left = source.readinto(self._chunk, min(left, _CHUNK if blocking else _SMALL))
        before, was = now(), self._sent
        self._sent += self.uart.write(self._chunk, left) or 0
        self._wrote = self._since = now()
        self._took = passed(before)
        return self._sent > was

    def unsent(self) -> bool:
        """Is part of the command still to be handed to the UART?"""
        return self._sent < self._total

    def _drained(self) -> bool:
        # What the UART was handed last has had its time on the line.
        return self.uart.txdone() if self._txdone else late(self._wrote, self._took)

    def check(self) -> None:
        """End what has waited too long."""
        if self._left or self._tail:
            if late(self._heard, _STALL_MS):
                self._fault(True)
        elif self.busy and late(self._since, self._limit):
            self.counters["timeouts"] += 1
            self._finish(NO_ANSWER)

    def _finish(self, result) -> None:
        self.busy = False
        self._owner.done(result)

    # Receiving

    def receive(self) -> bool:
        """Take in what the UART holds, at most a buffer full; True if there was any."""
        came = self._fill()
        if came:
            self._heard = now()
        elif self._stuck:
            return False
        self._stuck = self._pause = False
        while self._p < self._k and not self._pause and self._step():
            pass
        self._stuck = not self._pause
        return came or self._pause

    def _fill(self) -> bool:
        # Each line of this may be the last one before a Ctrl-C: `_t` says that the bytes are in
        # `_tmp`, and rx[p:k] is whole until the last line replaces it.
        rest = self._k - self._p
        if not self._t:
            n = min(self.uart.any(), _LINE - rest)
            if n <= 0:
                return False
            if not rest:
                self._p, self._k = 0, self.uart.readinto(self.rx, n) or 0
                return self._k > 0
            self._t = self.uart.readinto(self._tmp, min(n, _CHUNK)) or 0
        carry = self._carry
        while carry.any():
            carry.read()
        carry.write(self.rx, self._p, rest)  # type: ignore[call-arg]
        carry.write(self._tmp, self._t)  # type: ignore[call-arg]
        self._p, self._k, self._t = 0, carry.readinto(self.rx, rest + self._t), 0
        return True

    def _step(self) -> bool:
        # Take one thing from rx[p:k]; False if it is not all there yet.
        if self._left:
            return self._payload()
        if self._tail:
            return self._trailer()
        return self._line()

    def expect(self, n: int, sink, pushed: bool) -> None:
        """`n` bytes follow, to be written to `sink` (None: thrown away)."""
        self._sink, self.lost, self._kind = sink, 0, _PUSHED if pushed else _READ
        self._next = n * 2 if self.hex else n
        self._heard = now()

    def _header(self, end: int) -> None:
        # Hand the line out. A Ctrl-C before the last line of this has it handed out again.
        self._next = self._kind = 0
        self._dispatch()
        self._led = False
        self._p, self._left, self._tail = end, self._next, self._kind

    def _payload(self) -> bool:
        p = self._p
        n = min(self._left, self._k - p)
        if self.hex:
            n &= ~1
            if not n:
                return False
        if self._sink is None:
            self._p, self._left = p + n, self._left - n
        elif self.hex:
            self._unhex(p, n)
        else:
            left, lost, sink = self._left - n, self.lost + n, self._sink
            self._p, self._left, self.lost = p + n, left, lost - sink.write(self.rx, p, n)
        return True

    def _unhex(self, p: int, n: int) -> None:
        # A piece of hex; what is no digit comes from a lost byte.
        rx, piece = self.rx, self._chunk
        n = min(n, _CHUNK)
        i = 0
        while i < n:
            c = rx[p + i]
            if not (48 <= c < 58 or 65 <= c & 0xDF < 71):
                return self._fault(True)
            c = (c & 15) + 9 * (c >> 6)
            piece[i >> 1] = (piece[i >> 1] & 15) << 4 | c if i & 1 else c
            i += 1
        n >>= 1
        left, lost, sink = self._left - i, self.lost + n, self._sink
        self._p, self._left, self.lost = p + i, left, lost - sink.write(piece, n)

    def _trailer(self) -> bool:
        at = self._kind - self._tail
        if self.rx[self._p] != _TRAILER[at]:
            self._fault(at != 2)
            return True
        if self._tail == 1:
            self._since = now()
            self._owner.ended(self._kind == _PUSHED)
            self._after = self._kind
            self._pause = self._kind == _PUSHED
        self._p, self._tail = self._p + 1, self._tail - 1
        return True

    def _fault(self, inside: bool) -> None:
        # The payload was not what its header said. `inside`: the rest of this line is not one.
        self._left = self._tail = self._after = self._next = self._kind = 0
        self._skip = inside
        self.counters["damaged"] += 1
        self._owner.damaged()

    def _line(self) -> bool:
        rx, p, k = self.rx, self._p, self._k
        if self._after:
            c = rx[p]
            after, self._after = self._after, 0
            if c in b"\r\n" if after == _READ else self._starts(c, p):
                self._fault(False)
        if not self._skip:
            while p < k and (rx[p] in b"\r\n" or self._space and rx[p] == 32):
                self._led = True
                p += 1
            self._p = p
            if p == k:
                return False
            self._space = False
            if self.gate == 1 and rx[p] == 62 and self._sent >= self._head:  # the prompt: ">"
                self._led = False
                self.gate, self._space, self._p = 2, True, p + 1
                self._since = now()
                return True
        q = rx.find(b"\n", p, k)
        if self.view and not self._skip:
            head = self._inline(p, q if q >= 0 else k)
            if head:
                self.i, self.e = p, head - 1
                self._header(head)
                return True
        if q < 0:
            return self._overlong(k - p)
        if self._skip:
            self._p, self._skip = q + 1, False
        else:
            self.i, self.e = p, q - 1 if rx[q - 1] == 13 and q > p else q
            self._header(q + 1)
        return True

    def _starts(self, c: int, p: int) -> bool:
        # Does a line start here without a line end before it, though the module always sends one?
        known = self._orderly >= _ORDERLY
        return known and c != 13 and not self.rx.startswith(b"+QATS", p, self._k)

    def _overlong(self, n: int) -> bool:
        # A line without an end that fills the buffer is dropped up to its end and counted.
        if not self._skip and n < _LINE:
            return False
        if not self._skip:
            self.counters["overlong"] += 1
        self._p, self._skip = self._k, True
        return False

    def _inline(self, p: int, q: int) -> int:
        # In view mode 1 the data follow the header's last comma: where that comma ends, or 0.
        rx = self.rx
        if rx.startswith(b"+QIRD:", p):
            n = 1 + self.shown
        elif rx.startswith(b"+QIURC:", p) and rx.find(b'"recv"', p, q) >= 0:
            self.i, self.e = p, q
            if not self._owner.pushes(self.number()):
                return 0
            n = 2 + self.shown
        else:
            return 0
        while n:
            p = rx.find(b",", p, q) + 1
            if not p:
                return 0
            n -= 1
        return p

    def _dispatch(self) -> None:
        rx, p, n = self.rx, self.i, self.e - self.i
        owner = self._owner
        if n <= 0:
            return
        if rx.startswith(b"AT", p):
            owner.echo()
            p = rx.find(b"\r", p, self.e) + 1  # some end it with CR alone, and the answer follows
            if not p:
                return
            self.i, n = p, self.e - p
        if self.busy:
            if n == 2 and rx.startswith(b"OK", p):
                if self._need or self._sent < self._total:
                    self.counters["unknown"] += 1  # an older command's, or it precedes the prompt
                    return
                if self._orderly < _ORDERLY:
                    self._orderly += 1 if self._led else -_ORDERLY * 99
                self._finish(OK)
                return
            if n == 5 and rx.startswith(b"ERROR", p):
                self._finish(ERROR)
                return
            if rx.startswith(b"+CME ERROR:", p) or rx.startswith(b"+CMS ERROR:", p):
                n = self.number()
                self._finish(n if n > 0 else ERROR)
                return
            if self.prefix and rx.startswith(self.prefix, p):
                self._need = False
                owner.info()
                return
        if not owner.urc():
            if self.busy and self.prefix == b"" and rx[p] != 43:  # ATI, AT+CIMI: lines without "+"
                return owner.info()
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
        line = bytes(self.rx[self.i : self.e])
        try:
            return line.decode()
        except ValueError:
            return "".join(chr(c) for c in line)
