"""An interpreter without the raw REPL that mpremote needs, as some of the unix port are."""

import os
import subprocess
import sys
import time

from tools.mp import ROOT

REPL = "#!/bin/sh\nprintf 'MicroPython v1.26.1 on linux\\r\\n>>> '\nexec cat\n"


def test_the_demo_says_so_and_ends(tmp_path):
    interpreter = tmp_path / "micropython"
    interpreter.write_text(REPL)
    interpreter.chmod(0o755)
    since = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo"], cwd=ROOT, text=True, timeout=100, check=False,
        env=os.environ | {"MICROPYTHON": str(interpreter)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{interpreter} has no raw REPL" in done.stdout
    assert "demo FAILED" in done.stdout
    assert time.monotonic() - since < 40, "mpremote was not waited for: it has 50 s"
