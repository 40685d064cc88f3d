"""The sections, what does them in the driver and the simulated module, and what is missing."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.bc25sim.sections import handlers
from tools.mp import ROOT

from .tests import Test

_DATA = Path(__file__).with_name("driver.toml")


@dataclass(frozen=True)
class Section:
    """One section; `driver` as "bc25.module:path", `simulator` as sections of `handlers()`."""

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
    return [
        Section(number, data["title"], tuple(data["driver"]),
                tuple(data.get("simulator", [number])), frozenset(data.get("tests", [number])))
        for number, data in found.items()
    ]


def exists(name: str) -> bool:
    """Is there such a thing as "bc25.module:Class.method" in lib/?"""
    module, _, path = name.partition(":")
    source = ROOT / "lib" / Path(*module.split(".")).with_suffix(".py")
    if not source.exists():
        return False
    body: list[ast.stmt] = ast.parse(source.read_text(encoding="utf-8")).body
    for part in path.split("."):
        found = [node for node in body if part in _names(node)]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


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
