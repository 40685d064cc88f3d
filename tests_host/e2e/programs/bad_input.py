"""Input that must be refused before a byte is sent; which was not."""

import bc25
import desk
from bc25.trace import Tap

written = []
nic = bc25.BC25(Tap(desk.uart(), lambda way, data: written.append(data) if way == "tx" else None))
nic.active(True)
nic.connect()
HOSTS = ('a"b', "a\rb", "a\nb", "a b", "", "a\x00b", "a\x7fb", "ü", "x" * 256, "x" * 2048)
PORTS = (0, 65536, -1, 1 << 40)
calls = []
for host in HOSTS:
    calls.append(("connect", lambda h=host: nic.socket().connect((h, 80))))
    calls.append(("sendto", lambda h=host: nic.socket(type=bc25.SOCK_DGRAM).sendto(b"x", (h, 80))))
    calls.append(("resolve", lambda h=host: nic.resolve(h)))
    calls.append(("ping", lambda h=host: nic.ping(h)))
    calls.append(("ntp", lambda h=host: nic.ntp(h)))
    calls.append(("apn", lambda h=host: nic.connect(h)))
    calls.append(("dns", lambda h=host: nic.dns(h)))
for port in PORTS:
    calls.append(("connect", lambda p=port: nic.socket().connect(("127.0.0.1", p))))
    calls.append(("bind", lambda p=port: nic.socket().bind(("", p or -1))))
    calls.append(("ntp", lambda p=port: nic.ntp("127.0.0.1", p)))
calls += [
    ("at CR", lambda: nic.at("AT\rAT+QRST=1")),
    ("at LF", lambda: nic.at("AT\n")),
    ("ping count", lambda: nic.ping("a", count=11)),
    ("ping size", lambda: nic.ping("a", size=201)),
    ("ping timeout", lambda: nic.ping("a", timeout_s=256)),
    ("keepalive", lambda: nic.keepalive(1, 0 - 1)),
    ("sockets id", lambda: nic.sockets(id=6)),
    ("sockets context", lambda: nic.sockets(context=4)),
]
written.clear()
wrong = []
for name, call in calls:
    try:
        call()
        wrong.append((name, "nothing raised"))
    except (ValueError, TypeError):
        pass
    except Exception as e:
        wrong.append((name, repr(e)))
for _ in range(3):
    nic.poll()
desk.tell(wrong=wrong, written=b"".join(written).decode())
