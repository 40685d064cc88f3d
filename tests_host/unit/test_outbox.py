"""What a program wrote, and the one piece on its way, alone: no module, no modem."""

from bc25.exchange import ENDED, OTHER, RESTARTED, SILENT, TAKEN
from bc25.health import DOUBTFUL, READY, RESYNC
from bc25.inbox import Rings
from bc25.outbox import EMPTY, LOADED, OWED, RETRY, SENT, VERIFYING, Outbox, Piece

from desk import E, clock, eq, number_of
from wire import Wire


class Conn:
    """Whose bytes they are."""

    def __init__(self, id=0, stream=True) -> None:
        self.id = id
        self.stream = stream
        self.outbox = Outbox(stream, Rings())


class Sender(Wire):
    """A piece on a wire, loaded with what a connection wrote."""

    def __init__(self, data=b"", hexa=False, conn=None) -> None:
        super().__init__()
        self.counters = {"send_fail": 0}
        self.piece = Piece(self.writer, self.exchange, self.counters, hexa)
        self.conn = conn or Conn()
        if data:
            self.load(data)

    def load(self, data) -> None:
        self.conn.outbox.write(data, 0, len(data))
        self.piece.load(self.conn)

    def start(self) -> bytes:
        """Send it; what went out up to the prompt, if there is one."""
        self.piece.send()
        return self.send()

    def end(self, line: bytes) -> bool:
        """The end of its command, or of AT; was the connection to be told?"""
        eq(self.hear(line), ENDED)
        return self.exchange.release().ended(self.exchange.result)

    def out(self, data=b"\x00binary") -> None:
        """All of a piece goes out by prompt, and QISEND's OK comes."""
        self.load(data)
        self.start()
        self.writer.prompt()
        self.send()
        eq(self.end(b"OK"), False)

    def error(self) -> int:
        return number_of(self.piece.error) if self.piece.error else 0


def test_an_outbox_of_a_stream_joins_what_is_written():
    box = Outbox(True, Rings())
    eq((box.has_room(), box.room(), box.due()), (True, 512, False))
    eq((box.write(b"xhellox", 1, 5), box.write(b" world", 0, 6)), (5, 6))
    eq((box.any(), box.room()), (11, 501))
    eq((box.write(bytes(600), 0, 600), box.has_room(), box.write(b"x", 0, 1)), (501, False, 0))
    buf = bytearray(512)
    box.take(buf, 11)
    eq((bytes(buf[:11]), box.any()), (b"hello world", 501))


def test_an_outbox_of_datagrams_holds_one():
    box = Outbox(False, Rings())
    eq((box.write(b"one", 0, 3), box.has_room(), box.write(b"two", 0, 3)), (3, False, 0))
    eq((box.any(), box.due()), (3, True))
    box.take(bytearray(3), 3)
    eq((box.has_room(), box.write(bytes(512), 0, 512)), (True, 512))


def test_a_small_write_waits_10_ms_for_others_unless_somebody_waits_for_it():
    box = Outbox(True, Rings())
    box.write(b"a", 0, 1)
    clock.advance(9000)
    eq(box.due(), False)
    box.write(b"b", 0, 1)
    clock.advance(9000)
    eq(box.due(), False)
    clock.advance(1000)
    eq(box.due(), True)
    box = Outbox(True, Rings())
    box.write(b"a", 0, 1)
    box.awaited = True
    eq(box.due(), True)
    box = Outbox(True, Rings())
    box.write(bytes(512), 0, 512)
    eq(box.due(), True)


def test_an_outbox_that_was_released_takes_nothing():
    box = Outbox(True, Rings())
    box.write(b"unsent", 0, 6)
    box.release()
    box.release()
    eq((box.write(b"x", 0, 1), box.room(), box.any(), box.due()), (0, 0, 0, False))


def test_what_goes_between_quotes_and_what_by_prompt():
    for data, sent in (
        (b"hello", b'AT+QISEND=0,5,"hello"\r\n'),
        (b" ~" * 256, b'AT+QISEND=0,512,"' + b" ~" * 256 + b'"\r\n'),
        (b'a"b', b"AT+QISEND=0,3\r\n"),
        (b"a\x1fb", b"AT+QISEND=0,3\r\n"),
        (b"a\x7fb", b"AT+QISEND=0,3\r\n"),
        (b"line\r\n", b'AT+QISENDEX=0,6,"6C696E650D0A"\r\n'),
        (b"\x00" * 300 + b"\n", b"AT+QISENDEX=0,301\r\n"),
    ):
        eq(Sender(data).start(), sent)
    eq(Sender(b"hi", True).start(), b'AT+QISENDEX=0,2,"6869"\r\n')
    eq(Sender(bytes(257), True).start(), b"AT+QISENDEX=0,257\r\n")


def test_a_piece_leaves_nothing_of_the_one_before():
    s = Sender(b"\x00" * 300)
    s.piece.drop(s.conn)
    s.load(b"text")
    eq(s.start(), b'AT+QISEND=0,4,"text"\r\n')


def test_send_ok():
    s = Sender(b"hello")
    eq((s.piece.state, s.piece.of(s.conn), s.piece.of(Conn())), (LOADED, True, False))
    s.start()
    eq((s.piece.state, s.end(b"OK"), s.piece.state), (SENT, False, SENT))
    eq((s.piece.answer(True), s.piece.state, s.error()), (True, EMPTY, 0))
    eq((s.piece.of(s.conn), s.piece.answer(True), s.piece.answer(False)), (False, False, False))


def test_a_payload_behind_a_prompt_is_verified():
    s = Sender()
    s.out()
    eq((s.piece.state, s.send()), (VERIFYING, b"AT\r\n"))
    eq((s.end(b"OK"), s.piece.state), (False, SENT))
    eq((s.piece.answer(True), s.piece.state, s.error()), (True, EMPTY, 0))
    s = Sender()
    s.out()
    s.send()
    eq((s.piece.answer(True), s.piece.state), (False, VERIFYING))  # it comes before AT's OK
    eq((s.end(b"OK"), s.piece.state, s.error()), (True, EMPTY, 0))


def test_a_rest_in_front_of_at_is_eio():
    for good in (True, False, None):
        s = Sender()
        s.out()
        s.send()
        if good is not None:
            s.piece.answer(good)
        eq((s.end(b"ERROR"), s.error(), s.piece.doubt), (True, E.EIO, RESYNC))
        eq((good, s.piece.state), (good, OWED if good is None else EMPTY))


def test_send_ok_stands_for_an_ok_that_was_lost():
    s = Sender(b"hello")
    s.start()
    eq((s.piece.answer(True), s.piece.state, s.exchange.busy), (True, EMPTY, False))


def test_an_answer_before_all_is_out_is_an_older_pieces():
    s = Sender(b"\x00binary")
    s.start()
    eq((s.piece.answer(True), s.piece.state, s.exchange.busy), (False, SENT, True))


def test_send_fail_has_a_stream_try_again_until_60_s_passed():
    s = Sender(b"hello")
    for tries in range(1, 200):
        s.start()
        s.end(b"OK")
        eq((s.piece.answer(False), s.piece.state, s.counters["send_fail"]), (False, RETRY, tries))
        eq(s.piece.expire(), False)
        clock.advance(500_000)
        if s.piece.expire():
            break
        eq(s.piece.state, LOADED)
    eq((s.piece.state, s.piece.error.code), (EMPTY, 558))
    assert 100 < tries < 125, tries


def test_a_piece_that_is_tried_again_begins_anew():
    s = Sender(b"hello")
    s.start()
    eq((s.piece.answer(False), s.piece.state), (False, RETRY))  # its OK was lost
    clock.advance(500_000)
    s.piece.expire()
    s.start()
    eq((s.end(b"OK"), s.piece.state), (False, SENT))
    clock.advance(60_000_000)
    s.piece.expire()
    s.piece.answer(False)
    s.piece.drop(s.conn)
    s.load(b"next")
    eq((s.piece.state, s.error()), (LOADED, 0))


def test_send_fail_is_an_error_of_a_datagram():
    s = Sender(b"hello", conn=Conn(stream=False))
    s.start()
    s.end(b"OK")
    eq((s.piece.answer(False), s.piece.state, s.piece.error.code), (True, EMPTY, 558))


def test_a_busy_module_is_asked_again_and_a_refusal_is_told():
    for code, state in ((551, RETRY), (568, RETRY), (567, EMPTY), (552, EMPTY)):
        s = Sender(b"hello")
        s.start()
        eq(s.hear(b"ERROR"), TAKEN)
        s.send()
        s.hear(b"+QIGETERROR: %d,why" % code)
        eq((code, s.end(b"OK"), s.piece.state), (code, state == EMPTY, state))
        eq(s.piece.error and s.piece.error.code, code if state == EMPTY else None)


def test_a_send_ok_that_never_comes_is_repeated_by_nobody():
    for stream in (True, False):
        s = Sender(b"hello", conn=Conn(stream=stream))
        s.start()
        s.end(b"OK")
        clock.advance(59_900_000)
        eq(s.piece.expire(), False)
        clock.advance(100_000)
        eq((s.piece.expire(), s.piece.state, s.error()), (True, OWED, E.ETIMEDOUT))
        eq((s.piece.of(s.conn), s.piece.expire()), (False, False))
        clock.advance(60_000_000)
        eq((s.piece.expire(), s.piece.state), (not stream, OWED if stream else EMPTY))


def test_a_late_answer_opens_the_way():
    for good in (True, False):
        s = Sender(b"hello")
        s.start()
        s.end(b"OK")
        clock.advance(60_000_000)
        s.piece.expire()
        eq((s.piece.answer(good), s.piece.state, s.error()), (True, EMPTY, 0))


def test_a_piece_whose_prompt_was_padded_owes_its_answer_until_the_close():
    """Its SEND OK must not be credited to the next one's piece."""
    s = Sender(b"\x00binary")
    s.start()
    s.exchange.cut(SILENT)
    eq(s.exchange.release().ended(SILENT), True)
    eq((s.piece.state, s.error(), s.piece.doubt), (OWED, E.EIO, DOUBTFUL))
    s.piece.drop(Conn(1))
    eq(s.piece.state, OWED)
    s.piece.drop(s.conn)  # CLOSE OK
    eq((s.piece.state, s.piece.answer(True)), (EMPTY, False))


def test_silence_after_a_line_says_nothing_yet():
    s = Sender(b"hello")
    s.start()
    s.exchange.cut(SILENT)
    eq((s.exchange.release().ended(SILENT), s.piece.state, s.piece.doubt), (False, SENT, READY))


def test_a_restart_leaves_it_to_recovery():
    s = Sender(b"hello")
    s.start()
    s.exchange.cut(RESTARTED)
    eq((s.exchange.release().ended(RESTARTED), s.piece.state), (False, SENT))
    s.piece.drop(s.conn)
    eq((s.piece.state, s.piece.of(s.conn)), (EMPTY, False))


def test_a_command_that_ran_without_being_noted_as_sent_is_not_sent_again():
    s = Sender(b"hello")
    s.start()
    s.piece.state = LOADED  # a Ctrl-C came at the end of send()
    eq((s.end(b"OK"), s.piece.state, s.piece.answer(True)), (False, SENT, True))


def test_a_foreign_line_is_nothing_to_it():
    s = Sender(b"hello")
    s.start()
    eq([s.hear(line) for line in (b"+QISEND: 1,2", b"SEND OK")], [OTHER, OTHER])
    eq(s.exchange.busy, True)
