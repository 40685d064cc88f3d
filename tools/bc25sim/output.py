"""Lines to the UART: what stands around them, in which pieces they go, what may come between."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from .faults import Faults
from .reply import Reply
from .runtime import Part, Runtime
from .settings import Settings

CRLF = b"\r\n"


class Output(Part):
    """The module's TXD. What one entry of the queue holds is never torn by a URC.

    `prompted` is set while a `>` is open: recv URCs may have to wait for its end.
    """

    def __init__(self, runtime: Runtime, settings: Settings, faults: Faults,
                 send: Callable[[bytes], Any]) -> None:
        self._runtime = runtime
        self._settings = settings
        self._faults = faults
        self._send = send
        self._queue: deque[tuple[float, bytes]] = deque()
        self._running = False
        self._held: list[str] = []
        self._garbage = b""
        self.prompted = False

    def cut(self) -> None:
        self._queue.clear()
        self._held.clear()
        self._running = self.prompted = False

    def asleep(self) -> None:
        self.cut()

    def flush(self) -> None:
        """Sends at once what waits for its gap."""
        queue, self._queue = self._queue, deque()
        if queue:
            self._out(b"".join(piece for _, piece in queue))

    def line(self, text: str) -> bytes:
        """One line as this profile writes it."""
        start, self._garbage = self._garbage or self._line_start(), b""
        return start + text.encode("latin-1") + CRLF

    def _line_start(self) -> bytes:
        return self._runtime.profile.line_start.encode()

    def garbled_start(self, garbage: bytes) -> None:
        """The next line begins with garbage in the place of a line end."""
        self._garbage = garbage

    def reply(self, reply: Reply) -> None:
        """Sends a command's answer."""
        if reply.prompt is not None:
            self._put([self._runtime.profile.prompt.encode()])
        elif reply.raw:
            self._put([reply.raw])
        else:
            texts = [*reply.lines, reply.final] if reply.final else reply.lines
            self._put([self.line(text) for text in texts])

    def echo(self, data: bytes) -> None:
        """Sends command bytes back while echo is on."""
        if self._settings.echo:
            self.send(data)

    def urc(self, text: str) -> None:
        """Sends an unsolicited line."""
        self._runtime.touch()
        self._runtime.draw()
        self._runtime.count("urcs")
        self._put([self.line(text)])

    def urc_data(self, head: str, glue: bytes, data: bytes) -> None:
        """Sends an unsolicited line with data behind it, in one piece."""
        self._runtime.draw()
        self._runtime.count("urcs")
        self.send(self._line_start() + head.encode() + glue + data)

    def recv_urc(self, text: str) -> None:
        """Sends a recv URC of buffer mode, which an open prompt may hold back."""
        how = self._runtime.profile.prompt_urcs
        if not self.prompted or how == "pass":
            self.urc(text)
        elif how == "hold":
            self._held.append(text)
        else:
            self._runtime.count("urcs_dropped")

    def release(self) -> None:
        """Sends what an open prompt held back."""
        if not self.prompted:
            held, self._held = self._held, []
            for text in held:
                self.urc(text)

    def bare(self, text: str) -> None:
        """Sends a line of the sleep machinery, which has its own beginning."""
        self._put([self._runtime.profile.sleep_line_start.encode() + text.encode() + CRLF])

    def send(self, data: bytes) -> None:
        """Sends bytes as they are, with nothing before them."""
        self._put([data], noise=False)

    def _put(self, units: list[bytes], noise: bool = True) -> None:
        profile = self._runtime.profile
        plain = not (profile.chunk[1] or profile.line_gap_ms[1] or profile.noise_rate)
        if plain and not self._queue:
            return self._out(b"".join(units))
        for unit in self._with_noise(units) if noise else units:
            for index, piece in enumerate(self._pieces(unit)):
                key = "chunk_gap_ms" if index else "line_gap_ms"
                self._queue.append((self._runtime.delay(key), piece))
        return self._run()

    def _with_noise(self, units: list[bytes]) -> Iterator[bytes]:
        """The units, with URCs that nobody asked for before some of them."""
        profile, rng = self._runtime.profile, self._runtime.rng
        for unit in units:
            if profile.noise and rng.random() < profile.noise_rate:
                self._runtime.count("noise")
                yield self.line(rng.choice(profile.noise))
            yield unit

    def _pieces(self, data: bytes) -> list[bytes]:
        low, high = (int(v) for v in self._runtime.profile.chunk)
        if not high:
            return [data]
        pieces, start = [], 0
        while start < len(data):
            size = self._runtime.rng.randint(max(1, low), high)
            pieces.append(data[start:start + size])
            start += size
        return pieces

    def _run(self) -> None:
        """Sends what is due at once, in one go, and comes back for the rest."""
        if self._running:
            return
        due = bytearray()
        while self._queue and not self._queue[0][0]:
            due += self._queue.popleft()[1]
        if due:
            self._out(bytes(due))
        if self._queue:
            self._running = True
            self._runtime.after(self._queue[0][0], self._next)

    def _next(self) -> None:
        self._running = False
        if self._queue:
            self._out(self._queue.popleft()[1])
            self._run()

    def _out(self, data: bytes) -> None:
        data = self._faults.sent(data)
        if data:
            self._runtime.count("tx_bytes", len(data))
            self._send(data)
