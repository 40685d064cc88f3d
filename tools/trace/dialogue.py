"""Reads the two byte streams of a UART together: commands, their answers, URCs and payload."""

import re
from dataclasses import dataclass, field

from tools.trace.recording import Piece

_CTRL_Z = b"\x1a"
_FINAL = re.compile(r"OK|ERROR|\+CM[ES] ERROR:.*")
_COMMAND = re.compile(r"(?i)AT(?P<name>\+\w+|&\w|\w*)(?P<rest>.*)", re.DOTALL)
_INLINE = re.compile(r'(?i)AT\+(QISEND|QISENDEX)=(\d+),\d+,"?(.*?)"?', re.DOTALL)
_SEND = re.compile(r"(?i)AT\+QISEND(?:EX)?=(\d+)")
_PROMPTED = re.compile(r"(?i)AT\+QISEND=\d+,(\d+)")
_SETTING = re.compile(r'\+QICFG[=:] ?"(viewmode|showlength|dataformat)",([\d,]+)')
# What comes after a command's OK and ends what it began: the lines, and whose they are.
_LATE = (
    (re.compile(r"SEND (?:OK|FAIL)"), "+QISEND"),
    (re.compile(r"CLOSE (?:OK|FAIL)"), "+QICLOSE"),
    (re.compile(r"\+QIOPEN: ?\d+,-?\d+"), "+QIOPEN"),
    (re.compile(r'\+QIURC: ?"dnsgip".*'), "+QIDNSGIP"),
    (re.compile(r"\+QPING:.*"), "+QPING"),
    (re.compile(r"\+QNTP:.*"), "+QNTP"),
)
_OTHER_NAMES = {"+QISENDEX": "+QISEND", "+QNTTP": "+QNTP"}


@dataclass
class Command:
    """One AT command. Times are of the recording; None is "not seen"."""

    text: str
    start: float  # its first byte
    sent: float  # its last byte, payload included
    end: float | None = None  # OK or ERROR
    result: str = ""
    lines: list[str] = field(default_factory=list)
    up: bytes = b""  # payload that went to the module
    down: bytes = b""  # payload that came with the answer
    late_end: float | None = None  # what its OK promised: SEND OK, +QIOPEN, ...
    late: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """+QIOPEN for AT+QIOPEN=1,0, …; empty for AT."""
        found = _COMMAND.fullmatch(self.text)
        return found["name"].upper() if found else ""

    @property
    def kind(self) -> str:
        """The name that its late answer goes by."""
        return _OTHER_NAMES.get(self.name, self.name)

    @property
    def arguments(self) -> list[str]:
        """What stands behind the =, at its commas."""
        return self.text.partition("=")[2].split(",")

    @property
    def socket(self) -> int | None:
        """The connection that it is about."""
        place = {"+QIOPEN": 1}.get(self.name, 0)
        wanted = ("+QIOPEN", "+QICLOSE", "+QISEND", "+QISENDEX", "+QIRD", "+QISWTMD")
        if self.name in wanted and len(self.arguments) > place:
            number = self.arguments[place].strip()
            return int(number) if number.isdigit() else None
        return None


@dataclass(frozen=True)
class Urc:
    """A line that no command asked for; `data` is what it pushed."""

    t: float
    text: str
    data: bytes = b""


@dataclass
class _Stream:
    """One direction: what is not yet understood, and when its first byte came."""

    data: bytes = b""
    since: float = 0.0

    def add(self, piece: Piece) -> None:
        if not self.data:
            self.since = piece.t
        self.data += piece.data

    def take(self, size: int, t: float) -> bytes:
        """The next `size` bytes; what stays came at `t` at the latest."""
        taken, self.data = self.data[:size], self.data[size:]
        self.since = t
        return taken


class Dialogue:
    """`feed` it the pieces in their order; `commands` and `urcs` are what was understood."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.urcs: list[Urc] = []
        self._running: Command | None = None
        self._late: dict[str, list[Command]] = {}
        self._up, self._down = _Stream(), _Stream()
        self._up_left: int | None = 0  # payload after a prompt; None: up to Ctrl-Z
        self._down_left = 0
        self._pushed = ""  # the URC whose payload comes
        self._view = self._length = self._hex = False
        self._push: set[int] = set()  # connections in push mode

    def feed(self, piece: Piece) -> None:
        """Take in a piece."""
        if piece.to_module:
            self._up.add(piece)
            while self._up.data and self._read_up(piece.end):
                pass
        else:
            self._down.add(piece)
            while self._down.data and self._read_down(piece.end):
                pass

    # -- to the module

    def _read_up(self, t: float) -> bool:
        """Understand the next part; False when it is not there yet."""
        if self._up_left != 0:
            return self._payload_up(t)
        skip = len(self._up.data) - len(self._up.data.lstrip(b"\r\n\0\x1a\x1b"))
        if skip:
            self._up.take(skip, t)
            return True
        end = self._up.data.find(b"\r")
        if end < 0:
            return False
        start = self._up.since
        text = self._up.take(end + 1, t)[:-1].decode("latin-1")
        if _COMMAND.fullmatch(text):
            self._begin(Command(text, start, t))
        return True

    def _payload_up(self, t: float) -> bool:
        command = self._running
        assert command is not None
        if self._up_left is None:
            end = self._up.data.find(_CTRL_Z)
            size = end + 1 if end >= 0 else len(self._up.data)
            self._up_left = 0 if end >= 0 else None
        else:
            size = min(self._up_left, len(self._up.data))
            self._up_left -= size
        command.up += self._up.take(size, t)
        command.sent = t
        return True

    def _begin(self, command: Command) -> None:
        self.commands.append(command)
        self._running = command
        inline = _INLINE.fullmatch(command.text)
        if inline:
            data = inline[3].encode("latin-1")
            command.up = _unhex(data) if inline[1].upper() == "QISENDEX" else data

    # -- from the module

    def _read_down(self, t: float) -> bool:
        """Understand the next part; False when it is not there yet."""
        if self._down_left:
            return self._payload_down(t)
        skip = len(self._down.data) - len(self._down.data.lstrip(b"\r\n\0 "))
        if skip:
            self._down.take(skip, t)
            return True
        return self._prompt(t) or self._header(t) or self._line(t)

    def _payload_down(self, t: float) -> bool:
        size = min(self._down_left, len(self._down.data))
        data = self._down.take(size, t)
        self._down_left -= size
        if self._pushed:
            last = self.urcs[-1]
            self.urcs[-1] = Urc(last.t, last.text, last.data + data)
        elif self._running:
            self._running.down += data
        if not self._down_left:
            self._payload_whole()
        return True

    def _payload_whole(self) -> None:
        if self._hex and self._pushed:
            last = self.urcs[-1]
            self.urcs[-1] = Urc(last.t, last.text, _unhex(last.data))
        elif self._hex and self._running:
            self._running.down = _unhex(self._running.down)
        self._pushed = ""

    def _prompt(self, t: float) -> bool:
        running = self._running
        if not running or running.end is not None or not self._down.data.startswith(b">"):
            return False
        if running.up or self._up_left:
            return False
        self._down.take(1, t)
        length = _PROMPTED.fullmatch(running.text)
        self._up_left = int(length[1]) if length else None
        return True

    def _header(self, t: float) -> bool:
        """The head of payload: from here on bytes are counted."""
        data, running = self._down.data, self._running
        tail = rb",\d+," if self._length else b","
        end = tail if self._view else rb"(?:,\d+)?\r\n"
        answer = re.match(rb"(\+QIRD: ?(\d+))" + end, data)
        if answer and running and running.name == "+QIRD" and int(answer[2]):
            self._down.take(answer.end(), t)
            running.lines.append(answer[1].decode())
            self._down_left = int(answer[2]) * (2 if self._hex else 1)
            return True
        pushed = re.match(rb'(\+QIURC: ?"recv",(\d+),(\d+))' + (b"," if self._view else b"\r\n"),
                          data)  # fmt: skip
        if not pushed or int(pushed[2]) not in self._push:
            return False
        self._pushed = pushed[1].decode()
        self.urcs.append(Urc(self._down.since, self._pushed))
        self._down.take(pushed.end(), t)
        self._down_left = int(pushed[3]) * (2 if self._hex else 1)
        return True

    def _line(self, t: float) -> bool:
        end = self._down.data.find(b"\n")
        if end < 0:
            return False
        since = self._down.since
        text = self._down.take(end + 1, t).rstrip(b"\r\n").decode("latin-1")
        if text:
            self._learn(text)
            self._sort(since, t, text)
        return True

    def _sort(self, since: float, t: float, text: str) -> None:
        """Whose line it is."""
        running = self._running
        if running and running.end is None:
            if text in (running.text, running.up.decode("latin-1")):
                return  # the echo
            if _FINAL.fullmatch(text):
                self._finish(running, t, text)
                return
            if running.name and self._answers(running, text):
                running.lines.append(text)
                return
        if not self._late_answer(t, text):
            if running and running.end is None and not text.startswith(("+", "RDY")):
                running.lines.append(text)
            else:
                self.urcs.append(Urc(since, text))

    @staticmethod
    def _answers(running: Command, text: str) -> bool:
        """Whether a line with the command's own prefix is its answer, and no URC."""
        if not text.startswith(running.name + ":") or running.name == "+QIOPEN":
            return False
        if running.name == "+CEREG":
            return re.match(r"\+CEREG: ?\d+,\d", text) is not None
        return running.name not in ("+QPING", "+QNTP")

    def _finish(self, command: Command, t: float, text: str) -> None:
        command.end, command.result = t, text
        self._up_left = 0
        if text != "OK":
            return
        self._learn(command.text)
        if any(command.kind == name for _, name in _LATE):
            self._late.setdefault(command.kind, []).append(command)

    def _late_answer(self, t: float, text: str) -> bool:
        for pattern, name in _LATE:
            waiting = self._late.get(name, [])
            if pattern.fullmatch(text) and waiting:
                command = self._whose(name, waiting, text)
                command.late.append(text)
                command.late_end = t
                return True
        return False

    @staticmethod
    def _whose(name: str, waiting: list[Command], text: str) -> Command:
        if name not in ("+QIOPEN", "+QISEND", "+QICLOSE"):
            return waiting[-1]  # several lines of one command
        number = int(text.partition(":")[2].split(",")[0]) if name == "+QIOPEN" else None
        mine = [command for command in waiting if number in (None, command.socket)]
        waiting.remove(command := (mine or waiting)[0])
        return command

    def _learn(self, text: str) -> None:
        """Settings that change how payload is written."""
        setting = _SETTING.search(text)
        if setting:
            numbers = setting[2].split(",")
            if setting[1] == "viewmode":
                self._view = numbers[0] == "1"
            elif setting[1] == "showlength":
                self._length = numbers[0] == "1"
            else:
                self._hex = numbers[-1] == "1"
        mode = re.match(r'(?i)AT\+QIOPEN=\d+,(\d+),.*,"?[^,]*"?,\d+,\d+,(\d)', text) or re.match(
            r"(?i)AT\+QISWTMD=(\d+),(\d)", text
        )
        if mode:
            (self._push.add if mode[2] == "1" else self._push.discard)(int(mode[1]))


def _unhex(data: bytes) -> bytes:
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return data
