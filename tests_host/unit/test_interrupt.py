"""Ctrl-C anywhere leaves an engine that works on (behaviour 1)."""

import sys

from desk import E, clock, eq, manual, number_of, only, raises, run, settle, tcp, udp, up


def works(nic, u):
    """The engine serves a fresh socket, and did not mix anything up."""
    settle(nic, u, 3000)
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    t = udp(nic, u, ("220.18.39.99", 99), timeout=200)
    eq(t.send(b"\x00after"), 6)
    sid = [i for i, m in u.m.sockets.items() if m.port == 99 and m.sent][0]
    eq(u.m.sockets[sid].sent, [b"\x00after"])
    u.m.recv(sid, b"answer")
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
    """Notes every line run inside the driver; raises KeyboardInterrupt at the n-th."""

    def __init__(self, n=0) -> None:
        self.n = n
        self.lines = []

    def __call__(self, frame, event, arg):
        return self.line if "bc25" in frame.f_code.co_filename else None

    def line(self, frame, event, arg):
        if event == "line":
            self.lines.append((frame.f_code.co_filename[-14:], frame.f_lineno))
            if len(self.lines) == self.n:
                raise KeyboardInterrupt
        return self.line

    def run(self, work) -> list:
        sys.settrace(self)
        try:
            work()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
        return self.lines


seen = set()  # lines interrupted so far, over all tests here


def every_line(work, taken=0, **kwargs):
    """`work(nic, s)` interrupted once at every line of the driver that no test interrupted yet.

    `taken` bytes it may have received itself. What was in flight may be lost, but not silently.
    """
    bad = []
    for n, line in enumerate(one_run(0, work, kwargs)[3], 1):
        if line in seen:
            continue
        seen.add(line)
        nic, u, s, _ = one_run(n, work, kwargs)
        try:
            check(nic, u, s, taken)
        except Exception as e:
            bad.append((line, repr(e)))
    assert not bad, bad


def one_run(n, work, kwargs):
    clock.reset(0)
    nic, u = up(**kwargs)
    s = tcp(nic, u)
    s.settimeout(100)
    u.m.recv(0, b"0123456789")
    clock.sleep_ms(5)
    return nic, u, s, Tracer(n).run(lambda: work(nic, s))


def check(nic, u, s, taken):
    """All that was received, or a beginning of it and an error; then business as usual."""
    got = b""
    while not got.endswith(b"9"):
        try:
            piece = s.recv(64)
        except OSError as e:
            assert number_of(e) in (E.EIO, E.ENOBUFS), "recv raised %r" % e
            break
        assert piece, "end of stream"
        got += piece
    data = b"0123456789"
    assert data.startswith(got) or data[taken:].startswith(got), got
    works(nic, u)


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
    every_line(lambda nic, s: s.send(b"\x00binary"))


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
    every_line(lambda nic, s: s.recv(4), taken=4)


def test_a_timeout_of_zero_is_no_interruption():
    nic, u = up()
    s = tcp(nic, u)
    s.settimeout(0)
    raises(OSError, E.EAGAIN, s.recv, 1)
    run(nic, 10)
    works(nic, u)
