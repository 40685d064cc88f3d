"""One measured figure."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`value` None: it could not be taken here, and the note says why. `budget` None: printed
    only. `least`: the budget is what the value must reach."""

    group: str
    what: str
    value: float | None
    unit: str = ""
    budget: float | None = None
    least: bool = False
    note: str = ""

    @property
    def missed(self) -> bool:
        if self.budget is None or self.value is None:
            return False
        return self.value < self.budget if self.least else self.value > self.budget

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"missed": self.missed}

    def shown(self) -> str:
        """The value for people."""
        if self.value is None:
            return "–"
        whole = self.value == int(self.value)
        return (f"{int(self.value)}" if whole else f"{self.value:.4g}") + f" {self.unit}"

    def state(self) -> str:
        """How the value stands to its budget."""
        if self.budget is None or self.value is None:
            return ""
        return "[red]MISSED" if self.missed else "ok"

    def limit(self) -> str:
        if self.budget is None:
            return ""
        return ("≥ " if self.least else "≤ ") + f"{self.budget:g}"
