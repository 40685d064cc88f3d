"""What is known of the module: one state, and what boot lines, sleep and time-outs say of it."""

import time

from micropython import const

from .clock import late

# The states, from good to bad. raise_to() only makes it worse; a script that proved otherwise
# makes it better with settle().
READY = const(0)  # it answers
RESYNC = const(1)  # a late answer may come: find it before the next command. Out: script.resync
ASLEEP = const(2)  # it sleeps or may do so at any time. Out: recovery, once something is wanted
DOUBTFUL = const(3)  # it may have restarted, or sit inside a prompt. Out: bringup.recover
BUSY = const(4)  # an exclusive script, as bring-up or recovery, finds out. Out: that script
OFF = const(5)  # active(False), or never found. Out: bringup.start
NAMES = ("ready", "resync", "asleep", "doubtful", "busy", "off")

# Lines of a boot, in their order. CFUN proves a restart. RDY does not, as some say it on a wake;
# CPIN and IP come late, perhaps of a boot that was over when the module was found.
RDY = const(1)
CFUN = const(2)
CPIN = const(3)
IP = const(4)

_BOOT_MS = const(12_000)  # from RDY to the last line, 4-9 s on siblings
_TOO_MANY = const(3)  # commands in a row without an answer


class Health:
    """What is known of the module; its state is in `state`."""

    def __init__(self) -> None:
        self.state = OFF
        self.boots = 0  # boots that began, of those that were heard of
        self.restarted = False  # there was a proof, and the program was not told yet
        self._line = IP  # the boot line that came last; IP: no boot is under way
        self._line_at = 0  # when it came
        self._reported = True  # the program was told of the boot whose lines come
        self._excused = 0  # lines up to this one prove nothing, after an AT+CFUN=1
        self._cfun = False  # that command has not ended yet
        self._silent = 0  # commands without an answer in a row
        self.echoes = False  # it echoes although it was told not to: nothing new
        self.announced = None  # whether it said last that it sleeps; None: it said nothing
        self.slept = False  # it sleeps, or may have slept: sockets that ended so are no restart

    def raise_to(self, state: int) -> None:
        """Something speaks for this state or a worse one."""
        self.slept = self.slept or state == ASLEEP
        self.state = max(self.state, state)

    def settle(self, state: int) -> None:
        """A script found out that it is in this state."""
        self._silent = 0
        self.slept = state == ASLEEP
        self.state = state

    def up(self) -> bool:
        """Was the module found?"""
        return self.state != OFF

    # Commands

    def answered(self, echoed: bool) -> None:
        """A command had an answer, whichever."""
        self._silent = 0
        self.echoes = self.echoes and echoed
        self._cfun_ends()

    def silent(self) -> None:
        """A command had none: its answer may come late, and must not be the next one's."""
        self._cfun_ends()
        self._silent += 1
        self.raise_to(DOUBTFUL if self._silent >= _TOO_MANY else RESYNC)

    # Restarts

    def boot_line(self, line: int) -> bool:
        """A line of a boot. True if it is the first that is heard of this boot."""
        self.expire()
        if line == RDY:
            self._excused = 0
        elif line <= self._excused:
            return False
        fresh = line <= self._line
        self._line = line
        self._line_at = time.ticks_ms()
        if fresh:
            self._reported = False
            self.boots += 1
        if line == CFUN and not self._reported:
            self.restarted = True
        return fresh

    def expire(self) -> None:
        """Look at the deadline: after it, a line belongs to another boot."""
        if not self._cfun and late(self._line_at, _BOOT_MS):
            self._line = IP
            self._excused = 0

    def excuse(self) -> None:
        """An AT+CFUN goes out: the lines up to +CPIN that follow prove nothing, from now on until
        a while after its end."""
        self._cfun = True
        self._excused = CPIN

    def _cfun_ends(self) -> None:
        if self._cfun:
            self._cfun = False
            self._line_at = time.ticks_ms()

    def known_boot(self, line: int) -> None:
        """The program need not be told of the boot whose lines behind this one may still come."""
        self._line_at = time.ticks_ms()
        self._line = min(self._line, line)
        self._reported = True
        self.restarted = False

    def prove(self) -> None:
        """A socket is gone that would have lived on: the module did restart."""
        self._reported = False
        self.restarted = True

    def report(self) -> bool:
        """Is the program to be told now that the module restarted? Once for each boot."""
        told = self.restarted
        self.restarted = False
        self._reported = self._reported or told
        return told

    # Sleep

    def announces(self, asleep: bool) -> bool:
        """It said that it sleeps, or woke; True if that is news, as some say it twice."""
        news = self.announced is not asleep
        self.announced = asleep
        if asleep:
            self.raise_to(ASLEEP)
        elif news and self.state < ASLEEP:
            self.raise_to(ASLEEP)
            self.raise_to(DOUBTFUL)
        return news
