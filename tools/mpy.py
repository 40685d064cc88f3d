"""Writes the two package.json files of mip: the sources' (top level) and the compiled driver's."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "lib" / "bc25"
BUILD = ROOT / "build" / "mpy"


def version() -> str:
    """The driver's version, which `bc25.__version__` holds."""
    text = (DRIVER / "__init__.py").read_text()
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if not found:
        raise SystemExit("lib/bc25/__init__.py has no __version__")
    return found[1]


def modules() -> list[str]:
    """Names of the driver's modules, without a suffix; its freeze manifest is none."""
    return sorted(path.stem for path in DRIVER.glob("*.py") if path.stem != "manifest")


def sources() -> dict[str, object]:
    """What `mpremote mip install` of the checkout's package.json puts on a board."""
    return package([(f"bc25/{name}.py", f"lib/bc25/{name}.py") for name in modules()])


def compiled() -> dict[str, object]:
    """The same for build/mpy."""
    return package([(f"bc25/{name}.mpy",) * 2 for name in modules()])


def package(urls: list[tuple[str, str]]) -> dict[str, object]:
    """A package.json: where each file goes on the board, and where it is, relative to this one."""
    return {"version": version(), "urls": [list(url) for url in urls], "deps": []}


def write(path: Path, content: dict[str, object]) -> None:
    """Write it unless it is there already."""
    text = json.dumps(content, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    write(ROOT / "package.json", sources())
    write(BUILD / "package.json", compiled())
    (BUILD / "package.json").touch()  # make: newer than the sources
