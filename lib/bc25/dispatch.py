"""What comes in: each item of the reader goes to whom it is for. A line goes to the running
command or to the table of URCs, a prompt to the writer, a payload to its inbox."""

import errno
import time

from micropython import const

from .connection import CLOSING, LISTENER, MAYBE, OPEN, PERHAPS, TOLD
from .errors import BC25Error
from .exchange import ENDED, INFO, OK, OTHER, RESTARTED, SILENT
from .health import CFUN, CPIN, DOUBTFUL, IP, RDY, READY
from .outbox import EMPTY
from .reader import ANSWERED, DAMAGED, ECHO, LINE, NONE, PART, PAYLOAD, PROMPT, PUSHED, READ
from .script import Script, attempt

_ALL = const(0x3F)  # connectIDs, as bits


class Dispatch:
    """Hands out what comes in."""

    def __init__(self, core) -> None:
        self._core = core
        self._receiving = None  # whose payload is coming in, None: nobody's

    def items(self) -> None:
        """Hand out all there is; behind pushed data it stops, so that the program can make room
        before the next."""
        reader = self._core.reader
        while True:
            item = reader.item(self._core.writer.prompt_due())
            if item == NONE:
                return
            if item == LINE or item == PART:
                self._line(item)
            elif item == PROMPT:
                self._prompt()
            elif item == DAMAGED:
                self._damaged()
            else:
                self._payload(item)
            reader.done()
            if item == PAYLOAD and reader.kind == PUSHED:
                return  # let the program make room before the next

    def _line(self, item: int) -> None:
        reader, exchange = self._core.reader, self._core.exchange
        if item == PART or reader.continued:
            self._part(item)
            return
        what = exchange.take(reader)
        if what == ENDED:
            self.ended()
        elif what == INFO:
            if exchange.owner.info(reader):
                self._receiving = exchange.owner
        elif what == OTHER:
            self._unasked()

    def _part(self, item: int) -> None:
        # A line that is longer than the reader's buffer.
        reader, exchange = self._core.reader, self._core.exchange
        if exchange.goes_on or not reader.continued and exchange.takes_rest(reader):
            exchange.goes_on = item == PART
            exchange.owner.info(reader, exchange.is_named(reader))
        elif not reader.continued:
            self._core.counters["overlong"] += 1

    def _prompt(self) -> None:
        self._core.writer.prompt()
        self._core.exchange.since = time.ticks_ms()
        if self._core.exchange.echoed:  # then it echoes the payload as well
            self._core.reader.expect(self._core.writer.body_size(), None, ECHO)

    def _payload(self, item: int) -> None:
        conn = self._receiving
        self._core.exchange.since = time.ticks_ms()
        if item == ANSWERED:
            if self._core.exchange.owner is conn and self._core.exchange.busy and conn:
                self._core.exchange.end(OK)
                self.ended()
        elif conn and self._core.reader.kind == PUSHED:
            if self._core.reader.paused:
                self._core.add(self._confirm(conn, False))
            else:
                conn.inbox.confirm(conn.peer)

    def _damaged(self) -> None:
        # A payload lost or gained a byte; it may be a boot's lines.
        self._core.counters["damaged"] += 1
        self._core.health.raise_to(DOUBTFUL)
        self._core.spoil(self._receiving)

    def ended(self) -> None:
        """The running command ended; its owner is told."""
        exchange = self._core.exchange
        result = exchange.result
        owner = exchange.release()
        self._core.work = True
        if result != SILENT:
            self._core.health.answered(exchange.echoed)
        elif not self._core.exclusive:
            self._core.health.silent()
        if owner is self._core.piece:
            if owner.ended(result):
                self._core.piece_over()
        elif owner and owner.ended(result):
            self._core.counters["damaged"] += 1
            self._core.spoil(owner)
        elif owner and owner is self._receiving and self._may_repeat(owner):
            owner.repeat_read(exchange)
        elif isinstance(owner, Script):
            self._tell_strays(owner)

    def _tell_strays(self, script) -> None:
        # Lines that came beside the answer are URCs that nobody knows.
        for line in script.strays:
            self._core.counters["unknown"] += 1
            self._core.event("urc", line)
        script.strays = []

    def _may_repeat(self, conn) -> bool:
        # May it send the same QIRD again, since nobody else wants to send a command?
        if conn.state != OPEN or conn.error or not conn.stream or not conn.wants_read():
            return False
        core = self._core
        alone = core.piece.state == EMPTY and not core.scripts and len(core.table.all) == 1
        return alone and core.health.state == READY and not conn.outbox.any()

    def _confirm(self, conn, bare: bool):
        # A script: what was pushed may not be data, or not all of it: it came without its length
        # (`bare`), or paused, as when a restart's lines fill it up. Is the connection there, in
        # which mode?
        mode, server = -1, conn.parent
        try:
            for line in (yield from attempt("AT+QISTATE=1,%d" % conn.id)):
                mode = int(line[-1])
            # Some do not list what came in: then it is there as long as its listener is.
            hidden = mode < 0 and server and server.state == OPEN
            if hidden and (yield from attempt("AT+QISTATE=1,%d" % server.id)):
                mode = int(not bare)
        except (OSError, ValueError):
            mode = -1
        if conn.state >= CLOSING:
            return
        if mode < 0 or mode and bare:
            self._core.health.raise_to(DOUBTFUL)
            self._core.spoil(conn)
        else:
            conn.push = mode
            conn.inbox.confirm(conn.peer)

    # Lines that answer no command

    def _unasked(self) -> None:
        reader = self._core.reader
        if reader.at(b"AT") and self._echo():
            return
        known = named = False
        for script in self._core.scripts:
            known = script.hears(reader) or known
            reader.i = reader.begin
        for prefix, method in _URCS:
            if reader.at(prefix):
                known = method(self) is not False or known
                named = True
                break
        reader.i = reader.begin
        if known:
            return
        if not named and self._core.exchange.takes_rest(reader):
            self._core.exchange.informed = True
            self._core.exchange.owner.info(reader, False)
            return
        self._core.counters["unknown"] += 1
        conn = self._receiving
        ends = conn and self._core.exchange.owner is conn
        if ends and conn.inbox.unconfirmed and reader.rx[reader.i] != 43:
            self._damaged()  # between QIRD's data and its OK: the header named too few
        if "urc" in self._core.handlers:
            self._core.event("urc", reader.text())

    def _echo(self) -> bool:
        # Is it what we sent? Then the module forgot ATE0.
        if not self._core.writer.is_echo(self._core.reader) or self._core.exchange.informed:
            return False
        health = self._core.health
        self._core.exchange.echoed = self._core.exchange.busy
        if not self._core.exclusive:
            if not health.echoes:
                health.raise_to(DOUBTFUL)
        elif not self._core.reader.at(b"ATE0"):
            health.echoes = True
        return True

    def _boots(self, line: int) -> None:
        health = self._core.health
        if health.boot_line(line):
            self._core.format.forget()
            if self._core.exchange.busy:
                self._core.exchange.cut(RESTARTED)
                self.ended()
            if not self._core.exclusive:
                health.raise_to(DOUBTFUL)
        elif health.restarted and health.state < DOUBTFUL:  # recovery was over before the proof
            self._core.restarted(_ALL)
            self._core.report()

    def _cereg(self) -> None:
        self._core.reader.i += 7
        stat = self._core.reader.number()
        self._core.registered(stat)
        self._core.event("registration", stat)

    def _sleeps(self, asleep: bool) -> None:
        # Only UDP lives through deep sleep (manual 2.1.1, note 3).
        if self._core.health.announces(asleep):
            self._core.event("sleep" if asleep else "wake")
            if asleep:
                for conn in list(self._core.table.all):
                    if conn.stream:
                        self._core.reset(conn)

    def _qiurc(self) -> bool | None:
        reader = self._core.reader
        i = reader.i + 7
        while i < reader.e and reader.rx[i] in b' "':
            i += 1
        reader.i = i
        if reader.at(b"recv"):
            return self._recv()
        if reader.at(b"closed"):
            return self._closed()
        if reader.at(b"incoming") and self._core.server:
            return self._core.server.urc(reader)
        return False

    def _closed(self):
        # What is unread is read first, then QICLOSE is due (manual 2.2.1).
        conn = self._core.owner(self._core.reader.number())
        if not conn:
            return
        self._core.work = True
        if conn.stream and conn.service != LISTENER:
            conn.inbox.confirm(conn.peer)
            conn.eof = True
            if not conn.push and conn.data_ready < PERHAPS:
                conn.data_ready = PERHAPS
        elif conn.state == OPEN:
            conn.fail(BC25Error(None, "AT+QIOPEN", errno.ECONNRESET))
            conn.end()

    def _recv(self):
        # `"recv",<id>[,<length>[CR LF]<data>]` or `"recv",<id>,"buff full"`
        reader = self._core.reader
        i = reader.number()
        conn = self._core.owner(i)
        if conn and (not conn.inbox or not conn.inbox.ring):
            conn = None  # nothing to receive into
        full = reader.find(b"full")
        n = reader.number()
        if n > 0 and self._pushes(i, conn):
            self._receiving = conn
            if reader.i != reader.e:
                self._damaged()
                return
            if conn:
                conn.inbox.begin(n, 0, True, conn.peer)
            reader.expect(n, conn and conn.inbox, PUSHED, conn is not None and conn.push >= MAYBE)
        elif conn:
            conn.read_id = i
            if conn.push and not full:
                self._core.add(self._confirm(conn, True))
            conn.data_ready = TOLD
            self._core.work = True
            if full:
                self._core.counters["buff_full"] += 1
                self._core.event("full", conn.socket and conn.socket())

    def _pushes(self, i: int, conn) -> bool:
        # Does this connectID carry data behind its recv URC?
        if conn:
            return conn.push > 0
        return i in self._core.table.orphans and self._core.table.orphans[i][2] > 0

    def _qird(self) -> None:
        # The answer to a QIRD that was given up: its data must not be taken for lines.
        self._core.reader.i += 6
        n = self._core.reader.number()
        self._receiving = None
        if n > 0:
            self._core.reader.expect(n, None, READ)

    def _late_listing(self) -> None:
        # Its OK was another's: what the listing said so far was too little.
        if not self._core.exclusive:
            self._core.health.raise_to(DOUBTFUL)

    def _qiopen(self) -> None:
        self._core.reader.i += 8
        conn = self._core.owner(self._core.reader.number())
        if conn:
            conn.opened(self._core.reader.number())

    def _sent(self, good: bool) -> None:
        if self._core.piece.answer(good):
            self._core.piece_over()



_URCS = (
    (b"+QIURC:", Dispatch._qiurc),
    (b"SEND OK", lambda d: d._sent(True)),
    (b"SEND FAIL", lambda d: d._sent(False)),
    (b"CLOSE OK", lambda d: None),
    (b"+QIOPEN:", Dispatch._qiopen),
    (b"+QIRD:", Dispatch._qird),
    (b"+CEREG:", Dispatch._cereg),
    (b"+QISTATE:", Dispatch._late_listing),
    (b"+QATSLEEP", lambda d: d._sleeps(True)),
    (b"+QATWAKEUP", lambda d: d._sleeps(False)),
    (b"+QNBIOTEVENT:", lambda d: d._sleeps(d._core.reader.find(b"ENTER"))),
    (b"RDY", lambda d: d._boots(RDY)),
    (b"+CFUN:", lambda d: d._boots(CFUN)),
    (b"+CPIN:", lambda d: d._boots(CPIN)),
    (b"+IP:", lambda d: d._boots(IP)),
)
