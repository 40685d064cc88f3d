"""What stands behind `AT+NAME=`: quoted and bare arguments, checked as they are taken."""

import re

from .errors import BadArguments

_TOKEN = re.compile(r'\s*(?:"([^"]*)"|([^",]*))\s*(,|$)', re.DOTALL)
_NUMBER = re.compile(r"\s*-?\d{1,9}\s*")


class Quoted(str):
    """An argument that stood in quotes."""


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


class Arguments:
    """Positional arguments with the checks that every command needs."""

    def __init__(self, text: str, least: int = 0, most: int = 99) -> None:
        self._all = split(text)
        self.limit(least, most)

    def __len__(self) -> int:
        return len(self._all)

    def limit(self, least: int, most: int) -> None:
        """Refuses fewer than `least` and more than `most` arguments."""
        if not least <= len(self._all) <= most:
            raise BadArguments

    def given(self, index: int) -> bool:
        """Whether the argument is there and not empty."""
        return index < len(self._all) and bool(self._all[index])

    def number(self, index: int, low: int, high: int, default: int | None = None) -> int:
        """A bare decimal number within the range."""
        if not self.given(index) and default is not None:
            return default
        text = self._all[index] if index < len(self._all) else ""
        if isinstance(text, Quoted) or not _NUMBER.fullmatch(text):
            raise BadArguments
        if not low <= int(text) <= high:
            raise BadArguments
        return int(text)

    def text(self, index: int, default: str | None = None) -> str:
        """A quoted string."""
        if index >= len(self._all) and default is not None:
            return default
        if index >= len(self._all) or not isinstance(self._all[index], Quoted):
            raise BadArguments
        return str(self._all[index])
