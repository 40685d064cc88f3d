# mypy: ignore-errors
"""A refused connection, then a TCP round trip with awkward bytes, then an end by close()."""

from bc25 import BC25, BC25Error
from board import pins, uart

nic = BC25(uart(), **pins())
nic.active(True)
nic.connect()
print(nic.ipconfig("addr4")[0])
s = nic.socket()
try:
    s.connect(("127.0.0.1", 1))
except BC25Error as error:
    print("refused", error.code)
s.close()
s = nic.socket()
s.connect(("127.0.0.1", 7007))
s.sendall(b"text\n")
print(s.readline())
data = b'\r\nOK\r\n+QIURC: "closed",0\r\n> \x00\x1a\x1b"\xff'
s.sendall(data)
print(s.read(len(data)) == data)
s.close()
nic.active(False)
