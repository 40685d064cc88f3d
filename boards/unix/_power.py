"""Restarts of the virtual board, and what outlives them: machine.RTC.

BC25_POWER names the folder where tools.board keeps what has power for as long as the board has:
`rtc`, and in `order` why the interpreter ended: the reset cause and how many ms to stay asleep
(-1: for ever). Without it there is no board to restart: `reset` and `deepsleep` end the program.
"""

import hashlib
import json
import os
import time

import vfs
from micropython import const

PWRON_RESET = const(1)
HARD_RESET = const(2)
WDT_RESET = const(3)
DEEPSLEEP_RESET = const(4)
SOFT_RESET = const(5)

# Not the mounted file system: the virtual board has a root of its own.
_host = vfs.VfsPosix("/")


def reset():
    """Restart the board, and out of the raw REPL."""
    _end(HARD_RESET, 0)


def deepsleep(time_ms=-1):
    """Restart the board in so many ms; RTC().memory() is what the program finds then."""
    _end(DEEPSLEEP_RESET, time_ms)


def lightsleep(time_ms=None):
    """Wait so many ms, or for ever."""
    while time_ms is None:
        time.sleep_ms(1000)
    time.sleep_ms(time_ms)


def reset_cause():
    """Why the board started: PWRON_RESET, HARD_RESET, DEEPSLEEP_RESET or SOFT_RESET."""
    return int(os.getenv("BC25_RESET_CAUSE") or PWRON_RESET)


def unique_id():
    """Six bytes that another board does not have."""
    return hashlib.sha256((os.getenv("BC25_BOARD") or "").encode()).digest()[:6]


def _end(cause, sleep_ms):
    """End the interpreter at once: a board that loses power runs no `finally` either."""
    folder = os.getenv("BC25_POWER")
    if not folder:
        raise SystemExit
    with _host.open(folder + "/order", "w") as file:
        file.write("%d %d" % (cause, sleep_ms))
    os.system("kill -KILL $PPID")


class RTC:
    """The clock, and memory that lives through deep sleep; both start anew with the board."""

    _kept = {"offset_s": 0, "memory": ""}  # against this computer's clock; as hex

    def __init__(self):
        try:
            with _host.open(self._path(), "r") as file:
                self._kept.update(json.load(file))
        except OSError:
            pass

    def _path(self):
        return (os.getenv("BC25_POWER") or "/nowhere") + "/rtc"

    def _keep(self, name, value):
        self._kept[name] = value
        if os.getenv("BC25_POWER"):
            with _host.open(self._path(), "w") as file:
                json.dump(self._kept, file)

    def datetime(self, when=None):
        """Read or set: (year, month, day, weekday, hour, minute, second, subsecond)."""
        if when is not None:
            year, month, day, _, hour, minute, second, _ = when
            stamp = time.mktime((year, month, day, hour, minute, second, 0, 0))
            self._keep("offset_s", stamp - int(time.time()))
            return None
        now = time.localtime(int(time.time()) + self._kept["offset_s"])
        year, month, day, hour, minute, second, weekday = now[:7]
        return (year, month, day, weekday, hour, minute, second, 0)

    def memory(self, data=None):
        """Read or set up to 2048 bytes."""
        if data is None:
            return bytes.fromhex(self._kept["memory"])
        if len(data) > 2048:
            raise ValueError("buffer too long")
        self._keep("memory", bytes(data).hex())
        return None
