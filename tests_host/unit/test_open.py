"""Opening and closing TCP sockets (QIOPEN, QICLOSE, QISTATE)."""

from bc25 import BC25Error

from desk import (
    ERRORS,
    PEER,
    POLLERR,
    POLLHUP,
    POLLIN,
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
    sid,
    tcp,
    until,
    up,
)

# The contract's errno for each code of the manual's table 1; those not named are EIO.
ERRNO_OF = {
    552: "EINVAL", 553: "ENOMEM", 555: "EOPNOTSUPP", 561: "ENOTCONN", 567: "ENOTCONN",
    563: "EADDRINUSE", 574: "EADDRINUSE", 564: "EAGAIN", 568: "EAGAIN", 565: "ENOENT",
    566: "ECONNREFUSED", 569: "ETIMEDOUT",
}  # fmt: skip


def wanted(code):
    return getattr(E, ERRNO_OF.get(code, "EIO"))


@manual("2.1.1", "4.1.1")
def test_open_by_address():
    nic, u = up()
    s = tcp(nic, u)
    p = u.m.open_lines[-1].split(",")
    eq((p[0], p[2], p[3], p[4]), ("1", '"TCP"', '"220.18.39.22"', "8062"))
    eq((model(u).mode, model(u).local), (0, 0))
    s.close()
    settle(nic, u)
    eq(u.m.sockets, {})


@manual("2.1.1")
def test_open_by_name_lets_the_module_resolve():
    nic, u = up()
    info = nic.socket  # getaddrinfo answers with the name as it is
    assert info
    tcp(nic, u, ("tcpbin.com", 4242))
    eq(u.m.open_lines[-1].split(",")[3:5], ['"tcpbin.com"', "4242"])
    eq((u.sent(b"AT+QIDNSGIP"), len(u.m.open_lines)), (0, 1))


@manual("2.1.1")
def test_context_local_port_and_ipv6():
    nic, u = up(context=2)
    s = nic.socket()
    s.bind(("", 5000))
    s.connect(PEER)
    p = u.m.open_lines[-1].split(",")
    eq((p[0], p[5]), ("2", "5000"))
    s6 = nic.socket(10, 1)
    s6.connect(("2001:db8::1", 80))
    p = u.m.open_lines[-1].split(",")
    eq((p[3], p[7]), ('"2001:db8::1"', "1"))


@manual("2.1.1", "3")
def test_refused():
    nic, u = up()
    u.m.open_error = 566
    s = nic.socket()
    e = raises(BC25Error, E.ECONNREFUSED, s.connect, PEER)
    eq(e.code, 566)
    assert e.command.startswith("AT+QIOPEN")
    for word in ("566", "QIOPEN"):
        assert word in str(e), str(e)
    settle(nic, u)
    eq(u.sent(b"AT+QICLOSE"), 1)  # after a failed open always, and its ERROR is tolerated
    tcp(nic, u).send(b"next works")


@manual("2.1.1", "3")
def test_a_bound_socket_tries_again_at_once():
    nic, u = up()
    u.m.open_error = 566
    s = nic.socket()
    s.bind(("", 5000))
    raises(BC25Error, E.ECONNREFUSED, s.connect, PEER)
    s.connect(PEER)  # the port is its own
    eq(s.send(b"x"), 1)


@manual("2.1.1", "3")
def test_name_not_found():
    nic, u = up()
    u.m.open_error = 565
    e = raises(BC25Error, E.ENOENT, nic.socket().connect, ("no.such.name", 1))
    eq(e.code, 565)


@manual("2.1.1", "2.1.12", "3")
def test_every_error_of_an_open():
    nic, u = up()
    for code in sorted(ERRORS)[1:]:
        if code != 563:
            u.m.open_error = code
            e = raises(BC25Error, wanted(code), nic.socket().connect, PEER)
            eq(e.code, code)
            settle(nic, u, 50)


@manual("2.1.12", "3", "4.8")
def test_every_error_at_once_is_asked_with_qigeterror():
    nic, u = up()
    for code in sorted(ERRORS)[1:]:
        if code in (563, 564, 568):  # those may be tried again
            continue
        u.m.open_refused = code
        u.clear()
        e = raises(BC25Error, wanted(code), nic.socket().connect, PEER)
        eq(e.code, code)
        after = u.lines[u.lines.index(b"AT+QIGETERROR") - 1]
        assert after.startswith(b"AT+QIOPEN="), after
        settle(nic, u, 50)


@manual("2.1.12")
def test_qigeterror_that_fails_itself():
    nic, u = up()
    u.on(b"AT+QIOPEN=*", b"\r\nERROR\r\n")
    u.on(b"AT+QIGETERROR", b"\r\nERROR\r\n")
    e = raises(BC25Error, E.EIO, nic.socket().connect, PEER)
    eq(e.code, None)


@manual("2.1.12")
def test_qigeterror_with_a_space_and_another_text():
    nic, u = up()
    u.on(b"AT+QIOPEN=*", b"\r\nERROR\r\n")
    u.on(b"AT+QIGETERROR", b"\r\n+QIGETERROR: 561, open PDP, context\r\n\r\nOK\r\n")
    eq(raises(BC25Error, E.ENOTCONN, nic.socket().connect, PEER).code, 561)


@manual("2.1.1", "3")
def test_id_in_use_tries_another():
    nic, u = up()
    u.m.open_refused = 563
    s = tcp(nic, u)
    first, second = (line.split(",")[1] for line in u.m.open_lines)
    assert first != second
    eq(s.send(b"x"), 1)
    settle(nic, u)
    eq(u.m.sockets[int(second)].sent, [b"x"])


@manual("2.1.1")
def test_id_in_use_told_late_tries_another():
    nic, u = up()
    u.m.open_error = 563
    s = tcp(nic, u)
    eq(s.send(b"x"), 1)


@manual("2.1.1")
def test_no_answer_to_an_open_ends_after_36_s_for_an_address_and_176_s_for_a_name():
    nic, u = up()
    for peer, limit in ((PEER, 36_000), (("tcpbin.com", 4242), 176_000)):
        u.on(b"AT+QIOPEN=*", b"\r\nOK\r\n")
        start = clock.ms()
        raises(OSError, E.ETIMEDOUT, nic.socket().connect, peer)
        assert limit <= clock.ms() - start <= limit + 5000, clock.ms() - start
        settle(nic, u)


def test_other_commands_run_while_an_open_is_pending():
    nic, u = up()
    u.m.open_ms = 30_000
    s = nic.socket()
    s.setblocking(False)
    raises(OSError, E.EINPROGRESS, s.connect, PEER)
    start = clock.ms()
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    assert clock.ms() - start < 3000
    until(nic, lambda: s.ioctl(3, POLLOUT) & POLLOUT)
    eq(s.send(b"x"), 1)


def test_several_opens_at_once():
    nic, u = up()
    u.m.open_ms = 5000
    socks = []
    for port in range(1, 4):
        s = nic.socket()
        s.setblocking(False)
        raises(OSError, E.EINPROGRESS, s.connect, ("220.18.39.22", port))
        socks.append(s)
    start = clock.ms()
    for s in socks:
        until(nic, lambda s=s: s.ioctl(3, POLLOUT))
    assert clock.ms() - start < 9000
    eq(len(u.m.sockets), 3)


def test_a_failed_open_shows_in_poll_and_in_the_next_call():
    nic, u = up()
    u.m.open_error = 566
    s = nic.socket()
    s.setblocking(False)
    raises(OSError, E.EINPROGRESS, s.connect, PEER)
    until(nic, lambda: s.ioctl(3, POLLIN | POLLOUT))
    assert s.ioctl(3, POLLIN | POLLOUT) & (POLLERR | POLLHUP)
    raises(OSError, E.ECONNREFUSED, s.send, b"x")


def test_a_shorter_timeout_ends_only_the_callers_wait():
    """The id stays taken until +QIOPEN came; then it is closed."""
    nic, u = up()
    u.m.open_ms = 20_000
    s = nic.socket()
    s.settimeout(2)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, s.connect, PEER)
    assert 1900 <= clock.ms() - start <= 3000
    s.close()
    run(nic, 5000)
    eq(u.sent(b"AT+QICLOSE"), 0)
    first = sid(u)
    u.m.open_ms = 200
    tcp(nic, u)
    assert sid(u) != first
    run(nic, 25_000)
    eq((u.sent(b"AT+QICLOSE"), sorted(u.m.sockets)), (1, [sid(u)]))


def test_a_given_up_open_that_never_answers_frees_its_id_at_the_deadline():
    nic, u = up()
    u.on(b"AT+QIOPEN=*", b"\r\nOK\r\n")
    s = nic.socket()
    s.settimeout(1)
    raises(OSError, E.ETIMEDOUT, s.connect, PEER)
    s.close()
    run(nic, 60_000)
    for port in range(1, 7):
        tcp(nic, u, ("220.18.39.22", port))


@manual("2.1.2", "4.1.4")
def test_close_returns_at_once_and_is_waited_for_when_the_id_is_needed():
    nic, u = up()
    u.m.close_ms = 8000
    socks = [tcp(nic, u, ("220.18.39.22", port)) for port in range(1, 7)]
    start = clock.ms()
    socks[0].close()
    assert clock.ms() - start < 500
    socks[0].close()  # twice is harmless
    run(nic, 10_000)
    tcp(nic, u, ("220.18.39.22", 9))
    eq(u.sent(b"AT+QICLOSE"), 1)


@manual("2.1.2")
def test_one_close_is_outstanding_at_a_time():
    nic, u = up()
    u.m.close_ms = 3000
    a, b = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    a.close()
    b.close()
    run(nic, 2000)
    eq(u.sent(b"AT+QICLOSE"), 1)
    run(nic, 6000)
    eq((u.sent(b"AT+QICLOSE"), u.m.sockets), (2, {}))


@manual("2.1.2")
def test_close_ok_that_never_comes_holds_nothing_up_for_ever():
    nic, u = up()
    u.on(b"AT+QICLOSE=*", b"\r\nOK\r\n")
    a, b = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    a.close()
    run(nic, 100)
    b.close()
    run(nic, 14_000)
    eq(u.sent(b"AT+QICLOSE=1"), 1)


@manual("2.1.2")
def test_error_to_a_close_is_tolerated():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+QICLOSE=*", b"\r\nERROR\r\n")
    s.close()
    settle(nic, u)
    u.m.sockets.clear()
    tcp(nic, u).send(b"x")


def test_a_closed_socket_refuses_use():
    nic, u = up()
    s = tcp(nic, u)
    s.close()
    raises(OSError, None, s.send, b"x")
    raises(OSError, None, s.recv, 1)
    raises(OSError, None, nic.socket().send, b"x")
    raises(OSError, None, nic.socket().recv, 1)


def test_context_manager_closes():
    nic, u = up()
    with nic.socket() as s:
        s.connect(PEER)
    settle(nic, u)
    eq(u.m.sockets, {})


def test_a_hundred_connections_leak_no_id():
    nic, u = up(piece=0)
    u.m.ok_ms = u.m.open_ms = u.m.close_ms = 2
    for _ in range(100):
        tcp(nic, u).close()
    settle(nic, u)
    eq((len(u.m.open_lines), u.m.sockets), (100, {}))


@only("p0")
def test_a_socket_not_in_blocking_mode_never_waits():
    nic, u = up()
    s = nic.socket()
    s.setblocking(False)
    start = clock.ms()
    raises(OSError, E.EINPROGRESS, s.connect, PEER)
    raises(OSError, E.EAGAIN, s.recv, 1)
    assert clock.ms() - start <= 20
