"""What is frozen, as MicroPython's own manifestfile.py reads the manifests."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools import mpy
from tools.mp import BUILD, ROOT

LIB = ROOT / "lib"
BOARDS = sorted(path.parent for path in ROOT.glob("boards/*/manifest.py"))
MANIFESTFILE = BUILD / "manifestfile" / "stubber" / "tools" / "manifestfile.py"
DRIVER = [f"bc25/{name}.py" for name in mpy.modules()]
PORTS_OWN = ("boards", "boards/PYBV10", "variants/standard", "extmod/asyncio")


@pytest.fixture(scope="session")
def manifestfile() -> ModuleType:
    assert MANIFESTFILE.exists(), "make build/manifestfile/.installed brings it"
    spec = importlib.util.spec_from_file_location("manifestfile", MANIFESTFILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def frozen(manifestfile: ModuleType, tmp_path: Path) -> Any:
    """What a manifest, a path or its text, freezes into a port that freezes port.py itself."""
    (tmp_path / "port.py").touch()
    for folder in PORTS_OWN:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.py").write_text('module("port.py", base_path="$(MPY_DIR)")')

    def frozen(text: str) -> list[Any]:
        places = {"MPY_DIR": str(tmp_path), "PORT_DIR": str(tmp_path)}
        manifest = manifestfile.ManifestFile(manifestfile.MODE_FREEZE, places)
        manifest.execute(text)
        return list(manifest.files())

    return frozen


WAYS = {
    "require": f'add_library("ours", "{LIB}")\nrequire("bc25", library="ours")',
    "include a folder": f'include("{LIB}/bc25")',
    "include a file": f'include("{LIB}/manifest.py")',
    "with metadata of one's own": f'metadata(version="9")\ninclude("{LIB}/manifest.py")',
}


@pytest.mark.parametrize("text", WAYS.values(), ids=list(WAYS))
def test_the_driver_is_frozen_whole(frozen, text):
    files = frozen(text)
    assert sorted(file.target_path for file in files) == DRIVER
    assert {file.opt for file in files} == {3}
    assert [file.full_path for file in files] == [str(LIB / file.target_path) for file in files]


def test_the_metadata_tell_the_version(frozen):
    (metadata,) = {file.metadata for file in frozen(WAYS["require"])}
    assert (metadata.version, metadata.license) == (mpy.version(), "MIT")
    assert metadata.description


@pytest.mark.parametrize("folder", BOARDS, ids=[path.name for path in BOARDS])
def test_a_board_freezes_the_ports_own_the_driver_and_its_wiring(frozen, folder):
    names = [file.target_path for file in frozen(f"{folder}/manifest.py")]
    assert sorted(name for name in names if name.startswith("bc25/")) == DRIVER
    assert {"port.py", "board.py"} <= set(names)
