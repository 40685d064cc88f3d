"""The one exception of the driver and the error numbers it carries (manual chapter 3)."""

import errno

# Numbers come from the running firmware: ESP32 has newlib's, others Linux's. These three are
# missing from MicroPython's errno module.
EBUSY = 16
EMFILE = 24
EMSGSIZE = 122 if errno.ETIMEDOUT == 116 else 90

# Manual table 1: the codes that mean something more precise than EIO.
_ERRNO = {
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
    `command` what was asked.
    """

    def __init__(self, code: "int | None", command: str, number: int = 0):
        number = number or _ERRNO.get(code, errno.EIO)  # type: ignore[arg-type]
        super().__init__(number, "%s: error %s" % (command, code))
        self.code = code
        self.command = command
