"""What is installed and measured is what lib/bc25 holds, for every board."""

import json
import os
import re
import runpy
import subprocess
import sys
import types
from pathlib import Path

import pytest

from tools import mpy, size
from tools.mp import MPY, ROOT, interpreter

BOARDS = sorted(path.parent for path in ROOT.glob("boards/*/board.py"))
DRIVER = [ROOT / "lib" / "bc25" / f"{name}.py" for name in mpy.modules()]
NAMES = [path.name for path in BOARDS]
ESP32 = {"baudrate", "tx", "rx", "rxbuf", "txbuf", "timeout", "timeout_char"}
STM32 = {"baudrate", "rxbuf", "timeout", "timeout_char"}


@pytest.mark.parametrize("folder", BOARDS, ids=NAMES)
def test_a_board_has_notes_and_a_line_in_the_list(folder):
    assert (folder / "README.md").read_text().startswith(f"# {folder.name}")
    assert f"[{folder.name}]({folder.name}/README.md)" in (ROOT / "boards/README.md").read_text()


def allowed(name: str) -> set[str]:
    """The keyword arguments that the UART of this board's port takes."""
    return ESP32 if name.startswith(("ESP32", "unix")) else STM32


@pytest.mark.parametrize("folder", BOARDS, ids=NAMES)
def test_the_wiring_fits_the_ports_uart(folder, monkeypatch):
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []

    class Pin:
        OUT = 1

        def __init__(self, name: object, mode: int, *, value: int) -> None:
            self.name = name
            assert value == 0, "a line may not be asserted at the start"

    def uart(*args: object, **settings: object) -> None:
        calls.append((args, settings))

    monkeypatch.setitem(sys.modules, "machine", types.SimpleNamespace(UART=uart, Pin=Pin))
    names = runpy.run_path(str(folder / "board.py"))
    names["uart"]()
    names["uart"](115200)
    pins = names["pins"]()
    assert set(pins) <= {"reset", "wake", "power"}
    assert len({pin.name for pin in pins.values()}) == len(pins)
    assert [args[1] for args, _ in calls] == [9600, 115200]
    for _, settings in calls:
        assert set(settings) <= allowed(folder.name)
        assert folder.name == "unix" or settings["rxbuf"] == 1024


def test_mip_installs_what_lib_holds():
    package = json.loads((ROOT / "package.json").read_text())
    assert package == mpy.sources(), "make mpy writes package.json anew"
    assert [ROOT / source for _, source in package["urls"]] == DRIVER


def test_the_compiled_package_is_whole():
    package = json.loads((MPY / "package.json").read_text())
    names = [name for name, _ in package["urls"]]
    assert names == [f"bc25/{path.stem}.mpy" for path in DRIVER]
    assert all((MPY / name).exists() for name in names)


@pytest.mark.parametrize("folder", [ROOT / "lib", MPY], ids=["py", "mpy"])
def test_every_module_of_the_driver_imports(folder):
    names = [f"bc25.{path.stem}" for path in DRIVER if path.stem != "__init__"]
    script = "import bc25\n" + "".join(f"import {name}\n" for name in names)
    environ = dict(os.environ, MICROPYPATH=f"{folder}:.frozen")
    subprocess.run([interpreter(), "-c", script], env=environ, check=True, timeout=30)


@pytest.mark.parametrize("over", [False, True])
def test_size_fails_only_over_the_budget(over, monkeypatch, capsys):
    monkeypatch.setattr(size, "MPY_ALL", 10 if over else 10**6)
    monkeypatch.setattr(size, "MPY_CLIENT", 10**6)
    monkeypatch.setattr(size, "client", lambda: {"__init__"})
    assert size.main() == int(over)
    out = capsys.readouterr().out
    assert all(path.stem in out for path in DRIVER) and ("over the budget" in out) == over


def make(*words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *words], cwd=ROOT, env=environ, text=True, timeout=60, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_make_help_lists_every_target():
    phony = re.search(r"\.PHONY: ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text())
    assert phony
    listed = re.findall(r"^  make (\S+)", make("help").stdout, re.M)
    assert sorted(listed) == sorted(phony[1].replace("\\", "").split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["deploy"], "make deploy needs PORT="),
        (["firmware"], "make firmware needs BOARD="),
        (["firmware", "BOARD=unix"], "make firmware needs MPY_DIR="),
        (["firmware", "BOARD=NONE", "MPY_DIR=/"], "no boards/NONE/manifest.py; there are: ESP32"),
        (["firmware", "BOARD=unix", "MPY_DIR=/tmp"], "/tmp is no MicroPython that has unix"),
    ],
)
def test_make_says_what_is_missing(words, says):
    done = make(*words)
    assert done.returncode != 0 and says in done.stdout


@pytest.mark.parametrize(
    ("board", "port"), [("ESP32_GENERIC", "esp32"), ("PYBV11", "stm32"), ("unix", "unix")]
)
def test_make_firmware_finds_the_port(board, port, tmp_path):
    (tmp_path / "ports" / port / "boards" / board).mkdir(parents=True)
    done = make("-n", "firmware", f"BOARD={board}", f"MPY_DIR={tmp_path}", "MAKE=echo BUILD")
    manifest = Path("boards") / board / "manifest.py"
    assert f'BUILD -C "{tmp_path}/ports/{port}" BOARD={board}' in done.stdout
    assert f'FROZEN_MANIFEST="{ROOT / manifest}"' in done.stdout
