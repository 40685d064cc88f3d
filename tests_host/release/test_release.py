"""Each thing that a release holds, installed where nothing is."""

import json
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import mpy
from tools.mp import interpreter

IMPORT_ALL = "import sys\nsys.path[:] = [{folder!r}, '.frozen']\n" + "".join(
    f"import bc25.{name}\n" for name in mpy.modules() if name != "__init__"
)
PROGRAM = """
from bc25 import BC25, SOCK_DGRAM

def use(nic: BC25) -> None:
    nic.active(True)
    nic.socket(type=SOCK_DGRAM).sendto(b"x", ("192.0.2.7", 7))
    nic.connect(apn=5)
"""


def output(*command: str, cwd: Path | None = None) -> str:
    """What a command prints on both; it must succeed."""
    done = subprocess.run(command, cwd=cwd, text=True, timeout=100, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def url(released: Path) -> Iterator[str]:
    """Where a server on loopback offers the release."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(released))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_checksums_are_of_every_file(released):
    checked = output("sha256sum", "-c", "SHA256SUMS", cwd=released)
    names = sorted(path.name for path in released.iterdir() if path.name != "SHA256SUMS")
    assert checked.splitlines() == [f"{name}: OK" for name in names]


def test_there_is_one_version(released):
    assert json.loads((released / "package.json").read_text())["version"] == mpy.version()
    (wheel,) = released.glob("*.whl")
    assert wheel.name == f"bc25_stubs-{mpy.version()}-py3-none-any.whl"


def test_mip_installs_the_compiled_driver(url, tmp_path):
    install = "import mip; mip.install({!r}, target={!r})"
    output(interpreter(), "-c", install.format(f"{url}/package.json", str(tmp_path)))
    there = {path.name for path in (tmp_path / "bc25").iterdir()}
    assert there == {f"{name}.mpy" for name in mpy.modules()}
    script = IMPORT_ALL.format(folder=str(tmp_path)) + "print(bc25.__version__)"
    assert output(interpreter(), "-c", script) == mpy.version() + "\n"


def test_mypy_knows_the_api_once_the_stubs_are_installed(released, tmp_path):
    venv.create(tmp_path / "venv")
    python = str(tmp_path / "venv" / "bin" / "python")
    (wheel,) = released.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    output(*pip, "install", "--no-index", "--no-deps", str(wheel))
    (tmp_path / "program.py").write_text(PROGRAM)
    mypy = [sys.executable, "-m", "mypy", "--config-file=", "--strict", "--python-executable"]
    done = subprocess.run([*mypy, python, "program.py"], cwd=tmp_path, text=True, timeout=100,
                          stdout=subprocess.PIPE)  # fmt: skip
    found, summary = done.stdout.splitlines()
    assert found.startswith('program.py:7: error: Argument "apn" to "connect" of "BC25" has')
    assert summary.startswith("Found 1 error")
