"""active(): finding the module, whatever state it is in."""

from desk import E, MockPin, clock, eq, manual, new, only, raises, run, settle, up

ON, OFF = 1, 0


def pins(u=None, pulse=None):
    log = []
    names = ("wake", "power", "reset")
    return log, {n: MockPin(n, log, pulse if n == "wake" else None) for n in names}


def asserted(log):
    """Names of the pins in the order in which they were first asserted."""
    order = []
    for entry in log:
        if entry[2] == ON and entry[1] not in order:
            order.append(entry[1])
    return order


def let_go(kw):
    for pin in kw.values():
        eq(pin.level, OFF)


def test_finds_a_module_that_is_awake():
    nic, u = new()
    u.m.echo, u.m.sclk = True, 1
    nic.active(True)
    assert nic.active() is True
    eq((u.m.echo, u.m.sclk), (False, 0))
    eq(u.unknown, [])
    assert clock.ms() < 3000


def test_repeats_at_until_the_module_hears():
    nic, u = new()
    u.mute = True
    u.at(8000, lambda: setattr(u, "mute", False))
    nic.active(True)
    assert u.sent(b"AT") > 2
    eq(u.m.sclk, 0)


def test_no_answer_ends_within_half_a_minute():
    nic, u = new()
    u.mute = True
    raises(OSError, E.ETIMEDOUT, nic.active, True)
    assert clock.ms() <= 31_000
    assert nic.active() is False


def test_no_answer_tries_wake_power_reset():
    log, kw = pins()
    nic, u = new(**kw)
    u.mute = True
    raises(OSError, E.ETIMEDOUT, nic.active, True)
    assert clock.ms() <= 31_000
    eq(asserted(log), ["wake", "power", "reset"])
    let_go(kw)


def test_pins_are_held_as_long_as_the_module_wants():
    """PSM_EINT low for 100 ms at least, PWRKEY about 1200 ms, RESET_N about 1000 ms (wire.md)."""
    log, kw = pins()
    nic, u = new(**kw)
    u.mute = True
    raises(OSError, E.ETIMEDOUT, nic.active, True)
    held = {entry[1]: entry[3] for entry in log if len(entry) > 3}
    assert 100 <= held["wake"] <= 1000, held
    assert 700 <= held["power"] <= 2000, held
    assert 500 <= held["reset"] <= 2000, held


def test_the_wake_pin_is_enough():
    log, kw = pins()
    nic, u = new(**kw)
    u.mute = u.m.asleep = True
    kw["wake"].pulse = u.m.wake
    nic.active(True)
    eq(asserted(log), ["wake"])
    let_go(kw)
    eq(u.m.sclk, 0)


def test_the_power_pin_after_the_wake_pin():
    log, kw = pins()
    nic, u = new(**kw)
    u.mute = True
    kw["power"].pulse = lambda: u.m.boot(1000)
    nic.active(True)
    eq(asserted(log), ["wake", "power"])
    eq((u.m.echo, u.m.sclk), (False, 0))
    let_go(kw)


def test_pins_are_let_go_when_interrupted():
    log, kw = pins()
    nic, u = new(**kw)
    u.mute = True

    def idle():
        if log and log[-1][2] == ON:
            raise KeyboardInterrupt

    nic.on("idle", idle)
    try:
        nic.active(True)
    except KeyboardInterrupt:
        pass
    except OSError:
        pass
    let_go(kw)


def test_can_be_tried_again():
    nic, u = new()
    u.mute = True
    raises(OSError, E.ETIMEDOUT, nic.active, True)
    u.mute = False
    nic.active(True)
    assert nic.active()


def test_a_boot_in_the_middle():
    nic, u = new()
    u.m.boot(30)
    nic.active(True)
    settle(nic, u, 3000)
    eq((u.m.echo, u.m.sclk), (False, 0))


def test_the_last_lines_of_a_known_boot_start_no_recovery():
    nic, u = new()
    u.m.boot()
    run(nic, 150)
    nic.active(True)
    u.m.say("+IP: 10.0.0.7", 6000)
    run(nic, 9000)
    eq(u.sent(b"AT+QISTATE?"), 1)
    u.m.say("+CPIN: READY", 9000)  # but one that no boot explains does
    run(nic, 12_000)
    eq(u.sent(b"AT+QISTATE?"), 2)


def test_boot_rom_noise_and_a_banner_are_skipped():
    nic, u = new()
    u.push(
        b"\xff\x00\x80\n\rF1: 0000 0000\n\rV0: 0000\n\r\n\rNB-IoT boot\n\r"
        b"\r\nRDY\r\n\r\n+CFUN: 1\r\n"
    )
    nic.active(True)
    eq(u.m.sclk, 0)


@manual("2.1.3", "2.1.2")
def test_tcp_left_open_by_an_earlier_run_is_closed():
    from fakemodule import Sock

    nic, u = new()
    u.m.sockets[0] = Sock("TCP", "220.18.39.22", 8062)
    u.m.sockets[3] = Sock("TCP INCOMING", "192.168.2.2", 36566, 2020)
    u.m.sockets[4] = Sock("TCP LISTENER", "192.168.2.6", 0, 2020)
    nic.active(True)
    settle(nic, u, 1000)
    eq(sorted(u.m.sockets), [])


@manual("2.1.3")
def test_udp_left_open_is_adopted_for_the_same_peer():
    from fakemodule import Sock

    nic, u = new()
    u.m.sockets[2] = Sock("UDP", "220.18.39.22", 8084)
    nic.active(True)
    nic.connect("your.apn")
    settle(nic, u)
    s = nic.socket(2, 2)
    s.connect(("220.18.39.22", 8084))
    eq(s.send(b"hello"), 5)
    eq(u.m.open_lines, [])
    eq(u.m.sockets[2].sent, [b"hello"])
    u.m.recv(2, b"answer")
    eq(s.recv(64), b"answer")


def test_udp_left_open_is_gone_after_a_restart():
    from fakemodule import Sock

    nic, u = new()
    u.m.sockets[0] = Sock("UDP", "220.18.39.22", 8062)
    nic.active(True)
    nic.connect("your.apn")
    settle(nic, u)
    u.m.boot()
    settle(nic, u, 12_000)
    s = nic.socket(2, 2)
    s.connect(("220.18.39.22", 8062))
    eq((s.send(b"hello"), u.m.sockets[0].sent), (5, [b"hello"]))


def test_udp_left_open_gives_way_when_its_id_is_needed():
    from fakemodule import Sock

    nic, u = new()
    for i in range(6):
        u.m.sockets[i] = Sock("UDP", "220.18.39.22", 9000 + i)
    nic.active(True)
    nic.connect("your.apn")
    s = nic.socket()
    s.connect(("220.18.39.22", 8062))
    eq(s.send(b"x"), 1)
    eq([m.service for m in u.m.sockets.values()].count("TCP"), 1)


@manual("2.1.4")
def test_an_open_prompt_of_an_earlier_run_is_filled():
    """A prompt of TCP socket 0 waits for 300 bytes and swallows commands."""
    from fakemodule import Sock

    nic, u = new()
    u.m.sockets[0] = Sock("TCP", "220.18.39.22", 8062)
    u.write(b"AT+QISEND=0,300\r\n")
    u.write(b"half of it")
    u.clear()
    nic.active(True)
    nic.connect("your.apn")
    settle(nic, u)
    eq(sorted(u.m.sockets), [])
    s = nic.socket()
    s.connect(("220.18.39.22", 8062))
    eq(s.send(b"clean"), 5)
    eq(u.m.sockets[0].sent, [b"clean"])


@manual("2.1.4")
def test_an_open_prompt_of_a_datagram_is_counted():
    from fakemodule import Sock

    nic, u = new()
    u.m.sockets[1] = Sock("UDP", "220.18.39.22", 8084)
    u.write(b"AT+QISEND=1,400\r\n")
    u.clear()
    nic.active(True)
    nic.connect("your.apn")
    settle(nic, u)
    eq(nic.status("counters")["padded"], 1)
    eq(len(u.m.sockets[1].sent), 1)


def test_active_false_closes_everything_and_lets_the_module_sleep():
    nic, u = up()
    a = nic.socket()
    a.connect(("220.18.39.22", 8062))
    b = nic.socket(2, 2)
    b.connect(("220.18.39.22", 8084))
    nic.active(False)
    eq((u.m.sockets, u.m.sclk, nic.active()), ({}, 1, False))
    nic.active(True)
    eq(u.m.sclk, 0)


@manual("2.1.1")
def test_active_false_waits_for_a_connect_that_was_given_up():
    nic, u = up()
    u.m.open_ms = 170_000
    s = nic.socket()
    s.settimeout(1)
    raises(OSError, E.ETIMEDOUT, s.connect, ("slow.example", 8062))
    nic.active(False)
    eq((u.m.sockets, u.m.sclk, nic.active()), ({}, 1, False))


def test_active_true_twice_is_harmless():
    nic, u = up()
    s = nic.socket()
    s.connect(("220.18.39.22", 8062))
    nic.active(True)
    eq(s.send(b"still"), 5)
    eq(len(u.m.sockets), 1)


@only("p0")
def test_an_echo_that_ate0_did_not_end_fools_nobody():
    nic, u = new()
    u.m.echo = True
    u.on(b"ATE0", b"ATE0\r\r\n\r\nOK\r\n", times=3)
    nic.active(True)
    run(nic, 5000)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])


def test_two_modules_side_by_side():
    nic1, u1 = up()
    nic2, u2 = up()
    a, b = nic1.socket(), nic2.socket()
    a.settimeout(5)
    b.settimeout(5)
    a.connect(("220.18.39.22", 1))
    b.connect(("220.18.39.23", 2))
    eq(a.send(b"one"), 3)
    eq(b.send(b"two"), 3)
    eq((u1.m.sockets[0].sent, u2.m.sockets[0].sent), ([b"one"], [b"two"]))
    u1.m.recv(0, b"for a")
    u2.m.recv(0, b"for b")
    eq((b.recv(9), a.recv(9)), (b"for b", b"for a"))
