"""Where long work is: a bar with the time left on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_TENTHS = 10
_WIDTH = 110  # of a table where no terminal says how wide it is


def console() -> Console:
    """Where a tool prints its tables."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)


class Work:
    """`with Work("bench", 40) as work: …; work.step("what was done")`, 40 times in all.

    On a terminal a bar stands below what is printed meanwhile. Elsewhere a line on stderr says
    each tenth of the way, so that what is on stdout stays the result alone.
    """

    def __init__(self, name: str, total: int) -> None:
        self._name, self._total = name, max(1, total)
        self._done, self._since = 0, time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if sys.stdout.isatty():
            self._bar = Progress(
                TextColumn("{task.fields[name]}"), BarColumn(), MofNCompleteColumn(),
                TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
                TextColumn("{task.description}"), transient=True)
            self._task = self._bar.add_task("", total=self._total, name=name)

    def step(self, what: str, count: int = 1) -> None:
        """So much more is done, `what` last."""
        before = self._done * _TENTHS // self._total
        self._done = min(self._done + count, self._total)
        if self._bar:
            self._bar.update(self._task, completed=self._done, description=what)
        elif before < self._done * _TENTHS // self._total:
            took = time.monotonic() - self._since
            left = took / self._done * (self._total - self._done)
            print(f"{self._name}: {self._done} of {self._total}, about {left:.0f} s left ({what})",
                  file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()
