"""UART bytes to items: lines, prompts and counted payload.

A reader is pulled: `fill()` takes in what the UART holds, `item()` says what comes next, `done()`
lets go of it. It knows no command and no socket; all it calls is the sink that `expect()` named.

    CR LF <line> CR LF                              LINE; a line end in front is not insisted on
    <272 bytes without a line end>                  PART of a line; the LINE that ends it follows
    CR LF >                                         PROMPT, when one is due (manual 2.1.4)
    +QIRD: <n>... CR LF <n bytes> CR LF CR LF       LINE, PAYLOAD (manual 2.1.5)
                    ... followed by OK CR LF        LINE, ANSWERED: both in one
    +QIURC: "recv",<id>,<n> CR LF <n bytes> CR LF   LINE, PAYLOAD (manual 2.2.2)

Whoever handles the LINE calls `expect()`, so that payload is counted and never searched. Payload
that is not followed by just these line ends lost or gained a byte: DAMAGED.
"""

from io import BytesIO

from micropython import const

# What item() answers.
NONE = const(0)  # more bytes are needed
LINE = const(1)  # `rx[i:e]`; see at(), number() and text()
PART = const(2)  # `rx[i:e]`, and the line goes on
PROMPT = const(3)
PAYLOAD = const(4)  # it is in, and what has to follow it
ANSWERED = const(5)  # the payload of QIRD is in, and the command's OK
DAMAGED = const(6)  # the payload was not what its header said

# Kinds of payload, by the line ends that follow.
PUSHED = const(2)  # behind a recv URC
READ = const(4)  # the answer to QIRD
ECHO = const(0)  # what we sent, when the module echoes

_SIZE = const(272)  # the longest line taken in whole
_MORE = const(64)  # bytes taken in behind what is there already
_HEX = const(64)  # bytes made of hex at a time
_TRAILER = b"\r\n\r\n"
_LINE_END = b"\r\n"
_ANSWER = b"\r\n\r\nOK\r\n"
_SLEEP = b"+QATS"  # +QATSLEEP never has a line end before it
_BLANK = b"\r\n \x00\xff"  # in front of a line; a boot or a floating line adds NUL and 0xFF
_ORDERLY = const(4)  # lines with a line end before them until we rely on there being one
_DISORDERLY = const(-50)
# How long nothing came, in ms.
_AHEAD_MS = const(40)  # no line that begins with what was taken for a trailer goes on so late
_PAUSE_MS = const(300)  # what comes behind such a pause may be a boot's lines
_STALL_MS = const(2000)  # a payload that stands still for so long lost a byte


class Nowhere:
    """The sink for payload that nobody wants. What a sink has is told at inbox.Inbox."""

    def __init__(self) -> None:
        self.ring = self
        self.came = self.unconfirmed = 0
        self.drops = True

    def write(self, buf, off: int, n: int) -> int:
        """Take nothing."""
        return 0


class Reader:
    """What comes in on a UART, item by item; nothing is allocated."""

    def __init__(self, uart) -> None:
        self._uart = uart
        # rx[_p:_k] came in and is not parsed yet, and rx[_k] is 0, which no text contains.
        # `_waiting` bytes in `_more` wait to be put behind it.
        self.rx = bytearray(_SIZE + 1)
        self._more = bytearray(_MORE)
        self._join = BytesIO(_SIZE)
        self._p = self._k = self._waiting = 0
        self._item = NONE  # handed out and not done yet
        self.i = self.e = 0  # the line: what is left of it
        self.begin = self._end = 0  # where it begins, and what follows it
        self.continued = False  # it is the rest of a line that came as PART
        self._skip = False  # drop everything up to the next line end
        self._led = False  # a line end came before this line
        self._orderly = 0  # so many lines had one
        # Payload: it is complete when so much came into its sink; characters of its line ends to
        # come; its kind.
        self._nowhere = Nowhere()
        self._sink = self._nowhere
        self._whole = self._tail = self.kind = 0
        self._after = -1  # the kind of the payload that just ended: what may follow it?
        self._expected = self._expected_kind = 0  # see expect()
        self._unsure = False
        self.hex = False  # payload comes as hex
        self._octets = bytearray(_HEX)
        self.paused = False  # the payload stood still for a while

    # Bytes

    def fill(self) -> bool:
        """Take in what the UART holds, at most a buffer full; True if there was any."""
        if self._item:
            return False  # its line still stands in the buffer
        n = self._uart.any() or self._waiting
        rest = self._k - self._p
        # Each statement may be the last one before a Ctrl-C: `_waiting` says that the bytes are
        # in `_more`, and rx[_p:_k] is whole until the last line replaces it.
        if not self._waiting:
            if not rest:
                return n > 0 and self._refill(min(n, _SIZE))
            n = min(n, _MORE, _SIZE - rest)
            if n <= 0:
                return False
            self._waiting = self._uart.readinto(self._more, n) or 0
        join = self._join
        join.seek(0)
        join.write(self.rx, self._p, rest)
        join.write(self._more, self._waiting)
        join.seek(0)
        self._p, self._k, self._waiting = 0, join.readinto(self.rx, rest + self._waiting), 0
        self.rx[self._k] = 0
        return self._k > rest

    def _refill(self, n: int) -> bool:
        self._p, self._k = 0, self._uart.readinto(self.rx, n) or 0
        self.rx[self._k] = 0
        return self._k > 0

    def quiet(self, ms: int) -> None:
        """Nothing came for `ms` milliseconds: what does that say of a payload?"""
        if self._item:
            return
        if self._after == PUSHED and ms >= _AHEAD_MS:
            self._after = -1
            self._item = PAYLOAD
        elif self.inside():
            if ms >= _STALL_MS:
                self._fault(True)
            elif ms >= _PAUSE_MS:
                self.paused = True

    def inside(self) -> bool:
        """Is a payload coming in?"""
        return self._tail > 0 or self._sink.came < self._whole

    # Items

    def item(self, prompt_due: bool) -> int:
        """What comes next. One that was not finished with done() is handed out again."""
        while not self._item and self._p < self._k:
            if self._sink.came < self._whole:
                if not self._payload():
                    break
            elif self._tail:
                if not self._trailer():
                    break
            elif self._after >= 0:
                if not self._followed():
                    break
            elif not self._line(prompt_due):
                break
        self.i = self.begin
        return self._item

    def done(self) -> None:
        """The item was handled."""
        if self._item == LINE:
            # A Ctrl-C before the last line of this has it handed out again, and that is no harm.
            if self._expected:
                self.kind = self._expected_kind
                self._tail = self._expected_kind
                self._whole = self._expected
                self._expected = 0
            self.continued = False
            self._p = self._end
        elif self._item == PART:
            self.continued = True
            self._p = self._end
        self._item = NONE

    def expect(self, n: int, sink, kind: int, unsure: bool = False) -> None:
        """`n` bytes follow this line, or this prompt, for `sink` (None: they are thrown away);
        `unsure`: or none do, and a line end follows."""
        if not sink:
            sink = self._nowhere
            sink.came = 0
        self._whole = sink.came
        self._sink = sink
        self._unsure = unsure
        self.paused = False
        if self._item == PROMPT:
            self.kind = kind
            self._whole = sink.came + n
        else:
            self._expected_kind = kind
            self._expected = sink.came + n

    # Payload

    def _payload(self) -> bool:
        if self._unsure:
            self._unsure = False
            if self.rx[self._p] == 13:
                self._whole = self._tail = 0
                return True
        sink, rx, p = self._sink, self.rx, self._p
        if self.hex and self.kind:
            return self._unhex(sink, min((sink.came - self._whole) * -2, self._k - p) & ~1)
        n = min(self._whole - sink.came, self._k - p)
        fits = 0 if sink.drops or sink.unconfirmed != sink.came else n
        # One statement, so that no Ctrl-C comes between what belongs together; in parentheses the
        # tuple would be an allocation.
        came, had, ring = sink.came + n, sink.unconfirmed, sink.ring
        self._p, sink.came, sink.unconfirmed = p + n, came, had + ring.write(rx, p, fits)
        return True

    def _unhex(self, sink, n: int) -> bool:
        # What is no digit comes from a lost byte.
        rx, p, octets = self.rx, self._p, self._octets
        n = min(n, _HEX * 2)
        i = 0
        while i < n:
            c = rx[p + i]
            if not (48 <= c < 58 or 65 <= c & 0xDF < 71):
                self._fault(True)
                return True
            c = (c & 15) + 9 * (c >> 6)
            octets[i >> 1] = (octets[i >> 1] & 15) << 4 | c if i & 1 else c
            i += 1
        fits = 0 if sink.drops or sink.unconfirmed != sink.came else n >> 1
        came, had, ring = sink.came + (n >> 1), sink.unconfirmed, sink.ring
        self._p, sink.came, sink.unconfirmed = p + n, came, had + ring.write(octets, 0, fits)
        return n > 0

    def _trailer(self) -> bool:
        # The line ends behind a payload, one by one or, as a fast line waits for the next
        # command meanwhile, QIRD's whole end at once.
        rx, p = self.rx, self._p
        self._whole = 0
        at = self.kind - self._tail
        if not at and self.kind == READ:
            if rx.startswith(_ANSWER, p):
                self._tail = 0
                self._p = p + 8
                self._item = ANSWERED
                return True
            while rx[p + at] == _ANSWER[at]:
                at += 1
            if p + at == self._k:
                return False  # there is more of it to come
            at = 0
        if rx[p] != _TRAILER[at]:
            self._fault(at != 2)
            return True
        self._p = p + 1
        self._tail -= 1
        if not self._tail:
            if self.kind == PUSHED and self._orderly < _ORDERLY:
                self._item = PAYLOAD
            else:
                self._after = self.kind
        return True

    def _followed(self) -> bool:
        # Two bytes lost of a payload are made up for by its own line end; what follows then is
        # the rest of a trailer, or a line that has no line end before it though all others have.
        rx, p = self.rx, self._p
        if self._after == READ:
            good = rx[p] not in _LINE_END
        else:
            at = 0
            while at < len(_SLEEP) and rx[p + at] == _SLEEP[at]:
                at += 1
            if at and p + at == self._k:
                return False  # there is more of it to come
            good = rx[p] == 13 or at == len(_SLEEP)
        self._after = -1
        if good:
            self._item = PAYLOAD
        else:
            self._fault(False)
        return True

    def _fault(self, inside: bool) -> None:
        # `inside`: what is left of this line is not one.
        self._whole = self._tail = 0
        self._after = -1
        self._skip = inside
        self._item = DAMAGED

    # Lines

    def _line(self, prompt_due: bool) -> bool:
        rx, p, k = self.rx, self._p, self._k
        if self._skip:
            end = rx.find(b"\n", p, k) + 1
            self._p = end or k
            self._skip = not end
            return end > 0
        if not self.continued:
            while p < k and rx[p] in _BLANK:
                self._led = self._led or rx[p] in _LINE_END
                p += 1
            self._p = p
            if p == k:
                return False
            if prompt_due and rx[p] == 62:  # ">"
                self._led = False
                self._p = p + 1
                self._item = PROMPT
                return True
        end = rx.find(b"\n", p, k)
        if end < 0 and k - p < _SIZE:
            return False
        self.begin = p
        if end < 0:
            self.e = self._end = k - (rx[k - 1] == 13)  # a CR may be half of its line end
            self._item = PART
            return True
        self._end = end + 1
        cr = rx.find(b"\r", p, end)
        if cr >= 0:  # some end a line with CR alone
            end = cr
            if cr + 2 < self._end:
                self._end = cr + 1
        self.e = end
        self._learn(p)
        self._item = LINE
        return True

    def _learn(self, p: int) -> None:
        # Do this module's lines begin with a line end? Echo and +QATSLEEP never do.
        if self._led:
            self._orderly += self._orderly < _ORDERLY
        elif not (self.continued or self.rx[p] == 65 or self.rx.startswith(b"+QAT", p)):
            self._orderly = _DISORDERLY
        self._led = False

    def at(self, text: bytes) -> bool:
        """Does what is left of the line begin with `text`?"""
        return self.rx.startswith(text, self.i)

    def find(self, text: bytes) -> bool:
        """Does what is left of the line contain `text`?"""
        return self.rx.find(text, self.i, self.e) >= 0

    def number(self) -> int:
        """The next number of the line, or -1 when there is none; at most seven digits count."""
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
        """What is left of the line. It allocates: for lines that a program asked for."""
        return "".join([chr(c) for c in self.rx[self.i : self.e]])
