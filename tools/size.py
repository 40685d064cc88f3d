"""Bytes of each .mpy file against the budget: `python -m tools.size`, after `make mpy`.

What a client needs is not listed anywhere: one runs in the interpreter (tools/shims/client.py) and
tells which modules it loaded.
"""

import ast
import subprocess
import sys
from pathlib import Path

from rich.table import Table

from tools import process
from tools.budgets import MPY_ALL, MPY_CLIENT
from tools.mp import MPY, ROOT, SHIMS, interpreter
from tools.progress import console

SOURCES = ROOT / "lib" / "bc25"


def sizes(folder: Path = MPY / "bc25") -> dict[str, int]:
    """Module -> bytes, of what is compiled."""
    return {path.stem: path.stat().st_size for path in sorted(folder.glob("*.mpy"))}


def client() -> set[str]:
    """The modules that a TCP and UDP client loads; RuntimeError when it did not work."""
    command = [interpreter(), str(SHIMS / "client.py"), str(MPY), str(SHIMS)]
    done = subprocess.run(command, text=True, capture_output=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError("the client did not run to its end:\n" + done.stdout + done.stderr)
    return {name.removeprefix("bc25").removeprefix(".") or "__init__"
            for name in done.stdout.split()}


def purpose(name: str) -> str:
    """The first line of a module's docstring."""
    text = ast.get_docstring(ast.parse((SOURCES / f"{name}.py").read_text(encoding="utf-8")))
    return (text or "").partition("\n")[0]


def table(measured: dict[str, int], of_client: set[str]) -> Table:
    """A row a module, and the two sums against their budgets."""
    grid = Table("module", "bytes", "client", "for", title=".mpy bytes (mpy-cross -O3)")
    for column in grid.columns[1:3]:
        column.justify = "right"
    for name, size in measured.items():
        mine = f"{size}" if name in of_client else ""
        grid.add_row(f"bc25/{name}.mpy", f"{size}", mine, purpose(name))
    grid.add_section()
    grid.add_row("in all", f"{sum(measured.values())}", f"{_sum(measured, of_client)}")
    grid.add_row("budget", f"{MPY_ALL}", f"{MPY_CLIENT}")
    return grid


def _sum(measured: dict[str, int], names: set[str]) -> int:
    return sum(size for name, size in measured.items() if name in names)


def main() -> int:
    """Print the table; 1 when a budget is exceeded."""
    measured, of_client = sizes(), client()
    console().print(table(measured, of_client))
    over = sum(measured.values()) > MPY_ALL or _sum(measured, of_client) > MPY_CLIENT
    if over:
        print("over the budget")
    return int(over)


if __name__ == "__main__":
    sys.exit(process.run(main))
