"""The virtual board, as mpremote sees one."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.mp import ROOT

FOREVER = "while True: pass"


def test_runs_a_program(mpremote, tmp_path):
    program = tmp_path / "f.py"
    program.write_text("import sys\nprint(__name__, sys.path)\n")
    assert mpremote("run", str(program)) == "__main__ ['', '.frozen', '/lib', '/rom']\n"


def test_soft_reset_starts_with_a_fresh_heap(mpremote):
    mpremote("exec", "kept = 5")
    assert mpremote("resume", "exec", "print(kept)") == "5\n"
    assert mpremote("soft-reset", "exec", "print('kept' in globals())") == "False\n"


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "import machine; machine.soft_reset()"])
def test_a_program_that_resets_leaves_a_board(mpremote, end):
    mpremote("exec", end)
    assert mpremote("exec", "print('here')") == "here\n"


def test_ctrl_c_ends_a_program_nobody_waits_for(mpremote):
    mpremote("exec", "--no-follow", FOREVER)
    assert mpremote("exec", "print('here')") == "here\n"


def test_output_that_nobody_reads_does_not_stop_it(mpremote):
    mpremote("exec", "--no-follow", "while True: print('x' * 200)")
    time.sleep(1)
    assert mpremote("exec", "print('here')") == "here\n"


def test_long_output_arrives_whole(mpremote):
    out = mpremote("exec", "for i in range(5000): print(i, 'is a number')")
    assert out.splitlines() == [f"{i} is a number" for i in range(5000)]


def test_files_land_in_the_boards_own_folder(mpremote, board, tmp_path):
    data = os.urandom(5000)
    (tmp_path / "r.bin").write_bytes(data)
    mpremote("cp", str(tmp_path / "r.bin"), ":/r.bin", "+", "mkdir", ":/d", "+", "touch", ":/d/e")
    root = Path(board.environ["BC25_BOARD"])
    assert sorted(os.listdir(root)) == ["d", "r.bin"]
    assert (root / "r.bin").read_bytes() == data
    assert "r.bin" in mpremote("ls")
    mpremote("rm", ":/r.bin", "+", "rm", ":/d/e", "+", "rmdir", ":/d")
    assert os.listdir(root) == []


def test_mount_brings_every_byte(mpremote, tmp_path):
    data = bytes(range(256)) * 20
    (tmp_path / "r.bin").write_bytes(data)
    script = "import hashlib; print(hashlib.sha256(open('r.bin', 'rb').read()).digest())"
    assert repr(_sha(data)) in mpremote("mount", str(tmp_path), "exec", script)


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def test_mip_installs_a_local_package(mpremote, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "thing.py").write_text("X = 7\n")
    package = {"version": "1", "urls": [["thing/__init__.py", "src/thing.py"]]}
    (tmp_path / "package.json").write_text(json.dumps(package))
    mpremote("mip", "install", "package.json", cwd=tmp_path)
    assert mpremote("exec", "import thing; print(thing.X)") == "7\n"
    mpremote("rm", "-r", ":/lib")


def test_main_runs_and_gives_way_to_mpremote(mpremote, board, tmp_path):
    main = tmp_path / "main.py"
    main.write_text("open('ran', 'w').close()\n" + FOREVER)
    mpremote("cp", str(main), ":main.py", "+", "reset")
    ran = os.path.join(board.environ["BC25_BOARD"], "ran")
    for _ in range(50):
        if os.path.exists(ran):
            break
        time.sleep(0.1)
    assert mpremote("exec", "print('here')") == "here\n"
    mpremote("rm", ":main.py", "+", "rm", ":ran")


def test_the_boards_wiring_can_be_imported(mpremote):
    assert "wake" in mpremote("exec", "import board; print(board.pins().keys())")


def test_command_line_names_the_port_and_links_it(tmp_path):
    link = tmp_path / "link"
    command = [sys.executable, "-m", "tools.board", "--link", str(link), "--dir", str(tmp_path)]
    board = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert board.stdout is not None
    port = board.stdout.readline().strip()
    assert os.readlink(link) == port and port.startswith("/dev/pts/")
    board.terminate()
    assert board.wait(5) == 0
