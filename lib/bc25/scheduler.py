"""Whose turn it is: one command at a time, what makes the module's health better first, then the
scripts and the connections in turn."""


import errno

from .connection import CLOSED, CLOSING, LISTENER, OPEN, OPENING
from .errors import BC25Error
from .health import ASLEEP, BUSY, DOUBTFUL, OFF, READY, RESYNC
from .outbox import EMPTY, LOADED
from .script import OVER, WAITS, WANTS, Script, close, resync


class Scheduler:
    """Starts the next command."""

    def __init__(self, core) -> None:
        self._core = core
        self._closing = None  # the script that closes one: CLOSE OK names none
        self._settling = None  # the script that settles the data format ...
        self._settled_for = None  # ... and whose its errors are
        self._served = 0  # who was served last
        self._scripts_first = False

    def next(self) -> None:
        """Start the next command, if there is one."""
        exchange, health = self._core.exchange, self._core.health
        if exchange.owner:
            exchange.release()  # its end was lost to a Ctrl-C
        if self._core.exclusive:
            if self._core.exclusive.state == WANTS:
                self._core.exclusive.start(self._core.writer, exchange)
                return
            if self._core.exclusive.state == WAITS:
                return
            self._sweep()
        if health.state == BUSY:  # the exclusive script was cut short
            health.settle(DOUBTFUL)
        if health.state != READY and not self._repairs():
            return
        if self._core.work or self._core.scripts:
            first = self._scripts_first
            if first and self._script() or self._serve() or not first and self._script():
                self._scripts_first = not first

    def _repairs(self) -> bool:
        # Start what makes the module's health better; True if other commands may be sent.
        state = self._core.health.state
        if state == OFF:
            return self._script() and False
        if state == ASLEEP and not self._wanted():
            return False
        try:
            if state == RESYNC:
                self._core.add_exclusive(self._resync())
            else:
                self._core.add_exclusive(self._core.recover())
        except MemoryError:
            return False  # the next turn tries again
        if self._core.exclusive.state == WANTS:
            self._core.exclusive.start(self._core.writer, self._core.exchange)
        return False

    def _resync(self):
        try:
            yield from resync()
            self._core.health.settle(READY)
        except OSError:
            self._core.health.settle(DOUBTFUL)

    def _wanted(self) -> bool:
        # Must anything be sent, so that the module has to be woken?
        for script in self._core.scripts:
            if script.state == WANTS:
                return True
        for conn in self._core.table.all:
            if conn.state == CLOSING or self._core.piece.of(conn):
                return True
            if conn.state == OPENING and not conn.script:
                return True
            if conn.state == OPEN and (conn.wants_read() or conn.outbox and conn.outbox.any()):
                return True
        return False

    def _sweep(self) -> None:
        # Forget the scripts that are over.
        i = len(self._core.scripts)
        while i:
            i -= 1
            if self._core.scripts[i].state == OVER:
                if self._core.scripts[i] is self._core.exclusive:
                    self._core.exclusive = None
                self._core.scripts.pop(i)

    def _script(self) -> bool:
        # Start the next script's command; True if it runs now.
        self._sweep()
        for script in self._core.scripts:
            if script.state == WANTS:
                self._special(script.what.upper())
                script.start(self._core.writer, self._core.exchange)
                return True
        return False

    def _special(self, command: str) -> None:
        # What a command, the program's perhaps, changes of what is known.
        if command.startswith("AT+QICFG="):
            self._core.format.forget()
        elif command.startswith("AT+CFUN="):
            self._core.health.excuse()

    def _serve(self) -> bool:
        # Start what the next connection needs; True if a command runs now.
        if not self._core.work:
            return False
        self._core.work = False
        conns = self._core.table.all
        n = len(conns)
        while n and conns:
            n -= 1
            self._served = (self._served + 1) % len(conns)
            if self._serve_one(conns[self._served]):
                self._core.work = True
                return True
        return False

    def _serve_one(self, conn) -> bool:
        piece = self._core.piece
        if conn.state == OPENING:
            self._open(conn)
            return False
        if conn.state == CLOSED:
            self._core.closed(conn)
            return False
        if self._sends(conn):
            piece.send()
            return True
        if conn.state == OPEN:
            if conn.wants_read():
                if self._formatted(conn):
                    conn.read_on(self._core.writer, self._core.exchange)
                    return True
            elif conn.at_end():
                conn.end()
            elif conn.push or conn.awaited:
                self._formatted(conn)  # before the first data come
        if conn.state == CLOSING:
            self._close(conn)
        return False

    def _open(self, conn) -> None:
        # Have its script run. A Ctrl-C may come between any two steps.
        core, script = self._core, conn.script
        if not script:
            try:
                conn.script = Script(conn.opening(core.table, core.context, core.format))
                core.scripts.append(conn.script)
            except MemoryError:
                pass  # the next turn tries again
        elif script.state == OVER:
            conn.fail(BC25Error(None, "AT+QIOPEN"))
            conn.state = CLOSING
        elif script not in core.scripts:
            core.scripts.append(script)

    def _sends(self, conn) -> bool:
        # Has it a piece to be sent now?
        piece = self._core.piece
        if piece.conn is conn and piece.state == LOADED and not conn.error:
            return True
        if piece.state != EMPTY or not conn.outbox or conn.error or conn.eof:
            return False
        if conn.outbox.any() and (conn.state == CLOSING or conn.outbox.due()):
            piece.load(conn)
            return True
        return False

    def _formatted(self, conn) -> bool:
        # Is the data format settled? If not, that is under way; what fails is an error of this.
        if self._core.format.is_settled(not conn.stream or conn.push):
            return True
        script = self._settling
        if script and not script.state:
            self._settling = None
            restarted = script.error and script.error.args[:1] == (errno.ECONNRESET,)
            if script.error and not restarted and conn is self._settled_for:
                conn.blame(script.error, "AT+QICFG")
                conn.broke()
        elif not script:
            self._settled_for = conn
            self._settling = self._core.add(self._core.format.settle(not conn.stream or conn.push))
        return False

    def _close(self, conn) -> None:
        # Close it, once its last piece is out: no two at a time, as CLOSE OK names none.
        unsent = self._core.piece.of(conn) or conn.outbox and conn.outbox.any()
        if unsent and not conn.error and not conn.eof:
            return
        if conn.id < 0:
            self._core.closed(conn)
        elif not self._closing or not self._closing.state:
            try:
                self._closing = conn.script = self._core.add(self._closes(conn))
            except MemoryError:
                pass  # the next turn tries again

    def _closes(self, conn):
        yield from close(conn.id, not conn.host)
        self._core.closed(conn)
        if conn.service == LISTENER and self._core.server:
            yield from self._core.server.missed()
