"""Which connection has which connectID of the module."""

from micropython import const

from .clock import late
from .connection import CLOSING, UDP, Connection
from .errors import EMFILE, BC25Error

_LOST_MS = const(1000)  # a program that waits for an open asks about it more often


class Table:
    """Which connection has which connectID (0-5), and what is left in the module."""

    def __init__(self) -> None:
        self.all = []  # what is in the module, or on its way there or back
        self._ids: list = [None] * 6
        # UDP of an earlier run: connectID -> ((ip, port), local port, mode, left in a hurry?)
        self.orphans = {}
        self.doomed = 0  # ids, as bits, that were given up while the module was silent
        self.heard_of = 0  # ids, as bits, of URCs that are for nobody
        self.closes = 0  # connections that were closed so far

    def get(self, i: int):
        """The connection of that id, or None."""
        return self._ids[i] if 0 <= i < 6 else None

    def put(self, i: int, conn) -> None:
        """Give it the id; None: the id is nobody's."""
        self._ids[i] = conn

    def add(self, conn) -> None:
        """It is to be opened, or was accepted."""
        if conn not in self.all:
            self.all.append(conn)

    def remove(self, conn) -> None:
        """It is closed."""
        for i in range(6):
            if self._ids[i] is conn:  # a Ctrl-C may have left it an id that it does not know
                self._ids[i] = None
        if conn in self.all:
            self.all.remove(conn)
        self.closes = self.closes + 1 & 0xFFFF

    def leave(self, i: int) -> None:
        """Have what is open under that id closed; nobody has it."""
        self.orphans.pop(i, None)
        conn = Connection(UDP, b"", 0, 0, 0, 0, None, None)
        conn.held = False
        conn.state = CLOSING
        conn.id = i
        self._ids[i] = conn
        self.add(conn)

    def live(self) -> int:
        """How many of them the program has."""
        n = 0
        for conn in self.all:
            n += conn.held
        return n

    def reclaim(self) -> bool:
        """Give back what a program lost hold of: a socket that it dropped without close(), or an
        open that nobody asked about since it began. True if that was anything."""
        found = False
        for conn in self.all:
            if conn.held and conn.socket:
                lost = conn.touched is not None
                lost = lost and late(conn.touched, _LOST_MS)
                if lost or conn.socket() is None:
                    conn.held = False
                    conn.end()
                    found = True
        return found

    def port_taken(self, local: int, stream: bool) -> bool:
        """Does the program have this local port in use?"""
        for conn in self.all:
            same = local and conn.local == local and conn.stream == stream
            if same and conn.held and conn.state < CLOSING and conn.parent is None:
                return True
        return False

    def port_closing(self, asking) -> bool:
        """Is another one with its local port on its way out?"""
        for conn in self.all:
            same = conn.local == asking.local and conn.stream == asking.stream
            if same and asking.local and conn is not asking and conn.parent is None:
                return True
        return False

    def free_id(self, tried: int):
        """A script: an id that nobody has, or that gets free; `tried` are those, as bits, that
        turned out to be taken. The last resort is one of an earlier run."""
        while True:
            leaving = False
            for i in range(6):
                conn = self._ids[i]
                if conn:
                    leaving = leaving or conn.state == CLOSING or not conn.held
                elif i not in self.orphans and not tried >> i & 1:
                    return i
            if self.orphans:
                return min(self.orphans)
            if not leaving:
                raise BC25Error(563 if tried else None, "AT+QIOPEN", EMFILE)
            yield 20
