"""Counts the bytecodes that the driver runs, and charges them to the board's clock."""

import dis
import sys
from functools import cache
from types import CodeType, FrameType
from typing import Any

from .clock import BoardClock
from .driver import LIB

_HERE = str(LIB)
# What CPython's compiler adds for its own ends, and MicroPython's does without.
_EXTRA = {dis.opmap[name] for name in (
    "CACHE", "COPY_FREE_VARS", "EXTENDED_ARG", "KW_NAMES", "MAKE_CELL", "NOP", "PRECALL",
    "PUSH_NULL", "RESUME", "RETURN_GENERATOR") if name in dis.opmap}


@cache
def _counted(code: CodeType) -> bytes:
    """By offset, 1 where an instruction stands that MicroPython has too."""
    raw = code.co_code
    return bytes(at % 2 == 0 and op not in _EXTRA for at, op in enumerate(raw))


class Work:
    """`with Work(clock):` counts every bytecode of lib/bc25 run inside.

    They are CPython's, of the same sources, without those that only CPython needs; MicroPython's
    compiler makes about as many. A call into C (a method of RingIO, BytesIO, bytearray or the
    UART) counts as the bytecode that calls.
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
            self._clock.work += _counted(frame.f_code)[frame.f_lasti]
        return self._step
