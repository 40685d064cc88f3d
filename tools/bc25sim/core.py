"""The module itself, put together from its parts; no PTY, no time of its own."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from .clock import Clock
from .command import collected
from .commands import Attach, Board, Identity, Operator, Services, Sleep, TcpIp, Terminal
from .connections import Connections
from .faults import Faults
from .interpreter import Interpreter
from .network import Network
from .output import Output
from .power import Power
from .profile import Profile
from .radio import Radio
from .resolver import Resolver
from .runtime import Runtime
from .settings import Calendar, Flash, Settings
from .stack import Stack
from .uart import Uart

PUSH_BACKLOG = 2048  # bytes of direct push mode that may wait for the UART


class Module:
    """A BC25 on a UART: `receive` takes what the host sends, `send` is handed what it hears.

    `speed` divides every delay of the profile. Each part gets in its constructor what it uses;
    this class knows them all and none of them knows it.
    """

    def __init__(self, clock: Clock, network: Network, profile: Profile, rng: random.Random,
                 send: Callable[[bytes], Any], *, speed: float = 1.0,
                 faults: Faults | None = None) -> None:
        self.clock = clock
        self._runtime = runtime = Runtime(clock, profile, rng, speed)
        self.flash = Flash(profile)
        self.settings = Settings(profile)
        self.calendar = Calendar(clock, self.settings)
        self.faults = faults or Faults(random.Random(rng.random()))
        self.uart = Uart(runtime, self.flash)
        self.output = Output(runtime, self.settings, self.faults, send)
        self.radio = Radio(runtime, self.flash, self.settings, self.output)
        stack = Stack(runtime, self.flash, self.settings, self.faults, self.output, self.radio,
                      network, Resolver(runtime, network))
        self.connections = Connections(stack)
        self.interpreter = Interpreter(runtime, self.settings, self.faults, self.output,
                                       collected(self._groups(stack)))
        self.power = Power(
            runtime, self.settings, self.faults, self.output,
            (self.uart, self.interpreter, self.output, self.connections, self.radio),
            self._kept_alive)
        self.radio.on_detached = self.connections.network_lost
        self.radio.on_no_sim = self.power.sleep
        self.faults.attach(clock, self._events())
        self.faults.on_struck = lambda what: runtime.on_event("fault", what)

    def _groups(self, stack: Stack) -> list[object]:
        """Everything that answers commands."""
        runtime = self._runtime
        return [
            Terminal(runtime, self.settings, self.uart, self.calendar, self._names),
            Identity(runtime, self.radio),
            Attach(runtime, self.flash, self.faults, self.radio, self._restart),
            Operator(runtime, self.settings, self.radio),
            Sleep(runtime, self.settings, self._restart),
            Board(runtime, self.output, self._off),
            TcpIp(stack, self.connections, self._restart),
            Services(stack, self.calendar),
        ]

    def _names(self) -> list[str]:
        return list(self.interpreter.commands)

    def _restart(self) -> None:
        """On a command, whose answer is still heard."""
        self.output.flush()
        self.power.restart()

    def _off(self) -> None:
        self.power.off()

    def _kept_alive(self) -> bool:
        """A TCP connection with keepalive keeps the module from deep sleep."""
        return bool(self.settings.keepalive[0]) and self.connections.streams

    # -- faults ------------------------------------------------------------------------------

    def _events(self) -> dict[str, Callable[[str], Any]]:
        """What each event of the faults does, given its value."""
        return {
            "restart": lambda _: self.power.restart(),
            "sleep": lambda _: self.power.sleep(),
            "off": lambda _: self.power.off(),
            "closed": lambda value: self.connections.close_by_peer(_number(value)),
            "unlisten": lambda value: self.connections.close_listener(_number(value)),
            "full": lambda value: self.connections.fill(_number(value)),
            "echo": lambda _: self._echo(),
            "forget": lambda _: self._forget(),
        }

    def _echo(self) -> None:
        self.settings.echo = True

    def _forget(self) -> None:
        """All settings are as from the factory."""
        self.flash.reset()
        self.settings.start()
        self.uart.restore()

    # -- the UART ----------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Takes bytes that the host sent."""
        self._runtime.count("rx_bytes", len(data))
        data = self.faults.received(data)
        if data and self.power.hears(data):
            self.interpreter.reader.feed(data)

    def hold(self, pending: int) -> None:
        """Told how many bytes wait for the line; push mode's peers are held back when many do."""
        self.connections.hold_push(pending > PUSH_BACKLOG)

    # -- what is seen from outside -----------------------------------------------------------

    @property
    def counters(self) -> Counter[str]:
        """The statistics."""
        return self._runtime.counters

    @property
    def on_event(self) -> Callable[[str, str], Any]:
        """Told what no byte shows; see Runtime."""
        return self._runtime.on_event

    @on_event.setter
    def on_event(self, call: Callable[[str, str], Any]) -> None:
        self._runtime.on_event = call

    @property
    def given_time(self) -> str | None:
        """What AT+QNTP answers instead of asking a server."""
        return self.calendar.given

    @given_time.setter
    def given_time(self, stamp: str | None) -> None:
        self.calendar.given = stamp

    def stats(self) -> dict[str, Any]:
        """Counters and state, for the control channel and for tests."""
        return {**self.counters, "state": self.power.state, "busy": self.interpreter.reader.paused,
                "registration": self.radio.stat, "sockets": self.connections.summary(),
                "faults": dict(self.faults.counters)}


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
