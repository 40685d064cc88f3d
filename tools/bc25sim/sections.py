"""Which piece of code answers which section of the manual."""

from . import commands as _commands  # noqa: F401 - declares what answers
from . import errors
from .command import Handler, declared
from .connection import Connection
from .connections import Connections

# URCs and tables; the commands of 2.1 name their section themselves.
_OTHERS: dict[str, tuple[type, str]] = {
    "2.2.1": (Connection, "lost"),
    "2.2.2": (Connection, "tell_data"),
    "2.2.3": (Connection, "tell_full"),
    "2.2.4": (Connections, "tell_incoming_full"),
    "2.2.5": (Connections, "tell_incoming"),
}
_TABLE = "3"


def handlers() -> dict[str, str]:
    """Section -> what answers it, by name."""
    forms = [pair for pair in declared() if pair[0].section]
    forms.sort(key=lambda pair: pair[0].kind == "=")  # what sets stands for the whole command
    found = {form.section: _name(handler) for form, handler in forms}
    found |= {section: f"{owner.__module__}.{owner.__name__}.{name}"
              for section, (owner, name) in _OTHERS.items()}
    found[_TABLE] = f"{errors.__name__}.ERRORS"
    return dict(sorted(found.items(), key=lambda item: [int(n) for n in item[0].split(".")]))


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"
