"""Pushed data that the program reads as it comes, and pushed data that it leaves lying."""

import time

import desk

nic = desk.attached(push=True)


def opened():
    s = nic.socket()
    s.connect(("127.0.0.1", desk.args["port"]))
    s.send(b"go")
    s.settimeout(10)
    return s


def read_on(s):
    """What comes up to the end, and the error if there was one."""
    data = b""
    try:
        while True:
            more = s.read(100)
            if not more:
                return data.hex(), None
            data += more
    except OSError as e:
        return data.hex(), e.errno


with opened() as s:
    desk.tell(at_once=read_on(s))
with opened() as s:
    start = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < 1500:
        nic.poll()
    desk.tell(left=read_on(s), counted=nic.status("counters")["pushed_out"])
