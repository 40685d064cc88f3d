"""MicroPython's webassembly port: a 32-bit interpreter of each version that tools/node names."""

import json
import shutil
from pathlib import Path

from tools.mp import BUILD, ROOT

HERE = ROOT / "tools" / "node"
_MODULES = BUILD / "node" / "node_modules"
MISSING = "no node, or not what tools/node names: apt install nodejs npm, then make test-versions"


def versions() -> list[str]:
    """The oldest version that the driver claims, and the newest."""
    names = json.loads((HERE / "package.json").read_text())["dependencies"]
    return sorted((name.removeprefix("micropython-") for name in names), key=numbers)


def package(version: str) -> Path:
    """The folder that holds `micropython.mjs` and `micropython.wasm`."""
    return _MODULES / f"micropython-{version}"


def there() -> bool:
    """Whether the versions can be run here."""
    installed = all((package(version) / "micropython.mjs").exists() for version in versions())
    return shutil.which("node") is not None and installed


def command(version: str, *folders: Path) -> list[str]:
    """What stands before a script and its arguments, as an interpreter's path does.

    The script can open and import what is in `folders`.
    """
    return ["node", str(HERE / "run.mjs"), str(package(version)), ":".join(map(str, folders))]


def older(version: str, limit: str) -> bool:
    """Whether `version` is before `limit`; nothing is before an empty one."""
    return numbers(version) < numbers(limit)


def numbers(version: str) -> list[int]:
    """`1.24` as what can be compared."""
    return [int(part) for part in version.split(".") if part]
