"""What somebody else left in the module's flash, and direct push mode."""

from desk import (
    NASTY,
    E,
    clock,
    eq,
    manual,
    model,
    number_of,
    raises,
    run,
    settle,
    sid,
    tcp,
    udp,
    until,
    up,
)

ALL_BYTES = bytes(range(256))


def with_format(view, show, hex_receive, **kwargs):
    nic, u = up(**kwargs)
    u.m.view, u.m.show, u.m.hex = view, show, hex_receive
    return nic, u


@manual("2.1.11", "2.1.5", "4.1.3")
def test_every_format_found_works_from_the_first_byte():
    for view in (0, 1):
        for show in (0, 1):
            for hex_receive in (0, 1):
                nic, u = with_format(view, show, hex_receive)
                s = tcp(nic, u)
                for data in (b"0123456789", b"\r\nOK\r\n", ALL_BYTES, b"7", b",2,\x00"):
                    u.m.recv(0, data)
                    eq(s.read(len(data)), data)
                u.m.recv(0, b"x" * 700)
                eq(s.read(700), b"x" * 700)
                eq((u.m.view, u.m.show, u.m.hex), (0, show, 0))
                s.close()
                settle(nic, u)


@manual("2.1.11", "2.1.5")
def test_every_format_found_works_for_datagrams():
    for view in (0, 1):
        for hex_receive in (0, 1):
            nic, u = with_format(view, 0, hex_receive)
            s = udp(nic, u)
            for data in (b"0123456789", b",2,\r\n", ALL_BYTES):
                u.m.recv(0, data)
                u.m.recv(0, b"second", 5)
                eq((s.recv(512), s.recv(512)), (data, b"second"))
            eq((u.m.view, u.m.show, u.m.hex), (0, 1, 0))


@manual("2.1.11")
def test_format_reports_and_receiving_writes_only_what_differs():
    for view in (0, 1):
        for hexa in (False, True):
            nic, u = with_format(view, 1, 1, hex=hexa)
            eq(nic.format(), (view, 1, 1))
            u.clear()
            s = tcp(nic, u)
            u.m.recv(0, b"\x00\xff")
            eq(s.recv(64), b"\x00\xff")
            written = [x for x in u.lines if x.startswith(b"AT+QICFG=") and x.count(b",")]
            wanted = [b'AT+QICFG="viewmode",0'] * view
            eq(written, wanted if hexa else wanted + [b'AT+QICFG="dataformat",0,0'])
            eq(nic.format(), (0, 1, int(hexa)))


@manual("2.1.11")
def test_format_changed_while_a_socket_is_open():
    nic, u = up()
    s = tcp(nic, u)
    for view, show, hex_receive in ((1, 0, 0), (1, 1, 0), (0, 1, 1), (0, 0, 0)):
        nic.at('AT+QICFG="viewmode",%d' % view)
        nic.at('AT+QICFG="showlength",%d' % show)
        nic.at('AT+QICFG="dataformat",0,%d' % hex_receive)
        u.m.recv(0, b"a,\r\nb")
        eq(s.recv(64), b"a,\r\nb")


@manual("2.1.11")
def test_a_set_that_answers_ok_alone():
    nic, u = up()
    u.m.view = 1
    u.on(b'AT+QICFG="viewmode",0', b"\r\nOK\r\n")
    u.at(300, lambda: setattr(u.m, "view", 0))
    s = tcp(nic, u)
    u.m.recv(0, b"data", 400)
    eq(s.recv(64), b"data")


@manual("2.1.5", "2.1.11")
def test_empty_reads_with_the_length_shown():
    for empty in (b"+QIRD: 0", b"+QIRD: 0,0", b"+QIRD:0"):
        nic, u = with_format(0, 1, 0)
        s = tcp(nic, u)
        u.on(b"AT+QIRD=0*", b"\r\n" + empty + b"\r\n\r\nOK\r\n")
        u.on(b"AT+QIRD=0*", b"\r\n+QIRD: 4,0\r\ntest\r\n\r\nOK\r\n")
        u.push(b'\r\n+QIURC: "recv",0,4\r\n')
        eq(s.recv(64), b"test")
        settle(nic, u)
        u.m.recv(0, b"more")
        eq(s.recv(64), b"more")


@manual("1.2", "2.1.1", "2.2.2", "4.2.1", "4.2.3")
def test_push_mode():
    nic, u = up(push=True)
    s = tcp(nic, u)
    eq((model(u).mode, u.m.show), (1, 1))
    for data in NASTY + (ALL_BYTES, b"x" * 512):
        u.m.recv(0, data)
        eq(s.read(len(data)), data)
    eq(u.sent(b"AT+QIRD"), 0)


@manual("4.2.3", "2.1.11")
def test_push_mode_in_every_format():
    for view in (0, 1):
        for hex_receive in (0, 1):
            nic, u = with_format(view, 0, hex_receive, push=True)
            s = tcp(nic, u)
            for data in (b"12345", b"\r\n", ALL_BYTES, b",,,"):
                u.m.recv(0, data)
                eq(s.read(len(data)), data)
            eq((u.m.view, u.m.show, u.m.hex), (0, 1, 0))


@manual("4.2.2")
def test_push_mode_sends_and_receives_at_once():
    nic, u = up(push=True)
    s = tcp(nic, u)
    u.m.recv(0, b"\r\nSEND OK\r\n", 10)
    u.m.recv(0, b"> ", 30)
    eq(s.send(b"\x00abc"), 4)
    eq(s.send(b"1234567890"), 10)
    eq(s.read(13), b"\r\nSEND OK\r\n> ")
    eq(model(u).sent, [b"\x00abc", b"1234567890"])


@manual("4.2.3")
def test_push_datagrams_keep_their_borders():
    nic, u = up(push=True)
    s = udp(nic, u)
    eq(model(u).mode, 1)
    for i in range(1, 5):
        u.m.recv(0, b"x" * i)
    eq([len(s.recv(64)) for _ in range(4)], [1, 2, 3, 4])


@manual("2.1.7", "2.2.2")
def test_access_mode_is_switched_in_mid_connection():
    nic, u = up()
    s = tcp(nic, u)
    eq(s.access_mode(), 0)
    u.m.recv(0, b"buffered")
    eq(s.recv(64), b"buffered")
    s.access_mode(1)
    eq((s.access_mode(), model(u).mode, u.m.show), (1, 1, 1))
    u.m.recv(0, b"pushed")
    eq(s.recv(64), b"pushed")
    s.access_mode(0)
    u.m.recv(0, b"buffered again")
    eq((s.recv(64), model(u).mode), (b"buffered again", 0))


@manual("2.1.7")
def test_switching_to_what_it_is_asks_nothing():
    nic, u = up()
    s = tcp(nic, u)
    s.access_mode(0)
    eq(u.m.swtmd, [])


@manual("1.2", "2.1.7")
def test_switching_with_data_still_buffered_loses_none():
    nic, u = up()
    s = tcp(nic, u)
    u.m.recv(0, b"old")
    settle(nic, u)
    s.access_mode(1)
    u.m.recv(0, b"new")
    eq(s.read(6), b"oldnew")


def test_push_mode_overflow_is_enobufs_at_that_point_and_counted():
    nic, u = up(push=True, piece=0)
    s = tcp(nic, u)
    s.settimeout(5)
    before = sum(nic.status("counters").values())
    for i in range(40):
        u.m.recv(0, bytes((i,)) * 512)
    settle(nic, u)
    got, error = b"", None
    while error is None:
        try:
            got += s.recv(512)
        except OSError as e:
            error = e
    eq(number_of(error), E.ENOBUFS)
    assert got and len(got) < 40 * 512
    eq(got, b"".join(bytes((i,)) * 512 for i in range(40))[: len(got)])
    assert sum(nic.status("counters").values()) > before
    eq(nic.at("AT"), [])


@manual("2.2.1")
def test_push_mode_closed_after_data():
    nic, u = up(push=True)
    s = tcp(nic, u)
    u.m.recv(0, b"last words")
    u.m.closed(0, 5)
    eq((s.recv(64), s.recv(64)), (b"last words", b""))
    settle(nic, u)
    eq(u.m.sockets, {})


def test_push_mode_lost_byte_is_eio():
    nic, u = up(push=True)
    s, other = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
    u.push(b'\r\n+QIURC: "recv",0,10\r\n123456789\r\n')
    start = clock.ms()
    raises(OSError, E.EIO, s.recv, 64)
    assert clock.ms() - start < 15_000
    u.m.recv(1, b"fine")
    eq(other.recv(64), b"fine")


@manual("2.2.2", "2.1.11")
def test_pushed_data_without_a_length_are_eio():
    """The module forgot that it was to show lengths: nobody knows where the data end."""
    for data in (b"how many bytes?", b'+QIURC: "what",1\r\n'):  # or a line of its own
        nic, u = up(push=True)
        s, other = tcp(nic, u, ("220.18.39.22", 1)), tcp(nic, u, ("220.18.39.22", 2))
        u.m.show = 0
        u.m.recv(0, data)
        raises(OSError, E.EIO, s.recv, 64)
        settle(nic, u)
        u.m.recv(1, b"counted again")
        eq((other.recv(64), u.m.show), (b"counted again", 1))


def restart_in_push_mode(u, s):
    """Restart in the middle of pushed data: the boot's lines are as long as what they lack."""
    boot = b"\r\nRDY\r\n\r\n+CFUN: 1\r\n"
    u.push(b'\r\n+QIURC: "recv",0,%d\r\n12345' % (5 + len(boot) - 2))
    u.at(500, lambda: u.m.boot(9000))
    u.push(boot, 500)


def test_a_restart_whose_lines_fill_up_pushed_data_exactly():
    nic, u = up(push=True)
    s = tcp(nic, u)
    restart_in_push_mode(u, s)
    raises(OSError, None, s.recv, 64)
    u.m.boot()
    settle(nic, u, 3000)
    eq(tcp(nic, u).send(b"new"), 3)


@manual("2.2.2")
def test_pushed_data_that_paused_count_once_the_connection_is_known_to_be_there():
    nic, u = up(push=True)
    for more in (b"", b'\r\n+QIURC: "recv",0,5\r\n67890\r\n', b'\r\n+QIURC: "closed",0\r\n'):
        s = tcp(nic, u)
        size = u.sent(b"AT+QISTATE")
        u.push(b'\r\n+QIURC: "recv",0,5\r\n123')
        u.push(b"45\r\n" + more, 500)
        want = b"1234567890" if b"6" in more else b"12345"
        eq((s.read(len(want)), u.sent(b"AT+QISTATE") - size), (want, 1))
        s.close()
        settle(nic, u)
        u.m.sockets.clear()


def paused_and_too_long(nic, u):
    """Of 500 bytes that paused 272 find room behind what is unread."""
    s = tcp(nic, u)
    for _ in range(2):
        u.m.recv(0, b"r" * 384)
    settle(nic, u)
    u.push(b'\r\n+QIURC: "recv",0,500\r\n' + b"p" * 100)
    u.push(b"p" * 400 + b"\r\n", 500)
    return s


@manual("2.2.2")
def test_pushed_data_that_paused_and_found_no_room():
    for wait_ms, ok_ms in ((2000, 20), (0, 200)):
        nic, u = up(push=True)
        s = paused_and_too_long(nic, u)
        u.m.ok_ms = ok_ms
        until(nic, lambda s=s: s._input.inbox.came > s._input.inbox.unconfirmed)
        run(nic, wait_ms)
        s.settimeout(5)
        buf = bytearray(1100)
        eq((s.readinto(buf), bytes(buf[:1040])), (1040, b"r" * 768 + b"p" * 272))
        raises(OSError, E.ENOBUFS, s.recv, 64)
        u.m.recv(0, b"later")
        eq(s.recv(64), b"later")


@manual("2.2.2")
def test_a_pushed_datagram_that_paused():
    nic, u = up(push=True)
    s = udp(nic, u)
    u.push(b'\r\n+QIURC: "recv",0,5\r\n123')
    u.push(b'45\r\n\r\n+QIURC: "recv",0,3\r\nabc\r\n', 500)
    eq((s.recv(64), s.recv(64)), (b"12345", b"abc"))


@manual("4.2.3")
def test_a_push_for_a_socket_nobody_has_is_swallowed_whole():
    nic, u = up(push=True)
    s = tcp(nic, u)
    u.push(b'\r\n+QIURC: "recv",4,6\r\n\r\nOK\r\n\r\n')
    run(nic, 100)
    u.m.recv(sid(u), b"mine")
    eq(s.recv(64), b"mine")


@manual("2.1.11")
def test_no_memory_to_ask_for_the_data_format_is_an_error_of_the_socket():
    nic, u = up()
    s = tcp(nic, u)
    settle = nic.modem.core.format.settle

    def starved(lengths):
        raise MemoryError
        yield settle

    nic.modem.core.format.settle = starved
    nic.modem.core.format.forget()
    u.m.recv(0, b"data")
    raises(OSError, E.ENOMEM, s.recv, 64)


@manual("2.1.11")
def test_a_module_that_was_silent_is_asked_for_its_data_format_again():
    nic, u = up()
    silent = u.on(b"AT*", b"", times=-1)
    raises(OSError, E.ETIMEDOUT, udp, nic, u, ("220.18.39.22", 1), 100)
    run(nic, 100_000)
    silent.times = 0
    s = udp(nic, u, ("220.18.39.22", 1), 100)
    eq(s.send(b"x"), 1)


def test_data_that_come_while_the_mode_is_switched_keep_their_place_or_are_an_error():
    """What the module was told to push, and what it had buffered before, have no order."""
    for ms in range(0, 420, 19):
        clock.reset(0)
        nic, u = up()
        s = tcp(nic, u, timeout=5)
        data = b"".join([b"%02d," % i for i in range(60)])
        for i in range(60):
            u.m.recv(0, data[3 * i : 3 * i + 3], ms + 5 * i)
        got = b""
        try:
            s.access_mode(1)
        except OSError as e:
            assert number_of(e) == E.EIO, e
        try:
            while len(got) < len(data):
                got += s.recv(64)
        except OSError as e:
            assert number_of(e) == E.EIO, e
        assert data.startswith(got), (ms, got)


def test_what_is_buffered_is_read_before_the_mode_is_switched():
    nic, u = up()
    s = tcp(nic, u, timeout=5)
    model(u).rx.append(b"old")  # its URC was lost
    s.access_mode(1)
    u.m.recv(0, b"new")
    eq(s.read(6), b"oldnew")
    s = tcp(nic, u, timeout=5)
    u.m.recv(1, bytes(3000))
    settle(nic, u)
    raises(OSError, E.ENOBUFS, s.access_mode, 1)  # the program has to make room
    eq((s.access_mode(), len(s.read(3000))), (0, 3000))
    s.access_mode(1)
    eq((s.access_mode(), u.m.swtmd), (1, [(0, 1), (1, 1)]))
