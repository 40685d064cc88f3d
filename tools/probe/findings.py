"""What a probe found out: values for a profile, notes for people, and what it could not know."""

import json
from collections.abc import Iterator
from typing import Any

from tools.bc25sim.profile import Profile, load


class Findings:
    """Observations by profile key; a key that was seen with several values varies."""

    def __init__(self) -> None:
        self.seen: dict[str, list[Any]] = {}
        self.unknown: dict[str, str] = {}  # key -> why
        self.notes: list[tuple[str, str]] = []  # what no key can hold
        self.changed: list[str] = []  # settings that could not be put back, and why

    def see(self, key: str, value: Any) -> None:
        """One observation."""
        self.seen.setdefault(key, []).append(value)
        self.unknown.pop(key, None)

    def miss(self, why: str, *keys: str) -> None:
        """These stay unknown; of several reasons the first is told."""
        for key in keys:
            if key not in self.seen:
                self.unknown.setdefault(key, why)

    def note(self, what: str, text: str) -> None:
        """Something to tell."""
        self.notes.append((what, text))

    def values(self) -> dict[str, Any]:
        """Each key with its one value, or [least, most] for times."""
        found = {key: _range(v) for key, v in self.seen.items() if key.endswith("_ms")}
        return found | {k: v[0] for k, v in self.seen.items() if k not in found and _same(v)}

    def varying(self) -> dict[str, list[Any]]:
        """The keys that were seen with several values."""
        return {
            key: sorted(set(values), key=str)
            for key, values in self.seen.items()
            if not key.endswith("_ms") and not _same(values)
        }

    def profile(self, source: str) -> str:
        """The text of a profile file."""
        values, varying = self.values(), self.varying()
        lines = [
            f"# Probed from {source}. What is not here could not be asked.",
            'base = "manual"',
        ]
        lines += [f"{key} = {_toml(values[key])}" for key in _order(values)]
        if varying:
            lines += ["", "[vary]"]
            lines += [f"{key} = {_toml(varying[key])}" for key in _order(varying)]
        return "\n".join(lines) + "\n"

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Key, what was found, what the manual profile says."""
        base = load("manual")
        values, varying = self.values(), self.varying()
        for key in _order(values | varying):
            found = _toml(values[key]) if key in values else "varies: " + _toml(varying[key])
            yield key, found, _toml(getattr(base, key))


def _same(values: list[Any]) -> bool:
    return all(value == values[0] for value in values)


def _range(values: list[float]) -> list[int]:
    return [round(min(values)), round(max(values))]


def _order(keys: Any) -> list[str]:
    """As the profile's own file has them."""
    return [key for key in Profile.__dataclass_fields__ if key in keys]


def _toml(value: Any) -> str:
    """A TOML value; JSON's strings, numbers, booleans and arrays are TOML's too."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)
