"""machine.UART for the unix port: a UART over a pseudo-terminal."""

import io
import os
import termios
import time

import vfs
from _timer import held
from micropython import RingIO, const

_POLL = const(3)  # ioctl requests, as in py/stream.h
_FLUSH = const(1)
_READABLE = const(1)
_WRITABLE = const(4)
_VTIME = const(5)  # places in termios' c_cc
_VMIN = const(6)
_CHUNK = const(256)
_ROOMY = const(4096)
_BITS_US = const(10_000_000)  # ten bits a byte, in bits per µs of one baud

# Not the mounted file system: the virtual board has a root of its own.
_host = vfs.VfsPosix("/")

_COMMON = ("bits", "parity", "stop", "timeout", "timeout_char", "rxbuf", "flow")
_ESP32 = _COMMON + ("tx", "rx", "rts", "cts", "txbuf", "invert")


class UART(io.IOBase):
    """machine.UART over a PTY, in the manner of one of three ports (`mode`, BC25_UART_MODE).

    - "perfect" (the default): loses nothing, never blocks, takes any arguments.
    - "esp32": 256 bytes of receive buffer unless `rxbuf` says more (it must exceed 128); writes
      go through 256 bytes of `txbuf` that drain at the baud rate, and block only while it is full.
    - "stm32": 64 bytes of receive buffer, and again 64 after each `init()` that names no `rxbuf`;
      no `tx` and `rx`; a write blocks to its last byte at the baud rate.

    A PTY keeps what nobody reads, a UART does not. In the last two modes each call first takes in
    what the line can have brought since the call before, at ten bits a byte: what of that does
    not fit into the receive buffer is dropped, newest first, and counted in `overflows`. What is
    beyond that amount stays in the PTY: it has not arrived yet. (A line that was found empty
    earns nothing for its idle time. Let the simulated module keep the same baud rate, else all it
    wrote at once counts as having arrived during the pause; more than the 4 KB that a PTY holds
    is the module's to wait for.) Bytes written reach the PTY at once; only the time they take is
    modelled, so again the module's own pacing says when they arrive.

    `any`, `readinto`, `write`, `txdone` and `flush` allocate nothing.
    """

    def __init__(self, id, *args, mode=None, **settings):
        self._mode = mode or os.getenv("BC25_UART_MODE") or "perfect"
        if self._mode not in ("perfect", "esp32", "stm32"):
            raise ValueError("no UART mode " + self._mode)
        path = os.getenv("BC25_UART%d" % id)
        if not path:
            raise ValueError("UART(%d) doesn't exist: BC25_UART%d names no PTY" % (id, id))
        self._id = id
        self._path = path
        self._file = None
        self._baud = 115200
        self._rxbuf = self._txbuf = 256
        self._timeout = self._timeout_char = 0
        self._chunk = bytearray(_CHUNK)
        self.overflows = 0  # bytes that found no room
        self.init(*args, **settings)

    def __repr__(self):
        return "UART(%d, baudrate=%d, rxbuf=%d, mode=%s)" % (
            self._id, self._baud, self._rxbuf, self._mode)  # fmt: skip

    def init(self, baudrate=None, bits=8, parity=None, stop=1, **settings):
        """As machine.UART.init of the port that the mode names."""
        self._check(baudrate, settings)
        self._baud = baudrate or self._baud
        self._timeout = settings.get("timeout", self._timeout)
        self._timeout_char = settings.get("timeout_char", self._timeout_char)
        self._txbuf = 0 if self._mode == "stm32" else settings.get("txbuf", self._txbuf)
        if self._file is None:
            self._file = _open_raw(self._path)
            self._rx = None
        self._file_speed()
        self._size_buffer(settings.get("rxbuf"))
        self._seen = self._tx_end = time.ticks_us()

    def _check(self, baudrate, settings):
        if self._mode == "perfect":
            return
        if self._mode == "stm32" and baudrate is None:
            raise TypeError("'baudrate' argument required")
        for name in settings:
            if name not in (_ESP32 if self._mode == "esp32" else _COMMON):
                raise TypeError("extra keyword arguments given: " + name)
        if self._mode == "esp32" and settings.get("rxbuf", 256) <= 128:
            raise OSError(-1, "ESP_FAIL: rxbuf must exceed 128")

    def _size_buffer(self, rxbuf):
        """ESP32 keeps its buffer, and what is in it, unless the size changes; STM32 never."""
        if self._mode == "stm32":
            rxbuf = 64 if rxbuf is None else rxbuf
        elif self._mode == "esp32":
            rxbuf = rxbuf or self._rxbuf
        else:
            rxbuf = _ROOMY
        if self._rx is None or rxbuf != self._rxbuf or self._mode == "stm32":
            self._rx = RingIO(rxbuf)
        self._rxbuf = rxbuf

    def _file_speed(self):
        """Tell the PTY the rate, for a simulated module that looks."""
        speed = getattr(termios, "B%d" % self._baud, None)
        if speed is not None:
            attrs = termios.tcgetattr(self._file.fileno())
            attrs[4] = attrs[5] = speed
            termios.tcsetattr(self._file.fileno(), termios.TCSANOW, attrs)

    def deinit(self):
        """Close the PTY; `init` opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    # -- receiving

    def any(self):
        """How many bytes can be read without waiting."""
        self._take_in()
        return self._rx.any()

    def readinto(self, buf, n=None):
        """Fill `buf`, or `n` bytes of it, with what there is; None when there is nothing."""
        self._wait(len(buf) if n is None else n)
        return (self._rx.readinto(buf) if n is None else self._rx.readinto(buf, n)) or None

    def read(self, n=-1):
        """Up to `n` bytes, all there are without `n`; None when there is nothing."""
        self._wait(n)
        return self._rx.read(n) or None

    def readline(self):
        """Up to a line end, or what there is of the line; None when there is nothing."""
        self._take_in()
        return self._rx.readline() or None

    def _wait(self, n):
        """Take in until `n` bytes are there or the time-outs of `init` passed."""
        self._take_in()
        have = self._rx.any()
        limit = self._timeout_char if have else self._timeout
        since = time.ticks_ms()
        while limit and (n < 0 or have < n) and have < self._rxbuf:
            if time.ticks_diff(time.ticks_ms(), since) >= limit:
                return
            time.sleep_us(200)
            self._take_in()
            if self._rx.any() > have:
                have = self._rx.any()
                limit = self._timeout_char
                since = time.ticks_ms()

    def _take_in(self):
        """Move what has arrived into the receive buffer, in one step for a timer's callback."""
        held[0] = True
        try:
            self._arrive()
        finally:
            held[0] = False

    def _arrive(self):
        if self._mode == "perfect":
            self._take(self._rxbuf - self._rx.any())
            return
        now = time.ticks_us()
        due = time.ticks_diff(now, self._seen) * self._baud // _BITS_US
        if due and not self._take(due):
            self._seen = now
        elif due:
            self._seen = time.ticks_add(self._seen, due * _BITS_US // self._baud)

    def _take(self, limit):
        """Move up to `limit` bytes from the PTY; False when it ran empty before."""
        while limit > 0:
            got = self._fill(min(limit, _CHUNK))
            if not got:
                return False
            kept = min(got, self._rxbuf - self._rx.any())
            self._rx.write(self._chunk, kept)
            self.overflows += got - kept
            limit -= got
        return True

    def _fill(self, n):
        try:
            return self._file.readinto(self._chunk, n)
        except OSError:  # nobody holds the other end: a UART with nothing on its pins
            return 0

    # -- sending

    def write(self, buf, off=None, n=None):
        """`write(buf)`, `write(buf, n)` or `write(buf, off, n)`; the number of bytes taken."""
        if n is None:
            n = len(buf) if off is None else off
            off = 0
        n = min(n, len(buf) - off)
        if n <= 0:
            return 0
        try:
            self._file.write(buf, off, n)
        except OSError:  # nobody holds the other end
            pass
        if self._mode != "perfect":
            self._spend(n)
        return n

    def _spend(self, n):
        """Account for the time of `n` bytes and wait while more than `txbuf` are under way."""
        idle = max(0, time.ticks_diff(time.ticks_us(), self._tx_end))
        self._tx_end = time.ticks_add(self._tx_end, idle + n * _BITS_US // self._baud)
        self._sleep_until(self._txbuf * _BITS_US // self._baud)

    def _sleep_until(self, left_us):
        """Wait until the line is busy for at most `left_us` more."""
        wait = time.ticks_diff(self._tx_end, time.ticks_us()) - left_us
        if wait > 0:
            time.sleep_us(wait)

    def flush(self):
        """Wait until the last byte has left."""
        self._sleep_until(0)

    def txdone(self):
        """Whether the last byte has left."""
        return time.ticks_diff(self._tx_end, time.ticks_us()) <= 0

    def ioctl(self, request, arg):
        """The stream protocol: select's poll and flush."""
        if request == _POLL:
            ready = _READABLE if arg & _READABLE and self.any() else 0
            return ready | (arg & _WRITABLE)
        if request == _FLUSH:
            self.flush()
            return 0
        return -1


def _open_raw(path):
    """A file on the PTY whose reads return at once, also with nothing."""
    file = _host.open(path, "r+b")
    attrs = termios.tcgetattr(file.fileno())
    attrs[0] = attrs[1] = attrs[3] = 0  # input, output and local modes: all plain
    attrs[6][_VMIN] = attrs[6][_VTIME] = 0
    termios.tcsetattr(file.fileno(), termios.TCSANOW, attrs)
    return file
