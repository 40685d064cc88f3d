"""connect, isconnected, disconnect, status, ipconfig, ifconfig, config."""

from bc25 import BC25Error

from desk import E, clock, eq, manual, new, only, raises, run, settle, tcp, up


def active():
    nic, u = new()
    nic.active(True)
    return nic, u


@manual("4.1.1")
def test_connect_waits_for_an_address():
    nic, u = active()
    u.m.address, u.m.registered = "", 2
    assert not nic.isconnected()

    def attach():
        u.m.address, u.m.registered = "100.127.243.105", 1

    u.at(20_000, attach)
    nic.connect("your.apn")
    assert nic.isconnected()
    eq(nic.ipconfig("addr4")[0], "100.127.243.105")
    eq(nic.ifconfig()[0], "100.127.243.105")


def test_connect_without_waiting():
    nic, u = active()
    u.m.address, u.m.registered = "", 2
    start = clock.ms()
    nic.connect("your.apn", timeout_ms=0)
    assert clock.ms() - start < 50
    assert not nic.isconnected()
    u.m.address, u.m.registered = "10.0.0.7", 5
    u.m.say("+CEREG: 5")
    run(nic, 15_000)
    assert nic.isconnected()


def test_connect_gives_up_in_time_and_the_search_goes_on():
    nic, u = active()
    u.m.address, u.m.registered = "", 2
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.connect, "your.apn", timeout_ms=10_000)
    assert 9_900 <= clock.ms() - start < 12_000
    eq(u.sent(b"AT+CFUN=0"), 0)
    u.m.address, u.m.registered = "10.0.0.7", 1
    u.m.say("+CEREG: 1")
    run(nic, 15_000)
    assert nic.isconnected()


def test_same_apn_in_other_case_restarts_nothing():
    nic, u = active()
    u.m.apn = "Your.APN"
    nic.connect("your.apn")
    eq((u.sent(b"AT+QRST"), u.sent(b'AT+QCGDEFCONT="')), (0, 0))


def test_no_apn_leaves_the_modules_own():
    nic, u = active()
    u.m.apn = "operators.own"
    nic.connect()
    eq((u.m.apn, u.sent(b"AT+QRST"), u.sent(b'AT+QCGDEFCONT="')), ("operators.own", 0, 0))


def test_another_apn_is_written_and_the_module_restarted_without_a_reset_event():
    nic, u = active()
    u.m.apn = "old.apn"
    events = []
    nic.on("reset", lambda: events.append("reset"))
    nic.connect("new.apn")
    eq(u.m.apn, "new.apn")
    assert u.sent(b"AT+QRST") or u.sent(b"AT+CFUN=1,1")
    settle(nic, u, 2000)
    eq(events, [])
    eq((u.m.echo, u.m.sclk), (False, 0))
    assert nic.isconnected()
    tcp(nic, u)


def test_a_restart_after_that_is_a_reset_event():
    nic, u = active()
    u.m.apn = "old.apn"
    events = []
    nic.on("reset", lambda: events.append("reset"))
    nic.connect("new.apn")
    settle(nic, u, 2000)
    u.m.boot()
    settle(nic, u, 3000)
    eq(events, ["reset"])


def test_a_pin_wanted():
    nic, u = active()
    u.m.pin, u.m.registered, u.m.address = "SIM PIN", 0, ""
    start = clock.ms()
    raises(OSError, E.ENODEV, nic.connect, "your.apn")
    assert clock.ms() - start <= 11_000


def test_no_sim():
    nic, u = active()
    for pin in ("NOT READY", "NONE"):
        u.m.pin, u.m.registered, u.m.address = pin, 0, ""
        start = clock.ms()
        raises(OSError, E.ENODEV, nic.connect, "your.apn")
        assert clock.ms() - start <= 11_000


def test_no_sim_said_by_a_urc_after_boot():
    nic, u = new()
    u.m.pin, u.m.registered, u.m.address = "NOT READY", 0, ""
    u.m.boot()
    nic.active(True)
    raises(OSError, E.ENODEV, nic.connect, "your.apn")


def test_a_sim_that_is_slow_is_waited_for():
    nic, u = active()
    u.m.pin, u.m.registered, u.m.address = "", 0, ""

    def ready():
        u.m.pin, u.m.registered, u.m.address = "READY", 1, "10.0.0.7"

    u.at(6000, ready)
    u.m.say("+CPIN: READY", 6000)
    nic.connect("your.apn")
    assert nic.isconnected()


def test_registration_denied():
    nic, u = active()
    u.m.registered, u.m.address = 3, ""
    start = clock.ms()
    raises(OSError, E.EACCES, nic.connect, "your.apn")
    assert clock.ms() - start < 60_000


def test_disconnect_closes_and_detaches():
    nic, u = up()
    s = tcp(nic, u)
    nic.disconnect()
    eq(u.m.sockets, {})
    assert u.sent(b"AT+CGATT=0") or u.sent(b"AT+CFUN=0") or u.sent(b"AT+COPS=2")
    assert not nic.isconnected()
    raises(OSError, None, s.send, b"x")


def test_connect_again_after_disconnect():
    nic, u = up()
    nic.disconnect()
    nic.connect("your.apn")
    assert nic.isconnected()
    tcp(nic, u).send(b"x")


def test_status():
    nic, u = up()
    eq(nic.status("rssi"), -113 + 2 * 20)
    eq(nic.status("registration"), 1)
    u.on(b"AT+CSQ", b"\r\n+CSQ: 99,99\r\n\r\nOK\r\n")
    eq(nic.status("rssi"), None)
    u.on(b"AT+CSQ", b"\r\n+CSQ: 31,0\r\n\r\nOK\r\n")
    eq(nic.status("rssi"), -51)
    assert isinstance(nic.status("counters"), dict)
    nic.status()


@only("p0")
def test_registration_urc():
    nic, u = up()
    seen = []
    nic.on("registration", seen.append)
    u.m.registered = 2
    u.m.say("+CEREG: 2")
    run(nic, 3000)
    u.m.registered = 5
    u.m.say("+CEREG: 5")
    run(nic, 3000)
    assert 2 in seen and seen[-1] == 5, seen
    eq(nic.status("registration"), 5)


def test_config():
    nic, u = up()
    eq(nic.config("imei"), "867723030000001")
    eq(nic.config("imsi"), "460111174500001")
    eq(nic.config("iccid"), "89861118206001500001")
    assert "BC25" in nic.config("model")
    assert "BC25PAR01A01" in nic.config("revision")


def test_config_quoted():
    nic, u = up()
    u.on(b"AT+CGSN=1", b'\r\n+CGSN: "867723030000002"\r\n\r\nOK\r\n')
    eq(nic.config("imei"), "867723030000002")


def test_config_with_a_urc_before_the_bare_line():
    nic, u = up()
    u.on(b"AT+CIMI", b'\r\n+QIURC: "incoming full"\r\n\r\n460111174500009\r\n\r\nOK\r\n')
    eq(nic.config("imsi"), "460111174500009")


@manual("4.1.1")
def test_address_without_quotes():
    nic, u = active()
    u.on(b"AT+CGPADDR*", b"\r\n+CGPADDR: 1,10.9.8.7\r\n\r\nOK\r\n", times=-1)
    nic.connect("your.apn")
    eq(nic.ipconfig("addr4")[0], "10.9.8.7")


def test_errors_of_other_commands_carry_their_cme_number():
    nic, u = up()
    u.on(b"AT+COPS?", b"\r\n+CME ERROR: 30\r\n")
    e = raises(BC25Error, None, nic.at, "AT+COPS?")
    eq((e.code, e.command), (30, "AT+COPS?"))
    u.on(b"AT+COPS?", b"\r\nERROR\r\n")
    e = raises(BC25Error, None, nic.at, "AT+COPS?")
    eq((e.code, u.sent(b"AT+QIGETERROR")), (None, 0))
