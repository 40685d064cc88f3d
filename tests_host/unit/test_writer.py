"""The writer alone: a command to the UART, its prompt, and how much a turn hands over (behaviour
13). The UART of a test blocks as long as a write is on the line, or takes it at once."""

from bc25.writer import Writer
from mockuart import MockUART, TxdoneUART

from desk import clock, eq


def writer(baud=0, cls=MockUART):
    u = cls(0)
    u.baud = baud
    u.on(b"*", times=-1)
    return Writer(u), u


def send(w, blocking=True) -> int:
    """Transmit to the end; the most bytes that a turn handed over."""
    u, most = w._uart, 0
    while w.pending():
        before = len(u.tx)
        w.transmit(blocking)
        most = max(most, len(u.tx) - before)
        clock.advance(1000)
    return most


def test_a_head():
    w, u = writer()
    w.command(b"AT+CSQ\r\n")
    w.start()
    eq((w.pending(), w.unsent(), w.gated(), w.body_size()), (True, True, False, 0))
    eq(w.transmit(True), True)
    eq((bytes(u.tx), w.pending(), w.unsent()), (b"AT+CSQ\r\n", False, False))
    w.repeat()
    send(w)
    eq(bytes(u.tx), b"AT+CSQ\r\nAT+CSQ\r\n")
    w.command(b"AT\r\n")  # a shorter one leaves nothing of the longer one
    w.start()
    send(w)
    eq(bytes(u.tx[16:]), b"AT\r\n")


def test_heads_of_any_length_and_numbers():
    w, u = writer()
    for n in (0, 9, 10, 512, 65535):
        w.about(b"AT+QISEND=", 5, b",")
        w.add_number(n)
        w.add(b"\r\n")
        w.start()
        send(w)
        eq(u.lines[-1], b"AT+QISEND=5,%d" % n)
    w.command(b"AT+" + b"x" * 600 + b"\r\n")
    w.start()
    send(w)
    eq(u.lines[-1], b"AT+" + b"x" * 600)


def test_a_body_between_quotes():
    w, u = writer()
    for hexa, body in ((False, b"hello"), (True, b"68656C6C6F")):
        u.clear()
        w.command(b'AT+QISEND=0,5,"')
        w.start(b"hello and a rest", 5, hexa, b'"\r\n')
        eq(w.body_size(), len(body))
        send(w)
        eq(bytes(u.tx), b'AT+QISEND=0,5,"' + body + b'"\r\n')
    data = bytes(range(256)) * 2
    u.clear()
    w.command(b"x")
    w.start(data, 512, True)
    send(w)
    eq(bytes(u.tx), b"x" + b"".join([b"%02X" % c for c in data]))


def test_a_body_waits_for_its_prompt_and_5_ms():
    for blocking in (True, False):
        w, u = writer()
        w.command(b"AT+QISEND=0,3\r\n")
        eq(w.prompt_due(), False)
        w.start(b"abc", 3, gated=True)
        eq((w.gated(), w.prompt_due()), (True, False))
        for _ in range(100):
            w.transmit(blocking)
        eq((bytes(u.tx), w.prompt_due(), w.unsent()), (b"AT+QISEND=0,3\r\n", True, True))
        w.prompt()
        eq((w.prompt_due(), w.gated()), (False, True))
        start = clock.us
        w.transmit(blocking)
        if blocking:
            clock.advance(4900)
            w.transmit(blocking)
            eq(bytes(u.tx), b"AT+QISEND=0,3\r\n")
            clock.advance(200)
            w.transmit(blocking)
        assert 5000 <= clock.us - start < 6000
        eq((bytes(u.tx[15:]), w.unsent(), w.pending()), (b"abc", False, False))


class Quota(MockUART):
    """It takes `left` bytes more, and then none."""

    left = 0

    def write(self, buf, *args):
        self.max_write = self.left
        n = super().write(buf, *args) if self.left else 0
        self.left -= n
        return n


def test_an_answer_may_come_before_the_line_feed_went_out():
    w, u = writer(cls=Quota)
    w.command(b"AT+X=1\r\n")
    for gated in (True, False):
        w.start(b"abc", 3 * gated, gated=gated)
        for left, due in ((6, False), (1, True), (1, True)):
            u.left = left
            w.transmit(True)
            eq((left, w.prompt_due(), w.unsent()), (left, gated and due, gated or not due))


def test_a_uart_that_takes_little_or_nothing():
    w, u = writer()
    u.max_write, u.refuse = 7, 5
    w.command(b"AT+QISEND=0,100\r\n")
    w.start(bytes(100), 100)
    eq(w.transmit(True), False)
    send(w)
    eq(bytes(u.tx), b"AT+QISEND=0,100\r\n" + bytes(100))


def test_inside_a_blocking_call_all_goes_out_unless_something_comes():
    w, u = writer(9600)
    w.command(b"AT\r\n")
    w.start(bytes(1000), 1000)
    w.transmit(True)
    eq(len(u.tx), 1004)
    w.start(bytes(1000), 1000)
    u.push(b"\r\n", 50)
    w.transmit(True)
    assert 1004 + 4 <= len(u.tx) < 1004 + 256, len(u.tx)
    send(w)
    eq(len(u.tx), 2008)


def test_a_turn_blocks_no_longer_than_33_ms_where_write_blocks():
    for baud, most in ((9600, 32), (19200, 32), (57600, 128), (115200, 256)):
        w, u = writer(baud)
        w.command(b"AT\r\n")
        w.start(bytes(2000), 2000)
        longest = sent = 0
        while w.pending():
            start, before = clock.us, len(u.tx)
            w.transmit(False)
            longest = max(longest, clock.us - start)
            sent = max(sent, len(u.tx) - before)
            clock.advance(1000)
        assert longest <= 33_400, (baud, longest)
        assert sent <= most, (baud, sent)


def test_a_turn_hands_over_more_each_time_where_write_takes_it_at_once():
    w, u = writer()
    w.command(b"AT\r\n")
    w.start(bytes(6000), 6000)
    sizes = []
    while w.pending():
        before = len(u.tx)
        w.transmit(False)
        sizes.append(len(u.tx) - before)
    eq((sizes[0], sizes[1] >= 60, max(sizes) <= 1024, sizes[-2] > 500), (32, True, True, True))


def test_a_slow_write_is_followed_by_a_pause_as_long():
    w, u = writer(9600)
    w.command(b"AT\r\n")
    w.start(bytes(300), 300)
    w.transmit(False)  # the head alone blocks for less than 8 ms, the 28 bytes behind it do not
    n = len(u.tx)
    took = u.writes[-1]
    ms = len(took[1]) * 10_000 // 9600
    clock.advance((ms - 2) * 1000)
    eq((w.transmit(False), len(u.tx)), (False, n))
    clock.advance(4000)
    eq(w.transmit(False), True)


def test_txdone_ends_the_pause():
    class Slow(TxdoneUART):
        done = False

        def txdone(self) -> bool:
            return self.done

    w, u = writer(9600, Slow)
    w.command(b"AT\r\n")
    w.start(bytes(300), 300)
    w.transmit(False)
    n = len(u.tx)
    clock.advance(1_000_000)
    eq((w.transmit(False), len(u.tx)), (False, n))
    u.done = True
    eq((w.transmit(False), len(u.tx) > n), (True, True))


class Line:
    """What a reader has of its line."""

    def __init__(self, text: bytes) -> None:
        self.rx, self.i, self.e = text, 0, len(text)


def test_what_is_an_echo():
    w, u = writer()
    w.command(b"AT+QISEND=0,3\r\n")
    w.start(b"abc", 3, gated=True)
    for text, echo in (
        (b"AT+QISEND=0,3", True),
        (b"AT+QISEND=0,4", False),
        (b"AT+QISEND=0,", False),
        (b"ABC" * 20, False),
        (b"AT+QISEND=0,3 and more", False),
    ):
        eq((text, w.is_echo(Line(text))), (text, echo))
    w.command(b'AT+QISEND=0,3,"')
    w.start(b"abc", 3, tail=b'"\r\n')
    eq(w.is_echo(Line(b'AT+QISEND=0,3,"abc"')), True)


def test_which_commands_have_a_code_to_ask_for():
    w, _ = writer()
    for text, chapter2 in (
        (b"AT+QIOPEN=1", True), (b"AT+QPING=1", True), (b"AT+QNTP=1", True),
        (b"AT+QISEND=0,3\r\n", True), (b"AT+CSQ\r\n", False), (b"AT+QCGDEFCONT?", False),
        (b"AT\r\n", False),
    ):  # fmt: skip
        w.command(text)
        eq((text, w.is_chapter2()), (text, chapter2))
