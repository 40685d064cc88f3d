"""The command line: a module on a PTY, with this computer's network behind it."""

import argparse
import asyncio
import dataclasses
import functools
import random
import re
import secrets
import signal
import sys
from collections.abc import Callable
from typing import Any

from . import faults, network, profile
from .clock import LoopClock
from .control import Control
from .core import Module
from .pacing import Pacer, garbled
from .pty import Pty
from .realnet import RealNetwork
from .traffic import Show, Trace
from .uart import BAUDS

_STAMP = re.compile(r"\d\d/\d\d/\d\d,\d\d:\d\d:\d\d[+-]\d\d")
# How closely a paced line follows its baud rate.
_GRAIN = 0.002


def _stamp(text: str) -> str:
    if not _STAMP.fullmatch(text):
        raise ValueError(f"{text!r}: YY/MM/DD,hh:mm:ss+zz wanted")
    return text


def _speed(text: str) -> float:
    speed = float(text)
    if not speed > 0:
        raise ValueError(f"{text!r}: above 0 wanted")
    return speed


def _fault(text: str) -> str:
    faults.parse(text)
    return text


def _checked(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """A converter whose complaint reaches the user in its own words."""
    def checked(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    return checked


def parser() -> argparse.ArgumentParser:
    """All options."""
    made = argparse.ArgumentParser(
        prog="python -m tools.bc25sim", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="A simulated BC25 on a pseudo-terminal.", epilog=faults.__doc__)
    add = made.add_argument
    many = functools.partial(add, action="append", default=[])
    add("--link", metavar="PATH", help="a symlink to the PTY")
    add("--baud", type=int, choices=(0, *BAUDS), metavar="N",
        help="start at that rate and pace both directions, garbling bytes while the rate set on "
        "the PTY is another; 0 (default): no pacing, any rate is right")
    add("--profile", default="manual", metavar="NAME|FILE",
        help=f"{', '.join(profile.names())} (default manual), or a .toml file")
    many("--set", type=_checked(profile.setting), metavar="KEY=VALUE",
        help="one key of the profile")
    add("--sim", choices=("none", "pin", "ready"), help="what is in the slot; the PIN is 1234")
    add("--registration", type=int, choices=range(6), metavar="N",
        help="where the search ends: 1 home, 5 roaming, 3 denied, 2 never")
    add("--speed", type=_checked(_speed), default=1.0, metavar="X",
        help="divides every delay of the profile; inf for none")
    add("--seed", type=int, metavar="N", help="replays a run; printed to stderr when not given")
    add("--trace", metavar="FILE",
        help="one JSON line per UART write, dir as the module sees it, and per event")
    many("--map", type=_checked(network.parse_pair), metavar="A:P=B:Q",
        help="peer A:P of the module is B:Q really")
    many("--dns", type=_checked(network.parse_names), metavar="NAME=IP,…",
        help="a name there is; others, but localhost, are not found")
    many("--ping", type=_checked(network.parse_pings), metavar="HOST=MS,…",
        help="answers to AT+QPING, - for a time-out; other hosts are really pinged")
    add("--ntp", type=_checked(_stamp), metavar="YY/MM/DD,hh:mm:ss+zz",
        help="the answer to AT+QNTP; else the server is asked")
    many("--listen", type=_checked(network.parse_pair), metavar="IP:PORT=IP:PORT",
        help="where a listener on the module's IP:PORT really is; else on loopback")
    many("--fault", type=_checked(_fault), metavar="SPEC", help="see below")
    add("--control", metavar="PATH", help="a unix socket for pins, faults and statistics")
    add("--verbose", action="store_true", help="show the traffic")
    add("--color", action="store_true", help="show it in colour; so is it on a terminal")
    return made


@dataclasses.dataclass
class Running:
    """Everything that runs, and has to be ended."""

    module: Module
    pty: Pty
    control: Control | None


def _profile(options: argparse.Namespace) -> profile.Profile:
    overrides = {**({"baud": options.baud} if options.baud else {}), **dict(options.set)}
    for key in ("sim", "registration"):
        if getattr(options, key) is not None:
            overrides[key] = getattr(options, key)
    return profile.load(options.profile, overrides)


def _network(options: argparse.Namespace) -> RealNetwork:
    return RealNetwork(dict(options.dns), options.map, options.listen, dict(options.ping))


def _watchers(options: argparse.Namespace, clock: LoopClock,
              trace: Trace | None) -> list[Callable[[str, bytes], None]]:
    watchers: list[Callable[[str, bytes], None]] = [trace] if trace is not None else []
    colour = options.color or sys.stdout.isatty()
    if options.verbose or colour:
        watchers.append(Show(clock.now, colour))
    return watchers


def _started(options: argparse.Namespace, stop: Callable[[], object]) -> Running:
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop)
    trace = Trace(options.trace, clock.now) if options.trace else None
    watchers = _watchers(options, clock, trace)
    baud = options.baud or 0

    def to_module(data: bytes) -> None:
        for watch in watchers:
            watch("rx", data)
        up.feed(data if heard() else garbled(data))

    def heard() -> bool:
        return not baud or pty.rate == module.uart.baud

    def to_host(data: bytes) -> None:
        for watch in watchers:
            watch("tx", data)
        down.feed(data)
        if baud:
            module.hold(down.pending)

    def arrived(data: bytes) -> None:
        pty.write(data if heard() else garbled(data))
        if baud:
            module.hold(down.pending)

    def set_baud(rate: int) -> None:
        up.baud = down.baud = rate if baud else 0

    rng = random.Random(options.seed)
    module = Module(clock, _network(options), _profile(options), rng, to_host,
                    speed=options.speed,
                    faults=faults.Faults(random.Random(rng.random()), tuple(options.fault)))
    module.given_time = options.ntp
    if trace is not None:
        module.on_event = trace.event
    module.uart.on_baud = set_baud
    up = Pacer(clock, module.receive, baud, _GRAIN)
    down = Pacer(clock, arrived, baud, _GRAIN)
    pty = Pty(loop, to_module, options.link)
    control = Control(module, options.control, stop) if options.control else None
    return Running(module, pty, control)


async def run(options: argparse.Namespace) -> None:
    """Runs until SIGINT, SIGTERM or `quit`."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    running = _started(options, stopped.set)
    try:
        if running.control is not None:
            await running.control.start()
        print(running.pty.path, flush=True)
        running.module.power.on()
        await stopped.wait()
    finally:
        running.module.power.off()
        if running.control is not None:
            running.control.close()
        running.pty.close()


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    options = parser().parse_args(arguments)
    if options.seed is None:
        options.seed = secrets.randbelow(1 << 32)
        print(f"seed {options.seed}", file=sys.stderr, flush=True)
    try:
        asyncio.run(run(options))
    except (profile.ProfileError, OSError) as error:
        print(f"bc25sim: {error}", file=sys.stderr)
        return 2
    return 0
