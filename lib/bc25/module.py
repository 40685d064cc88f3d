"""The socket module that `nic.install()` puts in sys.modules["socket"]."""

from . import sockets


class SocketModule:
    AF_INET = sockets.AF_INET
    AF_INET6 = sockets.AF_INET6
    SOCK_STREAM = sockets.SOCK_STREAM
    SOCK_DGRAM = sockets.SOCK_DGRAM
    SOL_SOCKET = sockets.SOL_SOCKET
    SO_REUSEADDR = sockets.SO_REUSEADDR
    SO_KEEPALIVE = sockets.SO_KEEPALIVE
    IPPROTO_TCP = sockets.IPPROTO_TCP
    IPPROTO_UDP = sockets.IPPROTO_UDP
    TCP_NODELAY = sockets.TCP_NODELAY

    def __init__(self, nic):
        self.socket = nic.socket

    def getaddrinfo(self, host, port, af=0, type=0, proto=0, flags=0):
        """[(af, type, 0, host, (host, port))] without asking: the module resolves in QIOPEN."""
        return [(af or self.AF_INET, type or self.SOCK_STREAM, 0, host, (host, port))]
