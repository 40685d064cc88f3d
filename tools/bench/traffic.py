"""Bytes on the wire per payload byte, and interpreted work per byte."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from tools.budgets import BYTES_DOWN, BYTES_UP
from tools.rig import Rig, Work

from .rigs import COST_US, KB10, SINK, SLOW_US, SOURCE, ready, wire_bytes
from .row import Row

_TEXT = b"The quick brown fox jumps over it. "
_GROUP = "bytes on the wire per payload byte"


def _passed(rig: Rig, call: Callable[[], object], size: int) -> float:
    before = wire_bytes(rig)
    call()
    rig.run(500)
    return (wire_bytes(rig) - before) / size


def _up(data: bytes) -> float:
    rig = ready()
    sock = rig.socket(SINK)
    return _passed(rig, lambda: sock.write(data), len(data))


def _down(size: int) -> float:
    # The server is a little faster than the line: the module's buffer neither empties nor fills.
    passed = []
    for said in (0, size):
        rig = ready(9600, size=said, piece=1358, gap=1.2)
        before = wire_bytes(rig)
        rig.socket(SOURCE).readinto(bytearray(said))
        rig.run(500)
        passed.append(wire_bytes(rig) - before)
    return (passed[1] - passed[0]) / size


def _bytes() -> Iterator[Row]:
    binary = bytes(range(256)) * 40
    text = (_TEXT * 300)[:KB10]
    yield Row(_GROUP, "10 KB up, binary", _up(binary), "", BYTES_UP)
    yield Row(_GROUP, "10 KB up, text", _up(text), "", BYTES_UP)
    yield Row(_GROUP, "10 KB down, segments of 1358", _down(KB10), "", BYTES_DOWN)
    yield Row(_GROUP, "a lone message of 512 up", _up(binary[:512]))
    yield Row(_GROUP, "a lone message of 512 down", _down(512))


# Interpreted work


def _bytecodes(rig: Rig, call: Callable[[], object]) -> int:
    rig.clock.jump = True  # few looks while nothing comes
    rig.clock.charge()
    before = rig.clock.total_work
    with Work(rig.clock):
        call()
    return rig.clock.total_work - before


def _per_byte() -> Iterator[Row]:
    group = "interpreted work, bytecodes"
    for name, baud in (("all there at once", 0), ("at 115200", 115200)):
        rig = ready(baud, "ideal")
        sock = rig.socket(SINK)
        up = _bytecodes(rig, lambda s=sock: s.write(bytes(KB10)))  # type: ignore[misc]
        yield Row(group, f"a payload byte up, {name}", up / KB10)
        rig = ready(baud, "ideal")
        sock, buf = rig.socket(SOURCE), bytearray(KB10)
        down = _bytecodes(rig, lambda s=sock, b=buf: s.readinto(b))  # type: ignore[misc]
        yield Row(group, f"a payload byte down, {name}", down / KB10)
    for name, urc in (("recv", b'\r\n+QIURC: "recv",5\r\n'), ("one nobody knows",
                      b"\r\n+CSCON: 1\r\n")):
        rig = ready()
        idle = _bytecodes(rig, rig.nic.poll)
        rig.uart.arrive(urc)
        yield Row(group, f"a URC, {name}", _bytecodes(rig, rig.nic.poll) - idle)
    yield Row(group, "poll() with nothing there", idle)


def _keeps_up(cost_us: float) -> Row:
    # Push mode has no flow control: the driver must take bytes as fast as they come.
    rig = ready(115200, rxbuf=256, push=True)
    rig.clock.cost_us = cost_us
    got = bytearray(KB10)
    with Work(rig.clock):
        sock = rig.socket(SOURCE)
        with suppress(OSError):  # ENOBUFS, where bytes were lost
            sock.readinto(got)
    return Row("interpreted work, bytecodes", f"bytes lost of 10 KB pushed at 115200 into a "
               f"256-byte rxbuf, {cost_us:g} µs a bytecode", rig.uart.overflows)


def rows() -> Iterator[Row]:
    yield from _bytes()
    yield from _per_byte()
    yield _keeps_up(COST_US)
    yield _keeps_up(SLOW_US)
