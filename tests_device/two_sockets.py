"""Two sockets at once: what is sent on one never comes out of the other."""

from bc25 import SOCK_DGRAM

from runner import check, echo, run, wait


def tcp_and_tcp(nic):
    with nic.socket() as a, nic.socket() as b:
        for s in (a, b):
            s.connect(echo())
            s.settimeout(60)
        for n in range(1, 6):
            a.sendall(b"A" * n * 40)
            b.sendall(b"B" * n * 30)
            got_b, got_a = b.read(n * 30), a.read(n * 40)
            check(got_a == b"A" * n * 40 and got_b == b"B" * n * 30, "mixed in round %d" % n)


def tcp_and_udp(nic):
    with nic.socket() as t, nic.socket(type=SOCK_DGRAM) as u:
        t.connect(echo())
        u.connect(echo())
        t.setblocking(False)
        u.settimeout(8)
        left, lost, got = 5, 0, b""
        while left:
            wait(nic, lambda: t.write(b"stream"), 60)
            u.send(b"datagram")
            try:
                check(u.recv(64) == b"datagram", "the datagram changed")
            except OSError:
                lost += 1
                check(lost < 4, "too many datagrams lost")
            left -= 1
        t.settimeout(60)
        got = t.read(30)
        check(got == b"stream" * 5, "came back as %s" % got)
        return "%d datagrams lost" % lost


run(tcp_and_tcp, tcp_and_udp)
