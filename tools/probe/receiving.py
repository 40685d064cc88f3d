"""Segments, buffers, push mode: how data waits and comes out (2.1.5, 2.2.2, 2.2.3)."""

from tools.probe.module import RECV, Bench
from tools.probe.wire import Trouble
from tools.servers.orders import pattern

FULL = '"buff full"'
LONG = 3000
FLOOD = 12000
MOST_PIECES = 200
STEP = 100


def segments(b: Bench) -> None:
    """How long one node of the buffer is (2.1.5 note 3), and what an empty read says."""
    b.order(0, "send", 1, LONG, 0)
    if b.told_data(0, 10) is None:
        raise Trouble("the order server sent nothing")
    b.wire.quiet(1)
    longest, left = 0, LONG
    at_start = True
    while left:
        data, rest = b.read(0)
        if not data:
            raise Trouble(f"{left} bytes of {LONG} did not come")
        left -= len(data)
        if at_start:
            longest = max(longest, len(data) + (rest or 0))
        at_start = not rest
    b.found.see("segment", longest)
    for _ in range(b.setting.repeat):
        b.found.see("empty_read_length", _empty(b) is not None)
    b.close(0)


def _empty(b: Bench) -> int | None:
    data, rest = b.read(0)
    if data:
        raise Trouble("data came that nobody sent")
    return rest


def pushed(b: Bench) -> None:
    """The longest piece of direct push mode."""
    b.wire.pushing.add(0)
    b.order(0, "send", 1, LONG, 0, mode=",0,1")
    pieces: list[int] = []
    while sum(pieces) < LONG:
        told = b.wire.urc(f"{RECV}0,", 10)
        if told is None or not told.data:
            raise Trouble(f"{sum(pieces)} bytes of {LONG} were pushed")
        pieces.append(len(told.data))
    b.found.see("push_max", max(pieces))
    b.close(0)


def full(b: Bench) -> None:
    """What happens to TCP data that finds no room."""
    b.order(0, "send", 1, FLOOD, 0)
    told = b.wire.urc(f"{RECV}0,{FULL}", 20)
    if told is None:
        got = b.expect_pattern(0, FLOOD, 3)
        b.found.note("buffer", f"{len(got)} bytes of TCP waited without a `buff full`")
        b.found.miss(f"{FLOOD} bytes do not fill the buffer", "when_full")
    else:
        b.wire.quiet(1)
        got = b.expect_pattern(0, FLOOD, 3)
        b.found.see("when_full", "hold" if got == pattern(FLOOD) else "drop")
        b.found.note("buffer full", f"{len(got)} bytes of {FLOOD} came out")
    b.close(0)


def room(b: Bench) -> None:
    """How many datagrams, and how many bytes, wait in the buffer."""
    b.open(0, "UDP", b.setting.orders)
    pieces = _kept(b, MOST_PIECES, 1)
    if pieces is None:
        b.found.note("buffer", f"{MOST_PIECES} datagrams fit")
    else:
        b.found.see("buffer_pieces", pieces)
    most = pieces or MOST_PIECES
    coarse = _kept(b, min(most, 120), 512)
    if coarse is None:
        b.found.note("buffer", f"{min(most, 120) * 512} bytes fit")
        b.found.miss("more than could be sent", "buffer_bytes")
    else:
        b.found.see("buffer_bytes", _finer(b, coarse * 512, most))
    b.close(0)


def _finer(b: Bench, least: int, pieces: int) -> int:
    """The size that is known to fit, told by datagrams as small as their number allows."""
    size = max(STEP, -(-(least + 512) // pieces))
    kept = _kept(b, (least + 512) // size + 1, size)
    found = least if kept is None else kept * size
    b.found.note("buffer", f"buffer_bytes is {found} to {found + size - 1}")
    return found


def _kept(b: Bench, count: int, size: int) -> int | None:
    """Of `count` datagrams those kept when the buffer ran full; None when it did not."""
    b.send(0, f"{b.setting.token} send {count} {size} 10")
    if b.told_data(0, 10) is None:
        raise Trouble("the order server sent nothing")
    told = b.wire.urc(f"{RECV}0,{FULL}", 3 + count * 0.02)
    b.wire.quiet(0.5 + count * 0.012)
    kept = 0
    while b.read(0)[0]:
        kept += 1
    b.wire.urcs.clear()
    return kept if told else None
