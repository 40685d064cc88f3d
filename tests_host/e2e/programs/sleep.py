"""Example 4.4: UDP lives through deep sleep, TCP does not."""

import time

import bc25
import desk

pin = {"wake": desk.wake_pin()} if desk.args["pin"] else {}
nic = desk.attached(**pin)
events = []
nic.on("sleep", lambda: events.append("sleep"))
nic.on("wake", lambda: events.append("wake"))
nic.on("reset", lambda: events.append("reset"))
udp = nic.socket(type=bc25.SOCK_DGRAM)
udp.connect(("127.0.0.1", desk.args["udp"]))
udp.send(b"before")
came = [udp.recv(64)]
tcp = nic.socket()
tcp.connect(("127.0.0.1", desk.args["tcp"]))
tcp.settimeout(20)


def sleep():
    nic.sleep()
    start = time.ticks_ms()
    while "sleep" not in events and time.ticks_diff(time.ticks_ms(), start) < 10_000:
        nic.poll()
        time.sleep_ms(5)
    desk.tell(slept=True)


sleep()
time.sleep_ms(200)
nic.wake()
udp.send(b"after wake()")
came.append(udp.recv(64))
try:
    tcp.recv(1)
except OSError as e:
    desk.tell(tcp=e.errno)
tcp.close()
events.clear()
sleep()
udp.send(b"a call that transmits wakes it")
came.append(udp.recv(64))
with nic.socket() as s:
    s.connect(("127.0.0.1", desk.args["tcp"]))
    s.send(b"tcp again")
    came.append(s.recv(64))
pins_let_go = not pin or pin["wake"].value() == 0
desk.tell(came=[data.decode() for data in came], events=events, let_go=pins_let_go)
