"""What the module asks of a network, whoever provides it, and how addresses are written."""

import ipaddress
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

# A link hands over at most so many bytes at once, so that a socket can stop it in time.
PIECE = 1358


class Address(NamedTuple):
    """An IP address and a port."""

    ip: str
    port: int


class OpenFailed(Exception):
    """A socket that could not be opened; `code` is of the manual's table 1."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Link(Protocol):
    """One open transport."""

    def write(self, data: bytes, limit: int) -> bool:
        """Takes all of `data`, or none (False) when more than `limit` bytes would be unsent."""

    def pause(self) -> None:
        """Stops `received`: the peer is held back."""

    def resume(self) -> None:
        """Goes on with `received`, never from inside this call."""

    def close(self, abort: bool = False) -> None:
        """Ends it, after unsent bytes or (abort) at once; nothing is told any more."""


class Owner(Protocol):
    """Whom a link tells what happens. Never called from inside a call to the network."""

    def opened(self) -> None: ...

    def failed(self, code: int) -> None:
        """It could not be opened; `code` is of the manual's table 1."""

    def received(self, data: bytes, peer: Address) -> None:
        """At most PIECE bytes of a stream, or one whole datagram."""

    def lost(self) -> None:
        """The peer closed, or the connection broke."""

    def accepted(self, link: Link, peer: Address) -> "Owner | None":
        """A listener's new connection; its owner, or None to turn it away."""


class Network(Protocol):
    """Where the module's sockets end."""

    def open_tcp(self, to: Address, local_port: int, limit: float, owner: Owner) -> Link: ...

    def open_udp(self, to: Address | None, local: Address, owner: Owner) -> Link:
        """With no `to`, a service that takes datagrams from anyone. Raises OpenFailed."""

    def listen(self, local: Address, owner: Owner) -> Link: ...

    def resolve(self, name: str, done: Callable[[list[str]], Any]) -> None:
        """Calls `done` with the addresses, none when the name is not known; may do so at once."""

    def ping(self, name: str, ip: str, size: int, limit: float,
             done: Callable[[float | None], None]) -> None:
        """Calls `done`, perhaps at once, with the seconds it takes, or None for no answer."""


def is_ip(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def parse_address(text: str) -> Address:
    """`1.2.3.4:80` or `[::1]:80`."""
    ip, colon, port = text.rpartition(":")
    ip = ip.strip("[]")
    if not colon or not is_ip(ip) or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r}: IP:PORT wanted")
    return Address(ip, int(port))


def parse_pair(text: str) -> tuple[Address, Address]:
    """`A:P=B:Q`."""
    left, equals, right = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r}: IP:PORT=IP:PORT wanted")
    return parse_address(left), parse_address(right)


def parse_host(text: str) -> tuple[str, list[str]]:
    """`NAME=X,Y,…`."""
    name, equals, values = text.partition("=")
    if not name or not equals or not values:
        raise ValueError(f"{text!r}: NAME=VALUE,… wanted")
    return name.lower(), values.split(",")


def parse_names(text: str) -> tuple[str, list[str]]:
    """`NAME=IP,…`."""
    name, values = parse_host(text)
    if not all(is_ip(ip) for ip in values):
        raise ValueError(f"{text!r}: NAME=IP,… wanted")
    return name, values


def parse_pings(text: str) -> tuple[str, list[float | None]]:
    """`HOST=MS,…`; `-` or `timeout` stands for no answer."""
    name, values = parse_host(text)
    try:
        return name, [None if v in ("-", "timeout") else float(v) / 1000 for v in values]
    except ValueError:
        raise ValueError(f"{text!r}: HOST=MS,… wanted, `-` for a time-out") from None


class Pings:
    """Answers that were given on the command line, each host's in turn and then from the start."""

    def __init__(self, given: dict[str, list[float | None]]) -> None:
        self._given = given
        self._next = dict.fromkeys(given, 0)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._given

    def take(self, name: str) -> float | None:
        """The next answer of `name`."""
        values = self._given[name.lower()]
        index = self._next[name.lower()]
        self._next[name.lower()] = index + 1
        return values[index % len(values)]
