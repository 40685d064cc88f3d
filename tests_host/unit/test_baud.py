"""Another baud rate: waits, tries, and survives a restart."""

from bc25 import BC25Error

from desk import E, clock, eq, raises, run, settle, tcp, up


class Line:
    """Nothing gets through while the two ends have different rates."""

    def __init__(self, u) -> None:
        self.u = u
        self.host = self.module = self.saved = 9600
        self.reopened = []
        self.deaf_ms = 50  # from the module's OK to the new rate
        u.m._ipr = self.ipr
        self.boot, u.m.boot = u.m.boot, self.restart
        command = u.m.command
        u.m.command = lambda line: self.save() if line == b"AT&W" else command(line)

    def save(self) -> bool:
        self.saved = self.module
        self.u.push(b"\r\nOK\r\n", 20)
        return True

    def ipr(self, args):
        if args == "?":
            return ["+IPR: %d" % self.module]
        self.u.at(20 + self.deaf_ms, lambda: self.switch(int(args[1:])))
        return []

    def switch(self, rate) -> None:
        self.module = rate
        self.check()

    def reopen(self, rate) -> None:
        self.reopened.append(rate)
        self.host = rate
        self.check()

    def check(self) -> None:
        self.u.mute = self.host != self.module

    def restart(self, after_ms=0) -> None:
        self.switch(self.saved)
        mute = self.u.mute
        self.boot(after_ms)
        self.u.mute = mute


def wired():
    nic, u = up()
    return nic, u, Line(u)


def test_a_switch_that_takes_its_time():
    for deaf_ms in (0, 20, 100, 500, 1500):
        nic, u, line = wired()
        line.deaf_ms = deaf_ms
        nic.baud(115200, line.reopen)
        eq((line.host, line.module, line.reopened), (115200, 115200, [115200]))
        eq(tcp(nic, u).send(b"x"), 1)


def test_it_is_raised_again_after_a_restart():
    nic, u, line = wired()
    seen = []
    nic.on("reset", lambda: seen.append(1))
    nic.baud(115200, line.reopen)
    for restarts in (1, 2):
        s = tcp(nic, u)
        u.m.boot()
        raises(OSError, None, s.send, b"x")
        run(nic, 60_000)
        eq((line.host, line.module, seen), (115200, 115200, [1] * restarts))
        eq((nic.isconnected(), nic.status()), (True, 3))
        eq(tcp(nic, u).send(b"new"), 3)


def test_a_restart_without_sockets_is_told():
    nic, u, line = wired()
    seen = []
    nic.on("reset", lambda: seen.append(1))
    nic.baud(115200, line.reopen)
    u.m.boot()
    raises(OSError, None, nic.at, "AT+CSQ")
    run(nic, 60_000)
    eq((line.host, line.module, seen, nic.isconnected()), (115200, 115200, [1], True))


def test_saved():
    nic, u, line = wired()
    nic.baud(115200, line.reopen, save=True)
    eq(line.saved, 115200)
    u.m.boot()
    run(nic, 30_000)
    eq((line.reopened, nic.isconnected()), ([115200], True))
    eq(tcp(nic, u).send(b"x"), 1)


def test_a_module_that_does_not_switch():
    nic, u, line = wired()
    u.on(b"AT+IPR=115200", b"\r\nOK\r\n")
    raises(BC25Error, E.ETIMEDOUT, nic.baud, 115200, line.reopen)
    eq((line.host, line.module), (9600, 9600))
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    u.m.boot()
    run(nic, 30_000)
    eq((line.host, line.module), (9600, 9600))


def test_a_rate_that_is_refused():
    nic, u, line = wired()
    u.on(b"AT+IPR=300000", b"\r\nERROR\r\n")
    raises(BC25Error, None, nic.baud, 300000, line.reopen)
    eq((line.reopened, nic.at("AT")), ([], []))


def test_two_rates_one_after_the_other():
    nic, u, line = wired()
    nic.baud(115200, line.reopen)
    nic.baud(57600, line.reopen)
    eq((line.host, line.module), (57600, 57600))
    u.m.boot()
    raises(OSError, None, nic.at, "AT+CSQ")
    run(nic, 60_000)
    eq((line.host, line.module, nic.isconnected()), (57600, 57600, True))


def test_a_module_that_does_not_tell_its_rate():
    for answer in (b"\r\nERROR\r\n", b"\r\n+IPR: 0\r\n\r\nOK\r\n", b"\r\nOK\r\n"):
        nic, u, line = wired()
        u.on(b"AT+IPR?", answer)
        nic.baud(115200, line.reopen)
        u.m.boot()
        raises(OSError, None, nic.at, "AT+CSQ")
        run(nic, 60_000)
        eq((line.host, line.module, nic.isconnected()), (115200, 115200, True))


def test_a_silent_module_is_still_bounded():
    nic, u, line = wired()
    nic.baud(115200, line.reopen)
    line.module = 1
    line.check()
    start = clock.ms()
    raises(OSError, E.ETIMEDOUT, nic.wake)
    assert clock.ms() - start < 45_000
    line.module = 115200
    line.check()
    run(nic, 60_000)
    eq(tcp(nic, u).send(b"x"), 1)
    settle(nic, u)
