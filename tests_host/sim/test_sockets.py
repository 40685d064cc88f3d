"""Sockets, buffers and URCs of the core, in virtual time, with a network in memory."""

import itertools

import pytest

from tools.bc25sim import Address, Discard, Echo, Pacer, Source


class Client(Discard):
    """Keeps what it received and its end of the connection."""

    def __init__(self):
        super().__init__()
        self.data = b""
        self.ended = False

    def connected(self, far):
        self.far = far

    def received(self, far, data):
        self.data += data

    def closed(self, far):
        self.ended = True


@pytest.fixture
def opened(virtual):
    """A virtual whose socket `number` is open on a server that a test controls."""
    def start(service="TCP", number=0, mode=0, name="manual", faults=(), **keys):
        made = virtual(name, faults=faults, **keys)
        made.far = Client()
        made.net.serve("10.0.0.1", 7, lambda: made.far)
        made.open(number, service, mode=mode)
        return made
    return start


def told(made, data, seconds=1.0):
    """What the module says when the server sends."""
    made.far.far.write(data)
    return made.wait(seconds)


# -- sending -----------------------------------------------------------------------------------

@pytest.mark.manual("2.1.4")
def test_prompt_with_a_fixed_length_takes_any_byte(opened):
    made, data = opened(), bytes(range(256)) * 2
    assert made.ask("AT+QISEND=0,512") == b"\r\n> "
    assert made.send(data[:200]) == b""
    assert made.send(data[200:]) == b"\r\nOK\r\n\r\nSEND OK\r\n"
    assert made.far.data == data
    assert made.lines("AT") == ["OK"]


@pytest.mark.manual("2.1.4")
def test_prompt_with_ctrl_z_and_esc(opened):
    made = opened()
    assert made.ask("AT+QISEND=0") == b"\r\n> "
    assert made.send(b"line\r\nline\x1a") == b"\r\nOK\r\n\r\nSEND OK\r\n"
    assert made.far.data == b"line\r\nline"
    made.ask("AT+QISEND=0")
    assert made.send(b"\x1a") == b"\r\nSEND FAIL\r\n"
    made.ask("AT+QISEND=0")
    made.send(b"never mind\x1b")
    assert made.lines("AT+QIGETERROR")[0].startswith("+QIGETERROR: 571,")
    made.ask("AT+QISEND=0")
    assert made.send(bytes(513) + b"\x1a") == b"\r\nERROR\r\n"
    assert made.far.data == b"line\r\nline"


@pytest.mark.manual("2.1.6")
def test_hex_in_all_three_forms(opened):
    made = opened()
    assert made.lines('AT+QISENDEX=0,3,"00ff1A"') == ["OK", "SEND OK"]
    assert made.ask("AT+QISENDEX=0,2") == b"\r\n> "
    assert made.send(b"0d0A") == b"\r\nOK\r\n\r\nSEND OK\r\n"
    assert made.ask("AT+QISENDEX=0") == b"\r\n> "
    assert made.send(b"31\x1a") == b"\r\nOK\r\n\r\nSEND OK\r\n"
    made.ask("AT+QISENDEX=0,1")
    assert made.send(b"xy") == b"\r\nERROR\r\n"
    assert made.far.data == b"\x00\xff\x1a\r\n1"


def test_line_feed_as_first_payload_byte(opened):
    made = opened()
    made.send(b"AT\r")  # a host that ends lines with a bare CR
    made.send(b"AT\r")
    assert made.send(b"AT+QISEND=0,2\r") == b"\r\n> "
    made.send(b"\n1")
    assert made.far.data == b"\n1"


def test_line_feed_of_a_slow_line_is_no_payload(opened):
    made = opened()
    made.send(b"AT+QISEND=0,2\r")
    made.send(b"\n")
    made.send(b"12")
    assert made.far.data == b"12"


def test_echo_of_payload(opened):
    made = opened()
    made.ask("ATE1")
    assert made.send(b"AT+QISEND=0,2\r\n") == b"AT+QISEND=0,2\r\r\n> "
    assert made.send(b"12").startswith(b"12\r\nOK\r\n")


@pytest.mark.manual("2.1.4")
def test_one_send_at_a_time_and_other_commands_meanwhile(opened):
    made = opened(send_ok_ms=5000)
    made.open(1)
    assert made.lines('AT+QISEND=0,1,"1"') == ["OK"]
    assert made.lines('AT+QISEND=1,1,"1"') == ["ERROR"]
    assert made.lines("AT+CGATT?") == ["+CGATT: 1", "OK"]
    assert b"SEND OK" in made.wait(5)


@pytest.mark.manual("2.1.2")
def test_after_close_ok_no_send_ok_is_owed(opened):
    made = opened(send_ok_ms=2000)
    assert made.lines('AT+QISEND=0,1,"1"') == ["OK"]
    assert made.lines("AT+QICLOSE=0", 5) == ["OK", "CLOSE OK"]
    assert made.far.data == b"1" and made.far.ended


@pytest.mark.manual("2.1.1")
def test_other_commands_run_while_opening(virtual):
    made = virtual()
    made.net.silent.add(Address("10.0.0.1", 7))
    assert made.lines('AT+QIOPEN=1,0,"TCP","10.0.0.1",7') == ["OK"]
    assert made.lines("AT+QISTATE?")[0] == '+QISTATE: 0,"TCP","10.0.0.1",7,0,1,1,0'
    assert made.lines('AT+QISEND=0,1,"1"') == ["ERROR"]
    assert made.lines("AT+QICLOSE=0") == ["OK", "CLOSE OK"]
    assert made.wait(40) == b""


@pytest.mark.manual("2.1.3")
def test_state_in_its_three_forms(opened):
    made = opened()
    assert made.lines('AT+QIOPEN=2,3,"UDP","10.0.0.1",7,4000,1')[-1] == "+QIOPEN: 3,0"
    first = '+QISTATE: 0,"TCP","10.0.0.1",7,0,2,1,0'
    second = '+QISTATE: 3,"UDP","10.0.0.1",7,4000,2,2,1'
    assert made.lines("AT+QISTATE?") == [first, second, "OK"]
    assert made.lines("AT+QISTATE=0,2") == [second, "OK"]
    assert made.lines("AT+QISTATE=1,0") == [first, "OK"]
    assert made.lines("AT+QISTATE=1,5") == ["OK"]


# -- receiving ---------------------------------------------------------------------------------

FORMATS = list(itertools.product((0, 1), (0, 1), (0, 1)))


def configure(made, view, show, hexadecimal):
    made.ask(f'AT+QICFG="viewmode",{view}')
    made.ask(f'AT+QICFG="showlength",{show}')
    made.ask(f'AT+QICFG="dataformat",0,{hexadecimal}')


@pytest.mark.manual("2.1.5")
@pytest.mark.manual("2.1.11")
@pytest.mark.manual("2.2.2")
@pytest.mark.parametrize(("view", "show", "hexadecimal"), FORMATS)
def test_read_formats(opened, view, show, hexadecimal):
    made = opened()
    configure(made, view, show, hexadecimal)
    urc = b'\r\n+QIURC: "recv",0' + (b",12" if show else b"") + b"\r\n"
    assert told(made, b"\r\nOK\r\n>\x00\x1a123") == urc
    data = b"0D0A4F4B0D0A3E001A31" if hexadecimal else b"\r\nOK\r\n>\x00\x1a1"
    head = b"\r\n+QIRD: 10" + (b",2" if show else b"") + (b"," if view else b"\r\n")
    assert made.ask("AT+QIRD=0,10") == head + data + b"\r\n\r\nOK\r\n"
    assert made.ask("AT+QIRD=0,512") != made.ask("AT+QIRD=0,512") == b"\r\n+QIRD: 0\r\n\r\nOK\r\n"


@pytest.mark.manual("2.2.2")
@pytest.mark.manual("2.1.11")
@pytest.mark.parametrize(("view", "show", "hexadecimal"), FORMATS)
def test_push_formats(opened, view, show, hexadecimal):
    made = opened(mode=1)
    configure(made, view, show, hexadecimal)
    head = b'\r\n+QIURC: "recv",0' + (b",3" if show else b"") + (b"," if view else b"\r\n")
    assert told(made, b"\r\n\xff") == head + (b"0D0AFF" if hexadecimal else b"\r\n\xff") + b"\r\n"


@pytest.mark.manual("2.2.2")
def test_push_in_pieces(opened):
    made = opened(mode=1)
    made.ask('AT+QICFG="showlength",1')
    heard = told(made, bytes(1200))
    assert heard.count(b'"recv",0,512\r\n') == 2 and heard.count(b'"recv",0,176\r\n') == 1


@pytest.mark.manual("2.1.5")
def test_a_new_urc_only_after_all_was_read(opened):
    made = opened()
    assert told(made, b"123") == b'\r\n+QIURC: "recv",0\r\n'
    assert told(made, b"456") == b""
    assert made.lines("AT+QIRD=0,512")[:2] == ["+QIRD: 3", "123"]
    assert told(made, b"789") == b""
    made.ask("AT+QIRD=0,512")
    made.ask("AT+QIRD=0,512")
    assert told(made, b"0") == b'\r\n+QIURC: "recv",0\r\n'


@pytest.mark.manual("2.1.5")
def test_segments_are_not_crossed(opened):
    made = opened(segment=700)
    made.ask('AT+QICFG="showlength",1')
    told(made, bytes(1000))
    sizes = [made.ask("AT+QIRD=0,512")[2:].split(b"\r\n")[0] for _ in range(4)]
    assert sizes == [b"+QIRD: 512,188", b"+QIRD: 188,0", b"+QIRD: 300,0", b"+QIRD: 0"]


def read_all(made):
    data = b""
    while True:
        answer = made.ask("AT+QIRD=0,512")
        size = int(answer[len(b"\r\n+QIRD: "):].split(b"\r\n")[0])
        if not size:
            return data
        data += answer[-size - 8:-8]


@pytest.mark.manual("2.2.3")
def test_a_full_buffer_holds_the_peer_back(opened):
    made = opened()
    sent = bytes(range(256)) * 100
    assert told(made, sent).count(b"buff full") == 1
    assert read_all(made) == sent


@pytest.mark.manual("2.2.3")
def test_a_full_buffer_drops_in_the_clone(opened):
    made = opened(name="clone")
    sent = bytes(range(7)) * 1358  # seven whole segments
    assert told(made, sent).count(b'+QIURC: "recv",0,"buff full"') == 1
    assert read_all(made) == sent[:2 * 1358]
    assert made.module.counters["dropped_full"] == len(sent) - 2 * 1358


@pytest.mark.manual("2.2.3")
def test_fifty_pieces_fill_the_buffer(opened):
    made = opened("UDP")
    for number in range(60):
        made.far.far.write(b"%02d" % number)
    assert made.wait().count(b"buff full") == 1
    assert read_all(made) == b"".join(b"%02d" % number for number in range(50))


@pytest.mark.parametrize(("how", "during", "after"), [
    ("hold", b"", b'\r\n+QIURC: "recv",0\r\n'), ("drop", b"", b""),
    ("pass", b'\r\n+QIURC: "recv",0\r\n', b"")])
def test_recv_urc_while_a_prompt_is_open(opened, how, during, after):
    made = opened(prompt_urcs=how, send_ok_ms=100)
    made.ask("AT+QISEND=0,1")
    assert told(made, b"1") == during
    assert made.send(b"1") == b"\r\nOK\r\n" + after + b"\r\nSEND OK\r\n"


# -- modes -------------------------------------------------------------------------------------

@pytest.mark.manual("2.1.7")
@pytest.mark.parametrize(("how", "heard"), [
    ("push", b'\r\nOK\r\n\r\n+QIURC: "recv",0\r\n123\r\n'), ("keep", b"\r\nOK\r\n"),
    ("drop", b"\r\nOK\r\n")])
def test_switching_with_data_buffered(opened, how, heard):
    made = opened(switch_buffered=how)
    told(made, b"123")
    assert made.ask("AT+QISWTMD=0,1") == heard
    assert told(made, b"4") == b'\r\n+QIURC: "recv",0\r\n4\r\n'
    assert made.lines("AT+QISTATE=1,0")[0].endswith(",1")
    assert made.lines("AT+QISWTMD=0,0") == ["OK"]
    assert made.lines("AT+QISWTMD?") == ["OK"]
    assert (b"123" in made.ask("AT+QIRD=0,512")) == (how == "keep")


# -- closed ------------------------------------------------------------------------------------

@pytest.mark.manual("2.2.1")
@pytest.mark.manual("2.1.5")
def test_closed_by_peer_with_data_unread(opened):
    made = opened()
    made.far.far.write(b"last")
    made.far.far.close()
    assert made.wait() == b'\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n'
    assert made.lines("AT+QISTATE=1,0")[0] == '+QISTATE: 0,"TCP","10.0.0.1",7,0,3,1,0'
    assert made.lines('AT+QISEND=0,1,"1"') == ["ERROR"]
    assert made.lines("AT+QIRD=0,512")[:2] == ["+QIRD: 4", "last"]
    assert made.lines("AT+QICLOSE=0") == ["OK", "CLOSE OK"]
    assert made.lines("AT+QISTATE?") == ["OK"]


@pytest.mark.manual("2.2.1")
@pytest.mark.parametrize(("how", "readable"), [("when_read", True), ("at_once", False)])
def test_closed_frees_the_id(opened, how, readable):
    made = opened(closed_frees_id=how)
    made.far.far.write(b"last")
    made.far.far.close()
    assert b'"closed",0' in made.wait()
    assert (b"last" in made.ask("AT+QIRD=0,512")) == readable
    assert made.lines("AT+QICLOSE=0") == ["ERROR"]


def test_a_failed_open_may_keep_its_id(virtual):
    made = virtual(failed_open_keeps_id=True)
    assert made.lines('AT+QIOPEN=1,0,"TCP","10.0.0.1",7')[-1] == "+QIOPEN: 0,566"
    assert made.lines('AT+QIOPEN=1,0,"TCP","10.0.0.1",7') == ["ERROR"]
    assert made.lines("AT+QICLOSE=0") == ["OK", "CLOSE OK"]


def test_data_and_end_that_come_before_qiopen_is_said(virtual):
    made = virtual(faults=("openlate=5000",))
    sent = bytes(range(256)) * 40
    made.net.serve("10.0.0.1", 19, lambda: Source(sent, close=True))
    assert made.lines('AT+QIOPEN=1,0,"TCP","10.0.0.1",19', 3) == ["OK"]
    assert made.wait(3).decode().split("\r\n")[1::2] == [
        "+QIOPEN: 0,0", '+QIURC: "recv",0', '+QIURC: "recv",0,"buff full"']
    data, closed = b"", 0
    while len(data) < len(sent):
        answer = made.ask("AT+QIRD=0,512")
        closed += answer.endswith(b'\r\n+QIURC: "closed",0\r\n')
        size = int(answer[len(b"\r\n+QIRD: "):].split(b"\r\n")[0])
        data += answer.split(b"\r\n", 2)[2][:size]
    assert data == sent and closed == 1


def test_push_mode_holds_the_peer_back_while_the_line_is_busy(virtual):
    made, most = virtual(), [0]
    made.net.serve("10.0.0.1", 19, lambda: Source(bytes(20_000)))

    def arrived(data):
        made.heard.extend(data)
        made.module.hold(line.pending)

    def send(data):
        line.feed(data)
        most[0] = max(most[0], line.pending)
        made.module.hold(line.pending)

    line = Pacer(made.clock, arrived, 9600)
    made.module.output._send = send
    heard = made.ask('AT+QICFG="showlength",1') + made.ask('AT+QIOPEN=1,0,"TCP","10.0.0.1",19,0,1')
    heard += made.wait(60)
    assert heard.count(0) == 20_000 and most[0] < 5000


# -- servers -----------------------------------------------------------------------------------

def listening(virtual, **keys):
    made = virtual(**keys)
    opened = made.lines('AT+QIOPEN=1,0,"TCP LISTENER","10.0.0.9",0,2020,1')
    assert opened == ["OK", "+QIOPEN: 0,0"]
    return made


@pytest.mark.manual("2.2.5")
@pytest.mark.manual("2.2.4")
def test_clients_until_no_id_is_left(virtual):
    made = listening(virtual)
    heard = b""
    clients = [Client() for _ in range(6)]
    for number, client in enumerate(clients):
        made.net.dial(2020, client, Address("10.0.0.2", 40000 + number))
        heard += made.wait()
    wanted = [f'+QIURC: "incoming",{number},0,"10.0.0.2",{40000 + index}'
              for index, number in enumerate((2, 3, 4, 5, 1))]
    assert [line for line in heard.decode().split("\r\n") if line] == [
        *wanted, '+QIURC: "incoming full"']
    rows = made.lines("AT+QISTATE?")
    assert rows[2] == '+QISTATE: 2,"TCP INCOMING","10.0.0.2",40000,2020,2,1,0'
    assert made.lines('AT+QISEND=3,2,"hi"') == ["OK", "SEND OK"]
    assert clients[1].data == b"hi"
    clients[2].far.close()
    assert made.wait() == b'\r\n+QIURC: "closed",4\r\n'


@pytest.mark.parametrize(("how", "mode"), [
    ("buffer", 0), ("listener", 1), ("stored", 1), ("push", 1)])
def test_mode_of_an_incoming_connection(virtual, how, mode):
    made = listening(virtual, incoming_mode=how)
    made.ask(f"AT+QISWTMD=2,{int(how == 'stored')}")
    made.net.dial(2020, Client(), Address("10.0.0.2", 40000))
    made.wait()
    assert made.lines("AT+QISTATE=1,2")[0].endswith(f",{mode}")


def test_remote_port_of_a_listener(virtual):
    made = virtual("clone")
    assert made.lines('AT+QIOPEN=1,0,"TCP LISTENER","10.0.0.9",0,2020') == ["ERROR"]
    assert made.lines('AT+QIOPEN=1,0,"TCP LISTENER","10.0.0.9",1,2020')[-1] == "+QIOPEN: 0,0"


@pytest.mark.manual("2.1.1")
@pytest.mark.parametrize(("how", "number"), [("own", 0), ("other", 2)])
def test_udp_service(virtual, how, number):
    made = virtual(udp_service=True, udp_service_id=how)
    made.ask('AT+QIOPEN=1,0,"UDP SERVICE","10.0.0.9",0,2020')
    made.net.datagram(2020, b"AAAA", Address("10.0.0.2", 5))
    assert made.wait() == b'\r\n+QIURC: "recv",%d\r\n' % number
    assert made.lines(f"AT+QIRD={number},512")[:2] == ["+QIRD: 4", "AAAA"]
    assert made.lines('AT+QISEND=0,1,"1"') == ["ERROR"]
    assert made.lines("AT+QICLOSE=0") == ["OK", "CLOSE OK"]
    assert made.lines("AT+QISTATE?") == ["OK"]


def test_source_and_echo_in_memory(virtual):
    made = virtual()
    made.net.serve("10.0.0.1", 7, Echo)
    made.net.serve("10.0.0.1", 19, lambda: Source(b"hello", close=True))
    made.open(0)
    assert b'"recv",0' in made.ask('AT+QISEND=0,4,"test"')
    assert read_all(made) == b"test"
    assert made.lines('AT+QIOPEN=1,1,"TCP","10.0.0.1",19') == [
        "OK", "+QIOPEN: 1,0", '+QIURC: "recv",1', '+QIURC: "closed",1']
