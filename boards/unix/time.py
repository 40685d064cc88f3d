"""The unix port's `time`, but for `sleep`, in which a scheduled callback comes as on a board."""

from utime import *  # noqa: F403
from utime import sleep_ms


def sleep(seconds):
    """Wait; callbacks and Ctrl-C come meanwhile."""
    sleep_ms(int(seconds * 1000))
