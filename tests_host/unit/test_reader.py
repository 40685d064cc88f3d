"""The reader alone: bytes in, items out. No command, no socket, no NIC.

Each case is a name, what comes on the UART, and the items that are handed out for it. A line is
its bytes; of ("data", bytes) the bytes were counted, and an `OK` may come in one with it.
"""

from bc25 import reader
from bc25.reader import ANSWERED, DAMAGED, ECHO, LINE, NONE, PART, PAYLOAD, PROMPT, PUSHED, READ
from mockuart import MockUART

from desk import NASTY, clock, eq, mockuart

HEAD = b"\r\n+QIRD: 10\r\n"
PUSH = b'\r\n+QIURC: "recv",0,10\r\n'
TEN = b"0123456789"
LINES = b"\r\nA\r\n" * 4  # so many that a line end is relied on


class Sink:
    """Where payload goes. All of it finds room."""

    def __init__(self) -> None:
        self.ring = self
        self.came = self.unconfirmed = 0
        self.drops = False
        self.data = b""

    def write(self, buf, off, n) -> int:
        self.data += bytes(buf[off : off + n])
        return n


class Desk:
    """A reader, and a handler that knows the headers of QIRD and of a push."""

    def __init__(self, piece=None, hexa=False) -> None:
        self.uart = MockUART(mockuart.PIECE if piece is None else piece)
        self.reader = reader.Reader(self.uart)
        self.reader.hex = hexa
        self.prompt_due = False
        self.echoes = 0  # bytes of the payload that come back behind a prompt
        self.unsure = False
        self.sink = Sink()
        self.out = []

    def take(self, data: bytes) -> list:
        """The items of `data`."""
        self.uart.push(data)
        quiet = 0
        while quiet < 3:
            quiet = 0 if self.reader.fill() else quiet + 1
            self.items()
        out, self.out = self.out, []
        return out

    def items(self) -> None:
        while True:
            item = self.reader.item(self.prompt_due)
            if item == NONE:
                return
            again = self.reader.item(self.prompt_due)
            assert again == item, "an item that is not done is handed out again"
            self.handle(item)
            self.reader.done()

    def handle(self, item: int) -> None:
        r = self.reader
        if item in (LINE, PART):
            text = bytes(r.rx[r.i : r.e])
            self.out.append(("part", text) if item == PART else text)
            self.header()
        elif item == PROMPT:
            self.out.append(PROMPT)
            self.prompt_due = False
            if self.echoes:
                r.expect(self.echoes, None, ECHO)
        elif item == DAMAGED:
            self.out.append(DAMAGED)
        else:
            assert item in (PAYLOAD, ANSWERED)
            self.out.append(("data", self.sink.data))
            if item == ANSWERED:
                self.out.append(b"OK")

    def header(self) -> None:
        r = self.reader
        kind = READ if r.at(b"+QIRD:") else PUSHED if r.at(b'+QIURC: "recv",0') else None
        if kind is not None:
            r.i += 6 if kind == READ else 17
            n = r.number()
            if n > 0:
                self.sink = Sink()
                r.expect(n, self.sink, kind, self.unsure)


def check(cases, **kwargs) -> None:
    for name, data, items in cases:
        got = Desk(**kwargs).take(data)
        assert got == items, "%s: %r gave %r, wanted %r" % (name, data, got, items)


def test_lines():
    check(
        (
            ("one", b"\r\nOK\r\n", [b"OK"]),
            ("two", b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n", [b"+CSQ: 20,0", b"OK"]),
            ("no line end in front", b"+QATSLEEP\r\n", [b"+QATSLEEP"]),
            ("glued", b"\r\nRDY\r\n+CFUN: 1\r\n", [b"RDY", b"+CFUN: 1"]),
            ("empty lines", b"\r\n\r\n\r\n\r\n\nOK\r\n", [b"OK"]),
            ("LF alone", b"\nOK\n", [b"OK"]),
            ("CR alone", b"\rOK\r+CSQ: 1\r\n", [b"OK", b"+CSQ: 1"]),
            ("a line that is not whole", b"\r\nOK", []),
            ("a boot's noise in front", b"\x00\xff\x00\r\nRDY\r\n", [b"RDY"]),
            ("a blank in front", b"\r\n OK\r\n", [b"OK"]),
            ("a NUL inside", b"\r\nA\x00B\r\n", [b"A\x00B"]),
        )
    )


def test_a_line_longer_than_the_buffer_comes_in_parts():
    for size in (271, 272, 273, 544, 600):
        text = b"A" + b" " * (size - 2) + b"Z"
        got = Desk().take(b"\r\n" + text + b"\r\n\r\nOK\r\n")
        eq(got[-1], b"OK")
        eq(b"".join([part[1] if isinstance(part, tuple) else part for part in got[:-1]]), text)
        eq([part[0] for part in got[:-2]], ["part"] * (len(got) - 2))


def test_a_prompt_only_when_it_is_due():
    for data in (b"\r\n> ", b"> ", b"\r\n>", b"\r\n> \r\n"):
        desk = Desk()
        desk.prompt_due = True
        eq(desk.take(data), [PROMPT])
        eq(desk.take(b"\r\nOK\r\n"), [b"OK"])
    eq(Desk().take(b"\r\n> \r\n"), [b"> "])
    desk = Desk()
    desk.prompt_due = True
    eq(desk.take(b'\r\n+QIURC: "closed",1\r\n\r\n> '), [b'+QIURC: "closed",1', PROMPT])


def test_the_payload_of_qird():
    data = [b"+QIRD: 10", ("data", TEN), b"OK"]
    check(
        (
            ("and its OK", HEAD + TEN + b"\r\n\r\nOK\r\n", data),
            ("and a line", HEAD + TEN + b"\r\n\r\n+X: 1\r\n", data[:2] + [b"+X: 1"]),
            ("not whole", HEAD + TEN[:9], data[:1]),
            ("its end not whole", HEAD + TEN + b"\r\n\r\nO", data[:1]),
            ("an empty one", b"\r\n+QIRD: 0\r\n\r\nOK\r\n", [b"+QIRD: 0", b"OK"]),
            ("twice", (HEAD + TEN + b"\r\n\r\nOK\r\n") * 2, data * 2),
        )
    )


def test_payload_is_counted_and_never_searched():
    for data in NASTY + (bytes(range(256)),):
        head = b"+QIRD: %d" % len(data)
        got = Desk().take(b"\r\n" + head + b"\r\n" + data + b"\r\n\r\nOK\r\n")
        eq(got, [head, ("data", data), b"OK"])
        head = b'+QIURC: "recv",0,%d' % len(data)
        got = Desk().take(b"\r\n" + head + b"\r\n" + data + b"\r\n")
        eq(got, [head, ("data", data)])


def test_payload_that_lost_or_gained_a_byte_is_damaged():
    for data in (TEN[:9], TEN + b"x", TEN[:9] + b"\r\n", TEN[:8], TEN + b"\r\n"):
        got = Desk().take(HEAD + data + b"\r\n\r\nOK\r\n\r\nB\r\n")
        eq((data, got), (data, [b"+QIRD: 10", DAMAGED, b"OK", b"B"]))


def test_pushed_data():
    data = [b'+QIURC: "recv",0,10', ("data", TEN)]
    four = [b"A"] * 4
    check(
        (
            ("before the form of lines is known", PUSH + TEN + b"\r\n", data),
            ("with a line behind it", LINES + PUSH + TEN + b"\r\n\r\nB\r\n", four + data + [b"B"]),
            ("twice", LINES + (PUSH + TEN + b"\r\n") * 2 + b"\r\n", four + data * 2),
            ("before sleep", PUSH + TEN + b"\r\n+QATSLEEP\r\n", data + [b"+QATSLEEP"]),
        )
    )
    got = Desk().take(LINES + PUSH + TEN + b"\r\n+QATSLEEP\r\n")
    eq(got, four + data + [b"+QATSLEEP"])


def test_pushed_data_with_nothing_behind_it_are_data_after_a_while():
    desk = Desk()
    eq(desk.take(LINES + PUSH + TEN + b"\r\n")[-1], b'+QIURC: "recv",0,10')
    desk.reader.quiet(39)
    eq(desk.take(b""), [])
    desk.reader.quiet(40)
    eq(desk.take(b""), [("data", TEN)])


def test_two_bytes_lost_of_pushed_data_are_not_made_up_for_by_its_line_end():
    for behind in (b"\r\nB\r\n", PUSH + TEN + b"\r\n\r\n"):
        got = Desk().take(LINES + PUSH + TEN[:8] + b"\r\n" + behind)
        eq(got[4:6], [b'+QIURC: "recv",0,10', DAMAGED])
    # An echo, as that of the very first command, says nothing of how the module's lines begin.
    got = Desk().take(b"ATE0\r\n" + LINES + PUSH + TEN[:8] + b"\r\n" + b"\r\nB\r\n")
    eq(got[5:], [b'+QIURC: "recv",0,10', DAMAGED, b"B"])


def test_pushed_data_of_a_module_that_omits_line_ends_are_data():
    data = [b'+QIURC: "recv",0,10', ("data", TEN)]
    got = Desk().take(LINES + b"X: 1\r\n" + PUSH + TEN + b"\r\nB\r\n")
    eq(got, [b"A"] * 4 + [b"X: 1"] + data + [b"B"])


def test_a_header_that_data_may_follow():
    desk = Desk()
    desk.unsure = True
    eq(desk.take(PUSH + TEN + b"\r\n"), [b'+QIURC: "recv",0,10', ("data", TEN)])
    eq(desk.take(PUSH + b"\r\nB\r\n"), [b'+QIURC: "recv",0,10', b"B"])


def test_payload_that_stands_still():
    desk = Desk()
    desk.take(HEAD + TEN[:5])
    desk.reader.quiet(299)
    eq((desk.reader.inside(), desk.reader.paused), (True, False))
    desk.reader.quiet(300)
    eq((desk.take(b""), desk.reader.paused), ([], True))
    desk.reader.quiet(1999)
    eq(desk.take(b""), [])
    desk.reader.quiet(2000)
    eq((desk.take(b""), desk.reader.inside()), ([DAMAGED], False))
    eq(desk.take(b"rest of it\r\n\r\nOK\r\n"), [b"OK"])
    eq(desk.take(HEAD + TEN + b"\r\n\r\nOK\r\n"), [b"+QIRD: 10", ("data", TEN), b"OK"])


def test_what_is_not_for_the_sink():
    for drops, came in ((True, 3), (False, 5)):  # thrown away; some before it found no room
        desk = Desk()
        desk.sink = full = Sink()
        full.drops, full.came, full.unconfirmed = drops, came, 3
        desk.header = lambda: desk.reader.at(b"+QIRD") and desk.reader.expect(10, full, READ)
        eq(desk.take(HEAD + TEN + b"\r\n\r\nOK\r\n"), [b"+QIRD: 10", ("data", b""), b"OK"])
        eq((full.came, full.unconfirmed, full.data), (came + 10, 3, b""))
    desk.header = lambda: desk.reader.at(b"+QIRD") and desk.reader.expect(10, None, READ)
    eq(desk.take(HEAD + TEN + b"\r\n\r\nOK\r\n")[::2], [b"+QIRD: 10", b"OK"])


def test_an_echo_of_a_payload_is_counted():
    desk = Desk()
    desk.prompt_due, desk.echoes = True, 13
    got = desk.take(b"\r\n> \r\nSEND FAIL\r\n\r\nOK\r\n\r\nSEND OK\r\n")
    eq(got, [PROMPT, b"OK", b"SEND OK"])


def test_hex():
    check(
        (
            ("upper", HEAD + b"30313233343536373839\r\n\r\nOK\r\n",
             [b"+QIRD: 10", ("data", TEN), b"OK"]),
            ("lower", b"\r\n+QIRD: 3\r\nfe0aFf\r\n\r\nOK\r\n",
             [b"+QIRD: 3", ("data", b"\xfe\x0a\xff"), b"OK"]),
            ("a digit lost", b"\r\n+QIRD: 3\r\nfe0aF\r\n\r\nOK\r\n",
             [b"+QIRD: 3", DAMAGED, b"OK"]),
            ("no digit", b"\r\n+QIRD: 3\r\nfeg0FF\r\n\r\nOK\r\n",
             [b"+QIRD: 3", DAMAGED, b"OK"]),
        ),
        hexa=True,
    )  # fmt: skip
    data = bytes(range(256)) * 2
    shown = b"".join([b"%02X" % c for c in data])
    got = Desk(hexa=True).take(b"\r\n+QIRD: 512\r\n" + shown + b"\r\n\r\nOK\r\n")
    eq(got, [b"+QIRD: 512", ("data", data), b"OK"])


def test_numbers_and_text_of_a_line():
    desk, found = Desk(), []
    r = desk.reader

    def header():
        found.append((r.number(), r.number(), r.number(), r.number(), r.text()))
        r.i = r.begin
        found.append((r.find(b'"x"'), r.find(b"\r"), r.at(b"+Q"), r.text()))

    desk.header = header
    desk.take(b'\r\n+Q: 5,"x",0012345,99999999999 end\r\n')
    eq(found[0], (5, 12345, 9999999, -1, ""))
    eq(found[1], (True, False, True, '+Q: 5,"x",0012345,99999999999 end'))


def garbage(seed: int, n: int) -> bytes:
    words = NASTY + (HEAD, PUSH, TEN, b"\r\n+QIRD: 999\r\n", b"x" * 300, b"\r\n\r\nOK\r\n")
    out = b""
    while len(out) < n:
        seed = (seed * 16807) % 0x7FFFFFFF
        out += words[seed % len(words)] if seed % 3 else bytes([seed >> 8 & 255])
    return out


def test_garbage_in_pieces_of_any_size_gives_the_same_items():
    for seed in range(1, 13):
        clock.reset(0)
        data = garbage(seed, 1500)
        whole = Desk(0).take(data)
        for piece in (1, 8, 61):
            clock.reset(0)
            eq((seed, piece, Desk(piece).take(data)), (seed, piece, whole))


def test_garbage_ends():
    for seed in range(20, 40):
        desk = Desk()
        desk.take(garbage(seed, 300))
        desk.reader.quiet(40)
        desk.reader.quiet(2000)
        desk.take(b"\r\n\r\n")
        desk.reader.quiet(2000)
        eq(desk.take(b"\r\n\r\nLAST\r\n")[-1:], [b"LAST"])
