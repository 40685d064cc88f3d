"""The engine. It is moved by `turn()` alone, and nothing here blocks but `wait()`, one step of a
blocking call.

A turn: fill the reader; while there is an item, hand it out (dispatch.py); look at the deadlines;
if no command runs, start the next (scheduler.py); hand the writer's next part to the UART; call
the program's handlers.
"""

import errno
import time

from .clock import late
from .connection import LISTENER, PERHAPS
from .core import tell
from .dispatch import Dispatch
from .errors import EBUSY
from .exchange import SILENT
from .health import ASLEEP
from .scheduler import Scheduler


class Modem:
    """Moves one module."""

    def __init__(self, core) -> None:
        self.core = core
        self._dispatch = Dispatch(core)
        self._scheduler = Scheduler(core)
        self.background = False  # a timer moves it
        self.moving = False  # a turn, or a handler, is under way
        self._heard = time.ticks_ms()  # when something came in last
        self._tick = 0  # when deadlines were looked at

    def turn(self, blocking: bool) -> bool:
        """Read, dispatch, move pending work one step; True if anything moved. A nested call, from
        a handler or a timer's callback, returns at once."""
        if self.moving:
            return False
        # Two finallys, so that no single Ctrl-C can leave `moving` set.
        try:
            try:
                self.moving = True
                return self._turn(blocking)
            finally:
                self.moving = False
        finally:
            self.moving = False

    def _turn(self, blocking: bool) -> bool:
        core = self.core
        reader, writer, exchange = core.reader, core.writer, core.exchange
        moved = self._receive()
        while blocking and reader.inside() and self._receive():
            pass  # a fast line has the next part by now
        if self._tick != time.ticks_ms() >> 4:  # type: ignore[operator]
            self._deadlines()
        if not exchange.busy:
            self._scheduler.next()
        # A command that a Ctrl-C kept from being the exchange's is not sent.
        due = writer.pending() and (exchange.busy or not writer.unsent())
        if due and writer.transmit(blocking):
            exchange.since = time.ticks_ms()
            moved = True
        while core.events:
            name, args = core.events.pop(0)
            if name in core.handlers:
                tell(core.handlers[name], *args)
        return moved

    def _receive(self) -> bool:
        came = self.core.reader.fill()
        if came:
            self._heard = time.ticks_ms()
        self._dispatch.items()
        return came

    def _deadlines(self) -> None:
        # Every 16 ms, whether or not the clock wraps.
        core = self.core
        self._tick = time.ticks_ms() >> 4  # type: ignore[operator]
        core.work = True  # whatever a Ctrl-C may have cut short is looked at again
        core.reader.quiet(time.ticks_diff(time.ticks_ms(), self._heard))
        self._dispatch.items()
        if core.exchange.expired() and not core.reader.inside():
            core.counters["timeouts"] += 1
            core.exchange.cut(SILENT)
            self._dispatch.ended()
        if core.piece.expire():
            core.piece_over()
        core.health.expire()
        asleep = core.health.state == ASLEEP
        for conn in core.table.all:
            if conn.fallback(asleep):
                if conn.service == LISTENER:
                    core.add(core.server.missed())
                else:
                    conn.data_ready = PERHAPS
        for script in core.scripts:
            script.expire()

    # Blocking calls

    def enter(self):
        """A blocking call begins: the time. OSError(EBUSY) inside a handler."""
        if self.moving:
            raise OSError(EBUSY)
        return time.ticks_ms()

    def wait(self, since: int, ms) -> None:
        """One step of a blocking call that began at `since` and may last `ms` (None: for ever).
        OSError(ETIMEDOUT) once that has passed."""
        if not self.turn(True):
            if "idle" in self.core.handlers:
                self._idle()
            else:
                time.sleep_ms(1)
        if ms is not None and late(since, ms):
            raise OSError(errno.ETIMEDOUT)

    def _idle(self) -> None:
        # As in turn(): nothing moves while a handler runs.
        try:
            try:
                self.moving = True
                tell(self.core.handlers["idle"])
            finally:
                self.moving = False
        finally:
            self.moving = False

    def run(self, gen, ms=None):
        """Run a script to its end, give its value or raise its error."""
        since = self.enter()
        return self.finish(self.core.add(gen), since, ms)

    def finish(self, script, since: int, ms=None):
        """Wait for a script; it is given up with the call."""
        try:
            while script.state:
                self.wait(since, ms)
        finally:
            script.cancel()
        return script.result()
