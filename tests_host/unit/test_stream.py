"""The stream protocol: read, readline, makefile, ioctl, select, install."""

import sys

import bc25

from desk import PEER, POLLIN, POLLOUT, E, clock, eq, only, raises, run, settle, tcp, udp, up


def test_read_fills_or_reaches_the_end():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"12345")
    u.m.recv(0, b"67890", 3000)
    start = clock.ms()
    eq(s.read(8), b"12345678")
    assert clock.ms() - start >= 2500
    u.m.recv(0, b"abc", 1000)
    u.m.closed(0, 2000)
    eq(s.read(100), b"90abc")
    eq(s.read(100), b"")


def test_read_without_a_size_reads_to_the_end():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"x" * 300)
    u.m.recv(0, b"y" * 300, 1000)
    u.m.closed(0, 2000)
    eq(s.read(), b"x" * 300 + b"y" * 300)
    eq(s.read(), b"")


def test_readinto_fills():
    nic, u = up()
    s = tcp(nic, u)
    buf = bytearray(6)
    u.m.recv(0, b"abc")
    u.m.recv(0, b"defg", 1000)
    eq((s.readinto(buf), bytes(buf)), (6, b"abcdef"))
    u.m.recv(0, b"h", 500)
    eq((s.readinto(buf, 2), bytes(buf[:2])), (2, b"gh"))
    u.m.recv(0, b"i")
    u.m.closed(0, 500)
    eq((s.readinto(buf), s.readinto(buf)), (1, 0))


def test_readline():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"HTTP/1.0 200 OK\r\n\r")
    u.m.recv(0, b"\nbody\xff", 1000)
    u.m.closed(0, 2000)
    eq([s.readline() for _ in range(4)], [b"HTTP/1.0 200 OK\r\n", b"\r\n", b"body\xff", b""])


def test_non_blocking_read_gives_what_there_is_or_none():
    nic, u = up()
    s = tcp(nic, u)
    s.setblocking(False)
    buf = bytearray(16)
    eq((s.read(4), s.readinto(buf), s.readline()), (None, None, None))
    u.m.recv(0, b"abcdef")
    settle(nic, u)
    eq(s.read(4), b"abcd")
    eq(s.readinto(buf), 2)
    eq(s.read(4), None)
    u.m.closed(0)
    settle(nic, u)
    eq((s.read(4), s.readinto(buf), s.readline()), (b"", 0, b""))


def test_makefile():
    nic, u = up()
    s = tcp(nic, u)
    f = s.makefile("rwb", 0)
    f.write(b"GET / HTTP/1.0\r\n\r\n")
    u.m.recv(0, b"one\ntwo\n")
    eq((f.readline(), f.readline()), (b"one\n", b"two\n"))


def test_socket_is_a_stream():
    import io

    nic, u = up()
    assert isinstance(tcp(nic, u), io.IOBase)


def test_unknown_ioctl_is_minus_one():
    nic, u = up()
    s = tcp(nic, u)
    for op in (2, 5, 6, 7, 8, 9, 10, 11, 99, 0):
        eq(s.ioctl(op, 0), -1)


def test_ioctl_poll_close_flush():
    nic, u = up()
    s = tcp(nic, u)
    eq(s.ioctl(3, POLLIN | POLLOUT), POLLOUT)
    eq(s.ioctl(3, POLLIN), 0)
    u.m.send_ms = 2000
    s.setblocking(False)
    s.send(b"x")
    s.setblocking(True)
    eq(s.ioctl(1, 0), 0)
    eq(u.m.sockets[0].sent, [b"x"])
    eq(s.ioctl(4, 0), 0)
    settle(nic, u)
    eq(u.m.sockets, {})


def test_ioctl_poll_moves_the_engine():
    """A program needs no pump task."""
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"x")
    end = clock.ms() + 5000
    while not s.ioctl(3, POLLIN):
        clock.sleep_ms(1)
        assert clock.ms() < end
    s.setblocking(False)
    eq(s.recv(1), b"x")
    s.send(b"y")
    end = clock.ms() + 5000
    while not u.m.sockets[0].sent:
        s.ioctl(3, POLLIN)
        clock.sleep_ms(1)
        assert clock.ms() < end


@only("mpy")
def test_select_poll_mixes_sockets():
    import select

    nic, u = up()
    a, b = tcp(nic, u, ("220.18.39.22", 1)), udp(nic, u, ("220.18.39.22", 2))
    poll = select.poll()
    poll.register(a, select.POLLIN)
    poll.register(b, select.POLLIN)
    eq(poll.poll(0), [])
    u.m.recv(1, b"datagram", 500)
    ready = []
    while not ready:
        ready = poll.poll(0)
        clock.sleep_ms(1)
    eq([x[0] for x in ready], [b])
    eq(b.recv(64), b"datagram")
    poll.modify(a, select.POLLIN | select.POLLOUT)
    eq(poll.poll(0)[0], (a, select.POLLOUT))
    poll.unregister(a)


def test_install():
    nic, u = up()
    before = sys.modules.get("socket")
    try:
        nic.install()
        import socket

        assert sys.modules["usocket"] is socket
        ai = socket.getaddrinfo("tcpbin.com", 4242)[0]
        eq(ai[0], bc25.AF_INET)
        eq(ai[-1], ("tcpbin.com", 4242))
        eq(socket.getaddrinfo("h", 80, 0, socket.SOCK_STREAM), [(2, 1, 0, "h", ("h", 80))])
        size = len(u.tx)
        s = socket.socket(ai[0], ai[1], ai[2])
        eq(len(u.tx), size)
        s.connect(ai[-1])
        eq(s.send(b"x"), 1)
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        eq((socket.AF_INET, socket.AF_INET6), (2, 10))
        eq((socket.SOCK_STREAM, socket.SOCK_DGRAM), (1, 2))
    finally:
        if before:
            sys.modules["socket"] = before
        else:
            sys.modules.pop("socket", None)
        sys.modules.pop("usocket", None)


def test_constants():
    eq((bc25.AF_INET, bc25.AF_INET6, bc25.SOCK_STREAM, bc25.SOCK_DGRAM), (2, 10, 1, 2))
    assert isinstance(bc25.SOL_SOCKET, int)


def test_keepalive_option():
    nic, u = up()
    s = tcp(nic, u)
    size = len(u.tx)
    s.setsockopt(bc25.SOL_SOCKET, bc25.SO_REUSEADDR, 1)
    s.setsockopt(6, 1, 1)  # TCP_NODELAY
    eq(len(u.tx), size)
    s.setsockopt(bc25.SOL_SOCKET, bc25.SO_KEEPALIVE, 1)
    settle(nic, u)
    assert u.m.keepalive.startswith("1"), u.m.keepalive


def test_connected_twice():
    nic, u = up()
    s = tcp(nic, u)
    raises(OSError, None, s.connect, PEER)
    eq(s.send(b"still"), 5)
    run(nic, 100)
    eq(len(u.m.open_lines), 1)


def test_errors_of_a_socket_not_connected():
    nic, u = up()
    s = nic.socket()
    raises(OSError, E.ENOTCONN, s.send, b"x")
    raises(OSError, E.ENOTCONN, s.recv, 1)
