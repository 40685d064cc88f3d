"""The driver runs in place from the ROMFS image, on the virtual board."""

from contextlib import ExitStack

from tools import demo, mpy, romfs
from tools.desk import Desk
from tools.servers import Servers

MOUNT = """
import sys, vfs
with open("/bc25.romfs", "rb") as image:
    vfs.mount(vfs.VfsRom(image.read()), "/image")
sys.path[:] = ["", ".frozen", "/image/lib", "/rom"]
"""
TELL = """
import bc25
print("version", bc25.__version__, "from", bc25.__file__)
"""


def test_the_example_runs_from_the_image(tmp_path):
    board = tmp_path / "board"
    board.mkdir()
    romfs.build(board / "bc25.romfs")
    example = (demo.EXAMPLES / "demo.py").read_text()
    (tmp_path / "program.py").write_text(MOUNT + example + TELL)
    said: list[str] = []
    with ExitStack() as stack:
        servers = stack.enter_context(Servers())
        sim = [*demo.sim_arguments(servers.echo()), "--speed", "10"]
        desk = stack.enter_context(Desk(sim, folder=board))
        assert demo.mpremote(desk.port, "cp", f"{demo.EXAMPLES}/settings.py", ":settings.py")
        assert demo.mpremote(desk.port, "run", str(tmp_path / "program.py"), show=said.append)
    assert demo.heard(servers) == demo.MESSAGES
    assert f"version {mpy.version()} from /image/lib/bc25/__init__.mpy" in said
