"""Odd answers of modules in the field."""

from bc25 import BC25Error

from desk import E, clock, eq, model, new, raises, run, settle, sid, tcp, udp, up

URC = b"\r\n+QIURC: "


def heard(nic):
    """What on("urc") and on("reset") are told."""
    seen = []
    nic.on("urc", seen.append)
    nic.on("reset", lambda: seen.append("reset"))
    return seen


# at()


def test_at_has_lines_of_any_length():
    for n in (255, 271, 272, 273, 300, 544, 545, 1500):
        nic, u = up()
        seen = heard(nic)
        line = "+COPS: " + '(2,"Operator","Op","26201",9),' * (n // 30) + "x" * (n % 30)
        u.on(b"AT+COPS=?", b"\r\n" + line.encode() + b"\r\n\r\nOK\r\n")
        eq(nic.at("AT+COPS=?", timeout_ms=60_000), [line])
        eq((seen, nic.status("counters")["overlong"]), ([], 0))


def test_at_has_bare_lines():
    nic, u = up()
    seen = heard(nic)
    lines = ["Quectel", "BC25", "Revision: BC25PAR01A01", "ACTIVE PROFILE", "E0 Q0 V1", "> none",
             "AT+QIOPEN", "AT+CLAC", "AT&W", "x" * 280]  # fmt: skip
    for command in ("ATI", "AT&V", "AT+CLAC", "AT+CGMI", "AT+GMR"):
        told = b"".join([b"\r\n%s" % line.encode() for line in lines])
        u.on(command.encode(), told + b"\r\n\r\nOK\r\n")
        eq(nic.at(command), lines)
    eq((seen, nic.status("counters")["unknown"]), ([], 0))


def test_at_has_lines_of_another_prefix():
    nic, u = up()
    seen = heard(nic)
    u.on(b"AT+NUESTATS", b"\r\n+QENG: 0,1\r\n+QENG: 5\r\n\r\nOK\r\n")
    eq(nic.at("AT+NUESTATS"), ["+QENG: 0,1", "+QENG: 5"])
    eq(seen, [])


def test_at_leaves_urcs_to_whom_they_are_for():
    nic, u = up()
    s = tcp(nic, u)
    seen = heard(nic)
    model(u).rx.append(b"data")
    u.on(b"ATI", b"\r\nBC25\r\n" + URC + b'"recv",0\r\n' + b"\r\n+CEREG: 1\r\n"
         + b"\r\nRevision\r\n\r\nOK\r\n")  # fmt: skip
    eq(nic.at("ATI"), ["BC25", "Revision"])
    eq((s.recv(9), seen), (b"data", []))


def test_news_of_the_network_is_no_answer():
    """Unless it was asked for."""
    nic, u = up()
    seen = heard(nic)
    news = ["+CSCON: 0", "+CGEV: ME PDN ACT 1", '+CTZEU: "+32",0', "+QLWEVTIND: 0"]
    told = b"".join([b"\r\n%s\r\n" % line.encode() for line in news])
    u.on(b"AT+CSQ", told + b"\r\n+CSQ: 22,0\r\n" + told + b"\r\nOK\r\n")
    eq((nic.at("AT+CSQ"), sorted(seen)), (["+CSQ: 22,0"], sorted(news + news)))
    u.on(b"AT+CSCON?", b"\r\n+CSCON: 0,1\r\n\r\nOK\r\n")
    eq(nic.at("AT+CSCON?"), ["+CSCON: 0,1"])


def test_commands_of_the_driver_take_no_foreign_lines():
    nic, u = up()
    seen = heard(nic)
    u.on(b"AT+CSQ", b"\r\n+NEWS: 1\r\n\r\n+CSQ: 20,0\r\n\r\nbare\r\n\r\nOK\r\n")
    eq(nic.status("rssi"), -73)
    eq(seen, ["+NEWS: 1", "bare"])


def test_clac_is_no_echo():
    """AT+CLAC lists what was sent, too; and other waits go on."""
    nic, u = up()
    seen = heard(nic)
    s = udp(nic, u)
    told = URC + b'"dnsgip",0,1,60\r\n' + URC + b'"dnsgip","1.1.1.1"\r\n'
    u.on(b"AT+QIDNSGIP=*", b"\r\nOK\r\n", told, gap_ms=3000)
    lines = [b"AT", b"ATE", b"AT+CSQ", b"AT+QISTATE", b"AT+CLAC", b"AT+QISEND"]
    u.on(b"AT+CLAC", b"\r\n" + b"\r\n".join(lines) + b"\r\n\r\nOK\r\n")
    eq(nic.at("AT+CLAC"), [line.decode() for line in lines])
    run(nic, 3000)
    eq((nic.resolve("h"), s.send(b"x"), seen), (["1.1.1.1"], 1, []))


# Noise


def test_nul_and_ff_glued_to_lines():
    for noise in (b"\x00", b"\xff", b"\x00\xff\x00", b"\x00" * 300):
        nic, u = up()
        seen = heard(nic)
        s = tcp(nic, u)
        model(u).rx.append(b"data")
        u.push(noise + URC + b'"recv",0\r\n')
        eq(s.recv(9), b"data")
        u.push(noise + b'+QIURC: "closed",0\r\n')
        eq(s.recv(9), b"")
        u.on(b"AT+CSQ", noise + b"\r\n+CSQ: 20,0\r\n" + noise + b"OK\r\n")
        eq((nic.status("rssi"), seen), (-73, []))


def test_a_boot_with_noise():
    for noise in (b"\x00", b"\xff\xff", b"\x00" * 500, b"\n\rF1: 0000 0000\n\rV0: 0000\n\r"):
        nic, u = up()
        seen = []
        nic.on("reset", lambda: seen.append("reset"))
        s = tcp(nic, u)
        u.push(noise)
        u.at(900, u.m.boot)
        raises(OSError, E.ECONNRESET, s.recv, 1)
        run(nic, 5000)
        eq((seen, u.m.sclk, nic.isconnected()), (["reset"], 0, True))


def test_qatsleep_without_line_ends():
    nic, u = up()
    told = []
    nic.on("sleep", lambda: told.append("sleep"))
    nic.on("wake", lambda: told.append("wake"))
    d = udp(nic, u)
    u.push(b"+QATSLEEP\r\n")
    run(nic, 100)
    u.push(b'\r\n+QNBIOTEVENT: "EXIT DEEPSLEEP"\r\n+QATWAKEUP\r\n')
    run(nic, 100)
    eq((told, d.send(b"x")), (["sleep", "wake"], 1))


def test_qatsleep_glued_behind_pushed_data():
    nic, u = up(push=True)
    told = []
    nic.on("sleep", lambda: told.append("sleep"))
    d = udp(nic, u)
    d.settimeout(0)
    u.push(URC + b'"recv",0,5\r\nhello\r\n+QATSLEEP\r\n')
    run(nic, 1000)
    eq((d.recv(9), told), (b"hello", ["sleep"]))


# Echo


def test_echo_that_came_back_echoes_payload():
    for payload in (b"\r\nSEND FAIL\r\n", b"\r\nSEND OK\r\n", b'\r\n+QIURC: "closed",0\r\n',
                    b"\r\nRDY\r\n", b"> \r\nOK\r\n", b"\x00\r\nERROR\r\nx"):  # fmt: skip
        nic, u = up()
        s = tcp(nic, u)
        payload_done = u.m.payload_done

        def echoed(uart, text):
            if u.m.echo:
                u.push(text)
            payload_done(uart, text)

        u.m.payload_done = echoed
        u.m.echo = True
        u.on(b"ATE0", b"\r\nOK\r\n", times=-1)  # it does not end for now
        eq(s.send(payload), len(payload))
        eq(s.send(b"\x01second"), 7)
        eq(model(u).sent, [payload, b"\x01second"])


def test_an_echo_is_no_answer():
    """Three commands that were echoed and not answered are a silent module."""
    nic, u = up()
    u.on(b"AT+CSQ", b"AT+CSQ\r\r\n", times=-1)
    raises(BC25Error, E.ETIMEDOUT, nic.status, "rssi")


# Whoever waits is told of a restart


def test_a_restart_in_a_command_is_econnreset_at_once():
    for name, args, command in (
        ("at", ("AT+COPS=?",), b"AT+COPS=?"),
        ("status", ("rssi",), b"AT+CSQ"),
        ("ping", ("h",), b"AT+QPING=*"),
        ("ntp", ("h",), b"AT+QNTP=*"),
        ("resolve", ("h",), b"AT+QIDNSGIP=*"),
        ("dns", (), b"AT+QIDNSCFG?"),
        ("sockets", (), b"AT+QISTATE?"),
    ):
        for answer in (b"", b"\r\nOK\r\n")[: 2 if "*" in command.decode() else 1]:
            nic, u = up()
            u.on(command, answer)
            u.at(300, u.m.boot)
            start = clock.ms()
            kwargs = {"timeout_ms": 120_000} if name != "status" else {}
            raises(OSError, E.ECONNRESET, getattr(nic, name), *args, **kwargs)
            assert clock.ms() - start < 2000, name


def test_a_restart_while_sockets_wait():
    nic, u = up()
    s, d = tcp(nic, u), udp(nic, u)
    u.at(300, u.m.boot)
    start = clock.ms()
    raises(OSError, E.ECONNRESET, s.recv, 1)
    raises(OSError, E.ECONNRESET, d.recv, 1)
    assert clock.ms() - start < 3000


def test_a_datagram_socket_comes_back():
    """It raises once; then send, sendto or connect open it again."""
    for again in (
        lambda d: d.send(b"again"),
        lambda d: d.sendto(b"again", ("220.18.39.22", 8062)),
        lambda d: d.connect(("220.18.39.22", 8062)) or d.send(b"again"),
    ):
        nic, u = up()
        d = udp(nic, u)
        d.send(b"first")
        u.m.boot()
        run(nic, 5000)
        raises(OSError, E.ECONNRESET, d.send, b"lost")
        eq(again(d), 5)
        eq(model(u).sent, [b"again"])


# Errors of one connection are its own


def test_one_refused_read_on_each_of_three_sockets():
    nic, u = up()
    socks = [tcp(nic, u, ("220.18.39.22", port)) for port in (1, 2, 3)]
    for i, s in enumerate(socks):
        u.on(b"AT+QIRD=%d,512" % i, b"\r\nERROR\r\n")
        model(u, i).rx.append(b"data")
        u.push(URC + b'"recv",%d\r\n' % i)
        eq(s.recv(9), b"data")


def test_an_unknown_urc_between_data_and_ok():
    nic, u = up()
    seen = heard(nic)
    s = tcp(nic, u)
    u.on(b"AT+QIRD=0,512", b"\r\n+QIRD: 4\r\ndata\r\n\r\n+NEWS: 1\r\n\r\nOK\r\n")
    u.push(URC + b'"recv",0\r\n')
    eq((s.recv(9), seen), (b"data", ["+NEWS: 1"]))


# QISTATE


def test_qistate_of_an_unused_id_is_an_error():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+QISTATE=1,*", b"\r\nERROR\r\n", times=-1)
    u.on(b"AT+QICLOSE=0", b"\r\nOK\r\n")
    s.close()
    u.m.sockets.clear()
    run(nic, 15_000)
    eq(repr(nic).count("0 sockets"), 1)
    raises(BC25Error, None, nic.sockets, id=3)
    d = udp(nic, u)
    eq(d.send(b"x"), 1)


def test_qistate_refused_at_bring_up():
    nic, u = new()
    u.on(b"AT+QISTATE?", b"\r\nERROR\r\n", times=-1)
    nic.active(True)
    nic.connect()
    eq(tcp(nic, u).send(b"x"), 1)
    u.m.echo = True
    nic.at("AT")
    run(nic, 5000)
    assert nic.active() and nic.isconnected()


def test_an_open_that_qistate_does_not_list_yet():
    """And a restart is proved by none that is missing so."""
    nic, u = up()
    seen = heard(nic)
    u.m.open_ms = 8000
    s = nic.socket()
    s.settimeout(0)
    raises(OSError, E.EINPROGRESS, s.connect, ("name.example", 7))
    run(nic, 500)
    u.on(b"AT+QISTATE?", b"\r\nOK\r\n", times=-1)
    u.push(b"\r\nRDY\r\n")  # a reason to ask
    run(nic, 12_000)
    s.settimeout(5)
    eq((s.send(b"x"), seen), (1, []))


def test_recoveries_are_not_a_loop():
    """Something that stays wrong: QSCLK=0 or QISTATE? refused, echo that ATE0 does not end."""
    for command, answer in ((b"AT+QSCLK=0", b"\r\nERROR\r\n"), (b"AT+QISTATE?", b"\r\nERROR\r\n"),
                            (b"ATE0", b"ATE0\r\r\nOK\r\n")):  # fmt: skip
        nic, u = up()
        s = udp(nic, u)
        u.on(command, answer, times=-1)
        if command == b"ATE0":
            u.m.echo = True
        u.push(b"\r\nRDY\r\n")
        run(nic, 60_000)
        u.clear()
        run(nic, 60_000)
        eq((command, u.lines[:3]), (command, []))
        assert s


def test_status_in_a_handler():
    nic, u = up()
    seen = []

    def look(_):
        seen.append((nic.status(), nic.status("counters")["timeouts"], nic.isconnected()))

    nic.on("registration", look)
    u.m.say("+CEREG: 1")
    run(nic, 100)
    eq(seen, [(3, 0, True)])


def test_dnsgip_with_fewer_addresses_than_counted():
    nic, u = up()
    head = URC + b'"dnsgip",0,3,60\r\n'
    one = URC + b'"dnsgip","1.1.1.%d"\r\n'
    u.on(b"AT+QIDNSGIP=*", b"\r\nOK\r\n" + head + one % 1 + one % 2)
    start = clock.ms()
    eq(nic.resolve("h"), ["1.1.1.1", "1.1.1.2"])
    assert clock.ms() - start < 10_000
    u.on(b"AT+QIDNSGIP=*", b"\r\nOK\r\n" + head)
    raises(OSError, None, nic.resolve, "h")
    joined = URC + b'"dnsgip",0,2,60\r\n' + URC + b'"dnsgip","1.1.1.1,2.2.2.2"\r\n'
    u.on(b"AT+QIDNSGIP=*", b"\r\nOK\r\n" + joined)
    eq(nic.resolve("h", ttl=True), (["1.1.1.1", "2.2.2.2"], 60))


def test_keepalive_in_all_forms():
    for value, on in ((1, "1"), (0, "0"), (True, "1"), (b"\x00\x00\x00\x00", "0"),
                      (b"\x01\x00\x00\x00", "1"), (bytearray(4), "0")):  # fmt: skip
        nic, u = up()
        u.m.keepalive = "2" + u.m.keepalive[1:]
        s = nic.socket()
        s.setsockopt(0xFFF, 8, value)
        eq((value, u.m.keepalive), (value, on + ",60,10,9"))
        s.settimeout(0)
        start = clock.ms()
        s.setsockopt(0xFFF, 8, 1)
        assert clock.ms() - start < 20
        settle(nic, u)
        eq(u.m.keepalive[0], "1")


def test_poll_of_a_closed_socket():
    nic, u = up()
    for s in (nic.socket(), tcp(nic, u), udp(nic, u)):
        s.close()
        eq(s.ioctl(3, 5) & 32, 32)
        settle(nic, u)
        eq(s.ioctl(3, 5) & 32, 32)


def test_emfile():
    nic, u = up()
    socks = [tcp(nic, u, ("220.18.39.22", port)) for port in range(1, 7)]
    for s in (nic.socket(), nic.socket(2, 2)):
        raises(OSError, E.EMFILE, s.connect, ("220.18.39.22", 9))
    socks[2].close()
    settle(nic, u)
    eq(tcp(nic, u, ("220.18.39.22", 9)).send(b"x"), 1)
    eq(sid(u), 2)


def test_emfile_where_the_module_gave_ids_away():
    nic, u = up()
    socks = [udp(nic, u, ("220.18.39.22", port)) for port in range(1, 6)]
    u.on(b"AT+QIOPEN=*", b"\r\nERROR\r\n", times=-1)
    u.m.error = 563
    start = clock.ms()
    raises(BC25Error, E.EMFILE, udp, nic, u, ("220.18.39.22", 9))
    assert clock.ms() - start < 3000
    assert socks


def test_sendto_another_peer_asks_for_what_waits():
    """Its URC was lost."""
    nic, u = up()
    d = udp(nic, u)
    model(u).rx += [b"one", b"two"]
    d.sendto(b"x", ("220.18.39.23", 2))
    eq(d.recvfrom(9), (b"one", ("220.18.39.22", 8062)))
    eq(d.recvfrom(9), (b"two", ("220.18.39.22", 8062)))
    eq(model(u).sent, [b"x"])


def test_a_stream_takes_nothing_before_it_is_open():
    nic, u = up()
    s = nic.socket()
    s.settimeout(0)
    raises(OSError, E.EINPROGRESS, s.connect, ("220.18.39.22", 9))
    eq((s.write(b"x"), s.ioctl(3, 4)), (None, 0))
    raises(OSError, E.EAGAIN, s.send, b"x")
    run(nic, 1000)
    eq((s.ioctl(3, 4), s.write(b"x")), (4, 1))
