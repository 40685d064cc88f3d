"""Which piece of code answers which section of the manual, and how to take it away.

The environment's BC25SIM_WITHOUT names sections that the program does without, so that a test
which claims to cover one can be shown to fail.
"""

import os
from collections.abc import Callable
from typing import Any

from . import errors
from .commands import COMMANDS
from .connection import Socket
from .sockets import Sockets

# URCs and tables; the commands of 2.1 name their section themselves.
_OTHERS: dict[str, tuple[type, tuple[str, ...]]] = {
    "2.2.1": (Socket, ("lost",)),
    "2.2.2": (Socket, ("tell_data", "push")),
    "2.2.3": (Socket, ("tell_full",)),
    "2.2.4": (Sockets, ("tell_incoming_full",)),
    "2.2.5": (Sockets, ("tell_incoming",)),
}
_TABLE = "3"


def handlers() -> dict[str, str]:
    """Section -> what answers it, by name."""
    found = {c.section: _handler_name(c.write or c.run) for c in COMMANDS.values() if c.section}
    found |= {section: f"{owner.__module__}.{owner.__name__}.{names[0]}"
              for section, (owner, names) in _OTHERS.items()}
    found[_TABLE] = f"{errors.__name__}.ERRORS"
    return dict(sorted(found.items(), key=lambda item: [int(n) for n in item[0].split(".")]))


def _handler_name(handler: Callable[..., Any] | None) -> str:
    return f"{handler.__module__}.{handler.__name__}" if handler is not None else "-"


def take_away_named() -> None:
    """Takes away what BC25SIM_WITHOUT names."""
    for section in os.environ.get("BC25SIM_WITHOUT", "").split():
        take_away(section)


def take_away(section: str) -> None:
    """Removes what answers `section`; ValueError where nothing does."""
    if section == _TABLE:
        return errors.ERRORS.clear()
    if section in _OTHERS:
        owner, methods = _OTHERS[section]
        for method in methods:
            setattr(owner, method, lambda *_args: None)
        return None
    names = [command.name for command in COMMANDS.values() if command.section == section]
    if not names:
        raise ValueError(f"no section {section!r}: one of {', '.join(handlers())} wanted")
    for name in names:
        del COMMANDS[name]
    return None
