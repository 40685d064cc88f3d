"""on(): handlers run from poll(), between lines, and cannot hurt the engine."""

from desk import E, clock, eq, model, new, number_of, raises, run, settle, tcp, up


def test_handlers_are_set_and_removed():
    nic, u = up()
    seen = []
    nic.on("urc", seen.append)
    u.push(b"\r\n+A: 1\r\n")
    run(nic, 100)
    nic.on("urc", None)
    u.push(b"\r\n+B: 1\r\n")
    run(nic, 100)
    eq(seen, ["+A: 1"])


def test_a_handler_that_raises_does_not_break_the_engine():
    nic, u = up()
    s = tcp(nic, u)
    seen = []

    def bad(line):
        seen.append(line)
        raise RuntimeError("mine")

    nic.on("urc", bad)
    model(u).rx.append(b"data")
    u.push(b'\r\n+A: 1\r\n\r\n+B: 1\r\n\r\n+QIURC: "recv",0\r\n')
    for _ in range(100):
        try:
            nic.poll()
        except RuntimeError:
            pass
        clock.sleep_ms(1)
    eq(seen, ["+A: 1", "+B: 1"])
    eq(s.recv(64), b"data")


def test_a_handler_that_calls_a_blocking_method_gets_ebusy():
    nic, u = up()
    s = tcp(nic, u)
    s2 = nic.socket()
    got, sizes = [], []

    def calls(line):
        sizes.append(len(u.tx))
        for call, args in (
            (nic.at, ("AT",)), (s.send, (b"x",)), (s.recv, (1,)), (nic.ping, ("h",)),
            (s2.connect, (("h", 1),)), (nic.resolve, ("h",)), (nic.sockets, ()), (nic.sleep, ()),
            (nic.connect, ()), (nic.disconnect, ()), (nic.active, (False,)),
        ):  # fmt: skip
            try:
                call(*args)
                got.append(call)
            except OSError as e:
                got.append(number_of(e))
        sizes.append(len(u.tx))

    nic.on("urc", calls)
    u.push(b"\r\n+A: 1\r\n")
    run(nic, 200)
    eq((got, sizes[0]), ([16] * 11, sizes[1]))
    nic.on("urc", None)
    eq(s.send(b"fine"), 4)


def test_a_handler_may_use_a_non_blocking_socket():
    """Nothing is sent from inside a handler; what it queued goes out afterwards."""
    nic, u = up()
    s = tcp(nic, u)
    s.setblocking(False)
    sizes = []

    def answer(line):
        before = len(u.tx)
        s.send(b"answer")
        sizes.append(len(u.tx) - before)

    nic.on("urc", answer)
    u.push(b"\r\n+A: 1\r\n")
    settle(nic, u)
    eq((sizes, model(u).sent), ([0], [b"answer"]))


def test_a_nested_poll_returns_at_once():
    nic, u = up()
    seen = []

    def nested(line):
        before = len(u.tx)
        nic.poll()
        seen.append((line, len(u.tx) - before))

    nic.on("urc", nested)
    u.push(b"\r\n+A: 1\r\n\r\n+B: 2\r\n")
    run(nic, 100)
    eq(seen, [("+A: 1", 0), ("+B: 2", 0)])


def test_idle_is_called_while_a_call_waits():
    nic, u = up()
    s = tcp(nic, u)
    calls = []

    def idle():
        calls.append(clock.ms())
        clock.sleep_ms(5)

    nic.on("idle", idle)
    u.m.recv(0, b"x", 200)
    eq(s.recv(1), b"x")
    assert len(calls) > 10
    count = len(calls)
    run(nic, 100)
    eq(len(calls), count)


def test_without_idle_a_wait_sleeps_a_millisecond():
    nic, u = up()
    s = tcp(nic, u)
    slept = []
    sleep_us = clock.sleep_us

    def watch(us):
        slept.append(us)
        sleep_us(us)

    u.m.recv(0, b"x", 40)
    clock.sleep_us = watch
    try:
        s.recv(1)
    finally:
        clock.sleep_us = sleep_us
    assert slept and max(slept) <= 1000, slept


def test_idle_that_raises_ends_the_call_and_not_the_engine():
    nic, u = up()
    s = tcp(nic, u)

    def idle():
        raise KeyboardInterrupt

    nic.on("idle", idle)
    raises(KeyboardInterrupt, None, s.recv, 1)
    nic.on("idle", None)
    u.m.recv(0, b"x")
    eq(s.recv(1), b"x")


def test_handlers_of_one_nic_hear_nothing_of_another():
    nic1, u1 = up()
    nic2, u2 = up()
    seen = []
    nic1.on("urc", seen.append)
    u2.push(b"\r\n+A: 1\r\n")
    run(nic2, 100)
    run(nic1, 100)
    eq(seen, [])


def test_unknown_event():
    nic, _ = new()
    raises((ValueError, TypeError), None, nic.on, "nothing", None)


def test_removing_what_was_never_set():
    nic, _ = new()
    for event in ("sleep", "wake", "reset", "registration", "full", "urc", "idle"):
        nic.on(event, None)


def test_a_handler_that_removes_itself():
    nic, u = up()
    seen = []

    def once(line):
        seen.append(line)
        nic.on("urc", None)

    nic.on("urc", once)
    u.push(b"\r\n+A: 1\r\n\r\n+B: 2\r\n")
    run(nic, 100)
    eq(seen, ["+A: 1"])


def test_blocking_calls_after_a_handler_that_raised():
    nic, u = up()
    tcp(nic, u)

    def bad(line):
        raise ValueError

    nic.on("urc", bad)
    u.on(b"AT+CSQ", b"\r\n+A: 1\r\n\r\n+CSQ: 20,0\r\n\r\nOK\r\n")
    try:
        eq(nic.status("rssi"), -73)
    except ValueError:
        pass
    eq(nic.at("AT+CGSN=1"), ["+CGSN: 867723030000001"])
    assert E.EBUSY == 16
