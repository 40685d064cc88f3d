"""Time: stamps of ticks_ms(), which wraps after 12.4 days on a board."""

import time


def late(since, ms):
    """Have `ms` milliseconds passed since that stamp? One that seems to lie in the future is one
    that the clock has lapped, so it is long past. The time is read anew each time: a stamp of the
    last poll may be older than what it is compared with."""
    return not 0 <= time.ticks_diff(time.ticks_ms(), since) < ms
