"""Sending over TCP: forms, cutting, failures."""

from desk import (
    NASTY,
    PEER,
    POLLOUT,
    E,
    clock,
    eq,
    manual,
    model,
    only,
    raises,
    run,
    settle,
    tcp,
    udp,
    until,
    up,
)

ALL_BYTES = bytes(range(256))
PLAIN = bytes(b for b in range(0x20, 0x7F) if b != 0x22)


@manual("2.1.4", "4.1.2")
def test_plain_text_goes_inline():
    nic, u = up()
    s = tcp(nic, u)
    eq(s.send(b"1234567890"), 10)
    assert b'AT+QISEND=0,10,"1234567890"' in u.lines, u.lines
    eq(model(u).sent, [b"1234567890"])
    eq(s.send(PLAIN), len(PLAIN))
    eq((model(u).sent[1], u.payloads), (PLAIN, []))


@manual("2.1.4")
def test_every_other_byte_goes_by_prompt():
    nic, u = up()
    s = tcp(nic, u)
    for byte in (0x00, 0x1A, 0x1B, 0x1F, 0x22, 0x7F, 0x80, 0xFF):
        data = b"ab" + bytes((byte,))
        eq(s.send(data), 3)
        eq(u.payloads[-1], data)
        assert b"AT+QISEND=0,3" in u.lines[-2:], u.lines
        eq(model(u).sent[-1], data)


@manual("2.1.4")
def test_a_rest_behind_a_prompts_payload_is_told():
    """A byte that was added on the UART stands in front of the next command: AT tells."""
    nic, u = up()
    for early in (False, True):
        s, other = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
        u.m.send_ms = 0 if early else 500
        u.on(b"AT", b"\r\nERROR\r\n", delay_ms=100)
        e = raises(OSError, E.EIO, s.send, b"\x00data")
        eq((e.code, e.command), (None, "AT+QISEND"))
        eq((other.send(b"\x00fine"), model(u).sent), (5, [b"\x00fine"]))
        s.close()
        other.close()
        settle(nic, u)


@manual("2.1.4", "2.1.6")
def test_what_needs_no_looking_after():
    """Inline the module counts itself. A rest that is a line end could not be seen: it goes as
    hex."""
    nic, u = up()
    s, d = tcp(nic, u), udp(nic, u, ("220.18.39.22", 2))
    u.clear()
    s.send(b"inline")
    s.send(b"\x00 line\r\n")
    eq(u.lines[-1], b'AT+QISENDEX=0,8,"00206C696E650D0A"')
    eq((u.lines.count(b"AT"), u.payloads), (0, []))
    long = bytes(300) + b"\n"
    s.send(long)
    d.send(long)
    eq((u.m.sockets[0].sent[2:], u.m.sockets[1].sent), ([long], [long]))
    eq(u.payloads, [long.hex().upper().encode()] * 2)


@manual("2.1.4")
def test_payloads_that_look_like_protocol():
    nic, u = up()
    s = tcp(nic, u)
    for data in NASTY:
        eq(s.send(data), len(data))
    eq(model(u).sent, list(NASTY))


@manual("2.1.6", "2.1.11")
def test_hex_sends_with_qisendex():
    nic, u = up(hex=True)
    s = tcp(nic, u)
    eq(s.send(ALL_BYTES), 256)
    eq(s.send(b"01234"), 5)
    assert u.sent(b"AT+QISENDEX=0,") >= 2 and not u.sent(b"AT+QISEND=")
    eq(b"".join(model(u).sent), ALL_BYTES + b"01234")
    u.m.recv(0, b"\r\nOK\r\n\x00\xff")
    eq(s.recv(64), b"\r\nOK\r\n\x00\xff")


@manual("2.1.4")
def test_long_writes_are_cut_to_512():
    nic, u = up()
    s = tcp(nic, u)
    data = ALL_BYTES * 5 + b"tail"
    eq(s.write(data), len(data))
    sizes = [len(x) for x in model(u).sent]
    eq((b"".join(model(u).sent), max(sizes)), (data, 512))
    eq(len(sizes), 3)
    s.sendall(b"x" * 1025)
    eq(b"".join(model(u).sent), data + b"x" * 1025)


@manual("2.1.4")
def test_send_returns_how_much_was_taken():
    nic, u = up()
    s = tcp(nic, u)
    data = ALL_BYTES * 8
    n = s.send(data)
    assert 0 < n <= len(data)
    settle(nic, u)
    eq(b"".join(model(u).sent), data[:n])


def test_kinds_of_buffers():
    nic, u = up()
    s = tcp(nic, u)
    s.write(bytearray(b"one"))
    s.write(memoryview(b"-two-")[1:4])
    eq(s.write(b"three...", 5), 5)
    eq(s.write(b"..four", 2, 4), 4)
    eq(s.write(b""), 0)
    eq(b"".join(model(u).sent), b"onetwothreefour")


@manual("2.1.4")
def test_a_doubled_cr_that_fills_the_prompt_of_one_byte_is_told():
    """The module has its byte, and says so, before ours was sent."""
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+QISEND=0,1", b"\r\n> ", b"\r\nOK\r\n", gap_ms=1)
    u.push(b"\r\nSEND OK\r\n", 200)
    raises(OSError, E.EIO, s.send, b"\x00")


@manual("2.1.4", "4.2.2")
def test_data_wait_5_ms_from_the_prompt():
    """Some modules lose what comes sooner; `ticks_ms` alone would give them 4."""
    for shift in range(0, 1000, 90):
        nic, u = up()
        s = tcp(nic, u)
        clock.advance(shift)
        prompted, started, write = [], [], u.write

        def ask(prompted=prompted, u=u):
            prompted.append(clock.us)
            u.push(b"\r\n> ")

        def watched(*args, prompted=prompted, started=started, write=write):
            if prompted:
                started.append(clock.us)
            return write(*args)

        u.on(b"AT+QISEND=0,4", b"", raw=4, then=b"\r\nOK\r\n\r\nSEND OK\r\n")
        u.at(30, ask)
        u.write = watched
        s.send(b"\x00\x01\x02\x03")
        assert 5000 <= started[0] - prompted[0] <= 12_000, started[0] - prompted[0]


@manual("2.1.4")
def test_a_prompt_without_a_space_or_with_a_line_end():
    nic, u = up()
    s = tcp(nic, u)
    for prompt in (b"\r\n>", b"\r\n> ", b"\r\n>\r\n", b">"):
        rule = u.on(b"AT+QISEND=0,4", prompt, raw=4, then=b"\r\nOK\r\n\r\nSEND OK\r\n")
        eq(s.send(b"\r\x00> "), 4)
        eq(rule.payload, b"\r\x00> ")


@manual("2.1.4")
def test_ok_and_send_ok_glued_or_far_apart():
    nic, u = up()
    s = tcp(nic, u)
    for answers in (
        (b"\r\nOK\r\n\r\nSEND OK\r\n",),
        (b"\r\nOK\r\nSEND OK\r\n",),
        (b"\r\nOK\r\n", b"", b"\r\nSEND OK\r\n"),
    ):
        u.on(b"AT+QISEND=0,2*", *answers, delay_ms=700)
        eq(s.send(b"ab"), 2)


@manual("2.1.4")
def test_a_blocking_send_waits_for_send_ok():
    nic, u = up()
    s = tcp(nic, u)
    u.m.send_ms = 30_000
    start = clock.ms()
    eq(s.send(b"x"), 1)
    assert clock.ms() - start >= 30_000
    eq(u.sent(b"AT+QISEND"), 1)


@manual("2.1.4")
def test_one_send_is_outstanding_the_rest_wait_their_turn():
    nic, u = up()
    a, b = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    u.m.send_ms = 2000
    a.setblocking(False)
    b.setblocking(False)
    eq(a.send(b"first"), 5)
    b.write(b"second")  # taken, or None
    run(nic, 1500)
    eq(u.sent(b"AT+QISEND"), 1)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])  # other commands meanwhile
    settle(nic, u, 3000)
    b.setblocking(True)
    if not u.m.sockets[1].sent:
        b.send(b"second")
    eq(sorted(x.sent for x in u.m.sockets.values()), [[b"first"], [b"second"]])
    eq(u.m.error, 0)


@manual("2.1.4")
def test_send_fail_means_not_taken_and_is_tried_again():
    nic, u = up()
    s = tcp(nic, u)
    u.m.sends_fail = 3
    eq(s.send(b"precious"), 8)
    eq((model(u).sent, u.sent(b"AT+QISEND")), ([b"precious"], 4))


@manual("2.1.4")
def test_send_fail_for_ever_ends_at_the_deadline():
    nic, u = up()
    s = tcp(nic, u)
    u.m.sends_fail = 1 << 20
    start = clock.ms()
    raises(OSError, None, s.send, b"precious")
    assert clock.ms() - start < 70_000
    u.m.sends_fail = 0
    tcp(nic, u, ("220.18.39.22", 7)).send(b"next works")


@manual("2.1.4")
def test_send_ok_that_never_comes():
    """Nothing is repeated; the socket is finished; no other send starts before its CLOSE OK."""
    nic, u = up()
    s, other = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    u.on(b"AT+QISEND=0*", b"\r\nOK\r\n")
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, s.send, b"maybe")
    assert 59_000 <= clock.ms() - start <= 65_000
    eq(u.sent(b"AT+QISEND=0"), 1)
    raises(OSError, None, s.send, b"more")
    eq(other.send(b"x"), 1)
    eq((u.sent(b"AT+QISEND=0"), u.m.sockets[1].sent), (1, [b"x"]))
    order = [x[:11] for x in u.lines if x[:10] in (b"AT+QICLOSE", b"AT+QISEND=")]
    eq(order, [b"AT+QISEND=0", b"AT+QICLOSE=", b"AT+QISEND=1"])


@manual("2.1.4")
def test_a_late_send_ok_is_not_taken_for_another_sends():
    nic, u = up()
    s, other = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    u.on(b"AT+QISEND=0*", b"\r\nOK\r\n")
    u.on(b"AT+QICLOSE=0", b"\r\nOK\r\n", b"\r\nSEND OK\r\n", b"\r\nCLOSE OK\r\n", delay_ms=900)
    raises(OSError, E.ETIMEDOUT, s.send, b"maybe")
    u.m.sends_fail = 1
    eq(other.send(b"x"), 1)
    eq((u.sent(b"AT+QISEND=1"), u.m.sockets[1].sent), (2, [b"x"]))


@manual("2.1.4")
def test_a_timeout_shortens_only_the_callers_wait():
    nic, u = up()
    s = tcp(nic, u)
    u.m.send_ms = 20_000
    s.settimeout(2)
    start = clock.ms()
    eq(s.send(b"once"), 4)  # all of it was taken: no time-out
    assert clock.ms() - start < 3000
    raises(OSError, E.ETIMEDOUT, s.sendall, bytes(600))
    assert clock.ms() - start < 5000
    s.settimeout(60)
    eq(s.send(b"again"), 5)
    sent = b"".join(model(u).sent)
    eq((sent[:4], sent[-5:]), (b"once", b"again"))
    assert len(sent) < 4 + 600 + 5


@manual("2.1.4", "2.1.12", "3")
def test_error_to_a_send_carries_the_modules_code():
    nic, u = up()
    s = tcp(nic, u)
    u.m.error = 558
    u.on(b"AT+QISEND=0*", b"\r\nERROR\r\n")
    e = raises(OSError, E.EIO, s.send, b"x")
    eq(e.code, 558)
    assert e.command.startswith("AT+QISEND"), e.command


@manual("2.1.4")
def test_error_instead_of_a_prompt_and_after_the_payload():
    nic, u = up()
    s = tcp(nic, u)
    u.m.error = 567
    u.on(b"AT+QISEND=0,2", b"\r\nERROR\r\n")
    raises(OSError, E.ENOTCONN, s.send, b"\x00\x01")
    s = tcp(nic, u, ("220.18.39.22", 2))
    u.m.error = 567
    rule = u.on(b"AT+QISEND=*", b"\r\n> ", raw=2, then=b"\r\nERROR\r\n")
    raises(OSError, E.ENOTCONN, s.send, b"\x00\x01")
    eq(rule.payload, b"\x00\x01")
    tcp(nic, u, ("220.18.39.22", 3)).send(b"\x00next works")


@manual("2.1.4")
def test_a_prompt_that_never_comes_is_bounded_and_recovers():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+QISEND=0,2")
    start = clock.ms()
    try:
        s.send(b"\x00\x01")
    except OSError:
        pass
    assert clock.ms() - start < 70_000
    settle(nic, u, 3000)
    tcp(nic, u, ("220.18.39.22", 3)).send(b"\x00next works")


@only("p0", "native")
def test_a_uart_that_takes_little_or_nothing():
    nic, u = up()
    s = tcp(nic, u)
    u.max_write, u.refuse = 3, 5
    eq(s.write(ALL_BYTES), 256)
    eq(s.write(PLAIN), len(PLAIN))
    eq(b"".join(model(u).sent), ALL_BYTES + PLAIN)


def test_non_blocking_write_takes_what_fits_then_none():
    nic, u = up()
    s = tcp(nic, u)
    s.setblocking(False)
    total = 0
    while True:
        n = s.write(b"x" * 100)
        if n is None:
            break
        assert 0 < n <= 100
        total += n
    assert total
    raises(OSError, E.EAGAIN, s.send, b"x")
    assert not s.ioctl(3, POLLOUT) & POLLOUT
    until(nic, lambda: s.ioctl(3, POLLOUT) & POLLOUT)
    settle(nic, u)
    eq(b"".join(model(u).sent), b"x" * total)


def test_close_waits_for_the_unsent_data_of_a_blocking_socket():
    nic, u = up()
    s = tcp(nic, u)
    s.setblocking(False)
    s.send(b"last words")
    s.setblocking(True)
    s.close()
    settle(nic, u)
    lines = [x[:10] for x in u.lines]
    assert lines.index(b"AT+QISEND=") < lines.index(b"AT+QICLOSE")
    eq(u.m.sockets, {})


@manual("2.1.4")
def test_echo_of_the_command_and_of_the_payload():
    nic, u = up()
    s = tcp(nic, u)
    data = b"\x00\r\nOK\r\n."
    u.on(
        b"AT+QISEND=0,8", b"AT+QISEND=0,8\r\r\n> ", raw=8,
        then=data + b"\r\nOK\r\n\r\nSEND OK\r\n",
    )  # fmt: skip
    eq(s.send(data), 8)


def test_send_to_a_socket_the_peer_closed():
    nic, u = up()
    s = tcp(nic, u)
    u.m.closed(0)
    run(nic, 200)
    raises(OSError, None, s.send, b"x")
    tcp(nic, u, PEER).send(b"next works")


@manual("2.1.2", "2.1.4")
def test_a_non_blocking_socket_closed_with_data_to_send():
    """What it took goes out before QICLOSE, and holds nobody else up."""
    nic, u = up()
    s, other = tcp(nic, u), tcp(nic, u, ("220.18.39.22", 2))
    s.setblocking(False)
    eq(s.write(b"last words"), 10)
    s.close()
    eq(other.send(b"\x00next"), 5)
    settle(nic, u)
    log = bytes(u.tx)
    assert 0 <= log.find(b"last words") < log.find(b"AT+QICLOSE=0"), log
