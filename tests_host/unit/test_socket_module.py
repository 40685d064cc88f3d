"""MicroPython's socket in each of its states, and its module `socket`.

The tables have the form that test_socket_table.py explains.
"""

import sys

import bc25

from desk import PEER, clock, eq, settle, tcp, udp, up
from test_socket_table import check, result

NEW = (
    ("s.recv(1)", "ENOTCONN"),
    ("s.read(1)", "ENOTCONN"),
    ("s.readline()", "ENOTCONN"),
    ("s.read(0)", "b''"),
    ("s.send(b'a')", "EPIPE", "ENOTCONN", "ENOTCONN", "ENOTCONN"),
    ("s.write(b'a')", "EPIPE", "ENOTCONN", "ENOTCONN", "ENOTCONN"),
    ("s.write(b'')", "0"),
    ("s.accept()", "EINVAL"),
    ("s.listen()", "None", "None", "None", "EINVAL"),
    ("s.ioctl(3, 5)", "20"),
    ("s.shutdown(2)", "-", "-", "-", "ENOTCONN"),
    ("s.getpeername()", "-", "-", "-", "ENOTCONN"),
    ("s.getsockname()[1]", "-", "-", "-", "0"),
    ("s.connect('h')", "EINVAL", "TypeError", "TypeError", "TypeError"),
    ("s.connect(('h',))", "TypeError", "ValueError", "ValueError", "TypeError or ValueError"),
    ("s.connect(('h', 70000))", "TypeError", "port 4464", "port 4464", "ValueError"),
    ("s.settimeout(None)", "None"),
    ("s.settimeout(0.0)", "None"),
    ("s.settimeout(1e10)", "None"),
    ("s.settimeout(-1)", "None", "None", "None", "ValueError"),
    ("s.settimeout('1')", "TypeError"),
    ("s.setblocking(None)", "None"),
    ("s.close()", "None"),
)  # fmt: skip

CONNECTED = (
    ("s.connect(PEER)", "EISCONN", "EISCONN", "EISCONN", "EISCONN or EALREADY"),
    ("s.bind(('', 9000))", "EINVAL"),
    ("s.accept()", "EINVAL"),
    ("s.listen()", "EINVAL", "ENOTCONN", "ENOTCONN", "EINVAL"),
    ("s.ioctl(3, 5)", "4"),
    ("came(b'a'); s.ioctl(3, 5)", "5"),
    ("came(b'a'); s.ioctl(3, 4)", "4"),
    ("ended(); s.ioctl(3, 1) & 1", "1"),
    ("s.makefile() is s", "False", "True", "True", "True"),
    ("s.makefile('rwb', 0) is s", "False", "True", "True", "True"),
    ("isinstance(s, m.socket)", "True"),
    ("s.getpeername()", "-", "-", "-", repr(PEER)),
    ("came(b'abc'); s.recvfrom(9)", "(b'abc', b'')", "(b'abc', PEER)", "(b'abc', PEER)",
     repr((b"abc", PEER))),
    ("s.setsockopt(m.SOL_SOCKET, m.SO_REUSEADDR, 1)", "None"),
    ("s.setsockopt(m.SOL_SOCKET, m.SO_BROADCAST, 1)", "None"),
    ("s.setsockopt(m.IPPROTO_TCP, m.TCP_NODELAY, 1)", "None"),
    ("s.setsockopt(m.SOL_SOCKET, 77, 1)", "ENOPROTOOPT", "None", "None", "None"),
    ("s.setsockopt(m.IPPROTO_IP, m.IP_ADD_MEMBERSHIP, bytes(8))", "None", "None", "None",
     "EOPNOTSUPP"),
    ("s.setsockopt(m.SOL_SOCKET, m.SO_REUSEADDR)", "TypeError"),
    ("s.shutdown(1); s.send(b'a')", "-", "-", "-", "EPIPE or ENOTCONN"),
    ("s.shutdown(1); came(b'abc'); s.recv(9)", "-", "-", "-", "b'abc'"),
)  # fmt: skip

CLOSED = (
    ("s.recv(1)", "EBADF"),
    ("s.recvfrom(1)", "EBADF"),
    ("s.read(1)", "EBADF"),
    ("s.readline()", "EBADF"),
    ("s.readinto(buf)", "EBADF"),
    ("s.send(b'a')", "EBADF"),
    ("s.write(b'a')", "EBADF"),
    ("s.sendto(b'a', PEER)", "EBADF"),
    ("s.connect(PEER)", "EBADF"),
    ("s.bind(('', 9000))", "EBADF", "EINVAL", "EBADF", "EBADF"),
    ("s.listen()", "EBADF"),
    ("s.accept()", "EBADF"),
    ("s.shutdown(2)", "-", "-", "-", "EBADF"),
    ("s.ioctl(3, 5)", "0", "32", "32", "32"),
    ("s.ioctl(3, 0)", "0", "32", "32", "32"),
    ("s.close()", "None"),
    ("s.ioctl(4, 0)", "0"),
)  # fmt: skip

LISTENER = (
    ("s.recv(1)", "ENOTCONN"),
    ("s.read(1)", "ENOTCONN"),
    ("s.send(b'a')", "EPIPE", "-", "ENOTCONN", "ENOTCONN"),
    ("s.connect(PEER)", "EISCONN", "EALREADY", "EISCONN", "EISCONN or EALREADY or EINVAL"),
    ("s.listen()", "None"),
    ("s.listen(-1)", "None"),
    ("s.accept()", "ETIMEDOUT"),
    ("s.setblocking(False); s.accept()", "EAGAIN"),
    ("s.ioctl(3, 5)", "0"),
    ("calls(); s.ioctl(3, 5)", "1"),
    ("calls(); s.accept()[1]", "('192.168.2.2', 36566)"),
    ("calls(); isinstance(s.accept()[0], m.socket)", "True"),
    ("s.getsockname()[1]", "-", "-", "-", "9000"),
    ("s.getpeername()", "-", "-", "-", "ENOTCONN"),
)  # fmt: skip

DATAGRAM = (
    ("s.listen()", "EOPNOTSUPP"),
    ("s.accept()", "EOPNOTSUPP"),
    ("s.ioctl(3, 5)", "4"),
    ("s.sendto(b'abc', PEER)", "3"),
    ("s.sendto(b'abc', 0, PEER)", "3", "TypeError", "TypeError", "3"),
    ("s.sendto(memoryview(words), PEER)", "4"),
    ("s.sendto(bytes(513), PEER)", "513", "513", "513", "EMSGSIZE"),
    ("s.sendto(b'a', PEER); came(b'abcdef'); (s.recv(2), s.settimeout(1), s.recv(2))", "EAGAIN",
     "ETIMEDOUT", "ETIMEDOUT", "ETIMEDOUT"),
    ("s.sendto(b'a', PEER); came(b'abc'); s.recvfrom(9)", "(b'abc', b'')", "(b'abc', PEER)",
     "(b'abc', PEER)", repr((b"abc", PEER))),
    ("s.connect(PEER); s.connect(('220.18.39.23', 80)); s.send(b'a')", "1"),
    ("s.connect(PEER); s.write(b'')", "0"),
)  # fmt: skip

MODULE = (
    ("type(m) is type(sys)", "True"),
    ("m is sys.modules['usocket']", "True"),
    ("isinstance(m.socket, type)", "True"),
    ("m.socket() is not m.socket()", "True"),
    ("m.socket(2, 1, 6).close()", "None"),
    ("m.socket(2, 2, 17).close()", "None"),
    ("m.socket(2, m.SOCK_RAW, 1)", "EPERM", "socket", "socket", "EOPNOTSUPP"),
    ("m.socket(99)", "EAFNOSUPPORT", "socket", "socket", "ValueError"),
    ("isinstance(nic.socket(), m.socket)", "-", "-", "-", "True"),
    ("isinstance(sub(m.socket)(), m.socket)", "True"),
    ("star()['AF_INET6']", "10"),
    ("star()['socket'] is m.socket", "True"),
    ("(m.AF_INET, m.AF_INET6)", "(2, 10)"),
    ("(m.SOCK_STREAM, m.SOCK_DGRAM, m.SOCK_RAW)", "(1, 2, 3)"),
    ("(m.IPPROTO_IP, m.IPPROTO_TCP, m.IPPROTO_UDP)", "-", "(0, 6, -)", "(0, 6, 17)", "(0, 6, 17)"),
    ("(m.SOL_SOCKET, m.SO_REUSEADDR, m.SO_KEEPALIVE)", "(1, 2, 9)", "(1, 4, -)", "(4095, 4, -)",
     "(4095, 4, 8)"),
    ("(m.SO_BROADCAST, m.IP_ADD_MEMBERSHIP, m.TCP_NODELAY)", "(6, 35, -)", "(32, 1024, 64)",
     "(32, 3, 1)", "(32, 3, 1)"),
    ("(m.MSG_PEEK, m.MSG_DONTWAIT)", "(2, 64)", "(1, 2)", "(1, 8)", "(1, 8)"),
    # The module resolves names: nothing is asked here.
    ("m.getaddrinfo('h', 80)", "[(2, 1, 6, None, ...), ...]", "[(2, 1, 0, '', (ip, 80))]",
     "[(2, 1, 0, 'h', (ip, 80))]", "[(2, 1, 0, 'h', ('h', 80))]"),
    ("m.getaddrinfo('h', '80')", "[(2, 1, 6, None, ...), ...]", "TypeError",
     "[(2, 1, 0, 'h', (ip, 80))]", "[(2, 1, 0, 'h', ('h', 80))]"),
    ("m.getaddrinfo('h', 80, 0, m.SOCK_DGRAM)", "[(2, 2, 17, None, ...)]",
     "[(2, 1, 0, '', (ip, 80))]", "[(2, 2, 0, 'h', (ip, 80))]", "[(2, 2, 0, 'h', ('h', 80))]"),
    ("m.getaddrinfo('h', 80, 2, 1, 6, 0)", "[(2, 1, 6, None, ...)]", "[(2, 1, 0, '', (ip, 80))]",
     "[(2, 1, 6, 'h', (ip, 80))]", "[(2, 1, 0, 'h', ('h', 80))]"),
    ("m.getaddrinfo('2001:db8::1', 80)", "[(10, 1, 6, None, ...), ...]",
     "[(2, 1, 0, '', (ip, 80))]", "[(10, 1, 0, ip, None)]",
     "[(10, 1, 0, '2001:db8::1', ('2001:db8::1', 80))]"),
    ("m.getaddrinfo('', 80)[0][-1]", "addrinfo error", "error", "('0.0.0.0', 80)",
     "('0.0.0.0', 80)"),
    ("m.getaddrinfo('h', 0)[0][-1]", "(ip, 0)", "(ip, 0)", "(ip, 0)", "('h', 0)"),
    ("m.getaddrinfo(None, 80)", "TypeError"),
    ("m.getaddrinfo('h', 70000)", "port 4464", "port 70000", "port 4464", "ValueError"),
    ("m.getaddrinfo('h', 'http')", "port 80", "TypeError", "port 0", "ValueError"),
    ("m.inet_pton(2, '1.2.3.4')", "b'\\x01\\x02\\x03\\x04'", "-", "-", "b'\\x01\\x02\\x03\\x04'"),
    ("m.inet_pton(2, '1.2.3')", "EINVAL", "-", "-", "EINVAL"),
    ("m.inet_pton(2, '1.2.3.256')", "EINVAL", "-", "-", "EINVAL"),
    ("m.inet_pton(2, '')", "EINVAL", "-", "-", "EINVAL"),
    ("m.inet_pton(10, '2001:db8::1') == v6", "True", "-", "-", "True"),
    ("m.inet_pton(10, '::') == bytes(16)", "True", "-", "-", "True"),
    ("m.inet_pton(10, '1::2::3')", "EINVAL", "-", "-", "EINVAL"),
    ("m.inet_ntop(2, bytes((1, 2, 3, 4)))", "'1.2.3.4'", "-", "-", "'1.2.3.4'"),
    ("m.inet_ntop(10, v6)", "'2001:db8::1'", "-", "-", "'2001:db8::1'"),
    ("m.inet_ntop(10, bytes(16))", "'::'", "-", "-", "'::'"),
    ("m.inet_ntop(2, b'abc')", "'97.98.99.0'", "-", "-", "EINVAL or ValueError"),
)  # fmt: skip


def new(nic, u):
    return nic.socket()


def closed(nic, u):
    s = tcp(nic, u)
    s.close()
    settle(nic, u)
    return s


def listener(nic, u):
    s = nic.socket()
    s.settimeout(1)
    s.bind(("", 9000))
    s.listen()
    return s


def datagram(nic, u):
    return nic.socket(bc25.AF_INET, bc25.SOCK_DGRAM)


def nothing(nic, u):
    return None


def test_a_new_socket():
    check(NEW, new)


def test_a_connected_socket():
    check(CONNECTED, tcp)


def test_a_closed_socket():
    check(CLOSED, closed)


def test_a_listener():
    check(LISTENER, listener)


def test_a_datagram_socket():
    check(DATAGRAM, datagram)


def test_the_module():
    check(MODULE, nothing)


def test_connecting_again_while_it_opens():
    """Non-blocking: EINPROGRESS, then EALREADY, then it is open."""
    nic, u = up()
    s = nic.socket()
    s.setblocking(False)
    names = {"s": s, "PEER": PEER}
    eq(result("s.connect(PEER)", names), "EINPROGRESS")
    eq(s.ioctl(3, 5), 0)
    eq(result("s.connect(PEER)", names), "EALREADY")
    settle(nic, u)
    eq(s.ioctl(3, 5), 4)
    again = result("s.connect(PEER)", names)
    assert again in ("EISCONN", "EALREADY"), again
    eq(len(u.m.open_lines), 1)


def test_keepalive_takes_bytes_and_does_not_block():
    nic, u = up()
    s = tcp(nic, u)
    s.setblocking(False)
    u.m.ok_ms = 200
    for value, first in ((1, "1"), (bytes(4), "0"), (b"\x01\0\0\0", "1"), (0, "0")):
        start = clock.ms()
        s.setsockopt(bc25.SOL_SOCKET, bc25.SO_KEEPALIVE, value)
        assert clock.ms() - start < 100, "it waited for the module"
        settle(nic, u, 1000)
        eq((value, u.m.keepalive[0]), (value, first))


def test_nothing_is_sent_for_what_only_asks():
    nic, u = up()
    s = nic.socket()
    size = len(u.tx)
    names = {"s": s, "m": sys}
    for call in ("s.settimeout(5)", "s.setblocking(False)", "s.ioctl(3, 5)", "s.getsockname()"):
        result(call, names)
    eq(len(u.tx), size)
    assert udp(nic, u).ioctl(3, 4) == 4
