"""Heap: what the steady state allocates, and what importing and two open sockets hold.

Held heap is `gc.mem_alloc()` after collecting, in the interpreters that are here: the unix port
(64 bits), the webassembly port (32 bits) where node and its package are, and, frozen, the firmware
that BC25_FIRMWARE names (Cortex-M3, `make firmware BOARD=MPS2_AN385`) where QEMU is.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools import budgets
from tools.desk import QEMU, Desk
from tools.mp import BUILD, MPY, ROOT, SHIMS, interpreter
from tools.size import client

from .row import Row

_HERE = Path(__file__).parent
_WASM = "micropython.mjs"
_HOW = "npm install --prefix build/wasm @micropython/micropython-webassembly-pyscript"
_STEADY, _HELD = "heap bytes allocated in the steady state", "heap held"
_STEPS = ("importing the client", "one BC25", "one BC25 with two open sockets",
          'the first nic.status("rssi")')
# Behind held.py: its steps, and the figures after each.
_RUN = """
import gc
figures = []
for step in STEPS:
    step()
    gc.collect()
    gc.collect()
    figures.append(gc.mem_alloc())
print(figures)
"""
_ROMFS = """
import vfs
with open({image!r}, "rb") as file:
    vfs.mount(vfs.VfsRom(file.read()), "/romfs")
"""


def _output(command: list[str]) -> str:
    done = subprocess.run(command, text=True, capture_output=True, timeout=100, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def _modules() -> list[str]:
    return ["bc25" if name == "__init__" else f"bc25.{name}" for name in sorted(client())]


def _program(lib: str, before: str = "") -> str:
    """A program that prints the marks; `lib` is empty where the driver is frozen."""
    held = (_HERE / "held.py").read_text()
    return f"{before}\nLIB, CLIENT = {lib!r}, {_modules()!r}\n{held}{_RUN}"


def _marks(output: str) -> list[int]:
    return [int(n) for n in json.loads(output.strip().splitlines()[-1])]


def _sources() -> list[int]:
    return _marks(_output([interpreter(), "-c", _program(str(ROOT / "lib"))]))


def _compiled() -> list[int]:
    return _marks(_output([interpreter(), "-c", _program(str(MPY))]))


def _romfs() -> list[int]:
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "bc25.romfs")
        _output([sys.executable, "-m", "mpremote", "romfs", "--no-mpy", "-o", str(image),
                 "build", str(MPY)])
        return _marks(_output([interpreter(), "-c",
                               _program("/romfs", _ROMFS.format(image=str(image)))]))


def wasm() -> Path | None:
    """The newest webassembly port there is; BC25_WASM names another."""
    if not shutil.which("node"):
        return None
    given = os.environ.get("BC25_WASM")
    found = [Path(given)] if given else sorted(
        path.parent for path in BUILD.glob(f"*/node_modules/**/{_WASM}"))
    return found[-1] if found else None


def _thirty_two() -> list[int] | str:
    package = wasm()
    if package is None:
        return f"no webassembly port: {_HOW}"
    command = ["node", str(_HERE / "held.mjs"), str(package), str(MPY), str(_HERE / "held.py")]
    return _marks(_output([*command, *_modules()]))


def _frozen() -> list[int] | str:
    firmware = os.environ.get("BC25_FIRMWARE", "")
    if not firmware or not shutil.which(QEMU):
        return f"no {QEMU}, or BC25_FIRMWARE names no firmware.elf of MPS2_AN385"
    with tempfile.TemporaryDirectory() as folder, \
            Desk([], board="MPS2_AN385", firmware=firmware) as desk:
        program = Path(folder, "held.py")
        program.write_text(_program(""))
        return _marks(_output([sys.executable, "-m", "mpremote", "connect", desk.port, "run",
                               str(program)]))


# What is measured where; the budgets of the four steps.
_WAYS: tuple[tuple[str, Callable[[], list[int] | str], tuple[int | None, ...]], ...] = (
    ("sources, 64-bit (unix)", _sources, (None, None, None, None)),
    (".mpy, 64-bit (unix)", _compiled, (None, None, None, None)),
    ("ROMFS, 64-bit (unix)", _romfs, (budgets.HEAP_ROMFS_64, None, None, None)),
    (".mpy, 32-bit (webassembly)", _thirty_two,
     (budgets.HEAP_MPY, None, budgets.HEAP_HELD, budgets.HEAP_STATUS)),
    ("frozen, 32-bit (Cortex-M3)", _frozen, (budgets.HEAP_FROZEN, None, None, None)),
)


def _held() -> Iterator[Row]:
    for way, measure, limits in _WAYS:
        marks = measure()
        if isinstance(marks, str):
            for step, limit in zip(_STEPS, limits, strict=True):
                yield Row(_HELD, f"{step}: {way}", None, "bytes", limit, note=marks)
            continue
        warm, loaded, bare, opened, asked = marks
        values = (loaded - warm, bare - loaded, opened - loaded, asked - opened)
        for step, value, limit in zip(_STEPS, values, limits, strict=True):
            yield Row(_HELD, f"{step}: {way}", value, "bytes", limit)


def _steady() -> Iterator[Row]:
    command = [interpreter(), "-X", "heapsize=16m", str(_HERE / "zero_heap.py")]
    for line in _output([*command, str(MPY), str(SHIMS)]).splitlines():
        if line.startswith("["):
            what, failed = json.loads(line)
            yield Row(_STEADY, what, 1 if failed else 0, "", budgets.HEAP_STEADY,
                      note=failed or "done under micropython.heap_lock()")


def rows() -> Iterator[Row]:
    """Both."""
    yield from _steady()
    yield from _held()
