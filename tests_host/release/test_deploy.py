"""`make deploy` and `make romfs` say what is wrong with a board."""

import pytest

from tools import deploy, romfs, wasm
from tools.desk import Desk


@pytest.mark.parametrize("version", ["1.9", "1.23"])
def test_a_micropython_that_is_too_old_is_named(version):
    with pytest.raises(deploy.Failed, match=f"has MicroPython {version}, the driver needs 1.24"):
        deploy.check_version(version)


def test_every_version_that_is_claimed_is_taken():
    for version in [*wasm.versions(), "1.30", "2.0"]:
        deploy.check_version(version)


def test_a_board_is_asked_first(tmp_path, monkeypatch):
    kept = tmp_path / "lib" / "bc25" / "old.mpy"
    kept.parent.mkdir(parents=True)
    kept.touch()
    monkeypatch.setattr(wasm, "versions", lambda: ["9.0"])
    with Desk([], folder=tmp_path) as desk, pytest.raises(deploy.Failed, match="needs 9.0"):
        deploy.deploy(deploy.Target(desk.port), "", romfs=False)
    assert kept.exists()


def test_a_board_without_a_partition_keeps_what_it_has(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(deploy, "IMAGE", tmp_path / "bc25.romfs")
    monkeypatch.setattr(deploy, "relative", str)
    romfs.build(deploy.IMAGE)
    kept = tmp_path / "board" / "lib" / "bc25" / "old.mpy"
    kept.parent.mkdir(parents=True)
    kept.touch()
    with Desk([], folder=tmp_path / "board") as desk:
        monkeypatch.setattr("sys.argv", ["deploy", "--romfs", "--port", desk.port])
        assert deploy.main() == 1
    out, err = capfd.readouterr()
    assert "ROMFS is not enabled on this device" in out + err
    assert "boards/README.md says which boards" in err
    assert kept.exists()
