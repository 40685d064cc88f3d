"""Ways to a module: a serial port, a board with a pass-through, or a simulated module."""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import serial

from tools.bc25sim.traffic import Trace
from tools.desk import Failed, Part, sim_command
from tools.mp import ROOT
from tools.probe.findings import Findings
from tools.probe.module import Setting
from tools.probe.wire import Wire
from tools.servers import LOCAL, free_port
from tools.servers.orders import OrderServers

BAUDS = (9600, 115200, 57600)
NAME, FIRST, SECOND = "probe.example", "192.0.2.7", "192.0.2.8"
WAKE_S = 0.15


def reached(
    args: argparse.Namespace, own_servers: bool, found: Findings, stack: ExitStack
) -> tuple[Wire, Setting]:
    """A wire to the module, and what surrounds it."""
    patience = args.sleep_wait or (15 if args.port == "desk" else 90)
    setting = Setting(
        server=args.server, token=args.token, name=args.name, ping=args.ping,
        ntp=(args.ntp, 123), sleep_wait=patience,
        restart=not args.no_restart, identity=args.identity,
    )  # fmt: skip
    if args.port == "desk":
        port = _desk(args, setting, found, stack)
    else:
        if own_servers:
            stack.enter_context(
                OrderServers("0.0.0.0", args.token, echo=setting.echo, orders=setting.orders)
            )
        port = _board(args) if args.board else _serial(args.port, args.baud, found)
        setting.byte_s = 10 / found.seen.get("baud", [9600])[0]
        setting.wake = _wake(args.wake, port)
    stack.callback(port.close)
    if args.board:
        stack.callback(_end_bridge, port)
    wire = Wire(port)
    wire.heard = Trace(str(args.trace), time.monotonic)
    return wire, setting


def _serial(path: str, baud: int | None, found: Findings) -> serial.Serial:
    """The port at the rate at which something answers."""
    for rate in (baud,) if baud else BAUDS:
        port = serial.Serial(path, rate)
        if Wire(port).find(3):
            found.see("baud", rate)
            return port
        port.close()
    raise Failed(f"nothing answers AT on {path}; is the module asleep?")


def _wake(how: str | None, port: serial.Serial) -> Callable[[], None] | None:
    """Pulls PSM_EINT for as long as it wants to be."""
    if how is None:
        return None
    if how == "ask":
        return lambda: print("Pull PSM_EINT low for a moment, then press Enter:", input())

    def pulse() -> None:
        setattr(port, how, True)
        time.sleep(WAKE_S)
        setattr(port, how, False)

    return pulse


def _board(args: argparse.Namespace) -> serial.Serial:
    """A board that passes everything on, until it is told to end."""
    wiring = ROOT / "boards" / args.board / "board.py"
    if not wiring.is_file():
        raise Failed(f"no boards/{args.board}/board.py")
    with tempfile.TemporaryDirectory(prefix="bc25") as scratch:
        script = Path(scratch) / "bridge.py"
        script.write_text(wiring.read_text() + (ROOT / "tests_device/bridge.py").read_text())
        command = [sys.executable, "-m", "mpremote", "connect", args.port, "run", "--no-follow"]
        if subprocess.run([*command, str(script)], timeout=60, check=False).returncode:
            raise Failed(f"the pass-through did not start on {args.port}")
    return serial.Serial(args.port, 115200)


def _end_bridge(port: serial.Serial) -> None:
    """Back to the board's REPL."""
    port.write(b"\x1d" * 64)
    port.flush()
    time.sleep(0.1)


def _desk(
    args: argparse.Namespace, setting: Setting, found: Findings, stack: ExitStack
) -> serial.Serial:
    """A simulated module and servers on loopback."""
    servers = stack.enter_context(OrderServers(LOCAL, args.token, same_computer=True))
    setting.server, setting.echo, setting.orders = LOCAL, servers.echo, servers.orders
    setting.name = setting.ping = NAME
    setting.listen = free_port()
    setting.ntp = (LOCAL, servers.ntp)
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="probe")))
    control = scratch / "control"
    sim = ["--profile", args.profile, "--dns", f"{NAME}={FIRST},{SECOND}",
           "--ping", f"{NAME}=300", "--ping", f"{setting.silent}=-",
           *(word for pair in args.set for word in ("--set", pair))]  # fmt: skip
    part = Part("the simulated module", sim_command(scratch / "trace", control, sim))
    stack.callback(part.stop)
    setting.wake = lambda: _tell(control, "wake")
    found.see("baud", 9600)
    return serial.Serial(part.port, 9600)


def _tell(control: Path, word: str) -> None:
    """One line to the simulated module's control socket."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(control))
        s.sendall(word.encode() + b"\n")
        s.recv(100)
