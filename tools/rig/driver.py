"""The driver's sources on CPython: loaded once per flavour, each on a clock of its own."""

import errno
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools import mpy
from tools.shims import cpython_shims, newlib

from .clock import BoardClock

LIB = Path(__file__).resolve().parents[2] / "lib" / "bc25"
_WRAP = 1 << 30


@dataclass(frozen=True)
class Driver:
    """One loaded copy: its package, its clock, its error numbers."""

    bc25: Any
    clock: BoardClock
    errno: Any
    start_ms: int  # what ticks_ms() shows at first


@contextmanager
def _modules(**instead: Any) -> Iterator[None]:
    """These stand in sys.modules meanwhile."""
    before = {name: sys.modules.get(name) for name in instead}
    sys.modules.update(instead)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def _shims() -> dict[str, Any]:
    """What cpython_shims would install, without installing it for everybody."""
    with _modules(micropython=None, io=sys.modules["io"]):
        cpython_shims.install()
        return {name: sys.modules[name] for name in ("micropython", "io")}


def load(flavour: str = "native") -> Driver:
    """The driver under `native` error numbers and a clock at 0, or `esp32`'s and a clock that
    is about to wrap."""
    return _load(flavour)


@cache  # by the argument as given: one copy a flavour, whoever asks
def _load(flavour: str) -> Driver:
    clock, numbers = BoardClock(), errno if flavour == "native" else newlib
    name = f"bc25_{flavour}"
    with _modules(fakeclock=importlib.import_module("tools.shims.fakeclock")):
        fakeasyncio = importlib.import_module("tools.shims.fakeasyncio")
    with _modules(time=clock, errno=numbers, asyncio=fakeasyncio, **_shims()):
        spec = importlib.util.spec_from_file_location(
            name, LIB / "__init__.py", submodule_search_locations=[str(LIB)])
        assert spec is not None and spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules[name] = package
        spec.loader.exec_module(package)
        for module in mpy.modules():
            if module != "__init__":
                importlib.import_module(f"{name}.{module}")
    return Driver(package, clock, numbers, 0 if flavour == "native" else _WRAP - 3600)
