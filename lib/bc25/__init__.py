"""Quectel BC25/BC32 NB-IoT modules as a MicroPython network interface.

Manual: Quectel BC25&BC32 TCP/IP application note V1.0 (2019-10-23).
"""

from .errors import BC25Error
from .nic import BC25
from .socket import (
    AF_INET,
    AF_INET6,
    IP_ADD_MEMBERSHIP,
    IP_DROP_MEMBERSHIP,
    IPPROTO_IP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    SO_BROADCAST,
    SO_KEEPALIVE,
    SO_REUSEADDR,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_NODELAY,
)

__version__ = "0.1.0"
