"""Runs on the emulated board: whether the driver works in a heap of `KB`, imported from `PATH`.

Both are set before. It prints a line a step, with what is free after it; the step that found no
memory is the last. The image in /rom holds the sources and the .mpy files.
"""

# mypy: ignore-errors
# ruff: noqa: F821

import gc
import io
import os
import sys


class Plain:
    """The .mpy files of /rom without its memory map: read into the heap, as from flash."""

    def mount(self, readonly, mkfs):
        pass

    def stat(self, path):
        return os.stat("/rom/mpy" + path)

    def open(self, path, mode):
        return PlainFile(open("/rom/mpy" + path, "rb"))


class PlainFile(io.IOBase):
    def __init__(self, file):
        self.file = file

    def readinto(self, buf):
        return self.file.readinto(buf)

    def ioctl(self, request, arg):
        return 0 if request == 4 else -1


def step(name, work):
    try:
        work()
    except MemoryError:
        print("step", name, -1)
        sys.exit()
    gc.collect()
    print("step", name, gc.mem_free())


def load():
    import bc25  # noqa: F401


def attach():
    global nic
    from bc25 import BC25
    from board import uart

    nic = BC25(uart())
    nic.active(True)
    nic.connect()


def tcp():
    with nic.socket() as s:
        s.connect(ECHO)
        s.sendall(b"hello over TCP\n")
        assert s.readline() == b"hello over TCP\n"


def udp():
    global s
    s = nic.socket(type=2)
    s.sendto(b"hello over UDP", ECHO)
    assert s.recvfrom(512)[0] == b"hello over UDP"


def rssi():
    assert nic.status("rssi") < 0


if PATH == "/plain":
    import vfs

    vfs.mount(Plain(), PATH)
if PATH:
    sys.path.insert(0, PATH)
gc.collect()
less = bytearray(gc.mem_free() + gc.mem_alloc() - KB * 1024)
for work in (load, attach, tcp, udp, rssi):
    step(work.__name__, work)
