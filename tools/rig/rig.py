"""Driver and simulated module on one virtual clock, a UART between them."""

import random
from collections.abc import Callable
from typing import Any

from tools.bc25sim import MemoryNetwork, Module, Pacer, profile

from .driver import Driver, load
from .uart import BoardUART

SERVER = "220.18.39.22"
APN = "CMNBIOT"  # the profile's: no restart is needed to write it
_LATENCY_S = 0.03
_GRAIN_S = 0.0002  # bytes closer together than this arrive together


class _Pin:
    """One of the module's lines: on() asserts it."""

    def __init__(self, rig: "Rig", name: str) -> None:
        self._rig, self._name = rig, name

    def on(self) -> None:
        self._rig.module.power.pin(self._name, True)

    def off(self) -> None:
        self._rig.module.power.pin(self._name, False)


class Rig:
    """`nic` is the driver's BC25, `module` the simulated one, `network` its network.

    `baud` 0 is a line without delay; `uart` and `rxbuf` are BoardUART's; `profile_settings`
    override keys of the profile; `cost_us` charges the bytecodes that a `Work` counts; other
    words go to BC25().
    """

    def __init__(self, seed: int = 0, *, profile_name: str = "manual", baud: int = 0,
                 uart: str = "ideal", rxbuf: int = 1024, flavour: str = "native",
                 jump: bool = True, cost_us: float = 0.0, latency_s: float = _LATENCY_S,
                 pins: bool = False, profile_settings: dict[str, Any] | None = None,
                 **nic: Any) -> None:
        self.driver: Driver = load(flavour)
        self.clock = self.driver.clock
        self.bc25 = self.driver.bc25
        self.errno = self.driver.errno
        sim = self.clock.begin(self.driver.start_ms, jump, cost_us)
        self.network = MemoryNetwork(sim, latency_s)
        chosen = profile.load(profile_name, profile_settings or {})
        self.module = Module(sim, self.network, chosen, random.Random(seed), self._said)
        self.heard = bytearray()  # all that the module said, when kept
        self.keep = False
        grain = _GRAIN_S if baud else 0.0
        self.up_line = Pacer(sim, self.module.receive, baud, grain)
        self.down_line = Pacer(sim, self._arrived, baud, grain)
        self._uart = (baud, uart, rxbuf)
        self._nic = nic
        if pins:
            self._nic |= {name: _Pin(self, name) for name in ("wake", "reset", "power")}
        self.new_board()
        self.module.power.on()

    def new_board(self) -> None:
        """The MCU starts anew: what its UART held is gone, the module knows nothing of it."""
        self.uart = BoardUART(self.clock, self.up_line.feed, *self._uart)
        self.nic: Any = self.bc25.BC25(self.uart, **self._nic)

    # -- the line ----------------------------------------------------------------------------

    def _said(self, data: bytes) -> None:
        if self.keep:
            self.heard += data
        self.down_line.feed(data)
        self.module.hold(self.down_line.pending)

    def _arrived(self, data: bytes) -> None:
        self.uart.arrive(data)
        self.module.hold(self.down_line.pending)

    # -- what tests and benches do -----------------------------------------------------------

    def up(self) -> None:
        """The module has booted and is attached; the NIC is active and connected."""
        self.clock.advance(3_000_000)
        self.nic.active(True)
        self.nic.connect(APN)

    def socket(self, address: tuple[str, int], udp: bool = False,
               timeout: float | None = None) -> Any:
        """A connected socket."""
        s = self.nic.socket(self.bc25.AF_INET,
                            self.bc25.SOCK_DGRAM if udp else self.bc25.SOCK_STREAM)
        s.settimeout(timeout)
        try:
            s.connect(address)
        except BaseException:
            s.close()
            raise
        return s

    def commands(self) -> list[bytes]:
        """A list to which each line that the module takes for a command is added from now on."""
        lines: list[bytes] = []
        self.module.interpreter.on_command = lines.append
        return lines

    def counter(self, name: str) -> int:
        """One of the driver's counters."""
        return int(self.nic.status("counters")[name])

    def run(self, ms: int) -> None:
        """Poll for so long."""
        end = self.clock.us + ms * 1000
        while self.clock.us < end:
            self.nic.poll()
            self.clock.sleep_ms(1)

    def until(self, condition: Callable[[], Any], ms: int = 200_000) -> None:
        """Poll until the condition holds; AssertionError when that takes longer than `ms`."""
        end = self.clock.us + ms * 1000
        while not condition():
            assert self.clock.us < end, f"nothing within {ms} ms"
            self.nic.poll()
            self.clock.sleep_ms(1)
