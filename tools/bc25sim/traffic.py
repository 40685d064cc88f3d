"""What goes over the line, for a file and for eyes.

Directions are the module's: "rx" it received, "tx" it sent.
"""

import json
import sys
from collections.abc import Callable

_COLOURS = {"rx": "cyan", "tx": "green"}
_ARROWS = {"rx": ">", "tx": "<"}


class Trace:
    """One JSON line per UART write: seconds since the start, direction, bytes.

    Lines with "event" and "value" in the place of "dir" and "hex" tell what no byte shows: "power"
    (off, boot, ready, asleep, waking), "registration" (AT+CEREG's number), "fault" (its
    KIND[=VALUE]; mute=S: silent for S seconds).
    """

    def __init__(self, path: str, now: Callable[[], float]) -> None:
        self._file = open(path, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
        self._now = now
        self._start = now()

    def __call__(self, direction: str, data: bytes) -> None:
        self._write({"dir": direction, "hex": data.hex()})

    def event(self, what: str, value: str) -> None:
        """What no byte shows."""
        self._write({"event": what, "value": value})

    def _write(self, record: dict[str, str]) -> None:
        stamped = {"t": round(self._now() - self._start, 6), **record}
        self._file.write(json.dumps(stamped) + "\n")


class Show:
    """One readable line per UART write: `>` to the module, `<` from it."""

    def __init__(self, now: Callable[[], float], colour: bool) -> None:
        from rich.console import Console
        from rich.text import Text

        self._now = now
        self._start = now()
        self._text = Text
        self._console = Console(file=sys.stdout, force_terminal=colour, no_color=not colour,
                                highlight=False, soft_wrap=True)

    def __call__(self, direction: str, data: bytes) -> None:
        line = f"{self._now() - self._start:9.3f} {_ARROWS[direction]} {repr(data)[2:-1]}"
        self._console.print(self._text(line, _COLOURS[direction]))
