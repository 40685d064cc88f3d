"""A recorded run as data, and where its time went."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tools.trace.dialogue import Command, Dialogue, Urc
from tools.trace.recording import Event, Piece, records
from tools.trace.sockets import Socket, Sockets
from tools.trace.states import State, states

BURST_S = 0.010  # bytes that follow each other that fast are one burst
DRIVER_S = 0.020  # a pause of the board up to that long is the driver's own


@dataclass
class Burst:
    """Bytes of one direction without a pause between them."""

    start: float
    end: float
    to_module: bool
    data: bytes


@dataclass
class Run:
    """All that the page shows. Times are seconds from the start of the recording."""

    name: str
    duration: float
    bursts: list[Burst]
    commands: list[Command]
    urcs: list[Urc]
    sockets: list[Socket]
    states: list[State]
    faults: list[Event]


@dataclass(frozen=True)
class CommandSum:
    """All commands of one name; latencies in seconds, from the last byte to OK or ERROR."""

    name: str
    count: int
    failed: int
    median: float
    longest: float


def read_run(path: Path, baud: int = 0) -> Run:
    """The run in a file; with a baud rate, bytes take their time."""
    found = list(records(path))
    first = min(record.t for record in found)
    pieces = [Piece(r.t - first, r.to_module, r.data) for r in found if isinstance(r, Piece)]
    events = [Event(r.t - first, r.kind, r.value) for r in found if isinstance(r, Event)]
    pieces = list(_timed(pieces, baud))
    dialogue = Dialogue()
    for piece in pieces:
        dialogue.feed(piece)
    commands, urcs = dialogue.commands, dialogue.urcs
    bursts = _bursts(pieces)
    end = max([record.t - first for record in found] + [burst.end for burst in bursts])
    return Run(
        name=path.stem,
        duration=end,
        bursts=bursts,
        commands=commands,
        urcs=urcs,
        sockets=Sockets.of(commands, urcs),
        states=states(events, commands, urcs, end),
        faults=[event for event in events if event.kind == "fault"],
    )


def _timed(pieces: list[Piece], baud: int) -> Iterator[Piece]:
    """The pieces as they are on a line of that rate, in the order in which they end.

    A piece is recorded when it is handed to the line, which may have others to send before.
    """
    if not baud:
        yield from pieces
        return
    free = {True: 0.0, False: 0.0}
    timed = []
    for piece in pieces:
        start, length = max(piece.t, free[piece.to_module]), 10 * len(piece.data) / baud
        free[piece.to_module] = start + length
        timed.append(Piece(start, piece.to_module, piece.data, length))
    yield from sorted(timed, key=lambda piece: piece.end)


def _bursts(pieces: list[Piece]) -> list[Burst]:
    """The pieces of each direction joined."""
    latest: dict[bool, Burst] = {}
    joined = []
    for piece in pieces:
        burst = latest.get(piece.to_module)
        if burst and piece.t - burst.end <= BURST_S and not _answered(burst, latest):
            burst.end = piece.end
            burst.data += piece.data
        else:
            latest[piece.to_module] = Burst(piece.t, piece.end, piece.to_module, piece.data)
            joined.append(latest[piece.to_module])
    return joined


def _answered(burst: Burst, latest: dict[bool, Burst]) -> bool:
    """Whether the other side spoke since: then the next piece is another burst."""
    other = latest.get(not burst.to_module)
    return other is not None and other.start > burst.start


# -- sums

# Whose the time is, the first that applies.
SHARES = {
    "line": "bytes on the UART",
    "module": "the module had not answered OK or ERROR yet",
    "network": "SEND OK, CLOSE OK, +QIOPEN, a name or a ping was awaited",
    "asleep": "the module was asleep, off or restarting, and nothing was asked",
    "driver": f"a pause of at most {DRIVER_S * 1000:.0f} ms before the next command",
    "program": "a longer one: nothing was asked of the module",
}


def shares(run: Run) -> dict[str, float]:
    """Seconds for each of SHARES; they add up to the run."""
    claims = [("line", burst.start, burst.end) for burst in run.bursts]
    for command in run.commands:
        claims.append(("module", command.sent, _until(command, run)))
        if command.late_end is not None and command.end is not None:
            claims.append(("network", command.end, command.late_end))
    away = ("asleep", "off", "restarting", "waking up")
    claims += [("asleep", s.start, s.end) for s in run.states if s.name in away]
    spent = dict.fromkeys(SHARES, 0.0)
    for owner, length in _sweep(claims, run.duration):
        idle = "driver" if length <= DRIVER_S else "program"
        spent[owner or idle] += length
    return spent


def _until(command: Command, run: Run) -> float:
    """When its answer came; one that got none is given up when the next is asked."""
    if command.end is not None:
        return command.end
    later = (other.start for other in run.commands if other.start > command.start)
    return min(later, default=command.sent)


def _sweep(
    claims: Iterable[tuple[str, float, float]], duration: float
) -> Iterator[tuple[str | None, float]]:
    """The stretches of the run, each with the first owner of SHARES that claims it."""
    changes = [(start, 1, owner) for owner, start, _ in claims]
    changes += [(end, -1, owner) for owner, _, end in claims]
    active: Counter[str] = Counter()
    since, current = 0.0, None
    for t, step, owner in sorted([*changes, (duration, 0, "")]):
        active[owner] += step
        holder = next((name for name in SHARES if active[name] > 0), None)
        if holder != current or t == duration:
            if t > since:
                yield current, t - since
            since, current = t, holder


def command_sums(commands: list[Command]) -> list[CommandSum]:
    """By name, the most frequent first."""
    named: dict[str, list[Command]] = {}
    for command in commands:
        named.setdefault("AT" + command.name, []).append(command)
    return sorted((_sum(*item) for item in named.items()), key=lambda one: -one.count)


def _sum(name: str, commands: list[Command]) -> CommandSum:
    ended = [c.end - c.sent for c in commands if c.end is not None]
    failed = sum(command.result != "OK" for command in commands)
    return CommandSum(name, len(commands), failed, median(ended or [0.0]), max(ended, default=0.0))
