"""Jobs: generators that talk to the module in commands, and what several of them need."""

import errno
from io import BytesIO

from micropython import const

from .errors import BC25Error

_TYPING = const(False)
if _TYPING:
    from typing import Any

ANSWER_MS = 2300  # 300 ms by the manual, and 2 s of grace
_CLOSE_MS = const(10_000)  # manual 4.3.4
_FLASH_MS = const(50)  # from one QICFG to the next: some modules drop it while they write flash

# state of a job
_OVER = const(0)
_WANTS = const(1)  # a command is to be sent ("": just the payload, outside of any prompt)
_RUNS = const(2)  # ... was sent
_WAITS = const(3)  # `ms` for a line that starts with `what` (None: just waits)

# Commands whose lines come without a prefix.
_BARE = const("ATI AT+CIMI AT+CGSN AT+CGMM AT+CGMR")


class Job:
    """A generator at work for the engine."""

    value: "Any" = None
    error: "Any" = None
    lines: "Any" = None
    asked = ""  # the last command

    def __init__(self, eng: "Any", gen: "Any") -> None:
        self.eng = eng
        self.gen = gen
        self.step()

    def step(self, error=None) -> None:
        """Go on until it wants a command (its text, or text, ms[, payload[, only with a line]]), a
        line (prefix, ms) or a pause (ms)."""
        try:
            want = self.gen.throw(error) if error else self.gen.send(self.lines)
        except StopIteration as e:
            self.value = e.value
            self.state = _OVER
            self.gen = self.lines = None  # somebody may keep the job
        except Exception as e:
            if self.asked and isinstance(e, (IndexError, ValueError)):
                e = BC25Error(-1, self.asked)  # no answer to make sense of
            self.error = e
            self.state = _OVER
        else:
            if isinstance(want, int):
                want = (None, want)
            elif isinstance(want, str):
                want = (want, ANSWER_MS)
            self.what, self.ms, self.body, self.need = (want + (b"", False))[:4]
            self.since = self.eng.now
            self.lines = []
            self.state = _WAITS
            if isinstance(self.what, str):
                self.asked = self.what
                self.state = _WANTS

    def start(self) -> None:
        """Put its command on the channel."""
        eng = self.eng
        what = self.what
        body = self.body
        self.state = _RUNS
        eng.cmd.seek(0)
        if what:
            eng.cmd.write((what + "\r\n").encode())
        what = what.upper()
        name = what.split("=")[0].split("?")[0]
        if name == "AT+QICFG":
            eng.known = False
        # What its information lines begin with: None for nothing, b"" for lines without a "+".
        # +QIOPEN is a URC, and may be another's.
        prefix = None
        if what in _BARE.split():
            prefix = b""
        elif name.startswith("AT+") and name != "AT+QIOPEN":
            prefix = (name[2:] + ":").encode()
        gate = bool(what and body)
        eng.start(self, prefix, self.ms, self.need, BytesIO(body), len(body), gate)

    def info(self) -> None:
        """An information line."""
        self.lines.append(self.eng.text())

    def done(self, result: int) -> None:
        """The command ended."""
        if self.state == _RUNS:
            self.step(result and BC25Error(result, self.what))

    def late(self) -> None:
        """The wait is over."""
        self.step(self.what and BC25Error(-2, self.asked))

    def lost(self) -> None:
        """The module restarted: the line it waits for does not come."""
        if self.state == _WAITS and self.what:
            self.late()

    def cancel(self) -> None:
        """Give up what is not over yet; a command that runs ends by itself."""
        if self.state:
            self.state = _OVER
            self.error = OSError(errno.ETIMEDOUT)
            self.gen.close()

    def result(self):
        """What the generator returned or raised."""
        if self.error:
            raise self.error
        return self.value


def in_step():
    """A command whose OK counts only behind its line, so that it cannot be an older one's. An
    ERROR may be, so another command follows, with another line."""
    for command in ("AT+CSQ", "AT+CGATT?", "AT+CSQ"):
        try:
            return (yield (command, ANSWER_MS, b"", True))
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
                yield "AT+QICLOSE=%d" % i
                yield (b"CLOSE OK", _CLOSE_MS)
                return
            if not (yield "AT+QISTATE=1,%d" % i):
                return
        except BC25Error:
            pass


def mode_of(conn):
    """Learn a connection's access mode: the last number of its line (manual 2.1.3)."""
    for line in (yield "AT+QISTATE=1,%d" % conn.id):
        conn.push = int(line[-1])


def data_format(eng):
    """Learn how data are written, and change only what has to be: the settings live in flash
    (manual 2.1.11)."""
    if not eng.known:
        eng.view = yield from setting('"viewmode"', 0)
        if eng.lengths and eng.shown:  # to ask sets the default, and data may be pushed meanwhile
            yield from qicfg('"showlength",1')
        else:
            eng.shown = yield from setting('"showlength"')
        eng.hex = yield from setting('"dataformat"')
    if eng.lengths and not eng.shown:
        yield from qicfg('"showlength",1')
        eng.shown = 1
    if eng.hexa and not eng.hex:
        yield from qicfg('"dataformat",0,1')
        eng.hex = 1
    eng.known = eng.work = True
    eng.learning = None


def qicfg(setting: str, pause: int = _FLASH_MS, ms: int = ANSWER_MS):
    """Ask for one of QICFG's or write it, `pause` ms after the last; once more if it was dropped
    while the module wrote its flash."""
    command = ("AT+QICFG=" + setting, ms)
    if pause:
        yield pause
    try:
        return (yield command)
    except BC25Error as e:
        if e.errno != errno.ETIMEDOUT:
            raise
    return (yield command)


def setting(name: str, pause: int = _FLASH_MS):
    """Ask for one of QICFG's: the last number of the answer is the value in force. A module that
    refuses, or says OK alone, has defaults."""
    try:
        lines = yield from qicfg(name, pause)
    except BC25Error as e:
        if e.errno == errno.ETIMEDOUT:
            raise
        return 0
    return int("".join(lines).endswith("1"))
