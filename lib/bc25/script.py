"""Scripts: generators that talk to the module in commands.

What a script may yield, and what it is sent then:

    "AT..."                           a command: the list of its information lines
    ("AT...", ms[, body[, how]])      ... that may take `ms`, with a body behind the prompt, and
                                      with lines told as `how` says (see exchange.py)
    ("", ms, body)                    just the body, outside of any prompt
    (b"prefix", ms)                   a line that begins so: a list with that line
    ms                                a pause

A command that is refused, or a line that does not come, raises BC25Error in the generator.
"""

import errno
import time

from micropython import const

from .clock import late
from .errors import BC25Error
from .exchange import ANSWER_MS, BARE, NEEDED, PREFIX, RESTARTED, SILENT

_CLOSE_MS = const(10_000)  # manual 4.3.4

# state
OVER = const(0)  # it returned or raised: `value` or `error`
WANTS = const(1)  # its command is to be sent, or was sent and has not ended
WAITS = const(2)  # ... for a line or for time

_REST = (b"", PREFIX)  # what a tuple may leave out

# Commands whose lines come without a prefix.
_BARE = const(" ATI AT+CIMI AT+CGSN AT+CGMM AT+CGMR ")


class Script:
    """A generator at work. Its state is set last: a script that was cut short between two steps
    wants the same command once more."""

    def __init__(self, gen) -> None:
        self._gen = gen
        self.state = OVER
        self.value = None
        self.error = None
        self.lines = None
        self.strays = self._last = []  # lines without the prefix; where the last line stands
        self.asked = ""  # the last command
        self.what = None  # the command, the beginning of a line (bytes), or None for a pause
        self.ms = 0
        self.since = 0
        self._body = b""
        self._how = PREFIX
        self.step()

    def step(self, error=None) -> None:
        """Go on, until it wants something or is over."""
        self.error = OSError(errno.EIO)  # should a Ctrl-C end the generator
        self.state = OVER
        try:
            want = self._gen.throw(error) if error else self._gen.send(self.lines)
        except StopIteration as e:
            self.value = e.value
            self.error = self._gen = self.lines = None  # somebody may keep the script
        except Exception as e:
            if self.asked and isinstance(e, (IndexError, ValueError)):
                e = BC25Error(None, self.asked)  # no answer to make sense of
            self.error = e
        else:
            self._wants(want)

    def _wants(self, want) -> None:
        if isinstance(want, int):
            want = (None, want)
        elif isinstance(want, str):
            want = (want, ANSWER_MS)
        self.what, self.ms, self._body, self._how = want + _REST[len(want) - 2 :]
        self.since = time.ticks_ms()
        self.lines = []
        self.error = None
        if isinstance(self.what, str):
            self.asked = self.what
            self.state = WANTS
        else:
            self.state = WAITS

    def start(self, writer, exchange) -> None:
        """Send its command."""
        self.lines = self._last = []
        self.strays = []
        what = self.what.upper()
        name = what.split("=")[0].split("?")[0]
        # +QIOPEN is a URC, and may be another's.
        prefix = b""
        how = self._how
        if " %s " % what in _BARE:
            how = max(how, BARE)
        elif name.startswith("AT+") and name != "AT+QIOPEN":
            prefix = (name[2:] + ":").encode()
        writer.command((self.what + "\r\n").encode() if what else b"")
        writer.start(self._body, len(self._body), gated=bool(what and self._body))
        exchange.start(self, prefix, self.ms, how)

    def info(self, reader, named=True) -> None:
        """An information line, or a part of one; `named`: it has the command's prefix."""
        try:
            text = reader.text()
            if reader.continued:
                self._last[-1] += text
            else:
                self._last = self.lines if named else self.strays
                self._last.append(text)
        except MemoryError as e:
            self.step(e)

    def ended(self, result: int) -> bool:
        """Its command ended. Lines without its prefix are its answer where none has that."""
        if self.state == WANTS:
            if not self.lines:
                self.lines = self.strays
                self.strays = []
            self.step(result and BC25Error(result, self.what))
        return False

    def hears(self, reader) -> bool:
        """Does it wait for this line? It goes on with it."""
        if self.state != WAITS or not self.what or not reader.at(self.what):
            return False
        self.info(reader)
        if self.state:
            self.step()
        return True

    def expire(self) -> None:
        """Look at the deadline of what it waits for."""
        if self.state == WAITS and late(self.since, self.ms):
            self.wake(SILENT)

    def wake(self, result: int) -> None:
        """A pause is over; a line that it waits for does not come: `result` says why."""
        if self.state == WAITS:
            self.step(self.what and BC25Error(result, self.asked))

    def restarted(self) -> None:
        """The module restarted: the line it waits for does not come."""
        if self.what and self.state == WAITS:
            self.wake(RESTARTED)

    def cancel(self) -> None:
        """Give up what is not over yet; a command that runs ends by itself."""
        if self.state:
            self.error = OSError(errno.ETIMEDOUT)
            self.state = OVER
            self._gen.close()

    def result(self):
        """What the generator returned or raised."""
        if self.error:
            raise self.error
        return self.value


# Scripts that several others need.


def resync():
    """A command whose OK counts only behind its line, so that it cannot be an older one's. An
    ERROR may be, so another command follows, with another line."""
    for command in ("AT+CSQ", "AT+CGATT?", "AT+CSQ"):
        try:
            return (yield (command, ANSWER_MS, b"", NEEDED))
        except BC25Error as e:
            error = e
    raise error


def close(i: int, hidden: bool):
    """QICLOSE, and where its OK or CLOSE OK does not come, QISTATE, for as long as that lists the
    socket (manual 2.1.2, 2.1.3). `hidden`: it came in, and some do not list it: twice at least."""
    tries = 5
    while tries:
        tries -= 1
        try:
            yield "AT+QICLOSE=%d" % i
            yield (b"CLOSE OK", _CLOSE_MS)
            return
        except BC25Error as e:
            if e.args[0] == errno.ECONNRESET:
                raise
        try:
            listed = yield "AT+QISTATE=1,%d" % i
        except BC25Error as e:
            if e.args[0] == errno.ECONNRESET:
                raise
            # Some refuse to tell of an id that is not in use.
            listed = e.args[0] == errno.ETIMEDOUT
        if not (listed or hidden):
            return
        hidden = False
        if listed:
            yield 500


def attempt(command, ms: int = ANSWER_MS):
    """A command that may be refused: its lines, () then."""
    try:
        return (yield (command, ms))
    except BC25Error as e:
        if e.args[0] in (errno.ETIMEDOUT, errno.ECONNRESET):
            raise
        return ()


def fields(line: str):
    """What stands behind the prefix of a line, if it has one; no field has a comma of its own.
    IndexError for a line that lost a quote."""
    if line.count('"') & 1:
        raise IndexError
    return [field.strip('" ') for field in line.split(":", 1)[-1].split(",")]


def ints(values, n: int):
    """The first `n` as numbers; IndexError where there are fewer."""
    if len(values) < n:
        raise IndexError
    return tuple(map(int, values[:n]))


