"""Quectel BC25/BC32 NB-IoT modules as a MicroPython network interface.

Manual: Quectel BC25&BC32 TCP/IP application note V1.0 (2019-10-23).
"""

from .errors import BC25Error
from .nic import BC25

__version__ = "0.1.0"

AF_INET = 2
AF_INET6 = 10
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOL_SOCKET = 0xFFF
SO_REUSEADDR = 4
SO_KEEPALIVE = 8
IPPROTO_TCP = 6
IPPROTO_UDP = 17
TCP_NODELAY = 1
