"""Jobs: generators that talk to the module in commands, and what several of them need."""

import errno
from io import BytesIO

from micropython import const

from .errors import BC25Error

_TYPING = const(False)
if _TYPING:
    from typing import Any

ANSWER_MS = 2300  # 300 ms by the manual, and 2 s of grace
BOOT_MS = 10_000  # from RDY to +CPIN: READY, 4-9 s on siblings
_CLOSE_MS = const(10_000)  # manual 4.3.4
_FLASH_MS = const(50)  # some modules drop what comes sooner after QICFG, their flash being busy

# state of a job
WANTS = 0  # a command is to be sent ("": just the payload, outside of any prompt)
_RUNS = const(1)  # ... was sent
WAITS = 2  # `ms` for a line that starts with `what` (None: just waits)
OVER = 3


class Job:
    """A generator at work for the engine."""

    def __init__(self, eng: "Any", gen: "Any") -> None:
        self.eng = eng
        self.gen = gen
        self.lines: "Any" = None
        self.value: "Any" = None
        self.error: "Any" = None
        self.asked = ""  # the last command
        self.step()

    def step(self, error=None) -> None:
        """Go on until it wants (command, ms[, payload[, only with a line]]), (line prefix, ms) or
        (None, ms)."""
        try:
            want = self.gen.throw(error) if error else self.gen.send(self.lines)
        except StopIteration as e:
            self.value, self.state = e.value, OVER
            self.gen = self.lines = None  # somebody may keep the job
        except Exception as e:
            if self.asked and isinstance(e, (IndexError, ValueError)):
                e = BC25Error(None, self.asked, errno.EIO)  # no answer to make sense of
            self.error, self.state = e, OVER
        else:
            want += (b"", False)
            self.what, self.ms, self.body, self.need = want[:4]
            self.since = self.eng.now
            self.lines, self.state = [], WAITS
            if isinstance(self.what, str):
                self.asked, self.state = self.what, WANTS

    def start(self) -> None:
        """Put its command on the channel."""
        eng, cmd = self.eng, self.what
        self.state = _RUNS
        eng.cmd.seek(0)
        if cmd:
            eng.put((cmd + "\r\n").encode())
        upper = cmd.upper()
        if upper.startswith("AT+QICFG="):
            eng.known = False
        body = self.body or b""
        gate = cmd != "" and body != b""
        eng.start(self, _prefix(upper), self.ms, self.need, BytesIO(body), len(body), gate)

    def info(self) -> None:
        """An information line."""
        self.lines.append(self.eng.text())

    def done(self, result: int) -> None:
        """The command ended."""
        if self.state == _RUNS:
            if result:
                number = errno.ETIMEDOUT if result == -2 else 0
                self.step(BC25Error(result if result > 0 else None, self.what, number))
            else:
                self.step()

    def late(self) -> None:
        """The wait is over."""
        self.step(BC25Error(None, self.asked, errno.ETIMEDOUT) if self.what else None)

    def hurry(self) -> None:
        """End a mere wait."""
        if self.state == WAITS and not self.what:
            self.step()

    def cancel(self) -> None:
        """Give up what is not over yet; a command that runs ends by itself."""
        if self.state != OVER:
            self.state, self.error = OVER, OSError(errno.ETIMEDOUT)
            self.gen.close()

    def result(self):
        """What the generator returned or raised."""
        if self.error:
            raise self.error
        return self.value


def _prefix(command: str):
    # What its information lines begin with: None for nothing, b"" for lines without a "+".
    if command.startswith("AT+QIOPEN="):
        return None  # +QIOPEN is a URC, and may be another's
    if command in ("ATI", "AT+CIMI", "AT+CGSN", "AT+CGMM", "AT+CGMR"):
        return b""
    end = 3
    while end < len(command) and command[end] not in "=?":
        end += 1
    return (command[2:end] + ":").encode() if command.startswith("AT+") else None


def in_step():
    """A command whose OK counts only behind its line, so that it cannot be an older one's. An
    ERROR may be, so another command follows, with another line."""
    for command in ("AT+CSQ", "AT+CGATT?", "AT+CSQ"):
        try:
            return (yield (command, ANSWER_MS, None, True))
        except BC25Error as e:
            error = e
    raise error


def close(i: int):
    """QICLOSE, and where its OK or CLOSE OK does not come, QISTATE (manual 2.1.2, 2.1.3)."""
    tries = 6
    while tries:
        tries -= 1
        try:
            if tries & 1:
                yield ("AT+QICLOSE=%d" % i, ANSWER_MS)
                yield (b"CLOSE OK", _CLOSE_MS)
                return
            if not (yield ("AT+QISTATE=1,%d" % i, ANSWER_MS)):
                return
        except BC25Error:
            pass


def mode_of(conn):
    """Learn a connection's access mode: the last number of its line (manual 2.1.3)."""
    for line in (yield ("AT+QISTATE=1,%d" % conn.id, ANSWER_MS)):
        conn.push = int(line[-1])


def confirm(conn, bare):
    """What was pushed may not be data, or not all of it: it came without its length (`bare`), or
    paused, as when a restart's lines fill it up. Is the connection there, in which mode?"""
    i, mode = conn.id, -1
    try:
        for line in (yield ("AT+QISTATE=1,%d" % i, ANSWER_MS)):
            mode = int(line[-1])
    except (OSError, ValueError):
        pass
    if conn.id == i:
        conn.confirmed(mode, bare)


def data_format(eng):
    """Learn how data are written, and change only what has to be: the settings live in flash
    (manual 2.1.11)."""
    if not eng.known:
        eng.view = yield from setting('"viewmode"')
        yield (None, _FLASH_MS)
        if eng.lengths and eng.shown:  # to ask sets the default, and data may be pushed meanwhile
            yield from _twice('AT+QICFG="showlength",1')
        else:
            eng.shown = yield from setting('"showlength"')
        yield (None, _FLASH_MS)
        eng.hex = yield from setting('"dataformat"')
    if eng.lengths and not eng.shown:
        yield from change('"showlength",1')
        eng.shown = 1
    if eng.hexa and not eng.hex:
        yield from change('"dataformat",0,1')
        eng.hex = 1
    eng.known = eng.work = True
    eng.learning = None


def change(setting: str, ms: int = ANSWER_MS):
    """Write one of QICFG's."""
    yield (None, _FLASH_MS)
    return (yield from _twice("AT+QICFG=" + setting, ms))


def _twice(command: str, ms: int = ANSWER_MS):
    # It may have been dropped while the module wrote its flash.
    try:
        return (yield (command, ms))
    except BC25Error as e:
        if e.errno != errno.ETIMEDOUT:
            raise
    return (yield (command, ms))


def setting(name: str):
    """Ask for one of QICFG's: the last number of the answer is the value in force. A module that
    refuses, or says OK alone, has defaults."""
    try:
        lines = yield from _twice("AT+QICFG=" + name)
    except BC25Error as e:
        if e.errno == errno.ETIMEDOUT:
            raise
        return 0
    return int(bool(lines) and lines[-1][-1:] == "1")
