"""What a freeze manifest freezes: the part of MicroPython's manifest language used here."""

from pathlib import Path


class Manifest:
    """Runs a manifest file.

    `files` are the sources it names, `foreign` what MicroPython itself must supply.
    """

    def __init__(self, path: Path) -> None:
        self.files: list[Path] = []
        self.foreign: list[str] = []
        self._run(path)

    def _run(self, path: Path) -> None:
        names: dict[str, object] = {
            "include": lambda name: self._include(path.parent, name),
            "package": lambda name, opt=0: self._package(path.parent / name),
            "module": lambda name: self.files.append(path.parent / name),
        }
        exec(compile(path.read_text(), str(path), "exec"), names)

    def _include(self, here: Path, name: str) -> None:
        if name.startswith("$("):
            self.foreign.append(name)
        else:
            self._run((here / name).resolve())

    def _package(self, folder: Path) -> None:
        self.files += sorted(folder.glob("**/*.py"))
