"""The program that runs for hours, and what must hold all the while."""

import gc
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tools.rig import SERVER, McuRestart, Peer, Rig, inside

from .accounts import Datagrams, Stream, check_any
from .faults import Trouble

_TCP, _UDP = range(7, 11), range(17, 19)
_TIMEOUT_S = 100
_RECOVERY_MS = 600_000  # a longer one is a failure
# Of `hostile` and `clone`: what a module loses by itself, which the driver can only tell of.
_CALM = {"prompt_settle_ms": [0, 0], "when_full": "hold"}
_EPOCH = 500  # transactions between two looks at what is left over


@dataclass
class Client:
    """A socket as the program holds it, its account and its peers."""

    port: int
    udp: bool
    sock: Any = None
    account: Any = None
    first: int = 0  # of `peers`, the one that the account speaks of
    peers: list[Peer] = field(default_factory=list)
    accounts: list[tuple[Any, list[Peer]]] = field(default_factory=list)  # of closed sockets

    def settle(self) -> None:
        """The socket is gone; its account is kept until all has arrived."""
        if self.account is not None:
            self.accounts.append((self.account, self.peers[self.first :]))
        self.sock = self.account = None

    def forget(self) -> None:
        """What was compared; a peer whose connection lives goes on."""
        self.accounts.clear()
        self.peers[:] = [peer for peer in self.peers if not peer.ended]
        for peer in self.peers:
            for said in (peer.got, peer.said, peer.pieces, peer.said_pieces):
                said.clear()


@dataclass
class Figures:
    """What the table shows."""

    transactions: int = 0
    failed: int = 0
    up: int = 0
    down: int = 0
    recovery_ms: int = 0
    checked: int = 0
    objects: list[int] = field(default_factory=list)  # alive after each epoch
    errors: Counter[str] = field(default_factory=Counter)


class Soak:
    """`run(n)` does n transactions; AssertionError (Broken) when anything was lost or doubled."""

    def __init__(self, seed: int, rate: float = 0.05, profile: str = "manual",
                 without: tuple[str, ...] = ()) -> None:
        self.rng = random.Random(seed)
        self.rig = Rig(seed, flavour=("native", "esp32")[seed & 1], profile_name=profile,
                         pins=True, profile_settings=dict(_CALM))
        self.figures = Figures()
        self.trouble = Trouble(self.rig, self.rng, rate, without)
        self.clients = [Client(port, False) for port in _TCP] + [Client(p, True) for p in _UDP]
        for client in self.clients:
            self.rig.network.serve(SERVER, client.port, self._server(client))
        self.rig.up()
        self._since = 0
        self._well = self.rig.clock.us
        self.padded = 0

    def _server(self, client: Client) -> Callable[[], Peer]:
        def make() -> Peer:
            client.peers.append(Peer())
            return client.peers[-1]
        return make

    # -- transactions ------------------------------------------------------------------------

    def run(self, transactions: int,
            done: Callable[[str, int], object] = lambda what, count: None) -> Figures:
        """Do so many; `done` is told of each epoch's, with the hours of virtual time."""
        for _ in range(transactions):
            self.figures.transactions += 1
            self.trouble.maybe()
            self._guarded(self._one)
            if self.figures.transactions % _EPOCH == 0:
                self.epoch()
                done(f"{self.rig.clock.us / 3.6e9:.1f} hours of virtual time", _EPOCH)
        self.epoch()
        return self.figures

    def _guarded(self, call: Callable[[], object]) -> bool:
        """True when it worked; what a program may expect to fail is noted and recovered from."""
        rig = self.rig
        rig.clock.limit(2_000_000, 3_000_000)
        try:
            call()
        except OSError as error:
            self.figures.failed += 1
            self.figures.errors[f"{type(error).__name__} {error.args[:1]}"] += 1
        except McuRestart:
            self.figures.failed += 1
            self.figures.errors["MCU restarted"] += 1
            self._new_board()
        else:
            if self._since:
                ms = (rig.clock.us - self._since) // 1000
                self.figures.recovery_ms = max(self.figures.recovery_ms, ms)
                self._since = 0
            return True
        self._since = self._since or rig.clock.us
        assert rig.clock.us - self._since < _RECOVERY_MS * 1000, "it does not recover"
        return False

    def _new_board(self) -> None:
        self.padded += self.rig.counter("padded")
        for client in self.clients:
            client.settle()
        self.rig.new_board()

    def _one(self) -> None:
        rig, client = self.rig, self.rng.choice(self.clients)
        if not rig.nic.active():
            rig.nic.active(True)
        if not rig.nic.isconnected():
            rig.nic.connect("CMNBIOT")
        if client.sock is None:
            self._open(client)
        try:
            self._talk(client)
        except OSError:
            self._close(client)
            raise
        if self.rng.random() < 0.1:
            self._close(client)

    def _open(self, client: Client) -> None:
        client.account = Datagrams() if client.udp else Stream()
        client.first = len(client.peers)
        client.sock = self.rig.socket((SERVER, client.port), client.udp, _TIMEOUT_S)

    def _close(self, client: Client) -> None:
        sock = client.sock
        try:
            if sock is not None:
                sock.close()
        finally:
            client.settle()

    def _talk(self, client: Client) -> None:
        rng, account = self.rng, client.account
        data = rng.randbytes(rng.choice((1, 20, 20, 200, 512)))
        if not client.udp and rng.random() < 0.05:
            data = rng.randbytes(3000)
        if rng.random() < 0.3:
            data = data.hex().encode()[: len(data)]
        if client.udp:
            data = b"%d:" % self.figures.transactions + data[:500]  # each one is told apart
        account.send(client.sock, data)
        self.figures.up += len(data)
        if client.udp:
            self.figures.down += len(account.receive(client.sock))
        else:
            self.figures.down += account.read(client.sock, len(data))

    # -- what must hold ----------------------------------------------------------------------

    def epoch(self) -> None:
        """Close everything, compare every account, see that nothing is left over."""
        for client in self.clients:
            self._guarded(lambda c=client: self._close(c))  # type: ignore[misc]
        for _ in range(100):
            if self._guarded(self._ready):
                break
        for client in self.clients:
            # The module may hold, for adoption, what a peer said before it is forgotten here.
            if client.udp and inside.kept(self.rig):
                self._guarded(lambda c=client: self._open(c))  # type: ignore[misc]
                self._guarded(lambda c=client: self._close(c))  # type: ignore[misc]
        tidy(self.rig)
        padded = self.padded + self.rig.counter("padded") + self.figures.failed
        for client in self.clients:
            self._compare(client, padded)
        gc.collect()
        self.figures.objects.append(len(gc.get_objects()))

    def _ready(self) -> None:
        self.trouble.calm()
        if not self.rig.nic.active():
            self.rig.nic.active(True)
        if not self.rig.nic.isconnected():
            self.rig.nic.connect("CMNBIOT")
        self.rig.nic.at("AT")

    def _compare(self, client: Client, padded: int) -> None:
        self.figures.checked += len(client.accounts)
        if client.udp:
            # One account for all: a socket that a restarted MCU adopts keeps its peer.
            whole = Datagrams()
            for account, _ in client.accounts:
                whole.sent += account.sent
                whole.doubt += account.doubt
                whole.got += account.got
            said = [d for peer in client.peers for d in peer.said_pieces]
            whole.check([d for peer in client.peers for d in peer.pieces], said, padded)
        else:
            for account, peers in client.accounts:
                check_any(account, peers)
        client.forget()


def tidy(rig: Rig) -> None:
    """AssertionError unless no slot, id, job or socket of the module is left before long."""
    try:
        rig.until(lambda: not inside.leftovers(rig), 100_000)
    except AssertionError:
        raise AssertionError(f"left over: {inside.leftovers(rig)}") from None
