"""A recording as a `Run`: bursts, states, faults, sums."""

import json

import pytest

from tools.trace.__main__ import main
from tools.trace.recording import NoRecording, records
from tools.trace.run import command_sums, read_run, shares


@pytest.fixture
def record(tmp_path):
    """record((t, ">" or "<", bytes) or (t, kind, text), …) -> the file."""

    def record(*said, tail=""):
        lines = []
        for t, kind, what in said:
            if kind in (">", "<"):
                lines.append({"t": t, "dir": "rx" if kind == ">" else "tx", "hex": what.hex()})
            else:
                lines.append({"t": t, "event": kind, "value": what})
        file = tmp_path / "run.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines) + tail)
        return file

    return record


AT, OK = b"AT\r\n", b"\r\nOK\r\n"


def test_the_recording_may_end_in_the_middle_of_a_line(record):
    file = record((5.0, ">", AT), (5.1, "<", OK), tail='{"t": 6.0, "di')
    assert read_run(file).duration == pytest.approx(0.1)


@pytest.mark.parametrize("text", ["", "hello\n", '{"t": 1}\nmore\n'])
def test_a_file_that_is_no_recording_is_told_as_such(tmp_path, text, capsys, monkeypatch):
    file = tmp_path / "other.txt"
    file.write_text(text)
    with pytest.raises(NoRecording):
        list(records(file))
    monkeypatch.setattr("sys.argv", ["trace", str(file)])
    assert main() == 2
    assert str(file) in capsys.readouterr().err


def test_bytes_without_a_pause_are_one_burst_until_the_other_side_speaks(record):
    run = read_run(record(
        (0.000, ">", b"A"), (0.008, ">", b"T\r\n"), (0.009, "<", OK), (0.010, ">", AT),
        (1.0, ">", AT),
    ))  # fmt: skip
    assert [burst.data for burst in run.bursts] == [AT, OK, AT, AT]
    assert run.bursts[0].end == pytest.approx(0.008)


def test_a_baud_rate_makes_bytes_last(record):
    run = read_run(record((0.0, ">", AT), (1.0, "<", OK)), baud=9600)
    assert run.bursts[0].end == pytest.approx(len(AT) * 10 / 9600)


def test_on_a_line_with_a_rate_bytes_wait_for_those_before(record):
    run = read_run(record((0.0, ">", b"AT+QISEND=0,500\r\n"), (0.1, "<", b"\r\n> "),
                          (0.1, ">", bytes(500)), (0.1, ">", AT)), baud=9600)  # fmt: skip
    send, after = run.commands
    assert send.sent == pytest.approx(0.1 + 500 * 10 / 9600)
    assert after.sent == pytest.approx(0.1 + 504 * 10 / 9600)


def test_time_is_shared_out_and_adds_up(record):
    run = read_run(record(
        (0.00, ">", b"A"), (0.01, ">", b"T+QICLOSE=0\r\n"),  # line
        (0.11, "<", OK),  # module
        (0.31, "<", b"CLOSE OK\r\n"),  # network
        (0.32, ">", AT),  # driver
        (0.42, "<", OK),  # module
        (1.42, ">", AT),  # program
        (1.42, "power", "asleep"),
        (2.42, "<", OK),  # module: it was asked
        (3.42, "power", "ready"),
    ))  # fmt: skip
    wanted = {"line": 0.01, "module": 1.2, "network": 0.2, "asleep": 1.0, "driver": 0.01,
              "program": 1.0}  # fmt: skip
    assert shares(run) == pytest.approx(wanted)
    assert sum(wanted.values()) == pytest.approx(run.duration)


def test_commands_are_summed_by_name(record):
    said = [(t, ">", b"AT+CSQ\r\n") for t in (0.0, 1.0, 2.0)] + [(3.0, ">", AT)]
    said += [(0.1, "<", OK), (1.3, "<", OK), (2.2, "<", b"\r\nERROR\r\n")]
    signal, silent = command_sums(read_run(record(*sorted(said))).commands)
    assert (signal.name, signal.count, signal.failed) == ("AT+CSQ", 3, 1)
    assert (signal.median, signal.longest) == pytest.approx((0.2, 0.3))
    assert (silent.name, silent.failed, silent.longest) == ("AT", 1, 0.0)


def states(run, lane):
    return [(s.name, round(s.start, 3), round(s.end, 3)) for s in run.states if s.lane == lane]


def test_the_modules_own_events_are_its_state(record):
    run = read_run(record(
        (0.0, ">", AT), (1.0, "power", "boot"), (2.0, "power", "ready"),
        (2.0, "registration", "2"), (3.0, "registration", "5"), (4.0, "power", "asleep"),
        (4.5, "fault", "mute=3"), (5.0, "<", OK),
    ))  # fmt: skip
    assert states(run, "module")[:4] == [
        ("awake", 0, 1), ("restarting", 1, 2), ("awake", 2, 4), ("asleep", 4, 5)
    ]  # fmt: skip
    assert states(run, "network") == [
        ("not attached", 0, 2), ("attaching", 2, 3), ("attached", 3, 5)
    ]  # fmt: skip
    assert [(fault.t, fault.value) for fault in run.faults] == [(4.5, "mute=3")]


def test_without_events_the_state_is_read_from_what_was_said(record):
    run = read_run(record(
        (0.0, "<", b"\r\nRDY\r\n"), (1.0, ">", AT), (1.1, "<", OK),
        (2.0, "<", b"\r\n+CEREG: 2\r\n"), (3.0, "<", b"\r\n+CEREG: 1\r\n"),
        (4.0, "<", b"+QATSLEEP\r\n"), (5.0, "<", b"\r\n+QATWAKEUP\r\n"), (6.0, "<", b"\r\n"),
    ))  # fmt: skip
    assert states(run, "module") == [
        ("restarting", 0, 1.1), ("awake", 1.1, 4), ("asleep", 4, 5), ("awake", 5, 6)
    ]  # fmt: skip
    assert states(run, "network")[1:] == [("attaching", 2, 3), ("attached", 3, 6)]


def test_a_module_that_answers_nothing_is_silent(record):
    run = read_run(record((0, ">", AT), (3, ">", AT), (3.1, "<", OK)))
    assert ("silent", 0, 3) in states(run, "module")
