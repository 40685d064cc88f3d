"""`os` with the `uname` that boards have and the unix port has not."""

from uos import *  # noqa: F403


def uname():
    """As on a board, as far as programs look."""
    return ("bc25", "bc25", "1.0", "1.0", "simulated BC25")
