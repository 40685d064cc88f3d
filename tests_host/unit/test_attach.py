"""The search for the network: what does not end it, and what holds after it (behaviour 7)."""

from bc25 import BC25Error

from desk import E, clock, eq, new, raises, run, settle, up

ATTACH = (b"AT+CPIN?", b"AT+CFUN=1", b"AT+CEREG=1", b"AT+CGATT=1")


def unattached(**kwargs):
    """A NIC that is up; its module has no address before AT+CGATT=1 was answered with OK."""
    nic, u = new(**kwargs)
    nic.active(True)
    u.m.address, u.m.registered = "", 0
    answer = u.m._cgatt

    def attach(args):
        if args == "=1":
            u.m.address, u.m.registered = "10.0.0.7", 1
        return answer(args)

    u.m._cgatt = attach
    return nic, u


def connected(nic) -> bool:
    eq(nic.isconnected(), nic.status() == 3)
    eq(nic.ipconfig("addr4")[0] != "0.0.0.0", nic.isconnected())
    return nic.isconnected()


def test_the_address_is_that_of_the_nics_context():
    for context, lines, address in (
        (1, ('1,"10.0.0.1"', '2,"10.0.0.2"'), "10.0.0.1"),
        (2, ('1,"10.0.0.1"', '2,"10.0.0.2"'), "10.0.0.2"),
        (3, ("1,10.0.0.1", "2,0.0.0.0", "3,10.0.0.3"), "10.0.0.3"),
        (1, ('1,"10.0.0.1","2001:db8::1"',), "10.0.0.1"),
        (1, ("1, 10.0.0.1",), "10.0.0.1"),
    ):
        nic, u = new(context=context)
        nic.active(True)
        answer = b"".join([b"\r\n+CGPADDR: %s\r\n" % line.encode() for line in lines])
        u.on(b"AT+CGPADDR?", answer + b"\r\nOK\r\n", times=-1)
        nic.connect()
        eq(nic.ipconfig("addr4")[0], address)
        assert connected(nic)


def test_what_is_no_address():
    for line in ('1,"0.0.0.0"', "1,0.0.0.0", '1,""', "1", "1,", '2,"10.0.0.2"'):
        nic, u = new()
        nic.active(True)
        answer = b"\r\n+CGPADDR: %s\r\n\r\nOK\r\n" % line.encode()
        u.on(b"AT+CGPADDR?", answer, times=-1)
        raises(OSError, E.ETIMEDOUT, nic.connect, timeout_ms=5000)
        assert not connected(nic)
        eq(nic.status(), 1)


def test_each_command_refused_once_or_twice_is_tried_again():
    for command in (b"AT+CGPADDR?", b"AT+QCGDEFCONT?") + ATTACH:
        for answer in (b"\r\nERROR\r\n", b"\r\n+CME ERROR: 3\r\n"):
            nic, u = unattached()
            u.on(command, answer, times=2)
            nic.connect("your.apn")
            assert connected(nic)


def test_each_command_that_is_slow_or_not_answered():
    for command in (b"AT+CGPADDR?", b"AT+QCGDEFCONT?") + ATTACH:
        nic, u = unattached()
        u.on(command)
        nic.connect("your.apn")
        assert connected(nic)
    nic, u = unattached()
    start = clock.ms()
    u.on(b"AT+CGATT=1", b"\r\nOK\r\n", delay_ms=70_000)
    u.at(70_000, lambda: setattr(u.m, "address", "10.0.0.7"))
    nic.connect()
    assert connected(nic)
    assert 70_000 <= clock.ms() - start < 85_000


def test_a_restart_in_each_command():
    for command in (b"AT+CGPADDR?", b"AT+QCGDEFCONT?") + ATTACH:
        nic, u = unattached()
        answer = u.m.command

        def brown_out(line):
            if line == command:
                u.m.command = answer
                u.m.address, u.m.registered = "", 0
                u.m.boot(200)
                return True
            return answer(line)

        u.m.command = brown_out
        nic.connect("your.apn")
        assert connected(nic)
        settle(nic, u, 2000)
        assert connected(nic)


def test_a_restart_for_a_new_apn_that_says_nothing():
    nic, u = unattached()
    u.m.apn = "old.apn"
    u.on(b"AT+QRST=1", b"\r\nOK\r\n")
    nic.connect("new.apn")
    eq((u.m.apn, connected(nic)), ("new.apn", True))


def test_an_apn_that_cannot_be_told():
    """AT+QCGDEFCONT? says an empty line, OK alone, or ERROR; the setting is written once."""
    for answer in (b"\r\n+QCGDEFCONT:\r\n\r\nOK\r\n", b"\r\nOK\r\n", b"\r\nERROR\r\n",
                   b'\r\n+QCGDEFCONT: "IP"\r\n\r\nOK\r\n'):  # fmt: skip
        nic, u = unattached()
        u.on(b"AT+QCGDEFCONT?", answer, times=-1)
        nic.connect("new.apn")
        eq((u.m.apn, connected(nic)), ("new.apn", True))
        eq(u.sent(b'AT+QCGDEFCONT="'), 1)


def test_forms_of_the_apn():
    for answer in ('"IP","your.apn"', 'IP,your.apn', '"IP","YOUR.APN","",""', '"IP", "your.apn"'):
        nic, u = unattached()
        u.on(b"AT+QCGDEFCONT?", b"\r\n+QCGDEFCONT: %s\r\n\r\nOK\r\n" % answer.encode())
        nic.connect("your.apn")
        eq(u.sent(b"AT+QRST"), 0)


def test_an_urc_between_a_reply_and_its_ok():
    nic, u = unattached()
    urc = b'\r\n+CEREG: 2\r\n'
    u.m.registered = 1
    u.on(b"AT+CEREG?", b"\r\n+CEREG: 1,5\r\n" + urc + b"\r\nOK\r\n")
    eq(nic.status("registration"), 5)
    u.on(b"AT+CGPADDR?", urc + b'\r\n+CGPADDR: 1,"10.0.0.9"\r\n' + urc + b"\r\nOK\r\n")
    nic.connect()
    eq(nic.ipconfig("addr4")[0], "10.0.0.9")


REPLIES = (
    "0,1", "1,1", "2,1,\"1A2B\",\"01020304\",9", "4,1,,,,,,\"00000001\",\"00100100\"",
    "2,1,1A2B,01020304,9", "5,1,\"1A2B\",\"01020304\",9,,,\"00000001\",\"00100100\"", "1, 1",
)  # fmt: skip
URCS = (
    "2", "2,\"1A2B\",\"01020304\",9", "2,1A2B,01020304,9", "2,1234,01020304,9",
    "2, \"1A2B\",\"01020304\",9,,,\"00000001\",\"00100100\"", "2,\"12\",\"34\",9", "2,,,",
)  # fmt: skip


def test_cereg_is_told_by_its_shape():
    for reply in REPLIES:
        for urc in URCS:
            nic, u = unattached()
            seen = []
            nic.on("registration", seen.append)
            lines = [b"\r\n+CEREG: %s\r\n" % text.encode() for text in (urc, reply, urc)]
            u.on(b"AT+CEREG?", b"".join(lines) + b"\r\nOK\r\n")
            eq((reply, urc, nic.status("registration")), (reply, urc, 1))
            eq((reply, urc, seen), (reply, urc, [2, 2]))


def test_cereg_of_the_program():
    nic, u = unattached()
    u.on(b"AT+CEREG?", b'\r\n+CEREG: 1\r\n\r\n+CEREG: 2,1,"1A2B","01",9\r\n\r\nOK\r\n')
    eq(nic.at("AT+CEREG?"), ['+CEREG: 2,1,"1A2B","01",9'])


def test_pin():
    nic, u = unattached()
    u.m.pin = "SIM PIN"

    def unlocked():
        u.m.pin = ""
        u.at(700, lambda: setattr(u.m, "pin", "READY"))

    u.on(b'AT+CPIN="1234"', b"\r\nOK\r\n")
    u.at(0, lambda: None)
    command = u.m.command
    u.m.command = lambda line: command(line)
    rule = u.rules[0]
    answer = u._answer

    def _answer(which):
        if which is rule:
            unlocked()
        answer(which)

    u._answer = _answer
    nic.connect(pin="1234")
    eq((rule.hits, connected(nic)), (1, True))


def test_pin_told_by_its_error_number():
    nic, u = unattached()
    u.on(b"AT+CPIN?", b"\r\n+CME ERROR: 11\r\n")
    u.on(b'AT+CPIN="1234"', b"\r\nOK\r\n")
    nic.connect(pin="1234")
    eq((u.sent(b'AT+CPIN="1234"'), connected(nic)), (1, True))


def test_a_wrong_pin_is_tried_once():
    """Three wrong ones block the SIM."""
    for answer in (b"\r\nERROR\r\n", b"\r\n+CME ERROR: 16\r\n", b""):
        nic, u = unattached()
        u.m.pin = "SIM PIN"
        u.on(b'AT+CPIN="*', answer, times=-1)
        raises(OSError, E.ENODEV, nic.connect, pin="9999")
        run(nic, 30_000)
        eq((u.sent(b'AT+CPIN="'), connected(nic), nic.status()), (1, False, 0))


def test_a_pin_that_nobody_wants_is_not_sent():
    nic, u = unattached()
    nic.connect(pin="1234")
    eq((u.sent(b'AT+CPIN="'), connected(nic)), (0, True))


def test_the_pin_after_a_restart():
    nic, u = unattached()

    def locked(after_ms=0):
        u.m.pin = "SIM PIN"
        u.on(b'AT+CPIN="1234"', b"\r\nOK\r\n")
        rule, answer = u.rules[0], u._answer

        def _answer(which):
            if which is rule:
                u.m.pin = "READY"
                u._answer = answer
            answer(which)

        u._answer = _answer

    locked()
    nic.connect(pin="1234")
    locked()
    u.m.address, u.m.registered = "", 0
    u.m.boot()
    run(nic, 20_000)
    eq((u.sent(b'AT+CPIN="'), connected(nic)), (2, True))


def test_sim_puk():
    for answer in (b"\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", b"\r\n+CME ERROR: 12\r\n"):
        nic, u = unattached()
        u.on(b"AT+CPIN?", answer, times=-1)
        raises(OSError, E.ENODEV, nic.connect, pin="1234")
        eq((u.sent(b'AT+CPIN="'), connected(nic), nic.status()), (0, False, 0))


def test_state_after_a_denial_and_again():
    nic, u = unattached()
    u.on(b"AT+CGATT=1", b"\r\nOK\r\n", times=-1)
    u.m.registered = 3
    raises(OSError, E.EACCES, nic.connect)
    eq((connected(nic), nic.status()), (False, 0))
    u.rules.clear()
    u.m.registered = 0
    nic.connect()
    eq((connected(nic), nic.status()), (True, 3))


def test_state_after_disconnect():
    nic, u = up()
    nic.disconnect()
    eq((connected(nic), nic.status()), (False, 0))
    u.m.say("+CEREG: 0")
    run(nic, 30_000)
    eq((connected(nic), nic.status(), u.sent(b"AT+CGATT=1")), (False, 0, 0))


def test_state_after_restarts():
    """The module registers before CEREG=1 was set, and has its address a moment later."""
    nic, u = up()
    assert connected(nic)
    u.m.address, u.m.registered = "", 0
    u.m.boot()
    run(nic, 400)
    eq((connected(nic), nic.status()), (False, 1))
    u.m.registered = 1
    u.at(20_000, lambda: setattr(u.m, "address", "10.0.0.8"))
    run(nic, 40_000)
    assert connected(nic)
    eq(nic.ipconfig("addr4")[0], "10.0.0.8")


def test_state_while_the_module_is_silent():
    nic, u = up()
    u.mute = True
    raises(OSError, None, nic.resolve, "h")
    run(nic, 60_000)
    eq((connected(nic), nic.status()), (False, 1))
    u.mute = False
    u.m.address = "10.0.0.9"
    run(nic, 60_000)
    eq((connected(nic), nic.ipconfig("addr4")[0]), (True, "10.0.0.9"))


def test_the_address_after_a_recovery():
    """A restart that nothing but the echo tells of: the address may be another, or none."""
    nic, u = up()
    u.m.echo, u.m.address = True, "10.0.0.10"
    nic.at("AT")
    run(nic, 5000)
    eq((connected(nic), nic.ipconfig("addr4")[0]), (True, "10.0.0.10"))


def test_the_search_goes_on_after_each_way_to_end_it():
    """connect() again after a time-out, and after its search failed."""
    nic, u = unattached()
    u.m.pin = "NOT READY"
    raises(OSError, E.ENODEV, nic.connect)
    u.m.pin = "READY"
    nic.connect()
    assert connected(nic)


def test_cfun_of_the_program_is_no_restart():
    nic, u = up()
    seen = []
    nic.on("reset", lambda: seen.append(1))
    s = nic.socket()
    s.connect(("1.2.3.4", 5))
    u.on(b"AT+CFUN=1", b"\r\nOK\r\n", b"\r\n+CFUN: 1\r\n", b"\r\n+CPIN: READY\r\n", gap_ms=400)
    nic.at("AT+CFUN=1")
    run(nic, 5000)
    eq((seen, s.send(b"x")), ([], 1))


def test_an_error_of_the_apn_ends_nothing():
    """A setting that is refused for a while."""
    nic, u = unattached()
    u.m.apn = "old.apn"
    u.on(b'AT+QCGDEFCONT="*', b"\r\nERROR\r\n", times=2)
    nic.connect("new.apn")
    eq((u.m.apn, connected(nic)), ("new.apn", True))


def test_disconnect_ends_a_search_at_each_step():
    for command in ATTACH:
        nic, u = unattached()
        u.on(command, times=-1)
        raises(OSError, E.ETIMEDOUT, nic.connect, timeout_ms=3000)
        nic.disconnect()
        u.clear()
        u.rules.clear()
        run(nic, 30_000)
        eq((connected(nic), nic.status(), u.sent(b"AT+CGATT=1")), (False, 0, 0))


def test_errors_keep_their_number():
    nic, u = up()
    u.on(b"AT+CGATT=1", b"\r\n+CME ERROR: 30\r\n")
    eq(raises(BC25Error, None, nic.at, "AT+CGATT=1").code, 30)


def test_warm_attach_survives_the_same():
    """The module has its address already."""
    for command in (b"AT+CGPADDR?", b"AT+CEREG=1", b"AT+QCGDEFCONT?"):
        for answer in ((), (b"\r\nERROR\r\n",), (b"\r\n+CME ERROR: 3\r\n",), None):
            nic, u = new()
            nic.active(True)
            if answer is None:
                u.on(command)
                u.at(30, u.m.boot)
            else:
                u.on(command, *answer)
            nic.connect("your.apn")
            assert connected(nic)
            settle(nic, u, 2000)
            assert connected(nic)


def test_slow_cfun_and_its_lines():
    """+CFUN and +CPIN behind the OK of a CFUN=1 that takes its time are no restart."""
    for delay in (500, 20_000, 60_000):
        for gap in (0, 300):
            nic, u = unattached()
            seen = []
            nic.on("reset", lambda: seen.append(1))
            u.on(b"AT+CFUN=1", b"\r\nOK\r\n", b"\r\n+CFUN: 1\r\n", b"\r\n+CPIN: READY\r\n",
                 delay_ms=delay, gap_ms=gap)  # fmt: skip
            nic.connect()
            run(nic, 3000)
            eq((seen, connected(nic), u.sent(b"AT+CFUN=1")), ([], True, 1))


def test_a_denial_told_by_a_urc_and_what_comes_after_it():
    nic, u = up()
    told = []
    nic.on("registration", told.append)
    u.m.registered, u.m.address = 3, ""
    u.m.say("+CEREG: 3")
    run(nic, 20_000)
    eq((told, connected(nic), nic.status()), ([3], False, 0))
    u.m.registered, u.m.address = 5, "10.0.0.11"
    u.m.say("+CEREG: 5")
    run(nic, 20_000)
    eq((told, connected(nic), nic.ipconfig("addr4")[0]), ([3, 5], True, "10.0.0.11"))
