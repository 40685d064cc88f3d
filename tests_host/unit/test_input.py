"""Bad arguments: ValueError or TypeError, and the UART sees nothing, then or later."""

from bc25 import BC25

from desk import E, clock, eq, manual, new, only, raises, refuses, run, tcp, udp, up

BAD = (ValueError, TypeError)
BAD_NAMES = (
    "", "a" * 256, "a" * 2048, 'a"b', "a\rb", "a\nb", "a\r\nAT+QRST=1\r\n", "a b", "a\x00b",
    "a\x1a", "a\x7f", "\x1b", "\u4e2d\u6587.cn", "caf\xe9", None, 5,
)  # fmt: skip
BAD_PORTS = (0, 65536, -1, 1 << 40, "80", None, 1.5)


def quiet(nic, u, exc, f, *args, **kwargs):
    refuses(u, exc, f, *args, **kwargs)
    size = len(u.tx)
    run(nic, 50)
    eq(len(u.tx), size)


def test_import_and_constructor_do_no_io():
    nic, u = new()
    clock.sleep_ms(1000)
    eq((bytes(u.tx), clock.polls), (b"", 0))
    assert nic.active() is False


def test_constructor_arguments():
    _, u = new()
    for bad in (0, 4, -1, "1", None):
        refuses(u, BAD, BC25, u, context=bad)


@manual("2.1.1")
@only("p0")
def test_tcp_peer():
    nic, u = up()
    for host in BAD_NAMES:
        s = nic.socket()
        quiet(nic, u, BAD, s.connect, (host, 8062))
        s.close()
    for port in BAD_PORTS:
        s = nic.socket()
        quiet(nic, u, BAD, s.connect, ("220.18.39.22", port))
        s.close()
    for address in (None, "220.18.39.22", ("220.18.39.22",), ()):
        s = nic.socket()
        quiet(nic, u, BAD, s.connect, address)
        s.close()


@manual("2.1.1")
@only("p0")
def test_udp_peer():
    nic, u = up()
    s = nic.socket(2, 2)
    for host in BAD_NAMES:
        quiet(nic, u, BAD, s.sendto, b"x", (host, 8062))
    for port in BAD_PORTS:
        quiet(nic, u, BAD, s.sendto, b"x", ("220.18.39.22", port))
    for host in BAD_NAMES:
        quiet(nic, u, BAD, s.connect, (host, 8062))


@manual("2.1.1")
def test_names_of_255_characters_are_names():
    nic, u = up()
    tcp(nic, u, ("a" * 255, 65535))
    eq(u.m.open_lines[-1].split(",")[3], '"' + "a" * 255 + '"')


def test_a_refused_argument_leaves_the_socket_usable():
    nic, u = up()
    s = nic.socket()
    refuses(u, BAD, s.connect, ("", 1))
    s.connect(("220.18.39.22", 8062))
    eq(s.send(b"x"), 1)


@manual("2.1.1")
def test_bind():
    nic, u = up()
    for port in (65536, -1, "80", None):
        quiet(nic, u, BAD, nic.socket().bind, ("", port))
    for address in (None, "x", ("",)):
        quiet(nic, u, BAD, nic.socket().bind, address)


def test_socket_arguments():
    nic, u = up()
    quiet(nic, u, (ValueError, TypeError), nic.socket, "2")
    quiet(nic, u, (ValueError, TypeError, OSError), nic.socket, 2, 77)
    quiet(nic, u, (ValueError, TypeError, OSError), nic.socket, 99)


def test_timeouts():
    nic, u = up()
    s = nic.socket()
    for bad in (-1, -0.5, "1"):
        quiet(nic, u, BAD, s.settimeout, bad)


def test_data_to_send():
    nic, u = up()
    s = tcp(nic, u)
    d = udp(nic, u)
    for bad in (None, 5, 1.5):
        quiet(nic, u, BAD, s.send, bad)
        quiet(nic, u, BAD, s.write, bad)
        quiet(nic, u, BAD, s.sendall, bad)
        quiet(nic, u, BAD, d.sendto, bad, ("220.18.39.22", 8062))


@manual("2.1.7")
def test_access_mode():
    nic, u = up()
    s = tcp(nic, u)
    for bad in (2, -1, "1", 1.5):
        quiet(nic, u, BAD, s.access_mode, bad)


@manual("2.1.8")
@only("p0")
def test_ping():
    nic, u = up()
    for host in BAD_NAMES:
        quiet(nic, u, BAD, nic.ping, host)
    for bad in (0, 11, -1, "4"):
        quiet(nic, u, BAD, nic.ping, "h", count=bad)
    for bad in (31, 201, -1, "32"):
        quiet(nic, u, BAD, nic.ping, "h", size=bad)
    for bad in (0, 256, -1, "4"):
        quiet(nic, u, BAD, nic.ping, "h", timeout_s=bad)


@manual("2.1.9")
@only("p0")
def test_ntp():
    nic, u = up()
    for host in BAD_NAMES:
        quiet(nic, u, BAD, nic.ntp, host)
    for port in BAD_PORTS:
        quiet(nic, u, BAD, nic.ntp, "h", port)


@manual("2.1.10", "2.1.14")
@only("p0")
def test_dns():
    nic, u = up()
    for host in BAD_NAMES:
        quiet(nic, u, BAD, nic.resolve, host)
        if host is not None:
            quiet(nic, u, BAD, nic.dns, host)
            quiet(nic, u, BAD, nic.dns, "8.8.8.8", host)


@manual("2.1.13")
def test_keepalive():
    nic, u = up()
    quiet(nic, u, BAD, nic.keepalive, 2)
    for idle in (0, 36001, "60"):
        quiet(nic, u, BAD, nic.keepalive, 1, idle)
    for interval in (9, 21):
        quiet(nic, u, BAD, nic.keepalive, 1, 60, interval)
    quiet(nic, u, BAD, nic.keepalive, 1, 60, 10, -1)


@manual("2.1.3", "2.1.11")
def test_sockets_and_format():
    nic, u = up()
    for bad in (0, 4, "1"):
        quiet(nic, u, BAD, nic.sockets, context=bad)
    for bad in (-1, 6, "1"):
        quiet(nic, u, BAD, nic.sockets, id=bad)
    quiet(nic, u, BAD, nic.format, view=2)
    quiet(nic, u, BAD, nic.format, show_length=-1)
    quiet(nic, u, BAD, nic.format, hex_receive="1")


@only("p0")
def test_apn_and_account():
    nic, u = new()
    nic.active(True)
    for apn in BAD_NAMES:
        if apn is not None:
            quiet(nic, u, BAD, nic.connect, apn)
    for bad in ('a"b', "a\r\nb", "\u4e2d"):
        quiet(nic, u, BAD, nic.connect, "your.apn", user=bad, password="x")
        quiet(nic, u, BAD, nic.connect, "your.apn", user="x", password=bad)
    for pdp in ("IPX", 'IP"', "", None, 4):
        quiet(nic, u, BAD, nic.connect, "your.apn", pdp=pdp)


def test_network_questions():
    nic, u = up()
    quiet(nic, u, BAD, nic.config, "colour")
    quiet(nic, u, BAD, nic.ipconfig, "colour")
    quiet(nic, u, BAD, nic.status, "colour")
    quiet(nic, u, BAD, nic.on, "colour", print)


def test_at_takes_one_line():
    nic, u = up()
    for bad in ("AT\r", "AT\nAT+QRST=1", "AT\r\n", "\r", "", None, 5):
        quiet(nic, u, BAD, nic.at, bad)
    for bad in ("AT+\u4e2d", "AT+X=\x1a"):
        quiet(nic, u, BAD, nic.at, bad)


def test_errno_of_a_seventh_socket_is_the_contracts():
    nic, u = up()
    held = [tcp(nic, u, ("220.18.39.22", port)) for port in range(1, 7)]
    before = len(u.tx)
    raises(OSError, E.EMFILE, nic.socket().connect, ("220.18.39.22", 7))
    raises(OSError, E.EMFILE, nic.socket(2, 2).sendto, b"x", ("220.18.39.22", 7))
    eq((len(u.tx), len(held)), (before, 6))


def test_local_port_in_use_is_refused_before_sending():
    nic, u = up()
    a, b, c = nic.socket(), nic.socket(), nic.socket(2, 2)
    a.bind(("", 5000))
    a.connect(("220.18.39.22", 8062))
    size = len(u.tx)

    def clash():
        b.bind(("", 5000))
        b.connect(("220.18.39.22", 8063))

    raises(OSError, E.EADDRINUSE, clash)
    eq(len(u.tx), size)
    c.bind(("", 5000))  # TCP and UDP apart
    c.connect(("220.18.39.22", 8084))
