"""A TCP and a UDP round trip to the echo server that settings.py names."""

import settings
from bc25 import BC25, SOCK_DGRAM
from board import pins, uart

nic = BC25(uart(), **pins())
nic.active(True)
nic.connect(settings.APN)
print("attached with the address", nic.ipconfig("addr4")[0])

with nic.socket() as s:
    s.connect(settings.ECHO)
    s.sendall(b"hello over TCP\n")
    print("TCP brought back", s.readline())

with nic.socket(type=SOCK_DGRAM) as s:
    s.sendto(b"hello over UDP", settings.ECHO)
    data, sender = s.recvfrom(512)
    print("UDP brought back", data, "from", sender)

nic.active(False)
