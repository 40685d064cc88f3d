"""SIM, registration, attach and the radio connection: what stands below the TCP/IP commands."""

from collections.abc import Callable
from typing import Any

from .clock import Handle
from .output import Output
from .runtime import Part, Runtime
from .settings import Flash, Settings

_REGISTERED = (1, 5)
_DENIED = 3
AREA, CELL = "2B0F", "07A1C332"
TECHNOLOGY = "9"  # NB-IoT
_CAUSE = ("0", "11")  # of EMM, network not allowed


class Radio(Part):
    """`stat` is AT+CEREG's: 0 not searching, 1 home, 2 searching, 3 denied, 5 roaming.

    `on_detached` is called when the network was left, `on_no_sim` when there is nothing to do
    without a SIM.
    """

    def __init__(self, runtime: Runtime, flash: Flash, settings: Settings,
                 output: Output) -> None:
        self._runtime = runtime
        self._flash = flash
        self._settings = settings
        self._output = output
        self.on_detached: Callable[[], Any] = lambda: None
        self.on_no_sim: Callable[[], Any] = lambda: None
        self.sim = runtime.base_profile.sim
        self.function = 1  # AT+CFUN
        self.stat = 0
        self.report = 0  # AT+CEREG=n
        self.report_connection = 0  # AT+CSCON=n
        self.connected = 0  # +CSCON
        self.context = flash.context  # in force; AT+QCGDEFCONT changes it at a restart
        self._sim_looked_for = True  # the slot was looked at since the boot
        self._refusals = 0  # of AT+CGATT=1, still to come
        self._idle: Handle | None = None

    @property
    def attached(self) -> bool:
        """Whether an address is held."""
        return self.stat in _REGISTERED

    @property
    def working(self) -> bool:
        ends = self._runtime.profile.registration != 2
        return not self._sim_looked_for or (self.stat == 2 and ends)

    def booted(self) -> None:
        self.sim = self._runtime.base_profile.sim  # a PIN has to be given again
        self.function, self.connected = 1, 0
        self._enter(0)
        self.report = self.report_connection = 0
        self.context = self._flash.context
        self._refusals = self._runtime.profile.cgatt_refused
        self._sim_looked_for = False
        self._runtime.after(self._runtime.delay("sim_ms"), self._sim_seen)

    def _sim_seen(self) -> None:
        self._sim_looked_for = True
        self._tell_sim()
        if self.sim == "ready":
            self.search()
        elif self.sim == "none" and self._runtime.profile.no_sim_sleep_ms[1]:
            self._runtime.after(self._runtime.limit("no_sim_sleep_ms"), self.on_no_sim)

    def _tell_sim(self) -> None:
        shown = {"ready": "READY", "pin": "SIM PIN", "none": "NOT READY"}[self.sim]
        self._output.urc(f"+CPIN: {shown}")

    def woken(self) -> None:
        if self._runtime.profile.reports_after_wake == "off":
            self.report = self.report_connection = 0
        if not self.attached:
            self._enter(0)  # a search that sleep cut short begins anew
            self.search()

    def unlock(self) -> None:
        """The PIN was right."""
        self.sim = "ready"
        if self._runtime.profile.function_lines:
            self._runtime.after(self._runtime.delay("sim_ms"), self._tell_sim)
        self.search()

    def set_function(self, level: int) -> None:
        """AT+CFUN."""
        before, self.function = self.function, level
        if level == 1 and self._runtime.profile.function_lines:
            self._output.urc("+CFUN: 1")
            self._runtime.after(self._runtime.delay("sim_ms"), self._tell_sim)
        if level == 1 and before != 1:
            self.search()
        elif level != 1:
            self.detach()

    def refuses(self) -> bool:
        """Whether this AT+CGATT=1 fails; a later one may not."""
        self._refusals -= 1
        return self._refusals >= 0

    def search(self) -> None:
        """Looks for a network, if there is a SIM and nothing says otherwise."""
        if self.sim == "ready" and self.function == 1 and not self.attached and self.stat != 2:
            self._set(2)
            self._runtime.after(self._runtime.delay("attach_ms"), self._found)

    def _found(self) -> None:
        if self.stat != 2:
            return
        self._set(self._runtime.profile.registration)
        if self.attached and self._runtime.profile.ip_line:
            self._output.urc(f"+IP: {self._runtime.profile.address}")

    def detach(self) -> None:
        """Leaves the network; connections break."""
        if self.stat:
            self._set(0)
            self.on_detached()

    def _enter(self, stat: int) -> None:
        self.stat = stat
        self._runtime.on_event("registration", str(stat))

    def _set(self, stat: int) -> None:
        self._enter(stat)
        if self.report:
            self._output.urc(f"+CEREG: {self.status()}")

    def status(self) -> str:
        """What +CEREG tells under AT+CEREG=n: the state, the cell, why not, the timers."""
        fields = [str(self.stat)]
        if self.report > 1 and self.attached:
            quote = '"' if self._runtime.profile.cereg_quoted else ""
            fields += [f"{quote}{part}{quote}" for part in (AREA, CELL)] + [TECHNOLOGY]
        if self.report in (3, 5) and self.stat == _DENIED:
            fields += [""] * (4 - len(fields)) + list(_CAUSE)
        if self.report in (4, 5) and self.attached and self._settings.psm[0] == 1:
            tau, active = self._runtime.profile.granted_timers or self._settings.psm[1:]
            fields += [""] * (6 - len(fields)) + [f'"{active}"', f'"{tau}"']
        return ",".join(fields)

    def traffic(self) -> None:
        """Data went over the air: the radio connection is up, and goes down when idle."""
        if not self.report_connection:
            return
        if self._idle is not None:
            self._idle.cancel()
        self._connection(1)
        self._idle = self._runtime.after(self._runtime.delay("radio_idle_ms"), self._connection, 0)

    def _connection(self, state: int) -> None:
        if state != self.connected:
            self.connected = state
            self._output.urc(f"+CSCON: {state}")
