"""What is read out of the two byte streams of a UART."""

import pytest

from tools.trace.dialogue import Dialogue
from tools.trace.recording import Piece
from tools.trace.sockets import Sockets

BINARY = bytes(range(256)) + b"\r\nOK\r\n> "
OPEN = [
    (1.0, ">", b'AT+QIOPEN=1,0,"TCP","echo.example",7,0,0\r\n'),
    (1.1, "<", b"\r\nOK\r\n"),
    (1.5, "<", b"\r\n+QIOPEN: 0,0\r\n"),
]


def pieces(said, size=0):
    """(t, way, bytes) as pieces, of `size` bytes each when it is given."""
    for t, way, data in said:
        for start in range(0, len(data), size or len(data)):
            yield Piece(t, way == ">", data[start : start + (size or len(data))])


def read(said, size=0):
    dialogue = Dialogue()
    for piece in pieces(said, size):
        dialogue.feed(piece)
    return dialogue


@pytest.fixture(params=[0, 1, 7], ids=["whole", "byte by byte", "in sevens"])
def size(request):
    return request.param


def test_a_command_has_its_answer_and_its_times(size):
    said = [(1.0, ">", b"AT+CEREG?\r\n"), (1.2, "<", b"\r\n+CEREG: 0,1\r\n\r\nOK\r\n")]
    (command,) = read(said, size).commands
    assert (command.text, command.lines, command.result) == ("AT+CEREG?", ["+CEREG: 0,1"], "OK")
    assert (command.start, command.sent, command.end) == (1.0, 1.0, 1.2)


def test_an_echo_is_no_answer(size):
    said = [(0, ">", b"ATE0\r\n"), (0, "<", b"ATE0\r\r\nOK\r\n")]
    (command,) = read(said, size).commands
    assert command.lines == [] and command.result == "OK"


def test_lines_without_a_prefix_are_the_answer_and_others_urcs(size):
    said = [
        (0, ">", b"AT+CGMR\r\n"),
        (1, "<", b"\r\nBC25PA\r\n\r\n+CEREG: 1\r\n\r\nOK\r\n"),
        (2, "<", b'\r\n+QIURC: "closed",3\r\n'),
    ]
    dialogue = read(said, size)
    assert dialogue.commands[0].lines == ["BC25PA"]
    assert [(urc.t, urc.text) for urc in dialogue.urcs] == [
        (1, "+CEREG: 1"), (2, '+QIURC: "closed",3')
    ]  # fmt: skip


def test_what_no_ok_ends_is_told_to_the_command_that_began_it(size):
    said = [
        *OPEN,
        (2.0, ">", b'AT+QISEND=0,2,"hi"\r\n'),
        (2.1, "<", b"\r\nOK\r\n"),
        (2.2, ">", b"AT+CSQ\r\n"),
        (2.3, "<", b"\r\nSEND OK\r\n\r\n+CSQ: 22,0\r\n\r\nOK\r\n"),
    ]
    opened, sent, asked = read(said, size).commands
    assert (opened.late, opened.late_end) == (["+QIOPEN: 0,0"], 1.5)
    assert (sent.late, sent.late_end, sent.up) == (["SEND OK"], 2.3, b"hi")
    assert asked.lines == ["+CSQ: 22,0"]


def test_payload_after_a_prompt_is_counted(size):
    head = b"AT+QISEND=0,%d\r\n" % len(BINARY)
    said = [(0, ">", head), (1, "<", b"\r\n> "), (2, ">", BINARY), (3, "<", b"\r\nOK\r\n")]
    (command,) = read([*said, (4, ">", b"AT\r\n")], size).commands[:1]
    assert (command.up, command.sent, command.end) == (BINARY, 2, 3)


def test_payload_up_to_ctrl_z(size):
    said = [(0, ">", b"AT+QISEND=0\r\n"), (1, "<", b"\r\n>"), (2, ">", b"hello\x1a"),
            (3, "<", b"\r\nOK\r\n"), (4, ">", b"AT\r\n")]  # fmt: skip
    command, following = read(said, size).commands
    assert command.up == b"hello\x1a" and following.text == "AT"


@pytest.mark.parametrize(
    ("settings", "head", "written"),
    [
        ([], b"+QIRD: %d\r\n", BINARY),
        ([b'AT+QICFG="showlength",1'], b"+QIRD: %d,0\r\n", BINARY),
        ([b'AT+QICFG="viewmode",1'], b"+QIRD: %d,", BINARY),
        ([b'AT+QICFG="viewmode",1', b'AT+QICFG="showlength",1'], b"+QIRD: %d,17,", BINARY),
        ([b'AT+QICFG="dataformat",0,1'], b"+QIRD: %d\r\n", BINARY.hex().encode()),
    ],
)
def test_payload_that_is_read_is_counted_in_every_format(size, settings, head, written):
    said = [(0, way, text) for setting in settings
            for way, text in ((">", setting + b"\r\n"), ("<", b"\r\nOK\r\n"))]  # fmt: skip
    answer = b"\r\n" + head % len(BINARY) + written + b"\r\n\r\nOK\r\n"
    said += [(1, ">", b"AT+QIRD=0,512\r\n"), (2, "<", answer), (3, ">", b"AT\r\n")]
    *_, command, following = read(said, size).commands
    assert (command.down, command.result) == (BINARY, "OK")
    assert following.text == "AT"


def test_payload_that_is_pushed_is_counted(size):
    said = [
        (0, ">", b'AT+QIOPEN=1,0,"TCP","h",7,0,1\r\n'),
        (0, "<", b"\r\nOK\r\n"),
        (1, "<", b'\r\n+QIURC: "recv",0,%d\r\n' % len(BINARY) + BINARY + b"\r\n\r\nRDY\r\n"),
    ]
    data, after = read(said, size).urcs
    assert data.data == BINARY and after.text == "RDY"


def test_a_command_without_an_answer_ends_nowhere():
    said = [(0, ">", b"AT\r\n"), (5, ">", b"AT\r\n"), (6, "<", b"\r\nOK\r\n")]
    first, second = read(said).commands
    assert (first.end, first.result) == (None, "") and second.end == 6


def lives(said):
    dialogue = read(said)
    return Sockets.of(dialogue.commands, dialogue.urcs)


def test_a_socket_lives_from_its_qiopen_to_close_ok():
    (socket,) = lives([
        *OPEN,
        (2.0, ">", b'AT+QISENDEX=0,3,"610062"\r\n'),
        (2.1, "<", b'\r\nOK\r\n\r\nSEND OK\r\n\r\n+QIURC: "recv",0\r\n'),
        (2.2, ">", b"AT+QIRD=0,512\r\n"),
        (2.3, "<", b"\r\n+QIRD: 2\r\nhi\r\n\r\nOK\r\n"),
        (3.0, "<", b'\r\n+QIURC: "closed",0\r\n'),
        (3.1, ">", b"AT+QICLOSE=0\r\n"),
        (3.2, "<", b"\r\nOK\r\n\r\nCLOSE OK\r\n"),
    ])  # fmt: skip
    assert (socket.name, socket.start, socket.opened) == ("0 TCP echo.example:7", 1.0, 1.5)
    assert (socket.closed_by_peer, socket.end, socket.ended_by) == (3.0, 3.2, "CLOSE OK")
    assert [(one.t, one.up, one.data) for one in socket.transfers] == [
        (2.0, True, b"a\0b"), (2.3, False, b"hi")
    ]  # fmt: skip
    assert (socket.sends, socket.moved(True), socket.moved(False)) == (1, 3, 2)


def test_bytes_that_the_module_did_not_take_count_nowhere():
    (socket,) = lives([
        *OPEN,
        (2.0, ">", b'AT+QISEND=0,2,"hi"\r\n'),
        (2.1, "<", b"\r\nOK\r\n\r\nSEND FAIL\r\n"),
    ])  # fmt: skip
    assert (socket.sends, socket.moved(True), socket.end) == (1, 0, None)


def test_sockets_that_failed_came_in_or_were_lost():
    failed, came, lost = lives([
        (0.5, ">", b'AT+QIOPEN=1,4,"TCP","echo.example",1,0,0\r\n'),
        (0.6, "<", b"\r\nOK\r\n\r\n+QIOPEN: 4,566\r\n"),
        (0.8, "<", b'\r\n+QIURC: "incoming",5,3,"192.0.2.1",4000\r\n'),
        *OPEN,
        (2.0, "<", b"\r\nRDY\r\n"),
    ])  # fmt: skip
    assert (failed.opened, failed.ended_by) == (None, "not opened: 566")
    assert (came.name, came.opened) == ("5 TCP INCOMING 192.0.2.1:4000", 0.8)
    assert {socket.ended_by for socket in (came, lost)} == {"the module restarted"}


def test_a_number_that_is_used_again_is_another_socket():
    again = [(t + 10, way, data) for t, way, data in OPEN]
    first, second = lives([*OPEN, *again])
    assert first.end == 11.0 and second.end is None
