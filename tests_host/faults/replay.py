"""One program under one fault, its traffic shown: `python -m tests_host.faults.replay --help`.

  python -m tests_host.faults.replay tcp restart@down57
  python -m tests_host.faults.replay udp mcu@200 --profile hostile --seed 2
  python -m tests_host.faults.replay --all [--profile clone] [tcp [restart]] [--step 7]

--all tries every fault at every point (or every so many-th) of every program and counts; hours.

Faults are the simulated module's (tools.bc25sim.faults), and two of the board's: `mcu@N`, the MCU
restarts once it wrote N more bytes; `overrun@N`, its UART loses five bytes from the Nth on.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable

from tools import process
from tools.progress import Work

from .programs import CALM, PROGRAMS, Misread, Run, aftermath, attempt, start, verify

_SHOWN = 5  # broken points of a program and a kind that are named


def show(run: Run) -> None:
    """Print what passes between driver and module from now on."""
    faults, clock = run.rig.module.faults, run.rig.clock

    def shown(mark: str, passed: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        def call(data: bytes) -> bytes:
            data = passed(data)
            if data:
                print(f"{clock.ms():8d} {mark} {data!r}")
            return data
        return call

    faults.sent = shown("<", faults.sent)  # type: ignore[assignment, method-assign]
    faults.received = shown(">", faults.received)  # type: ignore[assignment, method-assign]


def inflict(run: Run, fault: str) -> None:
    """One fault, from now on."""
    kind, _, at = fault.partition("@")
    uart = run.rig.uart
    if kind == "mcu":
        uart.dies_at = uart.written + int(at)
    elif kind == "overrun":
        uart.overrun = set(range(uart.received + int(at), uart.received + int(at) + 5))
    elif fault:
        run.rig.module.faults.add(fault)


def whole(program: str, fault: str = "", profile: str = "manual", seed: int = 1,
          shown: bool = False) -> Run:
    """The program under the fault, from start to checked end."""
    pins = fault.startswith(("sleep", "off", "mute"))  # a module not heard may sleep
    run = start(PROGRAMS[program], seed, profile_name=profile, profile_settings=CALM, pins=pins)
    if shown:
        show(run)
    inflict(run, fault)
    attempt(run, PROGRAMS[program])
    if shown:
        print("-- the program raised", run.errors)
    aftermath(run)
    # Asleep in the middle of a line, a module leaves a part of it out.
    garbled = fault.startswith(("lose", "double", "flip", "overrun", "sleep"))
    assert garbled or not any(isinstance(e, Misread) for e in run.errors), run.errors
    if fault.startswith("closed"):  # what the server said last may never have come
        for account, _ in run.streams:
            account.at_end = False
    verify(run, flipped=fault.startswith("flip"))
    return run


def everything(program: str | None, kind: str, profile: str, step: int) -> int:
    """Every fault at every `step`-th point; 1 when anything broke."""
    from . import matrix

    every = {(name, one): matrix.points(one, name, profile)[::step]
             for name in ([program] if program else PROGRAMS)
             for one in ([kind] if kind else matrix.KINDS)}
    counts: Counter[tuple[str, str]] = Counter()
    try:
        with Work("replay", sum(len(faults) for faults in every.values())) as work:
            for (name, one), faults in every.items():
                for text in matrix.broken(name, profile, faults, work.step):
                    counts[name, one] += 1
                    if counts[name, one] <= _SHOWN:
                        print(text, flush=True)
                print(f"{profile} {name} {one}: {counts[name, one]} of {len(faults)} broken",
                      flush=True)
    finally:
        print(f"{counts.total()} broken in all")
    return int(bool(counts))


def main() -> int:
    """Exit 1 when something was lost, doubled, or left behind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.
                                     RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", choices=PROGRAMS)
    parser.add_argument("fault", nargs="?", default="")
    parser.add_argument("--profile", default="manual")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--step", type=int, default=1)
    args = parser.parse_args()
    if args.all:
        return everything(args.program, args.fault, args.profile, args.step)
    if not args.program:
        parser.error("a program, or --all")
    try:
        run = whole(args.program, args.fault, args.profile, args.seed, shown=True)
    except AssertionError as error:
        print("-- BROKEN:", error)
        return 1
    print("-- as it should be; errors", run.errors, "counters", run.rig.nic.status("counters"))
    return 0


if __name__ == "__main__":
    sys.exit(process.run(main))
