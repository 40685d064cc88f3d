"""What the module was doing: told by its own events, or read from what it said."""

import re
from dataclasses import dataclass

from tools.trace.dialogue import Command, Urc
from tools.trace.recording import Event

SILENT_S = 1.0  # a module that says nothing at all to a command for that long is silent
_REGISTERED = re.compile(r"\+CEREG: ?(?:\d+,)?(\d)(?:,.*)?")
_ADDRESS = re.compile(r'\+(?:CGPADDR: ?\d+,|IP: ?)"?(?!0\.0\.0\.0)[\dA-Fa-f.:]{3,}')
_NAMES = {"boot": "restarting", "ready": "awake", "waking": "waking up"}
_ASLEEP = ("+QATSLEEP", "ENTER DEEPSLEEP", "ENTER PSM")
_AWAKE = ("+QATWAKEUP", "EXIT DEEPSLEEP", "EXIT PSM")


@dataclass
class State:
    """The module was `name` for a while; `lane` says in which respect."""

    lane: str  # "module" or "network"
    name: str
    start: float
    end: float


class _Lane:
    """States that follow one another."""

    def __init__(self, name: str, first: str) -> None:
        self.name = name
        self._changes = [(0.0, first)]

    def change(self, t: float, name: str) -> None:
        """From now on it is so."""
        if self._changes[-1][1] != name:
            self._changes.append((t, name))

    def states(self, end: float) -> list[State]:
        """The lane up to the recording's end."""
        ends = [t for t, _ in self._changes[1:]] + [end]
        pairs = zip(self._changes, ends, strict=True)
        return [State(self.name, name, t, until) for (t, name), until in pairs if until > t]


def states(
    events: list[Event], commands: list[Command], urcs: list[Urc], end: float
) -> list[State]:
    """All states; the events of a simulated module are believed before its words."""
    lines = sorted(
        [(urc.t, urc.text) for urc in urcs]
        + [(c.end, line) for c in commands if c.end is not None for line in [*c.lines, c.result]]
    )
    told = {event.kind for event in events}
    module = _by_events(events, "power") if "power" in told else _by_lines(lines)
    found = module.states(end)
    away = [state for state in found if state.name != "awake"]
    silent = [
        one for one in _silent(commands, urcs)
        if not any(one.start < state.end and state.start < one.end for state in away)
    ]  # fmt: skip
    return found + _network(events, lines).states(end) + silent


def _by_events(events: list[Event], kind: str) -> _Lane:
    lane = _Lane("module", "awake")
    for event in events:
        if event.kind == kind:
            lane.change(event.t, _NAMES.get(event.value, event.value))
    return lane


def _by_lines(lines: list[tuple[float, str]]) -> _Lane:
    lane = _Lane("module", "awake")
    for t, line in lines:
        if line == "RDY":
            lane.change(t, "restarting")
        elif any(word in line for word in _ASLEEP):
            lane.change(t, "asleep")
        elif line == "OK" or any(word in line for word in _AWAKE):
            lane.change(t, "awake")
    return lane


def _network(events: list[Event], lines: list[tuple[float, str]]) -> _Lane:
    lane = _Lane("network", "not attached")
    changes = [(e.t, _registration(e.value)) for e in events if e.kind == "registration"]
    if not changes:
        for t, line in lines:
            if found := _REGISTERED.match(line):
                changes.append((t, _registration(found[1])))
            elif _ADDRESS.match(line):
                changes.append((t, "attached"))
    for t, name in changes:
        lane.change(t, name)
    return lane


def _registration(number: str) -> str:
    """AT+CEREG's numbers in words."""
    names = {"1": "attached", "5": "attached", "2": "attaching", "3": "denied"}
    return names.get(number, "not attached")


def _silent(commands: list[Command], urcs: list[Urc]) -> list[State]:
    """Where a command got nothing at all, until the next command was tried.

    A module that is asleep or restarting is silent too; that is told by its own name.
    """
    found = []
    for command, following in zip(commands, [*commands[1:], None], strict=True):
        until = following.start if following else command.sent
        heard = any(command.sent <= urc.t <= until for urc in urcs)
        unanswered = command.end is None and not command.lines and not heard
        if unanswered and until - command.sent >= SILENT_S:
            found.append(State("module", "silent", command.sent, until))
    return found
