"""URCs anywhere, unknown lines, noise: the UART input is never thrown away."""

from desk import E, clock, eq, manual, model, number_of, only, raises, run, settle, tcp, udp, up

RECV = b'\r\n+QIURC: "recv",0\r\n'


def total(nic):
    return sum(n for n in nic.status("counters").values() if isinstance(n, int))


@manual("2.2", "2.1.4")
def test_urc_between_ok_and_send_ok_and_before_ok_and_before_the_prompt():
    nic, u = up()
    s = tcp(nic, u)
    ends = b"\r\nOK\r\n", b"\r\nSEND OK\r\n"
    for answers in (
        (RECV + ends[0] + ends[1],),
        (ends[0] + RECV + ends[1],),
        (ends[0] + ends[1] + RECV,),
        (b'\r\n+QIURC: "recv",0', ends[0] and b"\r\n" + ends[0], ends[1]),
    ):
        model(u).rx.append(b"data")
        u.on(b"AT+QISEND=0,3*", *answers)
        eq(s.send(b"abc"), 3)
        eq(s.recv(64), b"data")
    for prompt in (RECV + b"\r\n> ", b"\r\nRDX\r\n" + RECV + b"> ", b'+QIURC: "recv",0\r\n\r\n>'):
        model(u).rx.append(b"data")
        rule = u.on(b"AT+QISEND=0,3", prompt, raw=3, then=ends[0] + RECV + ends[1])
        eq(s.send(b"a\x00c"), 3)
        eq((rule.payload, s.recv(64)), (b"a\x00c", b"data"))


@manual("2.2", "2.1.5")
def test_urc_of_another_socket_around_a_read():
    nic, u = up()
    a, b = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    other = b'\r\n+QIURC: "recv",1\r\n'
    for answer in (
        other + b"\r\n+QIRD: 4\r\ntest\r\n\r\nOK\r\n",
        b"\r\n+QIRD: 4\r\ntest\r\n" + other + b"\r\nOK\r\n",
        b"\r\n+QIRD: 4\r\ntest\r\n\r\nOK\r\n" + other,
    ):
        u.m.sockets[1].rx.append(b"other")
        u.on(b"AT+QIRD=0*", answer)
        u.push(RECV)
        eq(a.recv(64), b"test")
        eq(b.recv(64), b"other")


@manual("2.2.1", "2.2.2")
def test_many_urcs_in_a_row_and_glued():
    nic, u = up()
    s = tcp(nic, u)
    model(u).rx.append(b"data")
    u.push(b'+QIURC: "recv",0\r\n+CEREG: 1\r\n+QIURC: "recv",0\r\n\r\n\r\n+FOO: 1\r\n' * 10)
    u.m.closed(0)
    eq((s.recv(64), s.recv(64)), (b"data", b""))


@manual("2.2")
def test_a_closed_urc_while_a_command_waits():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+CSQ", b'\r\n+QIURC: "closed",0\r\n\r\n+CSQ: 20,0\r\n\r\nOK\r\n')
    eq(nic.status("rssi"), -73)
    eq(s.recv(1), b"")


def test_a_urc_with_a_querys_prefix_does_not_answer_it():
    """`+CEREG: <stat>` alone is the URC, `+CEREG: <n>,<stat>` the reply."""
    nic, u = up()
    seen = []
    nic.on("registration", seen.append)
    u.on(b"AT+CEREG?", b"\r\n+CEREG: 2\r\n\r\n+CEREG: 1,5\r\n\r\nOK\r\n")
    eq(nic.status("registration"), 5)
    u.push(b"\r\n+CSQ: 31,0\r\n")
    run(nic, 100)
    eq(nic.status("rssi"), -73)


def test_a_reply_prefix_belongs_to_a_command_only_while_it_waits():
    nic, u = up()
    s = tcp(nic, u)
    u.push(b"\r\n+QIRD: 4\r\n")
    u.push(b'\r\n+QPING: 0,1.2.3.4,32,192,255\r\n\r\n+QNTP: 0,"18/04/20,11:08:20+32"\r\n', 50)
    run(nic, 200)
    u.m.recv(0, b"fine")
    eq(s.recv(64), b"fine")


def test_stray_results_answer_nobody():
    nic, u = up()
    s = tcp(nic, u)
    u.push(b"\r\nOK\r\n\r\nERROR\r\n\r\nSEND OK\r\n\r\nCLOSE OK\r\n\r\nSEND FAIL\r\n> ")
    run(nic, 100)
    u.m.sends_fail = 1
    eq(s.send(b"x"), 1)
    eq(model(u).sent, [b"x"])


def test_unknown_lines_are_told_and_counted():
    nic, u = up()
    seen = []
    nic.on("urc", seen.append)
    before = total(nic)
    u.push(b'\r\n+QNEWTHING: 1,"a"\r\n\r\nSMS READY\r\n')
    run(nic, 200)
    eq(seen, ['+QNEWTHING: 1,"a"', "SMS READY"])
    eq(total(nic) - before, 2)


def test_unknown_lines_that_are_not_text():
    nic, u = up()
    seen = []
    nic.on("urc", seen.append)
    u.push(b"\r\n\xff\xfe\x80\x00garbage\r\n\r\n+FINE: 1\r\n")
    run(nic, 200)
    eq((len(seen), seen[-1]), (2, "+FINE: 1"))


def test_an_overlong_line_is_dropped_to_its_end_and_counted():
    nic, u = up()
    s = tcp(nic, u)
    seen = []
    nic.on("urc", seen.append)
    before = total(nic)
    model(u).rx.append(b"data")
    u.push(b"\r\n" + b"x" * 5000 + b"OK\r\n" + RECV)
    run(nic, 7000)
    assert all(len(line) < 5000 for line in seen)
    assert total(nic) > before
    eq(s.recv(64), b"data")


@manual("2.2")
def test_malformed_urcs_break_nothing():
    nic, u = up()
    s = tcp(nic, u)
    for line in (
        "+QIURC: ", "+QIURC:", '+QIURC: "recv"', '+QIURC: "recv",', '+QIURC: "recv",x',
        '+QIURC: "recv",7', '+QIURC: "recv",-1', '+QIURC: "recv",0,"buff', '+QIURC: "incoming"',
        '+QIURC: "incoming",9,0,"a",1', '+QIURC: "incoming",2,7,"a"', '+QIURC: "closed"',
        '+QIURC: "dnsgip"', '+QIURC: "dnsgip",x', '+QIURC: "what",1', "+QIOPEN: ", "+QIOPEN: 9,9",
        "+QIOPEN: 0,0", "+QIOPEN: x,y", "+QPING:", "+QNTP: ", "+CEREG:", "+CEREG: x", "+CPIN", ">",
        "+QISTATE: 9", "+CME ERROR: x", "+QIURC: \"recv\",99999999999999999999999",
    ):  # fmt: skip
        u.m.say(line)
        run(nic, 40)
    settle(nic, u, 1000)
    eq(s.send(b"x"), 1)
    u.m.recv(0, b"fine")
    eq(s.recv(64), b"fine")


@manual("2.2.4")
def test_incoming_full_without_a_listener():
    nic, u = up()
    u.m.say('+QIURC: "incoming full"')
    run(nic, 200)
    tcp(nic, u).send(b"x")


def test_poll_returns_at_once_and_never_raises():
    nic, u = up()
    u.push(bytes(range(256)) * 8)
    for _ in range(3000):
        start = clock.ms()
        nic.poll()
        assert clock.ms() - start < 100
        clock.sleep_ms(1)
    settle(nic, u, 3000)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])


@manual("2.2.2")
def test_recv_with_a_length_in_buffer_mode():
    nic, u = up()
    u.m.show = 1
    s = tcp(nic, u)
    for size in (1, 12, 512):
        u.m.recv(0, b"z" * size)
        eq(s.read(size), b"z" * size)


@manual("2.2")
def test_more_or_fewer_empty_lines():
    nic, u = up()
    for answer in (
        b"+CSQ: 20,0\r\nOK\r\n",
        b"\r\n\r\n\r\n+CSQ: 20,0\r\n\r\n\r\n\r\nOK\r\n\r\n",
        b"\r\n+CSQ:20,0\r\n\r\nOK\r\n",
    ):
        u.on(b"AT+CSQ", answer)
        eq(nic.status("rssi"), -73)


def test_a_command_without_an_answer_times_out_and_the_next_works():
    nic, u = up()
    u.on(b"AT+CGSN=1")
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.at, "AT+CGSN=1", timeout_ms=1500)
    assert clock.ms() - start < 4000
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])


def test_a_late_read_answers_no_other_command():
    """Its OK is not the one of the command that looks for it."""
    nic, u = up(piece=0)
    s = tcp(nic, u)
    u.on(b"AT+QIRD=0*", b"\r\n+QIRD: 4\r\nlate\r\n\r\nOK\r\n", delay_ms=2350)
    u.on(b"AT+CSQ", b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n", delay_ms=200)
    u.on(b"AT+QICLOSE=0", b"\r\nERROR\r\n", delay_ms=20)
    u.on(b"AT+CGSN=1", b"\r\n+CGSN: 867723030000001\r\n\r\nOK\r\n", delay_ms=400)
    u.push(RECV)
    raises(OSError, E.EIO, s.recv, 4)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])


@only("p0")
def test_three_timeouts_in_a_row_are_a_silent_module():
    nic, u = up()
    s = udp(nic, u)
    u.mute = True
    u.at(8000, lambda: setattr(u, "mute", False))
    start = clock.ms()
    while u.mute:  # as the time-outs go on, a call waits for the module or times out
        try:
            nic.at("AT+CGSN=1", timeout_ms=1000)
        except OSError as e:
            eq(number_of(e), E.ETIMEDOUT)
    run(nic, 5000)
    assert clock.ms() - start < 40_000
    eq(s.send(b"alive"), 5)
    eq(u.m.sclk, 0)
