"""What the tests here have in common. Runs on CPython and on MicroPython."""

import errno
import sys

import mockuart
from bc25 import BC25
from fakeclock import Stuck, clock  # noqa: F401  for the tests
from fakemodule import ERRORS, Module  # noqa: F401

MICROPYTHON = sys.implementation.name == "micropython"
POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16
PEER = ("220.18.39.22", 8062)
NASTY = (
    b"\r\nOK\r\n", b"\r\nERROR\r\n", b'\r\n+QIURC: "closed",0\r\n', b"> ", b"\r\n> ",
    b"\x00\x1a\x1b", b'"', b'a"b,"c', b"\r", b"\n", b"\r\n", b"\r\nSEND OK\r\n",
    b"\r\nSEND FAIL\r\n", b"+QIRD: 512\r\n",
    b"\r\nCLOSE OK\r\n", b"\r\nRDY\r\n", b"\xff\xfe\x80", b"+CME ERROR: 3\r\n", b"AT\r\n", b"\x1a",
)  # fmt: skip


class _Errno:
    """The running interpreter's numbers, and what the contract puts where `errno` lacks them."""

    def __init__(self) -> None:
        for name in dir(errno):
            if name[0] == "E":
                setattr(self, name, getattr(errno, name))
        self.EBUSY = 16
        self.EMFILE = 24
        self.EMSGSIZE = 122 if self.ETIMEDOUT == 116 else 90


E = _Errno()


def manual(*sections):
    """Which sections of the manual a test covers; pytest sees it as the marker `manual`."""
    return lambda test: test


def only(*words):
    """Run under these interpreters (`py`, `mpy`), flavours or pieces (`p1`, `p8`, `p0`) only."""
    return lambda test: test


def eq(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


def number_of(e):
    """An OSError's errno; CPython does not set it from a lone argument, MicroPython does."""
    return e.args[0] if e.errno is None and e.args else e.errno


def raises(exc, number, function, *args, **kwargs):
    """The exception that the call raised: of that type and, unless None, that errno."""
    try:
        got = function(*args, **kwargs)
    except exc as e:
        if number is not None and number_of(e) != number:
            raise AssertionError(f"errno {number_of(e)} instead of {number}: {e!r}") from e
        return e
    raise AssertionError(f"{got!r} instead of {exc!r}")


def refuses(u, exc, function, *args, **kwargs):
    """Like `raises`, for bad arguments, and not a byte is sent meanwhile."""
    before = len(u.tx)
    e = raises(exc, None, function, *args, **kwargs)
    assert not isinstance(e, OSError), repr(e)
    eq(bytes(u.tx[before:]), b"")
    return e


class MockPin:
    """A pin that notes (ms, name, level) and calls `pulse` when it was asserted and is let go."""

    def __init__(self, name="pin", log=None, pulse=None) -> None:
        self.name = name
        self.log = [] if log is None else log
        self.pulse = pulse
        self.level = 0
        self.since = 0

    def on(self) -> None:
        self._set(1)

    def off(self) -> None:
        was, held = self.level, clock.ms() - self.since
        self._set(0)
        if was:
            self.log[-1] += (held,)
            if self.pulse:
                self.pulse()

    def _set(self, level) -> None:
        self.level = level
        self.since = clock.ms()
        self.log.append((clock.ms(), self.name, level))


def new(cls=None, piece=None, **kwargs):
    """A NIC nobody woke yet, its UART, and behind that an attached module (`u.m`)."""
    piece = mockuart.PIECE if piece is None else piece
    cls = cls or (mockuart.TxdoneUART if piece == 8 else mockuart.MockUART)
    u = cls(piece, Module())
    u.m = u.module
    u.m.uart = u
    return BC25(u, **kwargs), u


def up(**kwargs):
    """A NIC that is up and attached, and its UART, nothing under way."""
    nic, u = new(**kwargs)
    u.piece, piece = 0, u.piece
    u.m.ok_ms, ok_ms = 3, u.m.ok_ms
    nic.active(True)
    nic.connect("your.apn")
    settle(nic, u)
    u.piece, u.m.ok_ms = piece, ok_ms
    u.clear()
    return nic, u


def run(nic, ms) -> None:
    """Poll for `ms` of fake time."""
    end = clock.ms() + ms
    while clock.ms() < end:
        nic.poll()
        clock.sleep_ms(1)


def settle(nic, u, ms=300) -> None:
    """Poll until nothing was said for `ms`."""
    quiet = clock.ms() + ms
    seen = -1
    while clock.ms() < quiet:
        nic.poll()
        if seen != len(u.tx) or not u.idle():
            seen = len(u.tx)
            quiet = clock.ms() + ms
        clock.sleep_ms(1)


def until(nic, condition, ms=200_000) -> None:
    """Poll until `condition()`."""
    end = clock.ms() + ms
    while not condition():
        assert clock.ms() < end, f"nothing within {ms} ms"
        nic.poll()
        clock.sleep_ms(1)


def tcp(nic, u, peer=PEER, timeout=None):
    """A connected TCP socket; its id is `sid(u)`."""
    s = nic.socket()
    s.settimeout(timeout)
    s.connect(peer)
    return s


def udp(nic, u, peer=PEER, timeout=None):
    s = nic.socket(2, 2)
    s.settimeout(timeout)
    s.connect(peer)
    return s


def sid(u) -> int:
    """The id of the last QIOPEN."""
    return int(u.m.open_lines[-1].split(",")[1])


def model(u, which=None):
    """The module's side of the last socket opened, or of that id."""
    return u.m.sockets[sid(u) if which is None else which]


def replay_of(u, since=0):
    """What the module said after `since` bytes of tx, for a ReplayUART."""
    return tuple((n - since, data) for n, data in u.delivered if n >= since)


def drain(s, size=512) -> bytes:
    """Everything up to the end of the stream."""
    out = b""
    while True:
        piece = s.recv(size)
        if not piece:
            return out
        out += piece
