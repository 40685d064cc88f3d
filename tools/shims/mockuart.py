"""A scripted UART with machine.UART's methods: when it sees X it answers Y."""

from fakeclock import clock

PATTERN_END = b"*"


class Rule:
    """`command` (a beginning when it ends in `*`) answered with `answers`, `times` times.

    With `raw`, the first answer opens a prompt: `raw` bytes of payload follow (-1: up to Ctrl-Z or
    Esc) and `then` is answered after them.
    """

    def __init__(self, command, answers, delay_ms, gap_ms, times, raw, then) -> None:
        self.start = command.endswith(PATTERN_END)
        self.command = command[:-1] if self.start else _bare(command)
        self.answers = answers
        self.delay_ms = delay_ms
        self.gap_ms = delay_ms if gap_ms is None else gap_ms
        self.times = times
        self.raw = raw
        self.then = then
        self.hits = 0
        self.payload = b""

    def matches(self, line: bytes) -> bool:
        if self.times == 0:
            return False
        return line.startswith(self.command) if self.start else line == self.command

    def payload_done(self, uart, payload: bytes) -> None:
        self.payload += payload
        if self.then is not None:
            uart.push(self.then, self.delay_ms)


def _bare(line: bytes) -> bytes:
    while line and line[-1] in b"\r\n":
        line = line[:-1]
    return line


class MockUART:
    """`piece`: bytes handed out per look (0: all there are). `module` answers what no rule did."""

    def __init__(self, piece: int = 0, module=None) -> None:
        self.piece = piece
        self.module = module
        self.baud = 0  # when set, write() blocks for the time on the line, as STM32's does
        self.max_write = 0  # when set, write() takes at most so many bytes
        self.refuse = 0  # so many writes take nothing and return None
        self.mute = False  # the other side neither hears nor speaks
        self.hurt = {}  # method name -> exceptions to raise, one a call
        self.tx = bytearray()
        self.writes = []  # (ms, bytes) of each write
        self.lines = []  # the commands seen, without line ends
        self.payloads = []  # what was sent at prompts
        self.delivered = []  # (bytes of tx when it came due, bytes): what a replay needs
        self.rules = []
        self.unknown = []
        self._due = []  # [us, bytes or function], in order
        self._rx = bytearray()
        self._gap = False
        self._line = bytearray()
        self._cr = False
        self._raw = 0
        self._raw_rule = None
        clock.uarts.append(self)

    # -- what the driver sees

    def any(self) -> int:
        clock.spin()
        self._hurt("any")
        self._deliver()
        n = len(self._rx)
        if not n or not self.piece:
            return n
        self._gap = not self._gap  # bytes come singly: between two pieces a look finds none
        return 0 if self._gap else min(n, self.piece)

    def readinto(self, buf, nbytes: int = -1):
        self._hurt("readinto")
        n = min(len(self._rx), len(buf))
        if nbytes >= 0:
            n = min(n, nbytes)
        if self.piece:
            n = min(n, self.piece)
        if not n:
            return None
        buf[:n] = self._rx[:n]
        self._rx = self._rx[n:]
        return n

    def write(self, buf, *args):
        self._hurt("write")
        data = _slice(buf, args)
        if self.refuse:
            self.refuse -= 1
            return None
        if self.max_write:
            data = data[: self.max_write]
        if self.baud:
            clock.advance(len(data) * 10_000_000 // self.baud)
        clock.traffic()
        self.writes.append((clock.ms(), data))
        self.tx.extend(data)
        if not self.mute:
            self._feed(data)
        return len(data)

    # -- what a test says

    def on(
        self, command: bytes, *answers: bytes, delay_ms=20, gap_ms=None, times=1, raw=0, then=None
    ) -> Rule:
        """When `command` is seen, answer; the newest rule wins. `times=-1`: always.

        The first answer comes after `delay_ms`, each further one `gap_ms` (or as long) later.
        """
        rule = Rule(command, answers, delay_ms, gap_ms, times, raw, then)
        self.rules.insert(0, rule)
        return rule

    def push(self, data: bytes, after_ms: int = 0) -> None:
        """`data` comes on the line `after_ms` from now (after what is planned for that time)."""
        self.at(after_ms, data)

    def at(self, after_ms: int, what) -> None:
        """Plan bytes or a call."""
        due = clock.us + after_ms * 1000
        place = len(self._due)
        while place and self._due[place - 1][0] > due:
            place -= 1
        self._due.insert(place, (due, what))

    def clear(self) -> None:
        """Forget what was written so far."""
        self.tx = bytearray()
        self.writes.clear()
        self.lines.clear()
        self.payloads.clear()

    def sent(self, command: bytes) -> int:
        """How many of the commands seen begin with `command`."""
        return sum(1 for line in self.lines if line.startswith(command))

    def until_next_event(self) -> int:
        if self._rx:
            return 0
        return max(0, self._due[0][0] - clock.us) if self._due else 1 << 29

    def idle(self) -> bool:
        """Nothing is planned and nothing waits to be read."""
        return not self._rx and not self._due

    # -- inside

    def _hurt(self, method: str) -> None:
        pending = self.hurt.get(method)
        if pending:
            exc = pending.pop(0)
            if exc is not None:
                raise exc

    def _deliver(self) -> None:
        while self._due and self._due[0][0] <= clock.us:
            what = self._due.pop(0)[1]
            clock.traffic()
            if not isinstance(what, (bytes, bytearray)):
                what()
            elif not self.mute:
                self.delivered.append((len(self.tx), bytes(what)))
                self._rx.extend(what)

    def _feed(self, data: bytes) -> None:
        for i in range(len(data)):
            byte = data[i : i + 1]
            after_cr, self._cr = self._cr, False
            if after_cr and byte == b"\n":
                continue
            if self._raw:
                self._feed_raw(byte)
            elif byte == b"\r":
                line, self._line = bytes(self._line), bytearray()
                self._cr = True
                self._command(line)
            else:
                self._line.extend(byte)

    def _feed_raw(self, byte: bytes) -> None:
        ended = self._raw < 0 and byte in (b"\x1a", b"\x1b")
        if not ended:
            self._line.extend(byte)
        if self._raw > 0:
            self._raw -= 1
            ended = self._raw == 0
        if ended:
            self._raw = 0
            payload, self._line = bytes(self._line), bytearray()
            self.payloads.append(payload)
            self._raw_rule.payload_done(self, payload)

    def expect_raw(self, count: int, owner) -> None:
        """What follows is payload; `owner.payload_done(uart, payload)` when it is complete."""
        self._raw = count
        self._raw_rule = owner

    def _command(self, line: bytes) -> None:
        self.lines.append(line)
        for rule in self.rules:
            if rule.matches(line):
                self._answer(rule)
                return
        if self.module is None or not self.module.command(line):
            self.unknown.append(line)
            self.push(b"\r\nERROR\r\n", 20)

    def _answer(self, rule: Rule) -> None:
        rule.hits += 1
        rule.times -= 1
        for n, answer in enumerate(rule.answers):
            self.push(answer, rule.delay_ms + n * rule.gap_ms)
        if rule.raw:
            self.expect_raw(rule.raw, rule)


def _slice(buf, args) -> bytes:
    if len(args) == 2:
        off, n = args
        return bytes(memoryview(buf)[off : off + n])
    return bytes(memoryview(buf)[: args[0]] if args else buf)


class TxdoneUART(MockUART):
    """A UART that buffers its writes and tells when they are out."""

    line_us = 1042  # one byte at 9600 baud

    def __init__(self, piece: int = 0, module=None) -> None:
        super().__init__(piece, module)
        self._busy_until = 0

    def write(self, buf, *args):
        n = super().write(buf, *args)
        self._busy_until = max(self._busy_until, clock.us) + (n or 0) * self.line_us
        return n

    def txdone(self) -> bool:
        clock.advance(20)
        return clock.us >= self._busy_until

    def flush(self) -> None:
        if clock.us < self._busy_until:
            clock.advance(self._busy_until - clock.us)


class ReplayUART:
    """Says again what a recorded run said, allocating nothing: for heap_lock().

    `script` is a list of (bytes of tx that must have gone out, bytes to hand out then).
    """

    def __init__(self) -> None:
        self.script = ()
        self.step = 0
        self.pos = 0
        self.out = 0

    def load(self, script) -> None:
        self.script = script
        self.step = self.pos = self.out = 0

    def any(self) -> int:
        clock.spin()
        if self.step >= len(self.script) or self.out < self.script[self.step][0]:
            return 0
        return len(self.script[self.step][1]) - self.pos

    def readinto(self, buf, nbytes: int = -1):
        data = self.script[self.step][1]
        n = min(len(data) - self.pos, len(buf))
        if nbytes >= 0:
            n = min(n, nbytes)
        for i in range(n):
            buf[i] = data[self.pos + i]
        self.pos += n
        if self.pos == len(data):
            self.step += 1
            self.pos = 0
        return n

    def write(self, buf, off: int = -1, n: int = -1) -> int:
        count = n if n >= 0 else off if off >= 0 else len(buf)
        self.out += count
        return count
