"""MicroPython's module `socket` over a BC25; `nic.install()` has `import socket` give it.

Its constants are those of MicroPython's ESP32 port.
"""

from socket import socket as _socket
from typing import Any, Final, Literal

from _typeshed import ReadableBuffer, WriteableBuffer
from typing_extensions import Self, TypeAlias

# The class is one of MicroPython's (or CPython's) to a type checker, so that what wants such a
# socket, `ssl` first of all, takes it; what it does differently is marked `override`.

_Address: TypeAlias = tuple[str, int]
_AddressInfo: TypeAlias = tuple[int, int, int, str, _Address]
# None comes from non-blocking sockets only: a program that uses no others need not look for it.
_MaybeNone: TypeAlias = Any

AF_UNSPEC: Final = 0
AF_INET: Final = 2
AF_INET6: Final = 10
SOCK_STREAM: Final = 1
SOCK_DGRAM: Final = 2
SOCK_RAW: Final = 3
SOL_SOCKET: Final = 0xFFF
SO_REUSEADDR: Final = 4
SO_KEEPALIVE: Final = 8
SO_BROADCAST: Final = 0x20
SO_SNDTIMEO: Final = 0x1005
SO_RCVTIMEO: Final = 0x1006
IPPROTO_IP: Final = 0
IPPROTO_TCP: Final = 6
IPPROTO_UDP: Final = 17
IP_ADD_MEMBERSHIP: Final = 3
IP_DROP_MEMBERSHIP: Final = 4
TCP_NODELAY: Final = 1
MSG_PEEK: Final = 1
MSG_DONTWAIT: Final = 8
SHUT_RD: Final = 0
SHUT_WR: Final = 1
SHUT_RDWR: Final = 2
error = OSError

class socket(_socket):
    """A TCP or UDP socket, made with `nic.socket()` (or, after `nic.install()`, with this class).

    It is also a stream: `select.poll`, `asyncio` and `ssl` take it. A UDP socket is a client, or,
    bound and without a peer, the manual's "UDP SERVICE" (4.5).

    Calls wait as `settimeout` says: for ever, which is how a socket begins, for some seconds, or
    not at all. Every method that talks raises

    - OSError(ETIMEDOUT): the timeout is over. It begins anew whenever bytes of the call moved.
    - OSError(EAGAIN): a non-blocking socket would have to wait.
    - OSError(ENOTCONN): it is not connected. OSError(EBADF): it was closed.
    - OSError(ECONNRESET): the module restarted or slept, and has the connection no more.
    - OSError(EBUSY): a handler of `nic.on()` called a method that may wait.
    - bc25.BC25Error, an OSError: the module refused, with its code.
    """

    fileno: None  # type: ignore[assignment]  # there are no file descriptors

    def __init__(
        self, af: int = 2, type: int = 1, proto: int = 0, modem: object | None = None
    ) -> None:
        """A socket of the NIC that was installed last; `modem` is for the driver itself.

        `af`: AF_INET or AF_INET6; `type`: SOCK_STREAM or SOCK_DGRAM. Raises OSError(EOPNOTSUPP)
        for SOCK_RAW and ValueError for others.
        """

    def connect(self, address: _Address) -> None:  # type: ignore[override]
        """Connect to `(host, port)`; a UDP socket sends there from now on (manual 2.1.1).

        The module resolves the name. Raises OSError(EINPROGRESS) at once on a non-blocking socket,
        which can be polled for writing then; OSError(EADDRINUSE) if the local port is in use;
        OSError(EMFILE) (24) for a seventh connection; ValueError for a host or port that
        cannot be.
        """

    def bind(self, address: _Address) -> None:  # type: ignore[override]
        """Choose the local port, as `("", port)`, of what is opened next; 0: any."""

    def listen(self, backlog: int = 0) -> None:
        """Accept TCP connections to the bound port (manual 4.3), whatever the backlog.

        A non-blocking socket returns at once; a failed open then shows in `accept`. Raises
        OSError(EADDRINUSE) and OSError(EMFILE) as `connect` does.
        """

    def accept(self) -> tuple[socket, _Address]:
        """The next connection that comes in: `(socket, (ip, port))`."""

    def close(self) -> None:
        """Have the connection closed, and return; a blocking socket first sends what is unsent."""

    def shutdown(self, how: int) -> None:
        """Wait for what is unsent; after SHUT_WR or SHUT_RDWR nothing more can be sent.

        The module cannot close one direction: the peer sees no end until `close`.
        """

    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    def getpeername(self) -> _Address:
        """`(host, port)` of the peer, as `connect` was given it."""

    def getsockname(self) -> _Address:
        """`(address, port)`: the NIC's address, and the local port if one was bound, else 0."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        """What there is, at most `size` bytes (manual 2.1.5); b"" once the peer closed.

        The rest of a longer datagram is lost. `flags`: MSG_PEEK, MSG_DONTWAIT. Raises
        OSError(ENOBUFS) where pushed data found no room.
        """

    def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, _Address]:
        """What `recv` gives, and the sender; that is `("", 0)` for "UDP SERVICE"."""

    def recv_into(self, buf: WriteableBuffer, size: int = 0, flags: int = 0) -> int:
        """Like `recv`, into `buf`, at most `size` bytes (0: all of it); 0 once the peer closed."""

    def read(self, size: int = -1) -> bytes | _MaybeNone:
        """`size` bytes, fewer only at the end; -1: all up to the end. Or one datagram.

        None if non-blocking and nothing is there. After a timeout the next call reads what came.
        """

    def readinto(self, buf: WriteableBuffer, size: int = -1) -> int | _MaybeNone:
        """Fill `buf`, or `size` bytes of it: how many, fewer only at the end. Or one datagram.

        None if non-blocking and nothing is there. After a timeout the next call reads what came.
        """

    def readline(self, size: int = -1) -> bytes | _MaybeNone:
        """Up to the next newline, and with it, at most `size` bytes. Or one datagram.

        None if non-blocking and nothing is there. After a timeout the next call reads what came.
        """

    def send(self, data: ReadableBuffer | str, flags: int = 0) -> int:
        """Send, and return how many bytes the module took (SEND OK, manual 2.1.4).

        A blocking socket sends all; one with a timeout, what was taken until then; a non-blocking
        one takes what has room in its buffer. A datagram has 1-512 bytes, else OSError(EINVAL)
        or OSError(EMSGSIZE). Raises OSError(EPIPE) after `shutdown`.
        """

    def sendall(  # type: ignore[override]
        self, data: ReadableBuffer | str, flags: int = 0
    ) -> None:
        """Send all of it; on a non-blocking socket OSError(EAGAIN) if not all has room."""

    def sendto(self, data: ReadableBuffer | str, address: Any, *flags: Any) -> int:
        """Send a datagram to `(host, port)`; `sendto(data, flags, address)` does the same.

        Another peer than the last has the socket opened again, once what came from that was read.
        """

    def write(
        self, buf: ReadableBuffer | str, off: int = -1, size: Any = ()
    ) -> int | _MaybeNone:
        """`write(buf)`, `write(buf, size)` or `write(buf, off, size)`: how many bytes were taken.

        A negative size means all. None if non-blocking and there is no room. With
        `nic.background()` it returns as soon as all is in the send buffer, else after SEND OK.
        """

    def settimeout(self, value: float | None) -> None:
        """Seconds that a call may wait; None: for ever, 0: not at all."""

    def setblocking(self, value: bool) -> None:
        """True: calls wait for ever. False: they do not wait."""

    def setsockopt(  # type: ignore[override]
        self, level: int, opt: int, value: Any
    ) -> None:
        """`setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)` is TCP keepalive, one setting for all sockets
        (manual 2.1.13). Multicast raises OSError(EOPNOTSUPP), others change nothing."""

    def access_mode(self, mode: Literal[0, 1] | None = None) -> int:
        """The access mode, switched before if given: 0 buffer, 1 direct push (manual 2.1.7)."""

    def makefile(self, *_: Any) -> Self:  # type: ignore[override]
        """The socket itself, as in MicroPython."""

    def ioctl(self, request: int, flags: int) -> int:
        """MicroPython's stream protocol, for `select.poll`: 3 poll, 4 close, 1 flush; else -1."""

def getaddrinfo(
    host: str | bytes, port: int | str, af: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[_AddressInfo]:
    """`[(af, type, 0, host, (host, port))]`, without waiting: the module resolves names.

    An address of IPv6 is AF_INET6, all else AF_INET. Raises ValueError for a port that is no
    decimal number or beyond 0-65535. `nic.resolve()` gives a name's addresses.
    """

def inet_pton(af: int, text: str) -> bytes:
    """An address as 4 bytes, or 16 with AF_INET6; OSError(EINVAL) if it is none."""

def inet_ntop(af: int, data: ReadableBuffer) -> str:
    """The text of an address of 4 bytes, or 16 with AF_INET6; ValueError for another length."""
