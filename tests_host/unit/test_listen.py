"""TCP LISTENER: bind, listen, accept, incoming."""

from desk import (
    POLLIN,
    E,
    clock,
    eq,
    manual,
    model,
    raises,
    run,
    settle,
    sid,
    tcp,
    until,
    up,
)


def listener(nic, port=2020):
    s = nic.socket()
    s.bind(("", port))
    s.listen(5)
    return s


@manual("2.1.1", "4.3.1", "4.3.2", "4.3.3", "4.3.4", "2.2.5")
def test_accept_recv_send_close():
    nic, u = up()
    s = listener(nic)
    p = u.m.open_lines[-1].split(",")
    eq((p[2], p[3], p[5]), ('"TCP LISTENER"', '"100.127.243.105"', "2020"))
    u.at(2000, lambda: u.m.incoming(2, 0))
    c, address = s.accept()
    eq(address, ("192.168.2.2", 36566))
    u.m.recv(2, b"test")
    eq(c.recv(64), b"test")
    eq(c.send(b"answer"), 6)
    eq(model(u, 2).sent, [b"answer"])
    c.close()
    s.close()
    settle(nic, u)
    eq(u.m.sockets, {})


@manual("2.2.5")
def test_several_clients_in_order():
    nic, u = up()
    s = listener(nic)
    for i in (5, 1, 3):
        u.m.incoming(i, 0, "10.0.0.%d" % i, 1000 + i)
    settle(nic, u)
    got = [s.accept() for _ in range(3)]
    eq([a for _, a in got], [("10.0.0.%d" % i, 1000 + i) for i in (5, 1, 3)])
    for (c, _), i in zip(got, (5, 1, 3)):
        u.m.recv(i, b"for %d" % i)
        eq(c.recv(64), b"for %d" % i)


@manual("2.2.5", "2.2.2")
def test_data_before_accept_is_kept():
    nic, u = up()
    s = listener(nic)
    u.m.incoming(2, 0)
    u.m.recv(2, b"early", 1)
    u.m.closed(2, 2)
    settle(nic, u)
    c, _ = s.accept()
    eq((c.recv(64), c.recv(64)), (b"early", b""))


@manual("2.2.5", "2.1.3", "2.2.2")
def test_a_client_in_push_mode():
    """Some modules give accepted sockets push mode: asked with QISTATE=1 right after incoming."""
    nic, u = up()
    s = listener(nic)
    u.m.show = 1
    u.m.incoming(2, 0, mode=1)
    settle(nic, u)
    c, _ = s.accept()
    eq(u.sent(b"AT+QISTATE=1,2"), 1)
    u.m.recv(2, b"pushed\r\nOK\r\n")
    eq(c.recv(64), b"pushed\r\nOK\r\n")


@manual("2.1.1")
def test_a_listener_in_push_mode():
    nic, u = up(push=True)
    s = listener(nic)
    eq((model(u).mode, u.m.show), (1, 1))
    u.m.incoming(2, 0, mode=0)
    settle(nic, u)
    c, _ = s.accept()
    u.m.recv(2, b"buffered")
    eq(c.recv(64), b"buffered")


def test_accept_timeouts():
    nic, u = up()
    s = listener(nic)
    s.settimeout(3)
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, s.accept)
    assert 2900 <= clock.ms() - start < 4000
    s.setblocking(False)
    raises(OSError, E.EAGAIN, s.accept)
    eq(s.ioctl(3, POLLIN), 0)
    u.m.incoming(2, 0)
    settle(nic, u)
    eq(s.ioctl(3, POLLIN), POLLIN)
    s.accept()
    eq(s.ioctl(3, POLLIN), 0)


def test_listen_does_not_block_a_non_blocking_socket():
    nic, u = up()
    u.m.open_ms = 5000
    s = nic.socket()
    s.setblocking(False)
    s.bind(("", 2020))
    start = clock.ms()
    s.listen(1)
    assert clock.ms() - start < 50
    raises(OSError, E.EAGAIN, s.accept)
    run(nic, 6000)
    u.m.incoming(2, 0)
    settle(nic, u)
    s.accept()


@manual("3")
def test_listen_failures():
    nic, u = up()
    u.m.open_error = 557
    s = nic.socket()
    s.bind(("", 2020))
    eq(raises(OSError, E.EIO, s.listen, 1).code, 557)
    settle(nic, u)
    u.m.open_refused = 574
    s = nic.socket()
    s.bind(("", 2021))
    eq(raises(OSError, E.EADDRINUSE, s.listen, 1).code, 574)
    u.m.open_error = 557
    s = nic.socket()
    s.setblocking(False)
    s.bind(("", 2022))
    s.listen(1)
    until(nic, lambda: s.ioctl(3, POLLIN))
    eq(raises(OSError, E.EIO, s.accept).code, 557)


def test_listen_without_a_port_or_twice_on_one():
    nic, u = up()
    raises((ValueError, OSError), None, nic.socket().listen, 1)
    listener(nic)
    size = len(u.tx)
    raises(OSError, E.EADDRINUSE, listener, nic)
    eq(len(u.tx), size)


@manual("2.1.1")
def test_a_remote_port_of_zero_may_be_refused():
    """The manual's example sends 0 though its range begins at 1; some modules want 1."""
    nic, u = up()

    def strict(line):
        p = line.split(b",")
        return p[2] == b'"TCP LISTENER"' and p[4] == b"0"

    command = u.m.command
    u.m.command = lambda line: (
        u.push(b"\r\nERROR\r\n", 20) or setattr(u.m, "error", 552) or True
        if line.startswith(b"AT+QIOPEN=") and strict(line)
        else command(line)
    )
    s = listener(nic)
    u.m.incoming(2, 0) if sid(u) == 0 else u.m.incoming(2, sid(u))
    settle(nic, u)
    s.accept()


@manual("2.2.4")
def test_incoming_full():
    nic, u = up()
    s = listener(nic)
    u.m.incoming(2, 0)
    u.m.say('+QIURC: "incoming full"')
    settle(nic, u)
    s.accept()
    s.setblocking(False)
    raises(OSError, E.EAGAIN, s.accept)


@manual("2.2.5", "2.1.1")
def test_the_module_gives_away_the_id_that_an_open_just_chose():
    nic, u = up()
    s = listener(nic)
    t = nic.socket()
    t.setblocking(False)

    command = u.m.command

    def steal(line):
        if line.startswith(b"AT+QIOPEN="):
            u.m.command = command
            u.m.incoming(int(line.split(b",")[1]), 0)
        return command(line)

    u.m.command = steal
    raises(OSError, E.EINPROGRESS, t.connect, ("220.18.39.22", 8062))
    settle(nic, u, 1000)
    eq(t.send(b"x"), 1)
    c, _ = s.accept()
    c.send(b"y")
    settle(nic, u)
    eq(sorted(m.service for m in u.m.sockets.values()), ["TCP", "TCP INCOMING", "TCP LISTENER"])
    eq(
        sorted((m.service, m.sent) for m in u.m.sockets.values())[:2],
        [("TCP", [b"x"]), ("TCP INCOMING", [b"y"])],
    )


@manual("2.2.5")
def test_incoming_for_a_listener_nobody_has():
    nic, u = up()
    tcp(nic, u)
    u.m.incoming(2, 0)
    settle(nic, u, 1000)
    tcp(nic, u, ("220.18.39.22", 9)).send(b"x")


@manual("2.2.5", "2.1.3")
def test_a_client_whose_urc_was_lost():
    """accept() asks after 20 s; and a listener that ends leaves none behind."""
    from fakemodule import Sock

    nic, u = up()
    s = listener(nic)
    u.m.sockets[3] = Sock("TCP INCOMING", "10.0.0.3", 1003, 2020)
    u.m.sockets[3].rx.append(b"hello")
    start = clock.ms()
    c, address = s.accept()
    assert 15_000 <= clock.ms() - start <= 25_000
    eq((address, c.recv(64)), (("10.0.0.3", 1003), b"hello"))
    u.m.sockets[4] = Sock("TCP INCOMING", "10.0.0.4", 1004, 2020)
    c.close()
    s.close()
    settle(nic, u, 1000)
    eq(u.m.sockets, {})


def test_clients_not_accepted_are_closed_with_the_listener():
    nic, u = up()
    s = listener(nic)
    u.m.incoming(2, 0)
    settle(nic, u)
    s.close()
    settle(nic, u, 1000)
    eq(u.m.sockets, {})


@manual("2.2.4")
def test_a_client_that_comes_in_while_its_listener_ends():
    nic, u = up()
    _kept = listener(nic)
    nic.modem.core.table.get(sid(u)).spoil()
    u.on(b"AT+QICLOSE=0", b"\r\nOK\r\n")
    run(nic, 500)
    u.push(b'\r\n+QIURC: "incoming",1,0,"1.2.3.4",55\r\n')
    run(nic, 1000)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])


def test_a_listener_carries_no_data():
    nic, u = up()
    s = listener(nic)
    raises(OSError, None, s.send, b"x")
    raises(OSError, None, s.recv, 1)


def test_a_client_that_qistate_does_not_list_lives_on():
    nic, u = up()
    seen = []
    nic.on("reset", lambda: seen.append("reset"))
    s = listener(nic)
    u.m.incoming(2, 0)
    c, _ = s.accept()
    settle(nic, u)
    hidden = u.m.sockets.pop(2)
    u.push(b"\r\nRDY\r\n")  # no proof of a restart
    settle(nic, u, 1000)
    assert u.sent(b"AT+QISTATE?")
    u.m.sockets[2] = hidden
    u.m.recv(2, b"still here")
    eq((c.recv(64), seen), (b"still here", []))


def test_no_memory_in_accept_loses_no_client():
    import bc25.server

    nic, u = up()
    s = listener(nic)
    made = bc25.server.socket

    def no_memory(**kwargs):
        raise MemoryError

    for i in range(7):  # more than there are ids
        u.m.incoming(2, 0, port=100 + i)
        settle(nic, u)
        bc25.server.socket = no_memory
        raises(MemoryError, None, s.accept)
        bc25.server.socket = made
        c, address = s.accept()
        eq(address[1], 100 + i)
        u.m.recv(2, b"hello")
        eq(c.recv(64), b"hello")
        c.close()
        settle(nic, u)
