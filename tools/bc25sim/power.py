"""Off, booting, ready, asleep; and the three pins."""

from typing import TYPE_CHECKING

from .clock import Handle

if TYPE_CHECKING:
    from .core import Module

# How long a line has to be held, in seconds; a little less than wire.md says, since what asserts
# it measures with a clock of its own.
HOLD = {"wake": 0.09, "reset": 0.9, "power": 1.0}


class Power:
    """`state` is off, boot, ready or asleep."""

    def __init__(self, module: "Module") -> None:
        self._module = module
        self.state = "off"
        self._active_at = 0.0
        self._held: dict[str, Handle] = {}

    @property
    def awake(self) -> bool:
        """Whether commands are being taken."""
        return self.state == "ready"

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
        self._module.count("restarts")
        self._module.after(self._module.delay("boot_ms"), self._booted)

    def _drop(self, state: str) -> None:
        self._module.forget()
        self._module.sockets.drop_all()
        self.state = state

    def _booted(self) -> None:
        module = self._module
        self.state = "ready"
        module.start_settings()
        if module.profile.banner:
            module.output.send(module.profile.banner.encode())
        for line in module.profile.boot_lines:
            module.urc(line)
        module.radio.restart()
        self.touch()
        self._rearm()

    # -- deep sleep --------------------------------------------------------------------------

    def hears(self, data: bytes) -> bool:
        """Whether the UART takes these bytes; a sleeping or booting one loses them."""
        if self.state == "ready":
            return True
        self._module.count(f"lost_{self.state}", len(data))
        if self.state == "asleep":
            self._knocked()
        return False

    def _knocked(self) -> None:
        profile = self._module.profile
        if profile.asleep_answer:
            self._module.output.send(profile.asleep_answer.encode())
        if profile.wake_on_rx:
            self.wake()

    def touch(self) -> None:
        """The host or the module did something: sleep is put off."""
        self._active_at = self._module.clock.now()

    def _rearm(self) -> None:
        idle = self._module.clock.now() - self._active_at
        wait = self._module.limit("sleep_after_ms") - idle
        if wait <= 0 and self._may_sleep():
            return self.sleep()
        # Not before a while when only something else keeps it awake.
        floor = self._module.limit("sleep_after_ms") / 10
        self._module.after(max(wait, floor, 0.001), self._rearm)
        return None

    def _may_sleep(self) -> bool:
        module = self._module
        working = module.busy or module.reader.prompt or module.sockets.working
        alive = module.settings.keepalive[0] and module.sockets.streams
        return module.settings.sleep_mode == 1 and not (
            working or alive or module.radio.searching or "power" in self._held)

    def sleep(self) -> None:
        """Deep sleep: TCP sockets die, UDP ones live on, the UART is off."""
        if self.state != "ready":
            return
        for line in self._module.profile.sleep_lines:
            if self._sleep_lines_wanted():
                self._module.output.bare(line)
        self._module.output.flush()
        self.state = "asleep"
        self._module.count("sleeps")
        self._module.forget()
        self._module.sockets.sleep()

    def _sleep_lines_wanted(self) -> bool:
        return not self._module.profile.wake_lines_asked or self._module.settings.wake_lines

    def wake(self) -> None:
        """PSM_EINT."""
        if self.state == "asleep":
            self.state = "waking"
            self._module.after(self._module.delay("wake_ms"), self._woken)

    def _woken(self) -> None:
        module = self._module
        self.state = "ready"
        module.settings.sleep_mode = 1
        if module.profile.echo_after_wake == "on":
            module.settings.echo = True
        if module.profile.rdy_on_wake:
            module.urc("RDY")
        for line in module.profile.wake_lines:
            if self._sleep_lines_wanted():
                module.output.bare(line)
        module.radio.resume()
        self.touch()
        self._rearm()

    # -- pins --------------------------------------------------------------------------------

    def pin(self, name: str, asserted: bool) -> None:
        """A line is asserted or let go; it acts when held for as long as HOLD says."""
        held = self._held.pop(name, None)
        if held is not None:
            held.cancel()
        if asserted:
            self._held[name] = self._module.clock.call_later(HOLD[name], self.pulse, name)

    def pulse(self, name: str) -> None:
        """The line was held long enough."""
        {"wake": self.wake, "reset": self.restart, "power": self.on}[name]()
