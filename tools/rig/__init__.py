"""A rig: driver, UART, module and network in one process, on one virtual clock.

    rig = Rig(seed=1, baud=9600, uart="esp32")
    rig.network.serve("10.0.0.1", 7, Echo)
    rig.up()                               # active(True), connect()
    s = rig.socket(("10.0.0.1", 7))
    s.send(b"hello")
    print(s.recv(64), rig.clock.ms())

The driver is the sources in lib/bc25, run by CPython on the shims of tools/shims; module and
network are tools.bc25sim's. Nothing waits for real time, and a seed replays to the last byte.
`Work` counts the driver's bytecodes and charges them to the clock; `Loop` runs coroutines as the
firmware's asyncio would.
"""

from .clock import BoardClock, Stuck
from .driver import Driver, load
from .loop import Loop, readable, sleep_ms, writable
from .peer import Peer
from .rig import SERVER, Rig
from .timer import BoardTimer
from .uart import BoardUART, McuRestart
from .work import Work

__all__ = [
    "SERVER", "BoardClock", "BoardTimer", "BoardUART", "Driver", "Loop", "McuRestart", "Peer",
    "Rig", "Stuck", "Work", "load", "readable", "sleep_ms", "writable",
]
