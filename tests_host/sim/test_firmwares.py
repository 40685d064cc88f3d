"""Where firmwares differ about connections, and what goes wrong with them."""

import pytest

from tools.bc25sim import Address, Discard, Echo

PEER = Address("10.0.0.2", 40000)


class Client(Discard):
    """Somebody who connects: what came, and a way to answer."""

    def __init__(self):
        super().__init__()
        self.data = b""

    def connected(self, far):
        self.far = far

    def received(self, far, data):
        self.data += data


@pytest.fixture
def server(virtual):
    """A module whose listener has id 0, and one client with id 2 unless told otherwise."""
    def start(*faults, dial=True, **keys):
        made = virtual(faults=faults, **keys)
        made.ask('AT+QIOPEN=1,0,"TCP LISTENER","10.0.0.9",1,2020')
        made.client = Client()
        if dial:
            made.net.dial(2020, made.client, PEER)
            made.wait()
        return made
    return start


# -- AT+QISTATE --------------------------------------------------------------------------------

@pytest.mark.parametrize("listed", [True, False])
def test_what_is_being_opened_may_not_be_listed(virtual, listed):
    made = virtual(lists_opening=listed)
    made.net.silent.add(Address("10.0.0.1", 7))
    made.ask('AT+QIOPEN=1,0,"TCP","10.0.0.1",7')
    for command in ("AT+QISTATE?", "AT+QISTATE=1,0", "AT+QISTATE=0,1"):
        assert (len(made.lines(command)) == 2) == listed
    made.wait(40)
    assert made.lines("AT+QISTATE?") == ["OK"]


@pytest.mark.parametrize(("listed", "rows"), [(True, 2), (False, 1)])
def test_what_was_accepted_may_not_be_listed(server, listed, rows):
    made = server(lists_incoming=listed)
    assert len(made.lines("AT+QISTATE?")) == rows + 1
    assert made.lines('AT+QISEND=2,2,"hi"') == ["OK", "SEND OK"]


def test_an_unused_id_may_be_an_error(virtual):
    made = virtual(unused_id_is_error=True)
    made.net.serve("10.0.0.1", 7, Echo)
    made.open(0)
    assert made.lines("AT+QISTATE=1,1") == ["ERROR"]
    assert made.lines("AT+QISTATE=1,0")[1:] == ["OK"]
    assert made.lines("AT+QISTATE=0,3") == ["OK"]


def test_a_listing_that_fails(virtual):
    made = virtual(faults=("error=+QISTATE?",))
    assert made.lines("AT+QISTATE=1,0") == ["OK"]
    assert made.lines("AT+QISTATE?") == ["ERROR"]
    assert made.lines("AT+QISTATE?") == ["OK"]


# -- AT+QISWTMD --------------------------------------------------------------------------------

def test_a_mode_for_the_next_connection_of_an_id(virtual):
    made = virtual()
    made.net.serve("10.0.0.1", 7, Echo)
    assert made.lines("AT+QISWTMD=0,1") == ["OK"]
    made.ask('AT+QIOPEN=1,0,"TCP","10.0.0.1",7')
    assert made.lines("AT+QISTATE=1,0")[0].endswith(",1")
    assert virtual("clone").lines("AT+QISWTMD=0,1") == ["ERROR"]


def test_accepted_in_push_mode_without_a_length(server):
    made = server(incoming_mode="push")
    made.client.far.write(b"hello")
    assert made.wait() == b'\r\n+QIURC: "recv",2\r\nhello\r\n'


# -- ends --------------------------------------------------------------------------------------

@pytest.mark.parametrize(("anyway", "heard"), [
    (True, ["OK", '+QIURC: "closed",0', "SEND OK"]), (False, ["OK", '+QIURC: "closed",0'])])
def test_send_ok_for_a_peer_that_has_left(virtual, anyway, heard):
    made = virtual(send_ok_when_closed=anyway, closed_frees_id="when_read", send_ok_ms=500)
    made.net.serve("10.0.0.1", 7, Client)
    made.open(0)
    assert made.lines('AT+QISEND=0,1,"1"', 0.1) == heard[:1]
    made.module.faults.add("closed@t0")
    assert made.wait(2).decode().split("\r\n")[1::2] == heard[1:]


def test_a_listener_that_the_module_closes(server):
    made = server()
    made.module.faults.add("unlisten@t1")
    assert made.wait() == b'\r\n+QIURC: "closed",0\r\n'
    assert not made.net.dial(2020, Client(), PEER)
    assert made.lines('AT+QISEND=2,2,"hi"') == ["OK", "SEND OK"]  # its clients live on
    assert made.lines("AT+QICLOSE=0") == ["OK", "CLOSE OK"]


def test_an_id_given_away_while_a_prompt_is_open(server):
    """What the host sends for the old client reaches the new one."""
    made, new = server(closed_frees_id="at_once"), Client()
    assert made.ask("AT+QISEND=2,4") == b"\r\n> "
    made.client.far.close()
    made.wait()
    made.net.dial(2020, new, PEER)
    assert b'"incoming",2,0' in made.wait()
    assert made.send(b"mine") == b"\r\nOK\r\n\r\nSEND OK\r\n"
    assert (made.client.data, new.data) == (b"", b"mine")


# -- names -------------------------------------------------------------------------------------

def test_fewer_addresses_than_counted(virtual):
    made = virtual(faults=("fewer",))
    made.net.names["two.example"] = ["10.0.0.1", "10.0.0.2"]
    assert made.lines('AT+QIDNSGIP=1,"two.example"') == [
        "OK", '+QIURC: "dnsgip",0,2,300', '+QIURC: "dnsgip","10.0.0.1"']
    assert made.lines('AT+QIDNSGIP=1,"two.example"')[-1] == '+QIURC: "dnsgip","10.0.0.2"'
