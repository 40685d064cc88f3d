"""`python -m tools.manual`: the table, its holes, and what goes red without what."""

import argparse
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

from tools.bc25sim.sections import handlers

from .sections import Section, holes, sections
from .tests import Test, collect
from .without import Red, reds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make manual", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="only look for holes, take nothing away")
    parser.add_argument("--tests", action="store_true", help="name each test of each section")
    return parser.parse_args()


def covering(section: Section, tests: list[Test], names: bool) -> str:
    """The tests of a section, by name or as files with how many each has."""
    mine = dict.fromkeys(test.function for test in tests if section.covered_by(test))
    found = [name.removeprefix("tests_host/") for name in mine]
    if names:
        return "\n".join(found)
    counted = Counter(name.partition("::")[0] for name in found)
    return "\n".join(f"{name} {count}" for name, count in counted.items())


def row(section: Section, tests: list[Test], names: bool) -> list[str]:
    known = handlers()
    simulator = [known.get(number, "-").removeprefix("tools.bc25sim.")
                 for number in section.simulator]
    driver = [name.removeprefix("bc25.") for name in section.driver]
    return [section.number, section.title, "\n".join(driver), "\n".join(simulator),
            covering(section, tests, names)]


def print_table(tests: list[Test], names: bool, red: dict[str, tuple[Red, Red]]) -> None:
    """A row a section; the last columns say how many of the tried tests failed without it."""
    table = Table("section", "", "driver", "simulator", "tests", show_lines=True)
    if red:
        table.add_column("red without\ndriver", justify="right")
        table.add_column("red without\nsimulator", justify="right")
    for column in table.columns:
        column.overflow = "fold"
    for section in sections():
        cells = [str(count) for count in red.get(section.number, ())]
        table.add_row(*row(section, tests, names), *cells)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def stay_green(red: dict[str, tuple[Red, Red]]) -> list[str]:
    """Sections that can do without what should do them."""
    return [f"{number}: every test passes without the {side}'s part"
            for number, counts in red.items()
            for side, count in zip(("driver", "simulator"), counts, strict=True)
            if not count.failed]


def main() -> int:
    """1 when a section has a hole or none of its tests notices that it is gone."""
    options = arguments()
    tests = collect()
    wrong = holes(tests)
    red = {}
    if not options.quick and not wrong:
        print("taking each section away in turn, a few minutes…", file=sys.stderr)
        red = reds(tests)
        wrong = stay_green(red)
    print_table(tests, options.tests, red)
    for sentence in wrong:
        print(sentence)
    if not wrong:
        print(f"{len(sections())} sections, no hole")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
