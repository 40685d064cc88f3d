"""Opening and closing: who has which connectID (manual 2.1.1, 2.1.2)."""

import errno

from micropython import const

from .channel import NO_ANSWER, OK, late, now
from .errors import EMFILE
from .jobs import all_in
from .slot import (
    CLOSING,
    ENDING,
    FREE,
    GONE,
    LISTENER,
    OPEN,
    OPENING,
    SERVICE,
    UDP,
    WANTED,
    Slot,
)

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_KINDS = (b'"TCP"', b'"UDP"', b'"TCP LISTENER"', b'"TCP"', b'"UDP SERVICE"')

_MOST = const(12)  # slots: six that have an id, and sockets not yet closed by the program
_OPEN_MS = const(36_000)  # manual 2.1.1, note 1: to an address,
_OPEN_NAME_MS = const(176_000)  # to a name
_CLOSE_MS = const(10_000)  # manual 4.3.4


class Opener:
    def __init__(self, eng: "Any"):
        self.eng = eng
        self.ids: "list" = [None] * 6  # connectID -> slot
        # connectID -> (ip, port, local port, access mode): UDP of an earlier run
        self.left: "dict" = {}
        self.closing: "Any" = None  # the slot whose CLOSE OK is awaited
        self.listed = False  # QISTATE knew the socket it was asked about

    def by_id(self, i: int):
        return self.ids[i] if 0 <= i < 6 else None

    def known(self, i: int):
        """The slot that a URC is for. One for an id that is nobody's tells that another URC was
        lost: have the module asked which sockets it has."""
        eng = self.eng
        slot = self.by_id(i) or eng.server and eng.server.slot(i)
        if not slot and i not in self.left and not eng.boss:
            eng.suspect = True
        return slot

    def slot(self):
        """A free slot, or raise EMFILE. It may have to wait for the id of one that is closing."""
        slots, live, free = self.eng.slots, 0, None
        for slot in slots:
            if slot.state == FREE:
                free = slot
            elif slot.sock and slot.state != GONE:
                live += 1
        if live >= 6 or not free and len(slots) == _MOST:
            raise OSError(EMFILE)
        return free or self.new()

    def new(self) -> Slot:
        self.eng.slots.append(Slot())
        return self.eng.slots[-1]

    def start(self, slot) -> bool:
        if slot.kind == UDP and self._adopt(slot):
            return False
        if not self.eng.receiver.formatted(slot, slot.push or not slot.stream):
            return False
        i = 0
        while i < 6 and (self.ids[i] or i in self.left or slot.tried >> i & 1):
            i += 1
        if i == 6:
            return self._no_id(slot)
        slot.id, self.ids[i] = i, slot
        slot.state, slot.since = OPENING, now()
        self._qiopen_command(slot)
        return self.eng.start(self.eng.OPEN, slot, None)

    def _qiopen_command(self, slot) -> None:
        ch = self.eng.ch
        ch.cmd.seek(0)
        ch.put(b"AT+QIOPEN=")
        ch.num(self.eng.context)
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
            slot.state, slot.again, self.eng.work = ENDING, True, True
        elif not [s for s in self.eng.slots if s.id >= 0 and (s.state >= ENDING or not s.sock)]:
            slot.fail(563 if slot.tried else None, "AT+QIOPEN", 0 if slot.tried else EMFILE)
            slot.state = GONE
        return False

    def done(self, slot, result: int) -> None:
        if result == OK or slot.state != OPENING:
            return
        if result == NO_ANSWER:
            slot.fail(None, "AT+QIOPEN", errno.ETIMEDOUT)
            slot.state = ENDING
        else:
            self._not_open(slot, result)

    def opened(self) -> bool:
        slot = self.known(self.eng.ch.number())
        if slot and slot.state == OPENING:
            code = self.eng.ch.number()
            if code:
                self._not_open(slot, code)
            else:
                slot.state, slot.tried = OPEN if slot.sock else ENDING, 0
                slot.heard = now()
            self.eng.work = True
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
        if slot.kind == LISTENER and self.eng.server:
            self.eng.server.closed(slot)
        if slot.state in (WANTED, GONE):
            self.closed(slot)
        elif slot.state == OPEN:
            slot.state, self.eng.work = ENDING, True

    def close(self, slot) -> bool:
        self.eng.ch.cmd.seek(0)
        self.eng.ch.put(b"AT+QICLOSE=")
        self.eng.ch.num(slot.id)
        self.eng.ch.put(b"\r\n")
        slot.state, slot.since = CLOSING, now()
        self.closing = slot
        return self.eng.start(self.eng.CLOSE, slot, None)

    def close_done(self, slot, result: int) -> None:
        if result != OK and self.closing is slot:
            self._doubt(slot)

    def _doubt(self, slot) -> None:
        # QICLOSE said ERROR (it may be closed already), or no CLOSE OK came: ask.
        if self.closing is slot:
            self.closing = None
        slot.tried += 1
        if slot.tried > 3:
            self.closed(slot)
        else:
            slot.state, slot.ask, self.eng.work = ENDING, True, True

    def ask(self, slot) -> bool:
        """Ask for the state of one socket (manual 2.1.3)."""
        ch = self.eng.ch
        ch.cmd.seek(0)
        ch.put(b"AT+QISTATE=1,")
        ch.num(slot.id)
        ch.put(b"\r\n")
        slot.ask, self.listed = False, False
        return self.eng.start(self.eng.STATE, slot, b"+QISTATE:")

    def state(self, slot) -> None:
        """Its answer: it still is there, and the line's last number is its access mode."""
        n = mode = 0
        while n >= 0:
            mode, n = n, self.eng.ch.number()
        self.listed = True
        slot.push = mode & 1

    def state_done(self, slot, result: int) -> None:
        if slot.state == ENDING and result == OK and not self.listed:
            self.closed(slot)

    def close_ok(self) -> bool:
        if self.closing:
            self.closed(self.closing)
        return True

    def closed(self, slot) -> None:
        if self.closing is slot:
            self.closing = None
        if slot.id >= 0:
            self.ids[slot.id] = None
            slot.id = -1
        self.eng.sender.drop(slot)
        if slot.again:
            slot.again, slot.state, slot.tried = False, WANTED, 0
        elif slot.sock:
            slot.state = GONE
        else:
            self.free(slot)
        self.eng.work = True

    def free(self, slot) -> None:
        while slot.ring.readinto(self.eng.piece):
            pass
        slot.clear()

    def reset(self, slot) -> None:
        """The module no longer has it."""
        if slot.state not in (FREE, GONE):
            slot.fail(None, "AT+QISTATE", errno.ECONNRESET)
            slot.again = False
            self.closed(slot)

    def tick(self) -> None:
        """Look at the deadlines."""
        if self.closing and late(self.closing.since, _CLOSE_MS):
            self._doubt(self.closing)
        for slot in self.eng.slots:
            if slot.state == OPENING:
                numeric = b":" in slot.host or all_in(slot.host, b"0123456789.")
                if late(slot.since, _OPEN_MS if numeric else _OPEN_NAME_MS):
                    slot.fail(None, "AT+QIOPEN", errno.ETIMEDOUT)
                    slot.state = ENDING
