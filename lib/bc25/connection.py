"""A connection: one connectID and one life in the module (manual 2.1.1, 2.1.2).

It goes forward only and is never used again. A socket that turns to another peer gets another
connection, on the same inbox.
"""

import errno
import time

from micropython import const

from .clock import late
from .errors import BC25Error
from .exchange import ANSWER_MS, NEEDED, OK, RESTARTED, SILENT
from .reader import READ
from .script import WAITS, attempt

# The states, in their order.
OPENING = const(0)  # it has no id yet, or +QIOPEN is to come. On: its script
OPEN = const(1)  # data may go both ways. On: end(), "closed", an error of a stream
CLOSING = const(2)  # it is to be closed, or being closed. On: CLOSE OK, or QISTATE lacks it
CLOSED = const(3)  # the module has nothing of it
NAMES = ("opening", "open", "closing", "closed")

TCP = "TCP"
UDP = "UDP"
LISTENER = "TCP LISTENER"
SERVICE = "UDP SERVICE"

_OPEN_MS = const(36_000)  # manual 2.1.1, note 1: to an address,
_OPEN_NAME_MS = const(176_000)  # to a name
_NUMERIC = b"0123456789."  # what an IPv4 address consists of
_FALLBACK_MS = const(20_000)  # a program waits for data: ask in case the URC was lost
_MANY = const(3)  # QIRDs in a row that were refused
_PASSING = (553, 558)  # no memory, SEND FAIL
_NONE = const(-1)
_EMPTY = ()

MAYBE = const(2)  # added to the access mode of an accepted connection: it is not known yet

# data_ready: does the module hold data for it?
NOTHING = const(0)  # no
UNKNOWN = const(1)  # it may: ask once the program waits for data
PERHAPS = const(2)  # it may: ask
ASKED = const(3)  # it said so, and QIRD was sent since
TOLD = const(4)  # it said so


class Connection:
    """One connection, from its opening to its end."""

    def __init__(self, service, host, port, local, v6, push, inbox, outbox) -> None:
        self.service = service
        self.stream = service in (TCP, LISTENER)
        self.host = host  # bytes; b"" for one that came in
        self.port = port
        self.local = local  # local port, 0: any
        self.v6 = v6  # 1: over IPv6
        self.push = push  # the access mode: 1 direct push
        self.peer = ("", 0)
        self.parent = None  # the listener that it came in to
        self.inbox = inbox
        self.outbox = outbox
        self.clients = _EMPTY  # of a listener: who came in and was not accepted yet
        self.state = OPENING
        self.id = _NONE
        self.read_id = _NONE  # under which id its data came last; a UDP SERVICE's may be another
        self.error = None  # the first thing that went wrong
        self.held = True  # the program has it, or the listener that it came in to
        self.eof = False  # the peer closed
        self.data_ready = NOTHING  # see above
        self.awaited = False  # the program waits for data
        self.heard = time.ticks_ms()  # when the fallback began to count
        self.script = None  # what opens or closes it
        self.socket = None  # a reference to whose it is, None: nobody's yet
        self.touched = time.ticks_ms()  # when the program asked last; None: since it is open
        self.open_result = None  # what +QIOPEN said
        self._headed = False  # QIRD's header came
        self._refused = 0  # QIRDs in a row that were answered by ERROR

    # Errors

    def fail(self, error) -> None:
        """Note an error for the program; the first one stays."""
        if not self.error:
            self.error = error

    def broke(self, error=None) -> None:
        """Note an error that a stream does not live through; a datagram socket does, unless the
        module refused and may have it no more."""
        if error:
            self.fail(error)
        if self.stream or error and error.code and error.code not in _PASSING:
            self.end()

    def check(self) -> None:
        """Raise what went wrong; a datagram socket that was open works on after it."""
        error = self.error
        if error:
            if not self.stream and self.open_result == OK:
                self.error = None
            raise error.again()

    def check_writable(self) -> None:
        """Raise what a connection that cannot send raises; one that is being opened will."""
        self.check()
        if not self.held:
            raise OSError(errno.EBADF)
        if self.eof or self.state >= CLOSING:
            raise OSError(errno.ECONNRESET)

    def blame(self, e, command: str) -> None:
        """Note what a script raised."""
        number = errno.ENOMEM if isinstance(e, MemoryError) else errno.EIO
        if isinstance(e, OSError):
            number = e.args[0]
        self.fail(BC25Error(getattr(e, "code", None), getattr(e, "command", command), number))

    # Opening

    def opening(self, table, context: int, data_format):
        """The script that opens it. Its errors are noted for the program."""
        try:
            yield from self._open(table, context, data_format)
        except Exception as e:
            self.blame(e, "AT+QIOPEN")
            self.state = CLOSING

    def _open(self, table, context, data_format):
        if self._adopt(table):
            while self.inbox.astray and self.data_ready and self.state == OPEN:
                yield 20  # until what it has is read
            return
        if self.push or self.service == LISTENER:
            yield from data_format.settle(True)
        while table.port_closing(self):
            yield 20
        tried = 0
        while True:
            i = yield from table.free_id(tried)
            if not self.held:
                self.state = CLOSING
                return
            if i in table.orphans:
                table.leave(i)  # it is closed first
                continue
            self.id = self.read_id = i
            table.put(i, self)
            code = yield from self._qiopen(context, data_format)
            if code == 563:  # the module gave this id away: take another
                tried |= 1 << i
            elif code == 552 and not self.port:
                self.port = 1  # listeners: the manual sends 0, others want 1
            else:
                break
            if table.get(i) is self:
                table.put(i, None)
            self.id = _NONE
        if self.service == UDP and not code:
            yield from self._verify()
        if code:
            refused = errno.EOPNOTSUPP if self.service == SERVICE else 0
            raise BC25Error(code, "AT+QIOPEN", refused)
        self.heard = time.ticks_ms()
        self.state = OPEN if self.held else CLOSING

    def _adopt(self, table) -> bool:
        # A UDP socket that the module kept while we were restarted.
        for i in table.orphans:
            peer, local, push, astray = table.orphans[i]
            if self.service == UDP and peer == self.peer and self.local in (0, local):
                del table.orphans[i]
                self.id = self.read_id = i
                table.put(i, self)
                self.push = push
                self.open_result = OK
                self.inbox.astray = astray
                self.data_ready = PERHAPS if astray else UNKNOWN
                self.state = OPEN
                return True
        return False

    def _qiopen(self, context, data_format):
        # What +QIOPEN says, or the ERROR's code; 0: it is open.
        command = 'AT+QIOPEN=%d,%d,"%s","%s",%d,%d,%d' % (
            context,
            self.id,
            self.service,
            self.host.decode(),
            self.port,
            self.local,
            self.push,
        )
        self.open_result = None
        since = time.ticks_ms()
        try:
            yield command + (",1" if self.v6 else "")
        except BC25Error as e:
            if self.open_result is None:
                if e.args[0] in (errno.ETIMEDOUT, errno.ECONNRESET):
                    raise
                return e.code or -1
        # While +QIOPEN is awaited this takes no time of the program's.
        yield from data_format.settle(not self.stream)
        if self.open_result is None:
            named = self.host.strip(_NUMERIC) and b":" not in self.host
            ms = _OPEN_NAME_MS if named else _OPEN_MS
            ms -= time.ticks_diff(time.ticks_ms(), since)
            yield max(ms, 0)
            if self.open_result is None:
                raise BC25Error(SILENT, command)
        return self.open_result

    def _verify(self):
        # A digit of the address may have been lost on the UART, and datagrams go anywhere.
        for line in (yield from attempt("AT+QISTATE=1,%d" % self.id)):
            ip, port = line.split(",")[2:4]
            named = self.host.strip(_NUMERIC)
            if int(port) != self.port or not named and ip.strip('" ') != self.peer[0]:
                raise ValueError

    def opened(self, code: int) -> None:
        """+QIOPEN came (manual 2.1.1), or its id was given away (563)."""
        if self.state == OPENING:
            self.open_result = code
            if self.script and self.script.state == WAITS:
                self.script.wake(OK)

    def accept(self, parent, i: int, peer) -> None:
        """It came in to a listener, under that id."""
        self.parent = parent
        self.peer = peer
        self.id = self.read_id = i
        self.state = OPEN
        parent.clients.append(self)

    # Closing

    def end(self) -> None:
        """Have it closed."""
        for conn in self.clients:
            conn.held = False
            conn.end()
        if self.clients:
            self.clients = []
        if self.state == OPEN:
            self.state = CLOSING

    def release(self) -> None:
        """It is closed, and the program, which has its buffers as long as it has the connection,
        has it no more: leave them to others."""
        if self.inbox:
            self.inbox.release()
        if self.outbox:
            self.outbox.release()

    def known(self) -> bool:
        """Was the module told to open it, so that QISTATE should list it?"""
        if self.id < 0 or self.state == CLOSED:
            return False
        return self.state != OPENING or self.open_result == 0

    # Receiving

    def wants_read(self) -> bool:
        """May the module hold data, and is there room for them?"""
        if self.data_ready < PERHAPS and not (self.data_ready and self.awaited):
            return False
        return self.inbox.ring is not None and self.inbox.has_room()

    def read_on(self, writer, exchange) -> None:
        """Send QIRD (manual 2.1.5)."""
        writer.about(b"AT+QIRD=", self.read_id, b",512\r\n")
        writer.start()
        self._asks()
        exchange.start(self, b"+QIRD:", ANSWER_MS, NEEDED)

    def repeat_read(self, exchange) -> None:
        """Send the same QIRD again."""
        self._asks()
        exchange.repeat(self)

    def _asks(self) -> None:
        self._headed = False
        self.data_ready = ASKED if self.data_ready >= ASKED else PERHAPS

    def info(self, reader) -> bool:
        """`+QIRD: <actual_read_length>[,<remaining_length>]`; True if data follow."""
        n = reader.number()
        rest = reader.number() if n > 0 else 0
        rest = 0 if self.stream or rest < 0 else rest
        if n < 0 or n and reader.i != reader.e:
            return False  # no header: a byte of it was lost
        self._headed = True
        self._refused = 0
        if n:
            if self.data_ready == ASKED:
                self.data_ready = PERHAPS  # what it told of came
            self.inbox.begin(n, rest, False, self.peer)
            reader.expect(n, self.inbox, READ)
            return True
        self.inbox.cut()
        self.inbox.astray = False
        if self.data_ready != TOLD:
            self.data_ready = NOTHING
        return False

    def ended(self, result: int) -> bool:
        """QIRD ended. Without a header or an OK nobody knows what the module handed out: True if
        something of it is lost."""
        if result == RESTARTED:
            return False  # recovery finds out what is left of it
        if result == OK and self._headed:
            self.inbox.confirm(self.peer)
            return False
        if result == OK or result == SILENT:
            return True
        # Some modules free the id of a closed socket once it was read. But the ERROR may come
        # from a byte that the command lost: then nothing was handed out, so again.
        freed = result == 567 and self.eof and self.data_ready < ASKED
        self._refused += 1
        if self._refused >= _MANY or freed:
            self.data_ready = NOTHING
            self._refused = 0
            if not freed:
                self.broke(BC25Error(result, "AT+QIRD", errno.EIO if self.eof else 0))
        return False

    def spoil(self) -> None:
        """Bytes of it were lost on the UART: the end of a stream, or of a datagram."""
        if self.stream:
            self.inbox.damaged = True
            self.broke(BC25Error(None, "AT+QIRD", errno.EIO))
        else:
            self.inbox.cut()
            self.inbox.astray = True

    def fallback(self, asleep: bool) -> bool:
        """Covers a lost URC: every 20 s while the program waits, but it wakes nobody. True if it
        is time to ask."""
        if not self.awaited or self.data_ready or asleep:
            self.heard = time.ticks_ms()
        elif late(self.heard, _FALLBACK_MS):
            self.awaited = False
            self.heard = time.ticks_ms()
            return True
        return False

    # Its state, for the program

    def is_opening(self) -> bool:
        """Does the program have to wait for it yet?"""
        if self.state == OPENING:
            return True
        return self.state == OPEN and self.script is not None and self.script.state > 0

    def touch(self) -> None:
        """The program asks about it."""
        self.touched = time.ticks_ms() if self.state == OPENING else None

    def is_open(self) -> bool:
        """Is it open, with nothing wrong?"""
        return self.state == OPEN and not (self.eof or self.error)

    def at_end(self) -> bool:
        """Does nothing follow what is in the inbox?"""
        return self.eof and not self.data_ready or self.state == CLOSED
