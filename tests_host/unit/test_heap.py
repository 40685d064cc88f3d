"""Zero heap in the steady state, on the real interpreter, driver as .mpy.

What the mock said in a first run is said again by a UART that allocates nothing, while the heap
is locked.
"""

from heaplock import bench, locked

from desk import POLLIN, POLLOUT, clock, eq, only, settle, tcp, udp


@only("mpy", "native", "p0")
def test_poll_idle():
    nic, u, switch = bench()
    tcp(nic, u)

    def work():
        for _ in range(50):
            nic.poll()

    locked(nic, u, switch, lambda: None, work)


@only("mpy", "native", "p0")
def test_poll_with_a_recv_urc_and_readinto():
    nic, u, switch = bench()
    s = tcp(nic, u)
    buf = bytearray(300)
    got = [0]

    def work():
        got[0] = s.readinto(buf)

    replay = locked(nic, u, switch, lambda: u.m.recv(0, b"\r\n\x00x" * 75), work)
    eq((got[0], bytes(buf)), (300, b"\r\n\x00x" * 75))
    assert replay.step


@only("mpy", "native", "p0")
def test_recv_into_of_datagrams():
    nic, u, switch = bench()
    s = udp(nic, u)
    buf = bytearray(64)

    def work():
        s.recv_into(buf)

    locked(nic, u, switch, lambda: u.m.recv(0, b"datagram"), work)
    eq(bytes(buf[:8]), b"datagram")


@only("mpy", "native", "p0")
def test_write():
    nic, u, switch = bench()
    s = tcp(nic, u)
    for data in (b"x", b"1234567890", b"\x00\r\n" * 30, bytes(512), bytes(4000), b"t" * 4000):
        locked(nic, u, switch, lambda: None, lambda data=data: s.write(data))


@only("mpy", "native", "p0")
def test_send_a_datagram():
    nic, u, switch = bench()
    s = udp(nic, u)
    for data in (b"x", b"\x00\r\n" * 30, bytes(512)):
        locked(nic, u, switch, lambda: None, lambda data=data: s.send(data))


@only("mpy", "native", "p0")
def test_readinto_64_kb():
    nic, u, switch = bench()
    u.m.ok_ms = 1
    s = tcp(nic, u)
    buf = bytearray(65536)

    def before():
        for i in range(128):
            u.m.recv(0, bytes((i,)) * 512)

    locked(nic, u, switch, before, lambda: s.readinto(buf), warm=1)
    eq((buf[0], buf[512], buf[-1]), (0, 1, 127))


@only("mpy", "native", "p0")
def test_write_64_kb():
    nic, u, switch = bench()
    u.m.ok_ms = u.m.send_ms = 1
    s = tcp(nic, u)
    data = bytes(65536)
    locked(nic, u, switch, lambda: None, lambda: s.write(data), warm=1)


@only("mpy", "native", "p0")
def test_push_mode():
    nic, u, switch = bench(push=True)
    s = tcp(nic, u)
    buf = bytearray(200)
    locked(nic, u, switch, lambda: u.m.recv(0, b"\r\nOK\r\n  " * 25), lambda: s.readinto(buf))
    eq(bytes(buf[:8]), b"\r\nOK\r\n  ")
    data = bytes(100)
    locked(nic, u, switch, lambda: None, lambda: s.write(data))


@only("mpy", "native", "p0")
def test_hex():
    nic, u, switch = bench(hex=True)
    s = tcp(nic, u)
    buf = bytearray(200)
    locked(nic, u, switch, lambda: u.m.recv(0, bytes(range(200))), lambda: s.readinto(buf))
    eq(bytes(buf), bytes(range(200)))
    data = bytes(100)
    locked(nic, u, switch, lambda: None, lambda: s.write(data))


@only("mpy", "native", "p0")
def test_ioctl_poll_of_six_sockets():
    nic, u, switch = bench()
    socks = [tcp(nic, u, ("220.18.39.22", port)) for port in range(1, 7)]

    def work():
        for s in socks:
            s.ioctl(3, POLLIN | POLLOUT)
        clock.sleep_ms(1)

    locked(nic, u, switch, lambda: None, work)


@only("mpy", "native", "p0")
def test_urcs_that_say_nothing_new():
    nic, u, switch = bench()
    tcp(nic, u)

    def before():
        u.push(b'\r\n+QIURC: "recv",0\r\n\r\n+CEREG: 1\r\n\r\n+QIURC: "recv",0,12\r\n')

    def work():
        for _ in range(300):
            nic.poll()
            clock.sleep_ms(1)

    locked(nic, u, switch, before, work)


def idles(nic):
    def work():
        for _ in range(50):
            nic.poll()

    return work


@only("mpy", "native", "p0")
def test_poll_idle_once_the_module_may_sleep_and_while_it_sleeps():
    nic, u, switch = bench()
    udp(nic, u)
    nic.sleep()
    eq(repr(nic).split(",")[0], "<BC25 asleep")
    locked(nic, u, switch, lambda: None, idles(nic))
    u.m.sleep()
    settle(nic, u)
    locked(nic, u, switch, lambda: None, idles(nic))


@only("mpy", "native", "p0")
def test_poll_idle_after_a_recovery_that_failed():
    nic, u, switch = bench()
    udp(nic, u)
    nic.modem.core.network.attach = None  # else the search for the network goes on
    u.mute = True
    try:
        nic.at("AT+CSQ")
        nic.at("AT+CSQ")
        nic.at("AT+CSQ")
    except OSError:
        pass
    u.push(b"\r\nRDY\r\n")
    u.mute = False
    nic.poll()
    u.mute = True
    for _ in range(4000):
        nic.poll()
        clock.sleep_ms(20)
    eq(repr(nic).split(",")[0], "<BC25 asleep")
    locked(nic, u, switch, lambda: None, idles(nic))
