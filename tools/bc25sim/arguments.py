"""What stands behind `AT+NAME=`: what each argument may be, and the values that were given."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import BadArguments

_TOKEN = re.compile(r'\s*(?:"([^"]*)"|([^",]*))\s*(,|$)', re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,9}")
_REQUIRED: Any = object()


class Quoted(str):
    """An argument that stood in quotes."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One argument: optional where it has a default; `shown` is what `=?` answers for it."""

    default: Any = _REQUIRED
    shown: str = ""

    @property
    def required(self) -> bool:
        """Whether the command fails without it."""
        return self.default is _REQUIRED

    def value(self, token: str) -> Any:
        """What the host meant; raises BadArguments."""
        raise NotImplementedError

    def pattern(self) -> str:
        """What `=?` tells of it."""
        return self.shown


@dataclass(frozen=True)
class Number(Parameter):
    """A bare decimal number within a range."""

    low: int
    high: int

    def value(self, token: str) -> int:
        if isinstance(token, Quoted) or not _NUMBER.fullmatch(token):
            raise BadArguments
        if not self.low <= int(token) <= self.high:
            raise BadArguments
        return int(token)

    def pattern(self) -> str:
        return self.shown or f"({self.low}-{self.high})"


@dataclass(frozen=True)
class OneOf(Number):
    """A bare decimal number out of a few."""

    low: int = field(init=False, default=0)
    high: int = field(init=False, default=0)
    numbers: tuple[int, ...] = ()

    def value(self, token: str) -> int:
        if isinstance(token, Quoted) or token not in [str(number) for number in self.numbers]:
            raise BadArguments
        return int(token)

    def pattern(self) -> str:
        return "(" + ",".join(str(number) for number in self.numbers) + ")"


def one_of(*numbers: int, default: Any = _REQUIRED) -> OneOf:
    """A bare decimal number out of these."""
    return OneOf(numbers=numbers, default=default)


@dataclass(frozen=True)
class Text(Parameter):
    """A quoted string, or a `bare` one too."""

    name: str = ""
    bare: bool = False

    def value(self, token: str) -> str:
        if not self.bare and not isinstance(token, Quoted):
            raise BadArguments
        return str(token)

    def pattern(self) -> str:
        return self.shown or f'"<{self.name}>"'


@dataclass(frozen=True)
class Choice(Text):
    """A quoted word out of a few, capital letters or not; the value is in capitals."""

    words: tuple[str, ...] = ()

    def value(self, token: str) -> str:
        if super().value(token).upper() not in self.words:
            raise BadArguments
        return token.upper()

    def pattern(self) -> str:
        return '"' + "/".join(self.words) + '"'


@dataclass(frozen=True)
class Bits(Text):
    """A quoted string of so many binary digits."""

    size: int = 0

    def value(self, token: str) -> str:
        if not re.fullmatch(f"[01]{{{self.size}}}", super().value(token)):
            raise BadArguments
        return str(token)

    def pattern(self) -> str:
        return f'("{"0" * self.size}"-"{"1" * self.size}")'


@dataclass(frozen=True)
class Anything(Parameter):
    """An argument that is taken and changes nothing."""

    default: Any = None

    def value(self, token: str) -> str:
        return str(token)


def split(text: str) -> list[str]:
    """Arguments in order; an empty bare one is "". There is no escape for a quote."""
    found: list[str] = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            raise BadArguments
        quoted, bare, end = match.groups()
        found.append(Quoted(quoted) if quoted is not None else bare.strip())
        if not end:
            return found
        position = match.end()


def values(parameters: Sequence[Parameter], text: str) -> Iterator[Any]:
    """What was given for each parameter, or its default; raises BadArguments."""
    tokens = split(text)
    if len(tokens) > len(parameters):
        raise BadArguments
    tokens += [""] * (len(parameters) - len(tokens))
    for parameter, token in zip(parameters, tokens, strict=True):
        missing = not token and not isinstance(token, Quoted)
        if missing and parameter.required:
            raise BadArguments
        yield parameter.default if missing else parameter.value(token)


def described(name: str, parameters: Sequence[Parameter], brackets: bool) -> str:
    """The line that `=?` answers; `brackets` stand around what may be left out."""
    line, ends = f"{name}: ", ""
    for index, parameter in enumerate(parameters):
        optional = brackets and not parameter.required
        line += ("[" if optional else "") + ("," if index else "") + parameter.pattern()
        ends += "]" if optional else ""
    return line + ends
