"""ping, ntp, resolve, dns."""

from bc25 import BC25Error

from desk import E, clock, eq, manual, number_of, only, raises, refuses, run, up

REPLIES = (
    b"\r\n+QPING: 0,220.18.29.21,32,192,255\r\n",
    b"\r\n+QPING: 0,220.18.23.21,32,240,255\r\n",
    b"\r\n+QPING: 0,220.18.23.21,32,241,255\r\n",
    b"\r\n+QPING: 0,220.18.23.21,32,479,255\r\n",
)
DONE = b"\r\n+QPING: 2,4,4,0,192,479,287\r\n"
OK = b"\r\nOK\r\n"


@manual("2.1.8", "4.6")
def test_ping():
    nic, u = up()
    seen = []
    u.on(b"AT+QPING=*", OK, *REPLIES, DONE, gap_ms=300)
    eq(nic.ping("sh.quectel.com", on_reply=seen.append), (4, 4, 0, 192, 479, 287))
    eq(seen[0], ("220.18.29.21", 32, 192, 255))
    eq([r[2] for r in seen], [192, 240, 241, 479])
    assert u.lines[-1].startswith(b'AT+QPING=1,"sh.quectel.com"'), u.lines[-1]


@manual("2.1.8")
def test_ping_parameters_reach_the_module():
    nic, u = up(context=3)
    u.on(b"AT+QPING=*", OK, b"\r\n+QPING: 2,1,1,0,5,5,5\r\n")
    nic.ping("h", count=1, size=200, timeout_s=255)
    eq(u.lines[-1], b'AT+QPING=3,"h",255,1,200')


@manual("2.1.8", "3")
def test_ping_timeouts_among_replies():
    nic, u = up()
    seen = []
    last = b"\r\n+QPING: 2,4,2,2,192,240,216\r\n"
    u.on(
        b"AT+QPING=*", OK, REPLIES[0], b"\r\n+QPING: 1\r\n", b"\r\n+QPING: 1\r\n", REPLIES[1], last
    )
    eq(nic.ping("h", on_reply=seen.append), (4, 2, 2, 192, 240, 216))
    eq([r and r[2] for r in seen], [192, None, None, 240])


@manual("2.1.8", "3")
def test_ping_all_lost():
    """Undocumented: a last line with zeros, or the time-outs alone."""
    nic, u = up()
    lost = (b"\r\n+QPING: 1\r\n",) * 4
    u.on(b"AT+QPING=*", OK, *lost, b"\r\n+QPING: 2,4,0,4,0,0,0\r\n", gap_ms=500)
    eq(nic.ping("h")[:3], (4, 0, 4))
    u.on(b"AT+QPING=*", OK, *lost, gap_ms=500)
    seen = []
    eq(nic.ping("h", on_reply=seen.append)[:3], (4, 0, 4))
    eq(seen, [None] * 4)


@manual("2.1.8", "3")
def test_ping_failures():
    nic, u = up()
    for code in (3, 4, 5, 565, 569):
        u.on(b"AT+QPING=*", OK, b"\r\n+QPING: %d\r\n" % code)
        eq(raises(BC25Error, None, nic.ping, "no.such.name").code, code)
    u.m.error = 561
    u.on(b"AT+QPING=*", b"\r\nERROR\r\n")
    eq(raises(BC25Error, E.ENOTCONN, nic.ping, "h").code, 561)


@manual("2.1.8")
def test_ping_forms_of_other_modules():
    """Address quoted; lines that begin with CR LF and do not end, but for the last."""
    nic, u = up()
    u.on(
        b"AT+QPING=*",
        b'\r\nOK\r\n\r\n+QPING: 0,"1.2.3.4",32,10,64\r\n+QPING: 0,"1.2.3.4",32,20,64'
        b"\r\n+QPING: 2,2,2,0,10,20,15\r\n",
    )
    seen = []
    eq(nic.ping("h", count=2, on_reply=seen.append), (2, 2, 0, 10, 20, 15))
    eq(seen[0], ("1.2.3.4", 32, 10, 64))


@manual("2.1.8")
def test_ping_without_an_end_is_bounded():
    nic, u = up()
    u.on(b"AT+QPING=*", OK)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.ping, "h", count=2, timeout_s=5)
    assert 60_000 <= clock.ms() - start <= 80_000
    u.on(b"AT+QPING=*", OK)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.ping, "h", timeout_ms=3000)
    assert clock.ms() - start <= 5000


@manual("2.1.9", "4.7")
def test_ntp():
    nic, u = up()
    for line in ('+QNTP: 0, "18/04/20,11:08:20+32"', '+QNTP: 0,"18/04/20,11:08:20+32"'):
        u.on(b"AT+QNTP=*", OK, b"\r\n" + line.encode() + b"\r\n", gap_ms=400)
        eq(nic.ntp("ntp5.aliyun.com"), ((2018, 4, 20, 4, 11, 8, 20, 0), 32))
    assert u.lines[-1].startswith(b'AT+QNTP=1,"ntp5.aliyun.com"'), u.lines[-1]


@manual("2.1.9")
def test_ntp_weekdays_zones_port_and_clock():
    nic, u = up()
    for text, date, zone in (
        ("00/02/29,00:00:00-48", (2000, 2, 29, 1, 0, 0, 0, 0), -48),
        ("24/12/31,23:59:59+56", (2024, 12, 31, 1, 23, 59, 59, 0), 56),
        ("26/03/01,01:02:03+00", (2026, 3, 1, 6, 1, 2, 3, 0), 0),
    ):
        u.on(b"AT+QNTP=*", OK, b'\r\n+QNTP: 0,"' + text.encode() + b'"\r\n')
        eq(nic.ntp("h", 1123, set_clock=True), (date, zone))
    eq(u.lines[-1], b'AT+QNTP=1,"h",1123,1')


@manual("2.1.9", "3")
def test_ntp_failures():
    nic, u = up()
    u.on(b"AT+QNTP=*", OK, b"\r\n+QNTP: 565\r\n")
    eq(raises(BC25Error, E.ENOENT, nic.ntp, "h").code, 565)
    u.on(b"AT+QNTP=*", OK, b"\r\n+QNTP: 569,\r\n")
    eq(raises(BC25Error, E.ETIMEDOUT, nic.ntp, "h").code, 569)
    u.on(b"AT+QNTP=*", OK)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.ntp, "h")
    assert 60_000 <= clock.ms() - start < 200_000
    u.on(b"AT+QNTP=*", OK, b'\r\n+QNTP: 0,"nonsense"\r\n')
    raises(OSError, None, nic.ntp, "h")


@manual("2.1.10")
def test_resolve():
    nic, u = up()
    urc = b'\r\n+QIURC: "dnsgip",'
    answers = OK, urc + b"0,2,600\r\n", urc + b'"1.2.3.4"\r\n', urc + b'"5.6.7.8"\r\n'
    u.on(b"AT+QIDNSGIP=*", *answers, gap_ms=500)
    eq(nic.resolve("tcpbin.com"), ["1.2.3.4", "5.6.7.8"])
    eq(u.lines[-1], b'AT+QIDNSGIP=1,"tcpbin.com"')
    u.on(b"AT+QIDNSGIP=*", *answers)
    eq(nic.resolve("tcpbin.com", ttl=True), (["1.2.3.4", "5.6.7.8"], 600))


@manual("2.1.10")
def test_resolve_joined_or_ipv6():
    nic, u = up()
    urc = b'\r\n+QIURC: "dnsgip",'
    u.on(b"AT+QIDNSGIP=*", OK, urc + b"0,2,60\r\n", urc + b'"1.2.3.4,5.6.7.8"\r\n')
    eq(nic.resolve("h"), ["1.2.3.4", "5.6.7.8"])
    u.on(b"AT+QIDNSGIP=*", OK + urc + b"0,1,60\r\n" + urc + b'"2001:db8::1"\r\n')
    eq(nic.resolve("h"), ["2001:db8::1"])


@manual("2.1.10", "3")
def test_resolve_failures():
    nic, u = up()
    u.on(b"AT+QIDNSGIP=*", OK, b'\r\n+QIURC: "dnsgip",565\r\n')
    eq(raises(BC25Error, E.ENOENT, nic.resolve, "no.such.name").code, 565)
    u.m.error = 564
    u.on(b"AT+QIDNSGIP=*", b"\r\nERROR\r\n", times=-1)
    eq(raises(BC25Error, E.EAGAIN, nic.resolve, "h").code, 564)
    u.rules.clear()
    u.on(b"AT+QIDNSGIP=*", OK)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.resolve, "h")
    assert 60_000 <= clock.ms() - start < 200_000
    u.on(
        b"AT+QIDNSGIP=*",
        OK,
        b'\r\n+QIURC: "dnsgip",0,3,60\r\n',
        b'\r\n+QIURC: "dnsgip","1.1.1.1"\r\n',
    )
    try:
        eq(nic.resolve("h", timeout_ms=5000), ["1.1.1.1"])  # fewer than announced
    except OSError as e:
        eq(number_of(e), E.ETIMEDOUT)


ADDRESS = b'\r\n+QIURC: "dnsgip",'


@manual("2.1.10")
def test_a_late_answer_is_not_taken_for_the_next_question():
    """The answer has no name: the next question waits until the owed one came."""
    nic, u = up()
    u.on(b"AT+QIDNSGIP=*", OK, ADDRESS + b"0,1,60\r\n" + ADDRESS + b'"1.1.1.1"\r\n')
    late = ADDRESS + b"0,2,60\r\n", ADDRESS + b'"9.9.9.9"\r\n', ADDRESS + b'"9.9.9.8"\r\n'
    u.on(b"AT+QIDNSGIP=*", OK, *late, gap_ms=1500)
    raises(OSError, E.ETIMEDOUT, nic.resolve, "slow", timeout_ms=1000)
    eq(nic.resolve("h"), ["1.1.1.1"])
    u.on(b"AT+QIDNSGIP=*", OK, ADDRESS + b"0,1,60\r\n" + ADDRESS + b'"1.1.1.1"\r\n')
    u.on(b"AT+QIDNSGIP=*", OK, *late, gap_ms=500)
    raises(OSError, E.ETIMEDOUT, nic.resolve, "slow", timeout_ms=1200)  # amid its answer
    eq(nic.resolve("h"), ["1.1.1.1"])


@manual("2.1.8", "2.1.9")
def test_a_late_reply_is_not_the_next_ping_s():
    nic, u = up()
    seen = []
    u.on(b"AT+QPING=*", OK, b"\r\n+QPING: 2,4,4,0,7,7,7\r\n")
    u.on(b"AT+QPING=*", OK, *REPLIES, DONE, gap_ms=1500)
    raises(OSError, E.ETIMEDOUT, nic.ping, "slow", on_reply=seen.append, timeout_ms=2000)
    eq((len(seen), nic.ping("h"), len(seen)), (1, (4, 4, 0, 7, 7, 7), 1))
    u.on(b"AT+QNTP=*", OK, b'\r\n+QNTP: 0,"24/12/31,23:59:59+56"\r\n')
    u.on(b"AT+QNTP=*", OK, b"\r\n+QNTP: 565\r\n", gap_ms=3000)
    raises(OSError, E.ETIMEDOUT, nic.ntp, "slow", timeout_ms=1000)
    eq(nic.ntp("h")[1], 56)


@manual("2.1.10")
def test_an_answer_owed_for_good_is_not_waited_for_longer_than_a_lookup_takes():
    nic, u = up()
    u.on(b"AT+QIDNSGIP=*", OK)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.resolve, "slow", timeout_ms=1000)
    e = raises(BC25Error, E.ETIMEDOUT, nic.resolve, "next", timeout_ms=1000)
    eq(e.command, "AT+QIDNSGIP")
    eq(u.sent(b"AT+QIDNSGIP"), 1)
    u.on(b"AT+QIDNSGIP=*", OK, ADDRESS + b"0,1,60\r\n" + ADDRESS + b'"1.1.1.1"\r\n')
    eq(nic.resolve("h"), ["1.1.1.1"])
    assert clock.ms() - start < 80_000
    run(nic, 100)
    eq([line for line in u.lines if b"next" in line], [])  # given up before it was asked


@manual("2.1.14")
def test_dns():
    nic, u = up()
    eq(nic.dns(), ("8.8.8.8", "8.8.4.4"))
    eq(nic.dns("114.114.114.114"), ("114.114.114.114", "8.8.4.4"))
    eq(u.m.dns[0], "114.114.114.114")
    eq(nic.dns("1.1.1.1", "9.9.9.9"), ("1.1.1.1", "9.9.9.9"))


@manual("2.1.14")
def test_dns_unquoted_four_fields_or_error():
    nic, u = up()
    u.on(b"AT+QIDNSCFG?", b"\r\n+QIDNSCFG: 1.1.1.1,9.9.9.9\r\n\r\nOK\r\n")
    eq(nic.dns(), ("1.1.1.1", "9.9.9.9"))
    u.on(b"AT+QIDNSCFG?", b'\r\n+QIDNSCFG: "1.1.1.1","9.9.9.9","::1","::2"\r\n\r\nOK\r\n')
    eq(nic.dns()[:2], ("1.1.1.1", "9.9.9.9"))
    u.m.error = 572
    u.on(b"AT+QIDNSCFG=*", b"\r\nERROR\r\n")
    eq(raises(BC25Error, E.EIO, nic.dns, "1.1.1.1").code, 572)


def test_a_service_waits_while_sockets_work():
    nic, u = up()
    s = nic.socket()
    s.connect(("220.18.39.22", 8062))
    u.m.recv(0, b"meanwhile", 100)
    u.on(b"AT+QPING=*", OK, b"\r\n+QPING: 2,1,1,0,5,5,5\r\n", gap_ms=3000)
    nic.ping("h", count=1)
    s.setblocking(False)
    eq(s.recv(64), b"meanwhile")


@only("p0")
def test_bad_timeouts():
    nic, u = up()
    for call in (nic.ping, nic.ntp, nic.resolve):
        refuses(u, (ValueError, TypeError), call, "h", timeout_ms=-1)
        refuses(u, (ValueError, TypeError), call, "h", timeout_ms="5")
