"""What a command's handler gives back."""

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass
class Prompt:
    """An open `>`: whose payload it takes, how many characters (None: up to Ctrl-Z)."""

    length: int | None
    done: Callable[[bytes], "Reply"]
    cancelled: Callable[[], "Reply"]
    limit: int


@dataclasses.dataclass
class Reply:
    """Information lines, then OK; or a prompt; or whole bytes (`raw`) that stand for all of it.

    With no lines and an empty `final` nothing is said. It is said `wait` seconds later than a
    command takes anyhow; `then` runs after the answer was handed to the line.
    """

    lines: list[str] = dataclasses.field(default_factory=list)
    final: str = "OK"
    raw: bytes = b""
    prompt: Prompt | None = None
    wait: float = 0.0
    then: Callable[[], Any] | None = None
