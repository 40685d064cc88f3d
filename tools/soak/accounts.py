"""What a program sent and got, on accounts that are compared with what its peers saw."""

from dataclasses import dataclass, field
from typing import Any

from tools.rig import Peer

_PIECE = 512  # manual 2.1.4: sent at a time


class Broken(AssertionError):
    """Something was lost, doubled or invented."""


@dataclass
class Stream:
    """One TCP connection as the program knows it; `check` compares it with its peer."""

    sent: bytearray = field(default_factory=bytearray)  # taken by the module
    doubt: bytes = b""  # given to a call that raised: any part of it may have gone out
    got: bytearray = field(default_factory=bytearray)
    at_end: bool = False  # the program saw the end of the stream

    def send(self, sock: Any, data: bytes) -> None:
        """send(), on the account."""
        self.doubt = data
        n = sock.send(data)
        self.sent += data[:n]
        self.doubt = b""

    def read(self, sock: Any, size: int) -> int:
        """recv() until `size` more bytes came or the end, on the account; how many came."""
        before = len(self.got)
        while len(self.got) < before + size:
            data = sock.recv(before + size - len(self.got))
            if not data:
                self.at_end = True
                break
            self.got += data
        return len(self.got) - before

    def check(self, peer: Peer, flipped: bool = False) -> None:
        """Broken unless all is there, once and in order; one flipped bit is forgiven if told, and
        any end of a piece whose fate the program was told to be unknown."""
        maybe = bytes(self.sent) + self.doubt
        there = undamaged(bytes(peer.got), maybe, len(self.sent))
        if len(there) < len(self.sent) or not same(there, maybe[: len(there)], flipped):
            raise Broken(f"peer got {there!r}\nafter {bytes(self.sent)!r}, maybe {self.doubt!r}")
        here, said = bytes(self.got), bytes(peer.said)
        if not same(here, said[: len(here)], flipped):
            raise Broken(f"program got {here!r}\nof {said!r}")
        if self.at_end and peer.quitted and len(here) < len(said):
            raise Broken(f"the end came after {len(here)} of {len(said)} bytes")


def check_any(account: Stream, peers: list[Peer], flipped: bool = False) -> None:
    """Broken unless the account agrees with one of the connections that were opened for it."""
    broken = Broken(f"{bytes(account.sent)!r} sent to nobody")
    for peer in peers:
        try:
            return account.check(peer, flipped)
        except Broken as error:
            broken = error
    if account.sent or account.got:
        raise broken


@dataclass
class Datagrams:
    """One UDP socket as the program knows it."""

    sent: list[bytes] = field(default_factory=list)
    doubt: list[bytes] = field(default_factory=list)
    got: list[bytes] = field(default_factory=list)

    def send(self, sock: Any, data: bytes) -> None:
        """send(), on the account."""
        self.doubt.append(data)
        sock.send(data)
        self.doubt.remove(data)
        self.sent.append(data)

    def receive(self, sock: Any) -> bytes:
        """recv(), on the account."""
        data: bytes = sock.recv(1500)
        self.got.append(data)
        return data

    def check(self, there: list[bytes], said: list[bytes], padded: int = 0) -> None:
        """Broken unless each datagram arrived whole and once; `padded` strangers may have."""
        for data in self.sent:
            if there.count(data) != 1:
                raise Broken(f"{data!r} arrived {there.count(data)} times: {there!r}")
        strangers = [d for d in there if d not in self.sent and d not in self.doubt]
        if len(strangers) > padded:
            raise Broken(f"nobody sent {strangers!r}")
        rest = list(said)
        for data in self.got:
            if data not in rest:
                raise Broken(f"program got {data!r} of {said!r}")
            rest.remove(data)


def undamaged(there: bytes, maybe: bytes, sure: int) -> bytes:
    """Without what a doubtful piece may end in: the program was told that its fate is unknown, so
    a byte of it may be missing, and what filled the prompt may stand behind it."""
    n = sure
    while n < min(len(there), len(maybe)) and there[n] == maybe[n]:
        n += 1
    doubtful = sure < len(maybe) and len(there) - n <= _PIECE
    return there[:n] if doubtful else there


def same(one: bytes, other: bytes, flipped: bool) -> bool:
    """Equal, or (flipped) but for one bit."""
    if one == other:
        return True
    if not flipped or len(one) != len(other):
        return False
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True)) == 1
