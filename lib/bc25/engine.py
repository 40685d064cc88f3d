"""The engine: six slots, the steps of their transactions, and jobs; moved only by `turn()`.

A slot is one connection with its receive buffer, made when first needed and then kept. A job is a
generator that yields what it wants of the module and is sent the answer: bring-up and the
services are jobs. Both put their commands on the one channel in turn. Nothing here blocks.
"""

import errno
import sys
import time
from io import BytesIO

from micropython import RingIO, const

from .channel import ERROR, NO_ANSWER, OK, Channel, late
from .errors import EBUSY, EMFILE, BC25Error

# Slot.kind
TCP = 0
UDP = 1
LISTENER = 2
INCOMING = 3
SERVICE = 4

# Slot.state
FREE = 0  # nobody's
WANTED = 1  # QIOPEN is to be sent
OPENING = 2  # ... was sent, +QIOPEN is awaited
OPEN = 3
ENDING = 4  # QICLOSE is to be sent
CLOSING = 5  # ... was sent, CLOSE OK is awaited
GONE = 6  # the module let go of it, the socket object has not

# Engine.txs: what became of the piece in `body`
_LOADED = const(1)  # QISEND is to be sent
_SENT = const(2)  # ... was sent, SEND OK is awaited
_FAILED = const(3)  # SEND FAIL: to be sent again after a pause
_OWED = const(4)  # given up, but its SEND OK may still come

# Engine.op: whose command runs
_READ = const(1)
_SEND = const(2)
_CLOSE = const(3)
_QIOPEN = const(4)
_SYNC = const(5)
_JOB = const(6)
_MODE = const(7)
_KINDS = (b'"TCP"', b'"UDP"', b'"TCP LISTENER"', b'"TCP"', b'"UDP SERVICE"')

PIECE = 512  # manual 2.1.4 and 2.1.5: at most so many bytes at a time
_RING = const(516)
_LONG = const(1536)  # a datagram of more than a piece grows its slot's buffer to this, once
_ANSWER_MS = const(2300)  # 300 ms by the manual, and 2 s of grace
_OPEN_MS = const(36_000)  # manual 2.1.1, note 1: to an address,
_OPEN_NAME_MS = const(176_000)  # to a name
_SEND_MS = const(60_000)
_CLOSE_MS = const(10_000)  # manual 4.3.4
_AGAIN_MS = const(500)  # between SEND FAIL and the next try
_FALLBACK_MS = const(20_000)  # a program waits for data: ask in case the URC was lost
_TICK_MS = const(20)  # how often deadlines are looked at
_DIGITS = b"0123456789ABCDEF"
_BLANK = b"                                                                "


class Slot:
    def __init__(self):
        self.ring, self.cap = RingIO(_RING), _RING
        self.ip = None  # room for the peer's address, made for listeners
        self.clear()

    def forget(self) -> None:
        """The listener of connections that nobody accepted closes (see Socket.forget)."""

    def clear(self) -> None:
        """Make it nobody's; the ring is empty by then."""
        self.state = FREE
        self.id = -1  # connectID, -1 while it has none
        self.kind = TCP
        self.stream = True  # bytes, not datagrams
        self.sock = None  # the socket object, None when the program let go of it
        self.host = self.port = None
        self.peer = None  # (host, port) as the program sees them
        self.local = 0  # local port, 0: any
        self.v6 = self.push = 0
        self.tried = 0  # bit mask of ids the module said were taken
        self.ask = False  # its access mode is to be asked for
        self.again = False  # open anew once closed
        self.more = False  # the module may hold data for it
        self.eof = False  # the peer closed
        self.wait = False  # the program waits for data
        self.good = 0  # bytes in the ring that are known to be undamaged
        self.pend = 0  # bytes in the ring whose trailer is not in yet
        self.rest = 0  # bytes of the current datagram still in the module
        self.hole = False  # pushed data found no room behind what is in the ring
        self.short = False  # the last piece read was a small one
        self.number = 0  # errno of its error, 0: none
        self.code = None  # the manual's code of it
        self.failed = ""  # the command that failed
        self.since = 0  # when its state began
        self.heard = 0  # when the fallback began to count

    def opening(self) -> bool:
        return self.state == WANTED or self.state == OPENING or self.again

    def fail(self, code, command: str, number: int = 0) -> None:
        """Note an error for the program; the first one stays."""
        if not self.number:
            self.number, self.code, self.failed = number or -1, code, command

    def check(self) -> None:
        """Raise what was noted; a datagram socket works on after it."""
        if self.number:
            number, code = max(self.number, 0), self.code
            if self.kind == UDP and self.state == OPEN:
                self.number = 0
            raise BC25Error(code, self.failed, number)


class Job:
    # state: 0 wants its command run ("": just the payload, outside of any prompt), 1 it runs, 2 waits `ms` for a line that starts with `what`
    # (None: just waits), 3 over
    def __init__(self, gen):
        self.gen = gen
        self.what = self.body = None
        self.lines = None
        self.value = None
        self.error = None
        self.state = 0
        self.ms = self.since = 0
        self.step()

    def step(self, error=None) -> None:
        """Go on until it wants (command, ms[, payload]), (line prefix, ms) or (None, ms)."""
        try:
            want = self.gen.throw(error) if error else self.gen.send(self.lines)
        except StopIteration as e:
            self.value, self.state = e.value, 3
        except Exception as e:
            self.error, self.state = e, 3
        else:
            self.what, self.ms, self.since = want[0], want[1], time.ticks_ms()
            self.body = want[2] if len(want) > 2 else None
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


class Engine:
    def __init__(self, uart, context: int, push: bool, hexa: bool):
        self.ch = Channel(uart, self)
        self.counters = self.ch.counters
        for name in ("buff_full", "send_fail", "pushed_out", "truncated", "padded", "restarts"):
            self.counters[name] = 0
        self.context, self.push, self.hexa = context, push, hexa
        self.slots = []
        self.ids = [None] * 6  # connectID -> slot
        self.left = {}  # connectID -> (ip, port, local port, access mode): UDP of an earlier run
        self.up = False  # the module was found and may be talked to
        self.inside = False  # a turn is under way
        self.work = False  # some slot may have something to do
        self.known = False  # the data format (QICFG) is known
        self.op = 0
        self.cur = None  # the slot, or job, whose command runs
        self.asking = False  # its ERROR is being asked for with QIGETERROR
        self.code = 0
        self.silent = 0  # commands without an answer in a row
        self.lost = False  # a late answer may come: find it before the next command
        self.suspect = False  # the module may have restarted, or sit inside a prompt
        self.restarted = False  # ... and it did restart
        self.told = False  # the program knows of the restart that the last RDY began
        self.sleeping = False
        self.stat = 0  # +CEREG
        self.addr = None
        self.closing = None  # the slot whose CLOSE OK is awaited
        self.reading = None  # the slot that the payload now coming in is for
        self.answered = False  # QIRD's header came
        self.fmt = None  # the job that asks for the data format
        self.jobs = []
        self.boss = None  # the job that alone may talk (bring-up, recovery)
        self.recover = None  # -> generator that finds the module again, or None
        self.server = None  # takes "incoming" (see server.py)
        self.events = []  # (name, argument) to be told at the end of the turn
        self.handlers = {}
        # One piece at a time is on its way out, since SEND OK carries no id (manual 2.1.4).
        self.body = BytesIO(PIECE * 2 + 4 if hexa else PIECE + 68)
        self.piece = bytearray(64)
        self.views = [memoryview(self.piece)[: 64 >> i] for i in range(7)]
        self.tx = None  # its slot
        self.txs = 0
        self.size = self.wire = 0  # its bytes, and characters on the wire
        self.plain = False  # it can stand between quotes
        self.loaded = self.sent = 0  # when it was loaded; when the last step of it was done
        self._last = None  # who sent last, and has to let others go first
        self._refused = False
        self._at = 0
        self._jobs_first = False
        self._tick = 0
        self._step = self._turn  # bound once: a bound method is an allocation
        self._urcs = (
            (b"+QIURC:", self._qiurc),
            (b"SEND OK", self._send_ok),
            (b"SEND FAIL", self._send_fail),
            (b"CLOSE OK", self._close_ok),
            (b"+QIOPEN:", self._qiopen),
            (b"+QIRD:", self._late_read),
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
            self._tick = time.ticks_ms()
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
        since = time.ticks_ms()
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
        if self.tx:
            self._tx_timer()
        if self.closing and late(self.closing.since, _CLOSE_MS):
            self._closed(self.closing)
        for slot in self.slots:
            if slot.state == OPENING:
                numeric = all_in(slot.host, b"0123456789.:")
                if late(slot.since, _OPEN_MS if numeric else _OPEN_NAME_MS):
                    slot.fail(None, "AT+QIOPEN", errno.ETIMEDOUT)
                    slot.state = ENDING
            if not slot.wait or slot.more:
                slot.heard = self._tick
            elif late(slot.heard, _FALLBACK_MS):
                slot.more, slot.wait = True, False
        for job in self.jobs:
            if job.state == 2 and late(job.since, job.ms):
                job.step(BC25Error(None, job.what, errno.ETIMEDOUT) if job.what else None)

    def _tx_timer(self) -> None:
        slot = self.tx
        if self.txs == _FAILED and late(self.sent, _AGAIN_MS):
            if late(self.loaded, _SEND_MS):
                self._tx_done(558)
            else:
                self.txs = _LOADED
        elif self.txs == _SENT and late(self.sent, _SEND_MS):
            # It may have gone out. Nothing is sent until the late answer cannot come any more.
            slot.fail(None, "AT+QISEND", errno.ETIMEDOUT)
            self.txs, self.sent = _OWED, time.ticks_ms()
            if slot.kind != UDP:
                self.end(slot)
        elif self.txs == _OWED and slot.kind == UDP and late(self.sent, _SEND_MS):
            self._tx_done(0)

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
            if slot.state in (WANTED, ENDING) or self.tx is slot or slot.more:
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
        self.ch.start(b"+CSQ:", _ANSWER_MS, True)
        self._begin(_SYNC, None)

    def _begin(self, op: int, cur) -> bool:
        self.op, self.cur = op, cur
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
            self.known = False
        body = job.body or b""
        job.state = 1
        ch.start(_prefix(cmd), job.ms, False, BytesIO(body), len(body), 1 if cmd and body else 0)
        return self._begin(_JOB, job)

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
        if slot.state == WANTED:
            return self._open(slot)
        if slot.state == OPEN:
            if slot.ask:
                self.server.ask(slot)
                return self._begin(_MODE, slot)
            if self.tx is slot and self.txs == _LOADED:
                return self._send(slot)
            if slot.more:
                return self._room(slot) and self._read(slot)
            if slot.eof:
                slot.state = ENDING
        if slot.state == ENDING and not self.closing:
            if self.tx is not slot or self.txs == _OWED or slot.eof or slot.number:
                return self._close(slot)
        return False

    def done(self, result: int) -> None:
        """The running command ended (called by the channel)."""
        op, cur = self.op, self.cur
        if self.asking:
            self.asking, result = False, self.code or ERROR
        elif result == ERROR and (op < _SYNC or op == _JOB and _chapter2(cur.what)):
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
        elif op == _QIOPEN:
            self._open_done(cur, result)
        elif op == _READ:
            self._read_done(cur, result)
        elif op == _SEND:
            self._send_done(cur, result)
        elif op == _CLOSE:
            self._close_done(cur, result)
        self.op, self.work = 0, True

    def info(self) -> None:
        """An information line of the running command (called by the channel)."""
        if self.asking:
            self.code = self.ch.number()
        elif self.op == _READ:
            self._read_head(self.cur)
        elif self.op == _MODE:
            self.server.mode(self.cur)
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
        if not known and "urc" in self.handlers:
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
        for slot in self.slots:
            if slot.state != FREE and slot.kind != UDP:
                self.reset(slot)
        self.event("sleep")
        return True

    def _awake(self) -> bool:
        self.event("wake")
        return self.sleeping or self._boot()

    def _qiurc(self) -> bool:
        ch = self.ch
        i = ch.i + 7
        while i < ch.e and ch.rx[i] in b' "':
            i += 1
        ch.i = i
        if ch.at(b"recv"):
            return self._recv()
        if ch.at(b"closed"):
            slot = self._by_id(ch.number())
            if slot:
                slot.eof = True
                slot.more = not slot.push
                self.work = True
            return True
        return self.server.urc(ch) if self.server and ch.at(b"incoming") else False

    def _by_id(self, i: int):
        return self.ids[i] if 0 <= i < 6 else None

    # Receiving

    def pushes(self, i: int) -> bool:
        """Does this connectID carry data behind its recv URC? (called by the channel)"""
        slot = self._by_id(i)
        return slot.push if slot else i in self.left and self.left[i][3]

    def _recv(self) -> bool:
        ch = self.ch
        i = ch.number()
        slot = self._by_id(i) or self.server and self.server.slot(i)
        full = ch.rx.find(b"full", ch.i, ch.e) > 0
        n = ch.number()
        if n > 0 and self.pushes(i):
            self.reading = slot
            ch.expect(n, self._sink(slot, n, 0), True)
        elif slot:
            slot.more = self.work = True
            if full:
                self.counters["buff_full"] += 1
                self.event("full", slot.sock)
        return True

    def _late_read(self) -> bool:
        # The answer to a QIRD that was given up: its data must not be taken for lines.
        n = self.ch.number()
        self.reading = None
        if n > 0:
            self.ch.expect(n, None, False)
        return True

    def _room(self, slot) -> bool:
        # A read now is worth its command: a whole piece fits, or pieces are small anyway.
        n = slot.ring.any()
        if slot.stream:
            return (not n or slot.short and n <= 256) and self.formatted(slot, 0)
        return (slot.rest or slot.cap - n >= PIECE + 2) and self.formatted(slot, 1)

    def _read(self, slot) -> bool:
        ch = self.ch
        ch.cmd.seek(0)
        ch.put(b"AT+QIRD=")
        ch.num(slot.tried if slot.kind == SERVICE else slot.id)
        ch.put(b",")
        n = slot.ring.any()
        ch.num(PIECE - n if slot.stream else PIECE)
        ch.put(b"\r\n")
        self.answered = False
        ch.start(b"+QIRD:", _ANSWER_MS, True)
        return self._begin(_READ, slot)

    def _read_head(self, slot) -> None:
        n = self.ch.number()
        self.answered = True
        if n <= 0:
            slot.more, slot.rest = False, 0
            return
        rest = max(self.ch.number(), 0) if self.ch.shown else 0
        slot.short = n + rest < 256
        self.reading = slot
        self.ch.expect(n, self._sink(slot, n, rest), False)

    def _sink(self, slot, n: int, rest: int):
        # Where the next `n` bytes go, `rest` more of the same datagram following: the slot's
        # ring, or None. A datagram stands in the ring behind two bytes with its length.
        if not slot:
            return None
        if slot.stream:
            slot.pend = n
            return None if slot.hole else slot.ring
        if not slot.pend:  # else it goes on
            if slot.rest or not self._fits(slot, n + rest):
                self.counters["pushed_out" if slot.push else "truncated"] += not slot.rest
                slot.rest = rest
                return None
            self.piece[0], self.piece[1] = (n + rest) >> 8, (n + rest) & 255
            slot.pend = slot.ring.write(self.piece, 2)
        slot.pend += n
        slot.rest = rest
        return slot.ring

    def _fits(self, slot, n: int) -> bool:
        if n + 2 > slot.cap - slot.ring.any():
            self.grow(slot)
        return n + 2 <= slot.cap - slot.ring.any()

    def grow(self, slot) -> bool:
        """Make room for more datagrams, once; does another one fit?"""
        if slot.cap == _RING:
            try:
                ring = RingIO(_LONG)
            except MemoryError:
                return False
            while slot.ring.any():
                ring.write(self.piece, slot.ring.readinto(self.piece))
            slot.ring, slot.cap = ring, _LONG
        return slot.cap - slot.ring.any() >= PIECE + 2

    def ended(self) -> None:
        """A payload and its trailer are in (called by the channel)."""
        slot, lost = self.reading, self.ch.lost
        if not slot:
            return
        if slot.hole:
            lost = slot.pend
        if lost:
            slot.hole = True
            self.counters["pushed_out"] += lost
        if not slot.rest:
            slot.good, slot.pend = slot.good + slot.pend - lost, 0

    def damaged(self) -> None:
        """A payload lost or gained a byte (called by the channel)."""
        slot = self.reading
        if slot:
            self.spoil(slot)

    def spoil(self, slot) -> None:
        """Bytes of this slot were lost on the UART: the end of a TCP socket, or of a datagram."""
        if slot.stream:
            slot.fail(None, "AT+QIRD", errno.EIO)
            self.end(slot)
        elif slot.pend:
            self._unwrite(slot)

    def _unwrite(self, slot) -> None:
        # Take the last `pend` bytes out of the ring again: the good ones go once round.
        ring, piece, n = slot.ring, self.piece, slot.good
        while n > 0:
            n -= ring.write(piece, ring.readinto(piece, min(n, len(piece))))
        n = ring.any() - slot.good
        while n > 0:
            n -= ring.readinto(piece, min(n, len(piece)))
        slot.pend = slot.rest = 0

    def _read_done(self, slot, result: int) -> None:
        if result == OK:
            return
        if result == NO_ANSWER:
            if not self.answered:
                self.counters["damaged"] += 1
                self.spoil(slot)
        else:
            slot.more = False
            if not slot.eof:
                slot.fail(max(result, 0) or None, "AT+QIRD")
                if slot.kind != UDP:
                    self.end(slot)

    # Opening and closing

    def slot(self):
        """A free slot, or raise EMFILE."""
        for slot in self.slots:
            if slot.state == FREE:
                return slot
        if len(self.slots) == 6:
            raise OSError(EMFILE)
        self.slots.append(Slot())
        return self.slots[-1]

    def _open(self, slot) -> bool:
        if slot.kind == UDP and self._adopt(slot):
            return False
        if not self.formatted(slot, slot.push or not slot.stream):
            return False
        i = 0
        while i < 6 and (self.ids[i] or i in self.left or slot.tried >> i & 1):
            i += 1
        if i == 6:
            return self._no_id(slot)
        slot.id, self.ids[i] = i, slot
        slot.state, slot.since = OPENING, time.ticks_ms()
        self._qiopen_command(slot)
        self.ch.start(None, _ANSWER_MS)
        return self._begin(_QIOPEN, slot)

    def _qiopen_command(self, slot) -> None:
        ch = self.ch
        ch.cmd.seek(0)
        ch.put(b"AT+QIOPEN=")
        ch.num(self.context)
        ch.put(b",")
        ch.num(slot.id)
        ch.put(b",")
        ch.put(_KINDS[slot.kind])
        ch.put(b',"')
        ch.put(slot.host)
        ch.put(b'",')
        ch.num(slot.port)
        ch.put(b",")
        ch.num(slot.local)
        ch.put(b",")
        ch.num(slot.push)
        ch.put(b",1\r\n" if slot.v6 else b"\r\n")

    def _adopt(self, slot) -> bool:
        # A UDP socket that the module kept while we were restarted.
        for i in self.left:
            host, port, local, push = self.left[i]
            if host == slot.host and port == slot.port and slot.local in (0, local):
                del self.left[i]
                slot.id, self.ids[i] = i, slot
                slot.push, slot.state, slot.more = push, OPEN, True
                return True
        return False

    def _no_id(self, slot) -> bool:
        if self.left:  # close one of an earlier run, then open under its id
            i = min(self.left)
            del self.left[i]
            slot.id, self.ids[i] = i, slot
            slot.state, slot.again, self.work = ENDING, True, True
        else:
            slot.fail(563 if slot.tried else None, "AT+QIOPEN", 0 if slot.tried else EMFILE)
            slot.state = GONE
        return False

    def _open_done(self, slot, result: int) -> None:
        if result == OK or slot.state != OPENING:
            return
        if result == NO_ANSWER:
            slot.fail(None, "AT+QIOPEN", errno.ETIMEDOUT)
            slot.state = ENDING
        else:
            self._not_open(slot, result)

    def _qiopen(self) -> bool:
        slot = self._by_id(self.ch.number())
        if slot and slot.state == OPENING:
            code = self.ch.number()
            if code:
                self._not_open(slot, code)
            else:
                slot.state = OPEN if slot.sock else ENDING
            self.work = True
        return True

    def _not_open(self, slot, code: int) -> None:
        if code == 563:  # the module gave this id to an incoming connection: take another
            slot.tried |= 1 << slot.id
        elif code == 552 and slot.port == 0:  # listeners: the manual sends 0, others want 1
            slot.port = 1
        else:
            refused = errno.EOPNOTSUPP if slot.kind == SERVICE else 0
            slot.fail(max(code, 0) or None, "AT+QIOPEN", refused)
            slot.state = ENDING
            return
        self.ids[slot.id] = None
        slot.id, slot.state = -1, WANTED

    def end(self, slot) -> None:
        """Have it closed."""
        if slot.kind == LISTENER and self.server:
            self.server.closed(slot)
        if slot.state in (WANTED, GONE):
            self._closed(slot)
        elif slot.state == OPEN:
            slot.state, self.work = ENDING, True

    def _close(self, slot) -> bool:
        self.ch.cmd.seek(0)
        self.ch.put(b"AT+QICLOSE=")
        self.ch.num(slot.id)
        self.ch.put(b"\r\n")
        slot.state, slot.since = CLOSING, time.ticks_ms()
        self.closing = slot
        self.ch.start(None, _ANSWER_MS)
        return self._begin(_CLOSE, slot)

    def _close_done(self, slot, result: int) -> None:
        if result not in (OK, NO_ANSWER) and self.closing is slot:
            self._closed(slot)  # it was closed already

    def _close_ok(self) -> bool:
        if self.closing:
            self._closed(self.closing)
        return True

    def _closed(self, slot) -> None:
        if self.closing is slot:
            self.closing = None
        if slot.id >= 0:
            self.ids[slot.id] = None
            slot.id = -1
        if self.tx is slot:
            slot.fail(None, "AT+QISEND", errno.ECONNRESET)
            self.tx = None
        if slot.again:
            slot.again, slot.state, slot.tried = False, WANTED, 0
        elif slot.sock:
            slot.state = GONE
        else:
            self.free(slot)
        self.work = True

    def give_up(self) -> None:
        """The module stays silent: whoever waits for it is told."""
        for job in self.jobs:
            if job.state != 3 and job is not self.boss:
                job.cancel()
        for slot in self.slots:
            if slot.state not in (FREE, GONE, OPEN) or slot.wait or self.tx is slot:
                slot.fail(None, "AT", errno.ETIMEDOUT)
                if slot.stream or slot.state != OPEN:
                    slot.again = False
                    self._closed(slot)
                elif self.tx is slot:
                    self.tx = None

    def free(self, slot) -> None:
        while slot.ring.readinto(self.piece):
            pass
        slot.clear()

    def reset(self, slot) -> None:
        """The module no longer has it."""
        if slot.state not in (FREE, GONE):
            slot.fail(None, "AT+QISTATE", errno.ECONNRESET)
            slot.again = False
            self._closed(slot)

    # Sending

    def ready(self, slot) -> bool:
        """May it load a piece now? Who sent last lets others go first."""
        if self.tx:
            if self.tx is not slot:
                self._refused = True
            return False
        if slot is self._last and self._refused:
            self._refused = False
            return False
        return True

    def load(self, slot, buf, off: int, n: int) -> None:
        """Take `n` bytes of `buf`, at most 512, to be sent."""
        body = self.body
        body.seek(0)
        if self.hexa:
            while body.tell() < n * 2:
                body.write(_DIGITS, buf[off] >> 4, 1)
                body.write(_DIGITS, buf[off] & 15, 1)
                off += 1
        else:
            body.write(buf, off, n)
        self.wire = body.tell()
        self.plain = self.hexa and self.wire <= PIECE or self._printable(n)
        body.seek(self.wire)
        body.write(b'"\r\n')
        self.loaded, self.size = time.ticks_ms(), n
        self.tx, self.txs, self.work = slot, _LOADED, True

    def _printable(self, n: int) -> bool:
        # May it stand between quotes (0x20-0x7E and no quote)?
        body, piece = self.body, self.piece
        body.write(_BLANK)
        body.seek(0)
        while n > 0:
            n -= body.readinto(piece)
            if min(piece) < 32 or max(piece) > 126 or piece.find(b'"') >= 0:
                return False
        return True

    def _send(self, slot) -> bool:
        ch = self.ch
        ch.cmd.seek(0)
        ch.put(b"AT+QISENDEX=" if self.hexa else b"AT+QISEND=")
        ch.num(slot.id)
        ch.put(b",")
        ch.num(self.size)
        ch.put(b',"' if self.plain else b"\r\n")
        self.txs, self.sent = _SENT, time.ticks_ms()
        size = self.wire + 3 if self.plain else self.wire
        ch.start(None, _ANSWER_MS, False, self.body, size, 0 if self.plain else 1)
        return self._begin(_SEND, slot)

    def _send_done(self, slot, result: int) -> None:
        if self.tx is not slot or self.txs != _SENT:
            return
        self.sent = time.ticks_ms()
        if result == NO_ANSWER:
            if self.ch.gate:  # the prompt may be open: recovery fills it
                self.suspect = True
                slot.fail(None, "AT+QISEND", errno.EIO)
                self._tx_done(0)
                if slot.kind != UDP:
                    self.end(slot)
        elif result in (551, 568):
            self.txs = _FAILED
        elif result != OK:
            self._tx_done(max(result, 0) or 550)

    def _tx_done(self, code: int) -> None:
        slot, self.tx, self.work = self.tx, None, True
        self._last = slot
        if code:
            slot.fail(code, "AT+QISEND")
            if slot.kind != UDP:
                self.end(slot)

    def _answered_send(self) -> bool:
        # SEND OK or SEND FAIL is for the piece on its way; it stands for a lost OK as well.
        if not self.tx or self.txs not in (_SENT, _OWED):
            return False
        if self.op == _SEND and self.ch.busy:
            if self.ch.unsent():
                return False
            self.ch.busy, self.op = False, 0
        return True

    def _send_ok(self) -> bool:
        if not self._answered_send():
            return False
        self._tx_done(0)
        return True

    def _send_fail(self) -> bool:
        if not self._answered_send():
            return False
        self.counters["send_fail"] += 1
        if self.txs == _OWED:
            self._tx_done(0)
        elif self.tx.kind == UDP:
            self._tx_done(558)
        else:
            self.txs, self.sent = _FAILED, time.ticks_ms()
        return True

    # The data format (manual 2.1.11)

    def formatted(self, slot, shown) -> bool:
        """Is the data format known, with lengths shown if need be? If not, ask for it."""
        ch, job = self.ch, self.fmt
        if self.known and (ch.shown or not shown) and (ch.hex or not self.hexa):
            return True
        if not job:
            self.fmt = self.add(_format(self, shown))
        elif job.state == 3:
            self.fmt = None
            if job.error:
                slot.fail(job.error.code, job.what, job.error.errno)
                slot.state = GONE if slot.state == WANTED else ENDING
        return False


def _format(eng, shown):
    # Ask, and write only what differs: the settings live in flash.
    ch = eng.ch
    ch.view = yield from _setting('"viewmode"')
    ch.shown = yield from _setting('"showlength"')
    ch.hex = yield from _setting('"dataformat"')
    if shown and not ch.shown:
        yield ('AT+QICFG="showlength",1', _ANSWER_MS)
        ch.shown = 1
    if eng.hexa and not ch.hex:
        yield ('AT+QICFG="dataformat",0,1', _ANSWER_MS)
        ch.hex = 1
    eng.known = eng.work = True


def _setting(name: str):
    # The last number of the answer is the value in force; a module that refuses has defaults.
    try:
        lines = yield ("AT+QICFG=" + name, _ANSWER_MS)
    except BC25Error as e:
        if e.errno == errno.ETIMEDOUT:
            raise
        return 0
    return int(lines[-1][-1]) if lines and lines[-1][-1] in "01" else 0


def _prefix(command: str):
    # What its information lines begin with: None for nothing, b"" for lines without a "+".
    if command in ("ATI", "AT+CIMI", "AT+CGSN", "AT+CGMM", "AT+CGMR"):
        return b""
    end = 3
    while end < len(command) and command[end] not in "=?":
        end += 1
    return (command[2:end] + ":").encode() if command.startswith("AT+") else None


def _chapter2(command: str) -> bool:
    return command[:5] == "AT+QI" or command[:8] in ("AT+QPING", "AT+QNTP=")


def all_in(text, allowed) -> bool:
    """Are all characters of `text` among these?"""
    return all(c in allowed for c in text)
