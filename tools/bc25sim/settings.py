"""What the host can set: what a restart forgets, what it does not, and the clock."""

import datetime

from .clock import Clock
from .profile import Profile

CALENDAR = datetime.datetime(2024, 1, 1)  # before anyone sets the clock


class Flash:
    """What a restart does not forget."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.reset()

    def reset(self) -> None:
        """As it left the factory."""
        self.view_mode = 0
        self.show_length = 0
        self.receive_hex = 0
        self.modes: dict[int, int] = {}  # AT+QISWTMD: id -> access mode
        apn = self._profile.apn
        self.context: tuple[str, ...] = ("IP", apn) if apn else ("IP",)  # AT+QCGDEFCONT
        self.baud = self._profile.baud


class Settings:
    """What a restart does forget."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.start()

    def start(self) -> None:
        """As after a boot."""
        self.start_dialect()
        self.sleep_mode = 1  # AT+QSCLK; 1 again after every restart
        self.wake_lines = False  # AT+QATWAKEUP
        self.keepalive = (0, 60, 10, 9)  # 2.1.13
        self.dns_servers = self._profile.dns_servers
        self.psm = (0, "00000001", "00000001")
        self.edrx = (0, "0010")
        self.clock_offset = 0.0  # added to the simulated UTC clock
        self.zone = 32  # quarters of an hour
        self.last_error = 0  # AT+QIGETERROR

    def start_dialect(self) -> None:
        """How commands are echoed and refused, as after a boot."""
        self.echo = self._profile.echo
        self.start_error_form()

    def start_error_form(self) -> None:
        """AT+CMEE, as after a boot."""
        self.cmee = self._profile.cmee


class Calendar:
    """The module's date and time; `given` is what AT+QNTP answers instead of asking a server."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings
        self.given: str | None = None

    def _utc(self, offset: float) -> datetime.datetime:
        return CALENDAR + datetime.timedelta(seconds=self._clock.now() + offset)

    def now(self) -> str:
        """Local time and its zone."""
        return self.stamp(self._utc(self._settings.clock_offset))

    def stamp(self, utc: datetime.datetime) -> str:
        """A time as AT+CCLK and AT+QNTP write it (2.1.9)."""
        local = utc + datetime.timedelta(minutes=15 * self._settings.zone)
        return f"{local:%y/%m/%d,%H:%M:%S}{self._settings.zone:+03d}"

    def set(self, stamp: str) -> None:
        """Sets the clock to what `stamp` would write; ValueError for what is no time."""
        zone = int(stamp[17:] or 0)
        local = datetime.datetime.strptime(stamp[:17], "%y/%m/%d,%H:%M:%S")
        utc = local - datetime.timedelta(minutes=15 * zone)
        self._settings.zone = zone
        self._settings.clock_offset = (utc - self._utc(0.0)).total_seconds()
