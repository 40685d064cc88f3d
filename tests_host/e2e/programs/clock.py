"""machine.RTC, which the unix port lacks: a clock that keeps what it was set to."""

import time

import machine


class RTC:
    """As machine.RTC: (year, month, day, weekday, hour, minute, second, subsecond)."""

    now = None

    def datetime(self, value=None):
        """Read the clock, or set it."""
        if value is None:
            utc = time.gmtime()
            return RTC.now or utc[:3] + (utc[6],) + utc[3:6] + (0,)
        RTC.now = value

    init = datetime


def install():
    """Let `from machine import RTC` find it."""
    machine.RTC = RTC
