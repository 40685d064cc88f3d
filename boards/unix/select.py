"""The unix port's `select`, but that scheduled callbacks come in `poll`, as on a board.

The port waits in the operating system while all objects are files, and goes round every
millisecond when one is not.
"""

import io

from uselect import *  # noqa: F403
from uselect import poll as _poll


class _Nothing(io.IOBase):
    """Never ready, and no file."""

    def ioctl(self, request, arg):
        return 0 if request == 3 else -1


_nothing = _Nothing()


def poll():
    """A poll object."""
    made = _poll()
    made.register(_nothing, 0)
    return made
