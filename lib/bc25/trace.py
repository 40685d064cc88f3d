"""Listening in on the UART, for logs and recordings."""


class Tap:
    """A UART that calls `sink("rx" or "tx", bytes)` with all that passes through it."""

    def __init__(self, uart, sink):
        self._uart = uart
        self._sink = sink

    def readinto(self, buf, nbytes=None):
        n = self._uart.readinto(buf) if nbytes is None else self._uart.readinto(buf, nbytes)
        if n:
            self._sink("rx", bytes(memoryview(buf)[:n]))
        return n

    def write(self, buf, off=None, nbytes=None):
        if nbytes is None:
            off, nbytes = 0, off
        if nbytes is None:
            nbytes = len(buf)
        n = self._uart.write(buf, off, nbytes) if off else self._uart.write(buf, nbytes)
        if n:
            self._sink("tx", bytes(memoryview(buf)[off : off + n]))
        return n

    def __getattr__(self, name):
        return getattr(self._uart, name)  # any, flush, txdone, init, ...
