"""The module's UART as a person at a terminal sees it: lines, prompts, counted data, and when."""

import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

FINAL = re.compile(r"OK|ERROR|\+CME ERROR: .*")
# What a module may say without being asked just then.
URCS = ("+QIURC:", "+QIOPEN:", "+QPING:", "+QNTP:", "+QATSLEEP", "+QATWAKEUP", "+QNBIOTEVENT",
        "RDY", "+CFUN:", "+CPIN:", "+IP:", "SEND OK", "SEND FAIL", "CLOSE OK",
        "+CEREG:")  # fmt: skip
PUSHED = re.compile(r'\+QIURC: "recv",(\d),(\d+)')
ANSWER_S = 2.5
SPACE_S = 0.03  # how long the space of a prompt may lag behind


class Trouble(Exception):
    """The module did not do what a question needs; the text says what."""


class Port(Protocol):
    """What is used of serial.Serial."""

    timeout: float | None

    @property
    def in_waiting(self) -> int: ...

    def read(self, size: int = 1, /) -> bytes: ...

    def write(self, data: bytes, /) -> int | None: ...


@dataclass
class Line:
    """A line, what stood before it, and when its end was there."""

    text: str
    start: bytes
    at: float
    data: bytes = b""  # pushed with it


@dataclass
class Answer:
    """What came between a command and its end."""

    command: str
    lines: list[str] = field(default_factory=list)
    final: str = ""  # "" when nothing ended it
    seconds: float = 0.0  # to its first byte
    echoed: bool = False
    at: float = 0.0  # when its end was there

    @property
    def ok(self) -> bool:
        return self.final == "OK"

    def need(self) -> "Answer":
        """This answer, if it ended well."""
        if not self.ok:
            raise Trouble(f"{self.command} answered {self.final or 'nothing'}")
        return self


class Wire:
    """Sends commands and sorts what comes: answers, URCs, and noise that nobody knows."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._port.timeout = 0.01
        self._data = bytearray()
        self._clean = False  # the line before ended where this one's beginning starts
        self.urcs: deque[Line] = deque()
        self.noise: Counter[str] = Counter()
        self.units = 0  # lines and prompts seen
        self.starts: list[bytes] = []  # what stood before ordinary lines
        self.answer_s: list[float] = []
        self.pushing: set[int] = set()  # ids in direct push mode, with the length shown
        self.heard: Callable[[str, bytes], None] = lambda direction, data: None
        self.first_at = 0.0  # when the first byte came after the last write

    # -- bytes -------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Raw bytes."""
        self.heard("rx", data)
        self.first_at = 0.0
        self._port.write(data)

    def fill(self) -> bool:
        """Take in what came; waits up to 10 ms for something."""
        data = self._port.read(max(1, self._port.in_waiting))
        if data:
            self.heard("tx", data)
            self.first_at = self.first_at or time.monotonic()
            self._data += data
        return bool(data)

    def raw(self, seconds: float, until: bytes | None = None) -> bytes:
        """All bytes that come in `seconds`, or up to and with `until`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and (until is None or until not in self._data):
            self.fill()
        stop = len(self._data)
        if until is not None and until in self._data:
            stop = self._data.index(until) + len(until)
        self._clean = False
        return self._cut(stop)

    def exactly(self, count: int, seconds: float = 5.0) -> bytes:
        """`count` bytes."""
        end = time.monotonic() + seconds
        while len(self._data) < count:
            if time.monotonic() > end:
                raise Trouble(f"{len(self._data)} bytes of {count} came")
            self.fill()
        self._clean = False
        return self._cut(count)

    def _cut(self, count: int) -> bytes:
        data = bytes(self._data[:count])
        del self._data[:count]
        return data

    # -- lines -------------------------------------------------------------------------------

    def _beginning(self) -> int:
        """Where the first byte stands that is no line end; -1 for nowhere."""
        return next((i for i, byte in enumerate(self._data) if byte not in b"\r\n"), -1)

    def line(self, deadline: float, prompt: bool = False) -> Line | None:
        """The next line, or with `prompt` perhaps a `>`; None when the time is up."""
        while True:
            begin = self._beginning()
            if begin >= 0 and prompt and self._data[begin : begin + 1] == b">":
                return self._prompt(begin)
            end = self._data.find(b"\r", begin) if begin >= 0 else -1
            if 0 <= end < len(self._data) - 1:
                return self._whole(begin, end)
            if time.monotonic() >= deadline:
                return None
            self.fill()

    def _whole(self, begin: int, end: int) -> Line:
        start, text = bytes(self._data[:begin]), bytes(self._data[begin:end]).decode("latin-1")
        echo = self._data[end + 1] != 0x0A  # a command comes back with its CR alone
        del self._data[: end + (1 if echo else 2)]
        ordinary = not (echo or text.startswith(("+QPING", "+QAT", "+QNB")))
        if self._clean and ordinary:
            self.starts.append(start)
        self._clean = ordinary
        self.units += 1
        line = Line(text, start, time.monotonic())
        pushed = PUSHED.fullmatch(text)
        if pushed and int(pushed[1]) in self.pushing:
            line.data = self.exactly(int(pushed[2]))
            self.exactly(2)
        return line

    def _prompt(self, begin: int) -> Line:
        start = self._cut(begin + 1)
        end = time.monotonic() + SPACE_S
        while not self._data and time.monotonic() < end:
            self.fill()
        if self._data[:1] == b" ":
            start += self._cut(1)
        self._clean = False
        self.units += 1
        return Line("> ", start, time.monotonic())

    def sort(self, line: Line) -> None:
        """Keep a URC; count what nobody knows."""
        if line.text.startswith(URCS):
            self.urcs.append(line)
        else:
            self.noise[line.text] += 1

    # -- commands ----------------------------------------------------------------------------

    def start(self, command: str) -> float:
        """Send a command; when that was."""
        self.write(command.encode("latin-1") + b"\r\n")
        return time.monotonic()

    def ask(self, command: str, expect: str | None = None, wait: float = ANSWER_S) -> Answer:
        """Send a command and take in its answer.

        `expect` is how its lines begin; "" takes any that begin without a plus.
        """
        since = self.start(command)
        return self.finish(Answer(command), since, expect, since + wait)

    def finish(self, answer: Answer, since: float, expect: str | None, deadline: float) -> Answer:
        """Take in lines up to the end of an answer."""
        while not answer.final and (line := self.line(deadline)):
            if FINAL.fullmatch(line.text):
                answer.final, answer.at = line.text, line.at
            elif line.text.rstrip() == answer.command.rstrip():
                answer.echoed = True
            elif self._expected(line.text, expect):
                answer.lines.append(line.text)
            else:
                self.sort(line)
        if self.first_at:
            answer.seconds = self.first_at - since
            self.answer_s.append(answer.seconds)
        return answer

    @staticmethod
    def _expected(text: str, expect: str | None) -> bool:
        if expect is None:
            return False
        return text.startswith(expect) if expect else not text.startswith(("+", *URCS))

    def urc(self, prefix: str, wait: float) -> Line | None:
        """The next URC that begins so; others stay. None when none came in `wait` seconds."""
        deadline = time.monotonic() + wait
        while True:
            for line in self.urcs:
                if line.text.startswith(prefix):
                    self.urcs.remove(line)
                    return line
            came = self.line(deadline)
            if came is None:
                return None
            self.sort(came)

    def open_prompt(self, command: str, wait: float = ANSWER_S) -> bytes:
        """Send a command that answers with a prompt; the prompt's bytes."""
        deadline = self.start(command) + wait
        while line := self.line(deadline, prompt=True):
            if line.text == "> ":
                return line.start
            if FINAL.fullmatch(line.text):
                raise Trouble(f"{command} answered {line.text} instead of a prompt")
            self.sort(line)
        raise Trouble(f"{command} brought no prompt")

    def quiet(self, seconds: float) -> None:
        """Sort what comes in that time."""
        deadline = time.monotonic() + seconds
        while line := self.line(deadline):
            self.sort(line)

    def partial(self) -> bytes:
        """What stands there of a line whose end did not come yet."""
        return bytes(self._data)

    def find(self, tries: int = 8) -> bool:
        """Have the module answer AT."""
        for _ in range(tries):
            self.urcs.clear()
            if self.ask("AT", wait=0.7).ok:
                self.quiet(0.1)
                return True
        return False
