"""What goes wrong during a soak, drawn at random between transactions."""

import random
from collections import Counter

from tools.rig import Rig

# The simulated module's faults (tools.bc25sim.faults), armed for one of the next N chances.
_BYTES = ("lose=down", "double=down", "lose=up", "double=up")
_EVENTS = ("restart", "mute=3", "mute=40", "sleep", "echo", "forget", "full", "closed")
_CHANCES = ("sendfail", "nosend", "error=+QIRD", "error=+QISEND", "error=+QICLOSE", "slow=3000",
            "openlate=40000", "openfail=566", "nourc", "noprompt")
_BOARD = ("overrun", "mcu")
_SIZES = ("lose", "double")
_TOGETHER = 2  # that were armed before and may strike yet
KINDS = (*_BYTES, *_EVENTS, *_CHANCES, *_BOARD)


class Trouble:
    """Arms one fault with probability `rate` whenever asked."""

    def __init__(self, rig: Rig, rng: random.Random, rate: float,
                 without: tuple[str, ...] = ()) -> None:
        self._rig, self._rng, self._rate = rig, rng, rate
        self._kinds = [kind for kind in KINDS if kind not in without]
        self.armed: Counter[str] = Counter()

    def calm(self) -> None:
        """Nothing that was armed strikes any more."""
        self._keep(0)
        self._rig.uart.overrun, self._rig.uart.dies_at = set(), None

    def _keep(self, count: int) -> None:
        active = self._rig.module.faults._active
        del active[: len(active) - count]

    def maybe(self) -> None:
        if self._rng.random() < self._rate:
            kind = self._rng.choice(self._kinds)
            self.armed[kind] += 1
            self._keep(min(_TOGETHER, len(self._rig.module.faults._active)))
            self._arm(kind)

    def _arm(self, kind: str) -> None:
        rng, uart, faults = self._rng, self._rig.uart, self._rig.module.faults
        if kind == "overrun":
            faults._active[:] = [fault for fault in faults._active if fault.kind not in _SIZES]
            first = uart.received + rng.randrange(1, 300)
            uart.overrun = set(range(first, first + rng.randrange(1, 40)))
        elif kind == "mcu":
            uart.dies_at = uart.written + rng.randrange(1, 300)
        elif kind in _BYTES:
            # One that is lost and one that is added make up for each other: AT has no checksum.
            uart.overrun = set()
            faults._active[:] = [fault for fault in faults._active if fault.kind not in _SIZES]
            faults.add(f"{kind}@#{rng.randrange(1, 400)}")
        elif kind in _EVENTS:
            faults.add(f"{kind}@{rng.choice(('up', 'down'))}{rng.randrange(1, 400)}")
        else:
            faults.add(f"{kind}@#{rng.randrange(1, 4)}")
