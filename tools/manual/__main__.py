"""Each section of the manual with the code that does it and the tests that name it."""

import argparse
import sys
from collections import Counter

from rich.table import Table

from tools import process
from tools.bc25sim.sections import handlers
from tools.progress import console

from .sections import Section, holes, sections
from .tests import Test, collect


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make manual", description=__doc__)
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
    return [section.number, section.title, "\n".join(section.driver), "\n".join(simulator),
            covering(section, tests, names)]


def print_table(tests: list[Test], names: bool) -> None:
    """A row a section."""
    table = Table("section", "", "driver", "simulator", "tests", show_lines=True)
    for column in table.columns:
        column.overflow = "fold"
    for section in sections():
        table.add_row(*row(section, tests, names))
    console().print(table)


def main() -> int:
    """1 when a section has a hole."""
    options = arguments()
    print("collecting the tests…", file=sys.stderr)
    tests = collect()
    print_table(tests, options.tests)
    wrong = holes(tests)
    print("\n".join(wrong) or f"{len(sections())} sections, no hole")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(process.run(main))
