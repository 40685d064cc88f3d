"""The access mode of a connection (QISWTMD, manual 2.1.7); loaded when first used."""

import errno

from .connection import OPEN, PERHAPS
from .errors import BC25Error
from .script import attempt


def mode_of(conn):
    """A script: the access mode as the module has it, the last number of its line (manual 2.1.3);
    -1 where it does not list it."""
    mode = -1
    for line in (yield from attempt("AT+QISTATE=1,%d" % conn.id)):
        mode = int(line[-1])
    return mode


def access_mode(core, conn, mode: int):
    """A script: switch a connection between buffer (0) and direct push mode (1)."""
    if conn.push == mode:
        return
    if mode:
        core.format.pushing = True
        yield from core.format.settle(True)
        yield from _read_out(conn)
    try:
        yield "AT+QISWTMD=%d,%d" % (conn.id, mode)
        conn.push = mode
    except BC25Error as e:
        if e.args[0] == errno.ETIMEDOUT:  # nobody knows
            conn.push = max((yield from mode_of(conn)), 0)
        raise
    if mode and conn.data_ready > PERHAPS:
        # It came between the last QIRD and the switch: the order of what follows is unknown.
        conn.spoil()
    elif not mode:
        conn.data_ready = max(conn.data_ready, PERHAPS)


def _read_out(conn):
    # What is buffered is read first, QIRD to the end; the program may have to make room.
    conn.data_ready = max(conn.data_ready, PERHAPS)
    while conn.data_ready and conn.state == OPEN:
        if not conn.inbox.has_room():
            raise OSError(errno.ENOBUFS)
        yield 20
