"""The MicroPython modules the driver imports, for CPython, as far as a driver can tell."""

import sys
import traceback
import types
from typing import Any, NoReturn


class IOBase:
    """MicroPython's supplies no methods and, unlike CPython's, no finaliser that closes."""


def _piece(buf: Any, args: tuple[int, ...]) -> memoryview:
    """`(buf)`, `(buf, n)` or `(buf, off, n)`, as MicroPython's stream methods take them."""
    view = memoryview(buf).cast("B")
    if len(args) == 2:
        return view[args[0] :][: args[1]]
    return view[: args[0]] if args else view


class _Stream:
    def _get(self, n: int) -> bytes:
        raise TypeError

    def read(self, n: int = -1) -> bytes:
        return self._get(n if n >= 0 else 1 << 30)

    def readinto(self, buf: Any, n: int = -1) -> int:
        view = memoryview(buf).cast("B")
        data = self._get(min(len(view), n) if n >= 0 else len(view))
        view[: len(data)] = data
        return len(data)

    def readline(self, n: int = -1) -> bytes:
        line = bytearray()
        while n < 0 or len(line) < n:
            byte = self._get(1)
            line += byte
            if not byte or byte == b"\n":
                break
        return bytes(line)

    def close(self) -> None:
        pass


class RingIO(_Stream):
    """micropython.RingIO: what finds no room is not taken, and `write` says how much was."""

    def __init__(self, size: Any) -> None:
        room = size if isinstance(size, int) else len(size) - 1
        if not 1 <= room < 65535:
            raise ValueError
        self._room = room
        self._data = bytearray()

    def any(self) -> int:
        return len(self._data)

    def _get(self, n: int) -> bytes:
        data = bytes(self._data[:n])
        del self._data[:n]
        return data

    def write(self, buf: Any, *args: int) -> int:
        data = _piece(buf, args)[: self._room - len(self._data)]
        self._data += data
        return len(data)


class BytesIO(_Stream):
    """io.BytesIO with MicroPython's constructor (an int reserves room) and offsets."""

    def __init__(self, init: Any = b"") -> None:
        self._data = bytearray() if isinstance(init, int) else bytearray(init)
        self._pos = 0

    def _get(self, n: int) -> bytes:
        data = bytes(self._data[self._pos : self._pos + n])
        self._pos += len(data)
        return data

    def write(self, buf: Any, *args: int) -> int:
        data = _piece(buf, args)
        if self._pos > len(self._data):
            self._data += bytes(self._pos - len(self._data))
        self._data[self._pos : self._pos + len(data)] = data
        self._pos += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._pos = max(0, offset + (0, self._pos, len(self._data))[whence])
        return self._pos

    def tell(self) -> int:
        return self._pos

    def flush(self) -> None:
        pass

    def getvalue(self) -> bytes:
        return bytes(self._data)


def _no_const_fold(value: Any) -> Any:
    return value


def _nothing(*_args: Any) -> int:
    return 0


def _no_machine(name: str) -> NoReturn:
    raise AttributeError(name)


def install() -> None:
    """Put the shims where `import` finds them; real `io` stays with those that have it already."""
    micropython: Any = types.ModuleType("micropython")
    micropython.const = _no_const_fold
    micropython.RingIO = RingIO
    micropython.heap_lock = micropython.heap_unlock = _nothing
    micropython.schedule = lambda function, arg: function(arg)
    micropython.native = micropython.viper = lambda function: function
    io: Any = types.ModuleType("io")
    io.IOBase, io.BytesIO = IOBase, BytesIO
    sys.modules["micropython"] = micropython
    sys.modules["io"] = io
    sys.print_exception = _print_exception  # type: ignore[attr-defined]


def _print_exception(exc: BaseException, file: Any = None) -> None:
    print("".join(traceback.format_exception(exc)), file=file or sys.stdout)
