"""What one socket received, alone: ring, borders and senders of datagrams, overrun, damage."""

from bc25.inbox import Inbox, Rings

from desk import eq

A, B = ("10.0.0.1", 1), ("10.0.0.2", 2)


class Box:
    """An inbox, what the reader does to it, and what a program does."""

    def __init__(self, stream) -> None:
        self.counters = {"pushed_out": 0, "truncated": 0, "damaged": 0}
        self.rings = Rings()
        self.inbox = Inbox(stream, self.rings, self.counters)

    def comes(self, data, rest=0, peer=A, pushed=False) -> None:
        """A header, and what it announced."""
        box = self.inbox
        box.begin(len(data), rest, pushed, peer)
        fits = 0 if box.drops or box.unconfirmed != box.came else len(data)
        box.came += len(data)
        box.unconfirmed += box.ring.write(data, 0, fits)

    def take(self, data, rest=0, peer=A, pushed=False) -> None:
        """... and its OK."""
        self.comes(data, rest, peer, pushed)
        self.inbox.confirm(peer)

    def read(self, n=2000) -> bytes:
        n = min(n, self.inbox.readable())
        return self.inbox.ring.read(n) if n else b""

    def all(self) -> list:
        """Each datagram that waits and who sent it."""
        out = []
        while self.inbox.readable():
            sender = self.inbox.sender()
            out.append((self.read(), sender))
        return out


def test_a_stream_is_readable_once_it_is_confirmed():
    box = Box(True)
    box.comes(b"12345")
    eq(box.inbox.readable(), 0)
    box.inbox.confirm(A)
    eq((box.inbox.readable(), box.read(2)), (5, b"12"))
    box.comes(b"678")
    eq((box.inbox.readable(), box.read()), (3, b"345"))
    box.inbox.confirm(A)
    eq((box.read(), box.inbox.readable()), (b"678", 0))


def test_a_damaged_stream_ends_before_what_is_unconfirmed():
    box = Box(True)
    box.take(b"good")
    box.comes(b"bad")
    box.inbox.damaged = True
    box.inbox.confirm(A)
    eq((box.read(), box.read()), (b"good", b""))


def test_a_stream_has_room_for_a_read():
    box = Box(True)
    for size, room in ((528, True), (1, False)):
        box.take(bytes(size))
        eq(box.inbox.has_room(), room)
    eq((len(box.read(1)), box.inbox.has_room()), (1, True))


def test_pushed_data_without_room_are_an_overrun():
    box = Box(True)
    for _ in range(3):
        box.take(bytes(500), pushed=True)
    eq((box.inbox.overrun, box.inbox.has_room()), (True, False))
    eq((box.counters["pushed_out"], len(box.read())), (460, 1040))
    box.take(b"more", pushed=True)  # nothing behind a gap
    eq((box.counters["pushed_out"], box.read()), (464, b""))
    box.inbox.overrun = False
    box.take(b"more", pushed=True)
    eq(box.read(), b"more")


def test_datagrams_keep_their_borders_and_senders():
    box = Box(False)
    box.take(b"one", peer=A)
    box.take(b"twotwo", peer=B)
    box.take(b"3", peer=A)
    eq(box.all(), [(b"one", A), (b"twotwo", B), (b"3", A)])
    box.take(b"next", peer=B)
    eq(box.all(), [(b"next", B)])


def test_the_rest_of_a_datagram_is_lost():
    """Also where a Ctrl-C came right behind the ring's read: nothing but the ring says what is."""
    box = Box(False)
    box.take(b"0123456789")
    box.take(b"second", peer=B)
    eq(box.read(4), b"0123")
    eq((box.inbox.readable(), box.inbox.sender(), box.read()), (6, B, b"second"))
    eq(box.inbox.readable(), 0)
    box.take(b"long one" * 20)
    eq(box.read(1), b"l")
    box.take(b"next")
    eq(box.all(), [(b"next", A)])


def test_a_datagram_of_two_reads_counts_when_all_came():
    box = Box(False)
    box.take(b"0" * 512, rest=88)
    eq((box.inbox.readable(), box.inbox.has_room()), (0, True))
    box.take(b"1" * 88)
    eq(box.all(), [(b"0" * 512 + b"1" * 88, A)])


def test_what_was_cut_is_never_handed_out():
    box = Box(False)
    box.take(b"good")
    box.take(b"0" * 512, rest=88)
    box.inbox.cut()
    box.take(b"next", peer=B)
    eq((box.all(), box.counters["damaged"]), ([(b"good", A), (b"next", B)], 1))
    box.inbox.cut()
    eq(box.counters["damaged"], 1)


def test_a_header_that_contradicts_the_last_one_cuts():
    box = Box(False)
    box.take(b"0" * 512, rest=88)
    box.take(b"a new one")
    eq((box.all(), box.counters["damaged"]), ([(b"a new one", A)], 1))


def test_the_rest_of_a_datagram_whose_beginning_nobody_saw_is_dropped():
    """Its first read had no readable header, timed out, or was an earlier run's."""
    for rests in ((), (300,), (512, 88)):
        box = Box(False)
        box.inbox.astray = True
        for rest in rests:
            box.take(b"r" * 212, rest=rest)
        box.take(b"the rest of it")
        eq((rests, box.all()), (rests, []))
        assert box.counters["truncated"] > 0
        box.take(b"whole")
        eq(box.all(), [(b"whole", A)])


def test_sixteen_slots():
    box = Box(False)
    for i in range(20):
        room = box.inbox.has_room()
        eq((i, room), (i, i < 14))
        if room:
            box.take(b"%d" % i)
    eq(box.all(), [(b"%d" % i, A) for i in range(14)])
    eq(box.inbox.has_room(), True)


def test_pushed_datagrams_that_find_no_room_are_counted_whole():
    box = Box(False)
    for i in range(20):
        box.take(b"%d" % i, pushed=True)
    eq(box.counters["pushed_out"], 5)
    eq([data for data, _ in box.all()], [b"%d" % i for i in range(15)])
    for size in (700, 700, 1):
        box.take(bytes(size), pushed=True)
    eq((box.counters["pushed_out"], [len(data) for data, _ in box.all()]), (6, [700, 700]))


def test_places_in_the_ring_wrap():
    box = Box(False)
    total = 0
    while total < 140_000:
        for size in (1, 511, 512, 300):
            data = bytes([size & 255]) * size
            peer = (A, B)[total % 3 == 0]
            box.take(data, peer=peer)
            total += size
            eq(box.all(), [(data, peer)])


def test_a_ring_is_used_again_and_is_empty():
    box = Box(True)
    box.take(b"unread")
    ring = box.inbox.ring
    box.inbox.release()
    eq((box.inbox.ring, box.inbox.readable()), (None, 0))
    box.inbox.release()
    again = Inbox(True, box.rings, box.counters)
    eq((again.ring is ring, again.readable()), (True, 0))
    other = Inbox(True, box.rings, box.counters)
    eq(other.ring is ring, False)
    eq(Inbox(False, box.rings, box.counters).ring is ring, False)
