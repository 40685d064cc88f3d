"""Lines to the UART: what stands around them, in which pieces they go, what may come between."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .reply import Reply

if TYPE_CHECKING:
    from .core import Module

CRLF = b"\r\n"


class Output:
    """The module's TXD. What one entry of the queue holds is never torn by a URC."""

    def __init__(self, module: "Module", send: Callable[[bytes], Any]) -> None:
        self._module = module
        self._send = send
        self._queue: deque[tuple[float, bytes]] = deque()
        self._running = False

    def clear(self) -> None:
        """Forgets what was not sent yet."""
        self._queue.clear()
        self._running = False

    def flush(self) -> None:
        """Sends at once what waits for its gap."""
        queue, self._queue = self._queue, deque()
        if queue:
            self._out(b"".join(piece for _, piece in queue))

    def line(self, text: str) -> bytes:
        """One line as this profile writes it."""
        return self._module.profile.line_start.encode() + text.encode("latin-1") + CRLF

    def reply(self, reply: Reply) -> None:
        """Sends a command's answer."""
        if reply.prompt is not None:
            self._put([self._module.profile.prompt.encode()])
        elif reply.raw:
            self._put([reply.raw])
        else:
            texts = [*reply.lines, reply.final] if reply.final else reply.lines
            self._put([self.line(text) for text in texts])

    def urc(self, text: str) -> None:
        """Sends a URC."""
        self._put([self.line(text)])

    def bare(self, text: str) -> None:
        """Sends a line of the sleep machinery, which has its own beginning."""
        self._put([self._module.profile.sleep_line_start.encode() + text.encode() + CRLF])

    def send(self, data: bytes) -> None:
        """Sends bytes as they are, with nothing before them."""
        self._put([data], noise=False)

    def _put(self, units: list[bytes], noise: bool = True) -> None:
        profile = self._module.profile
        plain = not (profile.chunk[1] or profile.line_gap_ms[1] or profile.noise_rate)
        if plain and not self._queue:
            return self._out(b"".join(units))
        for unit in self._with_noise(units) if noise else units:
            for index, piece in enumerate(self._pieces(unit)):
                key = "chunk_gap_ms" if index else "line_gap_ms"
                self._queue.append((self._module.delay(key), piece))
        return self._run()

    def _with_noise(self, units: list[bytes]) -> Iterator[bytes]:
        """The units, with URCs that nobody asked for before some of them."""
        profile, rng = self._module.profile, self._module.rng
        for unit in units:
            if profile.noise and rng.random() < profile.noise_rate:
                self._module.count("noise")
                yield self.line(rng.choice(profile.noise))
            yield unit

    def _pieces(self, data: bytes) -> list[bytes]:
        low, high = (int(v) for v in self._module.profile.chunk)
        if not high:
            return [data]
        pieces, start = [], 0
        while start < len(data):
            size = self._module.rng.randint(max(1, low), high)
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
            self._module.after(self._queue[0][0], self._next)

    def _next(self) -> None:
        self._running = False
        if self._queue:
            self._out(self._queue.popleft()[1])
            self._run()

    def _out(self, data: bytes) -> None:
        data = self._module.faults.sent(data)
        if data:
            self._module.count("tx_bytes", len(data))
            self._send(data)
