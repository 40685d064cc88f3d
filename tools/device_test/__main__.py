"""Runs tests_device on a board through mpremote.

    python -m tools.device_test --port /dev/ttyUSB0 --board ESP32_GENERIC --server my.host
    python -m tools.device_test --port desk
    python -m tools.device_test --serve --token WORD

Nothing is written to the board: `mpremote mount` lends it a folder with this checkout's driver as
.mpy, the wiring of boards/<BOARD>/board.py and the settings. The echo, order and NTP servers run
here for as long as the tests; --server says how the module reaches this computer (ports 7007 and
7008, TCP and UDP, have to get through). Where it cannot, `--serve` runs the same servers on a
public machine until Ctrl-C, and the tests are given its address and --token; without any, what
needs a server is skipped. `--port desk` starts simulated module, virtual board and servers.

Exit code: 0 when nothing failed. The results are in build/device_test.json, too.
"""

import argparse
import secrets
import signal
import sys
from pathlib import Path

from tools import process
from tools.desk import Failed
from tools.device_test.run import Options, run_tests
from tools.mp import BUILD
from tools.progress import console
from tools.servers.orders import OrderServers

ECHO_PORT, ORDER_PORT = 7007, 7008


def setting(text: str) -> tuple[str, str]:
    """`NAME=VALUE` with a Python value."""
    name, equals, value = text.partition("=")
    if not equals or not name.isupper():
        raise argparse.ArgumentTypeError(f"{text!r}: NAME=VALUE wanted")
    return name, value


def arguments() -> argparse.ArgumentParser:
    """All options."""
    parser = argparse.ArgumentParser(prog="python -m tools.device_test", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("tests", nargs="*", help="scripts of tests_device, without .py; all when none is named")
    add("--port", help="the board's port, or desk")
    add("--board", default="", help="whose boards/*/board.py to use; else the board's own")
    add("--firmware", default="", help="with --port desk --board MPS2_AN385: its firmware.elf")
    add("--profile", default="manual", help="with --port desk: how the simulated module behaves")
    add("--server", help="this computer, or the one with --serve, as the module reaches it")
    add("--apn", help="access point; else the one the module holds")
    add("--frozen", action="store_true", help="test the driver in the board's firmware or ROMFS")
    add("--set", type=setting, action="append", default=[], metavar="NAME=VALUE",
        help="a setting of tests_device/settings.py")  # fmt: skip
    add("--quick", action="store_true", help="fewer lengths and bytes, where traffic costs")
    add("--json", type=Path, default=BUILD / "device_test.json", help="where the results go")
    add("--serve", action="store_true", help="only run the servers, until Ctrl-C")
    add("--bind", default="0.0.0.0", help="the address the servers listen on")
    add("--token", help="the word that orders to the servers begin with; a new one each time")
    return parser


def settings(args: argparse.Namespace) -> dict[str, str]:
    """What the command line says, as source text by name."""
    given = {"TOKEN": repr(args.token)}
    if args.apn:
        given["APN"] = repr(args.apn)
    if args.server:
        given["SERVER"] = repr(args.server)
    if args.quick:
        given |= {"SWEEP_STEP": "37", "BULK": "2048"}
    return given | dict(args.set)


def serve(args: argparse.Namespace) -> int:
    """The servers alone."""
    with OrderServers(args.bind, args.token, echo=ECHO_PORT, orders=ORDER_PORT):
        print(f"echo on {ECHO_PORT}, orders on {ORDER_PORT}, TCP and UDP; the tests need")
        print(f"  --server THIS-MACHINE --token {args.token}    (Ctrl-C ends)", flush=True)
        signal.pause()
    return 0


def main() -> int:
    """0 when nothing failed, 1 when something did, 2 when the tests could not run."""
    parser = arguments()
    args = parser.parse_args()
    own_servers = args.token is None
    args.token = args.token or secrets.token_hex(4)
    if args.serve:
        return serve(args)
    if not args.port:
        parser.error("--port is needed: the board's, or desk")
    ports = (ECHO_PORT, ORDER_PORT) if args.server and own_servers else None
    options = Options(args.port, args.board, args.firmware, args.profile, args.bind, ports,
                      args.token, settings(args), args.tests, args.json,
                      args.frozen)  # fmt: skip
    return run_tests(options, console())


if __name__ == "__main__":
    sys.exit(process.run(main, Failed, OSError))
