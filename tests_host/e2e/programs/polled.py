"""select.poll over several sockets: a listener, its child, TCP and UDP clients."""

import errno
import select
import time

import bc25
import desk

nic = desk.attached()
poller = select.poll()
tcp = nic.socket()
tcp.setblocking(False)
try:
    tcp.connect(("127.0.0.1", desk.args["tcp"]))
except OSError as e:
    desk.tell(connecting=e.errno == errno.EINPROGRESS)
desk.tell(nothing=tcp.read(10) is None)
try:
    tcp.recv(10)
except OSError as e:
    desk.tell(again=e.errno == errno.EAGAIN)
udp = nic.socket(type=bc25.SOCK_DGRAM)
udp.connect(("127.0.0.1", desk.args["udp"]))
udp.setblocking(False)
names = {id(tcp): "tcp", id(udp): "udp"}
poller.register(tcp, select.POLLOUT)
ready = poller.poll(10_000)
desk.tell(writable=[(names[id(s)], bool(flags & select.POLLOUT)) for s, flags in ready])
poller.modify(tcp, select.POLLIN)
poller.register(udp, select.POLLIN)
desk.tell(quiet=len(poller.poll(50)))
tcp.write(b"to tcp")
while udp.write(b"to udp") is None:
    nic.poll()
came = {}
start = time.ticks_ms()
while len(came) < 2 and time.ticks_diff(time.ticks_ms(), start) < 10_000:
    for s, flags in poller.poll(1000):
        if flags & select.POLLIN:
            came[names[id(s)]] = s.recv(64).decode()
desk.tell(came=came)
tcp.write(b"close\n")
poller.unregister(udp)
ended = poller.poll(10_000)
desk.tell(hup=bool(ended[0][1] & (select.POLLIN | select.POLLHUP)))
tcp.setblocking(True)
desk.tell(rest=tcp.read().decode(), end=tcp.recv(10).decode())
