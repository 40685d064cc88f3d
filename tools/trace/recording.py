"""The file of a run: one JSON line a piece (t, dir, hex) or an event (t, event, value)."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.mp import BUILD, ROOT

PAGES = BUILD / "trace"  # recordings that were kept, and the pages of them


class NoRecording(Exception):
    """The file holds none; the text says what it holds."""


@dataclass(frozen=True)
class Piece:
    """Bytes that went over the line from `t` to `end`. `to_module` is the direction."""

    t: float
    to_module: bool
    data: bytes
    length: float = 0.0  # seconds; 0 where the baud rate is not known

    @property
    def end(self) -> float:
        """When its last byte was there."""
        return self.t + self.length


@dataclass(frozen=True)
class Event:
    """What no byte shows: the module's "power" and "registration", a "fault" that struck."""

    t: float
    kind: str
    value: str


def records(path: Path) -> Iterator[Piece | Event]:
    """The records of a file in their order; a half-written last line is left out."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            yield _record(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) > 1:
                return
            raise NoRecording(f"{path}, line {number}: no piece of a recording") from error
    if not lines:
        raise NoRecording(f"{path} is empty")


def _record(record: dict[str, str]) -> Piece | Event:
    if "event" in record:
        return Event(float(record["t"]), record["event"], record["value"])
    return Piece(float(record["t"]), record["dir"] == "rx", bytes.fromhex(record["hex"]))


def keep(trace: Path, name: str) -> Path:
    """Put what a run recorded where `make trace` finds it; the new path."""
    PAGES.mkdir(parents=True, exist_ok=True)
    kept = PAGES / (re.sub(r"[^\w.-]+", "_", name).strip("_") + ".jsonl")
    beside = kept.with_suffix(f".{os.getpid()}")
    shutil.copy(trace, beside)
    beside.replace(kept)  # in one step: the same run may go on elsewhere
    return kept


def how_to_look(kept: Path, baud: int = 0) -> str:
    """The line that a run ends with; `baud` when its bytes took their time."""
    shown = kept.relative_to(ROOT) if kept.is_relative_to(ROOT) else kept
    rate = f' ARGS="--baud {baud}"' if baud else ""
    return f"the UART of this run as a page: make trace FILE={shown}{rate}"
