"""Each connection's life, from the commands and URCs that speak of it."""

import re
from dataclasses import dataclass, field
from typing import Any

from tools.trace.dialogue import Command, Urc

_CLOSED = re.compile(r'\+QIURC: ?"closed",(\d+)')
_INCOMING = re.compile(r'\+QIURC: ?"incoming",(\d+),\d+,"?([^",]*)"?,(\d+)')
_PUSHED = re.compile(r'\+QIURC: ?"recv",(\d+)')
_LISTED = re.compile(r'\+QISTATE: ?(\d+),"([^"]*)","([^"]*)",(\d+)')
_RESTARTED = "RDY"


@dataclass(frozen=True)
class Transfer:
    """Bytes that one command or URC moved. `kept` is False when the module did not take them."""

    t: float
    up: bool
    data: bytes
    kept: bool = True


@dataclass
class Socket:
    """One life of a connection."""

    number: int
    kind: str  # "TCP", "UDP", "TCP INCOMING", …
    peer: str
    start: float  # asked for
    opened: float | None = None
    end: float | None = None
    ended_by: str = ""
    closed_by_peer: float | None = None
    sends: int = 0  # QISENDs
    transfers: list[Transfer] = field(default_factory=list)

    @property
    def name(self) -> str:
        """For a person."""
        return f"{self.number} {self.kind} {self.peer}".rstrip()

    def moved(self, up: bool) -> int:
        """Bytes that went that way."""
        return sum(len(one.data) for one in self.transfers if one.up == up and one.kept)


class Sockets:
    """`of` a dialogue; one that is open at the start of the recording starts there."""

    def __init__(self) -> None:
        self.all: list[Socket] = []
        self._alive: dict[int, Socket] = {}

    @classmethod
    def of(cls, commands: list[Command], urcs: list[Urc]) -> list[Socket]:
        """The lives, in the order of their start."""
        self = cls()
        steps: list[tuple[float, Any, Any]] = [(c.sent, self._command, c) for c in commands]
        steps += [(c.late_end, self._late, c) for c in commands if c.late_end is not None]
        steps += [(urc.t, self._urc, urc) for urc in urcs]
        for _, step, what in sorted(steps, key=lambda one: one[0]):
            step(what)
        return sorted(self.all, key=lambda one: one.start)

    def _open(self, number: int, kind: str, peer: str, t: float) -> Socket:
        self._end(number, t, "its number was given away")
        self._alive[number] = Socket(number, kind, peer, t)
        self.all.append(self._alive[number])
        return self._alive[number]

    def _end(self, number: int, t: float, why: str) -> None:
        if number in self._alive:
            socket = self._alive.pop(number)
            socket.end, socket.ended_by = t, why

    def _of(self, number: int) -> Socket:
        """The one alive, or one that was open before the recording."""
        if number not in self._alive:
            self._open(number, "", "opened before", 0.0).opened = 0.0
        return self._alive[number]

    def _command(self, command: Command) -> None:
        number = command.socket
        for line in command.lines:
            if listed := _LISTED.match(line):
                self._listed(int(listed[1]), listed[2], f"{listed[3]}:{listed[4]}")
        if number is None:
            return
        if command.name == "+QIOPEN" and command.result == "OK":
            words = [word.strip('"') for word in command.arguments[2:6]]
            self._open(number, words[0], ":".join(words[1:3]), command.start)
        elif command.kind == "+QISEND" and command.up:
            self._sent(self._of(number), command)
        elif command.name == "+QIRD" and command.down:
            t = command.sent if command.end is None else command.end
            self._of(number).transfers.append(Transfer(t, False, command.down))

    def _listed(self, number: int, kind: str, peer: str) -> None:
        socket = self._of(number)
        if not socket.kind:
            socket.kind, socket.peer = kind, peer

    @staticmethod
    def _sent(socket: Socket, command: Command) -> None:
        kept = command.result == "OK" and command.late != ["SEND FAIL"]
        socket.sends += 1
        socket.transfers.append(Transfer(command.sent, True, command.up, kept))

    def _late(self, command: Command) -> None:
        number, t = command.socket, command.late_end
        if number is None or t is None:
            return
        if command.name == "+QIOPEN" and number in self._alive:
            error = command.late[-1].rpartition(",")[2].strip()
            if error == "0":
                self._alive[number].opened = t
            else:
                self._end(number, t, f"not opened: {error}")
        elif command.name == "+QICLOSE":
            self._end(number, t, command.late[-1])

    def _urc(self, urc: Urc) -> None:
        if closed := _CLOSED.match(urc.text):
            self._of(int(closed[1])).closed_by_peer = urc.t
        elif incoming := _INCOMING.match(urc.text):
            peer = f"{incoming[2]}:{incoming[3]}"
            self._open(int(incoming[1]), "TCP INCOMING", peer, urc.t).opened = urc.t
        elif urc.data and (pushed := _PUSHED.match(urc.text)):
            self._of(int(pushed[1])).transfers.append(Transfer(urc.t, False, urc.data))
        elif urc.text == _RESTARTED:
            for number in list(self._alive):
                if self._alive[number].kind != "UDP":  # one may have lived through a deep sleep
                    self._end(number, urc.t, "the module restarted")
