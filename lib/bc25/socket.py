"""The module that BC25.install() puts into sys.modules["socket"]: MicroPython's `socket` over a
BC25. What it holds is what `from socket import *` gives, and constants are the ESP32 port's."""

from .socketobject import socket

AF_UNSPEC = 0
AF_INET = 2
AF_INET6 = 10
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOCK_RAW = 3
SOL_SOCKET = 0xFFF
SO_REUSEADDR = 4
SO_KEEPALIVE = 8
SO_BROADCAST = 0x20
SO_SNDTIMEO = 0x1005
SO_RCVTIMEO = 0x1006
IPPROTO_IP = 0
IPPROTO_TCP = 6
IPPROTO_UDP = 17
IP_ADD_MEMBERSHIP = 3
IP_DROP_MEMBERSHIP = 4
TCP_NODELAY = 1
MSG_PEEK = 1
MSG_DONTWAIT = 8
SHUT_RD = 0
SHUT_WR = 1
SHUT_RDWR = 2
error = OSError


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):
    """[(af, type, 0, host, (host, port))] without asking: the module resolves names in QIOPEN.
    `port` may be a decimal str; ValueError for any other text and beyond 0-65535."""
    if not isinstance(host, (str, bytes)):
        raise TypeError("host: str expected")
    if isinstance(host, bytes):
        host = host.decode()
    port = int(port)
    if not 0 <= port <= 65535:
        raise ValueError("port: 0-65535")
    host = host or "0.0.0.0"
    af = af or (AF_INET6 if ":" in host else AF_INET)
    return [(af, type or SOCK_STREAM, 0, host, (host, port))]


def inet_pton(af, text):
    """An address in text as 4 or 16 bytes; OSError(EINVAL) where it is none."""
    from .inet import to_bytes

    return to_bytes(af == AF_INET6, text)


def inet_ntop(af, data):
    """4 or 16 bytes as the text of an address; ValueError for another length."""
    from .inet import to_text

    return to_text(af == AF_INET6, data)
