"""Heap: what the steady state allocates, and what importing and two open sockets hold."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.mp import BUILD, MPY, SHIMS, interpreter
from tools.size import client

from .row import Row

_HERE = Path(__file__).parent
_PACKAGE = "@micropython/micropython-webassembly-pyscript"
_WASM = BUILD / "wasm" / "node_modules" / _PACKAGE
_HOW = f"npm install --prefix build/wasm {_PACKAGE}@1.27.0"
_STEADY, _HELD = "heap bytes allocated in the steady state", "heap held"
_UNIX = """
import gc
LIB, CLIENT = {lib!r}, {client!r}
exec(open({held!r}).read())
figures = []
for step in STEPS:
    step()
    gc.collect()
    gc.collect()
    figures.append(gc.mem_alloc())
print(figures)
"""


def _output(command: list[str]) -> str:
    done = subprocess.run(command, text=True, capture_output=True, timeout=100, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def _modules() -> list[str]:
    return ["bc25" if name == "__init__" else f"bc25.{name}" for name in sorted(client())]


def _unix(modules: list[str]) -> list[int]:
    program = _UNIX.format(lib=str(MPY), client=modules, held=str(_HERE / "held.py"))
    return [int(n) for n in json.loads(_output([interpreter(), "-c", program]))]


def wasm() -> Path | None:
    """The webassembly port, where there is one."""
    package = Path(os.environ.get("BC25_WASM") or _WASM)
    return package if shutil.which("node") and (package / "micropython.mjs").exists() else None


def _thirty_two(modules: list[str], package: Path) -> list[int]:
    command = ["node", str(_HERE / "held.mjs"), str(package), str(MPY), str(_HERE / "held.py")]
    lines = _output([*command, *modules]).splitlines()
    return [int(n) for n in json.loads(lines[-1])]


def _held() -> Iterator[Row]:
    modules, package = _modules(), wasm()
    names = ("importing the client from .mpy", "one BC25", "one BC25 with two open sockets")

    def figures(marks: list[int]) -> tuple[int, int, int]:
        warm, loaded, bare, opened = marks
        return loaded - warm, bare - loaded, opened - loaded

    wide = figures(_unix(modules))
    for name, value in zip(names, wide, strict=True):
        yield Row(_HELD, f"{name}, 64-bit (unix port)", value, "bytes")
    if package is None:
        for name, value in zip(names, wide, strict=True):
            yield Row(_HELD, f"{name}, 32-bit", value // 2, "bytes", note="not measured: half of "
                      f"64-bit, as words are; buffers are not halved. To measure: {_HOW}")
        return
    limits = (16 * 1024, None, 6 * 1024)
    narrow = figures(_thirty_two(modules, package))
    for name, value, limit in zip(names, narrow, limits, strict=True):
        yield Row(_HELD, f"{name}, 32-bit (webassembly port)", value, "bytes", limit)


def _steady() -> Iterator[Row]:
    command = [interpreter(), "-X", "heapsize=16m", str(_HERE / "zero_heap.py")]
    for line in _output([*command, str(MPY), str(SHIMS)]).splitlines():
        if line.startswith("["):
            what, failed = json.loads(line)
            yield Row(_STEADY, what, 1 if failed else 0, "", 0,
                      note=failed or "done under micropython.heap_lock()")


def rows() -> Iterator[Row]:
    yield from _steady()
    yield from _held()
