"""`machine` for QEMU's mps2-an385: what the port has, and a UART over CMSDK UART1.

The console is UART0. The registers stand in Arm's DAI 0385 (AN385), chapter 3: data, state with
bit 0 "transmit buffer full" and bit 1 "receive buffer full", control, interrupt, divider.
"""

import io
import time

from micropython import RingIO, const
from umachine import *  # noqa: F403
from umachine import mem32

_DATA = const(0x40005000)
_STATE = const(0x40005004)
_CTRL = const(0x40005008)
_DIVIDER = const(0x40005010)
_TX_FULL = const(1)
_RX_FULL = const(2)
_BOTH_ON = const(3)

_LOOKS = const(50)  # QEMU takes a moment to put the next byte into the register

_POLL = const(3)  # ioctl requests, as in py/stream.h
_FLUSH = const(1)
_READABLE = const(1)
_WRITABLE = const(4)


class UART(io.IOBase):
    """machine.UART, polled: a byte leaves the machine's one-byte register when a method is called.

    QEMU holds back what does not fit, so nothing is lost between calls. `any`, `readinto` and
    `write` allocate nothing.
    """

    def __init__(self, id, baudrate=9600, *, rxbuf=256, timeout=0):
        if id != 1:
            raise ValueError("UART(%d) doesn't exist" % id)
        self._byte = bytearray(1)
        self.init(baudrate, rxbuf=rxbuf, timeout=timeout)

    def init(self, baudrate=9600, *, rxbuf=256, timeout=0):
        """Switch both directions on; the emulated line has no rate."""
        self._rxbuf = rxbuf
        self._timeout = timeout
        self._rx = RingIO(rxbuf)
        mem32[_DIVIDER] = 16  # the least that the device takes
        mem32[_CTRL] = _BOTH_ON

    def deinit(self):
        """Switch it off."""
        mem32[_CTRL] = 0

    def any(self):
        """How many bytes can be read without waiting."""
        looks = 0
        while looks < _LOOKS and self._rx.any() < self._rxbuf:
            if mem32[_STATE] & _RX_FULL:
                self._byte[0] = mem32[_DATA]
                self._rx.write(self._byte)
                looks = 1
            elif looks:
                looks += 1
            else:
                break
        return self._rx.any()

    def readinto(self, buf, n=None):
        """Fill `buf`, or `n` bytes of it, with what there is; None when there is nothing."""
        self._wait()
        return (self._rx.readinto(buf) if n is None else self._rx.readinto(buf, n)) or None

    def read(self, n=-1):
        """Up to `n` bytes, all there are without `n`; None when there is nothing."""
        self._wait()
        return self._rx.read(n) or None

    def readline(self):
        """Up to a line end, or what there is of the line; None when there is nothing."""
        self._wait()
        return self._rx.readline() or None

    def _wait(self):
        since = time.ticks_ms()
        while not self.any() and time.ticks_diff(time.ticks_ms(), since) < self._timeout:
            pass

    def write(self, buf, off=None, n=None):
        """`write(buf)`, `write(buf, n)` or `write(buf, off, n)`; the number of bytes sent."""
        if n is None:
            n = len(buf) if off is None else off
            off = 0
        end = min(off + n, len(buf))
        at = off
        while at < end:
            while mem32[_STATE] & _TX_FULL:
                pass
            byte = buf[at]
            mem32[_DATA] = byte if isinstance(byte, int) else ord(byte)
            at += 1
        return max(0, end - off)

    def flush(self):
        """Wait until the last byte has left."""
        while mem32[_STATE] & _TX_FULL:
            pass

    def txdone(self):
        """Whether the last byte has left."""
        return not mem32[_STATE] & _TX_FULL

    def ioctl(self, request, arg):
        """The stream protocol: select's poll and flush."""
        if request == _POLL:
            ready = _READABLE if arg & _READABLE and self.any() else 0
            return ready | (arg & _WRITABLE)
        if request == _FLUSH:
            self.flush()
            return 0
        return -1
