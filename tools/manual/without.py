"""Takes what does a section away, in the driver and then in the simulated module."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .sections import Section, sections
from .tests import Test, failing

_FEW = 6  # tests of a section that are tried; more would prove no more
_AT_ONCE = 3  # most of a failing test's time is spent waiting for what does not come


@dataclass(frozen=True)
class Absence:
    """A variable of the environment and what it takes away."""

    variable: str
    value: str

    def failing(self, tests: list[Test]) -> set[str]:
        return failing(tests, **{self.variable: self.value})


@dataclass(frozen=True)
class Red:
    """How many of a section's tests failed without it."""

    failed: int
    of: int

    def __str__(self) -> str:
        return f"{self.failed}/{self.of}"


def of_driver(section: Section) -> Absence:
    return Absence("BC25_WITHOUT", " ".join(section.driver))


def of_simulator(section: Section) -> Absence:
    return Absence("BC25SIM_WITHOUT", " ".join(section.simulator))


def claims(section: Section, tests: list[Test]) -> dict[Absence, list[Test]]:
    """What is taken away for a section -> the tests that must notice."""
    mine = [test for test in tests if section.covered_by(test)]
    return {of_driver(section): _few([test for test in mine if test.of_driver]),
            of_simulator(section): _few([test for test in mine if test.of_simulator])}


def _few(tests: list[Test]) -> list[Test]:
    # From all over the list, since neighbours try the same thing.
    return tests[::max(1, -(-len(tests) // _FEW))]


def reds(tests: list[Test]) -> dict[str, tuple[Red, Red]]:
    """Section -> its tests that fail without the driver's part, and without the module's.

    RuntimeError when one fails with everything in place, since its failing would prove nothing.
    """
    wanted: dict[Absence, list[Test]] = {}
    for section in sections():
        for absence, of in claims(section, tests).items():
            group = wanted.setdefault(absence, [])
            group.extend(test for test in of if test not in group)
    every = list({test: None for group in wanted.values() for test in group})
    if broken := failing(every):
        raise RuntimeError(f"fail with nothing taken away: {', '.join(sorted(broken))}")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        failed = dict(zip(wanted, pool.map(lambda a: a.failing(wanted[a]), wanted), strict=True))
    return {
        section.number: tuple(  # type: ignore[misc]
            Red(sum(test.node in failed[absence] for test in of), len(of))
            for absence, of in claims(section, tests).items())
        for section in sections()
    }
