"""A unix-domain socket beside the PTY, since a PTY has no pins: one line in, one line out.

  wake | reset | power        the line was held long enough: PSM_EINT, RESET_N, PWRKEY
  pin wake|reset|power on|off the line is asserted or let go
  off | sleep                 no supply; deep sleep at once
  fault SPEC                  as --fault
  stats                       counters and state, as JSON
  quit                        ends the simulator

The answer is `ok`, the JSON, or `error: …`.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path

from .core import Module
from .power import HOLD


class Control:
    """Serves the control socket at `path`."""

    def __init__(self, module: Module, path: str, stop: Callable[[], object]) -> None:
        self._module = module
        self._path = Path(path)
        self._stop = stop
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens; a socket left over from an earlier run is replaced."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while line := await reader.readline():
                writer.write(self.command(line.decode(errors="replace")).encode() + b"\n")
                await writer.drain()
        writer.close()

    def command(self, line: str) -> str:
        """Does what one line asks."""
        try:
            return self._done(line.split(maxsplit=1)) or "ok"
        except ValueError as error:
            return f"error: {error}"

    def _done(self, words: list[str]) -> str | None:
        word, rest = (words + ["", ""])[:2]
        rest = rest.strip()
        module = self._module
        if word == "stats":
            return json.dumps(module.stats())
        if word == "fault":
            module.faults.add(rest)
        elif word == "pin":
            self._pin(rest.split())
        elif word in HOLD:
            module.power.pulse(word)
        elif word in ("off", "sleep"):
            {"off": module.power.off, "sleep": module.power.sleep}[word]()
        elif word == "quit":
            self._stop()
        else:
            raise ValueError(f"{word!r} is no word of this channel")
        return None

    def _pin(self, words: list[str]) -> None:
        if len(words) != 2 or words[0] not in HOLD or words[1] not in ("on", "off"):
            raise ValueError("pin wake|reset|power on|off wanted")
        self._module.power.pin(words[0], words[1] == "on")

    def close(self) -> None:
        """Stops serving."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)
