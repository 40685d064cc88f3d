"""What is shared by all who move a NIC: its parts, what is known of the module and the network,
and the lives of its connections."""

import errno
import sys

from micropython import const

from .connection import CLOSED, OPEN, SERVICE
from .dataformat import DataFormat
from .errors import BC25Error
from .exchange import SILENT, Exchange
from .health import BUSY, DOUBTFUL, Health
from .inbox import Rings
from .outbox import Piece
from .reader import Reader
from .script import Script
from .table import Table
from .writer import Writer

_COUNTERS = const(
    "unknown overlong damaged timeouts buff_full send_fail pushed_out truncated padded restarts"
)


def tell(handler, *args) -> None:
    """Call a program's handler. What it raises is shown, and is not the engine's."""
    try:
        handler(*args)
    except Exception as e:
        getattr(sys, "print_exception", print)(e)


class Network:
    """What is known of the network."""

    def __init__(self) -> None:
        self.stat = 0  # +CEREG
        self.address = None  # of the NIC's context, None: it has none
        self.search = None  # the script of connect()
        self.attach = None  # makes that script; set by connect(), None after disconnect()
        self.pin = None  # the SIM's, if connect() was given it
        self.pin_sent = False  # it was sent, and the SIM was not ready since

    def heard(self, stat: int) -> None:
        """What +CEREG says; not registered, no address is held."""
        self.stat = stat
        if stat not in (1, 5):
            self.address = None


class Core:
    """One module on one UART, and all that is under way on it."""

    def __init__(self, uart, context: int, push: bool, hexa: bool) -> None:
        self.context = context  # the PDP context of all connections, 1-3
        self.push = push  # the access mode that connections are opened in
        self.counters = {name: 0 for name in _COUNTERS.split()}
        self.reader = Reader(uart)
        self.writer = Writer(uart)
        self.exchange = Exchange(self.writer)
        self.health = Health()
        self.piece = Piece(self.writer, self.exchange, self.counters, hexa)
        self.format = DataFormat(self.reader, hexa)
        self.table = Table()
        self.rings = Rings()
        self.network = Network()
        self.server = None  # takes "incoming", see server.py
        self.recover = None  # makes the script that finds the module again
        self.rates = None  # see settings.py; None: baud() was not called
        # For a program that reads, to copy through: 64, 32, ... 1 bytes of one buffer.
        copy = memoryview(bytearray(64))
        self.views = [copy[: 64 >> i] for i in range(7)]
        self.scripts = []
        self.exclusive = None  # the script that alone may talk: bring-up, recovery, resync
        self.work = False  # some connection may have something to do
        self.events = []  # (handler's name, arguments) to be told at the end of the turn
        self.handlers = {}

    # Scripts and events

    def add(self, gen) -> Script:
        """Have a generator run as a script."""
        script = Script(gen)
        self.scripts.append(script)
        return script

    def add_exclusive(self, gen) -> Script:
        """Have a generator run as the script that alone may talk."""
        script = self.add(gen)
        self.health.raise_to(BUSY)
        self.exclusive = script
        return script

    def event(self, name: str, arg=None) -> None:
        """Have a handler called at the end of this turn."""
        if name in self.handlers:
            self.events.append((name, () if arg is None else (arg,)))

    # The module and the network

    def restarted(self, listed: int) -> None:
        """The module did restart: whoever waits for it is told. `listed`: the ids, as bits, of
        the sockets that live on."""
        for conn in list(self.table.all):
            if conn.id >= 0 and not listed >> conn.id & 1:
                self.reset(conn)
        for script in self.scripts:
            if script is not self.exclusive:
                script.restarted()
        self.registered(0)

    def report(self) -> None:
        """Tell the program that the module restarted, if that was not told yet."""
        if self.health.report():
            self.counters["restarts"] += 1
            self.event("reset")

    def registered(self, stat: int) -> None:
        """What +CEREG says: where connect() was called, the address is asked for again."""
        network = self.network
        network.heard(stat)
        if network.attach and not network.address:
            if not network.search or not network.search.state:
                network.search = self.add(network.attach())
            elif stat in (1, 5) and not network.search.what:
                network.search.wake(0)

    # Connections

    def owner(self, i: int):
        """The connection a URC is for. An id that is nobody's tells that another URC was lost."""
        conn = self.table.get(i)
        if not conn and 0 <= i < 6:
            for other in self.table.all:  # manual 4.5.2: a UDP SERVICE's data may have any id
                if other.service == SERVICE and other.is_open():
                    return other
        if not conn and i not in self.table.orphans and not self.exclusive:
            self.health.raise_to(DOUBTFUL)
            if 0 <= i < 6:
                self.table.heard_of |= 1 << i
        return conn

    def open(self, conn) -> None:
        """Have a connection opened, by the next turn."""
        if conn.push:
            self.format.pushing = True
        self.table.add(conn)
        self.work = True

    def reset(self, conn) -> None:
        """The module no longer has it: ECONNRESET."""
        conn.fail(BC25Error(None, "AT+QISTATE", errno.ECONNRESET))
        self.gone(conn)

    def gone(self, conn) -> None:
        """The module has it no more, whatever was under way."""
        if conn.script:
            conn.script.cancel()
        for client in conn.clients:
            client.held = False
            client.end()
        self.closed(conn)

    def closed(self, conn) -> None:
        """It is closed. A Ctrl-C in the middle has it done once more."""
        if self.piece.of(conn) or conn.outbox and conn.outbox.any():
            conn.fail(BC25Error(None, "AT+QISEND", errno.ECONNRESET))
        conn.state = CLOSED
        self.piece.drop(conn)
        if not conn.held:
            conn.release()
        self.table.remove(conn)
        self.work = True

    def leave(self, conn) -> None:
        """The program has it no more."""
        conn.held = False
        conn.end()
        self.work = True
        if conn.state == CLOSED:
            conn.release()

    def unheard(self, conn) -> None:
        """The module stays silent: ETIMEDOUT for whoever waits for it."""
        waits = conn.awaited or self.piece.of(conn) or conn.outbox and conn.outbox.any()
        if conn.state == OPEN and not waits:
            return
        conn.fail(BC25Error(SILENT, "AT"))
        if conn.stream or conn.state != OPEN:
            if conn.id >= 0:
                self.table.doomed |= 1 << conn.id
            self.gone(conn)
        else:
            self.piece.drop(conn)
            if conn.outbox:
                conn.outbox.clear(self.views[0])

    def spoil(self, conn) -> None:
        """A payload of it (None: nobody's) is damaged. The module may have forgotten how it was
        told to write data: ask again."""
        self.format.forget()
        self.work = True
        if conn:
            conn.spoil()

    def piece_over(self) -> None:
        """The connection of the piece is told what became of it."""
        piece = self.piece
        self.work = True
        self.health.raise_to(piece.doubt)
        if piece.error and piece.conn:
            piece.conn.broke(piece.error)
