"""The engine: connections and jobs put their commands on the one channel in turn.

It is moved by `turn()` alone, and nothing here blocks but `wait()`, one step of a blocking call.
A job is a generator that yields what it wants of the module and is sent the answer: bring-up,
opening, closing and the services are jobs. Reading and sending are not, as they allocate nothing.
"""

import errno
import sys
import time

from micropython import const

from .errors import EBUSY
from .jobs import ANSWER_MS, Job, in_step
from .sending import Sender

_TYPING = const(False)
if _TYPING:
    from typing import Any

# state of a job, see jobs.py; 0: it is over
_WANTS = const(1)
_WAITS = const(3)

_BOOT_MS = const(10_000)  # see bringup.py


class Engine(Sender):
    def __init__(self, uart: "Any", context: int, push: bool, hexa: bool) -> None:
        super().__init__(uart, hexa)
        for name in ("buff_full", "send_fail", "pushed_out", "truncated", "padded", "restarts"):
            self.counters[name] = 0
        self.context, self.push = context, push
        self.closing: "Any" = None  # the job that closes one: CLOSE OK carries no id
        self.up = False  # the module was found and may be talked to
        self.inside = False  # a handler runs
        self.work = False  # some connection may have something to do
        self.known = False  # the data format (QICFG) is known
        self.lengths = 0  # 1: lengths have to be shown, as datagrams or pushed data come in
        self.learning: "Any" = None  # the job that asks for it
        self.code: "int | None" = None  # its ERROR is being asked for with QIGETERROR: the answer
        self.silent = 0  # commands without an answer in a row
        self.astray = False  # a late answer may come: find it before the next command
        self.suspect = False  # the module may have restarted, or sit inside a prompt
        self.restarted = False  # ... and it did restart
        self.told = False  # the program knows of the restart whose lines may still come
        self.reset_at = 0  # ... since when
        self._boots = 0  # its lines that are to come yet: 1 +CPIN, 2 +IP
        self.sleeping = False  # it sleeps, or may do so at any time
        self._dozes: "bool | None" = None  # it said that it sleeps, or woke; None: nothing yet
        self.stat = 0  # +CEREG
        self.addr: "str | None" = None
        self.answered = False  # QIRD's header came
        self.again = False  # data came while QIRD was on its way: an empty answer is not the last
        self.errors = 0  # QIRDs in a row that were answered by ERROR
        self.sink: "Any" = None  # the connection whose payload is coming in, None: nobody's
        self.boss: "Any" = None  # the job that alone may talk (bring-up, recovery)
        self.lookup: "Any" = None  # engine -> generator that asks for the address; after connect()
        self.recover: "Any" = None  # -> generator that finds the module again
        self.server: "Any" = None  # takes "incoming" (see server.py)
        self._at = self._tick = 0  # who was served last; when deadlines were looked at
        self._jobs_first = False
        self.conns: "list" = []  # what is open in the module, or on its way there or back
        self.ids: "list" = [None] * 6  # connectID -> connection
        self.left: "dict" = {}  # UDP of an earlier run: connectID -> ((ip, port), local, mode)
        self.rings: "Any" = ([], [])  # buffers that no connection has: of datagrams, of streams
        self.jobs: "list" = []
        self.events: "list" = []  # (name, argument) to be told at the end of the turn
        self.handlers: "dict" = {}

    # Moving

    def turn(self, blocking: bool) -> bool:
        """Read, dispatch, move pending work one step; True if anything moved."""
        if self.inside:
            return False
        self.now = time.ticks_ms()
        moved = self.receive()
        while blocking and self._left + self._tail:  # a fast line has the next piece by now
            self.stamp()
            if not self.receive():
                break
        if self._tick != self.now >> 4:
            self._timers()
        if not self.busy:
            self._next()
        moved = self._sent < self._total and self.transmit(blocking) or moved
        while self.events:
            name, args = self.events.pop(0)
            if name in self.handlers:
                self.tell(self.handlers[name], *args)
        return moved

    def wait(self, since: int, ms) -> None:
        """One step of a blocking call that began at `since` and may last `ms` (None: for ever)."""
        if not self.turn(True):
            if "idle" in self.handlers:
                self.tell(self.handlers["idle"])
            else:
                time.sleep_ms(1)
        if ms is not None and self.late(since, ms):
            raise OSError(errno.ETIMEDOUT)

    def enter(self) -> int:
        """A blocking call begins: the time. EBUSY inside a handler (behaviour 12)."""
        if self.inside:
            raise OSError(EBUSY)
        return self.stamp()

    def run(self, gen, ms=None):
        """Run a job to its end, give its value or raise its error."""
        since = self.enter()
        return self.finish(self.add(gen), since, ms)

    def finish(self, job, since, ms=None):
        """Wait for a job; it is given up with the call."""
        try:
            while job.state:
                self.wait(since, ms)
        finally:
            job.cancel()
        return job.result()

    def add(self, gen) -> Job:
        """Have a generator run as a job."""
        self.jobs.append(Job(self, gen))
        return self.jobs[-1]

    def event(self, name: str, arg=None) -> None:
        """Have a handler called at the end of this turn."""
        if name in self.handlers:
            self.events.append((name, () if arg is None else (arg,)))

    def tell(self, handler, *args) -> None:
        """Call a program's handler. What it raises is shown, and is not the engine's."""
        # Two finallys, so that no single Ctrl-C can leave `inside` set.
        try:
            try:
                self.inside = True
                handler(*args)
            except Exception as e:
                getattr(sys, "print_exception", print)(e)
            finally:
                self.inside = False
        finally:
            self.inside = False

    # Deadlines

    def _timers(self) -> None:
        self._tick = self.now >> 4  # every 16 ms, whether or not the clock wraps
        self.work = True  # whatever a Ctrl-C may have cut short is looked at again
        self.check()
        if self.tx:
            self.sending_late()
        if self.told and self.late(self.reset_at, _BOOT_MS):
            self.told = False
        for conn in self.conns:
            conn.fallback()
        for job in self.jobs:
            if job.state == _WAITS and self.late(job.since, job.ms):
                job.late()

    # Commands, one at a time

    def _next(self) -> None:
        if self.cur:  # its end was lost to a Ctrl-C
            return self.done(-2)
        unsure = self.suspect or self.sleeping or self.astray
        if unsure and not self.boss and self.up and self._unsure():
            return
        if self.work or self.jobs:
            first = self._jobs_first
            if first and self._job() or self._serve() or not first and self._job():
                self._jobs_first = not first

    def _unsure(self) -> bool:
        # What comes before any other command; True if there is to be none.
        if self.sleeping and not self.suspect:
            self.suspect = self._wanted()
        if self.suspect:
            try:
                self.boss = self.add(self.recover())
                self.suspect = False
            except MemoryError:
                pass  # the next turn tries again
        elif not self.sleeping:
            # After a command without an answer: one whose answer cannot be taken for another's.
            self.astray = False
            self.jobs.insert(0, Job(self, in_step()))
            self._jobs_first = True
        return not self.boss and self.sleeping

    def _wanted(self) -> bool:
        # Must anything be sent, so that the module has to be woken?
        wants = [job.state == _WANTS for job in self.jobs]
        return any(wants + [conn.wants() for conn in self.conns])

    def _job(self) -> bool:
        i = 0
        while i < len(self.jobs):
            job = self.jobs[i]
            i += 1
            if not job.state:
                self.jobs.remove(job)
                if self.boss is job:
                    self.boss = None
                i = 0
            elif job.state == _WANTS and (job is self.boss or not self.boss):
                job.start()
                return True
        return False

    def _serve(self) -> bool:
        # Start what the next connection needs; True if a command runs now.
        if not self.work or not self.up or self.boss:
            return False
        self.work = False
        n = len(self.conns)
        while n and self.conns:
            n -= 1
            self._at = (self._at + 1) % len(self.conns)
            if self.conns[self._at].serve():
                self.work = True
                return True
        return False

    def done(self, result: int) -> None:
        """The running command ended (called by the channel)."""
        if self.code is not None:
            result, self.code = self.code or -1, None
        elif result == -1 and self._chapter2():
            self.code = 0
            self.cmd.seek(0)
            self.put(b"AT+QIGETERROR\r\n")
            return self.start(self.cur, b"+QIGETERROR:", ANSWER_MS, True)
        if result != -2:
            self.silent = 0
        elif not self.boss:
            self.silent += 1
            self.astray = True
            self.suspect = self.suspect or self.silent >= 3
        cur = self.cur
        if cur is self:
            if self.look_after(result):
                return
            self.sent(result)
        elif cur and cur.done(result):
            return
        self.cur, self.work = None, True

    def _chapter2(self) -> bool:
        # Is it one of the manual's chapter 2, whose ERROR has a code to ask for?
        head = self.copy
        self.cmd.seek(0)
        self.cmd.readinto(head)
        return any([head.startswith(name) for name in (b"AT+QI", b"AT+QPING", b"AT+QNTP=")])

    def info(self) -> None:
        """An information line of the running command (called by the channel)."""
        if self.code is not None:
            self.code = self.number()
        else:
            self.cur.info()

    # Lines that answer no command

    def urc(self) -> bool:
        """A line that answers nothing (called by the channel); True if it was known."""
        known = False
        for job in self.jobs:
            if job.state == _WAITS and job.what and self.at(job.what):
                job.lines = self.text()
                job.step()
                known = True
        for prefix, method in _URCS:
            if self.at(prefix):
                return method(self) or known
        if not known:
            if self.cur and self.cur is self.sink and self.answered and self.sink.pend:
                self.damaged()  # between QIRD's data and its OK: the header named too few
            if "urc" in self.handlers:
                self.event("urc", self.text())
        return known

    def echo(self) -> None:
        """The module echoes (called by the channel): it forgot ATE0."""
        if not self.boss:
            self._boot()

    def _boot(self) -> bool:
        # RDY alone is no proof of a restart.
        if self.at(b"RDY"):
            self.told = False
        else:
            self.restarted = True
        self._boots = 3
        self.suspect = True
        return True

    def _late_boot(self) -> bool:
        # +CPIN or +IP, some seconds after a boot: news only where that was not heard.
        heard = self._boots & (2 if self.at(b"+IP:") else 1)
        self._boots &= ~heard
        self.suspect = self.suspect or not heard
        return True

    def _cereg(self) -> bool:
        self.registered(self.number())
        self.event("registration", self.stat)
        if self.stat in (1, 5) and not self.addr and self.lookup:
            self.add(self.lookup(self))
        return True

    def registered(self, stat: int) -> None:
        """What CEREG says; not registered, no address is held."""
        self.stat = stat
        if stat not in (1, 5):
            self.addr = None

    def _psm(self) -> bool:
        return self._asleep() if self.rx.find(b"ENTER", self.i, self.e) > 0 else self._awake()

    def _asleep(self) -> bool:
        # Only UDP lives through deep sleep (manual 2.1.1, note 3).
        self.sleeping = True
        if not self._dozes:  # it may be told in two ways
            self._dozes = True
            for conn in list(self.conns):
                if conn.kind != "UDP":
                    conn.reset()
            self.event("sleep")
        return True

    def _awake(self) -> bool:
        if self._dozes is not False:
            self._dozes = False
            self.event("wake")
        self.suspect = self.suspect or not self.sleeping
        return True

    def _qiurc(self) -> bool:
        i = self.i + 7
        while i < self.e and self.rx[i] in b' "':
            i += 1
        self.i = i
        if self.at(b"recv"):
            return self._recv()
        if self.at(b"closed"):
            return self._closed()
        return self.server.urc() if self.server and self.at(b"incoming") else False

    def _closed(self) -> bool:
        # What is unread is read first, then QICLOSE is due (manual 2.2.1).
        conn = self.owner(self.number())
        if conn and conn.stream:
            conn.keep()
            conn.eof = self.work = True
            conn.more = not conn.push
        return True

    def _recv(self) -> bool:
        # `"recv",<id>[,<length>[CR LF]<data>]` or `"recv",<id>,"buff full"`
        i = self.number()
        conn = self.owner(i)
        if conn and (not conn.ring or conn.kind == "TCP LISTENER"):
            conn = None  # nothing to receive into
        if conn:
            conn.read_id = i
        full = self.rx.find(b"full", self.i, self.e) > 0
        n = self.number()
        if n > 0 and self.pushes(i):
            self.sink = conn
            if self.i == self.e:
                self.expect(n, conn and conn.room_for(n, 0), True)
            else:
                self.damaged()
        elif conn:
            if conn.push and not full:
                self.add(conn.confirm(True))
            conn.more = conn.unread = self.work = self.again = True
            if full:
                self.counters["buff_full"] += 1
                self.event("full", conn)
        return True

    def _qird(self) -> bool:
        # The answer to a QIRD that was given up: its data must not be taken for lines.
        n = self.number()
        self.sink = None
        if n > 0:
            self.expect(n, None, False)
        return True

    def _qiopen(self) -> bool:
        conn = self.owner(self.number())
        if conn:
            conn.opened(self.number())
        return True

    def ended(self, pushed: bool) -> None:
        """A payload and its trailer are in (called by the channel)."""
        if self.sink:
            self.sink.taken(pushed, self.lost)

    def damaged(self) -> None:
        """A payload lost or gained a byte (called by the channel); it may be a boot's lines."""
        self.suspect = True
        if self.sink:
            self.sink.spoil()

    # Connections

    def by_id(self, i: int):
        """The connection of that id, or None."""
        return self.ids[i] if 0 <= i < 6 else None

    def owner(self, i: int):
        """The connection a URC is for. An id that is nobody's tells that another URC was lost."""
        conn = self.by_id(i) or self.server and self.server.service(i)
        if not conn and i not in self.left and not self.boss:
            self.suspect = True
        return conn

    def pushes(self, i: int) -> bool:
        """Does this connectID carry data behind its recv URC? (called by the channel)"""
        conn = self.by_id(i)
        return conn.push if conn else i in self.left and self.left[i][2]


_URCS = (
    (b"+QIURC:", Engine._qiurc),
    (b"SEND OK", Engine.send_ok),
    (b"SEND FAIL", Engine.send_fail),
    (b"CLOSE OK", lambda eng: True),
    (b"+QIOPEN:", Engine._qiopen),
    (b"+QIRD:", Engine._qird),
    (b"+CEREG:", Engine._cereg),
    (b"+QATSLEEP", Engine._asleep),
    (b"+QATWAKEUP", Engine._awake),
    (b"+QNBIOTEVENT:", Engine._psm),
    (b"RDY", Engine._boot),
    (b"+CFUN:", Engine._boot),
    (b"+CPIN:", Engine._late_boot),
    (b"+IP:", Engine._late_boot),
)
