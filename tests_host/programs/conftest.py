"""Fixtures of the tests of published programs: unmodified, over the real driver.

Each test runs one program of board/ in the real interpreter, which uses a published library to
talk to a real server through the simulated module; see tests_host/e2e for the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests_host.e2e.conftest import (  # noqa: F401  fixtures and a hook are found by their names
    PROFILES,
    driver,
    free_port,
    loop,
    make_desk,
    pytest_runtest_makereport,
    servers,
    station,
)
from tests_host.e2e.machinery import Program, ProgramDesk, Sim
from tests_host.programs.web import Site
from tools.published import put
from tools.servers import LOCAL

BOARD = Path(__file__).parent / "board"
NAMES = ("blynk.example", "mqtt.example", "pool.ntp.org", "web.example")


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    """Each profile of the simulated module."""
    return str(request.param)


class Starter:
    """start(program of board/, *published ones it imports, **its arguments) -> Program.

    `sim` and `speed` are for the simulated module; afterwards `start.sim` is that module.
    """

    sim: Sim

    def __init__(self, desks: Callable[..., ProgramDesk[Sim]], profile: str, folder: Path) -> None:
        self._desks = desks
        self._profile = profile
        self._folder = folder

    def __call__(
        self, name: str, *imports: str, sim: tuple[str, ...] = (), speed: str = "", **args: Any
    ) -> Program:
        path = self._folder / "published"
        path.mkdir()
        for published in imports:
            put(published, path)
        known = [word for host in NAMES for word in ("--dns", f"{host}={LOCAL}")]
        desk = self._desks(*known, *sim, profile=self._profile, speed=speed)
        self.sim = desk.sim
        return desk.start(BOARD / f"{name}.py", path=[path], folder=str(self._folder), **args)


@pytest.fixture
def start(make_desk: Callable[..., ProgramDesk[Sim]], profile: str, tmp_path: Path) -> Starter:  # noqa: F811
    """Starts a program under each profile."""
    return Starter(make_desk, profile, tmp_path)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A web server with the files of a folder."""
    site = Site(tmp_path / "site")
    yield site
    site.stop()
