"""What a command's handler gives back."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .arguments import Arguments

if TYPE_CHECKING:
    from .core import Module


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

    `then` runs after the answer was handed to the line.
    """

    lines: list[str] = dataclasses.field(default_factory=list)
    final: str = "OK"
    raw: bytes = b""
    prompt: Prompt | None = None
    then: Callable[[], Any] | None = None


Handler = Callable[["Module", Arguments], "Reply | None"]


@dataclasses.dataclass(frozen=True)
class Command:
    """One AT command: its name, the manual's section (or "") and a handler for each form.

    `test` are the lines that `=?` answers, None where that form is an error. The commands of the
    manual's chapter 2 fail with a code that AT+QIGETERROR tells.
    """

    name: str
    section: str = ""
    test: tuple[str, ...] | None = ()
    read: Handler | None = None
    write: Handler | None = None
    run: Handler | None = None
    flash: bool = False

    @property
    def tcpip(self) -> bool:
        """Whether the manual's chapter 2 has it."""
        return bool(self.section)
