"""Payloads that look like the module's own words, through TCP and UDP."""

import bc25
import desk
from payloads import NASTY

EVERY = NASTY + (bytes(range(256)), b'\x1a\x1b\x00"\r\n> ' * 60)

nic = desk.attached(hex=desk.args.get("hex", False), push=desk.args.get("push", False))
peer = ("127.0.0.1", desk.args["tcp"])
wrong = []
with nic.socket() as s:
    s.connect(peer)
    for data in EVERY:
        s.sendall(data)
        if s.read(len(data)) != data:
            wrong.append(("TCP", data.hex()))
with nic.socket(type=bc25.SOCK_DGRAM) as s:
    for data in EVERY:
        s.sendto(data, ("127.0.0.1", desk.args["udp"]))
        if s.recv(1024) != data:
            wrong.append(("UDP", data.hex()))
desk.tell(wrong=wrong, counters=nic.status("counters"))
