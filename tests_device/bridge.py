"""Passes everything between a board's REPL port and the module's UART, for tools.probe --board.

It is run with the board's board.py in front of it; 64 times 0x1D ends it.
"""

import select
import sys

import micropython

_END, _TIMES = 0x1D, 64


def bridge(line):
    """Both ways until the end is asked for."""
    keys, screen = sys.stdin.buffer, sys.stdout.buffer
    poller = select.poll()
    poller.register(sys.stdin, select.POLLIN)
    buf = bytearray(64)
    held = 0
    while held < _TIMES:
        if poller.poll(0):
            byte = keys.read(1)
            if byte[0] == _END:
                held += 1
                continue
            line.write(bytes([_END]) * held + byte)
            held = 0
        n = line.any()
        if n:
            n = line.readinto(buf, min(n, 64))
            screen.write(memoryview(buf)[:n])


micropython.kbd_intr(-1)
try:
    bridge(uart())  # noqa: F821  of board.py
finally:
    micropython.kbd_intr(3)
