"""Many transactions over six sockets while things go wrong at random, in virtual time.

Everything follows from the seed. The exit code is 1 when data were lost or doubled, something was
left over, or the heap grew; the last line then says what to type to see it again.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from rich.table import Table

from tools import process
from tools.mp import BUILD
from tools.progress import Work, console
from tools.trace.figures import soak_page

from .faults import KINDS
from .soak import Soak

_GROWTH = 1.02  # of the number of objects alive; the first epochs make what is then kept


def table(soak: Soak, broken: str) -> Table:
    """What was done, what went wrong, what was lost."""
    figures = soak.figures
    grid = Table("", "", title=f"{soak.rig.clock.us / 3.6e9:.1f} hours of virtual time")
    grid.add_row("transactions", f"{figures.transactions}")
    grid.add_row("… that raised", f"{figures.failed}")
    grid.add_row("bytes up, down", f"{figures.up}, {figures.down}")
    grid.add_row("connections compared", f"{figures.checked}")
    for kind, count in sorted(soak.trouble.armed.items()):
        grid.add_row(f"fault {kind}", f"{count}")
    for name, count in figures.errors.most_common():
        grid.add_row(f"raised {name}", f"{count}")
    grid.add_row("longest recovery", f"{figures.recovery_ms / 1000:.1f} s")
    grid.add_row("objects alive, epoch by epoch", _course(figures.objects))
    grid.add_row("lost", broken or "0")
    grid.add_row("duplicated", broken or "0")
    return grid


def _course(counts: list[int]) -> str:
    return " ".join(str(n) for n in (*counts[:3], *counts[-2:]))


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--transactions", type=int, default=100_000, metavar="N")
    parser.add_argument("--seed", type=int, default=int(time.time()), metavar="S")
    parser.add_argument("--rate", type=float, default=0.05,
                        help="how likely a fault is armed before a transaction")
    parser.add_argument("--profile", default="manual")
    parser.add_argument("--without", action="append", default=[], choices=KINDS, metavar="KIND",
                        help="a kind of fault to leave out: " + " ".join(KINDS))
    parser.add_argument("--json", type=Path, default=BUILD / "soak.json",
                        help="where the figures go")
    return parser.parse_args()


def again(args: argparse.Namespace, transactions: int) -> str:
    """What to type to see the same."""
    return (f"python -m tools.soak --seed {args.seed} --transactions {transactions} "
            f"--rate {args.rate} --profile {args.profile}"
            + "".join(f" --without {kind}" for kind in args.without))


def report(args: argparse.Namespace, soak: Soak, broken: str = "") -> int:
    """The table, the figures as JSON, and the exit code."""
    objects = soak.figures.objects
    if not broken and len(objects) > 4 and objects[-1] > objects[2] * _GROWTH:
        broken = "the heap grew"
    console().print(table(soak, broken))
    args.json.parent.mkdir(parents=True, exist_ok=True)
    figures = vars(soak.figures) | {
        "seed": args.seed, "rate": args.rate, "profile": args.profile, "wanted": args.transactions,
        "hours": soak.rig.clock.us / 3.6e9, "faults": soak.trouble.armed, "broken": broken,
    }
    args.json.write_text(json.dumps(figures, indent=1))
    print(f"as a page: {soak_page(figures, args.json.stem)}")
    if broken:
        print(f"BROKEN: {broken[:2000]}\nagain: {again(args, soak.figures.transactions)}")
    return int(bool(broken))


def main() -> int:
    """1 when data were lost or doubled, something was left over, or the heap grew."""
    args, broken = arguments(), ""
    print(f"seed {args.seed}", flush=True)
    soak = Soak(args.seed, args.rate, args.profile, tuple(args.without))
    try:
        with Work("soak", args.transactions) as work:
            soak.run(args.transactions, work.step)
    except AssertionError as error:
        broken = f"transaction {soak.figures.transactions}: {error}"
    except KeyboardInterrupt:
        print("ended early; so far:")
        report(args, soak)
        raise
    return report(args, soak, broken)


if __name__ == "__main__":
    sys.exit(process.run(main))
