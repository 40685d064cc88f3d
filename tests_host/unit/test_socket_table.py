"""MicroPython's socket, call by call: what its ports do and what ours does.

A row is (call, unix, lwIP, esp32, ours), or (call, result) where all four agree. "lwIP" is what
STM32, RP2 and mimxrt have; `-` stands where a port has no such thing. A result is written as
Python shows it, an OSError by its name, any other exception by its type; "A or B" allows both. A
call may have steps before it: "this; that".
"""

import sys
from array import array

from desk import PEER, E, eq, settle, sid, tcp, up

NAMES = (
    "EBADF", "EAGAIN", "EINVAL", "EOPNOTSUPP", "EADDRINUSE", "ECONNRESET", "ENOBUFS", "ENOTCONN",
    "ETIMEDOUT", "ECONNREFUSED", "EALREADY", "EINPROGRESS", "EMSGSIZE", "EIO",
)  # fmt: skip
# What the `errno` of MicroPython lacks, on Linux and with newlib.
LACKED = {32: "EPIPE", 106: "EISCONN", 127: "EISCONN"}

# Streams, py/stream.c: all ports share it. The count and the offset are unsigned there, so that a
# negative one is more than there can be.
WRITES = (
    ("s.write(b'abc')", "3"),
    ("s.write('a\\xe4')", "3"),
    ("s.write(b'abc', 2)", "2"),
    ("s.write(b'abc', 99)", "3"),
    ("s.write(b'abc', -1)", "3"),
    ("s.write(b'abc', 1, 1)", "1"),
    ("s.write(b'abc', 1, 99)", "2"),
    ("s.write(b'abc', 1, -1)", "2"),
    ("s.write(b'abc', -1, 2)", "0"),
    ("s.write(b'abc', 3, 2)", "0"),
    ("s.write(b'abc', 9, 2)", "0"),
    ("s.write(b'abc', 0)", "0"),
    ("s.write(b'')", "0"),
    ("s.write(words)", "4"),
    ("s.write(memoryview(words), 3)", "3"),
    ("s.write(memoryview(words), 1, 2)", "2"),
    ("s.write(1)", "TypeError"),
    ("s.write(None)", "TypeError"),
    ("s.write(b'abc', None)", "TypeError"),
    ("s.write(b'abc', 1.5)", "TypeError"),
    ("s.send(b'abc')", "3"),
    ("s.send(b'abc', 0)", "3", "TypeError", "TypeError", "3"),
    ("s.send(memoryview(words))", "4"),
    ("s.send(1)", "TypeError"),
    ("s.sendall(b'abc')", "None"),
    ("s.sendall(words)", "None"),
    ("s.sendto(b'abc', PEER)", "3"),
)  # fmt: skip
# What reached the module, where it is not the whole of what the row names.
SENT = {
    "s.write('a\\xe4')": b"a\xc3\xa4",
    "s.write(b'abc', 2)": b"ab",
    "s.write(b'abc', 1, 1)": b"b",
    "s.write(b'abc', 1, 99)": b"bc",
    "s.write(b'abc', 1, -1)": b"bc",
    "s.write(memoryview(words), 3)": b"AAB",
    "s.write(memoryview(words), 1, 2)": b"AB",
}

READS = (
    ("came(b'abcdef'); s.read(4)", "b'abcd'"),
    ("came(b'ab', 400); came(b'cd', 800); s.read(4)", "b'abcd'"),
    ("s.read(0)", "b''"),
    ("came(b'abcdef'); s.recv(4)", "b'abcd'"),
    ("came(b'abc'); s.recv(0)", "b''"),
    ("came(b'abc'); s.recv(0); s.recv(9)", "b'abc'"),
    ("came(b'abc'); s.recv(9, 0)", "b'abc'"),
    ("came(b'abc'); s.recv(2, m.MSG_PEEK)", "b'ab'", "b'ab'", "b'ab'", "b'ab' or EOPNOTSUPP"),
    ("came(b'abc'); quiet(s.recv, 2, m.MSG_PEEK); s.recv(9)", "b'abc'"),
    ("s.recv(9, m.MSG_DONTWAIT)", "EAGAIN"),
    ("came(b'ab\\ncd\\n'); s.readline()", "b'ab\\n'"),
    ("came(b'ab\\ncd\\n'); s.readline(-1)", "b'ab\\n'"),
    ("came(b'ab\\ncd\\n'); s.readline(1)", "b'a'"),
    ("came(b'ab\\ncd\\n'); s.readline(9)", "b'ab\\n'"),
    ("s.readline(0)", "b''"),
    ("came(b'abcdef'); (s.readinto(buf), bytes(buf))", "(4, b'abcd')"),
    ("came(b'abcdef'); s.readinto(buf, 2)", "2"),
    ("came(b'abcdef'); s.readinto(buf, 9)", "4"),
    ("came(b'abcdef'); s.readinto(buf, -1)", "4"),
    ("s.readinto(buf, 0)", "0"),
    ("s.readinto(bytearray(0))", "0"),
    ("came(b'abcdef'); (s.readinto(words), bytes(words))", "(4, b'abcd')"),
    ("came(b'ab', 400); came(b'cd', 800); (s.readinto(words), bytes(words))", "(4, b'abcd')"),
    ("came(b'abcdef'); (s.readinto(words, 3), bytes(words))", "(3, b'abcB')"),
    ("came(b'abcdef'); (s.recv_into(words), bytes(words))", "-", "-", "-", "(4, b'abcd')"),
    ("s.readinto(b'abcd')", "TypeError"),
    ("s.readinto('abcd')", "TypeError"),
    ("s.readinto(buf, 1, 1)", "TypeError"),
    ("came(b'abc'); ended(); s.read(9)", "b'abc'"),
    ("came(b'abc'); ended(); s.read()", "b'abc'"),
    ("came(b'abc'); ended(); s.read(-1)", "b'abc'"),
    ("came(b'abc'); ended(); s.readline()", "b'abc'"),
    ("came(b'abc'); ended(); (s.readinto(buf), s.readinto(buf))", "(3, 0)"),
    ("ended(); (s.read(4), s.recv(4), s.readline(), s.read())", "(b'', b'', b'', b'')"),
)  # fmt: skip

# A timeout of 1 s. The ports lose what a read that timed out had taken; ours may give it to the
# next call, and must not give anything else.
LATE = (
    ("s.recv(4)", "EAGAIN", "ETIMEDOUT", "ETIMEDOUT", "ETIMEDOUT"),
    ("s.read(4)", "ETIMEDOUT"),
    ("s.read()", "ETIMEDOUT"),
    ("s.readline()", "ETIMEDOUT"),
    ("s.readinto(buf)", "ETIMEDOUT"),
    ("came(b'abc'); s.read(4)", "ETIMEDOUT"),
    ("came(b'abc'); s.read()", "ETIMEDOUT"),
    ("came(b'abc'); s.readline()", "ETIMEDOUT"),
    ("came(b'abc'); s.readinto(buf)", "ETIMEDOUT"),
    ("came(b'abc'); quiet(s.read, 4); s.recv(9)", "EAGAIN", "ETIMEDOUT", "ETIMEDOUT",
     "b'abc' or ETIMEDOUT"),
    ("came(b'abc'); quiet(s.readline); s.recv(9)", "EAGAIN", "ETIMEDOUT", "ETIMEDOUT",
     "b'abc' or ETIMEDOUT"),
    ("came(b'abc'); s.recv(9)", "b'abc'"),
    # Anew whenever bytes came.
    ("came(b'ab', 800); came(b'cd', 1600); s.read(4)", "b'abcd'"),
    ("came(b'ab', 800); came(b'\\n', 1600); s.readline()", "b'ab\\n'"),
    ("came(b'ab', 800); came(b'cd', 1600); s.readinto(buf)", "4"),
    ("came(b'ab', 800); ended(1600); s.read()", "b'ab'"),
)  # fmt: skip

NON_BLOCKING = (
    ("s.recv(4)", "EAGAIN"),
    ("s.read(4)", "None"),
    ("s.read()", "None"),
    ("s.read(0)", "b''"),
    ("s.readline()", "None"),
    ("s.readinto(buf)", "None"),
    ("came(b'abc'); s.read(4)", "b'abc'"),
    ("came(b'abc'); s.read()", "b'abc'"),
    ("came(b'abc'); s.readline()", "b'abc'"),
    ("came(b'abc'); s.readinto(buf)", "3"),
    # What is written while an earlier piece is on its way waits in the send buffer.
    ("(s.write(b'ab'), s.write(b'cd'), s.send(b'ef'))", "(2, 2, 2)"),
    ("s.write(b'ab'); s.ioctl(3, 4)", "4"),
    ("s.write(b'ab'); s.write(bytes(600)); s.write(bytes(600)); s.write(b'x')", "None"),
    ("s.write(b'ab'); s.write(bytes(600)); s.write(bytes(600)); s.send(b'x')", "EAGAIN"),
    ("s.write(b'ab'); s.write(bytes(600)); s.write(bytes(600)); s.ioctl(3, 4)", "0"),
)  # fmt: skip


def name_of(e) -> str:
    """An OSError's name, any other exception's type."""
    if not isinstance(e, OSError):
        return type(e).__name__
    number = e.args[0] if e.errno is None and e.args else e.errno
    for name in NAMES:
        if getattr(E, name, None) == number:
            return name
    return LACKED.get(number, f"errno {number}")


def quiet(function, *args) -> None:
    """Call it, whatever comes of it."""
    try:
        function(*args)
    except OSError:
        pass


def sub(base):
    class Mine(base):
        pass

    return Mine


def star():
    names = {}
    exec("from socket import *", names)
    return names


def names_for(nic, u) -> dict:
    """What a call of the tables may name: `s` is still to come."""

    def soon(action, after_ms):
        action(sid(u), after_ms)
        if not after_ms:
            settle(nic, u)

    def calls():
        u.m.incoming(5, sid(u))
        settle(nic, u)

    return {
        "nic": nic, "m": sys.modules["socket"], "sys": sys, "PEER": PEER,
        "star": star, "sub": sub, "quiet": quiet, "calls": calls,
        "came": lambda data, ms=0: soon(lambda i, after: u.m.recv(i, data, after), ms),
        "ended": lambda ms=0: soon(u.m.closed, ms),
        "buf": bytearray(4), "words": array("H", [0x4141, 0x4242]),
        "v6": b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01",
    }  # fmt: skip


def result(call: str, names: dict) -> str:
    """What the last step of a call gave."""
    try:
        for step in call.split("; "):
            value = eval(step, names)
        return repr(value)
    except Exception as e:
        return name_of(e)


def outcome(call: str, make) -> "tuple[str, list]":
    """What a call gave on a fresh socket of `make(nic, u)`, and what the module was given."""
    nic, u = up()
    before = {name: sys.modules.get(name) for name in ("socket", "usocket")}
    try:
        nic.install()
        names = names_for(nic, u)
        names["s"] = make(nic, u)
        got = result(call, names)
        settle(nic, u)
        return got, [piece for sock in u.m.sockets.values() for piece in sock.sent]
    finally:
        for name, module in before.items():
            if module:
                sys.modules[name] = module
            else:
                sys.modules.pop(name, None)


def check(rows, make) -> None:
    """Each row on a socket of its own; all that differ are told together."""
    wrong = []
    for call, *results in rows:
        got = outcome(call, make)[0]
        if got not in results[-1].split(" or "):
            wrong.append(f"{call}: {got}, wanted {results}")
    if wrong:
        raise AssertionError("\n".join(wrong))


def late(nic, u):
    return tcp(nic, u, timeout=1)


def non_blocking(nic, u):
    s = tcp(nic, u)
    s.setblocking(False)
    u.m.send_ms = 5000
    return s


def test_writing():
    check(WRITES, tcp)


def test_what_is_written_reaches_the_module():
    for call, wanted in SENT.items():
        eq((call, outcome(call, tcp)[1]), (call, [wanted]))


def test_reading():
    check(READS, tcp)


def test_reading_with_a_timeout():
    check(LATE, late)


def test_without_blocking():
    check(NON_BLOCKING, non_blocking)
