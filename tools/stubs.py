"""Do the type stubs beside the driver (lib/bc25/*.pyi) say what the code does? `make check` asks.

mypy's stubtest compares each name, argument and default of the stubs with the running driver. It
sees the stubs alone, as a user of the wheel of `make release` does, and all of the driver.
"""

import importlib
import inspect
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

from mypy import stubtest

from tools.mp import BUILD
from tools.mpy import DRIVER
from tools.shims import cpython_shims

TYPESHED = BUILD / "stubs" / "esp32"
# What the driver's parts say to each other through a public object, and no program does.
INNER = [
    "bc25.BC25Error.again", "bc25.socket.socket.adopt", "bc25.socket.socket.drop",
    "bc25.socket.socket.installed",
]  # fmt: skip


def load() -> dict[str, Any]:
    """The modules that have a stub, over MicroPython's modules as CPython can have them."""
    io = sys.modules["io"]
    sys.path.insert(0, str(DRIVER.parent))
    cpython_shims.install()
    try:
        names = sorted(path.stem for path in DRIVER.glob("*.pyi"))
        modules = ["bc25" if name == "__init__" else f"bc25.{name}" for name in names]
        return {name: importlib.import_module(name) for name in modules}
    finally:
        sys.modules["io"] = io


def faces(modules: dict[str, Any]) -> None:
    """Give the services, and the coroutines over them, the signature that they are called with.

    `BC25.__getattr__` makes a service of `function(core, ms, ...)` when it is asked for.
    """
    nic = importlib.import_module("bc25.nic")
    for name in nic._SERVICES:
        setattr(nic.BC25, name, face(nic.load(name)))
        if hasattr(modules["bc25.aio"], name):
            getattr(modules["bc25.aio"], name).__signature__ = signature(nic.load(name), "nic")


def face(function: Callable[..., object]) -> Callable[..., object]:
    """A method that looks like the service."""

    def service(*args: object, **kwargs: object) -> object:
        raise NotImplementedError

    service.__signature__ = signature(function, "self")  # type: ignore[attr-defined]
    return service


def signature(function: Callable[..., object], first: str) -> Signature:
    """The service's: `first`, what follows `core` and `ms`, and `timeout_ms`."""
    own = list(inspect.signature(function).parameters.values())[2:]
    timeout = Parameter("timeout_ms", Parameter.KEYWORD_ONLY, default=None)
    return Signature([Parameter(first, Parameter.POSITIONAL_OR_KEYWORD), *own, timeout])


def check(folder: Path) -> int:
    """Run stubtest on a copy of the stubs in that folder; 0 if it has nothing to say."""
    (folder / "bc25").mkdir()
    allowed = list(INNER)
    for path in DRIVER.iterdir():
        if path.suffix in (".pyi", ".typed"):
            shutil.copy(path, folder / "bc25")
        elif not path.with_suffix(".pyi").exists():
            allowed.append(f"bc25.{path.stem}")
    (folder / "allowed").write_text("\n".join(allowed))
    os.chdir(folder)  # no settings of this project
    os.environ["MYPYPATH"] = f"{folder}:{TYPESHED}"
    words = ["bc25", "--allowlist", "allowed", "--custom-typeshed-dir", str(TYPESHED)]
    return stubtest.test_stubs(stubtest.parse_options(words))


def main() -> int:
    """All of it."""
    faces(load())
    with tempfile.TemporaryDirectory() as scratch:
        return check(Path(scratch))


if __name__ == "__main__":
    sys.exit(main())
