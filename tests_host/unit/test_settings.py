"""keepalive, last_error, sockets, psm, edrx, at, baud."""

from bc25 import BC25Error

from desk import E, clock, eq, manual, model, raises, run, tcp, udp, up


@manual("2.1.13")
def test_keepalive():
    nic, u = up()
    eq(nic.keepalive(), (0, 60, 10, 9))
    eq(nic.keepalive(1, 120, 20, 5), (1, 120, 20, 5))
    eq(u.m.keepalive, "1,120,20,5")
    eq(nic.keepalive(0)[0], 0)


@manual("2.1.12", "4.8")
def test_last_error():
    nic, u = up()
    u.m.error = 552
    code, text = nic.last_error()
    eq((code, text.lower()), (552, "invalid parameters"))
    u.on(b"AT+QIGETERROR", b"\r\n+QIGETERROR: 566, Socket connection failed\r\n\r\nOK\r\n")
    code, text = nic.last_error()
    eq((code, text.strip()), (566, "Socket connection failed"))
    u.m.error = 0
    eq(nic.last_error()[0], 0)


@manual("2.1.3", "4.1.1")
def test_sockets():
    nic, u = up()
    eq(nic.sockets(), [])
    tcp(nic, u)
    udp(nic, u, ("220.18.39.23", 8084))
    first = (0, "TCP", "220.18.39.22", 8062, 0, 2, 1, 0)
    eq(nic.sockets(), [first, (1, "UDP", "220.18.39.23", 8084, 0, 2, 1, 0)])
    eq(u.lines[-1], b"AT+QISTATE?")
    eq(nic.sockets(id=0), [first])
    eq(u.lines[-1], b"AT+QISTATE=1,0")
    eq(len(nic.sockets(context=1)), 2)
    eq(u.lines[-1], b"AT+QISTATE=0,1")
    eq(nic.sockets(context=2), [])


@manual("2.1.3")
def test_sockets_in_every_state_and_service():
    nic, u = up()
    rows = []
    services = "TCP", "UDP", "TCP LISTENER", "TCP INCOMING", "UDP SERVICE", "TCP"
    for i, service in enumerate(services):
        rows.append((i, service, "10.0.0.%d" % i, 80 + i, 5000 + i, i, 1, i % 2))
    text = "".join('\r\n+QISTATE: %d,"%s","%s",%d,%d,%d,%d,%d\r\n' % r for r in rows)
    u.on(b"AT+QISTATE?", text.encode() + b"\r\nOK\r\n")
    eq(nic.sockets(), rows)


def test_psm():
    nic, u = up()
    eq(nic.psm(), (1, 4 * 3600, 2))
    on, tau, active = nic.psm(1, 3600 * 10, 60)
    eq((on, tau, active), (1, 3600 * 10, 60))
    parts = u.m.psms.split(",")
    eq((parts[0], parts[3], parts[4]), ("1", '"00101010"', '"00011110"'))
    eq(nic.psm(0)[0], 0)


def test_psm_rounds_to_what_the_timers_have():
    nic, u = up()
    for tau, active in ((1, 1), (100, 7), (59, 3601), (100_000, 11_000), (5_000_000, 500)):
        _, t, a = nic.psm(1, tau, active)
        unit = max(2, tau // 31)
        assert t == 0 or abs(t - tau) <= unit * 10, (tau, t)
        assert a >= 0 and abs(a - active) <= max(60, active // 2), (active, a)


def test_edrx():
    nic, u = up()
    eq(nic.edrx()[0], 0)
    eq(nic.edrx(1, 20), (1, 20.48))
    assert u.m.edrx.startswith("1,5,"), u.m.edrx
    on, cycle = nic.edrx(1, 5000)
    assert on and 2600 < cycle <= 10_485.76, cycle
    eq(nic.edrx(0)[0], 0)


def test_at():
    nic, u = up()
    eq(nic.at("AT"), [])
    eq(nic.at("ATI"), ["Quectel_Ltd", "Quectel_BC25", "Revision: BC25PAR01A01"])
    eq(nic.at("AT+CIMI"), ["460111174500001"])
    eq(nic.at("AT+CGMM"), ["BC25"])
    eq(nic.at("AT+CGMR"), ["Revision: BC25PAR01A01"])
    eq(nic.at("AT+CSQ"), ["+CSQ: 20,0"])
    u.on(b"AT+MANY?", b"\r\n+MANY: 1\r\n\r\n+MANY: 2\r\n\r\nOK\r\n")
    eq(nic.at("AT+MANY?"), ["+MANY: 1", "+MANY: 2"])


def test_at_takes_only_its_own_lines():
    nic, u = up()
    s = tcp(nic, u)
    seen = []
    nic.on("urc", seen.append)
    model(u).rx.append(b"data")
    u.on(
        b"AT+ONE?",
        b'\r\n+QIURC: "recv",0\r\n\r\n+OTHER: 5\r\n\r\n+ONE: 1\r\n\r\nOK\r\n',
    )
    eq((nic.at("AT+ONE?"), seen), (["+ONE: 1"], ["+OTHER: 5"]))
    eq(s.recv(64), b"data")


@manual("2.1.4")
def test_at_with_data():
    nic, u = up()
    rule = u.on(b"AT+QISEND=0", b"\r\n> ", raw=-1, then=b"\r\nOK\r\n")
    eq(nic.at("AT+QISEND=0", data=b"any\r\nthing", end=b"\x1a"), [])
    eq(rule.payload, b"any\r\nthing")
    rule = u.on(b"AT+FILE=4", b"\r\n> ", raw=4, then=b"\r\n+FILE: 4\r\n\r\nOK\r\n")
    eq((nic.at("AT+FILE=4", data=b"\x00\x1a> "), rule.payload), (["+FILE: 4"], b"\x00\x1a> "))


@manual("2.1.12")
def test_at_errors():
    nic, u = up()
    u.on(b"AT+ONE", b"\r\n+CME ERROR: 50\r\n")
    eq(raises(BC25Error, E.EIO, nic.at, "AT+ONE").code, 50)
    u.on(b"AT+ONE", b"\r\nERROR\r\n")
    eq(raises(BC25Error, E.EIO, nic.at, "AT+ONE").code, None)
    u.m.error = 555
    u.on(b"AT+QICLOSE=5", b"\r\nERROR\r\n")
    e = raises(BC25Error, E.EOPNOTSUPP, nic.at, "AT+QICLOSE=5")
    eq((e.code, e.command), (555, "AT+QICLOSE=5"))
    u.on(b"AT+ONE")
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.at, "AT+ONE", timeout_ms=700)
    assert 600 <= clock.ms() - start < 3000


def test_error_text_names_all_three():
    nic, u = up()
    u.on(b"AT+ONE=1", b"\r\n+CME ERROR: 50\r\n")
    e = raises(BC25Error, None, nic.at, "AT+ONE=1")
    assert isinstance(e, OSError)
    for part in (str(e.errno), "50", "AT+ONE=1"):
        assert part in str(e), str(e)


def test_baud():
    nic, u = up()
    seen = []
    u.on(b"AT+IPR=115200", b"\r\nOK\r\n")
    nic.baud(115200, lambda rate: seen.append((rate, bytes(u.lines[-1]))))
    eq(seen, [(115200, b"AT+IPR=115200")])
    eq(nic.at("AT"), [])
    run(nic, 100)


def test_baud_refused_reopens_nothing():
    nic, u = up()
    seen = []
    u.on(b"AT+IPR=7", b"\r\nERROR\r\n")
    raises((ValueError, OSError), None, nic.baud, 7, seen.append)
    eq(seen, [])
