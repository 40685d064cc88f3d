"""Runs in MicroPython: client.py LIB SHIMS prints which modules of the driver a client loads.

The client attaches and makes a TCP and a UDP round trip, as lib/examples/demo.py does, with a mock
module.
"""

import sys

sys.path[:0] = sys.argv[1:3]
from bc25 import AF_INET, BC25, SOCK_DGRAM, SOCK_STREAM  # noqa: E402
from fakemodule import Module  # noqa: E402
from mockuart import MockUART  # noqa: E402

uart = MockUART(0, Module())
module = uart.module
module.uart = uart
nic = BC25(uart)
nic.active(True)
nic.connect(module.apn)
for kind in (SOCK_STREAM, SOCK_DGRAM):
    sock = nic.socket(AF_INET, kind)
    sock.settimeout(10)
    sock.connect(("192.0.2.7", 7))
    sock.send(b"hello")
    sid = int(module.open_lines[-1].split(",")[1])
    module.recv(sid, b"hello")
    assert sock.recv(64) == b"hello"
    sock.close()
print(*[name for name in sys.modules if name.startswith("bc25")])
