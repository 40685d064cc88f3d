"""Writing to a socket: filling its outbox and waiting for SEND OK as its mode says (manual 2.1.4).

`ms`: how long a call may wait, None: for ever, 0: not at all. A timeout counts from when bytes of
the call moved last.
"""

import errno
import time

from .connection import CLOSED, OPEN, OPENING, PERHAPS


def send(modem, conn, buf, off: int, end: int, ms, waits: bool, shortens: bool):
    """Put buf[off:end] into the outbox and, if it `waits`, wait for its SEND OK: how many bytes
    were taken, None if none could be without waiting. After a timeout, a call that `shortens`
    gives what was taken until then, if that is anything."""
    start = off
    since = time.ticks_ms() if ms == 0 else modem.enter()
    while True:
        conn.check_writable()
        # As on other ports a stream takes nothing before it is open; a datagram waits for that.
        n = 0 if conn.stream and conn.state == OPENING else conn.outbox.write(buf, off, end - off)
        if n:
            off += n
            modem.core.work = True
            since = time.ticks_ms()
        if off == end or ms == 0:
            break
        conn.outbox.awaited = True
        try:
            modem.wait(since, ms)
        except OSError:
            if off > start and shortens:
                return off - start
            raise
    if ms == 0:
        modem.turn(False)
        return off - start or None
    if waits:
        flush(modem, conn, ms, False)
    return end - start


def is_unsent(modem, conn) -> bool:
    """Is something not out yet that was written?"""
    if not conn or conn.error or not conn.outbox:
        return False
    return conn.outbox.any() > 0 or modem.core.piece.of(conn)


def flush(modem, conn, ms, raises: bool) -> None:
    """Wait for the SEND OK of the last piece. A timeout counts only if it `raises`."""
    since, left = modem.enter(), -1
    while is_unsent(modem, conn) and conn.state < CLOSED:
        conn.outbox.awaited = True
        if left != conn.outbox.any():
            left = conn.outbox.any()
            since = time.ticks_ms()
        try:
            modem.wait(since, ms)
        except OSError:
            if raises:
                raise
            return
    conn.check()


def drain(modem, conn, ms) -> None:
    """Wait until all is sent to a datagram socket's peer, and all that came from it is here: QIRD
    asks once, also when no URC came. OSError(ENOBUFS) where the program has to read first."""
    core = modem.core
    since = time.ticks_ms() if ms == 0 else modem.enter()
    if not conn.push:
        conn.data_ready = max(conn.data_ready, PERHAPS)
    core.work = True
    if ms == 0:
        modem.turn(False)
    while conn.state == OPEN and _is_busy(modem, conn):
        if conn.data_ready and not conn.inbox.has_room():
            raise OSError(errno.ENOBUFS)
        if ms == 0:
            raise OSError(errno.EAGAIN)
        modem.wait(since, ms)
        conn.check()
    conn.check()


def _is_busy(modem, conn) -> bool:
    core = modem.core
    if conn.data_ready or is_unsent(modem, conn):
        return True
    return core.exchange.owner is conn or core.reader.inside()
