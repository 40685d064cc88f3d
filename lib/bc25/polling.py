"""What MicroPython's stream protocol POLL answers about a socket that is not closed."""

from micropython import const

from .connection import LISTENER, OPEN

_RD = const(1)
_WR = const(4)
_ERR = const(8)
_HUP = const(16)


def events(conn, inp, stream: bool, flags: int) -> int:
    """Which of the events in `flags` are there, and ERR and HUP if they are. It notes that the
    program waits."""
    if not conn:
        return flags & _WR | (_HUP if stream else 0)
    conn.touch()
    ready = 0
    if conn.clients or conn.service != LISTENER and inp.unread():
        ready = flags & _RD
    elif conn.error or inp.inbox.overrun:
        ready = flags & (_RD | _WR) | _ERR
    elif conn.at_end():
        ready = flags & (_RD | _WR) | _HUP
    elif flags & _RD:
        conn.awaited = True
        if not flags & _WR and conn.outbox:
            conn.outbox.awaited = True
    if conn.error:
        ready |= _ERR
    if flags & _WR and conn.outbox and conn.state == OPEN and conn.outbox.has_room():
        ready |= _WR
    return ready
