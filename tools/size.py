"""Bytes of each .mpy file against the budget: `python -m tools.size`, after `make mpy`.

What a client needs is not listed anywhere: lib/examples/demo.py, which attaches and makes a TCP
and a UDP round trip, runs on a virtual desk and tells which modules it loaded.
"""

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.demo import EXAMPLES, install, sim_arguments
from tools.desk import Desk
from tools.mp import MPY, ROOT
from tools.servers import Servers

BUDGET_ALL = 18432
BUDGET_CLIENT = 11264
# What a module is loaded for; a TCP client loads the others.
FEATURES = {
    "aio": "coroutines",
    "questions": "ping, NTP, name lookup",
    "server": "TCP LISTENER, UDP SERVICE",
    "services": "status, settings, commands, sleep",
    "trace": "bc25.trace.Tap",
}
TELL = "\nimport sys\nprint('loaded', *[n for n in sys.modules if n.startswith('bc25')])\n"


def sizes(folder: Path = MPY / "bc25") -> dict[str, int]:
    """Module -> bytes, of what is compiled."""
    return {path.stem: path.stat().st_size for path in sorted(folder.glob("*.mpy"))}


def client() -> set[str]:
    """The modules that a TCP and UDP client loads."""
    with Servers() as servers, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        program = folder / "program.py"
        program.write_text((EXAMPLES / "demo.py").read_text() + TELL)
        sim = [*sim_arguments(servers.echo()), "--speed", "10"]
        desk = stack.enter_context(Desk(sim, folder=folder / "board"))
        if not install(Console(quiet=True), desk.port):
            raise RuntimeError("the driver could not be put on the virtual board")
        return loaded(desk.port, program)


def loaded(port: str, program: Path) -> set[str]:
    """Run `program` on the board at `port`; which of the driver's modules it says it loaded."""
    command = [sys.executable, "-m", "mpremote", "connect", port, "run", str(program)]
    out = subprocess.run(
        command, cwd=ROOT, text=True, timeout=60, stdout=subprocess.PIPE, check=False
    ).stdout
    names = out.partition("\nloaded ")[2].split()
    if not names:
        raise RuntimeError("the example did not run to its end:\n" + out)
    return {name.removeprefix("bc25").removeprefix(".") or "__init__" for name in names}


def table(measured: dict[str, int], of_client: set[str]) -> Table:
    """A row a module, and the two sums against their budgets."""
    grid = Table("module", "bytes", "client", "for", title=".mpy bytes (mpy-cross -O3)")
    for column in grid.columns[1:3]:
        column.justify = "right"
    for name, size in measured.items():
        mine = f"{size}" if name in of_client else ""
        grid.add_row(f"bc25/{name}.mpy", f"{size}", mine, FEATURES.get(name, ""))
    grid.add_section()
    grid.add_row("in all", f"{sum(measured.values())}", f"{_sum(measured, of_client)}")
    grid.add_row("budget", f"{BUDGET_ALL}", f"{BUDGET_CLIENT}")
    return grid


def _sum(measured: dict[str, int], names: set[str]) -> int:
    return sum(size for name, size in measured.items() if name in names)


def main() -> int:
    """Print the table; 1 when a budget is exceeded."""
    measured, of_client = sizes(), client()
    Console().print(table(measured, of_client))
    over = sum(measured.values()) > BUDGET_ALL or _sum(measured, of_client) > BUDGET_CLIENT
    if over:
        print("over the budget")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
