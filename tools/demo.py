"""The main job with no hardware: a TCP and a UDP round trip from a MicroPython program.

    python -m tools.demo [SIM-ARGUMENT…]

lib/examples/demo.py runs on the virtual board with the driver as .mpy; the simulated module
carries its bytes to real echo servers on this computer. The AT traffic is shown beside it.
"""

import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tools import process
from tools.desk import Desk, Failed
from tools.desk_trace import Follower
from tools.mp import MPY, ROOT
from tools.servers import LOCAL, Servers
from tools.trace.recording import how_to_look, keep

EXAMPLES = ROOT / "lib" / "examples"
NAME, ADDRESS, PORT = "echo.example", "192.0.2.7", 7  # as settings.py has it; RFC 5737, 862
LIMIT_S = 50
BAUD = 9600
MESSAGES = {"TCP": b"hello over TCP\n", "UDP": b"hello over UDP"}


def sim_arguments(port: int) -> list[str]:
    """A module at 9600 baud in whose world the example's server is the local one."""
    where = f"{ADDRESS}:{PORT}={LOCAL}:{port}"
    return ["--baud", str(BAUD), "--seed", "1", "--dns", f"{NAME}={ADDRESS}", "--map", where]


def mpremote(port: str, *words: str, show: Callable[[str], object] = len) -> bool:
    """Run mpremote as a person would, `show` being given each line; whether all went well."""
    command = [sys.executable, "-m", "mpremote", "connect", port, *words]
    return process.shown(command, LIMIT_S, show) == 0


def install(console: Console, port: str) -> bool:
    """Put the driver as .mpy and the settings on the board."""
    console.print(f"mpremote connect {port} mip install build/mpy/package.json", style="dim")
    package = (MPY / "package.json").relative_to(ROOT)
    copied = mpremote(port, "cp", f"{EXAMPLES}/settings.py", ":settings.py")
    return copied and mpremote(port, "mip", "install", str(package))


def run(console: Console, port: str) -> dict[str, bool]:
    """Run the example; which of the messages it says came back to it."""
    said: list[str] = []

    def show(line: str) -> None:
        said.append(line)
        console.print(line, style="bold")

    console.print(f"mpremote connect {port} run lib/examples/demo.py", style="dim")
    ended_well = mpremote(port, "run", str(EXAMPLES / "demo.py"), show=show)
    return {
        kind: ended_well and any(f"{kind} brought back {message!r}" in line for line in said)
        for kind, message in MESSAGES.items()
    }


def demonstrate(console: Console, arguments: list[str]) -> bool:
    """Everything; whether both servers got, and the program got back, what was sent."""
    with ExitStack() as stack:
        servers = stack.enter_context(Servers())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sim = [*sim_arguments(servers.echo()), *arguments]
        desk = stack.enter_context(Desk(sim, mode="esp32", folder=folder))
        console.print(f"simulated BC25 on {desk.module}, virtual board on {desk.port}")
        if not install(console, desk.port):
            console.print("the driver could not be put on the board", style="red")
            return False
        with Follower(desk.trace, console):
            returned = run(console, desk.port)
        console.print(how_to_look(keep(desk.trace, "demo"), BAUD))
    return report(console, heard(servers), returned)


def heard(servers: Servers) -> dict[str, bytes]:
    """All that reached the servers."""
    return {"TCP": bytes(servers.streamed), "UDP": b"".join(servers.received)}


def report(console: Console, received: dict[str, bytes], returned: dict[str, bool]) -> bool:
    """Say what went out and came back; whether it is what the example sends."""
    for kind, message in MESSAGES.items():
        if received[kind] == message and returned[kind]:
            text, style = f"sent {message!r}, the server received it, it came back", "green"
        else:
            back = "it came back" if returned[kind] else "nothing came back"
            text = f"{message!r} was to go: the server received {received[kind]!r}, {back}"
            style = "red"
        console.print(f"{kind}: {text}", style=style)
    return received == MESSAGES and all(returned.values())


def main() -> int:
    """0 when everything came through."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        good = demonstrate(console, sys.argv[1:])
    except Failed as error:
        console.print(str(error), style="red")
        good = False
    console.print("demo done" if good else "demo FAILED", style="bold")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(process.run(main))
