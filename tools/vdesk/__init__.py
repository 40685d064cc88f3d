"""A whole desk in one process and one virtual clock: driver, UART, module, network.

    desk = Desk(seed=1, baud=9600, uart="esp32")
    desk.network.serve("10.0.0.1", 7, Echo)
    desk.up()                               # active(True), connect()
    s = desk.socket(("10.0.0.1", 7))
    s.send(b"hello")
    print(s.recv(64), desk.clock.ms())

The driver is the sources in lib/bc25, run by CPython on the shims of tests_host/shims; module and
network are tools.bc25sim's. Nothing waits for real time, and a seed replays to the last byte.
`Work` counts the driver's bytecodes and charges them to the clock; `Loop` runs coroutines as the
firmware's asyncio would.
"""

from .clock import BoardClock, Stuck
from .desk import SERVER, Desk
from .driver import Driver, load
from .loop import Loop, readable, sleep_ms, writable
from .uart import BoardUART, McuRestart
from .work import Work

__all__ = [
    "SERVER", "BoardClock", "BoardUART", "Desk", "Driver", "Loop", "McuRestart", "Stuck", "Work",
    "load", "readable", "sleep_ms", "writable",
]
