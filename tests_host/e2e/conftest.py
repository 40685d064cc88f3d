"""Fixtures of the end-to-end tests: the real driver in the real interpreter, real servers.

A test starts a program of programs/ (or any file) in MicroPython with the driver as .mpy. The
UART is a PTY to the simulated module, whose sockets are this computer's. What the program tells
(see programs/desk.py) comes back as a dict; a failure shows its output and the AT traffic.
"""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests_host.conftest import compile_driver
from tests_host.e2e.machinery import ProgramDesk, Sim
from tools.servers import LOCAL, Loop, Servers
from tools.servers.broker import Broker
from tools.trace.recording import how_to_look, keep

PROFILES = ("manual", "clone", "hostile")
PUSH_PROFILES = PROFILES
BOTH_MODES = [(name, False) for name in PROFILES] + [(name, True) for name in PUSH_PROFILES]
DROPS = ["--set", "prompt_urcs=hold", "--set", "when_full=hold"]
DESKS = pytest.StashKey[list[ProgramDesk[Sim]]]()


@pytest.fixture(scope="session", autouse=True)
def driver() -> None:
    """The driver as .mpy, up to date."""
    compile_driver()


@pytest.fixture
def make_desk(request: pytest.FixtureRequest) -> Iterator[Callable[..., ProgramDesk[Sim]]]:
    """make_desk(*arguments of the simulated module, profile=…, speed=…) -> ProgramDesk.

    Without a speed the profile's delays are left out, but for hostile's: at no delay its pieces
    would all arrive in one. With the time of an answer goes the time that clone's flash takes.
    What clone drops by design, data that finds it full and recv URCs while a prompt is open (20 s
    until the driver asks by itself, behaviour 6), is for tests that say so.
    """
    desks = request.node.stash.setdefault(DESKS, [])

    def make(*arguments: str, profile: str = "manual", speed: str = "") -> ProgramDesk[Sim]:
        speed = speed or ("50" if profile == "hostile" else "inf")
        gap = ["--set", "flash_gap_ms=[0,0]"] if speed != "1" else []
        kept = DROPS if profile == "clone" else []
        desk = ProgramDesk(Sim(profile, ["--speed", speed, *gap, *kept, *arguments]))
        desks.append(desk)
        return desk

    yield make
    for desk in desks:
        desk.stop()


@pytest.fixture
def desk(make_desk: Callable[..., ProgramDesk[Sim]]) -> ProgramDesk[Sim]:
    """A desk with the manual's module, as fast as it goes."""
    return make_desk()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if call.when == "call" and report.failed:
        for desk in item.stash.get(DESKS, []):
            shown = desk.sim.traffic()
            if desk.sim.trace.exists():
                name = f"{item.path.stem}-{item.name}-{desk.sim.process.pid}"
                shown += f"\n{how_to_look(keep(desk.sim.trace, name))}"
            report.sections.append(("AT traffic, board ▶ ◀ module", shown))
    return report


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


@pytest.fixture
def servers(loop: Loop) -> Iterator[Servers]:
    """Servers that live as long as the test."""
    servers = Servers(loop)
    yield servers
    servers.stop()


@pytest.fixture
def free_port() -> Iterator[int]:
    """A TCP port where nobody listens; bound, so that nobody else is given it, and reusable."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((LOCAL, 0))
        yield holder.getsockname()[1]


@pytest.fixture
def packages(tmp_path: Path) -> Callable[..., Path]:
    """packages(*names) -> a folder with just these packages of PyPI, for sys.path."""

    def linked(*names: str) -> Path:
        folder = tmp_path / "packages"
        folder.mkdir(exist_ok=True)
        for name in names:
            found = importlib.util.find_spec(name)
            assert found is not None and found.origin is not None, f"{name} is not installed"
            source = Path(found.origin)
            source = source.parent if source.name == "__init__.py" else source
            (folder / source.name).symlink_to(source)
        return folder

    return linked


@pytest.fixture
def station(loop: Loop, free_port: int) -> Iterator[Broker]:
    """An MQTT broker and a client of it."""
    broker = Broker(free_port)
    loop.run(broker.start())
    yield broker
    loop.run(broker.stop())
