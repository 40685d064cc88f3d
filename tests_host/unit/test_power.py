"""sleep() and wake(), and what a module asleep does to a call."""

from desk import E, MockPin, clock, eq, manual, model, new, raises, run, settle, tcp, udp, up

PEER = ("220.18.39.22", 8084)


def sleeper(**kwargs):
    """A NIC with a wake pin, up."""
    pin = MockPin("wake")
    nic, u = up(wake=pin, **kwargs)
    pin.pulse = u.m.wake
    pin.log.clear()
    return nic, u, pin


def asleep(nic, u):
    nic.sleep()
    eq(u.m.sclk, 1)
    u.m.sleep()
    run(nic, 1000)
    assert u.m.asleep


@manual("4.4")
def test_example_4_4():
    nic, u, pin = sleeper()
    seen = []
    nic.on("sleep", lambda: seen.append("sleep"))
    nic.on("wake", lambda: seen.append("wake"))
    nic.on("reset", lambda: seen.append("reset"))
    s = udp(nic, u, PEER)
    asleep(nic, u)
    eq(seen, ["sleep"])
    nic.wake()
    eq((seen, u.m.sclk, pin.level), (["sleep", "wake"], 0, 0))
    assert pin.log[0][3] if len(pin.log[0]) > 3 else pin.log[1][3] >= 100
    opens = len(u.m.open_lines)
    eq(s.send(b"1234567890"), 10)
    u.m.recv(0, b"answer")
    eq(s.recv(64), b"answer")
    eq((model(u, 0).sent, len(u.m.open_lines)), ([b"1234567890"], opens))


@manual("2.1.1", "4.4")
def test_tcp_sockets_opened_before_are_reset():
    nic, u, _ = sleeper()
    s, d = tcp(nic, u), udp(nic, u, PEER)
    asleep(nic, u)
    nic.wake()
    raises(OSError, E.ECONNRESET, s.send, b"x")
    raises(OSError, E.ECONNRESET, s.recv, 1)
    eq(d.send(b"fine"), 4)
    t = tcp(nic, u)
    eq(t.send(b"new"), 3)


@manual("4.4")
def test_a_call_that_must_transmit_wakes_the_module():
    nic, u, pin = sleeper()
    s = udp(nic, u, PEER)
    asleep(nic, u)
    eq(s.send(b"data"), 4)
    eq(model(u, 0).sent, [b"data"])
    assert pin.log
    asleep(nic, u)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])


@manual("4.4")
def test_without_a_pin_at_is_repeated():
    nic, u = up()
    s = udp(nic, u, PEER)
    asleep(nic, u)
    u.at(6000, u.m.wake)
    nic.wake()
    eq((s.send(b"data"), u.m.sclk), (4, 0))


def test_wake_that_fails_is_bounded():
    nic, u, pin = sleeper()
    asleep(nic, u)
    pin.pulse = None
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.wake)
    assert clock.ms() - start <= 35_000
    eq(pin.level, 0)


def test_nothing_is_sent_to_a_module_asleep():
    nic, u, _ = sleeper()
    udp(nic, u, PEER)
    asleep(nic, u)
    u.clear()
    run(nic, 300_000)
    eq(bytes(u.tx), b"")


def test_a_program_that_waits_does_not_wake_it():
    nic, u, _ = sleeper()
    s = udp(nic, u, PEER)
    asleep(nic, u)
    u.clear()
    s.settimeout(100)
    raises(OSError, E.ETIMEDOUT, s.recv, 1)
    eq(bytes(u.tx), b"")


def test_sleep_finishes_sends_and_closes_first():
    nic, u, _ = sleeper()
    u.m.send_ms = u.m.close_ms = 3000
    s, d = udp(nic, u, PEER), udp(nic, u, ("220.18.39.22", 9))
    s.setblocking(False)
    s.send(b"last report")
    d.close()
    nic.sleep()
    eq(u.m.sockets[0].sent, [b"last report"])
    assert 1 not in u.m.sockets
    lines = [x[:9] for x in u.lines]
    assert lines.index(b"AT+QSCLK=") > lines.index(b"AT+QICLOS")


def test_sleep_and_wake_told_in_other_words():
    for told_sleep, told_wake in (
        (b"\r\n+QATSLEEP\r\n", b"\r\n+QATWAKEUP\r\n"),
        (b'\r\n+QNBIOTEVENT: "ENTER PSM"\r\n', b'\r\n+QNBIOTEVENT: "EXIT PSM"\r\n'),
        (b"\r\n+QNBIOTEVENT: ENTER PSM\r\n", b"\r\n+QNBIOTEVENT: EXIT PSM\r\n"),
    ):
        nic, u = up()
        seen = []
        nic.on("sleep", lambda: seen.append("sleep"))
        nic.on("wake", lambda: seen.append("wake"))
        u.push(told_sleep)
        u.push(told_wake, 3000)
        run(nic, 6000)
        eq(seen, ["sleep", "wake"])


def test_rdy_on_wake_is_no_restart():
    nic, u, pin = sleeper()
    seen = []
    nic.on("reset", lambda: seen.append("reset"))
    s = udp(nic, u, PEER)
    asleep(nic, u)

    def wake():
        u.m.wake()
        u.push(b"\r\nRDY\r\n", 60)

    pin.pulse = wake
    nic.wake()
    settle(nic, u, 3000)
    eq((s.send(b"x"), seen), (1, []))


def test_wake_when_awake_is_harmless():
    nic, u, _ = sleeper()
    s = tcp(nic, u)
    nic.wake()
    eq(s.send(b"still"), 5)


def test_the_module_is_told_to_stay_awake_after_it_woke_by_itself():
    nic, u = up()
    udp(nic, u, PEER)
    asleep(nic, u)
    u.m.wake()
    run(nic, 3000)
    nic.wake()
    eq(u.m.sclk, 0)


def test_active_after_sleep():
    nic, u = new()
    nic.active(True)
    nic.sleep()
    eq(nic.active(), True)
