"""Whatever the module says, in whatever pieces: the same result, or a clean state.

A failure is printed by hypothesis with the input that makes it; examples follow from a fixed seed.
"""

import random
from contextlib import suppress

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tools.bc25sim import Echo
from tools.rig import SERVER, Rig, inside

ADDRESS = (SERVER, 7)
_FAST = settings(max_examples=60, deadline=None, print_blob=True, database=None)
# What may stand between any two lines, meaning nothing to what is under way.
URCS = (b"+CSCON: 1", b"+CSCON: 0", b'+CTZEU: "+32",0', b"+CEREG: 1", b'+QIURC: "recv",5',
        b'+QIURC: "closed",4', b'+QIURC: "incoming full"', b"+QLWEVTIND: 0", b"NO SUCH LINE",
        b"+CGEV: ME PDN ACT 1", b'+QIURC: "dnsgip",565')
MAY_READ = b'+QIURC: "recv",0'  # in push mode data would follow
TOKENS = (b"\r\n", b"OK", b"ERROR", b"+QIRD: ", b"+QIURC: ", b'"recv",', b'"closed",',
          b'"incoming",', b'"incoming full"', b'"buff full"', b"SEND OK", b"SEND FAIL",
          b"CLOSE OK", b"+QIOPEN: ", b"+CME ERROR: ", b"RDY", b"+CFUN: 1", b"+CPIN: READY",
          b"+CEREG: ", b"+QATSLEEP", b"+QATWAKEUP", b'+QNBIOTEVENT: "ENTER PSM"', b"> ", b"AT",
          b"+QPING: ", b"+QNTP: ", b'"dnsgip",', b"+QISTATE: ", b",", b"0", b"1", b"9", b"512",
          b"99999999999", b"-1", b'"', b" ", b"\x00", b"\xff", b"\n", b"\r", b"+IP: 1.2.3.4")
DROPPED = ("unknown", "overlong")
noise = st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=300)), max_size=30)


def rig(**kwargs):
    made = Rig(1, **kwargs)
    made.network.serve(*ADDRESS, Echo)
    made.up()
    made.clock.limit(300_000, 1_500_000)
    return made


class Line:
    """The line from the module: cut anywhere, a URC before any line, as `rng` wants."""

    def __init__(self, made, rng, pieces, chance, urcs):
        self._made, self._rng, self._pieces, self._chance = made, rng, pieces, chance
        self._urcs = urcs
        self._feed = made.down_line.feed
        self._held = bytearray()
        made.down_line.feed = self.feed

    def feed(self, data):
        """An answer or URC as a whole, so a URC may stand before it; then in pieces over time."""
        if data.startswith(b"\r\n") and self._rng.random() < self._chance:
            data = b"\r\n" + self._rng.choice(self._urcs) + b"\r\n" + data
        running, self._held = bool(self._held), self._held + data
        if not running:
            self._next()

    def _next(self):
        size = self._rng.randint(1, self._pieces)
        data = bytes(self._held[:size])
        del self._held[:size]
        self._feed(data)
        if self._held:
            # A piece on its way keeps its turn: what is said meanwhile is put behind it.
            self._made.module.clock.call_later(self._rng.choice((0, 0, 0.001)), self._next)


@seed(25)
@_FAST
@given(chance=st.integers(0, 1 << 32), pieces=st.integers(1, 600), urcs=st.floats(0, 1),
       data=st.binary(min_size=1, max_size=700), mode=st.sampled_from(("", "hex", "push")),
       udp=st.booleans())
def test_any_chunking_and_any_urc_give_the_same(chance, pieces, urcs, data, mode, udp):
    made = rig(**({mode: True} if mode else {}))
    Line(made, random.Random(chance), pieces, urcs, URCS if mode == "push" else (*URCS, MAY_READ))
    data = data[:512] if udp else data
    with made.socket(ADDRESS, udp, 100) as s:
        s.send(data)
        got = s.recv(1500) if udp else s.read(len(data))
    assert got == data
    made.until(lambda: not inside.leftovers(made))


@seed(25)
@_FAST
@given(junk=st.lists(noise, min_size=1, max_size=6), framed=st.booleans(),
       sockets=st.integers(0, 3), mode=st.sampled_from(("", "hex", "push")))
def test_any_garbage_ends_in_a_clean_state(junk, framed, sockets, mode):
    made = rig(**({mode: True} if mode else {}))
    socks = [made.socket(ADDRESS, bool(n % 2), 30) for n in range(sockets)]
    for tokens in junk:
        data = b"".join(tokens)
        made.uart.arrive(b"\r\n" + data + b"\r\n" if framed else data)
        made.run(3)
    made.run(70_000)
    for s in socks:
        with suppress(OSError):
            s.close()
    again(made)
    made.until(lambda: not inside.leftovers(made))


def again(made):
    """The next operation works, after few tries."""
    for _ in range(6):
        try:
            if not made.nic.active():
                made.nic.active(True)
            with made.socket(ADDRESS, timeout=60) as s:
                s.send(b"\0hello")
                assert s.read(6) == b"\0hello"
            return
        except OSError as e:
            error = e
            made.run(2000)
    raise AssertionError(f"no recovery: {error!r}")


@seed(25)
@settings(max_examples=150, deadline=None, print_blob=True, database=None)
@given(junk=noise)
def test_no_input_makes_poll_raise_or_loop(junk):
    made = rig(rxbuf=1 << 16)
    made.socket(ADDRESS, timeout=30)
    made.uart.arrive(b"".join(junk))
    before = made.clock.polls
    for _ in range(40):
        made.nic.poll()
    assert made.clock.polls - before <= 80, "a poll that does not return at once"


@seed(25)
@_FAST
@given(lines=st.lists(st.binary(min_size=1, max_size=400).filter(
    lambda b: not set(b) & set(b"\r\n") and b[:1] not in (b"+", b">", b"A", b"O", b"E", b"S",
                                                          b"C", b"R", b" ")
    and b.strip(b"\0\xff ")), max_size=8))
def test_what_is_dropped_is_counted(lines):
    made = rig(rxbuf=1 << 16)
    before = [made.counter(name) for name in DROPPED]
    for line in lines:
        made.uart.arrive(b"\r\n" + line + b"\r\n")
        made.run(5)
    counted = [made.counter(name) for name in DROPPED]
    assert sum(counted) - sum(before) == len(lines)
