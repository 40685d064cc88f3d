"""The module restarts under a running program (behaviour 7)."""

from desk import E, clock, eq, manual, model, raises, run, settle, tcp, udp, up


def watched():
    nic, u = up()
    seen = []
    nic.on("reset", lambda: seen.append("reset"))
    return nic, u, seen


def test_a_restart():
    nic, u, seen = watched()
    s, d = tcp(nic, u), udp(nic, u, ("220.18.39.22", 2))
    u.m.boot()
    settle(nic, u, 3000)
    eq((seen, u.m.echo, u.m.sclk), (["reset"], False, 0))
    assert u.sent(b"AT+QISTATE?")
    for sock in (s, d):
        raises(OSError, E.ECONNRESET, sock.recv, 1)
    raises(OSError, E.ECONNRESET, s.send, b"x")
    eq(tcp(nic, u).send(b"new"), 3)


def test_rdy_alone_is_no_proof():
    nic, u, seen = watched()
    s = tcp(nic, u)
    u.push(b"\r\nRDY\r\n")
    settle(nic, u, 3000)
    eq((seen, s.send(b"x")), ([], 1))
    assert u.sent(b"AT+QISTATE?")


def test_a_boot_line_other_than_rdy():
    nic, u, seen = watched()
    s = tcp(nic, u)
    u.m.sockets.clear()
    u.m.sclk, u.m.echo = 1, True
    u.push(b"\r\n+CFUN: 1\r\n")
    settle(nic, u, 3000)
    eq((seen, u.m.sclk, u.m.echo), (["reset"], 0, False))
    raises(OSError, E.ECONNRESET, s.recv, 1)


def test_echo_coming_back():
    """No boot line was seen: only the echo tells."""
    nic, u, seen = watched()
    s = tcp(nic, u)
    u.m.sockets.clear()
    u.m.sclk, u.m.echo = 1, True
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    settle(nic, u, 3000)
    eq((seen, u.m.sclk, u.m.echo), (["reset"], 0, False))
    raises(OSError, E.ECONNRESET, s.send, b"x")


@manual("2.1.10")
def test_a_restart_ends_the_wait_for_an_answer_at_once():
    nic, u, seen = watched()
    start = clock.ms()
    u.on(b"AT+QIDNSGIP=*", b"\r\nOK\r\n")
    u.at(500, u.m.boot)
    raises(OSError, E.ECONNRESET, nic.resolve, "h")
    assert clock.ms() - start < 15_000
    urc = b'\r\n+QIURC: "dnsgip",'
    u.on(b"AT+QIDNSGIP=*", b"\r\nOK\r\n", urc + b'0,1,60\r\n' + urc + b'"1.1.1.1"\r\n')
    eq((nic.resolve("h"), seen), (["1.1.1.1"], ["reset"]))
    assert clock.ms() - start < 20_000


def test_two_restarts_are_two_events():
    nic, u, seen = watched()
    for _ in range(2):
        tcp(nic, u)
        u.m.boot()
        settle(nic, u, 3000)
    eq(seen, ["reset", "reset"])


def test_a_restart_a_lap_of_the_clock_after_the_last_one():
    """`ticks_ms` is where it was then, and no RDY was heard."""
    nic, u, seen = watched()
    u.m.boot()
    settle(nic, u, 12_000)
    eq(seen, ["reset"])
    clock.start_us += ((1 << 30) - 12_000) * 1000
    u.push(b"\r\n+CFUN: 1\r\n")
    settle(nic, u, 3000)
    eq(seen, ["reset", "reset"])


def test_sockets_still_listed_live_on():
    nic, u, seen = watched()
    s = udp(nic, u)
    u.m.echo = True
    nic.at("AT")
    settle(nic, u, 3000)
    eq((s.send(b"x"), u.m.echo), (1, False))


def restart_in(nic, u, command, part=b""):
    """The module restarts when `command` comes, having said `part`."""

    def boot():
        u.m.boot(500)

    u.on(command, part)
    u.at(1, lambda: None)
    original = u._command

    def watch(line):
        original(line)
        if line.startswith(command[:-1]):
            u._command = original
            boot()

    u._command = watch


def test_a_restart_in_each_step_of_a_send():
    for part in (b"", b"\r\nO", b"\r\nOK\r\n", b"\r\nOK\r\n\r\nSEND"):
        nic, u, seen = watched()
        s = tcp(nic, u)
        restart_in(nic, u, b"AT+QISEND=0*", part)
        start = clock.ms()
        raises(OSError, None, s.send, b"maybe")
        assert clock.ms() - start < 70_000
        settle(nic, u, 3000)
        eq(seen, ["reset"])
        eq(tcp(nic, u).send(b"new"), 3)


def test_a_restart_inside_a_payload():
    for part in (
        b"\r\n+QIRD: 10\r\n",
        b"\r\n+QIRD: 10\r\n123",
        b"\r\n+QIRD: 10\r\n1234567890\r\n",
    ):
        nic, u, seen = watched()
        s = tcp(nic, u)
        restart_in(nic, u, b"AT+QIRD=0*", part)
        model(u).rx.append(b"1234567890")
        u.push(b'\r\n+QIURC: "recv",0\r\n')
        raises(OSError, None, lambda: s.recv(64) == b"1234567890" and s.recv(64))
        settle(nic, u, 5000)
        eq(u.m.sclk, 0)
        eq(tcp(nic, u).send(b"new"), 3)


def test_a_restart_while_an_open_is_pending():
    nic, u, seen = watched()
    u.on(b"AT+QIOPEN=*", b"\r\nOK\r\n")
    s = nic.socket()
    u.at(2000, u.m.boot)
    start = clock.ms()
    raises(OSError, None, s.connect, ("220.18.39.22", 8062))
    assert clock.ms() - start < 40_000
    settle(nic, u, 3000)
    eq(seen, ["reset"])
    eq(tcp(nic, u).send(b"new"), 3)


def test_a_restart_at_an_open_prompt():
    nic, u, seen = watched()
    s = tcp(nic, u)
    u.on(b"AT+QISEND=0,3", b"\r\n> ")
    restart_in(nic, u, b"AT+QISEND=0,3*", b"\r\n> ")
    raises(OSError, None, s.send, b"\x00\x01\x02")
    settle(nic, u, 5000)
    eq(seen, ["reset"])
    eq(tcp(nic, u).send(b"\x00new"), 4)


def test_a_silent_module_is_bounded_and_comes_back():
    nic, u, _ = watched()
    s = tcp(nic, u)
    s.settimeout(90)
    u.mute = True
    start = clock.ms()
    raises(OSError, None, s.send, b"x")
    assert clock.ms() - start < 95_000
    u.mute = False
    run(nic, 40_000)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    eq(tcp(nic, u).send(b"new"), 3)


def test_an_open_under_way_that_qistate_does_not_list_goes_on():
    nic, u, seen = watched()
    u.m.open_ms = 3000
    s = nic.socket()
    s.settimeout(0)
    raises(OSError, E.EINPROGRESS, s.connect, ("220.18.39.22", 8062))
    run(nic, 100)
    eq(u.sent(b"AT+QIOPEN"), 1)
    hidden, u.m.sockets = u.m.sockets, {}
    u.push(b"\r\nRDY\r\n")  # no proof of a restart
    settle(nic, u, 1000)
    u.m.sockets = hidden
    assert u.sent(b"AT+QISTATE?")
    run(nic, 3000)
    s.settimeout(20)
    eq((s.send(b"x"), seen, u.sent(b"AT+QIOPEN")), (1, [], 1))


def test_boot_lines_end_a_command_and_its_caller_hears_of_the_restart_at_once():
    nic, u, seen = watched()
    u.on(b"AT+COPS=?")
    u.at(500, u.m.boot)
    start = clock.ms()
    raises(OSError, E.ECONNRESET, lambda: nic.at("AT+COPS=?", timeout_ms=180_000))
    assert clock.ms() - start < 5000, clock.ms() - start
    settle(nic, u, 3000)
    eq(seen, ["reset"])
