"""Runs in MicroPython: zero_heap.py LIB SHIMS does each case under heap_lock and prints a line.

The cases of tests_host/unit/test_heap.py prove the same of single steps; these go over the sizes.
"""

# mypy: ignore-errors

import gc
import json
import sys

sys.path[:0] = sys.argv[1:3]
from fakeclock import clock  # noqa: E402

sys.modules["time"] = clock  # before the driver is imported
from heaplock import bench, locked  # noqa: E402

_SIZES = (1, 2, 63, 64, 65, 511, 512, 513, 1500, 4096, 16384, 65536)


def _urc(line):
    def test():
        nic, u, switch = bench()
        tcp(nic)

        def work():
            for _ in range(200):
                nic.poll()
                clock.sleep_ms(1)

        locked(nic, u, switch, lambda: u.push(line), work)

    return test


def _stream(push):
    """readinto, recv_into and write of each size."""
    nic, u, switch = bench(push=push)
    u.m.ok_ms = u.m.send_ms = 1
    s = tcp(nic)
    step = 256 if push else 512
    for size in _SIZES if not push else _SIZES[:7]:
        buf, data = bytearray(size), bytes(size)

        def before(size=size):
            for at in range(0, size, step):
                u.m.recv(0, bytes(min(step, size - at)))

        locked(nic, u, switch, before, lambda buf=buf: s.readinto(buf), warm=1)
        locked(nic, u, switch, lambda: None, lambda data=data: s.write(data), warm=1)
    buf = bytearray(40)
    locked(nic, u, switch, lambda: u.m.recv(0, b"\r\nOK\r\n" * 5), lambda: s.recv_into(buf))


def test_TCP_in_buffer_mode_1_byte_to_64_KB():
    _stream(False)


def test_TCP_in_push_mode_1_to_512_bytes():
    _stream(True)


def _datagrams(push):
    nic, u, switch = bench(push=push)
    s = udp(nic)
    for size in (1, 2, 63, 64, 65, 511, 512):
        buf, data = bytearray(size), bytes(size)
        locked(nic, u, switch, lambda size=size: u.m.recv(0, bytes(size)),
               lambda buf=buf: s.recv_into(buf))
        locked(nic, u, switch, lambda data=data: u.m.recv(0, data),
               lambda buf=buf: s.readinto(buf))
        locked(nic, u, switch, lambda: None, lambda data=data: s.write(data))


def test_UDP_in_buffer_mode():
    _datagrams(False)


def test_UDP_in_push_mode():
    _datagrams(True)


def test_six_sockets_at_once():
    nic, u, switch = bench()
    socks = [tcp(nic, port) for port in range(1, 7)]
    bufs = [bytearray(700) for _ in socks]
    data = bytes(600)

    def before():
        for i in range(6):
            u.m.recv(i, bytes(700))

    def work():
        for i in range(6):
            socks[i].write(data)
            socks[i].readinto(bufs[i])

    locked(nic, u, switch, before, work)


test_poll_with_URC_recv = _urc(b'\r\n+QIURC: "recv",0\r\n')
test_poll_with_URC_closed = _urc(b'\r\n+QIURC: "closed",5\r\n')
test_poll_with_URC_incoming_full = _urc(b'\r\n+QIURC: "incoming full"\r\n')
test_poll_with_URC_buff_full = _urc(b'\r\n+QIURC: "recv",0,"buff full"\r\n')
test_poll_with_URC_CEREG = _urc(b"\r\n+CEREG: 5\r\n")
test_poll_with_lines_nobody_knows = _urc(b'\r\n+CSCON: 1\r\n\r\n+CTZEU: "+32",0\r\n')
test_poll_with_late_results = _urc(b"\r\nSEND OK\r\n\r\nCLOSE OK\r\n\r\nOK\r\n")


def tcp(nic, port=7):
    s = nic.socket()
    s.connect(("220.18.39.22", port))
    return s


def udp(nic):
    s = nic.socket(2, 2)
    s.connect(("220.18.39.22", 7))
    return s


def test_poll_idle():
    nic, u, switch = bench()
    tcp(nic)

    def work():
        for _ in range(50):
            nic.poll()

    locked(nic, u, switch, lambda: None, work)


def test_ioctl_poll_of_six_sockets():
    nic, u, switch = bench()
    socks = [tcp(nic, port) for port in range(1, 7)]

    def work():
        for s in socks:
            s.ioctl(3, 5)

    locked(nic, u, switch, lambda: None, work)


def main():
    for name in sorted(n for n in globals() if n.startswith("test_")):
        clock.reset(0)
        failed = ""
        try:
            globals()[name]()
        except (AssertionError, MemoryError) as e:
            failed = str(e) or repr(e)
        print(json.dumps([name[5:].replace("_", " "), failed]))


gc.threshold(200_000)  # this build does not always collect before it gives up
main()
