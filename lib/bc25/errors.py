"""What goes wrong: the one exception, its error numbers, and checks of arguments before a byte is
sent (manual chapter 3)."""

import errno
from io import BytesIO

# Numbers come from the running firmware: ESP32 has newlib's, others Linux's. These are missing
# from MicroPython's errno module.
_NEWLIB = errno.ETIMEDOUT == 116
EBUSY = 16
EMFILE = 24
EPIPE = 32
EMSGSIZE = 122 if _NEWLIB else 90
EISCONN = 127 if _NEWLIB else 106

_probe = BytesIO(1)

# Results of a command (see exchange.py), and of the codes of manual table 1 those that mean
# something more precise than EIO.
_ERRNO = {
    -3: errno.ECONNRESET,
    -2: errno.ETIMEDOUT,
    552: errno.EINVAL,
    553: errno.ENOMEM,
    555: errno.EOPNOTSUPP,
    561: errno.ENOTCONN,
    563: errno.EADDRINUSE,
    564: errno.EAGAIN,
    565: errno.ENOENT,
    566: errno.ECONNREFUSED,
    567: errno.ENOTCONN,
    568: errno.EAGAIN,
    569: errno.ETIMEDOUT,
    574: errno.EADDRINUSE,
}


class BC25Error(OSError):
    """What the module refused, or did not do in time.

    `errno` is a standard number, `code` the manual's 550-574 (table 1), a CME number or None,
    `command` what was asked. It takes the result of a command (see exchange.py) as a code, too.
    """

    def __init__(self, code, command, number=0):
        number = number or _ERRNO.get(code, errno.EIO)
        if (code or 0) <= 0:
            code = None
        super().__init__(number, "%s: error %s" % (command, code))
        self.code = code
        self.command = command

    def again(self):
        """An equal one to be raised: each raising of the same object would make it longer."""
        return BC25Error(self.code, self.command, self.args[0])


def check_host(host, what="host"):
    """A host, APN or server name as bytes: 1-255 characters of 0x21-0x7E without a quote, since
    no escape exists for it between the quotes of a command."""
    if not isinstance(host, (str, bytes)):
        raise TypeError(what + ": str expected")
    name = host.encode() if isinstance(host, str) else host
    if not 0 < len(name) < 256 or min(name) < 0x21 or max(name) > 0x7E or b'"' in name:
        raise ValueError(what + ": 1-255 characters of 0x21-0x7E without a quote")
    return name


def check_int(value, low, high, name):
    """`value`, an int (or bool) from `low` to `high`."""
    if not isinstance(value, (int, bool)):
        raise TypeError(name + ": int expected")
    if not low <= value <= high:
        raise ValueError("%s: %d-%d" % (name, low, high))
    return value


def check_address(address, low=1):
    """(host, port) as (bytes, int); with `low` 0 it may be ("", 0): any."""
    if not isinstance(address, tuple) or len(address) < 2:
        raise TypeError("address: (host, port)")
    host = b"" if not low and address[0] == "" else check_host(address[0])
    return host, check_int(address[1], low, 65535, "port")


def is_bytes(buf) -> bool:
    """Does the buffer count by bytes? One of larger items has bytes behind its length."""
    if isinstance(buf, bytes) or isinstance(buf, bytearray):  # a tuple would be an allocation
        return True
    if not isinstance(buf, memoryview):
        return False
    _probe.seek(0)
    return not _probe.write(buf, len(buf), 1)


def octets(data):
    """What is to be sent, in an object whose length is its bytes: str as UTF-8."""
    if is_bytes(data):
        return data
    return data.encode() if isinstance(data, str) else bytes(memoryview(data))


def check_writable(buf):
    """TypeError for a buffer that nothing can be received into."""
    if isinstance(buf, bytes) or isinstance(buf, str):
        raise TypeError("buffer: read only")


def check_datagram(n):
    """EINVAL for an empty datagram, EMSGSIZE for one over 512 bytes (manual 2.1.4)."""
    if not n:
        raise OSError(errno.EINVAL)
    if n > 512:
        raise OSError(EMSGSIZE)
