"""A connection: its id in the module, its errors, and the steps of opening and closing it
(manual 2.1.1, 2.1.2)."""

import errno

from micropython import const

from .errors import BC25Error
from .jobs import close
from .receiving import Receiver

_TYPING = const(False)
if _TYPING:
    from typing import Any

# state
_CLOSED = const(0)  # the module has nothing of it (any more)
_OPENING = const(1)
_OPEN = const(2)
_ENDING = const(3)  # to be closed, or being closed

# state of a job, see jobs.py; 0: it is over
_WANTS = const(1)
_WAITS = const(3)

_OPEN_MS = const(36_000)  # manual 2.1.1, note 1: to an address,
_OPEN_NAME_MS = const(176_000)  # to a name
_NUMERIC = const(b"0123456789.")  # what an IPv4 address consists of
_EMFILE = const(24)  # MicroPython's errno lacks it
_FALLBACK_MS = const(20_000)  # a program waits for data: ask in case the URC was lost


class Connection(Receiver):
    kind = "TCP"  # the service type, as the module calls it
    v6 = False
    local = 0  # local port, 0: any
    held = True  # the program has it, or the listener has that it came in to
    state = _CLOSED
    id = -1  # connectID, -1 while it has none
    code_in: "int | None" = None  # what +QIOPEN said
    job: "Any" = None  # what opens or closes it
    again = False  # open anew once closed
    waits = False  # the program waits for data

    def __init__(self, eng: "Any") -> None:
        super().__init__(eng)
        self.push = int(eng.push)
        self.clients: "Any" = ()  # of a listener: who came in and was not accepted yet
        self.number = 0  # errno of its error, 0: none, -1: what the code stands for
        self.code: "int | None" = None  # the manual's code of it, or what Channel.done() was told
        self.failed = ""  # the command that failed

    # Errors

    def fail(self, code, command: str, number: int = 0) -> None:
        """Note an error for the program; the first one stays."""
        if not self.number:
            self.number = number or -1
            self.code = code
            self.failed = command

    def blame(self, e, command: str) -> None:
        """Note what a job raised."""
        number = errno.ENOMEM if isinstance(e, MemoryError) else errno.EIO
        if isinstance(e, OSError):
            number = e.args[0]
        self.fail(getattr(e, "code", None), command, number)

    def broke(self, code, command: str, number: int = 0) -> None:
        """Note an error that a stream does not live through."""
        self.fail(code, command, number)
        if self.stream:
            self.end()

    def check(self) -> None:
        """Raise what was noted; a datagram socket works on after it."""
        if self.number:
            number = max(self.number, 0)
            if not self.stream and self.state == _OPEN:
                self.number = 0
            raise BC25Error(self.code, self.failed, number)

    # Opening

    def open(self, kind: str, host: bytes, port: int) -> None:
        """Have it opened, under its local port and in its access mode."""
        eng = self.eng
        if not self.held:
            raise OSError(errno.EBADF)
        if not eng.up:
            raise OSError(errno.ENOTCONN)
        if self.ring:
            raise OSError(errno.EALREADY if self.opening() else errno.EEXIST)
        live = 0
        for other in eng.conns:
            if other is self:  # an open that failed is being closed yet
                continue
            live += other.held
            if self.local and other.local == self.local and other.stream == self.stream:
                raise OSError(errno.EADDRINUSE)
        if live >= 6:
            raise OSError(_EMFILE)
        self.kind = kind
        self.host = host
        self.port = port
        self.peer = (host.decode(), port)
        self.take_ring()
        self.number = 0
        if self.state:  # it is in the module yet
            self.again = True
        else:
            self.empty()
            self.waits = False
            self.heard = eng.now  # when the fallback began to count
            self._reopen()

    def _reopen(self) -> None:
        eng = self.eng
        self.state = _OPENING
        self.job = None
        if self not in eng.conns:
            eng.conns.append(self)
        self.job = eng.add(self._open())

    def _open(self):
        eng = self.eng
        tried = 0  # ids that turned out to be taken, as bits
        if self.push or not self.stream:
            eng.lengths = 1
        if self._adopt():
            return
        try:
            while True:
                while not self.formatted():
                    self.check()
                    yield 20
                i = yield from self._free_id(tried)
                self.take_id(i)
                if eng.left.pop(i, None):  # of an earlier run: closed first
                    self.state = _ENDING
                    self.again = True
                    return
                code = yield from self._qiopen()
                if code == 563:  # the module gave this id to an incoming connection: take another
                    tried |= 1 << self.id
                elif code == 552 and not self.port:
                    self.port = 1  # listeners: the manual sends 0, others want 1
                else:
                    break
                self._free()
            if self.kind == "UDP" and not code:
                yield from self._verify()
            self.heard = eng.now
            self.state = _ENDING
            if code:
                refused = errno.EOPNOTSUPP if self.kind == "UDP SERVICE" else 0
                raise BC25Error(code, "AT+QIOPEN", refused)
            if self.held and not self.again:
                self.state = _OPEN
                self.job = None
        except Exception as e:
            # It may be tried again once it is closed. Another error comes from a garbled answer.
            self.state = _ENDING
            if not self.again:  # else ring and error are the next open's
                self.blame(e, "AT+QIOPEN")
                self._unopened()
        eng.work = True

    def _unopened(self) -> None:
        # Its buffer goes, but for what came from an earlier peer and is unread.
        self.host = b""
        if not self.good:
            self.give_ring()

    def _adopt(self) -> bool:
        # A UDP socket that the module kept while we were restarted.
        eng = self.eng
        for i in eng.left:
            peer, local, push = eng.left[i]
            if self.kind == "UDP" and peer == self.peer and self.local in (0, local):
                del eng.left[i]
                self.take_id(i)
                self.push = push
                self.state = _OPEN
                self.more = True
                return True
        return False

    def _free_id(self, tried: int):
        # One that nobody has, or that gets free; the last resort is one of an earlier run.
        eng = self.eng
        while True:
            leaving = False
            for i in range(6):
                conn = eng.ids[i]
                if conn:
                    leaving = leaving or conn.state == _ENDING or not conn.held
                elif i not in eng.left and not tried >> i & 1:
                    return i
            if eng.left:
                return min(eng.left)
            if not leaving:
                raise BC25Error(tried and 563, "AT+QIOPEN", not tried and _EMFILE)
            yield 20

    def take_id(self, i: int) -> None:
        """Have that connectID."""
        self.id = self.read_id = i
        self.eng.ids[i] = self

    def _qiopen(self):
        # What +QIOPEN says, or the ERROR's code; 0: it is open.
        command = 'AT+QIOPEN=%d,%d,"%s","%s",%d,%d,%d' % (
            self.eng.context,
            self.id,
            self.kind,
            self.host.decode(),
            self.port,
            self.local,
            self.push,
        )
        self.code_in = None  # what +QIOPEN said
        try:
            yield command + (",1" if self.v6 else "")
        except BC25Error as e:
            if self.code_in is None:
                if e.errno == errno.ETIMEDOUT:
                    raise
                return e.code or -1
        if self.code_in is None:
            named = self.host.strip(_NUMERIC) and b":" not in self.host
            yield _OPEN_NAME_MS if named else _OPEN_MS
            if self.code_in is None:
                raise BC25Error(-2, command)
        return self.code_in

    def _verify(self):
        # A digit of the address may have been lost on the UART, and datagrams go anywhere.
        for line in (yield "AT+QISTATE=1,%d" % self.id):
            ip, port = line.split(",")[2:4]
            if self.again:  # another peer is wanted by now
                return
            named = self.host.strip(_NUMERIC)
            if int(port) != self.port or not named and ip.strip('" ') != self.peer[0]:
                raise ValueError

    def opened(self, code: int) -> None:
        """+QIOPEN came, or its id was given away (563)."""
        if self.state == _OPENING:
            self.code_in = code
            if self.job and self.job.state == _WAITS:
                self.job.late()

    def accepted(self, parent, i: int, peer) -> None:
        """It came in to a listener, under that id."""
        eng = self.eng
        self.peer = peer
        self.local = parent.local
        self.push = parent.push
        self.v6 = parent.v6
        self.take_ring()
        self.take_id(i)
        self.state = _OPEN
        self.heard = eng.now
        eng.work = True
        eng.conns.append(self)
        parent.clients.append(self)
        parent.good += 1

    # Closing

    def end(self) -> None:
        """Have it closed."""
        for conn in self.clients:
            conn.held = False
            conn.end()
            self.good = 0
        self.clients = []
        if self.state == _OPEN:
            self.state = _ENDING
            self.eng.work = True
        elif not self.state and not self.held:
            self.give_ring()

    def _close(self):
        yield from close(self.id)
        self.closed()
        if self.kind == "TCP LISTENER":
            yield from self.eng.server.missed()

    def closed(self) -> None:
        """The module has it no more."""
        # A Ctrl-C at any line of this has `serve` call it once more.
        eng = self.eng
        self._free()
        eng.drop(self)
        self.state = _CLOSED
        eng.work = True
        if self.again and self.held:
            if self.stream:
                self.empty()
            self.again = False
            self._reopen()
        else:
            self.again = False
            eng.conns.remove(self)
            if not self.held:
                self.give_ring()

    def _free(self) -> None:
        ids = self.eng.ids
        if ids[self.id] is self:  # no id, -1: the last one is another's
            ids[self.id] = None
        self.id = -1

    def reset(self) -> None:
        """The module no longer has it: ECONNRESET."""
        self.fail(None, "AT+QISTATE", errno.ECONNRESET)
        self.gone()

    def gone(self) -> None:
        """The module has it no more, whatever was under way."""
        self.again = False
        if self.job:
            self.job.cancel()
        if self.state == _OPENING:
            self._unopened()
        self.closed()

    def unheard(self) -> None:
        """The module stays silent: ETIMEDOUT for whoever waits for it."""
        if self.state != _OPEN or self.waits or self.eng.tx is self:
            self.fail(-2, "AT")
            if self.stream or self.state != _OPEN:
                self.gone()
            else:
                self.eng.drop(self)

    def known(self) -> bool:
        """Was the module told to open it?"""
        if self.state != _OPENING or self.code_in is not None:
            return self.id >= 0
        return self.id >= 0 and self.job and self.job.state != _WANTS

    def ending(self) -> bool:
        """Is it being closed?"""
        return self.state == _ENDING

    # Its state, for the program

    def opening(self) -> bool:
        """Is it being opened?"""
        return self.state == _OPENING or self.again

    def is_open(self) -> bool:
        """Is it open, with nothing wrong?"""
        return self.state == _OPEN and self.held and not (self.eof or self.number)

    def writable(self) -> bool:
        """Can a piece be loaded now?"""
        return self.state == _OPEN and self.eng.ready(self)

    def at_end(self) -> bool:
        """Does nothing follow what is in the ring?"""
        return self.eof and not self.more or not self.state

    # What the engine asks

    def wants(self) -> bool:
        """Must something be sent for it?"""
        unread = self.more and self.ring and not self.full()
        return unread or self.state == _ENDING or self.eng.tx is self

    def alone(self) -> bool:
        """Is it open, and does nobody else want to send a command?"""
        eng = self.eng
        if self.state != _OPEN or self.number or eng.tx or eng.jobs or len(eng.conns) > 1:
            return False
        return not (eng.suspect or eng.astray or eng.sleeping)

    def fallback(self) -> None:
        """Covers a lost URC: asks every 20 s while the program waits, but wakes nobody."""
        eng = self.eng
        if not self.waits or self.more or eng.sleeping:
            self.heard = eng.now
        elif eng.late(self.heard, _FALLBACK_MS):
            self.waits = False
            self.heard = eng.now
            if self.kind == "TCP LISTENER":
                eng.add(eng.server.missed())
            else:
                self.more = True

    def serve(self) -> bool:
        """Start what it needs next; True if a command runs now."""
        eng = self.eng
        if self.state == _OPENING and (not self.job or not self.job.state):
            # It was cut short by a Ctrl-C.
            self.state = _ENDING
            self.again = True
        if self.state == _OPEN and self.again:  # and so was the turn to another peer
            self.state = _ENDING
        if eng.loaded(self) and (self.state == _OPEN or not (self.number or self.eof)):
            eng.send()
            return True
        if self.state == _OPEN:
            if self.more:
                return self.read_on()
            if self.eof:
                self.state = _ENDING
            elif self.push:
                self.formatted()  # before the next data come, should it have been forgotten
        if not self.state:
            self.closed()
        if self.state == _ENDING and (
            eng.tx is not self or eng.owed() or self.eof or self.number
        ):
            if self.id < 0:
                self.closed()
            elif not eng.closing or not eng.closing.state:
                try:
                    self.job = eng.closing = eng.add(self._close())
                except MemoryError:
                    pass  # the next turn tries again
        return False
