"""What most questions need of a module: sockets opened and closed, data sent and read."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from tools.probe.findings import Findings
from tools.probe.wire import Line, Trouble, Wire
from tools.servers.orders import pattern

READ = re.compile(r"\+QIRD: (\d+)(?:,(\d+))?")
RECV = '+QIURC: "recv",'
IDS = range(6)


class Lost(Exception):
    """The module does not answer any more."""


@dataclass
class Setting:
    """What the command line says about the surroundings."""

    server: str = ""  # the servers of tools.device_test, as the module reaches them
    echo: int = 7007
    orders: int = 7008
    token: str = "bc25"
    listen: int = 2020  # the port of the module's own listener
    name: str = "www.quectel.com"
    ping: str = "www.quectel.com"
    silent: str = "192.0.2.1"  # an address that answers nothing (RFC 5737)
    ntp: tuple[str, int] = ("ntp5.aliyun.com", 123)
    sleep_wait: float = 90.0
    restart: bool = True
    identity: bool = False
    wake: Callable[[], None] | None = None
    byte_s: float = 0.0  # what a byte takes on the line
    repeat: int = 8


@dataclass
class Bench:
    """One probe: the module's wire, what was found, and the surroundings."""

    wire: Wire
    found: Findings
    setting: Setting
    sim_at: float = 0.0  # when a restarted module had found its SIM

    # -- sockets -----------------------------------------------------------------------------

    def open(self, number: int, kind: str, port: int = 0, mode: str = ",0,0",
             host: str = "") -> None:  # fmt: skip
        """Open a socket on the server and see how long it took."""
        host, port = host or self.setting.server, port or self.setting.echo
        done = self.opening(number, kind, f'"{host}",{port}{mode}')
        if done != 0:
            raise Trouble(f"{kind} to {host}:{port} failed with {done}")

    def opening(self, number: int, kind: str, rest: str) -> int | None:
        """AT+QIOPEN; the number in its URC, None for ERROR."""
        answer = self.wire.ask(f'AT+QIOPEN=1,{number},"{kind}",{rest}')
        if not answer.ok:
            return None
        told = self.wire.urc(f"+QIOPEN: {number},", 40)
        if told is None:
            raise Trouble("+QIOPEN did not come within 40 s")
        code = int(told.text.rpartition(",")[2])
        if kind in ("TCP", "UDP") and code == 0:
            self.found.see("open_ms", (told.at - answer.at) * 1000)
        return code

    def close(self, number: int) -> bool:
        """AT+QICLOSE; whether the id had to be closed."""
        self.wire.pushing.discard(number)
        answer = self.wire.ask(f"AT+QICLOSE={number}")
        if not answer.ok:
            return False
        told = self.wire.urc("CLOSE OK", 12)
        if told is None:
            raise Trouble("CLOSE OK did not come within 12 s")
        self.found.see("close_ok_ms", (told.at - answer.at) * 1000)
        return True

    def close_all(self) -> None:
        """Every socket, whether it is listed or not."""
        for number in IDS:
            self.close(number)

    def rows(self) -> list[list[str]]:
        """AT+QISTATE?, each line's fields."""
        return self._fields(self.wire.ask("AT+QISTATE?", "+QISTATE:").need().lines)

    def row(self, number: int) -> list[str] | None:
        """One socket's fields; None when it is not listed."""
        answer = self.wire.ask(f"AT+QISTATE=1,{number}", "+QISTATE:")
        rows = self._fields(answer.lines)
        return rows[0] if rows else None

    @staticmethod
    def _fields(lines: list[str]) -> list[list[str]]:
        return [[f.strip(' "') for f in line.partition(":")[2].split(",")] for line in lines]

    # -- data --------------------------------------------------------------------------------

    def send(self, number: int, text: str) -> None:
        """A short text, inline."""
        answer = self.wire.ask(f'AT+QISEND={number},{len(text)},"{text}"').need()
        self.sent(answer.at)

    def sent(self, since: float) -> None:
        """Wait for SEND OK."""
        told = self.wire.urc("SEND ", 60)
        if told is None or told.text != "SEND OK":
            raise Trouble(f"{told.text if told else 'nothing'} instead of SEND OK")
        self.found.see("send_ok_ms", (told.at - since) * 1000)

    def order(self, number: int, *words: object, kind: str = "TCP", mode: str = ",0,0") -> None:
        """Open a socket on the order server and tell it something."""
        self.open(number, kind, self.setting.orders, mode)
        line = " ".join([self.setting.token, *map(str, words)])
        self.prompted(number, line.encode() + b"\n")

    def prompted(self, number: int, data: bytes) -> None:
        """Send any bytes through the prompt."""
        self.wire.open_prompt(f"AT+QISEND={number},{len(data)}")
        time.sleep(0.05)
        self.wire.write(data)
        self.ended().sent(time.monotonic())

    def ended(self) -> "Bench":
        """Take in the OK that follows a payload."""
        deadline = time.monotonic() + 3
        while line := self.wire.line(deadline):
            if line.text == "OK":
                return self
            if line.text == "ERROR":
                raise Trouble("ERROR after a payload")
            self.wire.sort(line)
        raise Trouble("no OK after a payload")

    def told_data(self, number: int, wait: float) -> Line | None:
        """The recv URC of a socket."""
        return self.wire.urc(f"{RECV}{number}", wait)

    def read(self, number: int, size: int = 512) -> tuple[bytes, int | None]:
        """One AT+QIRD, in view mode 0 and plain data; its data and the rest it tells."""
        deadline = self.wire.start(f"AT+QIRD={number},{size}") + 5
        while line := self.wire.line(deadline):
            if line.text in ("ERROR", "OK"):
                raise Trouble(f"AT+QIRD answered {line.text}")
            head = READ.fullmatch(line.text)
            if head is not None:
                count, rest = int(head[1]), head[2]
                data = self.wire.exactly(count) if count else b""
                while (line_end := self.wire.line(deadline)) and line_end.text != "OK":
                    self.wire.sort(line_end)
                return data, None if rest is None else int(rest)
            self.wire.sort(line)
        raise Trouble("AT+QIRD brought nothing")

    def read_all(self, number: int, wait: float = 0.0, want: int = 1 << 30) -> bytes:
        """Read until nothing is there, after `wait` seconds of patience, or `want` bytes came."""
        data, last = b"", time.monotonic()
        while len(data) < want:
            got = self.read(number)[0]
            data += got
            if got:
                last = time.monotonic()
            elif time.monotonic() - last >= wait:
                return data
            else:
                self.wire.quiet(min(0.3, wait))
        return data

    def expect_pattern(self, number: int, size: int, wait: float) -> bytes:
        """What of the server's `pattern` comes; it need not be complete."""
        data = self.read_all(number, wait, size)
        if len(data) == size and data != pattern(size):
            self.found.note("damage", f"{size} bytes came changed")
        return data

    # -- formats -----------------------------------------------------------------------------

    def config(self, name: str, value: str) -> bool:
        """AT+QICFG with a value; whether the answer repeats it."""
        answer = self.wire.ask(f'AT+QICFG="{name}",{value}', "+QICFG:").need()
        return bool(answer.lines)

    # -- trouble -----------------------------------------------------------------------------

    def recover(self) -> None:
        """Back to an answering module with no socket, whatever happened."""
        self.wire.write(b"\r\n" * 300 + b"\x1a\r\n")
        self.wire.quiet(0.5)
        if not self.wire.find():
            raise Lost("the module answers no more; turn it off and on")
        self.wire.ask("ATE0")
        self.wire.urcs.clear()
        self.close_all()
