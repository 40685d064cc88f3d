"""bc25.aio and bc25.trace."""

import fakeasyncio
from bc25 import BC25Error, aio, trace
from fakeasyncio import CancelledError, step

from desk import PEER, E, clock, eq, manual, raises, run, settle, tcp, up

OK = b"\r\nOK\r\n"


def test_connect_and_at():
    nic, u = up()
    nic.disconnect()
    fakeasyncio.run(aio.connect(nic, "your.apn"))
    assert nic.isconnected()
    eq(fakeasyncio.run(aio.at(nic, "AT+CGSN=1")), ["+CGSN: 867723030000001"])


@manual("2.1.8", "2.1.9", "2.1.10")
def test_services():
    nic, u = up()
    urc = b'\r\n+QIURC: "dnsgip",'
    u.on(b"AT+QIDNSGIP=*", OK, urc + b"0,1,600\r\n", urc + b'"1.2.3.4"\r\n')
    eq(fakeasyncio.run(aio.resolve(nic, "tcpbin.com")), ["1.2.3.4"])
    u.on(b"AT+QPING=*", OK, b"\r\n+QPING: 2,1,1,0,5,5,5\r\n")
    eq(fakeasyncio.run(aio.ping(nic, "h", count=1)), (1, 1, 0, 5, 5, 5))
    u.on(b"AT+QNTP=*", OK, b'\r\n+QNTP: 0, "18/04/20,11:08:20+32"\r\n')
    eq(fakeasyncio.run(aio.ntp(nic, "h")), ((2018, 4, 20, 4, 11, 8, 20, 0), 32))


def test_errors():
    nic, u = up()
    u.on(b"AT+QIDNSGIP=*", OK, b'\r\n+QIURC: "dnsgip",565\r\n')
    eq(raises(BC25Error, E.ENOENT, fakeasyncio.run, aio.resolve(nic, "h")).code, 565)
    size = len(u.tx)
    raises(ValueError, None, lambda: fakeasyncio.run(aio.ping(nic, "a b")))
    eq(len(u.tx), size)
    u.on(b"AT+QPING=*", OK)
    raises(OSError, E.ETIMEDOUT, fakeasyncio.run, aio.ping(nic, "h", timeout_ms=2000))


def test_a_step_is_short():
    """The longest pause another task sees."""
    nic, u = up()
    u.on(b"AT+QPING=*", OK, b"\r\n+QPING: 2,1,1,0,5,5,5\r\n", gap_ms=3000)
    coro = aio.ping(nic, "h", count=1)
    longest = 0
    while True:
        start = clock.ms()
        try:
            ms = coro.send(None)
        except StopIteration as stop:
            eq(stop.value, (1, 1, 0, 5, 5, 5))
            break
        longest = max(longest, clock.ms() - start)
        clock.sleep_ms(ms or 0)
    assert longest <= 50, longest


def test_two_at_once():
    nic, u = up()
    urc = b'\r\n+QIURC: "dnsgip",'
    u.on(b"AT+QIDNSGIP=*", OK, urc + b"0,1,600\r\n" + urc + b'"1.2.3.4"\r\n', gap_ms=2000)
    results = []

    async def first():
        results.append(await aio.resolve(nic, "h"))

    async def second():
        results.append(await aio.at(nic, "AT+CGSN=1"))

    todo = [first(), second()]
    while todo:
        todo = [c for c in todo if step(c)]
    eq(sorted(results), [["+CGSN: 867723030000001"], ["1.2.3.4"]])


def test_two_of_a_kind_at_once():
    nic, u = up()
    urc = b'\r\n+QIURC: "dnsgip",'
    for ip in (b'"2.2.2.2"', b'"1.1.1.1"'):
        u.on(b"AT+QIDNSGIP=*", OK, urc + b"0,1,600\r\n" + urc + ip + b"\r\n", gap_ms=500)
    results = []

    async def ask(name):
        results.append(await aio.resolve(nic, name))

    todo = [ask("a"), ask("b")]
    while todo:
        todo = [c for c in todo if step(c)]
    eq(sorted(results), [["1.1.1.1"], ["2.2.2.2"]])


def test_cancellation_leaves_an_engine_that_works_on():
    nic, u = up()
    s = tcp(nic, u)
    for steps in range(0, 60, 3):
        u.on(b"AT+QPING=*", OK, b"\r\n+QPING: 2,1,1,0,5,5,5\r\n")
        coro = aio.ping(nic, "h", count=1)
        alive = all(step(coro) for _ in range(steps))
        if alive:
            try:
                coro.throw(CancelledError())
            except (CancelledError, StopIteration):
                pass
        settle(nic, u)
        u.rules.clear()
        eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    eq(s.send(b"x"), 1)


def test_tap():
    nic, u = up()
    seen = []
    tap = trace.Tap(u, lambda direction, data: seen.append((direction, bytes(data))))
    nic2 = type(nic)(tap)
    nic2.active(True)
    nic2.connect("your.apn")
    tcp(nic2, u, PEER).send(b"\x00hello")
    run(nic2, 100)
    tx = b"".join(d for way, d in seen if way == "tx")
    rx = b"".join(d for way, d in seen if way == "rx")
    eq(tx, bytes(u.tx))
    assert b"+QIOPEN: 0,0" in rx and b"SEND OK" in rx
    eq({way for way, _ in seen}, {"tx", "rx"})
    eq(tap.any(), u.any())


def test_tap_passes_short_writes_on():
    nic, u = up()
    seen = []
    tap = trace.Tap(u, lambda direction, data: seen.append(bytes(data)))
    u.max_write = 2
    eq((tap.write(b"AT\r\n"), tap.write(b"xAT\r\n", 3, 2)), (2, 2))
    u.refuse = 1
    eq(tap.write(b"AT"), None)
    eq(b"".join(seen), b"AT\r\n")


def test_a_wait_counts_from_its_call_and_not_from_the_last_poll():
    nic, u = up()
    urc = b'\r\n+QIURC: "dnsgip",'
    found = urc + b"0,1,60\r\n" + urc + b'"1.1.1.1"\r\n'
    u.on(b"AT+QIDNSGIP=*", OK, found, gap_ms=100, times=-1)
    u.on(b"AT+QPING=*", OK, b"\r\n+QPING: 2,1,1,0,5,5,5\r\n", times=-1)
    u.on(b"AT+QNTP=*", OK, b'\r\n+QNTP: 0, "18/04/20,11:08:20+32"\r\n', times=-1)
    for question in (
        lambda: aio.resolve(nic, "h", timeout_ms=800),
        lambda: aio.ping(nic, "h", count=1, timeout_ms=800),
        lambda: aio.ntp(nic, "h", timeout_ms=800),
        lambda: aio.at(nic, "AT+CSQ", timeout_ms=800),
    ):
        clock.sleep_ms(5000)  # nobody polls
        fakeasyncio.run(question())
        clock.sleep_ms(5000)
        coro = question()
        clock.sleep_ms(5000)
        fakeasyncio.run(coro)
