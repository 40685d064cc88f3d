"""What an editor knows of the driver from the .pyi files beside it; mypy stands for the editor."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.mpy import DRIVER

STUBS = sorted(DRIVER.glob("*.pyi"))
BEGIN = """
from typing import assert_type
import bc25
from bc25 import BC25, BC25Error, aio
from bc25.socket import getaddrinfo, socket
from bc25.trace import Tap

class Pin:
    def on(self) -> None: ...
    def off(self) -> None: ...

class UART:
    def any(self) -> int:
        return 0

    def readinto(self, buf: bytearray, nbytes: int = 0) -> int | None:
        return None

    def write(self, buf: bytes, *part: int) -> int | None:
        return None

pins = {"reset": Pin(), "wake": Pin()}
nic = BC25(UART(), **pins)
"""
GOOD = """
BC25(Tap(UART(), print), wake=Pin(), push=True, context=2)
assert_type(nic.ping("192.0.2.7"), tuple[int, int, int, int, int, int])
assert_type(nic.socket(), socket)
assert_type(nic.socket(bc25.AF_INET6, bc25.SOCK_STREAM).accept(), tuple[socket, tuple[str, int]])
assert_type(nic.status(), int)
assert_type(nic.status("rssi"), int | None)
assert_type(nic.resolve("name.example"), list[str])
assert_type(nic.resolve("name.example", ttl=True), tuple[list[str], int])
assert_type(nic.active(), bool)
nic.on("urc", lambda line: print(line.upper()))
nic.at("ATI", timeout_ms=500)[0].split()
nic.socket().connect(getaddrinfo("name.example", 80)[0][-1])
print(nic.socket().read().decode())

async def coroutine() -> None:
    assert_type(await aio.resolve(nic, "name.example"), list[str])

try:
    nic.sleep()
except BC25Error as error:
    assert_type(error.code, int | None)
"""
# Each with what mypy calls it.
BAD = {
    "nic.pong()": "attr-defined",
    "nic.socket().sent(b'')": "attr-defined",
    "nic.socket().connect('name.example')": "arg-type",
    "nic.socket().send(5)": "arg-type",
    "nic.connect(5)": "arg-type",
    "nic.connect(apm='your.apn')": "call-arg",
    "nic.status('rsi')": "call-overload",
    "nic.ping(count=4)": "call-arg",
    "nic.on('urc', lambda: None)": "call-overload",
    "nic.on('URC', None)": "call-overload",
    "BC25(UART(), rest=Pin())": "call-overload",
    "BC25(Pin())": "call-overload",
    "aio.pong(nic)": "attr-defined",
    "bc25.AF_IRDA": "attr-defined",
}


def mypy(folder: Path, program: str) -> list[str]:
    """The errors that it finds in a program and in the .pyi files."""
    (folder / "program.py").write_text(program)
    command = [sys.executable, "-m", "mypy", "--config-file=", "--strict",
               "--no-warn-unused-ignores", "program.py"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, text=True, timeout=100, stdout=subprocess.PIPE,
                          env={**os.environ, "MYPYPATH": str(DRIVER.parent)})  # fmt: skip
    return [line for line in done.stdout.splitlines() if ": error: " in line]


def test_a_right_program_has_no_errors(tmp_path: Path) -> None:
    assert mypy(tmp_path, BEGIN + GOOD) == []


def test_each_wrong_line_is_an_error(tmp_path: Path) -> None:
    first = BEGIN.count("\n") + 1
    errors = mypy(tmp_path, BEGIN + "\n".join(BAD))
    for number, (line, code) in enumerate(BAD.items(), first):
        found = [error for error in errors if error.startswith(f"program.py:{number}:")]
        assert found, line
        assert found[0].endswith(f"[{code}]")
        errors = [error for error in errors if error not in found]
    assert errors == []


def undocumented(body: list[ast.stmt], where: str) -> Iterator[str]:
    """Public classes and functions without a docstring; of overloads the first one has it."""
    seen = set()
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        name, first = f"{where}.{node.name}", node.name not in seen
        seen.add(node.name)
        if node.name.startswith("_"):
            continue
        if first and not ast.get_docstring(node):
            yield name
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, name)


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_every_public_name_is_described(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert list(undocumented(tree.body, path.stem)) == []


def test_a_name_without_words_is_seen() -> None:
    tree = ast.parse("class A:\n    'It.'\n    def f(self): ...\n    def _g(self): ...")
    assert list(undocumented(tree.body, "m")) == ["m.A.f"]
