"""Blynk's libraries against a server that speaks their protocol."""

from __future__ import annotations

import pytest

from tests_host.programs.blynk import Blynk

VALUES = [f"value {i}" for i in range(4)]
ROWS = [
    row for i in range(4) for row in (*([str(pin), str(i)] for pin in (3, 4, 5)), ["1", VALUES[i]])
]
# A SEND OK takes 100 ms, and one library's time-out is 50 ms.
SLOW_SENDS = ("--set", "send_ok_ms=[1000,1000]")


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize(
    ("program", "library"),
    [("blynk_device", "blynklib_mp"), ("blynk_library", "BlynkLib")],
    ids=["blynklib", "blynk-library-python"],
)
def test_blynk(start, servers, program, library, background):
    blynk = Blynk("token")
    port = servers.tcp(blynk.serve)
    board = start(
        program, library, sim=SLOW_SENDS, speed="10", port=port, background=background
    )  # fmt: skip
    assert board.wait_for("came", 20) == VALUES
    assert blynk.written == ROWS
