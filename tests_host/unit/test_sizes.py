"""Bad sizes and buffers to receive with: nothing is sent, nothing is waited for."""

from desk import eq, refuses, run, tcp, udp, up

BAD = (ValueError, TypeError)


def quiet(nic, u, exc, f, *args):
    before = len(u.tx)
    refuses(u, exc, f, *args)
    run(nic, 50)
    eq(bytes(u.tx[before:]), b"")


def test_sizes_and_buffers_to_receive_into():
    nic, u = up()
    s = tcp(nic, u, timeout=5)
    d = udp(nic, u, timeout=5)
    for bad in ("5", -2, None):
        quiet(nic, u, BAD, s.recv, bad)
        quiet(nic, u, BAD, d.recvfrom, bad)
    quiet(nic, u, BAD, s.recv_into, b"read only")
    quiet(nic, u, BAD, s.readinto, b"read only")
