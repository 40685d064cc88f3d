"""What a freeze manifest freezes: the part of MicroPython's manifest language used here."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace


class Manifest:
    """Runs a manifest file.

    `files` are the sources it names, `foreign` what MicroPython itself must supply.
    """

    def __init__(self, path: Path, **options: object) -> None:
        self.files: list[Path] = []
        self.foreign: list[str] = []
        self.names: dict[str, object] = {}
        self._run(path, options)

    def _run(self, path: Path, given: dict[str, object]) -> None:
        options = SimpleNamespace()
        options.defaults = lambda **defaults: vars(options).update(defaults | given)
        names: dict[str, object] = {
            "include": lambda name, **kw: self._include(path.parent, name, kw),
            "package": lambda name, **kw: self._package(path.parent / name, **kw),
            "module": lambda name, **_: self.files.append(path.parent / name),
            "require": lambda name, **_: self.foreign.append(name),
            "freeze": lambda name, *_, **__: self.foreign.append(name),
            "options": options,
        }
        exec(compile(path.read_text(), str(path), "exec"), names)
        self.names = names

    def _include(self, here: Path, name: str, options: dict[str, object]) -> None:
        if name.startswith("$("):
            self.foreign.append(name)
        else:
            self._run((here / name).resolve(), options)

    def _package(self, folder: Path, files: Iterable[str] | None = None, opt: int = 0) -> None:
        found = sorted(folder.glob("**/*.py")) if files is None else [folder / f for f in files]
        self.files += found
