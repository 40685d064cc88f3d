"""What goes wrong: the one exception, its error numbers, and checks of arguments before a byte is
sent (manual chapter 3)."""

import errno

# Numbers come from the running firmware: ESP32 has newlib's, others Linux's. These two are
# missing from MicroPython's errno module, as is EMFILE (see connection.py).
EBUSY = 16
EMSGSIZE = 122 if errno.ETIMEDOUT == 116 else 90

# Manual table 1: the codes that mean something more precise than EIO.
_ERRNO = {
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
    `command` what was asked. It takes what Channel.done() is told as well.
    """

    def __init__(self, code: "int | None", command: str, number: int = 0):
        number = number or _ERRNO.get(code, errno.EIO)  # type: ignore[arg-type]
        if (code or 0) <= 0:
            code = None
        super().__init__(number, "%s: error %s" % (command, code))
        self.code = code
        self.command = command


def check_host(host, what: str = "host") -> bytes:
    """A host, APN or server name as bytes: 1-255 characters of 0x21-0x7E without a quote, since
    no escape exists for it between the quotes of a command."""
    if not isinstance(host, (str, bytes)):
        raise TypeError(what + ": str expected")
    name = host.encode() if isinstance(host, str) else host
    if not 0 < len(name) < 256 or min(name) < 0x21 or max(name) > 0x7E or b'"' in name:
        raise ValueError(what + ": 1-255 characters of 0x21-0x7E without a quote")
    return name


def check_int(value, low: int, high: int, name: str) -> int:
    """`value`, an int (or bool) from `low` to `high`."""
    if not isinstance(value, (int, bool)):
        raise TypeError(name + ": int expected")
    if not low <= value <= high:
        raise ValueError("%s: %d-%d" % (name, low, high))
    return value


def check_address(address, low: int = 1):
    """(host, port) as (bytes, int); with `low` 0 it may be ("", 0): any."""
    if not isinstance(address, tuple) or len(address) < 2:
        raise TypeError("address: (host, port)")
    host = b"" if not low and address[0] == "" else check_host(address[0])
    return host, check_int(address[1], low, 65535, "port")


def octets(data):
    """What is to be sent, in an object whose length is its bytes: str as UTF-8."""
    # Not a tuple of types, here and below: that would be an allocation.
    if isinstance(data, bytes) or isinstance(data, bytearray) or isinstance(data, memoryview):
        return data
    return data.encode() if isinstance(data, str) else bytes(memoryview(data))


def check_writable(buf) -> None:
    """TypeError for a buffer that nothing can be received into."""
    if isinstance(buf, bytes) or isinstance(buf, str):
        raise TypeError("buffer: read only")


def check_datagram(n: int) -> None:
    """EINVAL for an empty datagram, EMSGSIZE for one over 512 bytes (manual 2.1.4)."""
    if not n:
        raise OSError(errno.EINVAL)
    if n > 512:
        raise OSError(EMSGSIZE)
