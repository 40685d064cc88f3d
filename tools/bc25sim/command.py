"""How a command stands at its handler.

    @command("+QIRD=", "2.1.5", Number(0, 5), Number(1, 512))
    def read(self, number: int, size: int) -> Reply: ...

The name ends as the form that a person types: `=` to set, `?` to ask, nothing to run. What `=?`
answers, which arguments are refused and with what follow from what stands there: there is no
other list of commands. One handler may have several.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from .arguments import Parameter, described, values
from .errors import BadArguments
from .reply import Reply

Handler = Callable[..., Reply | None]
_H = TypeVar("_H", bound=Handler)


@dataclasses.dataclass(frozen=True)
class Form:
    """One `@command`. `flash`: it writes settings that survive a restart."""

    name: str
    kind: str  # "=", "?" or "" (run)
    section: str
    parameters: tuple[Parameter, ...]
    test: tuple[str, ...] | None
    flash: bool


_FORMS: dict[Handler, list[Form]] = {}


def command(typed: str, section: str = "", *parameters: Parameter,
            test: tuple[str, ...] | None = None, flash: bool = False) -> Callable[[_H], _H]:
    """Marks a method as what answers `typed`, which `section` of the manual describes.

    `test` are the lines of `=?` where the parameters do not say it as the manual does.
    """
    kind = typed[-1:] if typed[-1:] in ("=", "?") else ""
    form = Form(typed.removesuffix(kind) if kind else typed, kind, section, parameters, test,
                flash)

    def mark(handler: _H) -> _H:
        _FORMS.setdefault(handler, []).append(form)
        return handler
    return mark


def declared() -> Iterator[tuple[Form, Handler]]:
    """Every form that anything was declared to answer, in the order of the files."""
    for handler, forms in _FORMS.items():
        yield from ((form, handler) for form in forms)


class Command:
    """One AT command with all its forms."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.section = ""
        self._forms: dict[str, tuple[Form, Handler]] = {}

    def add(self, form: Form, handler: Handler) -> None:
        """One more form."""
        self._forms[form.kind] = form, handler
        self.section = self.section or form.section

    @property
    def tcpip(self) -> bool:
        """Whether the manual's chapter 2 has it: it then fails with a code for QIGETERROR."""
        return bool(self.section)

    def writes_flash(self, kind: str) -> bool:
        """Whether this form writes settings that survive a restart."""
        return kind in self._forms and self._forms[kind][0].flash

    def run(self, kind: str, text: str) -> Reply:
        """Answers one form; raises BadArguments where there is none."""
        if kind == "=?":
            return Reply(self._test_lines())
        if kind not in self._forms:
            raise BadArguments
        form, handler = self._forms[kind]
        given = values(form.parameters, text) if kind == "=" else _defaults(form.parameters)
        return handler(*given) or Reply()

    def _test_lines(self) -> list[str]:
        if not self.name.startswith("+"):
            raise BadArguments
        form = self._forms["=" if "=" in self._forms else next(iter(self._forms))][0]
        if form.test is not None:
            return list(form.test)
        return [described(self.name, form.parameters, self.tcpip)] if form.parameters else []


def _defaults(parameters: tuple[Parameter, ...]) -> Iterator[Any]:
    return (parameter.default for parameter in parameters)


def collected(groups: Iterable[object]) -> dict[str, Command]:
    """The commands of these groups, by name."""
    found: dict[str, Command] = {}
    owners = {type(group).__qualname__: group for group in groups}
    for form, handler in declared():
        owner, _, name = handler.__qualname__.rpartition(".")
        if owner in owners:
            bound = getattr(owners[owner], name)
            found.setdefault(form.name, Command(form.name)).add(form, bound)
    return found
