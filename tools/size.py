"""Bytes of each .mpy file against the budget: `python -m tools.size`, after `make mpy`."""

import sys
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from tools.mp import MPY, ROOT
from tools.mpfreeze import Manifest

BUDGET_ALL = 18432
BUDGET_CLIENT = 11264


def sizes(folder: Path = MPY / "bc25") -> dict[str, int]:
    """Module -> bytes, of what is compiled."""
    return {path.stem: path.stat().st_size for path in sorted(folder.glob("*.mpy"))}


def client() -> set[str]:
    """The modules that a TCP and UDP client loads, as lib/manifest.py lists them."""
    names = Manifest(ROOT / "lib" / "manifest.py").names
    return {Path(name).stem for name in cast(tuple[str, ...], names["CLIENT"])}


def table(measured: dict[str, int], of_client: set[str]) -> Table:
    """A row a module, and the two sums against their budgets."""
    grid = Table("module", "bytes", "client", title=".mpy bytes (mpy-cross -O3)")
    for column in grid.columns[1:]:
        column.justify = "right"
    for name, size in measured.items():
        grid.add_row(f"bc25/{name}.mpy", f"{size}", f"{size}" if name in of_client else "")
    grid.add_section()
    grid.add_row("in all", f"{sum(measured.values())}", f"{_sum(measured, of_client)}")
    grid.add_row("budget", f"{BUDGET_ALL}", f"{BUDGET_CLIENT}")
    return grid


def _sum(measured: dict[str, int], names: set[str]) -> int:
    return sum(size for name, size in measured.items() if name in names)


def main() -> int:
    """Print the table; 1 when a budget is exceeded, 2 when there is nothing to measure."""
    measured, of_client = sizes(), client()
    missing = of_client - set(measured)
    if missing:
        print("not compiled:", ", ".join(sorted(missing)), "- run make mpy")
        return 2
    Console().print(table(measured, of_client))
    over = sum(measured.values()) > BUDGET_ALL or _sum(measured, of_client) > BUDGET_CLIENT
    if over:
        print("over the budget")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
