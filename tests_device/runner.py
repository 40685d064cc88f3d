"""Runs the tests of one script and prints a line for each: result, name, seconds, a note.

A test is a function that takes the network interface, raises when something is wrong, raises Skip
when the network cannot do it, and may return a note. A script ends with `run(test, ...)`.
"""

import gc
import sys
import time

from board import pins, uart

import settings


class Skip(Exception):
    """The network, or the desk, cannot do this; its text says why."""


def server():
    """The address of the test servers."""
    if not settings.SERVER:
        raise Skip("no server: SERVER in settings.py, or --server HOST")
    return settings.SERVER


def echo():
    """The echo server, as connect() wants it."""
    return (server(), settings.ECHO_PORT)


def order(nic, *words):
    """A connection to the order server that was told `words`."""
    from bc25 import BC25Error

    s = nic.socket()
    try:
        s.connect((server(), settings.ORDER_PORT))
    except BC25Error as error:
        s.close()
        raise Skip("no order server: %s" % error)
    s.settimeout(60)
    s.sendall((" ".join([settings.TOKEN] + [str(word) for word in words]) + "\n").encode())
    return s


def wait(nic, ready, seconds):
    """Poll until `ready()` or `seconds` have passed; whether it became so."""
    since = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), since) < seconds * 1000:
        nic.poll()
        if ready():
            return True
        time.sleep_ms(5)
    return False


def check(good, text):
    """Fail with `text` unless `good`."""
    if not good:
        raise AssertionError(text)


def run(*tests, online=True, **options):
    """Make the module ready, attached unless `online` is False, and run `tests`; `options` go to
    BC25(...)."""
    from bc25 import BC25

    nic = BC25(uart(), **pins(), **options)
    up = _one("start", lambda nic: _start(nic, online), nic, quiet=True)
    for test in tests if up else ():
        gc.collect()
        _one(test.__name__, test, nic)
    _one("stop", _stop, nic, quiet=True)


def _start(nic, online):
    nic.active(True)
    if online:
        nic.connect(settings.APN)


def _stop(nic):
    counters = nic.status("counters")
    nic.active(False)
    odd = [name for name in ("damaged", "overlong", "timeouts", "padded") if counters.get(name)]
    if odd:
        print("info", ", ".join(["%s %d" % (name, counters[name]) for name in odd]))


def _one(name, test, nic, quiet=False):
    since, trace = time.ticks_ms(), None
    try:
        result, note = "pass", test(nic)
    except Skip as reason:
        result, note = "skip", reason
    except Exception as error:
        result, note, trace = "fail", "%s: %s" % (type(error).__name__, error), error
    seconds = time.ticks_diff(time.ticks_ms(), since) / 1000
    if not quiet or result != "pass":
        print("%s %s %.2f s" % (result, name, seconds), note or "")
    if trace:
        sys.print_exception(trace)
    return result == "pass"
