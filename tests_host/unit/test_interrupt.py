"""Ctrl-C or a lack of memory anywhere leaves an engine that works on (behaviour 1)."""

import sys

from desk import (
    POLLERR,
    POLLIN,
    E,
    clock,
    eq,
    manual,
    number_of,
    only,
    raises,
    run,
    settle,
    sid,
    tcp,
    udp,
    up,
)


def a_minute(nic, u) -> None:
    end = clock.ms() + 60_000
    while clock.ms() < end:
        nic.poll()
        clock.sleep_ms(300 if u.idle() else 1)


def works(nic, u):
    """The engine serves a fresh socket, and did not mix anything up."""
    a_minute(nic, u)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    t = udp(nic, u, ("220.18.39.99", 99), timeout=200)
    eq(t.send(b"\x00after"), 6)
    i = [i for i, m in u.m.sockets.items() if m.port == 99 and m.sent][0]
    eq(u.m.sockets[i].sent, [b"\x00after"])
    u.m.recv(i, b"answer")
    eq(t.recv(64), b"answer")
    t.close()
    settle(nic, u)
    eq([conn for conn in nic.modem.core.table.all if conn.state == 3], [])


def hurt_once(u, method, after):
    u.hurt[method] = [None] * after + [KeyboardInterrupt()]


@only("native")
def test_in_each_uart_call_of_a_send():
    for method, count in (("any", 30), ("readinto", 12), ("write", 10)):
        for after in range(0, count, 1 if method == "write" else 3):
            nic, u = up()
            s = tcp(nic, u)
            hurt_once(u, method, after)
            try:
                s.send(b"\x00maybe" * 10)
            except KeyboardInterrupt:
                pass
            except OSError:
                raise AssertionError("send lost after %s %d" % (method, after))
            u.hurt.clear()
            works(nic, u)
            sent = b"".join(u.m.sockets[0].sent) if 0 in u.m.sockets else b""
            assert sent in (b"", b"\x00maybe" * 10), sent


@only("native")
def test_in_each_uart_call_of_a_recv():
    for method, count in (("any", 40), ("readinto", 12), ("write", 3)):
        for after in range(0, count, 1 if method == "write" else 3):
            nic, u = up()
            s = tcp(nic, u)
            u.m.recv(0, b"0123456789" * 10)
            hurt_once(u, method, after)
            try:
                got = s.recv(512)
            except KeyboardInterrupt:
                got = b""
            u.hurt.clear()
            s.settimeout(60)
            while len(got) < 100:
                got += s.recv(512)
            eq(got, b"0123456789" * 10)
            works(nic, u)


@only("native", "p0")
def test_in_open_close_and_services():
    nic, u = up()
    for after in range(0, 40, 2):
        hurt_once(u, "any", after)
        s = nic.socket()
        try:
            s.connect(("220.18.39.22", 8062))
        except KeyboardInterrupt:
            pass
        s.close()
        u.hurt.clear()
        works(nic, u)
    eq(u.m.sockets, {})
    for after in range(0, 40, 4):
        hurt_once(u, "any", after)
        try:
            nic.at("AT+CIMI")
        except KeyboardInterrupt:
            pass
        u.hurt.clear()
        works(nic, u)


@manual("2.1.4")
def test_a_uart_error_is_not_swallowed_for_ever():
    nic, u = up()
    s = tcp(nic, u)
    u.hurt["write"] = [OSError(5)]
    try:
        s.send(b"x")
    except OSError:
        pass
    u.hurt.clear()
    works(nic, u)


class Tracer:
    """Notes every line run inside the driver; raises `error` at the n-th."""

    def __init__(self, error=None, n=0) -> None:
        self.error = error
        self.n = n
        self.lines = []

    def __call__(self, frame, event, arg):
        return self.line if "bc25" in frame.f_code.co_filename else None

    def line(self, frame, event, arg):
        if event == "line":
            self.lines.append((frame.f_code.co_filename[-14:], frame.f_lineno))
            if len(self.lines) == self.n:
                raise self.error
        return self.line

    def run(self, work) -> list:
        sys.settrace(self)
        try:
            work()
        except (KeyboardInterrupt, MemoryError):
            pass
        except OSError:
            assert self.error is MemoryError  # it may be noted as an error of the socket
        finally:
            sys.settrace(None)
        return self.lines


seen = set()  # (error, line) that were interrupted so far, over all tests here


def every_line(work, taken=(0,), sent=b"", **kwargs):
    """`work(nic, s)` cut short once at every line of the driver where no test was yet.

    `taken`: how many bytes it may have received itself, `sent`: what it may have sent, once. What
    was in flight may be lost, but not silently.
    """
    bad = []
    for n, line in enumerate(one_run(work, kwargs)[3], 1):
        for error in (KeyboardInterrupt, MemoryError):
            if (error, line) in seen:
                continue
            seen.add((error, line))
            nic, u, s, _ = one_run(work, kwargs, error, n)
            try:
                check(nic, u, s, taken)
                eq_or_told(b"".join(u.first.sent), sent, s)
            except Exception as e:
                bad.append((error, line, repr(e)))
    assert not bad, bad


def eq_or_told(got, sent, s) -> None:
    """It was sent once or not at all, unless the socket says that something went wrong."""
    if got not in (b"", sent):
        eq((got, s.ioctl(3, POLLIN) & POLLERR), (got, POLLERR))


def one_run(work, kwargs, error=None, n=0):
    clock.reset(0)
    nic, u = up(**kwargs)
    u.m.ok_ms = u.m.open_ms = u.m.send_ms = u.m.close_ms = 3  # waiting for it is no work
    s = tcp(nic, u)
    u.first = u.m.sockets[0]
    s.settimeout(100)
    u.m.recv(0, b"0123456789")
    clock.sleep_ms(5)
    return nic, u, s, Tracer(error, n).run(lambda: work(nic, s))


def check(nic, u, s, taken):
    """All that was received, or a beginning of it and an error; then business as usual."""
    got = b""
    while not got.endswith(b"9"):
        try:
            piece = s.recv(64)
        except OSError as e:
            assert number_of(e) in (E.EIO, E.ENOBUFS, E.ENOMEM), "recv raised %r" % e
            break
        assert piece, "end of stream"
        got += piece
    data = b"0123456789"
    assert [n for n in taken if data[n:].startswith(got)], got
    works(nic, u)
    works_over_tcp(nic, u)


def works_over_tcp(nic, u) -> None:
    t = tcp(nic, u, ("220.18.39.98", 98), timeout=100)
    i = sid(u)
    eq(t.send(b"\x00up"), 3)
    eq(u.m.sockets[i].sent, [b"\x00up"])
    u.m.recv(i, b"down")
    eq(t.recv(64), b"down")
    t.close()
    settle(nic, u)
    assert i not in u.m.sockets


def polls(nic, s):
    for _ in range(120):
        nic.poll()
        clock.sleep_ms(1)


@only("py", "native", "p0")
def test_at_every_line_of_poll():
    every_line(polls)


@only("py", "native", "p0")
def test_at_every_line_of_poll_in_push_mode():
    every_line(polls, push=True)


@only("py", "native", "p0")
def test_at_every_line_of_a_send():
    for data in (b"\x00binary", b"text", b"line\r\n"):
        every_line(lambda nic, s: s.send(data), sent=data)


@only("py", "native", "p0")
def test_at_every_line_of_an_open_and_a_close():
    def work(nic, s):
        t = nic.socket()
        t.settimeout(100)
        t.connect(("220.18.39.22", 5))
        t.close()
        run(nic, 200)

    every_line(work)


@only("py", "native", "p0")
def test_at_every_line_of_a_command():
    every_line(lambda nic, s: nic.at("AT+CSQ"))


@only("py", "native", "p0")
def test_at_every_line_of_a_recv():
    """What recv() took and could not return any more is gone with the interruption."""
    every_line(lambda nic, s: s.recv(4), taken=(0, 4))


@only("py", "native", "p0")
def test_at_every_line_of_reads_of_each_kind():
    def work(nic, s):
        buf = bytearray(4)
        s.readinto(buf)
        s.recv_into(buf, 2)
        s.readline(2)

    every_line(work, taken=(0, 4, 6, 8))


@only("py", "native", "p0")
def test_at_every_line_of_datagrams_to_two_peers():
    def work(nic, s):
        d = nic.socket(2, 2)
        d.settimeout(20)
        try:
            d.sendto(b"one", ("220.18.39.22", 6))
            d.sendto(b"two", ("220.18.39.22", 7))
        finally:
            d.close()
        run(nic, 300)

    every_line(work)


@only("py", "native", "p0")
def test_at_every_line_of_a_listener_and_its_client():
    def work(nic, s):
        server = nic.socket()
        server.settimeout(20)
        server.bind(("", 2020))
        server.listen(1)
        u = nic.modem.core.reader._uart
        u.m.incoming(5, sid(u))
        client = server.accept()[0]
        client.close()
        server.close()
        run(nic, 300)

    every_line(work)


@only("py", "native", "p0")
def test_at_every_line_of_a_recovery():
    def work(nic, s):
        nic.modem.core.reader._uart.push(b"\r\nRDY\r\n")
        run(nic, 600)

    every_line(work)


@only("py", "native", "p0")
def test_at_every_line_of_an_attach():
    def work(nic, s):
        nic.modem.core.registered(0)
        run(nic, 600)

    every_line(work)


def test_a_command_that_a_ctrl_c_kept_from_the_exchange_is_not_sent():
    """Its answer would be nobody's: the data of a QIRD were thrown away."""
    nic, u = up()
    nic.modem.core.writer.command(b"AT+QIRD=0,512\r\n")
    nic.modem.core.writer.start()
    run(nic, 100)
    eq(u.sent(b"AT+QIRD"), 0)
    works(nic, u)


def test_a_timeout_of_zero_is_no_interruption():
    nic, u = up()
    s = tcp(nic, u)
    s.settimeout(0)
    raises(OSError, E.EAGAIN, s.recv, 1)
    run(nic, 10)
    works(nic, u)
