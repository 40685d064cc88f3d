"""Writes the two package.json files of mip: the sources' (top level) and the compiled driver's."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "lib" / "bc25"
BUILD = ROOT / "build" / "mpy"
VERSION = "0.1.0"


def modules() -> list[str]:
    """Names of the driver's modules, without a suffix."""
    return sorted(path.stem for path in DRIVER.glob("*.py"))


def sources() -> dict[str, object]:
    """What `mpremote mip install` of the checkout's package.json puts on a board."""
    return _package([[f"bc25/{name}.py", f"lib/bc25/{name}.py"] for name in modules()])


def compiled() -> dict[str, object]:
    """The same for build/mpy."""
    return _package([[f"bc25/{name}.mpy"] * 2 for name in modules()])


def _package(urls: list[list[str]]) -> dict[str, object]:
    return {"version": VERSION, "urls": urls, "deps": []}


def _write(path: Path, package: dict[str, object]) -> None:
    text = json.dumps(package, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    _write(ROOT / "package.json", sources())
    _write(BUILD / "package.json", compiled())
    (BUILD / "package.json").touch()  # make: newer than the sources
