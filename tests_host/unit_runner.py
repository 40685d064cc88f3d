"""Runs one test module in this interpreter and prints a line per result.

unit_runner.py LIB UNIT MODULE PIECE FLAVOUR [TEST...] - LIB is the folder that holds bc25 (sources
or .mpy), UNIT the tests', PIECE the bytes a UART hands out at once (0: all), FLAVOUR `native` or
`esp32`: errno numbers of this machine and a clock at 0, or newlib's and a clock about to wrap.
"""

import errno
import json
import sys

MICROPYTHON = sys.implementation.name == "micropython"
_WRAP = 1 << 30
_SHIMS = __file__[: __file__.rfind("tests_host")] + "tools/shims"


def prepare(lib: str, unit: str, piece: int, flavour: str):
    """Fakes in place of the modules the driver imports; returns the fake clock."""
    sys.path[:0] = [lib, unit, _SHIMS]
    import fakeasyncio
    import mockuart
    import newlib
    from fakeclock import clock

    if not MICROPYTHON:
        import cpython_shims

        cpython_shims.install()
    sys.modules["time"] = clock
    sys.modules["asyncio"] = fakeasyncio
    sys.modules["errno"] = newlib if flavour == "esp32" else errno
    mockuart.PIECE = piece
    return clock


def start_ms(name: str, flavour: str) -> int:
    """Just before the wrap, by an amount that differs from test to test."""
    if flavour == "native":
        return 0
    return _WRAP - 1 - sum(name.encode()) * 37 % 2000


def trace_of(exc) -> str:
    if MICROPYTHON:
        import io

        out = io.StringIO()
        sys.print_exception(exc, out)
        return out.getvalue()
    import traceback

    return "".join(traceback.format_exception(exc))


def run_one(name: str, test, clock, start: int):
    clock.reset(start)
    try:
        test()
    except SystemExit:
        raise
    except BaseException as exc:
        return trace_of(exc)
    return None


def flush() -> None:
    """What was printed is kept when this process is ended."""
    if not MICROPYTHON:
        sys.stdout.flush()


def main(lib, unit, module, piece, flavour, *names):
    clock = prepare(lib, unit, int(piece), flavour)
    tests = __import__(module)
    for name in names or sorted(n for n in dir(tests) if n.startswith("test_")):
        trace = run_one(name, getattr(tests, name), clock, start_ms(name, flavour))
        print("\x01" + json.dumps([name, trace]))
        flush()


if MICROPYTHON:
    import gc

    gc.threshold(200_000)  # this build does not always collect before it gives up
else:
    import traceback  # noqa: F401  before `time` and `io` are replaced
main(*sys.argv[1:])
