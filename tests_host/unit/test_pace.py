"""Behaviour 13, and the clock (behaviour 14)."""

import mockuart
from bc25 import aio
from fakeasyncio import step

from desk import (
    PEER,
    POLLIN,
    POLLOUT,
    E,
    clock,
    eq,
    model,
    new,
    number_of,
    only,
    raises,
    settle,
    tcp,
    udp,
    up,
)

DAY = 24 * 3600 * 1000


def steps_of(u, work):
    """Bytes handed to the UART in each call of `work()` while it goes on."""
    sizes = []
    for _ in range(20_000):
        before = len(u.tx)
        more = work()
        if len(u.tx) > before:
            sizes.append(len(u.tx) - before)
        clock.sleep_ms(1)
        if more is False:
            break
    return sizes


def slow(**kwargs):
    """A NIC on a line of 9600 baud whose write() blocks to the last byte, as on STM32."""
    nic, u = up(cls=mockuart.MockUART, **kwargs)
    u.baud = 9600
    return nic, u


def test_a_poll_writes_at_most_32_bytes_where_write_blocks():
    nic, u = slow()
    s = tcp(nic, u)
    s.setblocking(False)
    assert s.send(b"\xff" * 400) > 64
    sizes = steps_of(u, lambda: nic.poll() or not u.idle() or len(model(u).sent) < 1)
    assert sizes and max(sizes) <= 32, sizes
    settle(nic, u)
    assert model(u).sent


def test_a_poll_writes_more_where_write_blocks_for_nothing():
    """32 bytes at first, then twice as many each time: an asyncio tick of 10 ms fills the line."""
    nic, u = up()
    s = tcp(nic, u)
    s.setblocking(False)
    for count in range(1, 4):
        s.send(b"\xff" * 400)
        sizes = steps_of(u, lambda n=count: nic.poll() or not u.idle() or len(model(u).sent) < n)
        settle(nic, u)
    assert max(sizes) >= 400, sizes
    eq(model(u).sent, [b"\xff" * 400] * 3)


def test_ioctl_and_non_blocking_calls_keep_to_it_too():
    nic, u = slow()
    s, other = tcp(nic, u), tcp(nic, u, ("220.18.39.22", 2))
    s.setblocking(False)
    other.setblocking(False)
    before = len(u.tx)
    s.send(b"\xff" * 400)
    assert len(u.tx) - before <= 32

    def work():
        try:
            other.recv(1)
        except OSError as e:
            eq(number_of(e), E.EAGAIN)
        return not model(u, 0).sent

    sizes = steps_of(u, work)
    assert max(sizes) <= 32, sizes
    settle(nic, u)
    s.send(b"\xff" * 400)
    sizes = steps_of(u, lambda: s.ioctl(3, POLLIN | POLLOUT) + 1 and len(model(u, 0).sent) < 2)
    assert max(sizes) <= 32, sizes


def test_an_answer_that_comes_before_the_line_feed():
    """CR ends a command: a module may answer before the LF, which is in the next piece."""
    nic, u = up()
    s = tcp(nic, u)
    s.setblocking(False)
    u.m.ok_ms = u.m.send_ms = 0
    for size in range(60, 100):
        before = len(model(u).sent)
        start = clock.ms()
        eq(s.send(b"x" * size), size)
        while len(model(u).sent) == before:
            s.ioctl(3, POLLOUT)
            clock.sleep_ms(1)
        assert clock.ms() - start < 1500, size


def test_coroutines_keep_to_it():
    nic, u = slow()
    u.on(
        b"AT+QIDNSGIP=*",
        b'\r\nOK\r\n\r\n+QIURC: "dnsgip",0,1,60\r\n\r\n+QIURC: "dnsgip","1.1.1.1"\r\n',
    )
    coro = aio.resolve(nic, "n" * 255)
    sizes = steps_of(u, lambda: step(coro))
    assert max(sizes) <= 32, sizes


def test_a_non_blocking_connect_keeps_to_it():
    nic, u = slow()
    s = nic.socket()
    s.setblocking(False)
    before = len(u.tx)
    raises(OSError, E.EINPROGRESS, s.connect, ("n" * 255, 8062))
    assert len(u.tx) - before <= 32
    sizes = steps_of(u, lambda: s.ioctl(3, POLLOUT) == 0)
    assert max(sizes) <= 32, sizes


@only("p0", "p1")
def test_a_uart_that_blocks_gets_a_pause_as_long_as_each_write():
    """No txdone(): as long again as that write took, and at least one poll."""
    nic, u = new(cls=mockuart.MockUART)
    nic.active(True)
    nic.connect("your.apn")
    s = tcp(nic, u)
    s.setblocking(False)
    u.baud = 9600
    settle(nic, u)
    u.clear()
    s.send(b"\xff" * 400)
    settle(nic, u)
    took = [len(data) * 10_000 // 9600 for _, data in u.writes]
    for (at, _), (after, data), ms in zip(u.writes, u.writes[1:], took[1:]):
        if len(data) == 32:
            assert after - at >= ms, u.writes  # `at` is the end of its write
    assert max(took) <= 34


class FullUART(mockuart.TxdoneUART):
    """One whose write() blocks once 64 bytes wait."""

    def write(self, buf, *args):
        n = super().write(buf, *args)
        if self._busy_until - clock.us > 64 * self.line_us:
            clock.advance(self._busy_until - clock.us - 64 * self.line_us)
        return n


def test_txdone_is_asked_where_write_blocked():
    nic, u = up(cls=FullUART)
    s = tcp(nic, u)
    s.setblocking(False)
    settle(nic, u)
    u.clear()
    s.send(b"\xff" * 400)
    settle(nic, u)
    assert len(u.writes) > 8
    eq(model(u).sent, [b"\xff" * 400])
    late = [after - at for (at, _), (after, _) in zip(u.writes, u.writes[1:]) if after - at > 40]
    assert len(late) >= 3, u.writes  # until what it holds is out


def test_blocking_calls_may_write_it_all():
    nic, u = up()
    s = tcp(nic, u)
    eq(s.send(b"\xff" * 400), 400)


@only("p0")
def test_a_clock_that_wraps_while_nothing_is_open():
    """A week of idling: no stored stamp may outlive half the period of ticks_ms."""
    clock.max_us = 20 * DAY * 1000
    nic, u = up()
    s, d = tcp(nic, u), udp(nic, u, ("220.18.39.22", 2))
    for days in (6, 1, 3, 12):
        for _ in range(days * 24):
            clock.advance(3600 * 1_000_000)
            nic.poll()
        clock.max_us += 20 * DAY * 1000
        u.m.recv(0, b"hello")
        u.m.recv(1, b"datagram")
        start = clock.ms()
        eq((s.send(b"x"), s.recv(5), d.recv(64), d.send(b"\x00")), (1, b"hello", b"datagram", 1))
        eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
        assert clock.ms() - start < 5000


@only("p0")
def test_a_week_of_silence_without_a_poll():
    clock.max_us = 60 * DAY * 1000
    nic, u = up()
    s = tcp(nic, u)
    for days in (6.3, 7, 12.4, 13):
        clock.advance(int(days * DAY) * 1000)
        start = clock.ms()
        eq(s.send(b"x"), 1)
        u.m.recv(0, b"y")
        eq(s.recv(1), b"y")
        t = tcp(nic, u, PEER)
        t.close()
        assert clock.ms() - start < 5000


@only("p0")
def test_no_answer_is_bounded_across_the_wrap():
    for lead in (1, 500, 5000, 29_000):
        nic, u = new()
        u.mute = True
        clock.start_us = ((1 << 30) - lead) * 1000 - clock.us
        start = clock.ms()
        raises(OSError, E.ETIMEDOUT, nic.active, True)
        assert 5000 < clock.ms() - start <= 31_000
