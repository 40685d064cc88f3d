"""The engine: six slots, the steps of their transactions, and jobs; moved only by `turn()`.

A slot is one connection with its receive buffer, made when first needed and then kept. A job is a
generator that yields what it wants of the module and is sent the answer: bring-up and the
services are jobs. Both put their commands on the one channel in turn. Nothing here blocks.
"""

import errno
import sys
import time
from io import BytesIO

from micropython import const

from .channel import ERROR, NO_ANSWER, OK, Channel, late, now
from .errors import EBUSY, BC25Error
from .jobs import Job, chapter2, prefix_of
from .opening import Opener
from .receiving import Receiver
from .sending import LOADED, OWED, Sender
from .slot import ENDING, FREE, LISTENER, OPEN, UDP, WANTED

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_SYNC = const(6)
_JOB = const(7)
_ANSWER_MS = const(2300)  # 300 ms by the manual, and 2 s of grace
_FALLBACK_MS = const(20_000)  # a program waits for data: ask in case the URC was lost
_TICK_MS = const(20)  # how often deadlines are looked at


class Engine:
    # op: whose command runs, 0: none
    READ = 1
    SEND = 2
    CLOSE = 3
    OPEN = 4
    STATE = 5

    def __init__(self, uart, context: int, push: bool, hexa: bool):
        self.ch = Channel(uart, self)
        self.counters = self.ch.counters
        for name in ("buff_full", "send_fail", "pushed_out", "truncated", "padded", "restarts"):
            self.counters[name] = 0
        self.context, self.push, self.hexa = context, push, hexa
        self.slots: "list" = []
        self.up = False  # the module was found and may be talked to
        self.inside = False  # a turn is under way
        self.work = False  # some slot may have something to do
        self.op = 0
        self.cur: "Any" = None  # the slot, or job, whose command runs
        self.asking = False  # its ERROR is being asked for with QIGETERROR
        self.code = 0
        self.silent = 0  # commands without an answer in a row
        self.lost = False  # a late answer may come: find it before the next command
        self.suspect = False  # the module may have restarted, or sit inside a prompt
        self.restarted = False  # ... and it did restart
        self.told = False  # the program knows of the restart that the last RDY began
        self.sleeping = False  # it sleeps, or may do so at any time
        self._dozes: "bool | None" = None  # it said that it sleeps, or woke; None: nothing yet
        self.stat = 0  # +CEREG
        self.addr: "str | None" = None
        self.opener = Opener(self)
        self.receiver = Receiver(self)
        self.ended, self.damaged = self.receiver.ended, self.receiver.damaged  # for the channel
        self.sender = Sender(self)
        self.piece = bytearray(64)  # to copy through; clobbered by every step
        self.views = [memoryview(self.piece)[: 64 >> i] for i in range(7)]
        self.jobs: "list" = []
        self.boss: "Any" = None  # the job that alone may talk (bring-up, recovery)
        self.lookup: "Any" = None  # -> generator that asks for the address; after connect()
        self.recover: "Any" = None  # -> generator that finds the module again, or None
        self.server: "Any" = None  # takes "incoming" (see server.py)
        self.events: "list" = []  # (name, argument) to be told at the end of the turn
        self.handlers: "dict" = {}
        self._at = 0
        self._jobs_first = False
        self._tick = 0
        self._step = self._turn  # bound once: a bound method is an allocation
        self._urcs = (
            (b"+QIURC:", self._qiurc),
            (b"SEND OK", self.sender.ok),
            (b"SEND FAIL", self.sender.failed),
            (b"CLOSE OK", self.opener.close_ok),
            (b"+QIOPEN:", self.opener.opened),
            (b"+QIRD:", self.receiver.late),
            (b"+CEREG:", self._cereg),
            (b"+QATSLEEP", self._asleep),
            (b"+QATWAKEUP", self._awake),
            (b"+QNBIOTEVENT:", self._psm),
            (b"RDY", self._rdy),
            (b"+CFUN:", self._booted),
            (b"+CPIN:", self._boot),
            (b"+IP:", self._boot),
        )

    # Moving

    def turn(self, blocking: bool) -> bool:
        """Read, dispatch, move pending work one step; True if anything moved."""
        return False if self.inside else self._guarded(self._step, blocking)

    def _guarded(self, f, arg):
        # Two finallys, so that no single Ctrl-C can leave `inside` set.
        try:
            try:
                self.inside = True
                return f(arg)
            finally:
                self.inside = False
        finally:
            self.inside = False

    def _turn(self, blocking: bool) -> bool:
        ch = self.ch
        moved = ch.receive()
        if late(self._tick, _TICK_MS):
            self._tick = now()
            ch.check()
            self._timers()
        if not ch.busy:
            self._next()
        if ch.transmit(blocking):
            moved = True
        while self.events:
            self._call(self.events.pop(0))
        return moved

    def wait(self, since: int, ms) -> None:
        """One step of a blocking call that began at `since` and may last `ms` (None: for ever)."""
        self.enter()
        if not self.turn(True):
            if "idle" in self.handlers:
                self._guarded(self._call, ("idle", None))
            else:
                time.sleep_ms(1)
        if ms is not None and late(since, ms):
            raise OSError(errno.ETIMEDOUT)

    def enter(self) -> None:
        """Handlers must not block (behaviour 12 of the contract): raise EBUSY inside one."""
        if self.inside:
            raise OSError(EBUSY)

    def run(self, gen, ms=None):
        """Run a job to its end, give its value or raise its error."""
        self.enter()
        job = self.add(gen)
        since = now()
        try:
            while job.state != 3:
                self.wait(since, ms)
        finally:
            job.cancel()
        return job.result()

    def add(self, gen) -> Job:
        job = Job(gen)
        self.jobs.append(job)
        return job

    def event(self, name: str, arg=None) -> None:
        """Have a handler called at the end of this turn."""
        if name in self.handlers:
            self.events.append((name, arg))

    def _call(self, event) -> None:
        # What a program's handler raises is shown, and is not the engine's.
        handler, arg = self.handlers.get(event[0]), event[1]
        try:
            if handler:
                handler() if arg is None else handler(arg)
        except Exception as e:
            getattr(sys, "print_exception", print)(e)

    # Deadlines

    def _timers(self) -> None:
        self.work = True  # whatever a Ctrl-C may have cut short is looked at again
        if self.sender.slot:
            self.sender.tick()
        self.opener.tick()
        for slot in self.slots:
            if not slot.wait or slot.more or slot.kind == LISTENER:
                slot.heard = self._tick
            elif late(slot.heard, _FALLBACK_MS):
                slot.more, slot.wait, slot.heard = True, False, self._tick
        for job in self.jobs:
            if job.state == 2 and late(job.since, job.ms):
                job.step(BC25Error(None, job.asked, errno.ETIMEDOUT) if job.what else None)

    # Commands, one at a time

    def _next(self) -> None:
        if self.op:  # its end was lost to a Ctrl-C
            return self.done(NO_ANSWER)
        if not self.boss and self.up:
            if self.sleeping and not self.suspect:
                self.suspect = self._wanted()
            if self.suspect:
                self._recover()
            elif self.sleeping:
                return
        first = self._jobs_first
        if self.boss:
            self._job()
        elif self.lost:
            self._find_answer()
        elif first and self._job() or self._slot() or not first and self._job():
            self._jobs_first = not first

    def _wanted(self) -> bool:
        # Must anything be sent, so that the module has to be woken?
        for job in self.jobs:
            if job.state == 0:
                return True
        for slot in self.slots:
            if slot.state in (WANTED, ENDING) or self.sender.slot is slot or slot.more:
                return True
        return False

    def _recover(self) -> None:
        try:
            self.boss = self.add(self.recover())
            self.suspect = False
        except MemoryError:
            pass  # the next turn tries again

    def _find_answer(self) -> None:
        # After a command without an answer: one whose answer cannot be taken for another's.
        self.lost = False
        self.ch.cmd.seek(0)
        self.ch.put(b"AT+CSQ\r\n")
        self.start(_SYNC, None, b"+CSQ:", True)

    def start(self, op: int, cur, prefix, need=False, body=None, size=0, gate=0) -> bool:
        """Send the command that was built."""
        # `op` first: a command whose end nobody waits for would leave its data unread.
        self.op, self.cur = op, cur
        ms = cur.ms if op == _JOB else _ANSWER_MS
        self.ch.start(prefix, ms, need, body, size, gate)
        return True

    def _job(self) -> bool:
        i = 0
        while i < len(self.jobs):
            job = self.jobs[i]
            i += 1
            if job.state == 3:
                self.jobs.remove(job)
                if self.boss is job:
                    self.boss = None
                i = 0
            elif job.state == 0 and (job is self.boss or not self.boss):
                return self._command(job)
        return False

    def _command(self, job) -> bool:
        cmd, ch = job.what, self.ch
        ch.cmd.seek(0)
        if cmd:
            ch.put((cmd + "\r\n").encode())
        if cmd.startswith("AT+QICFG="):
            self.receiver.known = False
        body = job.body or b""
        job.state = 1
        gate = 1 if cmd and body else 0
        return self.start(_JOB, job, prefix_of(cmd), job.need, BytesIO(body), len(body), gate)

    def _slot(self) -> bool:
        if not self.work or not self.up:
            return False
        self.work = False
        n = len(self.slots)
        while n:
            n -= 1
            self._at = (self._at + 1) % len(self.slots)
            if self._serve(self.slots[self._at]):
                self.work = True
                return True
        return False

    def _serve(self, slot) -> bool:
        # Start what this slot needs next; True if a command runs now.
        sender = self.sender
        if slot.ask:
            return self.opener.ask(slot)
        if slot.state == WANTED:
            return self.opener.start(slot)
        well = slot.state == OPEN or slot.state == ENDING and not slot.number and not slot.eof
        if well and sender.slot is slot and sender.state == LOADED:
            return sender.start()
        if slot.state == OPEN:
            if slot.more:
                return self.receiver.room(slot) and self.receiver.start(slot)
            if slot.eof:
                slot.state = ENDING
        if slot.state == ENDING and not self.opener.closing:  # noqa: SIM102
            if sender.slot is not slot or sender.state == OWED or slot.eof or slot.number:
                return self.opener.close(slot)
        return False

    def done(self, result: int) -> None:
        """The running command ended (called by the channel)."""
        op, cur = self.op, self.cur
        if self.asking:
            self.asking, result = False, self.code or ERROR
        elif result == ERROR and (op < _SYNC or op == _JOB and chapter2(cur.what)):
            self.code, self.asking = 0, True
            self.ch.cmd.seek(0)
            self.ch.put(b"AT+QIGETERROR\r\n")
            return self.ch.start(b"+QIGETERROR:", _ANSWER_MS, True)
        if result != NO_ANSWER:
            self.silent = 0
        elif not self.boss:
            self.silent += 1
            self.lost = True
            self.suspect = self.suspect or self.silent >= 3
        if op == _JOB:
            self._job_done(cur, result)
        elif op == self.OPEN:
            self.opener.done(cur, result)
        elif op == self.READ:
            self.receiver.done(cur, result)
        elif op == self.SEND:
            self.sender.done(cur, result)
        elif op == self.CLOSE:
            self.opener.close_done(cur, result)
        elif op == self.STATE:
            self.opener.state_done(cur, result)
        self.op, self.work = 0, True

    def info(self) -> None:
        """An information line of the running command (called by the channel)."""
        if self.asking:
            self.code = self.ch.number()
        elif self.op == self.READ:
            self.receiver.head(self.cur)
        elif self.op == self.STATE:
            self.opener.state(self.cur)
        elif self.op == _JOB:
            self.cur.lines.append(self.ch.text())

    def _job_done(self, job, result: int) -> None:
        if job.state == 1:
            if result == OK:
                job.step()
            else:
                number = errno.ETIMEDOUT if result == NO_ANSWER else 0
                job.step(BC25Error(result if result > 0 else None, job.what, number))

    # Lines that answer no command

    def urc(self) -> bool:
        """A line that answers nothing (called by the channel); True if it was known."""
        ch, known = self.ch, False
        for job in self.jobs:
            if job.state == 2 and job.what and ch.at(job.what):
                job.lines = ch.text()
                job.step()
                known = True
        for prefix, method in self._urcs:
            if ch.at(prefix):
                return method() or known
        if not known:
            if self.op == self.READ:
                self.receiver.strange(self.cur)
            if "urc" in self.handlers:
                self.event("urc", ch.text())
        return known

    def echo(self) -> None:
        """The module echoes (called by the channel): it forgot ATE0."""
        if not self.boss:
            self._booted()

    def _boot(self) -> bool:
        self.suspect = True
        return True

    def _rdy(self) -> bool:
        self.told = False
        return self._boot()

    def _booted(self) -> bool:
        self.restarted = True
        return self._boot()

    def _cereg(self) -> bool:
        self.registered(self.ch.number())
        self.event("registration", self.stat)
        if self.stat in (1, 5) and not self.addr and self.lookup:
            self.add(self.lookup())
        return True

    def registered(self, stat: int) -> None:
        self.stat = stat
        if stat not in (1, 5):
            self.addr = None

    def _psm(self) -> bool:
        enter = self.ch.rx.find(b"ENTER", self.ch.i, self.ch.e) > 0
        return self._asleep() if enter else self._awake()

    def _asleep(self) -> bool:
        # TCP does not live through deep sleep (manual 2.1.1, note 3).
        self.sleeping = True
        if self._dozes:  # it may be told in two ways
            return True
        self._dozes = True
        for slot in self.slots:
            if slot.state != FREE and slot.kind != UDP:
                self.opener.reset(slot)
        self.event("sleep")
        return True

    def _awake(self) -> bool:
        if self._dozes is not False:
            self._dozes = False
            self.event("wake")
        return self.sleeping or self._boot()

    def _qiurc(self) -> bool:
        ch = self.ch
        i = ch.i + 7
        while i < ch.e and ch.rx[i] in b' "':
            i += 1
        ch.i = i
        if ch.at(b"recv"):
            return self.receiver.urc()
        if ch.at(b"closed"):
            return self._closed()
        return self.server.urc(ch) if self.server and ch.at(b"incoming") else False

    def _closed(self) -> bool:
        # What is unread is read first, then QICLOSE is due (manual 2.2.1).
        slot = self.opener.known(self.ch.number())
        if slot and slot.stream:
            slot.eof = self.work = True
            slot.more = not slot.push
        return True

    def pushes(self, i: int) -> bool:
        """Does this connectID carry data behind its recv URC? (called by the channel)"""
        slot = self.opener.by_id(i)
        return slot.push if slot else i in self.opener.left and self.opener.left[i][3]
