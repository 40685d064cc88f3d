"""The module's UART as a pseudo-terminal."""

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

_RATES = {getattr(termios, f"B{rate}"): rate for rate in (
    4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)}
# What nobody reads: a real UART would lose it too.
_MOST_UNREAD = 1 << 20


class Pty:
    """A raw PTY; `path` is the host's end. `received` gets what the host writes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, received: Callable[[bytes], Any],
                 link: str | None = None) -> None:
        self._loop = loop
        self._received = received
        # The host's end stays open here too, or its closing would read as an error.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self.lost = 0
        self._unsent = bytearray()
        self._link = Path(link) if link else None
        if self._link is not None:
            self._make_link(self._link)
        loop.add_reader(self._master, self._readable)

    def _make_link(self, link: Path) -> None:
        if link.is_symlink():
            link.unlink()
        link.symlink_to(self.path)

    @property
    def rate(self) -> int:
        """The baud rate that the host has set; 0 for one that no module has."""
        return _RATES.get(termios.tcgetattr(self._slave)[4], 0)

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._master, 4096)
            if data:
                self._received(data)

    def write(self, data: bytes) -> None:
        """Hands bytes to the host."""
        room = _MOST_UNREAD - len(self._unsent)
        self.lost += max(0, len(data) - room)
        self._unsent += data[:room]
        self._flush()

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                del self._unsent[:os.write(self._master, self._unsent)]
        if self._unsent:
            self._loop.add_writer(self._master, self._flush)
        else:
            self._loop.remove_writer(self._master)

    def close(self) -> None:
        """Closes both ends and removes the link."""
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        os.close(self._master)
        os.close(self._slave)
        if self._link is not None and self._link.is_symlink():
            self._link.unlink()
