# mypy: ignore-errors
"""Datagrams that come back with their borders, in a module whose output comes in pieces."""

from bc25 import BC25, SOCK_DGRAM
from board import pins, uart

nic = BC25(uart(), **pins())
nic.active(True)
nic.connect()
s = nic.socket(type=SOCK_DGRAM)
s.settimeout(10)
for size in (1, 300, 512):
    data = bytes(range(256)) * 2
    s.sendto(data[:size], ("127.0.0.1", 7007))
    got, sender = s.recvfrom(512)
    print(len(got), got == data[:size], sender)
s.close()
print(nic.status("rssi"))
nic.active(False)
