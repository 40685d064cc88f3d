"""Checks of arguments: what is wrong is said before a byte is sent."""


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
    if not isinstance(value, (int, bool)):
        raise TypeError(name + ": int expected")
    if not low <= value <= high:
        raise ValueError("%s: %d-%d" % (name, low, high))
    return value


def check_address(address, low: int = 1):
    """(host, port) as (bytes, int); with `low` 0 it may be ("", 0): any."""
    if not isinstance(address, tuple) or len(address) < 2:
        raise TypeError("address: (host, port) expected")
    host = b"" if not low and address[0] == "" else check_host(address[0])
    return host, check_int(address[1], low, 65535, "port")


def octets(data):
    """What is to be sent, in an object whose length is its bytes: str as UTF-8."""
    if isinstance(data, bytes) or isinstance(data, bytearray) or isinstance(data, memoryview):
        return data
    return data.encode() if isinstance(data, str) else bytes(memoryview(data))


def check_writable(buf) -> None:
    # Not a tuple of types: that would be an allocation.
    if isinstance(buf, bytes) or isinstance(buf, str):
        raise TypeError("buffer: writable object expected")
