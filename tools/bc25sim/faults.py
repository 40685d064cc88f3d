"""Faults on request: `KIND[=VALUE][@WHEN]`, several joined by commas.

KIND, with VALUE:
  lose double flip [=up|down]   a byte, to (up) or from (down) the module; down unless told
  sendfail nosend               SEND FAIL; a SEND OK that never comes though the data went out
  error[=NAME[:CODE]]           ERROR to a command (one called NAME, as in +CSQ, or a form of it,
                                as in +QISTATE? or +CGATT=), QIGETERROR then telling CODE
  brownout[=cfun|cgatt|send]    a restart at AT+CFUN=1, at AT+CGATT=1, after the OK of a send
  nuls=N                        N bytes of NUL while it sleeps: nothing drives the line
  slow=MS openlate=MS           a late answer; a late +QIOPEN
  openfail=CODE                 a +QIOPEN with that error
  fewer                         "dnsgip" tells one address fewer than it counted
  nourc noprompt                a recv URC that is not sent; a prompt that is not
  mute=S restart sleep off      the module is deaf and dumb; starts anew; sleeps; is without power
  closed[=ID] full[=ID]         the peer closes; the buffer takes nothing until read
  unlisten[=ID]                 the module closes its listener
  echo forget                   echo is on again; all settings are as from the factory

WHEN: `#N` the N-th chance (byte, send, command, open, …; the first unless told), `%P` each chance
with probability P, `tS` S seconds after the start, `upN`/`downN` once the N-th byte to or from
the module has passed; `*` every chance. The last three kinds of row take any WHEN, their chances
being commands; the others take `#N`, `%P` and `*`.
"""

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from .clock import Clock
from .command import Command
from .errors import CME_NOT_ALLOWED, ERRORS, CmeError, Refused

BYTES = ("lose", "double", "flip")
CHANCES = ("sendfail", "nosend", "error", "brownout", "nuls", "slow", "openlate", "openfail",
           "fewer", "nourc", "noprompt")
EVENTS = ("mute", "restart", "sleep", "off", "closed", "unlisten", "full", "echo", "forget")
# Events after which the rest of what was being said is not said.
_CUTTING = ("mute", "restart", "sleep", "off")
_NUMBERS = ("nuls", "slow", "openlate", "openfail", "mute")
_PLACES = ("", "cfun", "cgatt", "send")  # of a brown-out
_CODES = [str(code) for code in ERRORS]
_SPEC = re.compile(r"([a-z]+)(?:=([^@]*))?(?:@(#|%|t|up|down|\*)([0-9.]*))?")


class FaultError(ValueError):
    """A fault that cannot be asked for."""


@dataclasses.dataclass
class Fault:
    """One line of the specification; `seen` counts its chances."""

    kind: str
    value: str
    when: str
    amount: float
    seen: int = 0

    def strikes(self, rng: random.Random) -> bool:
        """Whether this chance is one."""
        self.seen += 1
        if self.when == "%":
            return rng.random() < self.amount
        return self.when == "*" or (self.when == "#" and self.seen == self.amount)


def _number(text: str) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False


def parse(text: str) -> list[Fault]:
    """The faults of one --fault."""
    return [_parsed(spec.strip()) for spec in text.split(",")]


def _parsed(spec: str) -> Fault:
    match = _SPEC.fullmatch(spec)
    kind, value, when, amount = match.groups() if match else ("", None, None, "")
    value, when = value or "", when or "#"
    amount = amount or ("1" if when in "#*" else "")
    if kind not in BYTES + CHANCES + EVENTS or not _number(amount):
        raise FaultError(f"fault {spec!r}: KIND[=VALUE][@WHEN] wanted, see --help")
    if when in ("t", "up", "down") and kind not in EVENTS:
        raise FaultError(f"fault {spec!r}: {kind} takes #N, %P or *")
    if kind in _NUMBERS and not _number(value):
        raise FaultError(f"fault {spec!r}: {kind}=NUMBER wanted")
    if kind == "error" and (value.partition(":")[2] or "550") not in _CODES:
        raise FaultError(f"fault {spec!r}: a code of table 1 wanted")
    if kind == "brownout" and value not in _PLACES:
        raise FaultError(f"fault {spec!r}: cfun, cgatt or send wanted, not {value!r}")
    if kind in BYTES and value not in ("", "up", "down"):
        raise FaultError(f"fault {spec!r}: up or down wanted, not {value!r}")
    return Fault(kind, value, when, float(amount))


class Faults:
    """What goes wrong, drawn from one generator so that a seed replays."""

    def __init__(self, rng: random.Random, specs: tuple[str, ...] = ()) -> None:
        self._rng = rng
        self._clock: Clock | None = None
        self._events: Mapping[str, Callable[[str], Any]] = {}
        self._active: list[Fault] = []
        self._muted_until = float("-inf")
        self._cut = False
        self._passed = {"up": 0, "down": 0}
        self.counters: Counter[str] = Counter()
        self.on_struck: Callable[[str], Any] = lambda what: None
        for spec in specs:
            self._active += parse(spec)

    def attach(self, clock: Clock, events: Mapping[str, Callable[[str], Any]]) -> None:
        """Starts the timed ones; `events` do each of EVENTS but mute, given its value."""
        self._clock, self._events = clock, events
        for fault in self._active:
            self._schedule(fault)

    def add(self, spec: str) -> None:
        """One more --fault while running; times count from now."""
        for fault in parse(spec):
            self._active.append(fault)
            self._schedule(fault)

    def _schedule(self, fault: Fault) -> None:
        assert self._clock is not None
        if fault.when == "t":
            self._clock.call_later(fault.amount, self._event, fault)
        elif fault.when in ("up", "down"):
            fault.amount += self._passed[fault.when]

    def _struck(self, fault: Fault) -> None:
        self.counters[fault.kind] += 1
        self.on_struck(f"{fault.kind}={fault.value}" if fault.value else fault.kind)

    # -- bytes -------------------------------------------------------------------------------

    def received(self, data: bytes) -> bytes:
        """Bytes to the module, as they arrive there."""
        return self._passing("up", data) if self._active else data

    def sent(self, data: bytes) -> bytes:
        """Bytes from the module, as they arrive at the host."""
        return self._passing("down", data) if self._active else data

    def _passing(self, way: str, data: bytes) -> bytes:
        assert self._clock is not None
        if self._cut or self._clock.now() < self._muted_until:
            self.counters["silenced"] += len(data)
            return b""
        before, self._passed[way] = self._passed[way], self._passed[way] + len(data)
        for fault in self._active:
            if fault.kind in BYTES and (fault.value or "down") == way:
                data = self._spoiled(fault, data)
            elif fault.when == way and before < fault.amount <= before + len(data):
                data = self._at_byte(fault, data, int(fault.amount) - before)
        return data

    def _spoiled(self, fault: Fault, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            struck = fault.strikes(self._rng)
            if struck:
                self._struck(fault)
            if not (struck and fault.kind == "lose"):
                flip = 1 << self._rng.randrange(8) if struck and fault.kind == "flip" else 0
                out.append(byte ^ flip)
            if struck and fault.kind == "double":
                out.append(byte)
        return bytes(out)

    def _at_byte(self, fault: Fault, data: bytes, size: int) -> bytes:
        assert self._clock is not None
        self._clock.call_later(0, self._event, fault)
        if fault.kind not in _CUTTING:
            return data
        self._cut = True
        return data[:size]

    # -- chances -----------------------------------------------------------------------------

    def hit(self, kind: str, *about: str) -> Fault | None:
        """The fault of this kind that strikes now, if any; `about` is what it may be meant for."""
        struck = None
        for fault in self._active:
            wanted = not about or fault.value.partition(":")[0].upper() in ("", *about)
            if fault.kind == kind and wanted and fault.strikes(self._rng) and struck is None:
                struck = fault
                self._struck(fault)
        return struck

    def maybe_error(self, command: Command, kind: str) -> None:
        """Fails this form of the command when its time has come."""
        fault = self.hit("error", command.name, command.name + kind) if self._active else None
        if fault is not None:
            code = int(fault.value.partition(":")[2] or 550)
            raise Refused(code) if command.tcpip else CmeError(CME_NOT_ALLOWED)

    def slow(self) -> float:
        """Seconds by which this answer is late."""
        fault = self.hit("slow") if self._active else None
        return float(fault.value) / 1000 if fault else 0.0

    def late_open(self) -> tuple[float, int]:
        """By how many seconds +QIOPEN is late, and with which error."""
        late, failed = self.hit("openlate"), self.hit("openfail")
        return float(late.value) / 1000 if late else 0.0, int(failed.value) if failed else 0

    # -- events ------------------------------------------------------------------------------

    def command(self) -> None:
        """A command came: a chance for every event."""
        for fault in self._active:
            if fault.kind in EVENTS and fault.when in "#%*" and fault.strikes(self._rng):
                self._event(fault)

    def _event(self, fault: Fault) -> None:
        assert self._clock is not None
        self._cut = False
        self._struck(fault)
        if fault.kind == "mute":
            self._muted_until = self._clock.now() + float(fault.value)
        else:
            self._events[fault.kind](fault.value)
