"""Counts the bytecodes that the driver runs, and charges them to the board's clock."""

import sys
from types import FrameType
from typing import Any

from .clock import BoardClock
from .driver import LIB

_HERE = str(LIB)


class Work:
    """`with Work(clock):` counts every bytecode of lib/bc25 run inside.

    They are CPython's, of the same sources; MicroPython's compiler makes about as many. A call
    into C (a method of RingIO, BytesIO, bytearray or the UART) counts as the bytecode that calls.
    """

    def __init__(self, clock: BoardClock) -> None:
        self._clock = clock
        self._before: Any = None

    def __enter__(self) -> "Work":
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.settrace(self._before)
        self._clock.charge()

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_HERE):
            return None
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            self._clock.work += 1
        return self._step
