"""Which points of which program each fault is tried at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from .programs import CALM, PROGRAMS, attempt, start
from .replay import whole

PROFILES = ("manual", "clone", "hostile")
_BYTES = ("lose=down", "lose=up", "double=down", "double=up", "flip=down", "flip=up")
_EVENTS = ("restart", "mute=3", "mute=40", "sleep", "off", "echo", "forget", "closed", "full")
_CHANCES = ("sendfail", "nosend", "error", "slow=3000", "openlate=40000", "openfail=566", "nourc",
            "noprompt")
_BOARD = ("mcu", "overrun")
KINDS = (*_BYTES, *_EVENTS, *_CHANCES, *_BOARD)


@dataclass(frozen=True)
class Extent:
    """What passes while a program runs with nothing wrong."""

    up: int
    down: int
    commands: int


@cache
def extent(program: str, profile: str) -> Extent:
    """How many bytes and commands the program takes."""
    run = start(PROGRAMS[program], 1, profile_name=profile, profile_settings=CALM)
    counters = run.rig.module.counters
    before = [counters[key] for key in ("rx_bytes", "tx_bytes", "commands")]
    attempt(run, PROGRAMS[program])
    after = [counters[key] for key in ("rx_bytes", "tx_bytes", "commands")]
    return Extent(*(b - a for a, b in zip(before, after, strict=True)))


def points(kind: str, program: str, profile: str = "manual") -> list[str]:
    """The fault at each point where it can strike."""
    size = extent(program, profile)
    if kind in _BYTES:
        return [f"{kind}@#{n}" for n in range(1, (size.up if "=up" in kind else size.down) + 1)]
    if kind in _EVENTS:
        return [f"{kind}@{way}{n}" for way in ("up", "down")
                for n in range(1, getattr(size, way) + 1)]
    if kind in _BOARD:
        return [f"{kind}@{n}" for n in range(1, (size.up if kind == "mcu" else size.down) + 1)]
    return [f"{kind}@#{n}" for n in range(1, size.commands + 1)]


def sample(kind: str, program: str, profile: str, count: int) -> list[str]:
    """`count` of the points, spread evenly; another profile has others."""
    every = points(kind, program, profile)
    step = max(1, len(every) // count)
    return every[(len(program) + len(profile)) % step :: step]


def broken(program: str, profile: str, faults: list[str],
           done: Callable[[str], object] = lambda fault: None) -> Iterator[str]:
    """The faults under which something was lost or left behind, each with the reason; `done` is
    told of every fault that was tried."""
    for fault in faults:
        try:
            whole(program, fault, profile)
        except Exception as error:
            command = f"python -m tests_host.faults.replay {program} {fault} --profile {profile}"
            yield f"{command}\n    {type(error).__name__}: {str(error)[:300]}"
        done(f"{profile} {program} {fault}")
