"""The fakes mean the same on both interpreters (MicroPython has RingIO and BytesIO itself)."""

import errno
import io
import sys
import time

import mockuart
from fakeclock import Stuck, clock
from micropython import RingIO


def test_ring_takes_what_fits_and_no_more():
    ring = RingIO(4)
    assert ring.write(b"abcdef") == 4
    assert ring.write(b"x") == 0
    assert ring.any() == 4
    buf = bytearray(8)
    assert ring.readinto(buf, 3) == 3
    assert bytes(buf[:3]) == b"abc"
    assert ring.write(b"0123", 1, 2) == 2
    assert ring.write(b"0123", 2) == 1
    assert ring.read(2) == b"d1"
    assert ring.read() == b"20"
    assert ring.read() == b""
    assert ring.readinto(buf) == 0


def test_ring_reads_lines():
    ring = RingIO(16)
    ring.write(b"ab\ncd")
    assert ring.readline() == b"ab\n"
    assert ring.readline() == b"cd"


def test_bytesio_reserves_seeks_and_takes_offsets():
    b = io.BytesIO(32)
    assert b.getvalue() == b""
    assert b.write(b"0123456789", 2, 3) == 3
    assert b.write(b"xyz", 1) == 1
    assert b.tell() == 4
    b.seek(1)
    buf = bytearray(2)
    assert b.readinto(buf) == 2
    assert bytes(buf) == b"34"
    b.seek(0)
    b.write(b"A")
    assert b.getvalue() == b"A34x"


def test_iobase_has_no_finaliser():
    assert not hasattr(io.IOBase, "__del__")


def test_clock_moves_only_when_told():
    assert time is clock
    now = time.ticks_ms()
    assert time.ticks_ms() == now
    time.sleep_ms(5)
    assert time.ticks_diff(time.ticks_ms(), now) == 5
    end = time.ticks_add(now, 10_000)
    assert time.ticks_diff(end, now) == 10_000
    assert 0 <= end < 1 << 30
    time.sleep_ms(3000)
    assert time.ticks_diff(time.ticks_ms(), now) == 3005  # past the wrap, in that flavour


def test_errno_is_this_boards():
    esp32 = errno.ETIMEDOUT == 116
    assert (119 if esp32 else 115) == errno.EINPROGRESS
    assert not (esp32 and hasattr(errno, "EMFILE"))
    assert sys.modules["errno"] is errno


def test_uart_answers_in_pieces():
    u = mockuart.MockUART(mockuart.PIECE)
    rule = u.on(b"AT+X=*", b"\r\n> ", raw=3, then=b"\r\nOK\r\n")
    u.write(b"--AT+X=3\r\n", 2, 10)
    u.write(memoryview(b"a\rb"))
    got, sizes = b"", []
    buf = bytearray(64)
    while len(got) < 10:
        time.sleep_ms(1)
        if u.any():
            n = u.readinto(buf)
            sizes.append(n)
            got += bytes(buf[:n])
    assert got == b"\r\n> \r\nOK\r\n"
    assert rule.payload == b"a\rb" and u.lines == [b"AT+X=3"]
    assert not u.piece or max(sizes) <= u.piece


def test_uart_says_error_to_what_it_does_not_know_and_none_when_empty():
    u = mockuart.MockUART()
    assert u.any() == 0 and u.readinto(bytearray(4)) is None
    u.write(b"AT+NOPE\r")
    time.sleep_ms(30)
    assert u.any() == 9
    assert u.unknown == [b"AT+NOPE"]


def test_clock_and_polls_are_bounded():
    u = mockuart.MockUART()
    clock.max_polls = 10
    try:
        while True:
            u.any()
    except Stuck:
        return
