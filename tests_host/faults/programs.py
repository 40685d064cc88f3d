"""Small careful programs, the accounts they keep, and what must hold after any fault."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tools.bc25sim import Address
from tools.rig import SERVER, McuRestart, Peer, Rig
from tools.soak.accounts import Datagrams, Stream, check_any
from tools.soak.soak import tidy

ECHO, GREETER, QUITTER, UDP_ONE, UDP_TWO = 7, 8, 9, 17, 18
LISTEN = 2020
# Of `hostile`: bytes sent so soon after the prompt are lost, which is a fault of its own here.
CALM = {"prompt_settle_ms": [0, 0]}
_TIMEOUT_S = 100
_POLLS = 120_000
_LIMIT_MS = 900_000
TEXT = b"plain text, no quote"
BINARY = b'\x00\x1a\x1b"\r\nOK\r\n\r\n> \xff\xfe\r\n+QIURC: "closed",0\r\n'


@dataclass
class Run:
    """One program on one rig."""

    rig: Rig
    streams: list[tuple[Stream, list[Peer]]] = field(default_factory=list)
    datagrams: list[tuple[Datagrams, list[list[Peer]]]] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    made: dict[int, list[Peer]] = field(default_factory=dict)
    recovery_ms: int = 0

    def serve(self, port: int, **kwargs: Any) -> list[Peer]:
        """Puts a server on a port; its peers, one a connection."""
        peers = self.made.setdefault(port, [])

        def make() -> Peer:
            peers.append(Peer(**kwargs))
            return peers[-1]

        self.rig.network.serve(SERVER, port, make)
        return peers

    def socket(self, port: int, udp: bool = False) -> Any:
        return self.rig.socket((SERVER, port), udp, _TIMEOUT_S)

    def stream(self, port: int) -> Stream:
        """An account with the next connection to that port."""
        peers: list[Peer] = []
        account = Stream()
        known = len(self.made[port])
        self.streams.append((account, peers))
        self._claim = (peers, port, known)
        return account

    def claim(self) -> None:
        """The connection is up: whose peer it is."""
        peers, port, known = self._claim
        peers += self.made[port][known:]


class Misread(OSError):
    """A service's answer is not what the module said: AT has no checksum."""


Program = Callable[[Run], None]


def _echo(run: Run, sock: Any, account: Stream, data: bytes) -> None:
    account.send(sock, data)
    account.read(sock, len(data))


def pushed(run: Run) -> None:
    """Direct push mode, after a switch from buffer mode."""
    account = run.stream(ECHO)
    with run.socket(ECHO) as sock:
        run.claim()
        sock.access_mode(1)
        _echo(run, sock, account, BINARY)
        _echo(run, sock, account, TEXT)


def tcp(run: Run) -> None:
    """Text and binary to an echo server and back."""
    account = run.stream(ECHO)
    with run.socket(ECHO) as sock:
        run.claim()
        _echo(run, sock, account, TEXT)
        _echo(run, sock, account, BINARY)


def greeted(run: Run) -> None:
    """The server speaks first, more than a read takes, and closes: read to the end."""
    account = run.stream(QUITTER)
    with run.socket(QUITTER) as sock:
        run.claim()
        account.send(sock, b"go")
        account.read(sock, 1 << 20)


def udp(run: Run) -> None:
    """Datagrams to two peers in turn."""
    for port in (UDP_ONE, UDP_TWO):
        account = Datagrams()
        run.datagrams.append((account, [run.made[port]]))
        with run.socket(port, udp=True) as sock:
            for data in (TEXT + b" %d" % port, BINARY + b"%d" % port):
                account.send(sock, data)
                account.receive(sock)


def pair(run: Run) -> None:
    """A stream and a datagram socket at once."""
    account, grams = run.stream(ECHO), Datagrams()
    run.datagrams.append((grams, [run.made[UDP_ONE]]))
    with run.socket(ECHO) as one, run.socket(UDP_ONE, udp=True) as two:
        run.claim()
        account.send(one, BINARY)
        grams.send(two, TEXT)
        account.read(one, len(BINARY))
        grams.receive(two)


def listener(run: Run) -> None:
    """A client comes in, says something and is answered."""
    rig = run.rig
    peer = Peer(echo=False, greeting=BINARY)
    account = Stream()
    run.streams.append((account, [peer]))
    server = rig.nic.socket()
    server.settimeout(_TIMEOUT_S)
    server.bind(("", LISTEN))
    try:
        server.listen()
        rig.network.later(rig.network.dial, LISTEN, peer, Address("10.1.1.1", 4000))
        sock, _ = server.accept()
        sock.settimeout(_TIMEOUT_S)
        with sock:
            account.read(sock, len(BINARY))
            account.send(sock, TEXT)
    finally:
        server.close()


def crowd(run: Run) -> None:
    """More clients come in than there are ids, just as a connection of ours is opened: one may get
    the id that it chose, and the last ones none."""
    rig, said = run.rig, [b"client %d\r\n" % n for n in range(6)]
    clients: dict[int, tuple[Stream, Peer]] = {}
    for n, data in enumerate(said):
        clients[4000 + n] = Stream(), Peer(echo=False, greeting=data)
        run.streams.append((clients[4000 + n][0], [clients[4000 + n][1]]))
    account = run.stream(ECHO)
    ours, server = rig.nic.socket(), rig.nic.socket()
    ours.settimeout(_TIMEOUT_S)
    server.settimeout(_TIMEOUT_S)
    server.bind(("", LISTEN))
    with ours, server:
        server.listen()
        for port, (_, peer) in clients.items():
            rig.network.later(rig.network.dial, LISTEN, peer, Address("10.1.1.1", port))
        try:
            ours.connect((SERVER, ECHO))
        except OSError as error:  # every id is a client's
            run.errors.append(error)
        else:
            run.claim()
            _echo(run, ours, account, TEXT)
        for _ in range(4):
            sock, (_, port) = server.accept()
            sock.settimeout(_TIMEOUT_S)
            with sock:
                if port not in clients:  # a restart cut the line
                    raise OSError(f"a client from port {port}")
                clients[port][0].read(sock, len(said[port - 4000]))
                clients[port][0].send(sock, BINARY)


def services(run: Run) -> None:
    """Questions to the module and the network."""
    nic = run.rig.nic
    answers = (nic.resolve("example.com"), nic.ping("1.2.3.4", count=2)[:3], nic.config("imei"),
               nic.status("rssi"), nic.sockets(), nic.ntp("ntp.example")[1])
    addresses = ["1.2.3.4", "1.2.3.5"]
    wanted: tuple[Any, ...] = ((2, 2, 0), "867997030000001", -69, [], 32)
    # Of addresses whose lines were lost the driver cannot know: it gives those that came.
    if answers[1:] != wanted or not answers[0] or answers[0] != addresses[: len(answers[0])]:
        raise Misread(answers)


def bring_up(run: Run) -> None:
    """From nothing to an address, and once round."""
    run.rig.nic.active(True)
    run.rig.nic.connect("CMNBIOT")
    tcp(run)


PROGRAMS: dict[str, Program] = {
    f.__name__: f for f in (tcp, pushed, greeted, udp, pair, listener, crowd, services, bring_up)}


def start(program: Program, seed: int, **rig: Any) -> Run:
    """A rig ready for the program."""
    flavour = ("native", "esp32")[seed & 1]
    run = Run(Rig(seed, flavour=flavour, **rig))
    rng = random.Random(seed)
    run.serve(ECHO)
    run.serve(QUITTER, quit_after=2, last=rng.randbytes(1500), echo=False)
    run.serve(UDP_ONE)
    run.serve(UDP_TWO)
    names = run.rig.network.names
    names["example.com"] = ["1.2.3.4", "1.2.3.5"]
    run.rig.module.given_time = "24/04/20,11:08:20+32"
    if program is bring_up:
        run.rig.clock.advance(3_000_000)
    else:
        run.rig.up()
    run.rig.clock.limit(_POLLS, _LIMIT_MS)
    return run


def attempt(run: Run, program: Program) -> None:
    """Runs it; what it raises is noted, and only errors a program can expect may be."""
    try:
        program(run)
    except OSError as error:
        run.errors.append(error)
    except McuRestart as error:
        run.errors.append(error)
        run.rig.new_board()


def aftermath(run: Run) -> None:
    """The next operation works, soon; nothing is left over anywhere."""
    rig = run.rig
    since = rig.clock.us
    while True:
        try:
            if not rig.nic.active():
                rig.nic.active(True)
            if not rig.nic.isconnected():
                rig.nic.connect("CMNBIOT")
            tcp(run)
            break
        except OSError as error:
            run.errors.append(error)
            assert rig.clock.us - since < 300_000_000, f"no recovery: {run.errors}"
            rig.run(1000)
    run.recovery_ms = (rig.clock.us - since) // 1000
    tidy(rig)


def verify(run: Run, flipped: bool = False) -> None:
    """Every account agrees with its peers."""
    padded = run.rig.counter("padded")
    for account, peers in run.streams:
        check_any(account, peers, flipped)
    for grams, groups in run.datagrams:
        there = [d for peers in groups for p in peers for d in p.pieces]
        said = [d for peers in groups for p in peers for d in p.said_pieces]
        if not flipped:
            grams.check(there, said, padded + len(run.errors))
