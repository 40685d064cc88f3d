"""The figures of the contract's budgets as a table, and as build/bench.json.

Takes about a minute. The exit code is 1 when a budget is missed.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator

from rich.table import Table

from tools import process
from tools.budgets import MPY_ALL, MPY_CLIENT
from tools.mp import BUILD
from tools.progress import Work, console
from tools.size import client, sizes
from tools.trace.figures import bench_page

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


# Each part, and about how many rows it has.
PARTS: dict[str, tuple[Callable[[], Iterator[Row]], int]] = {
    "heap": (heap.rows, 34), "wire": (wire.rows, 21), "traffic": (traffic.rows, 14),
    "clients": (clients.rows, 5), "commands": (commands.rows, 5), "pause": (pause.rows, 10),
    "shape": (shape.rows, 3), "size": (size_rows, 18),
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


def measured(parts: list[str], rows: list[Row]) -> None:
    """Add the rows of the parts, one by one."""
    with Work("bench", sum(PARTS[name][1] for name in parts)) as work:
        for name in parts:
            for row in PARTS[name][0]():
                rows.append(row)
                work.step(f"{name}: {row.what}")


def report(rows: list[Row]) -> int:
    """The table, the figures as JSON, and the exit code."""
    console().print(table(rows))
    BUILD.mkdir(exist_ok=True)
    figures = {"python": platform.python_version(), "bytecode_us": COST_US,
               "rows": [row.json() for row in rows]}
    (BUILD / "bench.json").write_text(json.dumps(figures, indent=1))
    missed = [row for row in rows if row.missed]
    limited = [row for row in rows if row.budget is not None]
    not_taken = sum(row.value is None for row in limited)
    print(f"{len(missed)} of {len(limited)} budgets missed, {not_taken} not measured; "
          f"all figures are in build/bench.json, as a page in {bench_page(figures)}")
    return int(bool(missed))


def main() -> int:
    """1 when a budget is missed."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="only: " + " ".join(PARTS))
    parts = parser.parse_args().parts
    unknown = set(parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {' '.join(sorted(unknown))}; there are {' '.join(PARTS)}")
    rows: list[Row] = []
    try:
        measured(parts or list(PARTS), rows)
    except KeyboardInterrupt:
        print("ended early; so far:")
        report(rows)
        raise
    return report(rows)


if __name__ == "__main__":
    sys.exit(process.run(main))
