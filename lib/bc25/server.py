"""TCP LISTENER and UDP SERVICE (manual 2.1.1, 2.2.4, 2.2.5); loaded by the first of them."""

import errno

from .channel import now
from .errors import BC25Error
from .slot import FREE, GONE, INCOMING, LISTENER, OPEN, OPENING, SERVICE, WANTED
from .sockets import Socket

_SPARE = 40  # characters of an address


class Server:
    """What the engine asks about ids that the module gives away by itself."""

    def __init__(self, eng):
        self.eng = eng
        eng.counters["incoming_full"] = 0

    def prepare(self) -> None:
        """Make all six slots, so that an incoming connection allocates nothing."""
        while len(self.eng.slots) < 6:
            self.eng.opener.new()
        for slot in self.eng.slots:
            self._spare(slot)

    def _spare(self, slot) -> None:
        if not slot.ip:
            slot.ip = bytearray(_SPARE)

    def urc(self, ch) -> bool:
        """`incoming full`, or `"incoming",<id>,<server id>,"<ip>",<port>`"""
        if ch.rx.find(b"full", ch.i, ch.e) > 0:
            self.eng.counters["incoming_full"] += 1
            return True
        i, parent = ch.number(), self.eng.opener.by_id(ch.number())
        if not 0 <= i < 6:
            return False
        ch.i += 1
        while ch.i < ch.e and ch.rx[ch.i] in b'", ':
            ch.i += 1
        start = ch.i
        while ch.i < ch.e and ch.rx[ch.i] not in b'",':
            ch.i += 1
        slot = self.take(i, parent)
        if slot:
            self._address(slot, ch, start, ch.i)
            ch.i += 1
            slot.port = ch.number()
        return True

    def _address(self, slot, ch, start: int, end: int) -> None:
        n = 0
        while start < end and n < _SPARE:
            slot.ip[n] = ch.rx[start]
            start += 1
            n += 1
        slot.ip_len = n

    def take(self, i: int, parent):
        """A slot for the connection accepted under id `i`; None if it is refused."""
        eng = self.eng
        old = eng.opener.ids[i]
        if old and old.state == OPENING:  # the id that an open of ours just chose: 563 will follow
            old.tried |= 1 << i
            old.id, old.state = -1, WANTED
        elif old:
            eng.opener.reset(old)
        eng.opener.left.pop(i, None)
        eng.opener.ids[i] = None
        slot = self._free() if parent else None
        if not slot:
            eng.add(_close(i))
            return None
        slot.kind, slot.state, slot.id, slot.sock = INCOMING, OPEN, i, parent
        slot.push, slot.v6, slot.local = parent.push, parent.v6, parent.local
        slot.ask = eng.work = True
        slot.heard = now()
        eng.opener.ids[i] = slot
        parent.good += 1
        return slot

    def _free(self):
        # There is one but where the program left six closed sockets lying.
        for slot in self.eng.slots:
            if slot.state == FREE:
                self._spare(slot)
                return slot
        slot = self.eng.opener.new()
        self._spare(slot)
        return slot

    def found(self, i: int, fields) -> bool:
        """A connection that QISTATE lists and whose URC was lost."""
        for parent in self.eng.slots:
            if parent.kind == LISTENER and parent.local == int(fields[4]):
                slot = self.take(i, parent)
                if slot:
                    ip = fields[2].strip('" ').encode()
                    slot.ip[: len(ip)] = ip
                    slot.ip_len, slot.port = len(ip), int(fields[3])
                    slot.push, slot.more = int(fields[7]), True
                return True
        return False

    def slot(self, i: int):
        """Data came under an id that is nobody's: a UDP SERVICE's (manual 4.5.2)."""
        for slot in self.eng.slots:
            if slot.kind == SERVICE and slot.state == OPEN and 0 <= i < 6:
                slot.read_id = i
                return slot
        return None

    def closed(self, parent) -> None:
        """A listener ends: so do the connections that nobody accepted."""
        for slot in self.eng.slots:
            if slot.sock is parent:
                slot.sock = None
                self.eng.opener.end(slot)


def _close(i: int):
    try:
        yield ("AT+QICLOSE=%d" % i, 2300)
    except BC25Error:
        pass


def _open(sock, kind: int):
    eng = sock._eng
    if not eng.addr:
        raise OSError(errno.ENOTCONN)
    if not eng.server:
        eng.server = Server(eng)
    eng.server.prepare()
    slot = sock._start(kind, eng.addr.encode(), 0)
    slot.peer = ("", 0)
    if kind == SERVICE:
        slot.push = 0
    return slot


def listen(sock) -> None:
    """Open a TCP LISTENER on the NIC's own address and the port of bind()."""
    if type(sock) is not Socket:
        raise OSError(errno.EOPNOTSUPP)
    if not sock._local:
        raise OSError(errno.EINVAL)
    _open(sock, LISTENER)
    if sock._ms != 0:
        sock._opened()


def accept(sock):
    """(socket, (ip, port)) of the next connection."""
    eng, slot = sock._eng, sock._slot
    if not slot or slot.kind != LISTENER:
        raise OSError(errno.EINVAL)
    since = now()
    eng.turn(False)
    while not slot.good:
        slot.check()
        if slot.state == GONE:
            raise OSError(errno.ECONNRESET)
        if sock._ms == 0:
            raise OSError(errno.EAGAIN)
        eng.wait(since, sock._ms)
    for child in eng.slots:
        if child.sock is slot:
            break
    new = Socket(eng, child.v6)
    slot.good -= 1
    new._slot, child.sock = child, new
    child.peer = (bytes(child.ip[: child.ip_len]).decode(), child.port)
    return new, child.peer


def serve(sock) -> None:
    """Open a UDP SERVICE for a bound datagram socket that receives without connect()."""
    _open(sock, SERVICE)
    if sock._ms != 0:
        sock._opened()
