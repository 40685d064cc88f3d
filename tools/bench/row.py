"""One measured figure."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`budget` None: printed only. `least`: the budget is what the value must reach."""

    group: str
    what: str
    value: float
    unit: str = ""
    budget: float | None = None
    least: bool = False
    note: str = ""

    @property
    def missed(self) -> bool:
        if self.budget is None:
            return False
        return self.value < self.budget if self.least else self.value > self.budget

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"missed": self.missed}

    def shown(self) -> str:
        """The value for people."""
        whole = self.value == int(self.value)
        return f"{int(self.value)}" if whole else f"{self.value:.4g}"

    def limit(self) -> str:
        if self.budget is None:
            return ""
        return ("≥ " if self.least else "≤ ") + f"{self.budget:g}"
