"""Datagrams of many sizes to an echo server; which came back otherwise."""

import random

import bc25
import desk

nic = desk.attached()
random.seed(2)
wrong = []
with nic.socket(type=bc25.SOCK_DGRAM) as s:
    for size in range(1, 513, desk.args.get("step", 1)):
        data = bytes(random.getrandbits(8) for _ in range(size))
        s.sendto(data, ("127.0.0.1", desk.args["port"]))
        back, sender = s.recvfrom(1024)
        if back != data or sender != ("127.0.0.1", desk.args["port"]):
            wrong.append((size, sender))
desk.tell(wrong=wrong, counters=nic.status("counters"))
