"""The figures of the contract's budgets as a table, and as build/bench.json.

Takes about two minutes. The exit code is 1 when a budget is missed.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from tools.budgets import MPY_ALL, MPY_CLIENT
from tools.mp import BUILD
from tools.size import client, sizes

from . import clients, commands, heap, pause, shape, traffic, wire
from .rigs import COST_US
from .row import Row


def size_rows() -> Iterator[Row]:
    """The .mpy files."""
    group, measured, needed = ".mpy files, mpy-cross -O3", sizes(), client()
    for name, size in measured.items():
        yield Row(group, f"bc25/{name}.mpy", size, "bytes",
                  note="needed by a client" if name in needed else "")
    yield Row(group, "all", sum(measured.values()), "bytes", MPY_ALL)
    yield Row(group, "a TCP and UDP client", sum(measured[n] for n in needed), "bytes",
              MPY_CLIENT)


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "heap": heap.rows, "wire": wire.rows, "traffic": traffic.rows, "clients": clients.rows,
    "commands": commands.rows, "pause": pause.rows, "shape": shape.rows, "size": size_rows,
}


def table(rows: list[Row]) -> Table:
    """A group a section, what is missed in red."""
    grid = Table("what", "value", "budget", "", "how", title=f"A bytecode costs {COST_US:g} µs")
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            grid.add_section()
            grid.add_row(f"[bold]{group}")
        grid.add_row("  " + row.what, row.shown(), row.limit(), row.state(), row.note)
    return grid


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="only: " + " ".join(PARTS))
    parts = parser.parse_args().parts
    unknown = set(parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {' '.join(sorted(unknown))}; there are {' '.join(PARTS)}")
    rows = [row for name in parts or PARTS for row in PARTS[name]()]
    Console(width=150).print(table(rows))
    BUILD.mkdir(exist_ok=True)
    figures = {"python": platform.python_version(), "bytecode_us": COST_US,
               "rows": [row.json() for row in rows]}
    (BUILD / "bench.json").write_text(json.dumps(figures, indent=1))
    missed = [row for row in rows if row.missed]
    limited = [row for row in rows if row.budget is not None]
    not_taken = sum(row.value is None for row in limited)
    print(f"{len(missed)} of {len(limited)} budgets missed, {not_taken} not measured; "
          "all figures are in build/bench.json")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
