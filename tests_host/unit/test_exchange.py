"""The running command alone: which lines are its answer, and how it ends."""

from bc25.errors import BC25Error
from bc25.exchange import (
    ALL,
    ANSWER_MS,
    BARE,
    ENDED,
    ERROR,
    INFO,
    NEEDED,
    OK,
    OTHER,
    PREFIX,
    RESTARTED,
    SILENT,
    TAKEN,
)

from desk import E, clock, eq, number_of
from wire import Owner, Wire


def started(command: bytes, prefix=b"", how=PREFIX):
    """A command that went out, its exchange and its wire."""
    w = Wire()
    w.writer.command(command + b"\r\n")
    w.writer.start()
    w.exchange.start(Owner(), prefix, ANSWER_MS, how)
    w.send()
    return w, w.exchange


def test_information_and_the_end():
    w, x = started(b"AT+CSQ", b"+CSQ:")
    eq([w.hear(line) for line in (b"+CSQ: 20,0", b"OK")], [INFO, ENDED])
    eq((x.busy, x.result), (False, OK))
    eq(x.release() is None, False)
    eq((x.owner, w.hear(b"+CSQ: 20,0"), w.hear(b"OK")), (None, OTHER, OTHER))


def test_a_prefix_is_the_commands_only_while_it_waits():
    w, x = started(b"AT+CSQ", b"+CSQ:")
    for line in (b'+QIURC: "closed",0', b"+CSQX: 1", b"RDY", b"SEND OK", b"OK then", b"ERRORS"):
        eq((line, w.hear(line), x.busy), (line, OTHER, True))
    eq(w.hear(b"OK"), ENDED)


def test_errors():
    for line, result in ((b"ERROR", ERROR), (b"+CME ERROR: 3", 3), (b"+CMS ERROR: 500", 500),
                         (b"+CME ERROR: 0", ERROR), (b"+CME ERROR: no", -1)):  # fmt: skip
        w, x = started(b"AT+CSQ", b"+CSQ:")
        eq((line, w.hear(line), x.result), (line, ENDED, result))


def test_after_the_error_of_a_tcp_ip_command_its_code_is_asked():
    w, x = started(b"AT+QISEND=0,3", b"")
    owner = x.owner
    eq((w.hear(b"ERROR"), x.asks_code(), w.send()), (TAKEN, True, b"AT+QIGETERROR\r\n"))
    eq([w.hear(b"OK"), w.hear(b"+QIGETERROR: 567,socket closed")], [OTHER, TAKEN])
    eq((w.hear(b"OK"), x.result, x.release() is owner), (ENDED, 567, True))


def test_a_code_that_does_not_come_leaves_the_error():
    for line, result in ((b"ERROR", ERROR), (None, ERROR), (b"+CME ERROR: 50", ERROR)):
        w, x = started(b"AT+QIRD=0,512", b"+QIRD:")
        w.hear(b"ERROR")
        w.send()
        if line:
            eq((line, w.hear(line)), (line, ENDED))
        else:
            clock.advance(ANSWER_MS * 1000)
            eq((x.expired(), x.cut(SILENT)), (True, ENDED))
        eq((line, x.result, x.asks_code()), (line, result, False))


def test_an_ok_before_the_needed_line_is_an_older_commands():
    w, x = started(b"AT+CSQ", b"+CSQ:", NEEDED)
    eq([w.hear(b"OK"), w.hear(b"+CSQ: 1,0"), w.hear(b"OK")], [OTHER, INFO, ENDED])


def test_an_ok_before_the_prompt_is_an_older_commands():
    w, x = started(b"AT")
    w.writer.command(b"AT+QISEND=0,3\r\n")
    w.writer.start(b"abc", 3, gated=True)
    w.send()
    eq(w.hear(b"OK"), OTHER)
    w.writer.prompt()
    eq((w.send(), w.hear(b"OK")), (b"abc", ENDED))


def test_the_shape_tells_a_reply_of_cereg_from_a_urc():
    for line, what in (
        (b"+CEREG: 1,2", INFO), (b"+CEREG: 0,11", INFO), (b'+CEREG: 4,1,"A1B2","0123",9', INFO),
        (b"+CEREG: 2,  5", INFO), (b"+CEREG: 2", OTHER), (b'+CEREG: 1,"A1B2","0123",9', OTHER),
        (b"+CEREG: 1,A1B2,0123,9", OTHER), (b"+CEREG: 1,1234,0123,9", OTHER), (b"+CEREG: ", OTHER),
        (b"+CEREG: 1,12AB,0123,9", OTHER),
    ):  # fmt: skip
        w, x = started(b"AT+CEREG?", b"+CEREG:")
        eq((line, w.hear(line)), (line, what))
        eq(w.reader.i, w.reader.begin)


def test_which_unknown_lines_are_information():
    for how, bare, plus in ((PREFIX, False, False), (NEEDED, False, False), (BARE, True, False),
                            (ALL, True, True)):  # fmt: skip
        for line, taken in ((b"867723030000001", bare), (b"+XYZ: 1", plus), (b"no\x01ise", False)):
            w, x = started(b"ATI", b"", how)
            eq(w.hear(line), OTHER)
            eq((how, line, x.takes_rest(w.reader)), (how, line, taken))
    x.cut(SILENT)
    eq(x.takes_rest(w.reader), False)


def test_boot_lines_end_it_and_its_caller_hears_of_the_restart():
    for error in (False, True):
        w, x = started(b"AT+QIRD=0,512", b"+QIRD:")
        if error:
            w.hear(b"ERROR")
        eq((x.cut(RESTARTED), x.busy, x.result), (ENDED, False, RESTARTED))
        eq(number_of(BC25Error(x.result, "AT+QIRD")), E.ECONNRESET)


def test_it_expires_after_its_time_counted_from_what_was_sent_last():
    clock.advance(20_000_000)
    w, x = started(b"AT+CSQ", b"+CSQ:")
    clock.advance((ANSWER_MS - 10) * 1000)
    eq(x.expired(), False)
    clock.advance(10_000)
    eq(x.expired(), True)
    x.cut(SILENT)
    eq((x.expired(), x.result), (False, SILENT))


def test_the_same_command_again():
    w, x = started(b"AT+QIRD=0,512", b"+QIRD:", NEEDED)
    owner = x.owner
    w.hear(b"+QIRD: 0")
    w.hear(b"OK")
    x.release()
    x.repeat(owner)
    eq((x.busy, x.informed, w.send()), (True, False, b"AT+QIRD=0,512\r\n"))
    eq([w.hear(b"OK"), w.hear(b"+QIRD: 0"), w.hear(b"OK")], [OTHER, INFO, ENDED])
