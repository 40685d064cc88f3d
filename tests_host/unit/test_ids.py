"""Whose a connectID is: given away, closed, lost."""

import gc

from bc25 import BC25Error
from fakemodule import Sock

from desk import E, clock, eq, model, new, only, raises, run, settle, sid, tcp, udp, up

URC = b"\r\n+QIURC: "


def listener(nic, port=2020, timeout=None):
    s = nic.socket()
    s.settimeout(timeout)
    s.bind(("", port))
    s.listen()
    return s


def gone(u, i):
    """The module gives up a socket by itself."""
    u.m.sockets.pop(i, None)


# 54: an id that the module gives to a new client while a command is on its way to the old one


def test_a_send_that_reaches_a_new_client():
    """Between quotes and behind a prompt: the new client's connection ends, nobody is garbled."""
    for data in (b"old payload", b"\x00old payload"):
        nic, u = up()
        s = listener(nic)
        u.m.incoming(1, 0)
        settle(nic, u)
        c, _ = s.accept()
        command = u.m.command

        def given_away(line):
            if line.startswith(b"AT+QISEND=1"):
                u.m.command = command
                gone(u, 1)
                u.m.incoming(1, 0, port=777)
            return command(line)

        u.m.command = given_away
        raises(OSError, None, c.send, data)
        settle(nic, u, 1000)
        s.settimeout(1)
        try:
            d, _ = s.accept()
        except OSError:
            continue  # refused
        eq(d.send(b"hello"), 5)
        eq(model(u, 1).sent, [b"hello"])


def test_a_read_of_the_old_one_is_not_the_new_ones():
    nic, u = up()
    s = listener(nic)
    u.m.incoming(1, 0)
    settle(nic, u)
    c, _ = s.accept()
    model(u, 1).rx.append(b"old")
    command = u.m.command

    def given_away(line):
        if line.startswith(b"AT+QIRD=1"):
            u.m.command = command
            u.m.incoming(1, 0, port=777).rx.append(b"new")
        return command(line)

    u.m.command = given_away
    u.push(URC + b'"recv",1\r\n')
    raises(OSError, None, lambda: c.recv(9) == b"new" or c.recv(9))
    run(nic, 1000)
    d, address = s.accept()
    eq(address[1], 777)
    d.settimeout(1)
    try:
        assert d.recv(9) in (b"new", b"")
    except OSError:
        pass


# 56: a listener that the module closed


def test_a_listener_that_the_module_closes():
    nic, u = up()
    s = listener(nic)
    u.push(URC + b'"closed",0\r\n', 100)
    start = clock.ms()
    raises(OSError, E.ECONNRESET, s.accept)
    assert clock.ms() - start < 1000
    eq(s.ioctl(3, 1) & 1, 1)
    raises(OSError, E.ECONNRESET, s.accept)
    eq(u.sent(b"AT+QIRD"), 0)
    s.close()
    settle(nic, u)
    s = listener(nic)
    u.m.incoming(1, sid(u))
    eq(s.accept()[1], ("192.168.2.2", 36566))


def test_a_listener_that_a_restart_took():
    nic, u = up()
    s = listener(nic)
    u.at(100, u.m.boot)
    raises(OSError, E.ECONNRESET, s.accept)


# 57: one close at a time


def test_a_client_that_comes_while_its_listener_closes():
    nic, u = up()
    s = listener(nic)
    u.on(b"AT+QICLOSE=0", b"\r\nOK\r\n")
    s.close()
    run(nic, 200)
    u.m.incoming(3, 0)
    run(nic, 300)
    closes = [line for line in u.lines if line.startswith(b"AT+QICLOSE")]
    eq(closes, [b"AT+QICLOSE=0"])
    t = nic.socket()
    t.settimeout(0)
    raises(OSError, E.EINPROGRESS, t.connect, ("220.18.39.22", 9))
    gone(u, 0)
    u.m.say("CLOSE OK")
    run(nic, 3000)
    closes = [line for line in u.lines if line.startswith(b"AT+QICLOSE")]
    eq(closes, [b"AT+QICLOSE=0", b"AT+QICLOSE=3"])
    t.settimeout(5)
    eq(t.send(b"x"), 1)
    eq([m.sent for m in u.m.sockets.values()], [[b"x"]])


def test_closes_are_one_after_the_other():
    nic, u = up()
    socks = [tcp(nic, u, ("220.18.39.22", port)) for port in (1, 2, 3)]
    u.m.close_ms = 800
    out = []
    close = u.m._qiclose

    def watched(args):
        out.append(clock.ms())
        return close(args)

    u.m._qiclose = watched
    for s in socks:
        s.close()
    run(nic, 5000)
    eq(len(out), 3)
    assert all(b - a >= 800 for a, b in zip(out, out[1:]))


# 58: a closed client found again


def test_a_client_closed_while_the_module_was_silent():
    nic, u = up()
    s = listener(nic)
    u.m.incoming(1, 0)
    settle(nic, u)
    c, _ = s.accept()
    u.mute = True
    try:
        c.send(b"x")
    except OSError:
        pass
    c.close()
    run(nic, 60_000)
    u.mute = False
    eq(nic.at("AT"), [])
    run(nic, 10_000)
    s.settimeout(25)
    raises(OSError, E.ETIMEDOUT, s.accept)
    eq(sorted(u.m.sockets), [0])


def test_close_ok_inside_an_answer_of_qistate():
    nic, u = up()
    s = listener(nic)
    u.m.incoming(1, 0)
    settle(nic, u)
    c, _ = s.accept()
    u.on(b"AT+QICLOSE=1", b"\r\nOK\r\n")
    c.close()
    run(nic, 200)
    lines = b"".join(b"\r\n" + u.m._state(i, u.m.sockets[i]).encode() + b"\r\n" for i in (0, 1))
    gone(u, 1)
    u.on(b"AT+QISTATE?", lines + b"\r\nCLOSE OK\r\n\r\nOK\r\n")
    u.m.echo = True
    nic.at("AT")
    run(nic, 5000)
    s.settimeout(1)
    raises(OSError, E.ETIMEDOUT, s.accept)


# 59: QICLOSE that is refused


def test_a_close_refused_several_times():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b"AT+QICLOSE=0", b"\r\nERROR\r\n", times=3)
    s.close()
    run(nic, 20_000)
    eq(u.m.sockets, {})
    eq(tcp(nic, u).send(b"x"), 1)


# 60: ids of what nobody holds any more


def collected(nic, u, n):
    for _ in range(n):
        gc.collect()
        run(nic, 50)


@only("py")  # MicroPython has no weak references yet
def test_dropped_sockets_are_given_back():
    nic, u = up()
    for port in range(1, 15):
        tcp(nic, u, ("220.18.39.22", port)).send(b"x")
        collected(nic, u, 2)
    settle(nic, u, 2000)


def test_opens_given_up_are_given_back():
    nic, u = up()
    u.m.open_ms = 30_000
    for port in range(1, 7):
        s = nic.socket()
        s.settimeout(0)
        raises(OSError, E.EINPROGRESS, s.connect, ("220.18.39.22", port))
    run(nic, 40_000)
    u.m.open_ms = 200
    eq(tcp(nic, u, ("220.18.39.22", 99)).send(b"x"), 1)


# 61: a sleep that was not told


def test_a_sleep_that_was_not_told_is_no_restart():
    """TCP is gone, UDP is there, neither line was heard."""
    nic, u = up()
    events = []
    for name in ("reset", "sleep", "wake"):
        nic.on(name, lambda name=name: events.append(name))
    d, s = udp(nic, u), tcp(nic, u, ("220.18.39.22", 9))
    nic.sleep()
    u.m._doze()
    run(nic, 1000)
    u.at(3000, lambda: (setattr(u, "mute", False), setattr(u.m, "sclk", 1)))
    eq(d.send(b"x"), 1)
    raises(OSError, E.ECONNRESET, s.send, b"x")
    eq("reset" in events, False)


def test_the_second_sleep_is_told_where_the_wake_was_not():
    nic, u = up()
    events = []
    for name in ("reset", "sleep", "wake"):
        nic.on(name, lambda name=name: events.append(name))
    d = udp(nic, u)
    for _ in range(2):
        nic.sleep()
        u.m.sleep()
        run(nic, 1000)
        u.mute, u.m.asleep, u.m.sclk = False, False, 1
        eq(d.send(b"x"), 1)
    eq([name for name in events if name == "sleep"], ["sleep", "sleep"])
    eq("reset" in events, False)


# 38: what QISTATE leaves out


def test_an_accepted_socket_that_qistate_does_not_list():
    nic, u = up()
    s = listener(nic)
    listed = u.m._qistate

    def without(args):
        return [line for line in listed(args) if "INCOMING" not in line]

    u.m._qistate = without
    u.m.incoming(1, 0)
    settle(nic, u)
    c, _ = s.accept()
    u.m.recv(1, b"hello")
    eq(c.recv(9), b"hello")
    events = []
    nic.on("reset", lambda: events.append(1))
    u.push(b"\r\nRDY\r\n")
    run(nic, 5000)
    u.m.recv(1, b"again")
    eq((c.recv(9), c.send(b"x"), events), (b"again", 1, []))


# 40: accepted in push mode, without a length


def test_accepted_in_push_mode_without_a_length():
    nic, u = up()
    s = listener(nic)
    for i in (1, 2):
        u.m.show = 0
        u.m.incoming(i, 0, mode=1)
        settle(nic, u, 600)
        c, _ = s.accept()
        eq((u.m.sockets[i].mode, u.m.swtmd[-1]), (0, (i, 0)))
        u.m.recv(i, b"hello\r\n")
        eq(c.recv(9), b"hello\r\n")


# The local port


def test_a_listener_right_after_close():
    nic, u = up()
    for _ in range(3):
        s = listener(nic)
        s.close()
    s = listener(nic)
    u.m.incoming(1, sid(u))
    settle(nic, u)
    c, _ = s.accept()
    s.close()
    t = listener(nic)  # beside a living child
    t.setsockopt(0xFFF, 4, 1)
    eq(c.send(b"x"), 1)
    raises(OSError, E.EADDRINUSE, listener, nic)
    d = nic.socket(2, 2)
    d.bind(("", 2020))  # datagrams apart
    d.connect(("220.18.39.22", 9))
    eq(d.send(b"x"), 1)


def test_ids_of_another_life():
    """`recv` for an id that is nobody's tells that a URC was lost: the module is asked."""
    nic, u = up()
    s = listener(nic)
    u.m.sockets[4] = Sock("TCP INCOMING", "10.0.0.4", 1004, 2020)
    u.m.sockets[4].rx.append(b"hello")
    u.push(URC + b'"recv",4\r\n')
    start = clock.ms()
    c, _ = s.accept()
    eq(c.recv(9), b"hello")
    assert clock.ms() - start < 3000


def test_an_error_of_an_open_names_the_module():
    nic, u = up()
    u.m.open_error = 566
    eq(raises(BC25Error, E.ECONNREFUSED, tcp, nic, u).code, 566)


# What the module closed, or lost in a restart that nothing told of


def test_a_datagram_socket_that_is_gone_unheard():
    for data in (b"text", b"\x00binary"):
        nic, u = up()
        d = udp(nic, u)
        d.send(b"first")
        u.m.sockets.clear()
        raises(OSError, None, d.send, data)
        run(nic, 3000)
        try:
            d.send(data)
        except OSError:
            d.send(data)
        eq(model(u).sent, [data])


def test_a_datagram_socket_that_the_module_closes():
    nic, u = up()
    d = udp(nic, u)
    u.m.closed(0)
    gone(u, 0)
    run(nic, 3000)
    raises(OSError, E.ECONNRESET, d.recv, 1)
    eq(d.send(b"x"), 1)


def test_a_stream_that_is_gone_unheard():
    nic, u = up()
    s = tcp(nic, u)
    u.m.sockets.clear()
    raises(OSError, None, s.send, b"x")
    s.close()
    settle(nic, u, 2000)
    eq(tcp(nic, u).send(b"x"), 1)


def test_clients_of_a_module_that_refuses_to_list_them():
    """Buffer and push mode; each client is heard at once."""
    for push in (False, True):
        nic, u = up(push=push)
        s = listener(nic)
        u.on(b"AT+QISTATE=1,*", b"\r\nERROR\r\n", times=-1)
        for i in (1, 2, 3):
            u.m.incoming(i, 0, mode=int(push))
            u.m.recv(i, b"hello", 60)
            start = clock.ms()
            c, _ = s.accept()
            eq(c.recv(9), b"hello")
            assert clock.ms() - start < 2000
            u.m.recv(i, b"again", 60)
            eq((c.recv(9), c.send(b"x")), (b"again", 1))


def test_boot_lines_all_at_once_are_one_restart():
    """And the sockets are gone, accepted ones too."""
    nic, u = up()
    events = []
    nic.on("reset", lambda: events.append(1))
    s, d = listener(nic), udp(nic, u)
    u.m.incoming(3, 0)
    settle(nic, u)
    c, _ = s.accept()
    u.m.sockets.clear()
    u.push(b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n")
    for sock in (c, d):
        raises(OSError, E.ECONNRESET, sock.recv, 1)
    raises(OSError, E.ECONNRESET, s.accept)
    run(nic, 5000)
    eq(events, [1])


def test_a_data_format_that_a_restart_cut_short_is_no_error_of_the_next_connection():
    nic, u = up()
    s = tcp(nic, u)
    u.on(b'AT+QICFG="viewmode"')
    u.at(200, u.m.boot)
    raises(OSError, E.ECONNRESET, s.recv, 1)
    run(nic, 3000)
    t = tcp(nic, u)
    model(u).rx.append(b"data")
    u.push(URC + b'"recv",%d\r\n' % sid(u))
    eq((t.send(b"x"), t.recv(9)), (1, b"data"))


def test_an_older_ok_that_ends_the_list_loses_no_socket():
    nic, u = up()
    events = []
    nic.on("reset", lambda: events.append(1))
    s, d = tcp(nic, u), udp(nic, u, ("220.18.39.22", 9))
    line = b"\r\n" + u.m._state(0, model(u, 0)).encode() + b"\r\n\r\nOK\r\n"
    u.on(b"AT+QISTATE?", b"\r\nOK\r\n", line, gap_ms=10)
    u.push(b"\r\nRDY\r\n")
    run(nic, 5000)
    eq((s.send(b"x"), d.send(b"y"), events), (1, 1, []))


def test_what_an_earlier_runs_listener_took_and_the_module_does_not_list():
    nic, u = new()
    u.m.sockets = {i: Sock("TCP INCOMING", "10.0.0.4", 1000 + i, 2020) for i in (3, 5)}
    u.m.sockets[0] = Sock("TCP LISTENER", "100.127.243.105", 0, 2020)
    listed = u.m._qistate
    u.m._qistate = lambda args: [line for line in listed(args) if "INCOMING" not in line]
    nic.active(True)
    settle(nic, u, 2000)
    eq(u.m.sockets, {})
    nic.connect()
    eq(tcp(nic, u).send(b"x"), 1)


def test_a_client_whose_urc_was_lost_and_that_the_module_does_not_list():
    """It is closed, so that it does not wait for ever."""
    nic, u = up()
    s = listener(nic)
    listed = u.m._qistate
    u.m._qistate = lambda args: [line for line in listed(args) if "INCOMING" not in line]
    u.m.sockets[4] = Sock("TCP INCOMING", "10.0.0.4", 1004, 2020)
    u.push(URC + b'"recv",4\r\n')
    run(nic, 5000)
    eq(sorted(u.m.sockets), [0])
    assert s


def test_pushed_to_a_client_that_the_module_does_not_list():
    """In pieces with a pause between them; and told of without a length, as in buffer mode."""
    for refusal in (b"\r\nERROR\r\n", b"\r\nOK\r\n"):
        nic, u = up(push=True)
        s = listener(nic)
        u.on(b"AT+QISTATE=1,1", refusal, times=-1)
        u.m.incoming(1, 0, mode=1)
        settle(nic, u)
        c, _ = s.accept()
        u.push(URC + b'"recv",1,10\r\n12345')
        u.push(b"67890\r\n", 400)
        c.settimeout(10)
        eq(c.read(10), b"1234567890")
        model(u, 1).rx.append(b"told")
        model(u, 1).mode = 0
        u.push(URC + b'"recv",1\r\n')
        eq(c.read(4), b"told")


def test_a_datagram_given_up_is_not_sent_later():
    nic, u = up()
    d = udp(nic, u)
    d.settimeout(100)
    u.mute = True
    raises(OSError, E.ETIMEDOUT, d.send, b"old")
    u.mute = False
    run(nic, 40_000)
    eq((d.send(b"new"), model(u).sent), (3, [b"new"]))
