"""UART input to command lines and payloads; echo. Bytes wait here while an answer is pending."""

from collections.abc import Callable
from typing import Any

from .output import Output
from .reply import Prompt, Reply
from .runtime import Runtime

_CR, _LF = 0x0D, 0x0A
MAX_WAITING = 16384  # bytes that may wait for an answer to end
_CTRL_Z, _ESC = 0x1A, 0x1B


class Reader:
    """The module's view of its RXD.

    `execute` is handed each line, `answer` the work that gives a prompt's answer; while that is
    pending `paused` is set and input waits.
    """

    def __init__(self, runtime: Runtime, output: Output, execute: Callable[[bytes], Any],
                 answer: Callable[[Callable[[], Reply]], Any]) -> None:
        self._runtime = runtime
        self._output = output
        self._execute = execute
        self._answer = answer
        self.paused = False
        self._input = bytearray()
        self._line = bytearray()
        # Of the last line's CR: the LF behind it, when the host sends one, is still to come.
        self._after_cr = False
        # Whether the host ends lines with CR LF, as far as seen.
        self._host_sends_lf = True
        self.prompt: Prompt | None = None
        self._payload = bytearray()
        self._deaf_until = 0.0

    def clear(self) -> None:
        """Forgets everything, as a restart does."""
        self._input.clear()
        self._line.clear()
        self._payload.clear()
        self._after_cr = self.paused = False
        self.prompt = None

    def feed(self, data: bytes) -> None:
        """Takes bytes of the UART."""
        room = MAX_WAITING - len(self._input)
        self._runtime.count("rx_overflow", max(0, len(data) - room))
        self._input += data[:room]
        self.pump()

    def pump(self) -> None:
        """Works on what is there, up to the next command whose answer is pending."""
        while self._input and not self.paused:
            if self._after_cr:
                self._drop_lf()
            elif self.prompt is not None:
                self._take_payload(self.prompt)
            else:
                self._take_line()

    def _drop_lf(self) -> None:
        self._after_cr = False
        if self._input[0] == _LF:
            del self._input[0]
            self._host_sends_lf = True
        elif self.prompt is None:
            self._host_sends_lf = False

    def _take_line(self) -> None:
        end = self._input.find(_CR)
        size = end + 1 if end >= 0 else len(self._input)
        self._output.echo(bytes(self._input[:size]))
        self._line += self._input[:size]
        del self._input[:size]
        if end >= 0:
            line, self._line = bytes(self._line[:-1]), bytearray()
            self._after_cr = True
            self._execute(line.lstrip(b"\n"))
        elif len(self._line) > self._runtime.profile.max_line:
            # Kept just too long, so that the end of the line finds it so.
            del self._line[self._runtime.profile.max_line + 1:]

    def open_prompt(self, prompt: Prompt, settle: float) -> None:
        """What follows is payload, from `settle` seconds on."""
        self.prompt = prompt
        self._output.prompted = True
        self._after_cr = self._after_cr and self._host_sends_lf
        self._deaf_until = self._runtime.clock.now() + settle if settle else 0.0

    def _take_payload(self, prompt: Prompt) -> None:
        if self._runtime.clock.now() < self._deaf_until:
            self._runtime.count("lost_before_prompt", len(self._input))
            self._input.clear()
            return
        controls = prompt.length is None or self._runtime.profile.fixed_control
        end = self._control() if controls else -1
        size = len(self._input) if end < 0 else end
        if prompt.length is not None:
            size = min(size, prompt.length - len(self._payload))
        self._output.echo(bytes(self._input[:size]))
        self._payload += self._input[:size]
        del self._payload[prompt.limit + 1:]
        control = self._input[end] if end == size else None
        del self._input[:size + (control is not None)]
        if control is not None or len(self._payload) == prompt.length:
            self._close(prompt, control)

    def _control(self) -> int:
        """Where the first Ctrl-Z or Esc stands, -1 for nowhere."""
        found = [at for at in (self._input.find(_CTRL_Z), self._input.find(_ESC)) if at >= 0]
        return min(found, default=-1)

    def _close(self, prompt: Prompt, control: int | None) -> None:
        payload, self._payload = bytes(self._payload), bytearray()
        self.prompt = None
        self._output.prompted = False
        if control == _ESC:
            self._answer(prompt.cancelled)
        else:
            self._answer(lambda: prompt.done(payload))
