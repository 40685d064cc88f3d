"""What `make bench BOARD=MPS2_AN385 FIRMWARE=…` makes of what the emulated board prints."""

import os

import pytest

from tools.desk import Failed
from tools.emulated import __main__ as emulated

NO_FIRMWARE = pytest.mark.skipif("BC25_FIRMWARE" not in os.environ, reason="BC25_FIRMWARE: none")


def test_a_heap_that_is_too_small_is_told():
    assert emulated.cell({"load": 20000, "attach": 9000, "tcp": 12000}) == "9000 free"
    assert emulated.cell({"load": 20000, "attach": -1}).endswith("no memory: attach")


def test_a_run_that_ends_early_is_no_result(monkeypatch, tmp_path):
    said = ["step load 20000", "Traceback", "OSError: 5"]
    monkeypatch.setattr(emulated, "output", lambda *_: said)
    with pytest.raises(Failed, match="(?s)did not run in 88 KB.*OSError"):
        emulated.steps("firmware.elf", tmp_path, 88, "")
    monkeypatch.setattr(emulated, "output", lambda *_: ["step load 20000", "step attach -1"])
    assert emulated.steps("firmware.elf", tmp_path, 88, "") == {"load": 20000, "attach": -1}


@NO_FIRMWARE
@pytest.mark.parametrize("way", [".mpy", "ROMFS", "frozen"])
def test_the_driver_works_in_a_heap_of_108_kb(way, tmp_path):
    rom, path = emulated.image(tmp_path), emulated.WAYS[way]
    found = emulated.steps(os.environ["BC25_FIRMWARE"], rom, 108, path)
    assert len(found) == emulated.STEPS and min(found.values()) > 0
