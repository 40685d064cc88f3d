"""Takes pieces of the driver away, so that a test that claims to cover one can be shown to fail.

The environment's BC25_WITHOUT names them: "bc25.sending:Sender.start bc25.services:ERRORS". A
function is no longer found where its module held it, a method fails, a table is empty.
"""

import importlib
import os


def take_away_named(package: str = "bc25") -> None:
    """Takes away what BC25_WITHOUT names; `package` is the name bc25 was imported under."""
    for name in os.environ.get("BC25_WITHOUT", "").split():
        module, _, path = name.partition(":")
        take_away(importlib.import_module(package + module.removeprefix("bc25")), path)


def take_away(module, path: str) -> None:
    """AttributeError where there is no such thing."""
    *outer, last = path.split(".")
    owner = module
    for part in outer:
        owner = getattr(owner, part)
    was = getattr(owner, last)
    if isinstance(was, dict):
        was.clear()
        return
    setattr(owner, last, _absent)
    for table in [t for t in vars(module).values() if isinstance(t, dict)]:
        for key in [k for k, value in table.items() if value is was]:
            del table[key]


def _absent(*_args, **_kwargs):
    raise NotImplementedError("taken away")
