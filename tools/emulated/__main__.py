"""Whether the driver fits the heaps of boards, and what it costs in instructions: in QEMU.

    python -m tools.emulated --firmware firmware.elf

The firmware is that of `make firmware BOARD=MPS2_AN385`. Its heap is made as small as each
board's; the driver comes frozen, from ROMFS, as .mpy files and as sources, and the lines of
lib/examples/demo.py run on it, then `nic.status("rssi")`. Instructions are counted by QEMU.
"""

import argparse
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tools import mpy, romfs
from tools.demo import ADDRESS, PORT, sim_arguments
from tools.desk import Desk, Failed
from tools.mp import MPY, ROOT
from tools.servers import Servers

HERE = Path(__file__).parent
ROMFS_ADDRESS = 0x21000000  # where the qemu port of this board has its partition
HEAPS_KB = (56, 64, 88, 98, 108)  # those of the boards: boards/README.md
WAYS = {"sources": "/rom/src", ".mpy": "/plain", "ROMFS": "/rom/mpy", "frozen": ""}
STEPS = 5
LIMIT_S = 120


def image(folder: Path) -> Path:
    """The driver as sources and as .mpy files in one ROMFS image."""
    for kind, source, suffix in (("src", mpy.DRIVER, "py"), ("mpy", MPY / "bc25", "mpy")):
        target = folder / "tree" / kind / "bc25"
        target.mkdir(parents=True)
        for name in mpy.modules():
            (target / f"{name}.{suffix}").write_bytes((source / f"{name}.{suffix}").read_bytes())
    romfs.pack(folder / "tree", folder / "image.romfs")
    return folder / "image.romfs"


def output(firmware: str, qemu: list[str], program: str) -> list[str]:
    """The lines that a program prints on the emulated board."""
    with ExitStack() as stack:
        servers = stack.enter_context(Servers())
        sim = [*sim_arguments(servers.echo()), "--speed", "10", "--baud", "0"]
        desk = stack.enter_context(Desk(sim, board="MPS2_AN385", firmware=firmware, qemu=qemu))
        file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "program.py"
        file.write_text(program)
        command = [sys.executable, "-m", "mpremote", "connect", desk.port, "run", str(file)]
        return subprocess.run(
            command, cwd=ROOT, text=True, timeout=LIMIT_S, stdout=subprocess.PIPE
        ).stdout.splitlines()


def steps(firmware: str, rom: Path, kb: int, path: str) -> dict[str, int]:
    """Step -> bytes free after it; -1 for the one that found no memory, which is the last."""
    settings = f"KB, PATH, ECHO = {kb}, {path!r}, {(ADDRESS, PORT)!r}\n"
    loader = f"loader,file={rom},addr={ROMFS_ADDRESS:#x},force-raw=on"
    lines = output(firmware, ["-device", loader], settings + (HERE / "fits.py").read_text())
    done = [line.split() for line in lines if line.startswith("step ")]
    found = {name: int(free) for _, name, free in done}
    if len(found) < STEPS and -1 not in found.values():
        raise Failed(f"the driver did not run in {kb} KB:\n" + "\n".join(lines))
    return found


def cell(found: dict[str, int]) -> str:
    """What a table says of a run."""
    last = list(found)[-1]
    if found[last] < 0:
        return f"[red]no memory: {last}"
    return f"{min(found.values())} free"


def fits(firmware: str) -> Table:
    """A row a heap, a column a way of installing."""
    table = Table("heap", *WAYS, title="Bytes free while the demo runs, Cortex-M3")
    with tempfile.TemporaryDirectory() as folder:
        rom = image(Path(folder))
        for kb in track(HEAPS_KB, "heaps", transient=True):
            cells = (cell(steps(firmware, rom, kb, path)) for path in WAYS.values())
            table.add_row(f"{kb} KB", *cells)
    return table


def counts(firmware: str) -> Table:
    """Instructions of single calls."""
    table = Table("call", "instructions", title="Counted with -icount shift=0, Cortex-M3")
    lines = output(firmware, ["-icount", "shift=0"], (HERE / "counted.py").read_text())
    found = [line.split(maxsplit=2)[1:] for line in lines if line.startswith("count ")]
    if not found:
        raise Failed("nothing was counted:\n" + "\n".join(lines))
    for number, what in found:
        table.add_row(what, number)
    return table


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tools.emulated", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--firmware", required=True, help="firmware.elf of MPS2_AN385")
    firmware = parser.parse_args().firmware
    console = Console()
    try:
        console.print(counts(firmware), fits(firmware))
    except Failed as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
