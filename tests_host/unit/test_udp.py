"""Datagrams: borders, sizes, sendto, recvfrom, UDP SERVICE."""

from desk import (
    NASTY,
    E,
    clock,
    eq,
    manual,
    model,
    only,
    raises,
    refuses,
    run,
    settle,
    sid,
    udp,
    up,
)

PEER = ("220.18.39.22", 8084)
OTHER = ("220.18.39.23", 9000)


@manual("2.1.1", "2.1.4", "4.4")
def test_connect_send_recv():
    nic, u = up()
    s = udp(nic, u, PEER)
    p = u.m.open_lines[-1].split(",")
    eq((p[2], p[3], p[4]), ('"UDP"', '"220.18.39.22"', "8084"))
    eq(s.send(b"1234567890"), 10)
    u.m.recv(0, b"answer")
    eq(s.recv(64), b"answer")


def test_borders_are_kept():
    nic, u = up()
    s = udp(nic, u)
    for i in range(5):
        u.m.recv(0, bytes((i,)) * (i + 1), i * 10)
    settle(nic, u)
    eq([s.recv(512) for _ in range(5)], [bytes((i,)) * (i + 1) for i in range(5)])
    for i in range(5):
        s.send(b"\x00" * (i + 1))
    eq([len(x) for x in model(u).sent], [1, 2, 3, 4, 5])


def test_a_datagram_longer_than_asked_for_loses_its_rest():
    nic, u = up()
    s = udp(nic, u)
    u.m.recv(0, b"0123456789")
    u.m.recv(0, b"next", 10)
    eq((s.recv(4), s.recv(64)), (b"0123", b"next"))
    u.m.recv(0, b"0123456789")
    u.m.recv(0, b"next", 10)
    buf = bytearray(4)
    eq((s.recv_into(buf), bytes(buf), s.recvfrom(64)[0]), (4, b"0123", b"next"))


@manual("2.1.5", "2.1.11")
def test_a_datagram_over_512_bytes_loses_its_rest():
    nic, u = up()
    s = udp(nic, u)
    u.m.recv(0, b"a" * 600)
    u.m.recv(0, b"next", 10)
    settle(nic, u)
    assert s.recv(1024) in (b"a" * 512, b"a" * 600)
    eq(s.recv(64), b"next")


@manual("2.1.4")
def test_sizes():
    nic, u = up()
    s = udp(nic, u)
    eq(s.send(b"\xff" * 512), 512)
    size = len(u.tx)
    raises(OSError, E.EMSGSIZE, s.send, b"x" * 513)
    raises(OSError, E.EINVAL, s.send, b"")
    raises(OSError, E.EINVAL, s.sendto, b"", PEER)
    raises(OSError, E.EMSGSIZE, s.sendto, b"x" * 1000, PEER)
    eq(len(u.tx), size)


@only("p0", "native")
def test_every_size():
    nic, u = up()
    u.m.ok_ms = u.m.send_ms = 1
    s = udp(nic, u)
    for n in range(1, 513):
        data = bytes((n * i) % 251 for i in range(n))
        s.send(data)
        u.m.recv(0, data)
        eq(s.recv(600), data)
    eq([len(x) for x in model(u).sent], list(range(1, 513)))


def test_payloads_that_look_like_protocol():
    nic, u = up()
    s = udp(nic, u)
    for data in NASTY:
        s.send(data)
        u.m.recv(0, data)
        eq(s.recv(64), data)
    eq(model(u).sent, list(NASTY))


def test_sendto_opens_and_recvfrom_tells_the_sender():
    nic, u = up()
    s = nic.socket(2, 2)
    eq(s.sendto(b"hello", PEER), 5)
    eq(len(u.m.open_lines), 1)
    eq(s.sendto(b"again", PEER), 5)
    eq(len(u.m.open_lines), 1)
    u.m.recv(sid(u), b"answer")
    eq(s.recvfrom(64), (b"answer", PEER))


def test_sendto_another_peer_reopens():
    nic, u = up()
    s = nic.socket(2, 2)
    s.sendto(b"one", PEER)
    first = model(u)
    s.sendto(b"two", OTHER)
    eq((first.sent, model(u).sent), ([b"one"], [b"two"]))
    eq((model(u).ip, model(u).port), OTHER)
    settle(nic, u)
    eq(len(u.m.sockets), 1)


def test_each_datagram_keeps_its_sender():
    """What is unread is fetched before the socket goes to another peer."""
    nic, u = up()
    s = nic.socket(2, 2)
    s.sendto(b"one", PEER)
    u.m.recv(sid(u), b"from one")
    u.m.recv(sid(u), b"from one too")
    settle(nic, u, 10)
    s.sendto(b"two", OTHER)
    u.m.recv(sid(u), b"from two")
    got = [s.recvfrom(64) for _ in range(3)]
    eq(got, [(b"from one", PEER), (b"from one too", PEER), (b"from two", OTHER)])


def in_two_reads(u, first, between=b""):
    """A datagram of which QIRD's lost digit gives 12 bytes at first."""
    u.on(b"AT+QIRD=0,512", between + b"\r\n+QIRD: 11,0\r\nno quote 18\r\n\r\nOK\r\n")
    u.on(b"AT+QIRD=0,512", b"\r\n+QIRD: 12,11\r\n" + first + b"\r\n\r\nOK\r\n")
    u.push(b'\r\n+QIURC: "recv",0\r\n')


@manual("2.1.5")
def test_a_line_between_two_reads_of_a_datagram():
    nic, u = up()
    s = udp(nic, u)
    in_two_reads(u, b"plain text, ", b"\r\n+CSCON: 0\r\n")
    eq(s.recv(64), b"plain text, no quote 18")


@manual("2.1.5")
def test_a_datagram_whose_first_half_lost_a_byte_is_dropped_in_whole():
    nic, u = up()
    s = udp(nic, u)
    in_two_reads(u, b"plain text,")
    settle(nic, u, 5000)
    u.m.recv(0, b"the next")
    eq(s.recv(64), b"the next")


@manual("2.1.5")
def test_a_header_that_promises_more_of_a_datagram_than_comes():
    """A digit was changed on the UART: what came of it is dropped, and the next one is whole."""
    nothing, more = b"\r\n+QIRD: 0\r\n\r\nOK\r\n", b"\r\n+QIRD: 4,0\r\nnext\r\n\r\nOK\r\n"
    for second in (nothing, more):
        nic, u = up()
        s = udp(nic, u)
        u.on(b"AT+QIRD=0,512", second)
        u.on(b"AT+QIRD=0,512", b"\r\n+QIRD: 5,8\r\nwrong\r\n\r\nOK\r\n")
        u.push(b'\r\n+QIURC: "recv",0\r\n')
        settle(nic, u)
        if second == nothing:
            u.m.recv(0, b"next")
        eq((s.recv(3), nic.status("counters")["damaged"]), (b"nex", 1))
        u.m.recv(0, b"and another")
        eq(s.recv(64), b"and another")


@manual("2.1.1", "3")
def test_a_reopen_that_fails_loses_nothing_that_was_unread():
    nic, u = up()
    s = nic.socket(2, 2)
    s.sendto(b"one", PEER)
    u.m.recv(sid(u), b"from one")
    settle(nic, u, 10)
    for peer in (OTHER, OTHER, PEER):
        u.m.open_error = 565
        raises(OSError, E.ENOENT, s.sendto, b"two", peer)
    eq(s.recvfrom(64), (b"from one", PEER))
    raises(OSError, E.ENOENT, s.recvfrom, 64)
    s.sendto(b"two", OTHER)
    u.m.recv(sid(u), b"from two")
    eq((model(u).sent, s.recvfrom(64)), ([b"two"], (b"from two", OTHER)))
    s.close()
    settle(nic, u)
    eq(u.m.sockets, {})


@manual("2.1.4")
def test_a_send_fail_that_comes_while_the_socket_turns_is_told():
    nic, u = up()
    s = udp(nic, u)
    s.settimeout(1)
    u.on(b"AT+QISEND*", b"\r\nOK\r\n")
    eq(s.send(b"abc"), 3)
    s.settimeout(30)
    u.push(b"\r\nSEND FAIL\r\n", 500)
    raises(OSError, E.EIO, s.sendto, b"def", OTHER)
    s.sendto(b"def", OTHER)
    eq(model(u).sent, [b"def"])


@manual("2.1.4")
def test_a_send_fail_is_told_before_the_socket_turns_to_another_peer():
    nic, u = up()
    s = nic.socket(2, 2)
    s.sendto(b"one", PEER)
    s.setblocking(False)
    u.m.sends_fail = 1
    s.sendto(b"lost", PEER)
    settle(nic, u)
    raises(OSError, None, s.sendto, b"two", OTHER)
    s.settimeout(10)
    s.sendto(b"two", OTHER)
    eq(model(u).sent, [b"two"])


@manual("2.1.1")
def test_a_local_port_stays_through_a_reopen():
    nic, u = up()
    s = nic.socket(2, 2)
    s.bind(("", 5000))
    s.sendto(b"one", PEER)
    s.sendto(b"two", OTHER)
    eq([line.split(",")[5] for line in u.m.open_lines], ["5000", "5000"])


@manual("2.1.1", "4.5.1", "4.5.2", "4.5.3")
def test_udp_service():
    nic, u = up()
    s = nic.socket(2, 2)
    s.bind(("", 2020))
    u.m.ok_ms = 30
    u.at(3000, lambda: u.m.recv(sid(u), b"AAAA"))
    eq(s.recvfrom(64), (b"AAAA", ("", 0)))
    p = u.m.open_lines[-1].split(",")
    eq((p[2], p[5]), ('"UDP SERVICE"', "2020"))
    eq(p[3], '"100.127.243.105"')
    size = len(u.tx)
    raises(OSError, E.ENOTCONN, s.send, b"cannot")
    raises(OSError, E.EOPNOTSUPP, s.sendto, b"cannot", PEER)
    eq(len(u.tx), size)
    s.close()
    settle(nic, u)
    eq(u.m.sockets, {})


@manual("2.1.1", "2.1.12")
def test_udp_service_refused():
    nic, u = up()
    for refusal in (555, 552, 572, 0):
        u.m.error = refusal
        u.on(b"AT+QIOPEN=*", b"\r\nERROR\r\n", times=-1)
        s = nic.socket(2, 2)
        s.bind(("", 2020))
        raises(OSError, E.EOPNOTSUPP, s.recvfrom, 64)
        s.close()
        settle(nic, u)


@manual("4.5.2")
def test_udp_service_data_under_another_id():
    nic, u = up()
    s = nic.socket(2, 2)
    s.bind(("", 2020))
    s.settimeout(30)
    u.on(b"AT+QIRD=2,*", b"\r\n+QIRD: 4,0\r\nAAAA\r\n\r\nOK\r\n")
    u.on(b"AT+QIRD=2,*", b"\r\n+QIRD: 0\r\n\r\nOK\r\n")
    u.rules.insert(0, u.rules.pop(1))
    u.m.say('+QIURC: "recv",2', 2000)
    eq(s.recvfrom(64), (b"AAAA", ("", 0)))


def test_unbound_and_unconnected():
    nic, u = up()
    s = nic.socket(2, 2)
    raises(OSError, None, s.send, b"x")
    s.setblocking(False)
    raises(OSError, None, s.recv, 1)


@manual("2.1.4")
def test_send_ok_that_never_comes_is_not_repeated():
    nic, u = up()
    s = udp(nic, u)
    u.on(b"AT+QISEND=0*", b"\r\nOK\r\n")
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, s.send, b"maybe")
    assert 59_000 <= clock.ms() - start <= 65_000
    start = clock.ms()
    eq(s.send(b"later"), 5)  # no other send within 60 s more
    assert 55_000 <= clock.ms() - start <= 65_000, clock.ms() - start
    eq(model(u).sent, [b"later"])


@manual("2.1.4")
def test_a_late_send_ok_of_a_datagram_opens_the_way():
    nic, u = up()
    s = udp(nic, u)
    u.on(b"AT+QISEND=0*", b"\r\nOK\r\n")
    raises(OSError, E.ETIMEDOUT, s.send, b"maybe")
    u.push(b"\r\nSEND OK\r\n", 5000)
    start = clock.ms()
    eq(s.send(b"later"), 5)
    assert clock.ms() - start < 10_000


@manual("2.1.4")
def test_send_fail():
    nic, u = up()
    s = udp(nic, u)
    u.m.sends_fail = 1
    try:
        s.send(b"x")
        eq(model(u).sent, [b"x"])
    except OSError:
        eq(model(u).sent, [])
    eq(s.send(b"y"), 1)


@manual("2.1.11")
def test_only_the_length_display_is_written_and_only_once():
    nic, u = up()
    udp(nic, u)
    eq((u.m.show, u.m.view, u.m.hex), (1, 0, 0))
    size = u.sent(b'AT+QICFG="showlength",1')
    udp(nic, u, OTHER)
    eq((size, u.sent(b'AT+QICFG="showlength",1')), (1, 1))


@manual("2.1.11")
def test_nothing_is_written_when_the_module_has_it_already():
    nic, u = up()
    u.m.show = 1
    udp(nic, u)
    eq(u.sent(b'AT+QICFG="showlength",1'), 0)


@manual("2.1.1", "2.1.3")
def test_a_peer_that_lost_a_digit_on_the_uart_is_eio():
    nic, u = up()
    for wrong in ("220.18.39.2", "20.18.39.22"):
        command = u.m.command
        u.m.command = lambda line, wrong=wrong, command=command: command(
            line.replace(b"220.18.39.22", wrong.encode()) if b"QIOPEN" in line else line
        )
        s = nic.socket(2, 2)
        e = raises(OSError, E.EIO, s.connect, PEER)
        assert e.command == "AT+QIOPEN"
        u.m.command = command
        s.connect(PEER)
        eq(s.send(b"x"), 1)
        s.close()
        settle(nic, u)
    eq(u.m.sockets, {})


def test_bad_peer_of_sendto_sends_nothing():
    nic, u = up()
    s = udp(nic, u)
    refuses(u, (ValueError, TypeError), s.sendto, b"x", ("h", 0))
    run(nic, 10)
