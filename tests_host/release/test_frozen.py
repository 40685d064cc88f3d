"""Device tests of a driver that is in the board's firmware."""

import subprocess
import sys

from tools.mp import ROOT


def test_frozen_lends_the_board_no_driver(tmp_path):
    """The virtual board has none of its own: with one lent to it this would pass."""
    command = [sys.executable, "-m", "tools.device_test", "--port", "desk", "--frozen"]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "results.json"), "identity"], cwd=ROOT, text=True,
        timeout=100, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no module named 'bc25'" in done.stdout
