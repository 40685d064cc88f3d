"""A timer's callback moves the engine between any two lines of a program and of the driver
(behaviour 1): not a byte is lost, doubled or out of place, in either direction.

On CPython a trace function polls, on MicroPython micropython.schedule does, and on both the UART's
and the clock's methods.
"""

import sys

import micropython
from bc25 import inbox

from desk import clock, eq, only, run, settle, sid, up

IN = bytes([n * 7 & 255 for n in range(1000)])  # a ring holds all of it
OUT = bytes([n * 11 & 255 for n in range(1300)])
GRAMS = [b"one", b"second" * 20, b"\x00\r\n\x00", b"4" * 200]


class Talk:
    """A program that reads and writes in every way there is, and what came of it."""

    def __init__(self, push=False) -> None:
        self.nic, self.u = up(push=push)
        self.u.m.close_ms = 300  # so that one is closed while another one reads
        self.got = b""
        self.grams = []
        self.others = []
        self.stream = self.datagrams = -1

    def feed(self, i, pieces, ms=40) -> None:
        for n, piece in enumerate(pieces):
            self.u.m.recv(i, piece, 5 + ms * n)

    def run(self) -> None:
        s = self.nic.socket()
        s.settimeout(100)
        s.connect(("220.18.39.22", 8062))
        self.stream = sid(self.u)
        d = self.nic.socket(2, 2)
        d.settimeout(100)
        d.connect(("220.18.39.22", 9))
        self.datagrams = sid(self.u)
        self.feed(self.stream, [IN[n : n + 200] for n in range(0, len(IN), 200)], 200)
        self.read(s)
        self.feed(self.datagrams, GRAMS)
        self.write(s, d)
        self.talk(d)
        self.one_comes()
        self.got += s.read(len(IN) - len(self.got))
        s.close()
        d.close()

    def read(self, s) -> None:
        buf = bytearray(250)
        self.got += s.recv(7)
        self.got += s.read(130)
        n = s.recv_into(buf, 90)
        self.got += buf[:n]
        self.one_leaves()
        n = s.readinto(buf, 250)
        self.got += buf[:n]
        self.got += s.readline(100)
        self.got += s.read(250)

    def write(self, s, d) -> None:
        s.send(OUT[:5])
        s.write(OUT, 5, 600)
        s.settimeout(0)
        off = 605
        while off < 1200:
            off += s.write(OUT, off, 1200 - off) or 0
            clock.sleep_ms(1)
        s.settimeout(100)
        s.sendall(OUT[1200:])

    def talk(self, d) -> None:
        for gram in GRAMS:
            d.send(gram)
            self.grams.append(d.recvfrom(300)[0])

    def one_leaves(self) -> None:
        # The peer closes it, and it has bytes to be read and to be sent: its buffers are emptied
        # for the next one.
        t = self.nic.socket()
        t.settimeout(100)
        t.connect(("220.18.39.22", 7))
        t.settimeout(0)
        self.u.m.recv(sid(self.u), b"unread" * 10)
        t.write(b"unsent" * 10)
        self.u.m.closed(sid(self.u), 1)
        t.close()

    def one_comes(self) -> None:
        t = self.nic.socket()
        t.settimeout(100)
        t.connect(("220.18.39.22", 8))
        self.feed(sid(self.u), [b"for the other"])
        self.others.append(t.recv(100))
        t.close()

    def check(self) -> None:
        settle(self.nic, self.u, 2000)
        eq(self.got, IN)
        eq(self.grams, GRAMS)
        eq(self.others, [b"for the other"])
        eq(b"".join(self.sent[self.stream]), OUT)
        eq(self.sent[self.datagrams], GRAMS)
        eq(self.u.m.sockets, {})
        eq(self.nic.modem.core.counters["damaged"], 0)

    def watch(self) -> None:
        """Keep what a socket took, also after it is closed."""
        self.sent = {}
        m = self.u.m
        done = m.payload_done

        def payload_done(uart, payload) -> None:
            done(uart, payload)
            for i in m.sockets:
                if m.sockets[i].sent and m.sockets[i].port in (8062, 9):
                    self.sent[i] = m.sockets[i].sent

        m.payload_done = payload_done


class Poller:
    """Polls at every `step`-th line of the program and of the driver."""

    def __init__(self, nic, step=1) -> None:
        self.nic = nic
        self.step = step
        self.lines = 0

    def __call__(self, frame, event, arg):
        name = frame.f_code.co_filename
        return self.line if "bc25" in name or "test_nested" in name else None

    def line(self, frame, event, arg):
        if event == "line":
            self.lines += 1
            self.at(frame)
        return self.line

    def at(self, frame) -> None:
        if self.lines % self.step == 0:
            self.nic.poll()


class Finisher(Poller):
    """At some lines that are not in `seen` yet it polls until all that is under way came to its
    end, and notes them there. Inside of a turn a poll is refused, so these lines do not count."""

    def __init__(self, nic, seen) -> None:
        super().__init__(nic)
        self.seen = seen
        self.new = []
        self.next = 0

    def at(self, frame) -> None:
        line = (frame.f_code.co_filename[-14:], frame.f_lineno)
        if self.lines < self.next or line in self.seen or self.nic.modem.moving:
            return
        self.seen.add(line)
        self.new.append(line)
        self.next = self.lines + 100
        run(self.nic, 400)


def traced(talk, poller) -> None:
    talk.watch()
    sys.settrace(poller)
    try:
        talk.run()
    finally:
        sys.settrace(None)
    talk.check()


@only("py", "native", "p0")
def test_at_every_line():
    for push in (False, True):
        for step in (1, 2, 3, 7, 31, 101):
            clock.reset(0)
            talk = Talk(push)
            traced(talk, Poller(talk.nic, step))


def until_done_at_each_line(push) -> None:
    seen, bad = set(), []
    while True:
        clock.reset(0)
        talk = Talk(push)
        finisher = Finisher(talk.nic, seen)
        try:
            traced(talk, finisher)
        except Exception as e:
            bad.append((finisher.new, repr(e)[:300]))
        if not finisher.new:
            break
    assert not bad, bad


@only("py", "native", "p0")
def test_until_all_is_done_at_each_line():
    until_done_at_each_line(False)


@only("py", "native", "p0")
def test_until_all_is_done_at_each_line_in_push_mode():
    until_done_at_each_line(True)


class Hooked:
    """An object whose methods poll before and after they do their work."""

    def __init__(self, to, poll) -> None:
        self._to = to
        self._poll = poll

    def __getattr__(self, name):
        found = getattr(self._to, name)
        if not callable(found):
            return found

        def method(*args):
            self._poll()
            result = found(*args)
            self._poll()
            return result

        return method


def test_from_within_the_uart_and_around_the_rings():
    for push in (False, True):
        clock.reset(0)
        talk = Talk(push)
        ring_io = inbox.RingIO
        inbox.RingIO = lambda size: Hooked(ring_io(size), talk.nic.poll)
        for name in ("any", "readinto", "write"):
            setattr(talk.u, name, getattr(Hooked(talk.u, talk.nic.poll), name))
        try:
            talk.watch()
            talk.run()
        finally:
            inbox.RingIO = ring_io
        talk.check()


@only("mpy", "p0")
def test_from_the_scheduler_wherever_it_runs_callbacks():
    for push in (False, True):
        clock.reset(0)
        talk = Talk(push)
        talk.watch()
        calls = Scheduled(talk.nic)
        try:
            calls.start()
            talk.run()
        finally:
            calls.on = False
        talk.check()
        assert calls.count > 2000, calls.count


class Scheduled:
    """A callback that polls and schedules itself again."""

    def __init__(self, nic) -> None:
        self.nic = nic
        self.count = 0
        self.on = True

    def start(self) -> None:
        micropython.schedule(self.called, None)

    def called(self, _) -> None:
        self.count += 1
        self.nic.poll()
        if self.on:
            self.start()
