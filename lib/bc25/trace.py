"""Listening in on the UART, for logs and recordings."""


class Tap:
    """A UART that calls `sink("rx" or "tx", bytes)` with all that passes through it."""

    def __init__(self, uart, sink):
        self.uart = uart
        self.sink = sink

    def readinto(self, buf, *nbytes):
        """readinto(buf[, n])"""
        n = self.uart.readinto(buf, *nbytes)
        if n:
            self.sink("rx", bytes(memoryview(buf)[:n]))
        return n

    def write(self, buf, *part):
        """write(buf), write(buf, n) or write(buf, off, n)"""
        n = self.uart.write(buf, *part)
        if n:
            off = part[0] if len(part) > 1 else 0
            self.sink("tx", bytes(memoryview(buf)[off : off + n]))
        return n

    def __getattr__(self, name):
        return getattr(self.uart, name)  # any, flush, txdone, init, ...
