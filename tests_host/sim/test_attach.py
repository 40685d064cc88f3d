"""SIM, registration, attach and address, in every way that modules are known for."""

import pytest


def test_cereg_reports_attach_and_detach(virtual):
    made = virtual()
    made.ask("AT+CEREG=1")
    assert made.lines("AT+CGATT=0") == ["OK", "+CEREG: 0"]
    assert made.lines("AT+CGATT=1", 3) == ["OK", "+CEREG: 2", "+CEREG: 1"]


CELL = '"2B0F","07A1C332",9'


@pytest.mark.parametrize(("keys", "report", "status"), [
    ({}, 1, "1"), ({}, 2, f"1,{CELL}"), ({"cereg_quoted": False}, 2, "1,2B0F,07A1C332,9"),
    ({"registration": 3}, 2, "3"), ({"registration": 3}, 3, "3,,,,0,11"), ({}, 4, f"1,{CELL}"),
    ({"registration": 3}, 5, "3,,,,0,11")])
def test_cereg_in_all_forms(virtual, keys, report, status):
    made = virtual(**keys)
    made.ask(f"AT+CEREG={report}")
    assert made.lines("AT+CEREG?") == [f"+CEREG: {report},{status}", "OK"]
    made.ask("AT+CGATT=0")
    assert made.lines("AT+CGATT=1", 3)[-1] == f"+CEREG: {status}"


@pytest.mark.parametrize(("granted", "shown"), [
    ((), '"00000001","00000010"'), (("00100110", "00100010"), '"00100010","00100110"')])
def test_cereg_with_the_timers_that_were_granted(virtual, granted, shown):
    made = virtual(granted_timers=list(granted))
    made.ask('AT+CPSMS=1,,,"00000010","00000001"')
    for report in (4, 5):
        made.ask(f"AT+CEREG={report}")
        assert made.lines("AT+CEREG?")[0] == f"+CEREG: {report},1,{CELL},,,{shown}"


def test_a_urc_beside_the_reply(virtual):
    made = virtual(cereg_beside_reply=True)
    assert made.lines("AT+CEREG?") == ["+CEREG: 0,1", "OK"]  # nobody asked for URCs
    made.ask("AT+CEREG=1")
    assert made.lines("AT+CEREG?") == ["+CEREG: 1,1", "+CEREG: 1", "OK"]


def test_attaching_may_take_a_minute(virtual):
    made = virtual(cgatt_ms=65000)
    assert made.lines("AT+CGATT=1") == ["OK"]  # attached already
    made.ask("AT+CGATT=0")
    assert made.lines("AT+CGATT=1", 64) == []
    assert made.lines("AT", 2) == ["OK", "OK"]
    assert made.lines("AT+CGATT?")[0] == "+CGATT: 1"


def test_attaching_may_be_refused_once_a_boot(virtual):
    made = virtual(cgatt_refused=1)
    made.ask("AT+CGATT=0")
    assert made.lines("AT+CGATT=1") == ["ERROR"]
    assert made.lines("AT+CGATT=1", 3) == ["OK"]
    made.ask("AT+QRST=1", 3)
    made.ask("ATE0")
    assert made.lines("AT+CGATT=1") == ["ERROR"]


@pytest.mark.parametrize(("keys", "lines"), [
    ({}, ['1,"100.127.243.105"']),
    ({"cgpaddr_quoted": False}, ["1,100.127.243.105"]),
    ({"address6": "2001:db8::1"}, ['1,"100.127.243.105","2001:db8::1"']),
    ({"cgpaddr_contexts": [0, 1, 2]}, ["0", '1,"100.127.243.105"', "2"]),
    ({"cgpaddr_contexts": [1, 2], "cgpaddr_inactive": "0.0.0.0"},
     ['1,"100.127.243.105"', '2,"0.0.0.0"'])])
def test_addresses(virtual, keys, lines):
    made = virtual(**keys)
    for command in ("AT+CGPADDR", "AT+CGPADDR?"):
        assert made.lines(command) == [*(f"+CGPADDR: {line}" for line in lines), "OK"]
    assert made.lines("AT+CGPADDR=1")[0].startswith('+CGPADDR: 1,')


@pytest.mark.parametrize(("inactive", "line"), [("", "1"), ("0.0.0.0", '1,"0.0.0.0"')])
def test_no_address_yet(virtual, inactive, line):
    made = virtual(registration=2, cgpaddr_inactive=inactive)
    assert made.lines("AT+CGPADDR") == [f"+CGPADDR: {line}", "OK"]


@pytest.mark.parametrize(("sim", "urc", "answer"), [
    ("none", "+CPIN: NOT READY", "ERROR"), ("pin", "+CPIN: SIM PIN", "+CPIN: SIM PIN")])
def test_without_a_sim_or_its_pin(virtual, sim, urc, answer):
    made = virtual(boot=False, sim=sim)
    assert urc.encode() in made.wait(3)
    made.ask("ATE0")
    assert made.lines("AT+CPIN?")[0] == answer
    assert made.lines("AT+CGATT?")[0] == "+CGATT: 0"
    assert (made.lines('AT+CPIN="1234"', 3) == ["OK"]) == (sim == "pin")
    assert made.lines("AT+CGATT?")[0] == f"+CGATT: {int(sim == 'pin')}"


@pytest.mark.parametrize(("cpin", "answer"), [
    ("ERROR", ["ERROR"]), ("+CME ERROR: 10", ["+CME ERROR: 10"]),
    ("+CPIN: NOT READY", ["+CPIN: NOT READY", "OK"])])
def test_what_cpin_says_without_a_sim(virtual, cpin, answer):
    made = virtual(sim="none", cpin_without_sim=cpin)
    made.ask("AT+CMEE=1")
    assert made.lines("AT+CPIN?") == answer


def test_a_wrong_pin_and_one_without_quotes(virtual):
    made = virtual(sim="pin", function_lines=True)
    made.ask("AT+CMEE=1")
    assert made.lines('AT+CPIN="4321"') == ["+CME ERROR: 16"]
    assert made.lines("AT+CPIN=1234", 3) == ["OK", "+CPIN: READY"]
    assert made.lines('AT+CPIN="1234"') == ["+CME ERROR: 3"]


def test_context_is_in_force_after_a_restart(virtual):
    made = virtual()
    assert made.lines('AT+QCGDEFCONT="IP","my.apn"') == ["OK"]
    assert made.lines("AT+CGDCONT?")[0] == '+CGDCONT: 1,"IP","CMNBIOT"'
    made.ask("AT+QRST=1", 3)
    made.ask("ATE0")
    assert made.lines("AT+CGDCONT?")[0] == '+CGDCONT: 1,"IP","my.apn"'


def test_a_context_without_an_apn(virtual):
    assert virtual(apn="").lines("AT+QCGDEFCONT?") == ['+QCGDEFCONT: "IP"', "OK"]
