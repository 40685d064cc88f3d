"""What the driver costs in heap, and that nothing is allocated in the steady state."""

import gc

import micropython

gc.collect()
_BEFORE = gc.mem_alloc()

import bc25  # noqa: E402

gc.collect()
_IMPORTED = gc.mem_alloc() - _BEFORE

from runner import Skip, check, echo, run  # noqa: E402

_ROUNDS = 5


def imported(nic):
    return "%d bytes by importing the client" % _IMPORTED


def idle(nic):
    check(not _allocates(nic.poll, 50), "poll() allocates")


def tcp(nic):
    with nic.socket() as s:
        _steady(s)


def udp(nic):
    for _ in range(3):
        with nic.socket(type=bc25.SOCK_DGRAM) as s:
            try:
                return _steady(s)
            except OSError:  # the network lost one
                pass
    raise Skip("datagrams are lost")


def _steady(s):
    s.connect(echo())
    s.settimeout(20)
    data, buf = bytes(range(256)) * 2, bytearray(512)

    def work():
        s.write(data)
        s.readinto(buf)

    check(not _allocates(work, _ROUNDS), "a round trip of 512 bytes allocates")
    check(buf == data, "the data changed")


def _allocates(work, times):
    """Whether `work` needs heap after it ran twice."""
    work()
    work()
    gc.collect()
    micropython.heap_lock()
    try:
        for _ in range(times):
            work()
    except MemoryError:
        return True
    finally:
        micropython.heap_unlock()
    return False


run(imported, idle, tcp, udp)
