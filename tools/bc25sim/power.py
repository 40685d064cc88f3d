"""Off, booting, ready, asleep; and the three pins."""

from collections.abc import Callable, Sequence

from .clock import Handle
from .faults import Faults
from .output import Output
from .runtime import Part, Runtime
from .settings import Settings

# How long a line has to be held, in seconds; a little less than wire.md says, since what asserts
# it measures with a clock of its own.
HOLD = {"wake": 0.09, "reset": 0.9, "power": 1.0}

_FLOATS_S = 0.1  # from deep sleep until the line is read as NULs


class Power:
    """`state` is off, boot, ready, asleep or waking.

    `parts` are told what happens, in their order; `keeps_awake` says whether something lasting
    forbids deep sleep.
    """

    def __init__(self, runtime: Runtime, settings: Settings, faults: Faults, output: Output,
                 parts: Sequence[Part], keeps_awake: Callable[[], bool]) -> None:
        self._runtime = runtime
        self._settings = settings
        self._faults = faults
        self._output = output
        self._parts = parts
        self._keeps_awake = keeps_awake
        self.state = "off"
        self._held: dict[str, Handle] = {}

    def _enter(self, state: str) -> None:
        self.state = state
        self._runtime.on_event("power", state)

    # -- boot and restart --------------------------------------------------------------------

    def on(self) -> None:
        """PWRKEY, from off."""
        if self.state == "off":
            self.restart()

    def off(self) -> None:
        """The supply is gone."""
        self._drop("off")

    def restart(self) -> None:
        """RESET_N, AT+QRST=1 or a crash; silent until RDY."""
        self._drop("boot")
        self._runtime.draw()
        self._runtime.count("restarts")
        wait = self._runtime.delay("boot_ms")
        profile = self._runtime.profile
        if profile.boot_garbage and not profile.boot_garbage_glued:
            early = min(wait, self._runtime.delay("boot_garbage_ms"))
            self._runtime.after(wait - early, self._output.send, _bytes(profile.boot_garbage))
        self._runtime.after(wait, self._booted)

    def _drop(self, state: str) -> None:
        self._runtime.forget()
        for part in self._parts:
            part.cut()
        self._enter(state)

    def _booted(self) -> None:
        profile = self._runtime.profile
        self._enter("ready")
        self._settings.start()
        if profile.banner:
            self._output.send(_bytes(profile.banner))
        if profile.boot_garbage and profile.boot_garbage_glued:
            self._output.garbled_start(_bytes(profile.boot_garbage))
        for line in profile.boot_lines:
            self._output.urc(line)
        for part in self._parts:
            part.booted()
        self._runtime.touch()
        self._rearm()

    # -- deep sleep --------------------------------------------------------------------------

    def hears(self, data: bytes) -> bool:
        """Whether the UART takes these bytes; a sleeping or booting one loses them."""
        if self.state == "ready":
            self._runtime.touch()
            return True
        self._runtime.count(f"lost_{self.state}", len(data))
        if self.state == "asleep":
            self._knocked()
        return False

    def _knocked(self) -> None:
        profile = self._runtime.profile
        if profile.asleep_answer:
            self._output.send(profile.asleep_answer.encode())
        if profile.wake_on_rx:
            self.wake()

    def _rearm(self) -> None:
        idle = self._runtime.clock.now() - self._runtime.active_at
        wait = self._runtime.limit("sleep_after_ms") - idle
        if wait <= 0 and self._may_sleep():
            return self.sleep()
        # Not before a while when only something else keeps it awake.
        floor = self._runtime.limit("sleep_after_ms") / 10
        self._runtime.after(max(wait, floor, 0.001), self._rearm)
        return None

    def _may_sleep(self) -> bool:
        working = any(part.working for part in self._parts)
        return self._settings.sleep_mode == 1 and not (
            working or self._keeps_awake() or "power" in self._held)

    def sleep(self) -> None:
        """Deep sleep: TCP sockets die, UDP ones live on, the UART is off."""
        if self.state != "ready":
            return
        self._say(self._runtime.profile.sleep_lines)
        self._output.flush()
        self._enter("asleep")
        self._runtime.count("sleeps")
        self._runtime.forget()
        for part in self._parts:
            part.asleep()
        floating = self._faults.hit("nuls")
        if floating is not None:
            self._runtime.after(_FLOATS_S, self._output.send, bytes(int(floating.value)))

    def _say(self, lines: Sequence[str]) -> None:
        """The lines of sleep and wake, where they are wanted."""
        if not self._runtime.profile.wake_lines_asked or self._settings.wake_lines:
            for line in lines:
                self._output.bare(line)

    def wake(self) -> None:
        """PSM_EINT."""
        if self.state == "asleep":
            self._enter("waking")
            self._runtime.after(self._runtime.delay("wake_ms"), self._woken)

    def _woken(self) -> None:
        profile = self._runtime.profile
        self._enter("ready")
        self._settings.sleep_mode = 1
        if profile.echo_after_wake == "on":
            self._settings.echo = True
        if profile.reports_after_wake == "off":
            self._settings.start_error_form()
        if profile.rdy_on_wake:
            self._output.urc("RDY")
        self._say(profile.wake_lines)
        for part in self._parts:
            part.woken()
        self._runtime.touch()
        self._rearm()

    # -- pins --------------------------------------------------------------------------------

    def pin(self, name: str, asserted: bool) -> None:
        """A line is asserted or let go; it acts when held for as long as HOLD says."""
        held = self._held.pop(name, None)
        if held is not None:
            held.cancel()
        if asserted:
            self._held[name] = self._runtime.clock.call_later(HOLD[name], self.pulse, name)

    def pulse(self, name: str) -> None:
        """The line was held long enough."""
        {"wake": self.wake, "reset": self.restart, "power": self.on}[name]()


def _bytes(text: str) -> bytes:
    """What a profile writes as \\u0000 to \\u00ff."""
    return text.encode("latin-1")
