"""The report for people."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.probe.findings import Findings


def report(console: Console, found: Findings, path: Path) -> None:
    """What was found, what stayed unknown, and what could not be put back."""
    table = Table("key", "this module", "the manual's profile", show_lines=False)
    for key, value, manual in found.rows():
        table.add_row(key, value, manual, style="" if value == manual else "bold")
    console.print(table)
    for what, text in dict.fromkeys(found.notes):
        console.print(f"{what}: {text}", markup=False)
    reasons: dict[str, list[str]] = {}
    for key, why in found.unknown.items():
        reasons.setdefault(why, []).append(key)
    for why, keys in reasons.items():
        console.print(f"not known ({why}): {', '.join(keys)}", style="yellow", markup=False)
    for text in dict.fromkeys(found.changed):
        console.print(f"not put back: {text}", style="yellow", markup=False)
    console.print(f"profile {path}: python -m tools.bc25sim --profile {path}", style="green")
