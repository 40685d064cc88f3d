"""Quectel BC25/BC32 NB-IoT modules as a MicroPython network interface.

Manual: Quectel BC25&BC32 TCP/IP application note V1.0 (2019-10-23).
"""

from .errors import BC25Error
from .nic import BC25
from .sockets import (
    AF_INET,
    AF_INET6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    SO_KEEPALIVE,
    SO_REUSEADDR,
    SOCK_DGRAM,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_NODELAY,
)
