"""Bad sizes and buffers to receive with: nothing is sent, nothing is waited for."""

from array import array

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


def test_the_length_of_a_buffer_is_its_bytes():
    nic, u = up()
    s = tcp(nic, u, timeout=5)
    words = array("H", [0x4141, 0x4242, 0x4343])
    for data in (words, memoryview(words)):
        eq(s.send(data), 6)
        eq(s.write(data), 6)
        s.sendall(data)
    eq(b"".join(u.m.sockets[0].sent), b"AABBCC" * 6)
    for receive in (s.readinto, s.recv_into):
        u.m.recv(0, b"112233and more")
        into = array("H", [0, 0, 0])
        eq((receive(into), bytes(memoryview(into))), (6, b"112233"))
        eq(s.recv(64), b"and more")
    d = udp(nic, u, timeout=5)
    eq(d.sendto(words, ("220.18.39.22", 8062)), 6)
    eq(u.m.sockets[1].sent, [b"AABBCC"])
