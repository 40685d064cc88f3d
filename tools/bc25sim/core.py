"""The module itself: power, settings, commands in, lines out; no PTY, no time of its own."""

import dataclasses
import datetime
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from .arguments import Arguments
from .clock import Clock, Handle
from .commands import COMMANDS
from .errors import CME_BAD_PARAMETERS, CME_NOT_SUPPORTED, BadArguments, CmeError, Refused
from .faults import Faults
from .network import Network, is_ip
from .output import Output
from .power import Power
from .profile import Profile
from .radio import Radio
from .reader import Reader
from .reply import Command, Handler, Reply
from .sockets import Sockets

PUSH_BACKLOG = 2048  # bytes of direct push mode that may wait for the UART
CALENDAR = datetime.datetime(2024, 1, 1)  # before anyone sets the clock


@dataclasses.dataclass
class Flash:
    """What a restart does not forget."""

    view_mode: int = 0
    show_length: int = 0
    receive_hex: int = 0
    modes: dict[int, int] = dataclasses.field(default_factory=dict)  # QISWTMD: id -> access mode
    context: tuple[str, ...] = ()  # AT+QCGDEFCONT
    baud: int = 0


@dataclasses.dataclass
class Settings:
    """What a restart does forget."""

    echo: bool
    cmee: int
    sleep_mode: int = 1  # AT+QSCLK; 1 again after every restart
    wake_lines: bool = False  # AT+QATWAKEUP
    keepalive: tuple[int, int, int, int] = (0, 60, 10, 9)  # 2.1.13
    dns_servers: tuple[str, ...] = ()
    psm: tuple[int, str, str] = (0, "00000001", "00000001")
    edrx: tuple[int, str] = (0, "0010")
    clock_offset: float = 0.0  # added to the simulated UTC clock
    zone: int = 32  # quarters of an hour


class Module:
    """A BC25 on a UART: `receive` takes what the host sends, `send` is handed what it hears.

    `speed` divides every delay of the profile; `on_baud` is told when AT+IPR took effect.
    """

    def __init__(self, clock: Clock, network: Network, profile: Profile, rng: random.Random,
                 send: Callable[[bytes], Any], *, speed: float = 1.0,
                 faults: Faults | None = None) -> None:
        self.clock = clock
        self.network = network
        self.base_profile = profile
        self.profile = profile.drawn(rng)
        self.rng = rng
        self.speed = speed
        self.counters: Counter[str] = Counter()
        self.on_baud: Callable[[int], Any] = lambda baud: None
        self.given_time: str | None = None  # what AT+QNTP answers, instead of asking a server
        self.baud = profile.baud
        self.reset_flash()
        self.settings = Settings(profile.echo, profile.cmee)
        self.last_error = 0
        self.busy = False
        self._epoch = 0
        self._flash_until = 0.0
        self.faults = faults or Faults(random.Random(rng.random()))
        self.output = Output(self, send)
        self.reader = Reader(self)
        self.radio = Radio(self)
        self.sockets = Sockets(self)
        self.power = Power(self)
        self.faults.attach(self)

    # -- time and chance ---------------------------------------------------------------------

    def delay(self, key: str) -> float:
        """Seconds of the profile's range `key`, under the speed in force."""
        return self.limit(key) / self.speed

    def limit(self, key: str) -> float:
        """The same where it bounds how long something may last, which no speed changes."""
        low, high = getattr(self.profile, key)
        return float(low if low == high else self.rng.uniform(low, high)) / 1000

    def after(self, seconds: float, call: Callable[..., Any], *args: Any) -> Handle:
        """Calls later, unless the module restarts or falls asleep before."""
        return self.clock.call_later(seconds, self._fire, self._epoch, call, args)

    def _fire(self, epoch: int, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if epoch == self._epoch:
            call(*args)

    def resolve(self, name: str, done: Callable[[list[str]], Any]) -> None:
        """Calls `done` later with the addresses of a name, or with the address it already is."""
        if is_ip(name):
            self.after(0, done, [name])
        else:
            wait = self.delay("dns_ms")
            self.network.resolve(name, lambda ips: self.after(wait, done, ips))

    def count(self, name: str, amount: int = 1) -> None:
        """Adds to the statistics."""
        self.counters[name] += amount

    def reset_flash(self) -> None:
        """As it left the factory."""
        self.flash = Flash(context=("IP", self.profile.apn), baud=self.profile.baud)

    def start_settings(self) -> None:
        """Settings as they are after a boot."""
        self.last_error = 0
        self.settings = Settings(self.profile.echo, self.profile.cmee,
                                 dns_servers=self.profile.dns_servers)
        if self.baud != self.flash.baud:
            self.set_baud(self.flash.baud)

    def forget(self) -> None:
        """Ends everything under way, as losing power does."""
        self._epoch += 1
        self.busy = False
        self.reader.clear()
        self.output.clear()

    def set_baud(self, baud: int) -> None:
        """From now on, on both lines."""
        self.baud = baud
        self.on_baud(baud)

    def hold(self, pending: int) -> None:
        """Told how many bytes wait for the line; push mode's peers are held back when many do."""
        self.sockets.hold_push(pending > PUSH_BACKLOG)

    def utc(self, offset: float) -> datetime.datetime:
        """The module's calendar: a day fixed in advance plus the clock and `offset`."""
        return CALENDAR + datetime.timedelta(seconds=self.clock.now() + offset)

    def stamp(self, utc: datetime.datetime) -> str:
        """Local time and its zone, as AT+CCLK and AT+QNTP write it (2.1.9)."""
        local = utc + datetime.timedelta(minutes=15 * self.settings.zone)
        return f"{local:%y/%m/%d,%H:%M:%S}{self.settings.zone:+03d}"

    def set_clock(self, stamp: str) -> None:
        """Sets the clock to what `stamp` would write; ValueError for what is no time."""
        zone = int(stamp[17:] or 0)
        local = datetime.datetime.strptime(stamp[:17], "%y/%m/%d,%H:%M:%S")
        utc = local - datetime.timedelta(minutes=15 * zone)
        self.settings.zone = zone
        self.settings.clock_offset = (utc - self.utc(0.0)).total_seconds()

    # -- input -------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Takes bytes that the host sent."""
        self.count("rx_bytes", len(data))
        data = self.faults.received(data)
        if data and self.power.hears(data):
            self.power.touch()
            self.reader.feed(data)

    def echo(self, data: bytes) -> None:
        """Sends command bytes back while echo is on."""
        if self.settings.echo:
            self.output.send(data)

    def execute(self, line: bytes) -> None:
        """Answers one command line after the time that takes."""
        self.profile = self.base_profile.drawn(self.rng)
        text = line.decode("latin-1").strip(" \n")
        if not text:
            return
        self.count("commands")
        self.faults.command()
        if self.power.awake:
            self.answer(lambda: self._handled(text, len(line)))

    def answer(self, work: Callable[[], Reply]) -> None:
        """Sends what `work` gives after a command's time; until then input waits."""
        self.busy = True
        self.after(self.delay("command_ms") + self.faults.slow(), self._answer, work)

    def _answer(self, work: Callable[[], Reply]) -> None:
        reply = work()
        self.busy = False
        self.power.touch()
        if reply.final != "drop":
            self.output.reply(reply)
        if reply.prompt is not None:
            self.reader.open_prompt(reply.prompt, self.limit("prompt_settle_ms"))
        elif reply.then is not None:
            reply.then()
        self.sockets.release_held()
        self.reader.pump()

    def _handled(self, text: str, length: int) -> Reply:
        upper = text.upper()
        if length > self.profile.max_line or not upper.startswith("AT"):
            return Reply(final=self.profile.garbage_answer or "drop")
        name, form, rest = _parsed(text)
        command = COMMANDS.get(name)
        if command is None:
            return self._cme(CME_NOT_SUPPORTED)
        return self._tried(command, form, rest)

    def _tried(self, command: Command, form: str, rest: str) -> Reply:
        """Runs one form of a command and turns what it raises into its answer."""
        code = 0
        try:
            self.faults.maybe_error(command)
            reply = self._form(command, form, rest)
        except Refused as refused:
            code = refused.code
        except CmeError as error:
            return self._cme(error.code)
        except BadArguments:
            code = 552
        else:
            if command.tcpip and command.name != "+QIGETERROR" and self.profile.good_clears_error:
                self.last_error = 0
            return reply
        if not command.tcpip:
            return self._cme(CME_BAD_PARAMETERS)
        return self.refuse(code)

    def refuse(self, code: int) -> Reply:
        """A chapter 2 command's ERROR, whose reason QIGETERROR tells."""
        self.last_error = code
        self.count("errors")
        return Reply(final=f"+CME ERROR: {code}" if self.profile.tcpip_cme else "ERROR")

    def _cme(self, code: int) -> Reply:
        self.count("errors")
        return Reply(final=f"+CME ERROR: {code}" if self.settings.cmee else "ERROR")

    def _form(self, command: Command, form: str, rest: str) -> Reply:
        if form == "test":
            if command.test is None:
                raise BadArguments
            return Reply(list(command.test))
        handler: Handler | None = getattr(command, form)
        if handler is None:
            raise BadArguments
        if command.flash and form == "write" and not self._flash_free():
            return Reply(final="drop")
        return handler(self, Arguments(rest if form == "write" else "")) or Reply()

    def _flash_free(self) -> bool:
        """Whether a flash write may start; the next one has to wait."""
        now, gap = self.clock.now(), self.limit("flash_gap_ms")
        if now < self._flash_until:
            self.count("flash_dropped")
            return False
        self._flash_until = now + gap
        return True

    # -- output ------------------------------------------------------------------------------

    def urc(self, text: str) -> None:
        """Sends an unsolicited line."""
        self.power.touch()
        self.profile = self.base_profile.drawn(self.rng)
        self.count("urcs")
        self.output.urc(text)

    def urc_data(self, head: str, glue: bytes, data: bytes) -> None:
        """Sends an unsolicited line with data behind it, in one piece."""
        self.profile = self.base_profile.drawn(self.rng)
        self.count("urcs")
        self.output.send(self.profile.line_start.encode() + head.encode() + glue + data)

    def stats(self) -> dict[str, Any]:
        """Counters and state, for the control channel and for tests."""
        return {**self.counters, "state": self.power.state, "busy": self.busy,
                "registration": self.radio.stat, "sockets": self.sockets.summary(),
                "faults": dict(self.faults.counters)}


def _parsed(text: str) -> tuple[str, str, str]:
    """`AT+X=1` to name, form and what stands behind it."""
    body = text[2:]
    name, equals, rest = body.partition("=")
    if equals:
        return name.strip().upper(), "test" if rest.strip() == "?" else "write", rest
    if body.endswith("?"):
        return body[:-1].strip().upper(), "read", ""
    return body.strip().upper(), "run", ""
