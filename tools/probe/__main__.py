"""Finds out on a real module what the manual leaves open, and writes it down as a profile.

    python -m tools.probe --port /dev/ttyUSB0 --server my.host        module on a USB-TTL adapter
    python -m tools.probe --port /dev/ttyUSB0 --board ESP32_GENERIC   module behind that board
    python -m tools.probe --port desk --profile clone                 the simulated module

The port is the module's own UART: a 1.8 V USB-TTL adapter (or a level shifter) on its TXD, RXD
and GND. A module that hangs on a board is reached through it with --board, which runs a
pass-through on it (tests_device/bridge.py) with the wiring of boards/<BOARD>/board.py.

The servers are those of tools.device_test: they run here, and --server says how the module
reaches this computer (ports 7007 and 7008, TCP and UDP); with --token, they run there already.
Without a server only what needs none is asked.

The module is restarted once (--no-restart: not), so it may hold no socket. AT+QICFG is put back
as it was found; the report names what could not be. PSM_EINT is pulled with --wake: a line of
the adapter (rts, dtr) through a transistor, or `ask`, which asks you to do it.

The profile goes to build/probe.toml (`python -m tools.bc25sim --profile build/probe.toml`), the
traffic to build/probe.jsonl. Numbers of the SIM and the module are left out without --identity.
"""

import argparse
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tools import process
from tools.desk import Failed
from tools.mp import BUILD
from tools.probe.findings import Findings
from tools.probe.module import Bench, Lost
from tools.probe.reach import reached
from tools.probe.report import report
from tools.probe.run import QUESTIONS, conclude, probe
from tools.probe.wire import Trouble
from tools.progress import Work, console


def arguments() -> argparse.ArgumentParser:
    """All options."""
    parser = argparse.ArgumentParser(prog="python -m tools.probe", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--port", required=True, help="the serial port, or desk")
    add("--baud", type=int, help="else 9600, 115200 and 57600 are tried")
    add("--board", default="", help="the port is this board's, and the module behind it")
    add("--profile", default="manual", help="with --port desk: the simulated module's profile")
    add("--set", action="append", default=[], metavar="KEY=VALUE",
        help="with --port desk: one key of its profile")  # fmt: skip
    add("--server", default="", help="the servers as the module reaches them")
    add("--token", help="they run already, and orders to them begin with this word")
    add("--name", default="www.quectel.com", help="a name with several addresses")
    add("--ping", default="www.quectel.com", help="a host that answers pings")
    add("--ntp", default="ntp5.aliyun.com", help="a time server")
    add("--wake", choices=("rts", "dtr", "ask"), help="how PSM_EINT is pulled")
    add("--sleep-wait", type=float, metavar="S",
        help="how long to wait for deep sleep; 90, with --port desk 15")  # fmt: skip
    add("--no-restart", action="store_true", help="leave out what needs a restart")
    add("--identity", action="store_true", help="put IMEI, IMSI and ICCID into the profile")
    add("--close", action="store_true", help="close sockets that are open")
    add("--out", type=Path, default=BUILD / "probe.toml", help="the profile file")
    add("--trace", type=Path, default=BUILD / "probe.jsonl", help="the traffic")
    return parser


def asked(args: argparse.Namespace, out: Console) -> Findings:
    """Ask everything; what is known when it is ended early is written, too."""
    own_servers = bool(args.server) and args.token is None
    args.token = args.token or secrets.token_hex(4)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    found = Findings()
    with ExitStack() as stack:
        wire, setting = reached(args, own_servers, found, stack)
        bench = Bench(wire, found, setting)
        if args.close and wire.find():
            bench.close_all()
        work = stack.enter_context(Work("probe", QUESTIONS))
        try:
            probe(bench, work.step)
        except Lost as lost:
            out.print(str(lost), style="bold red")
        except KeyboardInterrupt:
            finish(args, found, out)
            raise
        conclude(bench)
    return found


def finish(args: argparse.Namespace, found: Findings, out: Console) -> None:
    """Write the profile, and say what is in it."""
    args.out.write_text(found.profile(args.profile if args.port == "desk" else args.port))
    report(out, found, args.out)


def main() -> int:
    """0 when the questions were asked."""
    args, out = arguments().parse_args(), console()
    finish(args, asked(args, out), out)
    return 0


if __name__ == "__main__":
    sys.exit(process.run(main, Trouble, Failed, OSError))
