"""One connection and the table of connectIDs, alone: no module, no modem. Its scripts are moved by
hand."""

from bc25.connection import (
    ASKED,
    CLOSED,
    CLOSING,
    LISTENER,
    NOTHING,
    OPEN,
    OPENING,
    PERHAPS,
    SERVICE,
    TCP,
    TOLD,
    UDP,
    UNKNOWN,
    Connection,
)
from bc25.errors import BC25Error
from bc25.exchange import ERROR, OK, RESTARTED, SILENT
from bc25.inbox import Inbox, Rings
from bc25.outbox import Outbox
from bc25.reader import LINE, NONE
from bc25.table import Table

from desk import E, clock, eq, number_of, raises
from wire import Wire


class Format:
    """A data format that is as it should be."""

    def settle(self, lengths):
        return
        yield


def connection(service=TCP, host=b"1.2.3.4", port=5, local=0):
    stream = service in (TCP, LISTENER)
    counters = {"pushed_out": 0, "truncated": 0, "damaged": 0}
    inbox, outbox = Inbox(stream, Rings(), counters), Outbox(stream, Rings())
    conn = Connection(service, host, port, local, 0, 0, inbox, outbox)
    conn.peer = (host.decode(), port)
    return conn


def opened(i=0, service=TCP, table=None):
    conn = connection(service)
    conn.id = conn.read_id = i
    conn.state, conn.open_result = OPEN, OK
    if table:
        table.put(i, conn)
        table.add(conn)
    return conn


def over(gen, value=None):
    """The script goes on and is over."""
    try:
        got = gen.send(value)
    except StopIteration as e:
        return e.value
    raise AssertionError("it wants %r" % (got,))


# The table


def test_ids_are_given_and_taken():
    table = Table()
    for i in range(6):
        eq(over(table.free_id(0)), i)
        opened(i, table=table)
    eq((table.live(), table.get(-1), table.get(6)), (6, None, None))
    eq(number_of(raises(OSError, None, next, table.free_id(0))), E.EMFILE)
    third = table.get(3)
    table.put(5, third)  # a Ctrl-C left it an id that it does not know
    table.remove(third)
    eq(table.get(5), None)
    eq((over(table.free_id(0)), table.get(3), table.live(), table.closes), (3, None, 5, 1))
    table.remove(third)
    eq(table.closes, 2)


def test_an_id_that_gets_free_is_waited_for():
    table = Table()
    conns = [opened(i, table=table) for i in range(6)]
    conns[4].end()
    gen = table.free_id(0)
    eq((next(gen), next(gen)), (20, 20))
    table.remove(conns[4])
    eq(over(gen), 4)
    table = Table()
    conns = [opened(i, table=table) for i in range(6)]
    conns[2].held = False
    eq(next(table.free_id(0)), 20)


def test_an_id_of_an_earlier_run_is_the_last_resort():
    table = Table()
    table.orphans = {0: None, 2: None}
    eq(over(table.free_id(0)), 1)
    for i in (1, 3, 4, 5):
        opened(i, table=table)
    eq(over(table.free_id(0)), 0)
    table.leave(0)
    eq((table.get(0).state, table.get(0).held, list(table.orphans)), (CLOSING, False, [2]))


def test_ids_that_the_module_says_are_taken_are_not_tried_again():
    table = Table()
    eq(over(table.free_id(0b11)), 2)
    eq(raises(BC25Error, E.EMFILE, next, table.free_id(0b111111)).code, 563)


def test_a_local_port_is_taken_by_one_of_its_kind():
    table = Table()
    conn = opened(0, table=table)
    conn.local = 2020
    eq((table.port_taken(2020, True), table.port_taken(2020, False)), (True, False))
    eq((table.port_taken(0, True), table.port_taken(2021, True)), (False, False))
    asking = connection(local=2020)
    eq((table.port_closing(asking), table.port_closing(conn)), (True, False))
    conn.end()
    eq((table.port_taken(2020, True), table.port_closing(asking)), (False, True))
    conn.state, conn.parent = OPEN, connection(LISTENER)  # it came in to a listener
    eq((table.port_taken(2020, True), table.port_closing(asking)), (False, False))


def test_what_the_program_lost_hold_of_is_given_back():
    table = Table()
    kept, dropped, nobody = [opened(i, table=table) for i in range(3)]
    for conn in (kept, dropped):
        conn.touch()
    kept.socket, dropped.socket = lambda: kept, lambda: None
    waiting = connection()
    waiting.socket = lambda: waiting
    table.add(waiting)
    eq((table.reclaim(), dropped.state, dropped.held), (True, CLOSING, False))
    eq((table.reclaim(), kept.held, nobody.held, waiting.held), (False, True, True, True))
    clock.advance(900_000)
    waiting.touch()
    clock.advance(900_000)
    eq(table.reclaim(), False)
    clock.advance(200_000)
    eq((table.reclaim(), kept.held, waiting.held), (True, True, False))


# Opening


def test_an_open():
    for host, ms in ((b"1.2.3.4", 36_000), (b"2001:db8::1", 36_000), (b"example.com", 176_000)):
        table, conn = Table(), connection(host=host)
        gen = conn.opening(table, 1, Format())
        eq(next(gen), 'AT+QIOPEN=1,0,"TCP","%s",5,0,0' % host.decode())
        eq((conn.known(), table.get(0) is conn), (False, True))
        clock.advance(1_000_000)
        eq((gen.send([]), conn.state), (ms - 1000, OPENING))
        conn.opened(0)
        over(gen)
        eq((conn.state, conn.known(), conn.error), (OPEN, True, None))


def test_an_open_whose_result_comes_before_its_ok():
    conn = connection()
    gen = conn.opening(Table(), 1, Format())
    next(gen)
    conn.opened(0)
    over(gen, [])
    eq(conn.state, OPEN)


def test_an_open_that_fails():
    for code, number in ((566, E.ECONNREFUSED), (565, E.ENOENT), (561, E.ENOTCONN)):
        conn = connection()
        gen = conn.opening(Table(), 1, Format())
        next(gen)
        gen.send([])
        conn.opened(code)
        over(gen)
        eq((conn.state, conn.error.code), (CLOSING, code))
        raises(BC25Error, number, conn.check)
        raises(BC25Error, number, conn.check)
    conn = connection()
    gen = conn.opening(Table(), 1, Format())
    next(gen)
    gen.send([])
    over(gen)  # its time is over
    raises(BC25Error, E.ETIMEDOUT, conn.check)


def test_an_open_that_was_given_up_is_closed_once_it_is_there():
    conn = connection()
    gen = conn.opening(Table(), 1, Format())
    next(gen)
    gen.send([])
    conn.held = False
    conn.end()
    eq(conn.state, OPENING)
    conn.opened(0)
    over(gen)
    eq((conn.state, conn.id), (CLOSING, 0))


def test_an_id_that_is_taken_has_the_next_one_tried():
    table, conn = Table(), connection()
    gen = conn.opening(table, 1, Format())
    next(gen)
    eq(gen.throw(BC25Error(563, "AT+QIOPEN")), 'AT+QIOPEN=1,1,"TCP","1.2.3.4",5,0,0')
    eq((table.get(0), table.get(1) is conn, conn.id), (None, True, 1))
    gen.send([])
    conn.opened(563)
    eq(gen.send(None), 'AT+QIOPEN=1,2,"TCP","1.2.3.4",5,0,0')
    conn.opened(0)
    over(gen, [])
    eq((conn.id, conn.state), (2, OPEN))


def test_a_udp_service_that_the_module_refuses():
    conn = connection(SERVICE)
    gen = conn.opening(Table(), 1, Format())
    next(gen)
    over_with(gen, BC25Error(552, "AT+QIOPEN"))
    raises(BC25Error, E.EOPNOTSUPP, conn.check)


def over_with(gen, error) -> None:
    try:
        gen.throw(error)
    except StopIteration:
        return
    raise AssertionError("it is not over")


def test_a_peer_that_lost_a_digit_is_eio():
    for line, good in (('+QISTATE: 0,"UDP","1.2.3.4",5,1,2,1,0', True),
                       ('+QISTATE: 0,"UDP","1.2.3",5,1,2,1,0', False),
                       ('+QISTATE: 0,"UDP","1.2.3.4",50,1,2,1,0', False)):  # fmt: skip
        conn = connection(UDP)
        gen = conn.opening(Table(), 1, Format())
        next(gen)
        conn.opened(0)
        eq(gen.send([])[0], "AT+QISTATE=1,0")
        over(gen, [line])
        eq((line, conn.state), (line, OPEN if good else CLOSING))
        eq(conn.error is None or number_of(conn.error) == E.EIO, True)


def test_a_datagram_socket_that_an_earlier_run_left_is_adopted():
    for local, hurried in ((0, False), (7, True)):
        table, conn = Table(), connection(UDP, local=local)
        table.orphans = {2: (("1.2.3.4", 6), 7, 0, False), 4: (("1.2.3.4", 5), 7, 1, hurried)}
        gen = conn.opening(table, 1, Format())
        if hurried:  # the rest of a datagram may be unread
            eq((next(gen), conn.data_ready, conn.inbox.astray), (20, PERHAPS, True))
            conn.data_ready = NOTHING
        over(gen)
        eq((conn.id, conn.push, conn.state, list(table.orphans)), (4, 1, OPEN, [2]))
        eq(table.get(4) is conn, True)


# Receiving


class Reading(Wire):
    """A connection that sends QIRD."""

    def __init__(self, service=TCP) -> None:
        super().__init__()
        self.conn = opened(0, service)

    def ask(self, header: bytes) -> bool:
        """QIRD goes out and its header comes; do data follow?"""
        self.conn.read_on(self.writer, self.exchange)
        eq(self.send(), b"AT+QIRD=0,512\r\n")
        self.uart.push(b"\r\n" + header + b"\r\n")
        while self.reader.item(False) == NONE:
            self.reader.fill()
        eq(self.reader.item(False), LINE)
        self.exchange.take(self.reader)
        follow = self.conn.info(self.reader)
        self.reader.done()
        return follow

    def end(self, result=OK) -> bool:
        self.exchange.cut(result)
        return self.exchange.release().ended(result)


def test_the_header_of_a_read():
    for header, follow in ((b"+QIRD: 10", True), (b"+QIRD: 0", False), (b"+QIRD: ", False),
                           (b"+QIRD: 10,4x", False), (b"+QIRD: 10,4", True)):  # fmt: skip
        r = Reading()
        eq((header, r.ask(header), r.reader.inside()), (header, follow, follow))


def test_a_read_without_a_header_or_an_end_lost_something():
    for header, result, lost in (
        (b"+QIRD: 0", OK, False), (b"+QIRD: ", OK, True), (b"+QIRD: 10,4x", OK, True),
        (b"+QIRD: 0", SILENT, True), (b"+QIRD: 0", RESTARTED, False), (b"+QIRD: ", ERROR, False),
    ):  # fmt: skip
        r = Reading()
        r.ask(header)
        eq((header, result, r.end(result)), (header, result, lost))


def test_qird_is_repeated_until_0_unless_more_was_told_meanwhile():
    r = Reading()
    r.conn.data_ready = TOLD
    r.ask(b"+QIRD: 10")
    eq((r.conn.data_ready, r.conn.wants_read()), (PERHAPS, True))  # what it told of came
    r = Reading()
    r.conn.data_ready = TOLD
    r.ask(b"+QIRD: 0")
    eq((r.conn.data_ready, r.conn.wants_read()), (NOTHING, False))
    r = Reading()
    r.conn.read_on(r.writer, r.exchange)
    r.conn.data_ready = TOLD  # a recv URC between QIRD and its answer
    r.send()
    r.hear(b"+QIRD: 0")
    r.conn.info(r.reader)
    eq((r.conn.data_ready, r.conn.wants_read()), (TOLD, True))


def test_errors_to_reads_are_counted_for_each_connection_alone():
    readings = [Reading() for _ in range(3)]
    for _ in range(2):
        for r in readings:
            r.conn.read_on(r.writer, r.exchange)
            eq((r.end(559), r.conn.state, r.conn.error), (False, OPEN, None))
    readings[0].ask(b"+QIRD: 0")  # a good one in between
    readings[0].end()
    for r, state in zip(readings, (OPEN, CLOSING, CLOSING)):
        r.conn.read_on(r.writer, r.exchange)
        r.end(559)
        eq(r.conn.state, state)
    eq((readings[0].conn.error, readings[1].conn.error.code), (None, 559))


def test_an_id_that_the_module_freed_once_all_was_read():
    r = Reading()
    r.conn.eof, r.conn.data_ready = True, PERHAPS
    r.conn.read_on(r.writer, r.exchange)
    eq((r.end(567), r.conn.error, r.conn.at_end()), (False, None, True))


def test_lost_bytes_end_a_stream_and_one_datagram():
    conn = opened(0)
    conn.spoil()
    eq((conn.state, number_of(conn.error), conn.inbox.damaged), (CLOSING, E.EIO, True))
    conn = opened(0, UDP)
    conn.spoil()
    eq((conn.state, conn.error, conn.inbox.astray), (OPEN, None, True))


def test_when_it_may_be_read():
    for ready, awaited, wants in ((NOTHING, True, False), (UNKNOWN, False, False),
                                  (UNKNOWN, True, True), (PERHAPS, False, True),
                                  (ASKED, False, True), (TOLD, False, True)):  # fmt: skip
        conn = opened(0)
        conn.data_ready, conn.awaited = ready, awaited
        eq((ready, awaited, conn.wants_read()), (ready, awaited, wants))
        conn.inbox.ring.write(bytes(600))
        eq(conn.wants_read(), False)


def test_a_fallback_every_20_s_only_while_a_program_waits():
    for awaited, asleep, asks in ((True, False, True), (False, False, False), (True, True, False)):
        conn = opened(0)
        for _ in range(19):
            conn.awaited = awaited
            eq(conn.fallback(asleep), False)
            clock.advance(1_000_000)
        clock.advance(1_000_000)
        eq((awaited, asleep, conn.fallback(asleep)), (awaited, asleep, asks))
        eq(conn.fallback(asleep), False)


# Errors and the end


def test_the_first_error_stays_and_is_raised_each_time():
    conn = opened(0)
    conn.broke(BC25Error(569, "AT+QISEND"))
    conn.fail(BC25Error(566, "AT+QIRD"))
    eq(conn.state, CLOSING)
    first = raises(BC25Error, E.ETIMEDOUT, conn.check)
    assert raises(BC25Error, E.ETIMEDOUT, conn.check) is not first


def test_a_datagram_socket_works_on_after_its_error():
    conn = opened(0, UDP)
    conn.broke(BC25Error(558, "AT+QISEND"))
    raises(BC25Error, E.EIO, conn.check)
    conn.check()
    eq(conn.state, OPEN)


def test_what_cannot_be_written_to():
    conn = opened(0)
    conn.check_writable()
    conn.eof = True
    raises(OSError, E.ECONNRESET, conn.check_writable)
    conn = opened(0)
    conn.end()
    raises(OSError, E.ECONNRESET, conn.check_writable)
    conn = opened(0)
    conn.held = False
    raises(OSError, E.EBADF, conn.check_writable)


def test_a_listener_that_ends_takes_its_clients_with_it():
    server, client = opened(0, LISTENER), connection()
    server.clients = []
    client.accept(server, 3, ("10.0.0.1", 7))
    eq((client.state, client.id, client.peer), (OPEN, 3, ("10.0.0.1", 7)))
    eq(server.clients, [client])
    server.end()
    eq((server.state, client.state, client.held, server.clients), (CLOSING, CLOSING, False, []))


def test_it_only_goes_forward():
    conn = opened(0)
    conn.state = CLOSED
    conn.end()
    conn.opened(563)
    eq((conn.state, conn.at_end(), conn.known()), (CLOSED, True, False))
    eq(conn.open_result, OK)


def test_its_buffers_are_left_to_others_once():
    conn = opened(0)
    conn.release()
    conn.release()
    eq((conn.inbox.ring, conn.outbox.room(), conn.wants_read()), (None, 0, False))
