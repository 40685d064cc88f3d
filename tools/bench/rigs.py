"""Rigs to measure on, and what is counted on them."""

from typing import Any

from tools.bc25sim import Clock, Discard
from tools.bc25sim.memory import Far
from tools.rig import SERVER, Rig

COST_US = 1.0  # of a bytecode: ESP32 at 160 MHz and STM32F4 at 168 MHz run a million a second
SLOW_US = 4.0  # ... and a board at 40 MHz
TICKS_MS = {"esp32": 10, "stm32": 1}  # of select, by port
RATES = (9600, 115200, 921600)
PIECE = 512
KB10 = 10240
SINK, SOURCE = (SERVER, 7), (SERVER, 8)
# Fixed delays, pieces of 512 bytes, and a module that is deaf for 5 ms after its prompt, as some
# are: what the driver waits for is then known exactly.
TIMES = {"command_ms": [20, 20], "send_ok_ms": [75, 75], "prompt_settle_ms": [5, 5]}


class Pieces(Discard):
    """Sends `size` bytes in pieces as soon as connected, one every `gap` seconds."""

    def __init__(self, clock: Clock, size: int, piece: int, gap: float) -> None:
        super().__init__()
        self._clock, self._size, self._piece, self._gap = clock, size, piece, gap

    def connected(self, far: Far) -> None:
        data = bytes(range(256)) * (self._size // 256 + 1)
        for n, at in enumerate(range(0, self._size, self._piece)):
            piece = data[at : min(at + self._piece, self._size)]
            self._clock.call_later(n * self._gap, far.write, piece)


def ready(baud: int = 0, uart: str = "esp32", size: int = KB10, piece: int = PIECE,
            gap: float = 0.0, settings: dict[str, Any] | None = None, **rig: Any) -> Rig:
    """A rig that is up, with a server that takes and one that gives; work costs nothing yet."""
    made = Rig(1, baud=baud, uart=uart, jump=False,
                profile_settings=TIMES | (settings or {}), **rig)
    clock = made.module.clock
    made.network.serve(*SINK, Discard)
    made.network.serve(*SOURCE, lambda: Pieces(clock, size, piece, gap))
    made.clock.jump = True
    made.up()
    made.clock.jump = False
    made.uart.keep_writes = True
    return made


def wire_bytes(rig: Rig) -> int:
    """Bytes that passed on both lines so far."""
    return int(rig.module.counters["rx_bytes"] + rig.module.counters["tx_bytes"])
