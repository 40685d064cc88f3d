"""Receiving over TCP in buffer mode: QIRD, recv URCs, closed, buff full."""

from desk import (
    NASTY,
    POLLHUP,
    POLLIN,
    E,
    clock,
    drain,
    eq,
    manual,
    model,
    number_of,
    only,
    raises,
    run,
    settle,
    tcp,
    up,
)

ALL_BYTES = bytes(range(256))


@manual("2.1.5", "2.2.2", "4.1.3")
def test_recv():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"1234567890", 500)
    eq(s.recv(512), b"1234567890")
    assert b"AT+QIRD=0,512" in u.lines, u.lines


@manual("2.1.5")
def test_recv_gives_what_there_is_and_keeps_the_rest():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"1234567890")
    eq((s.recv(3), s.recv(3), s.recv(100)), (b"123", b"456", b"7890"))


@manual("2.1.5")
def test_payloads_that_look_like_protocol():
    nic, u = up()
    s = tcp(nic, u)
    for data in NASTY:
        u.m.recv(0, data)
        eq(s.recv(512), data)
    u.m.recv(0, ALL_BYTES * 2)
    eq(s.read(512), ALL_BYTES * 2)
    for size in (1, 2, 511, 512):
        u.m.recv(0, b"\n" * size)
        eq(s.read(size), b"\n" * size)
    eq(nic.status("registration"), 1)


@manual("2.1.5")
def test_many_segments_are_read_to_the_end():
    """A recv URC comes only when the buffer was empty: QIRD is repeated until +QIRD: 0."""
    nic, u = up()
    s = tcp(nic, u)
    data = b""
    for i in range(20):
        piece = bytes((i,)) * (37 * i % 300 + 1)
        data += piece
        u.m.recv(0, piece, 50 * i)
    eq(s.read(len(data)), data)
    s.setblocking(False)
    raises(OSError, E.EAGAIN, s.recv, 1)


@manual("2.1.5")
def test_a_segment_larger_than_a_read():
    nic, u = up()
    s = tcp(nic, u)
    data = ALL_BYTES * 5
    u.m.recv(0, data)
    eq(s.read(len(data)), data)


@manual("2.1.5")
def test_a_long_stream_stays_in_the_module_until_there_is_room():
    nic, u = up(piece=0)
    u.m.ok_ms = 2
    s = tcp(nic, u)
    data = ALL_BYTES * 24
    for i in range(0, len(data), 512):
        u.m.recv(0, data[i : i + 512])
    settle(nic, u)
    assert model(u).rx, "all of it taken in, where to?"
    eq(s.read(len(data)), data)
    eq(model(u).rx, [])


@manual("2.1.5")
def test_data_that_comes_during_a_read_or_a_send_is_not_forgotten():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"a")
    u.m.recv(0, b"b", 25)
    u.m.recv(0, b"c", 60)
    eq(s.read(3), b"abc")
    u.m.recv(0, b"during", 30)
    s.send(b"\x00binary")
    eq(s.read(6), b"during")


@manual("2.1.5")
def test_a_lost_urc_is_covered_every_20_s_while_someone_waits():
    nic, u = up()
    s = tcp(nic, u)
    model(u).rx.append(b"no URC for this")
    s.settimeout(60)
    start = clock.ms()
    eq(s.recv(64), b"no URC for this")
    assert 15_000 <= clock.ms() - start <= 25_000, clock.ms() - start


@manual("2.1.5")
def test_no_fallback_read_while_nobody_waits():
    nic, u = up()
    tcp(nic, u)
    u.clear()
    run(nic, 120_000)
    eq(u.lines, [])


@manual("2.2.1", "4.1.4")
def test_closed_with_data_unread():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"last words")
    u.m.closed(0, 1)
    run(nic, 20)
    settle(nic, u)
    eq(s.recv(4), b"last")
    eq(s.recv(64), b" words")
    eq((s.recv(64), s.recv(64), s.read(5)), (b"", b"", b""))
    settle(nic, u)
    eq((u.m.sockets, u.sent(b"AT+QICLOSE=0")), ({}, 1))
    lines = [x[:8] for x in u.lines]
    assert lines.index(b"AT+QIRD=") < lines.index(b"AT+QICLO")


@manual("2.2.1", "2.1.5")
def test_closed_with_more_unread_than_there_is_room():
    nic, u = up(piece=0)
    u.m.ok_ms = 2
    s = tcp(nic, u)
    data = ALL_BYTES * 16
    for i in range(0, len(data), 512):
        u.m.recv(0, data[i : i + 512])
    u.m.closed(0, 5)
    settle(nic, u)
    eq(drain(s), data)


@manual("2.2.1")
def test_closed_while_waiting():
    nic, u = up()
    s = tcp(nic, u)
    u.m.closed(0, 3000)
    eq(s.recv(64), b"")
    assert clock.ms() < 20_000


@manual("2.2.1", "2.1.5")
def test_closed_by_a_module_that_forgot_the_id_already():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"got this")
    settle(nic, u)
    u.m.sockets.clear()
    u.m.say('+QIURC: "closed",0')
    eq((s.recv(64), s.recv(64)), (b"got this", b""))
    settle(nic, u)
    tcp(nic, u).send(b"next works")


@manual("2.2.1")
def test_closed_twice_and_for_an_id_nobody_has():
    nic, u = up()
    s = tcp(nic, u)
    u.m.say('+QIURC: "closed",5')
    u.m.say('+QIURC: "closed",9')
    run(nic, 300)
    eq(s.send(b"x"), 1)
    u.m.closed(0)
    u.m.closed(0)
    eq(s.recv(1), b"")
    settle(nic, u)
    eq(u.sent(b"AT+QICLOSE=0"), 1)


@manual("2.2.3")
def test_buff_full_is_told_counted_and_read():
    nic, u = up()
    s = tcp(nic, u)
    seen = []
    nic.on("full", seen.append)
    model(u).rx.append(b"stored")
    u.m.say('+QIURC: "recv",0,"buff full"')
    eq(s.recv(64), b"stored")
    eq(seen, [s])
    assert 1 in nic.status("counters").values()


@manual("2.1.5", "2.1.12", "3")
def test_error_to_a_read():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+QIRD=0*", b"\r\nERROR\r\n", times=-1)
    u.m.error = 559
    u.m.recv(0, b"x")
    e = raises(OSError, E.EIO, s.recv, 64)
    eq(e.code, 559)
    eq(nic.at("AT"), [])


@manual("2.1.5")
def test_a_lost_byte_in_payload_is_eio_on_that_socket_only():
    nic, u = up()
    s, other = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    u.on(b"AT+QIRD=0*", b"\r\n+QIRD: 10\r\n123456789\r\n\r\nOK\r\n")
    u.m.recv(0, b"1234567890")
    u.m.recv(1, b"for the other", 4000)
    start = clock.ms()
    raises(OSError, E.EIO, s.recv, 64)
    assert clock.ms() - start < 15_000
    eq(other.recv(64), b"for the other")
    eq(other.send(b"fine"), 4)
    settle(nic, u)
    assert 0 not in u.m.sockets, "the broken socket is closed"
    tcp(nic, u, ("220.18.39.22", 3)).send(b"next works")


@manual("2.1.5")
def test_an_added_byte_in_payload_is_eio_on_that_socket_only():
    nic, u = up()
    s, other = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    u.on(b"AT+QIRD=0*", b"\r\n+QIRD: 10\r\n1234567890x\r\n\r\nOK\r\n")
    u.m.recv(0, b"1234567890")
    raises(OSError, E.EIO, s.recv, 64)
    u.m.recv(1, b"for the other")
    eq(other.recv(64), b"for the other")


@manual("2.1.5")
def test_a_payload_that_stalls_is_eio_and_next_works():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+QIRD=0*", b"\r\n+QIRD: 500\r\nonly this")
    u.m.recv(0, b"x")
    start = clock.ms()
    raises(OSError, E.EIO, s.recv, 64)
    assert clock.ms() - start < 30_000
    settle(nic, u, 1000)
    t = tcp(nic, u, ("220.18.39.22", 2))
    t.settimeout(10)
    eq(t.send(b"next works"), 10)


@manual("2.1.5")
@only("p0")
def test_lengths_that_lie():
    nic, u = up()
    for head in (b"+QIRD: 513", b"+QIRD: 99999999999", b"+QIRD: -1", b"+QIRD: x", b"+QIRD:"):
        s = tcp(nic, u)
        s.settimeout(60)
        u.on(b"AT+QIRD=*", b"\r\n" + head + b"\r\nab\r\n\r\nOK\r\n")
        u.m.say('+QIURC: "recv",%d' % int(u.m.open_lines[-1].split(",")[1]))
        raises(OSError, None, s.recv, 64)
        s.close()
        settle(nic, u, 1000)
    tcp(nic, u).send(b"next works")


def test_timeouts_and_non_blocking():
    nic, u = up()
    s = tcp(nic, u)
    s.settimeout(2)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, s.recv, 1)
    assert 1900 <= clock.ms() - start <= 2500
    raises(OSError, E.ETIMEDOUT, s.recv_into, bytearray(4))
    s.settimeout(0)
    start = clock.ms()
    raises(OSError, E.EAGAIN, s.recv, 1)
    eq((s.read(1), s.readinto(bytearray(4)), s.readline()), (None, None, None))
    assert clock.ms() - start <= 50
    s.setblocking(True)
    u.m.recv(0, b"late", 200_000)
    eq(s.recv(9), b"late")


def test_a_short_recv_timeout_loses_nothing():
    """The engine keeps the read it started; the bytes are there for the next call."""
    nic, u = up()
    u.m.ok_ms = 900
    s = tcp(nic, u)
    s.settimeout(0.3)
    u.m.recv(0, b"patience")
    got, waits = b"", 0
    while len(got) < 8:
        try:
            got += s.recv(64)
        except OSError as e:
            eq(number_of(e), E.ETIMEDOUT)
            waits += 1
    eq(got, b"patience")
    assert 0 < waits < 30


def test_recv_into_and_poll_flags():
    nic, u = up()
    s = tcp(nic, u)
    buf = bytearray(8)
    assert not s.ioctl(3, POLLIN) & POLLIN
    u.m.recv(0, b"abcdef")
    settle(nic, u)
    assert s.ioctl(3, POLLIN) & POLLIN
    eq((s.recv_into(buf, 4), bytes(buf[:4])), (4, b"abcd"))
    eq((s.recv_into(memoryview(buf)[6:]), bytes(buf)), (2, b"abcd\0\0ef"))
    u.m.closed(0)
    settle(nic, u)
    assert s.ioctl(3, POLLIN | POLLHUP) & POLLIN, "end of stream is readable"
    eq(s.recv_into(buf), 0)


def test_six_sockets_at_once():
    nic, u = up()
    socks = [tcp(nic, u, ("220.18.39.22", port)) for port in range(1, 7)]
    for i in range(6):
        u.m.recv(i, b"to %d" % i)
    for m in sorted(u.m.sockets):
        s = [x for x in socks if u.m.sockets[m].port == socks.index(x) + 1][0]
        eq(s.recv(64), b"to %d" % m)


def test_errors_to_reads_are_counted_for_each_socket_alone():
    nic, u = up()
    socks = [tcp(nic, u, ("220.18.39.22", 1 + i)) for i in range(4)]
    for i in range(4):
        u.on(b"AT+QIRD=%d*" % i, b"\r\nERROR\r\n")
    u.m.error = 559
    for i in range(4):
        u.m.recv(i, b"for %d" % i)
    settle(nic, u, 1000)
    eq([s.recv(64) for s in socks], [b"for %d" % i for i in range(4)])


def test_an_unknown_urc_between_the_data_of_a_read_and_its_ok():
    for urc in (b"\r\n+XYZ: 1,2\r\n", b'\r\n+QIURC: "pdpdeact",1\r\n', b"\r\n+CSCON: 1\r\n"):
        nic, u = up()
        s = tcp(nic, u)
        u.on(b"AT+QIRD=0*", b"\r\n+QIRD: 4\r\ndata\r\n" + urc + b"\r\nOK\r\n")
        u.push(b'\r\n+QIURC: "recv",0\r\n')
        eq(s.recv(64), b"data")
        u.m.recv(0, b"more")
        eq(s.recv(64), b"more")
