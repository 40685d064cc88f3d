"""Command lines in, answers out."""

from collections.abc import Callable

from .command import Command
from .errors import (
    CME_BAD_PARAMETERS,
    CME_NOT_SUPPORTED,
    BadArguments,
    CmeError,
    Refused,
)
from .faults import Faults
from .output import Output
from .reader import Reader
from .reply import Reply
from .runtime import Part, Runtime
from .settings import Settings


class Interpreter(Part):
    """Answers one command after the other; `reader` holds back what comes meanwhile.

    `on_command` is told of every line, `on_work` True when an answer is begun and False when it
    is there.
    """

    def __init__(self, runtime: Runtime, settings: Settings, faults: Faults, output: Output,
                 commands: dict[str, Command]) -> None:
        self._runtime = runtime
        self._settings = settings
        self._faults = faults
        self._output = output
        self.commands = commands
        self._flash_until = 0.0
        self.reader = Reader(runtime, output, self._execute, self._answer_later)
        self.on_command: Callable[[bytes], object] = lambda line: None
        self.on_work: Callable[[bool], object] = lambda begins: None

    def cut(self) -> None:
        self.reader.clear()

    def asleep(self) -> None:
        self.reader.clear()

    @property
    def working(self) -> bool:
        return self.reader.paused or self.reader.prompt is not None

    # -- one line ----------------------------------------------------------------------------

    def _execute(self, line: bytes) -> None:
        """Answers one command line after the time that takes."""
        self._runtime.draw()
        text = line.decode("latin-1").strip(" \n")
        if not text:
            return
        self.on_command(line)
        self._runtime.count("commands")
        epoch = self._runtime.epoch
        self._faults.command()
        if self._runtime.epoch == epoch:  # no fault ended it
            self._answer_later(lambda: self._handled(text, len(line)))

    def _answer_later(self, work: Callable[[], Reply]) -> None:
        self.reader.paused = True
        self.on_work(True)
        self._runtime.after(self._runtime.delay("command_ms") + self._faults.slow(),
                            self._answer, work)

    def _answer(self, work: Callable[[], Reply]) -> None:
        reply = work()
        if reply.wait:
            self._runtime.after(reply.wait, self._say, reply)
        else:
            self._say(reply)

    def _say(self, reply: Reply) -> None:
        self.reader.paused = False
        self.on_work(False)
        self._runtime.touch()
        self._output.reply(reply)
        if reply.prompt is not None:
            self.reader.open_prompt(reply.prompt, self._runtime.limit("prompt_settle_ms"))
        elif reply.then is not None:
            reply.then()
        self._output.release()
        self.reader.pump()

    def _handled(self, text: str, length: int) -> Reply:
        if length > self._runtime.profile.max_line or not text.upper().startswith("AT"):
            return Reply(final=self._runtime.profile.garbage_answer)
        name, kind, rest = parsed(text)
        command = self.commands.get(name)
        if command is None:
            return self._cme(CME_NOT_SUPPORTED)
        return self._tried(command, lambda: self._run(command, kind, rest))

    def _run(self, command: Command, kind: str, rest: str) -> Reply:
        self._faults.maybe_error(command, kind)
        if command.writes_flash(kind) and not self._flash_free():
            return Reply(final="")
        reply = command.run(kind, rest)
        if reply.prompt is not None:
            done = reply.prompt.done
            reply.prompt.done = lambda data: self._tried(command, lambda: done(data))
        return reply

    def _flash_free(self) -> bool:
        """Whether a flash write may start; the next one has to wait."""
        now, gap = self._runtime.clock.now(), self._runtime.limit("flash_gap_ms")
        if now < self._flash_until:
            self._runtime.count("flash_dropped")
            return False
        self._flash_until = now + gap
        return True

    # -- what goes wrong ---------------------------------------------------------------------

    def _tried(self, command: Command, work: Callable[[], Reply]) -> Reply:
        """What a command gives, or what it raises as its answer."""
        try:
            reply = work()
        except Refused as refused:
            return self._refuse(refused.code)
        except CmeError as error:
            return self._cme(error.code)
        except BadArguments:
            return self._refuse(552) if command.tcpip else self._cme(CME_BAD_PARAMETERS)
        asked = command.name == "+QIGETERROR"
        if command.tcpip and not asked and self._runtime.profile.good_clears_error:
            self._settings.last_error = 0
        return reply

    def _refuse(self, code: int) -> Reply:
        """A chapter 2 command's ERROR, whose reason QIGETERROR tells."""
        self._settings.last_error = code
        self._runtime.count("errors")
        tells = self._runtime.profile.tcpip_cme
        return Reply(final=f"+CME ERROR: {code}" if tells else "ERROR")

    def _cme(self, code: int) -> Reply:
        self._runtime.count("errors")
        return Reply(final=f"+CME ERROR: {code}" if self._settings.cmee else "ERROR")


def parsed(text: str) -> tuple[str, str, str]:
    """`AT+X=1` to name, form (`=?`, `=`, `?` or "") and what stands behind it."""
    name, equals, rest = text[2:].partition("=")
    if equals:
        return name.strip().upper(), "=?" if rest.strip() == "?" else "=", rest
    if name.endswith("?"):
        return name[:-1].strip().upper(), "?", ""
    return name.strip().upper(), "", ""
