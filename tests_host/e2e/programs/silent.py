"""A UART on which nobody answers."""

import time

import bc25
import desk

nic = bc25.BC25(desk.uart())
start = time.ticks_ms()
try:
    nic.active(True)
except OSError as e:
    desk.tell(errno=e.errno, ms=time.ticks_diff(time.ticks_ms(), start), active=nic.active())
