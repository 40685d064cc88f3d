"""Stages what the board is lent, runs one script after the other, reports."""

import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools import process
from tools.desk import Desk, Failed
from tools.mp import BUILD, MPY, ROOT
from tools.progress import Work
from tools.servers import LOCAL, free_port
from tools.servers.orders import OrderServers
from tools.trace.recording import how_to_look, keep

SCRIPTS = ROOT / "tests_device"
# In the order that a person would try them.
TESTS = ("identity", "attach", "tcp_echo", "udp_echo", "sweep", "bulk", "two_sockets", "listener",
         "ping", "dns", "ntp", "sleep", "heap")  # fmt: skip
LIMIT_S, DESK_LIMIT_S = 3600, 100
LINE = re.compile(r"(pass|fail|skip) (\w+) ([\d.]+) s ?(.*)")
STYLES = {"pass": "green", "fail": "bold red", "skip": "yellow"}
NAME, PINGED = "device-test.example", "192.0.2.9"


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    port: str
    board: str
    firmware: str
    profile: str
    bind: str
    ports: tuple[int, int] | None  # of the servers to run here for a real board
    token: str
    settings: dict[str, str]
    tests: list[str]
    json: Path
    frozen: bool = False


@dataclass
class Result:
    """One line of the table."""

    script: str
    test: str
    result: str
    seconds: float
    note: str
    output: list[str] = field(default_factory=list)  # of a failure: its traceback


def stage(folder: Path, board: str, settings: dict[str, str], frozen: bool) -> None:
    """Fill `folder` with what the scripts import, the driver unless the board's own is tested."""
    if not frozen:
        shutil.copytree(MPY / "bc25", folder / "bc25")
    shutil.copy(SCRIPTS / "runner.py", folder)
    given = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (folder / "settings.py").write_text((SCRIPTS / "settings.py").read_text() + given)
    if board:
        wiring = ROOT / "boards" / board / "board.py"
        if not wiring.is_file():
            raise Failed(f"no boards/{board}/board.py")
        shutil.copy(wiring, folder)


@contextmanager
def reached(options: Options) -> Iterator[tuple[str, dict[str, str], int]]:
    """The port, the settings that follow from it, and how long a script may take."""
    with ExitStack() as stack:
        if options.port != "desk":
            if options.ports:
                echo, orders = options.ports
                stack.enter_context(
                    OrderServers(options.bind, options.token, echo=echo, orders=orders))
            yield options.port, {}, LIMIT_S
            return
        servers = stack.enter_context(OrderServers(LOCAL, options.token, same_computer=True))
        desk = stack.enter_context(
            Desk(sim_arguments(options.profile), board=options.board or "unix",
                 firmware=options.firmware, folder=BUILD / "device_test")
        )  # fmt: skip
        try:
            yield desk.port, desk_settings(servers), DESK_LIMIT_S
        finally:
            print(how_to_look(keep(desk.trace, "device_test")))


def sim_arguments(profile: str) -> list[str]:
    """A module in whose world the names of `desk_settings` exist.

    It is in a hurry where that asks for nothing that its profile forbids: gaps that the host has
    to keep are not divided by the speed.
    """
    speed = "20" if profile == "manual" else "1"
    return ["--profile", profile, "--speed", speed, "--set", "sleep_after_ms=[2500,2500]",
            "--dns", f"{NAME}={PINGED},192.0.2.10", "--ping", f"{NAME}=30,-,45"]  # fmt: skip


def desk_settings(servers: OrderServers) -> dict[str, str]:
    """tests_device/settings.py on the desk."""
    return {
        "SERVER": "'127.0.0.1'", "ECHO_PORT": f"{servers.echo}", "NAME": f"{NAME!r}",
        "ORDER_PORT": f"{servers.orders}", "PING": f"{NAME!r}",
        "NTP": f"('127.0.0.1', {servers.ntp})", "SLEEP_S": "10",
        "LISTEN_PORT": f"{free_port()}",
    }  # fmt: skip


def run_script(port: str, folder: Path, script: str, limit: float) -> list[Result]:
    """Run one script on the board; its results, and a failure when it did not come to its end."""
    command = [sys.executable, "-m", "mpremote", "connect", port, "mount", str(folder),
               "run", str(SCRIPTS / f"{script}.py")]  # fmt: skip
    since = time.monotonic()
    said: list[str] = []
    code = process.shown(command, limit, said.append)
    results, other = parsed(script, said)
    seconds = time.monotonic() - since
    if code or not results:
        late = seconds >= limit
        note = f"not done after {limit:.0f} s" if late else f"mpremote ended with {code}"
        results.append(Result(script, "script", "fail", seconds, note, other))
    return results


def parsed(script: str, said: list[str]) -> tuple[list[Result], list[str]]:
    """The results in a script's output; what is none belongs to the result before it."""
    results: list[Result] = []
    other: list[str] = []
    for line in said:
        if match := LINE.fullmatch(line.strip()):
            kind, test, seconds, note = match.groups()
            results.append(Result(script, test, kind, float(seconds), note))
            other = results[-1].output
        elif line.strip() and not line.startswith("Local directory"):
            other.append(line)
    return results, other


def run_tests(options: Options, console: Console) -> int:
    """Everything; 1 when something failed."""
    wanted = options.tests or list(TESTS)
    if unknown := set(wanted) - set(TESTS):
        raise Failed(f"no test {', '.join(sorted(unknown))}; there are {', '.join(TESTS)}")
    results: list[Result] = []
    try:
        with reached(options) as reach, Work("device-test", len(wanted)) as work:
            for script in wanted:
                results += tried(script, results, options, *reach)
                show(console, results, script)
                work.step(script)
    except KeyboardInterrupt:
        console.print("ended early; so far:")
        report(console, options, results)
        raise
    return report(console, options, results)


def tried(script: str, before: list[Result], options: Options, port: str,
          known: dict[str, str], limit: float) -> list[Result]:
    """One script's results, or why it was not run."""
    if script != "identity" and no_way_in(before):
        return [Result(script, script, "skip", 0, "the module did not attach")]
    with tempfile.TemporaryDirectory(prefix="bc25") as folder:
        stage(Path(folder), options.board, known | options.settings, options.frozen)
        return run_script(port, Path(folder), script, limit)


def no_way_in(results: list[Result]) -> bool:
    """Whether attaching failed, so that the rest would only wait for nothing."""
    return any(r.script == "attach" and r.test in ("start", "script") for r in results)


def show(console: Console, results: list[Result], script: str) -> None:
    """What one script said."""
    for r in results:
        if r.script == script:
            head = f"{r.result} {r.script}.{r.test} {r.seconds:.2f} s {r.note}"
            console.print(head, style=STYLES[r.result], markup=False)
            for line in r.output:
                console.print(f"     {line}", style="dim", markup=False)


def write_json(options: Options, results: list[Result]) -> None:
    options.json.parent.mkdir(parents=True, exist_ok=True)
    data = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "port": options.port,
        "board": options.board,
        "profile": options.profile if options.port == "desk" else None,
        "results": [asdict(r) for r in results],
    }
    options.json.write_text(json.dumps(data, indent=2) + "\n")


def report(console: Console, options: Options, results: list[Result]) -> int:
    """For programs and for people; the exit code."""
    write_json(options, results)
    table = Table("script", "pass", "fail", "skip", "seconds")
    for script in dict.fromkeys(r.script for r in results):
        mine = [r for r in results if r.script == script]
        counts = [sum(r.result == kind for r in mine) for kind in STYLES]
        style = "red" if counts[1] else "yellow" if counts[2] else ""
        seconds = sum(r.seconds for r in mine)
        table.add_row(script, *map(str, counts), f"{seconds:.1f}", style=style)
    console.print(table)
    totals = {kind: sum(r.result == kind for r in results) for kind in STYLES}
    text = ", ".join(f"{count} {kind}" for kind, count in totals.items())
    console.print(f"{text}; {options.json}", style=STYLES["fail" if totals["fail"] else "pass"])
    return 1 if totals["fail"] else 0
