"""A slot: one connection, its receive buffer and what the module knows of it."""

from micropython import RingIO

from .errors import BC25Error

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

PIECE = 512  # manual 2.1.4 and 2.1.5: at most so many bytes at a time
RING = 516  # a piece, or a datagram of that size behind its length


class Slot:
    def __init__(self):
        self.ring, self.cap = RingIO(RING), RING
        self.ip = None  # room for the peer's address, made for listeners
        self.ip_len = 0
        self.clear()

    def clear(self) -> None:
        """Make it nobody's; the ring is empty by then."""
        self.state = FREE
        self.id = -1  # connectID, -1 while it has none
        self.kind = TCP
        self.stream = True  # bytes, not datagrams
        self.sock = None  # the socket object (a listener's slot before accept()), None: let go
        self.host = self.port = None
        self.peer = None  # (host, port) as the program sees them
        self.local = 0  # local port, 0: any
        self.v6 = self.push = 0
        self.read_id = 0  # of a UDP SERVICE: under which id its data came last
        self.tried = 0  # opening: bit mask of ids that were taken; closing: how often it was tried
        self.ask = False  # its state in the module is to be asked for
        self.again = False  # open anew once closed
        self.more = False  # the module may hold data for it
        self.eof = False  # the peer closed
        self.wait = False  # the program waits for data
        self.good = 0  # bytes in the ring that are known to be undamaged; of a listener: clients
        self.pend = 0  # bytes in the ring whose trailer is not in yet
        self.rest = 0  # bytes of the current datagram still in the module
        self.hole = False  # pushed data found no room behind what is in the ring
        self.short = False  # the last piece read was a small one
        self.number = 0  # errno of its error, 0: none, -1: what the code stands for
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
            number = max(self.number, 0)
            if self.kind == UDP and self.state == OPEN:
                self.number = 0
            raise BC25Error(self.code, self.failed, number)

    def forget(self) -> None:
        """As Socket.forget(), where a client waits to be accepted."""
