"""How the module writes received data (AT+QICFG, manual 2.1.11). It belongs to the driver.

The reader takes view mode 0, with lengths shown where datagrams or pushed data come in, and hex if
the NIC was made so. The settings live in flash: they are asked for before the first data are read,
and only what differs is written.
"""

import errno
import time

from micropython import const

from .clock import late
from .errors import BC25Error
from .exchange import ANSWER_MS

_SETTLE_MS = const(20_000)
FLASH_MS = const(50)  # from one QICFG to the next: some modules drop it while they write flash


class DataFormat:
    """What is known of the module's data format, and the script that settles it."""

    def __init__(self, reader, hexa: bool) -> None:
        self._reader = reader
        self._hex = int(hexa)
        self._known = False
        self.lengths = False  # they are shown
        self.pushing = False  # a connection was opened in push mode
        self._settling = False  # the script runs ...
        self._since = 0  # ... since then; one that a Ctrl-C cut short does not run

    def forget(self) -> None:
        """Somebody else wrote it, or the module forgot it."""
        self._known = False

    def is_settled(self, lengths: bool) -> bool:
        """Does the module write as the reader reads, with lengths shown if asked for?"""
        return self._known and (self.lengths or not lengths)

    def settle(self, lengths: bool):
        """A script: have the module write as the reader reads."""
        while self._settling and not late(self._since, _SETTLE_MS):
            yield 20
        if self.is_settled(lengths):
            return
        self._since = time.ticks_ms()
        try:
            self._settling = True
            yield from self._settle(lengths)
        finally:
            self._settling = False

    def _settle(self, lengths):
        if not self._known:
            if (yield from setting('"viewmode"', 0)):
                yield from qicfg('"viewmode",0')
            if self.pushing and self.lengths:
                # To ask sets the default on some, which must not be while data are pushed.
                yield from qicfg('"showlength",1')
            else:
                self.lengths = bool((yield from setting('"showlength"')))
            if (yield from setting('"dataformat"')) != self._hex:
                yield from qicfg('"dataformat",0,%d' % self._hex)
            self._reader.hex = bool(self._hex)
        if lengths and not self.lengths:
            yield from qicfg('"showlength",1')
            self.lengths = True
        self._known = True


def qicfg(setting: str, pause: int = FLASH_MS):
    """Ask for one of QICFG's or write it, `pause` ms after the last; once more if it was dropped
    while the module wrote its flash."""
    command = ("AT+QICFG=" + setting, ANSWER_MS)
    if pause:
        yield pause
    try:
        return (yield command)
    except BC25Error as e:
        if e.args[0] != errno.ETIMEDOUT:
            raise
    return (yield command)


def setting(name: str, pause: int = FLASH_MS):
    """Ask for one of QICFG's: the last number of the answer is the value in force. A module that
    refuses, or says OK alone, has defaults."""
    try:
        lines = yield from qicfg(name, pause)
    except BC25Error as e:
        if e.args[0] in (errno.ETIMEDOUT, errno.ECONNRESET):
            raise
        return 0
    return int("".join(lines).endswith("1"))
