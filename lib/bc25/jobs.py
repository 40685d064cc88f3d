"""Jobs: generators that talk to the module in commands, and what the engine needs to run them."""

import errno

from micropython import const

from .channel import now
from .errors import BC25Error

_COMMAND_MS = const(2300)
_FLASH_MS = const(50)  # some modules drop what comes sooner after QICFG, their flash being busy


class Job:
    # state: 0 wants its command run ("": just the payload, outside of any prompt), 1 it runs,
    # 2 waits `ms` for a line that starts with `what` (None: just waits), 3 over
    def __init__(self, gen):
        self.gen = gen
        self.what = self.body = None
        self.need = False  # an OK without an information line is an older command's
        self.lines = None
        self.value = None
        self.error = None
        self.state = 0
        self.ms = self.since = 0
        self.asked = ""  # the last command
        self.step()

    def step(self, error=None) -> None:
        """Go on until it wants (command, ms[, payload[, only with a line]]), (line prefix, ms) or
        (None, ms)."""
        try:
            want = self.gen.throw(error) if error else self.gen.send(self.lines)
        except StopIteration as e:
            self.value, self.state = e.value, 3
        except Exception as e:
            if self.asked and isinstance(
                e, (IndexError, ValueError)
            ):  # no answer to make sense of
                e = BC25Error(None, self.asked, errno.EIO)
            self.error, self.state = e, 3
        else:
            self.what, self.ms, self.since = want[0], want[1], now()
            if isinstance(self.what, str):
                self.asked = self.what
            self.body = want[2] if len(want) > 2 else None
            self.need = len(want) > 3
            self.lines, self.state = [], 0 if isinstance(self.what, str) else 2

    def cancel(self) -> None:
        """Give up what is not over yet; a command that runs ends by itself."""
        if self.state != 3:
            self.state, self.error = 3, OSError(errno.ETIMEDOUT)
            self.gen.close()

    def result(self):
        if self.error:
            raise self.error
        return self.value


def data_format(eng, shown):
    """Ask how data are written, and change only what has to be: the settings live in flash."""
    ch = eng.ch
    if not eng.receiver.known:
        ch.view = yield from setting('"viewmode"')
        yield (None, _FLASH_MS)
        ch.shown = yield from setting('"showlength"')
        yield (None, _FLASH_MS)
        ch.hex = yield from setting('"dataformat"')
    if shown and not ch.shown:
        yield (None, _FLASH_MS)
        yield from _twice('AT+QICFG="showlength",1')
        ch.shown = 1
    if eng.hexa and not ch.hex:
        yield (None, _FLASH_MS)
        yield from _twice('AT+QICFG="dataformat",0,1')
        ch.hex = 1
    eng.receiver.known = eng.work = True


def _twice(command: str):
    # It may have been dropped while the module wrote its flash.
    try:
        return (yield (command, _COMMAND_MS))
    except BC25Error as e:
        if e.errno != errno.ETIMEDOUT:
            raise
    return (yield (command, _COMMAND_MS))


def setting(name: str):
    """Ask for one of QICFG's: the last number of the answer is the value in force. A module that
    refuses, or says OK alone, has defaults."""
    try:
        lines = yield from _twice("AT+QICFG=" + name)
    except BC25Error as e:
        if e.errno == errno.ETIMEDOUT:
            raise
        return 0
    return int(lines[-1][-1]) if lines and lines[-1][-1] in "01" else 0


def prefix_of(command: str):
    """What its information lines begin with: None for nothing, b"" for lines without a "+"."""
    if command in ("ATI", "AT+CIMI", "AT+CGSN", "AT+CGMM", "AT+CGMR"):
        return b""
    end = 3
    while end < len(command) and command[end] not in "=?":
        end += 1
    return (command[2:end] + ":").encode() if command.startswith("AT+") else None


def chapter2(command: str) -> bool:
    """Is it one of the manual's chapter 2, whose ERROR has a code to ask for?"""
    return command[:5] == "AT+QI" or command[:8] in ("AT+QPING", "AT+QNTP=")


def all_in(text, allowed) -> bool:
    """Are all characters of `text` among these?"""
    return all(c in allowed for c in text)
