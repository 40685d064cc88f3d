"""The one command that runs: who sent it, which lines are its answer, how it ends.

    +<prefix>: ...                information, of the command that waits for this prefix
    OK | ERROR | +CME ERROR: <n>  the end

After the ERROR of a TCP/IP command AT+QIGETERROR is asked at once (manual 2.1.12), and its number
is what the command ended with.
"""

import time

from micropython import const

from .clock import late

# What a line is to the command.
OTHER = const(0)  # nothing
INFO = const(1)  # information for its owner
ENDED = const(2)  # it ended, with `result`
TAKEN = const(3)  # nothing that anybody else has to see

# How a command ended, besides a positive code of the manual or of CME.
OK = const(0)
ERROR = const(-1)
SILENT = const(-2)  # no answer within its time
RESTARTED = const(-3)  # boot lines came instead

# How the answer is told from other lines.
PREFIX = const(0)  # by its prefix
NEEDED = const(1)  # by its prefix, and an OK that comes before it is an older command's
BARE = const(2)  # lines that begin with no "+" are information too
ALL = const(3)  # each line that is no known URC

# URCs that mean nothing to the driver, and are no command's answer but for their prefix.
_ALSO_URCS = (b"+CSCON:", b"+CREG:", b"+CGREG:", b"+CTZ", b"+CGEV:")

ANSWER_MS = const(2300)  # 300 ms by the manual, and 2 s of grace


class Exchange:
    """The running command. `owner` has info() and ended(result), and is called by the modem."""

    def __init__(self, writer) -> None:
        self._writer = writer
        self.owner = None
        self.busy = False  # it waits for its end
        self.result = OK
        self.how = PREFIX
        self.echoed = False  # the module echoed it
        self.informed = False  # an information line came
        self.goes_on = False  # a line of it came as PART
        self._prefix = b""
        self.since = 0  # when something of it was sent last
        self._limit = 0  # how many ms it may take from then on
        self._code = -1  # what AT+QIGETERROR answers; -1: it is not being asked

    def start(self, owner, prefix: bytes, limit: int, how: int = PREFIX) -> None:
        """The writer starts a command of `owner`, whose lines begin with `prefix`."""
        # `owner` first: the end of a command that is nobody's would be lost.
        self.owner = owner
        self._prefix = prefix
        self._limit = limit
        self.how = how
        self._code = -1
        self._started()

    def _started(self) -> None:
        self.echoed = self.informed = self.goes_on = False
        self.since = time.ticks_ms()
        self.busy = True

    def repeat(self, owner) -> None:
        """The same command again, now that its end came."""
        self.owner = owner
        self._writer.repeat()
        self._started()

    def release(self):
        """The owner, who is now to be told the result."""
        owner = self.owner
        self.owner = None
        return owner

    def take(self, reader) -> int:
        """What the reader's line is to the command: OTHER, INFO, ENDED or TAKEN."""
        if not self.busy:
            return OTHER
        i = reader.i
        n = reader.e - i
        first = reader.rx[i]
        if first == 43:  # "+"
            if self._prefix and reader.at(self._prefix) and self._is_reply(reader):
                self.informed = True
                if self._code < 0:
                    return INFO
                self._code = max(reader.number(), 0)
                return TAKEN
            reader.i = i
            if reader.at(b"+CME ERROR:") or reader.at(b"+CMS ERROR:"):
                return self.end(reader.number() or ERROR)
        elif n == 2 and reader.at(b"OK"):
            if self.how == NEEDED and not self.informed or self._writer.unsent():
                return OTHER  # an older command's, or it precedes the prompt
            return self.end(OK)
        elif n == 5 and reader.at(b"ERROR"):
            return self.end(ERROR)
        return OTHER

    def _is_reply(self, reader) -> bool:
        # `+CEREG: <n>,<stat>[,...]` is a reply, `+CEREG: <stat>[,"<tac>",...]` a URC, which some
        # write without the quotes: a state has one digit or two, a tracking area four.
        if not reader.at(b"+CEREG:"):
            return True
        reader.number()
        at = reader.i
        rx = reader.rx
        good = rx[at] == 44
        at += 1
        while rx[at] == 32:
            at += 1
        start = at
        while 48 <= rx[at] <= 57:
            at += 1
        good = good and 0 < at - start < 3 and (at == reader.e or rx[at] == 44)
        reader.i = reader.begin
        return good

    def is_named(self, reader) -> bool:
        """Has the line the command's prefix?"""
        return self._prefix != b"" and reader.at(self._prefix)

    def takes_rest(self, reader) -> bool:
        """May a line that is no known URC be information for it?"""
        if not self.busy or self._code >= 0 or self.how < BARE or self._writer.unsent():
            return False
        for name in _ALSO_URCS:
            if reader.at(name):
                return False
        at = reader.begin
        if self.how != ALL and reader.rx[at] == 43:
            return False
        while at < reader.e:
            if reader.rx[at] < 32:
                return False  # noise
            at += 1
        return True

    def end(self, result: int) -> int:
        """It ended: ENDED, or TAKEN while the code of its ERROR is being asked for."""
        writer = self._writer
        if self._code >= 0:
            result = self._code or ERROR
        elif result == ERROR and writer.is_chapter2():
            self._code = 0
            self._prefix = b"+QIGETERROR:"
            self._limit = ANSWER_MS
            self.how = NEEDED
            writer.command(b"AT+QIGETERROR\r\n")
            writer.start()
            self._started()
            return TAKEN
        self.result = result
        self.busy = False
        return ENDED

    def cut(self, result: int) -> int:
        """It ends now, whatever was asked: SILENT or RESTARTED."""
        # Where the code of an ERROR stays out, the ERROR stands.
        self.result = ERROR if self._code >= 0 and result == SILENT else result
        self._code = -1
        self.busy = False
        return ENDED

    def asks_code(self) -> bool:
        """Was it refused, and is its code being asked for?"""
        return self.busy and self._code >= 0

    def expired(self) -> bool:
        """Has it waited too long?"""
        return self.busy and late(self.since, self._limit)
