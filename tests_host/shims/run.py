"""Runs one test module in this interpreter and prints a line per result.

run.py LIB UNIT MODULE PIECE FLAVOUR [TEST...] - LIB is the folder that holds bc25 (sources or
.mpy), UNIT the tests', PIECE the bytes a UART hands out at once (0: all), FLAVOUR `native` or
`esp32`: errno numbers of this machine and a clock at 0, or newlib's and a clock about to wrap.
"""

import errno
import json
import sys

MICROPYTHON = sys.implementation.name == "micropython"
_WRAP = 1 << 30
NEWLIB = {
    "EPERM": 1, "ENOENT": 2, "EIO": 5, "EBADF": 9, "EAGAIN": 11, "ENOMEM": 12, "EACCES": 13,
    "EEXIST": 17, "ENODEV": 19, "EISDIR": 21, "EINVAL": 22, "EOPNOTSUPP": 95, "ECONNRESET": 104,
    "ENOBUFS": 105, "ECONNREFUSED": 111, "EADDRINUSE": 112, "ECONNABORTED": 113,
    "ETIMEDOUT": 116, "EHOSTUNREACH": 118, "EINPROGRESS": 119, "EALREADY": 120, "ENOTCONN": 128,
}  # fmt: skip


class Newlib:
    """The `errno` module of ESP32 firmware, which lacks EBUSY, EMFILE and EMSGSIZE."""

    errorcode = {number: name for name, number in NEWLIB.items()}


for _name, _number in NEWLIB.items():
    setattr(Newlib, _name, _number)


def prepare(lib: str, unit: str, piece: int, flavour: str):
    """Fakes in place of the modules the driver imports; returns the fake clock."""
    sys.path.insert(0, unit)
    sys.path.insert(0, lib)
    import fakeasyncio
    import mockuart
    from fakeclock import clock

    if not MICROPYTHON:
        import cpython_shims

        cpython_shims.install()
    sys.modules["time"] = clock
    sys.modules["asyncio"] = fakeasyncio
    sys.modules["errno"] = Newlib if flavour == "esp32" else errno
    mockuart.PIECE = piece
    if not MICROPYTHON:
        import without

        without.take_away_named()
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
