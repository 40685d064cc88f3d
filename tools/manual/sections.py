"""The sections, what does them in the driver and the simulated module, and what is missing."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.bc25sim.sections import handlers
from tools.rig import Rig

from .tests import Test

_DATA = Path(__file__).with_name("driver.toml")


@dataclass(frozen=True)
class Section:
    """One section; `driver` as "nic.ping", `simulator` as sections of `handlers()`."""

    number: str
    title: str
    driver: tuple[str, ...]
    simulator: tuple[str, ...]
    marks: frozenset[str]

    def covered_by(self, test: Test) -> bool:
        """A test claims a section by carrying all of its marks."""
        return self.marks <= test.sections


def sections() -> list[Section]:
    """All of the manual's sections, in its order."""
    found = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return [_section(number, data) for number, data in found.items()]


def _section(number: str, data: dict[str, str]) -> Section:
    own = number.partition(",")[0]
    return Section(number, data["title"], tuple(data["driver"].split()),
                   tuple(data.get("simulator", own).split()),
                   frozenset(data.get("tests", own).split()))


def exists(name: str) -> bool:
    """Is there such a thing as "nic.ping", "socket.send" or "bc25.BC25Error"?"""
    owner, _, method = name.partition(".")
    return hasattr(_owners()[owner], method)


@cache
def _owners() -> dict[str, Any]:
    rig = Rig()
    return {"nic": rig.nic, "socket": rig.nic.socket(), "bc25": rig.bc25}


def holes(tests: list[Test]) -> list[str]:
    """What is missing, in sentences."""
    return [sentence for section in sections() for sentence in _holes(section, tests)]


def _holes(section: Section, tests: list[Test]) -> Iterator[str]:
    known = handlers()
    mine = [test for test in tests if section.covered_by(test)]
    if not section.driver:
        yield f"{section.number}: nothing in lib/bc25 does it"
    for name in section.driver:
        if not exists(name):
            yield f"{section.number}: there is no {name}"
    for name in section.simulator:
        if name not in known:
            yield f"{section.number}: the simulated module has no handler of {name}"
    if not any(test.of_driver for test in mine):
        yield f"{section.number}: no test of the driver covers it"
    if not any(test.of_simulator for test in mine):
        yield f"{section.number}: no test of the simulated module covers it"
