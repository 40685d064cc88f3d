"""What users reported against other drivers for such modules, one named test each.

Of each the shortest form that would have shown it; tests_host/unit has the variations.
"""

import random

import pytest

from tests_host.property.test_any_input import MAY_READ, URCS, Line
from tools.bc25sim import Address
from tools.rig import inside

from .station import ECHO, NASTY, QUIET, QUITTER, SERVER, Peer, Station, dial, errno, number

KB = bytes(range(256)) * 4


def chatty(**kwargs):
    """A URC before every line, and small pieces."""
    station = Station(**kwargs)
    Line(station.rig, random.Random(1), 7, 1.0, (*URCS, MAY_READ))
    return station


# Lost data


def test_01_a_uart_buffer_of_256_bytes_loses_nothing():
    station = Station(baud=115200, uart="esp32", rxbuf=256)
    with station.tcp() as s:
        s.sendall(KB * 6)
        assert s.read(len(KB) * 6) == KB * 6
    assert station.rig.uart.overflows == 0


def test_02_large_receives_keep_every_byte_and_the_ok():
    station = Station()
    with station.tcp(QUIET) as s:
        station.peers[QUIET][0].say(KB * 20)
        assert s.read(len(KB) * 20) == KB * 20
        assert station.nic.at("AT+CSQ") == ["+CSQ: 22,0"]


def test_03_data_without_room_is_told_and_what_follows_works():
    station = Station(push=True)
    s = station.tcp(QUIET)
    station.peers[QUIET][0].say(KB * 4)
    station.rig.run(2000)
    got = b""
    with pytest.raises(OSError) as e:
        while True:
            got += s.recv(512)
    assert number(e.value) == errno.ENOBUFS
    assert (KB * 4).startswith(got)
    assert station.nic.status("counters")["pushed_out"] > 0
    s.close()
    station.works()


def test_04_data_that_come_during_a_read_or_a_send_are_not_forgotten():
    station = Station()
    with station.tcp(QUIET) as s:
        peer, got = station.peers[QUIET][0], b""
        for n in range(40):
            peer.say(b"%03d" % n * 20)
            s.send(b"x")
            got += s.recv(512)
        got += s.read(2400 - len(got))
    assert got == b"".join(b"%03d" % n * 20 for n in range(40))


def test_05_a_recv_urc_needs_no_length():
    station = Station()
    assert station.nic.format()[1] == 0
    with station.tcp() as s:
        s.send(b"hello")
        assert s.recv(64) == b"hello"


def test_06_asked_for_5_bytes_gives_5():
    station = Station()
    with station.tcp() as s:
        s.send(KB)
        assert (s.recv(5), s.read(5)) == (KB[:5], KB[5:10])


def test_07_the_last_chunk_before_closed_is_read():
    station = Station()
    with station.tcp(QUITTER) as s:
        s.send(b"x")
        assert s.read() == bytes(range(256)) * 12


def test_08_a_urc_between_a_read_and_its_answer_counts_nothing_twice():
    station = chatty()
    with station.tcp() as s:
        s.sendall(KB * 3)
        assert s.read(len(KB) * 3) == KB * 3


# Binary data


def test_09_cr_lf_and_ok_in_the_payload():
    echoed_all((b"\r\n", b"\r\nOK\r\n", b"\r\nERROR\r\n", b"OK"))


def test_10_cr_and_lf_at_the_edges_of_a_payload():
    echoed_all((b"\r", b"\n", b"\n\rx\r\n", b"\r\r\r", b"x\r", b"\nx"))


def test_11_no_text_quotes_and_at_signs():
    echoed_all((b"\xff\xfe\x80", b'a"b', b'"', b"@", b"\xc3", b"\x00\x1a\x1b", b'"@\xff'))


def echoed_all(payloads):
    station = Station()
    for make in (station.tcp, station.udp):
        with make() as s:
            for data in payloads:
                s.send(data)
                assert (s.recv(512) if make == station.udp else s.read(len(data))) == data


# URCs between things


def test_12_a_urc_is_no_answer_and_an_answer_no_urc():
    station = chatty()
    for _ in range(10):
        assert station.nic.at("AT+CSQ") == ["+CSQ: 22,0"]
        assert station.nic.at("AT+CGSN=1") == ["+CGSN: 867997030000001"]


def test_13_many_urcs_in_a_row_and_unknown_ones():
    station = Station()
    with station.tcp(QUIET) as s:
        station.peers[QUIET][0].say(b"data")
        for _ in range(20):
            station.says(b"+UNKNOWN: 1")
            station.says(b'+QIURC: "recv",0')
        assert s.recv(64) == b"data"


def test_14_closed_while_another_command_waits():
    station = Station()
    s = station.tcp(QUIET)
    station.rig.module.faults.add("slow=1500")
    station.rig.network.later(station.peers[QUIET][0].end)
    station.nic.at("AT+CSQ")
    assert s.recv(64) == b""
    station.says(b"+CEREG: 5")  # a URC with a query's prefix
    assert station.nic.at("AT+CEREG?")[-1].startswith("+CEREG: ")


def test_15_data_behind_ok_and_a_urc_twice():
    station = Station()
    with station.tcp() as s:
        station.rig.uart.arrive(b'\r\nOK\r\n\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "recv",0\r\n')
        s.send(b"once")
        assert s.recv(64) == b"once"
        s.settimeout(1)
        with pytest.raises(OSError):
            s.recv(64)


def test_16_a_urc_between_a_command_and_its_prompt():
    station = chatty(profile_settings={"prompt_urcs": "pass"})
    with station.tcp() as s:
        for _ in range(10):
            s.send(b"\0binary\r\n")
            assert s.read(9) == b"\0binary\r\n"


# Hangs and state


def test_17_a_send_from_a_callback_is_refused_and_hangs_nothing():
    station, caught = Station(), []
    s = station.tcp()

    def handler(line):
        try:
            s.send(b"from a callback")
        except OSError as e:
            caught.append(number(e))

    station.nic.on("urc", handler)
    station.says(b"+UNKNOWN: 1")
    station.rig.run(100)
    assert caught == [16]  # EBUSY
    station.works()


def test_18_a_closed_socket_ends_reads_and_no_look_loops():
    station = Station()
    s = station.tcp(QUIET)
    station.peers[QUIET][0].end()
    assert s.recv(64) == b""
    before = station.rig.clock.polls
    for _ in range(100):
        assert s.recv(64) == b"" and s.read(1) == b""
        s.ioctl(3, 1)
    assert station.rig.clock.polls - before < 1000


def test_19_no_retry_after_a_send_that_timed_out():
    station = Station()
    s = station.tcp(QUIET, timeout=None)
    station.rig.module.faults.add("nosend")
    with pytest.raises(OSError) as e:
        s.send(b"only once")
    assert number(e.value) == errno.ETIMEDOUT
    station.rig.run(120_000)
    assert bytes(station.peers[QUIET][0].got) == b"only once"


def test_20_sockets_left_by_an_earlier_run_of_the_program():
    station = Station()
    for _ in range(6):
        station.tcp(QUIET)
    station.rig.new_board()
    station.rig.nic.active(True)
    station.rig.nic.connect("CMNBIOT")
    for _ in range(6):
        station.tcp()


def test_21_a_restart_of_the_module_is_noticed_and_a_pending_open_locks_nothing():
    station, events = Station(), []
    station.nic.on("reset", lambda: events.append("reset"))
    s = station.tcp(QUIET)
    station.rig.module.power.restart()
    with pytest.raises(OSError) as e:
        s.recv(64)
    assert number(e.value) == errno.ECONNRESET and events == ["reset"]
    station.nic.connect("CMNBIOT")
    station.rig.network.silent.add(Address(SERVER, 99))
    waiting = station.nic.socket()
    waiting.setblocking(False)
    with pytest.raises(OSError):
        waiting.connect((SERVER, 99))
    station.rig.run(500)
    assert station.nic.at("AT+CSQ") == ["+CSQ: 22,0"]
    station.works()


# Memory, echo, UART


def test_22_no_response_is_held_whole():
    station = Station()
    with station.tcp(QUIET) as s:
        station.peers[QUIET][0].say(KB * 16)
        buf, most = bytearray(64), 0
        for _ in range(len(KB) * 16 // 64):
            s.readinto(buf)
            most = max(most, inside.unread(s))
    assert most <= 1400 and inside.input_size(station.rig) < 300


def test_23_echo_that_is_on_or_comes_back():
    station = Station()
    station.rig.module.faults.add("echo")
    for _ in range(3):
        station.works()


def test_24_readline_gives_whole_lines():
    station = Station()
    with station.tcp(QUIET) as s:
        peer = station.peers[QUIET][0]
        for n, part in enumerate((b"first li", b"ne\nsec", b"ond\n", b"last")):
            station.rig.module.clock.call_later(n * 0.7, peer.say, part)
        station.rig.module.clock.call_later(3.0, peer.end)
        assert [s.readline(), s.readline(), s.readline(), s.readline()] == [
            b"first line\n", b"second\n", b"last", b""]


def test_25_recv_into():
    station = Station()
    with station.tcp() as s:
        s.send(b"hello")
        buf = bytearray(8)
        assert s.recv_into(buf) == 5 and buf[:5] == b"hello"


@pytest.mark.parametrize("data", NASTY)
def test_incoming_connections_are_no_different(data):
    station = Station()
    server, peer = station.nic.socket(), Peer(echo=True, greeting=data)
    server.bind(("", 2020))
    server.listen()
    dial(station, 2020, peer)
    s, _ = server.accept()
    assert s.read(len(data)) == data
    assert ECHO
