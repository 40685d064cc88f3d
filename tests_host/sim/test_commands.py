"""Every command in every form, and the codes that QIGETERROR tells, in virtual time."""

import re

import pytest

from tools.bc25sim.errors import ERRORS, PING_RESULTS

TEST_FORMS = {
    "QIOPEN": ("2.1.1", ['+QIOPEN: (1-3),(0-5),"TCP/UDP/TCP LISTENER/UDP SERVICE",'
                         '"<IP_address>/<domain_name>",<remote_port>'
                         "[,<local_port>[,<0-1>[,<0-1>]]]"]),
    "QICLOSE": ("2.1.2", ["+QICLOSE: (0-5)"]),
    "QISTATE": ("2.1.3", []),
    "QISEND": ("2.1.4", ['+QISEND: (0-5),(1-512),"<data>"']),
    "QIRD": ("2.1.5", ["+QIRD: (0-5),(1-512)"]),
    "QISENDEX": ("2.1.6", ['+QISENDEX: (0-5),(1-512),"<hex_string>"']),
    "QISWTMD": ("2.1.7", ["+QISWTMD: (0-5),(0-1)"]),
    # The manual's text copy has lost commas and brackets here.
    "QPING": ("2.1.8", ['+QPING: (1-3),"<host>"[,(1-255)[,(1-10)[,(32-200)]]]']),
    "QNTP": ("2.1.9", ['+QNTP: (1-3),"<server>"[,<port>[,(0,1)]]']),
    "QIDNSGIP": ("2.1.10", ['+QIDNSGIP: (1-3),"<hostname>"']),
    "QICFG": ("2.1.11", ['+QICFG: "dataformat",(0,1),(0,1)', '+QICFG: "viewmode",(0,1)',
                         '+QICFG: "showlength",(0,1)']),
    "QIGETERROR": ("2.1.12", []),
    "QIKALIVE": ("2.1.13", [
        "+QIKALIVE: <keepalive_on>[,<keepalive_idle_time>[,<keepalive_interval_time>"
        '[,<keepalive_count>[,"<keepalive_data>"]]]]']),
    "QIDNSCFG": ("2.1.14", ["+QIDNSCFG: <PrimaryDns>[,<SecondaryDns>]"]),
}


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.manual(section))
    for name, (section, _) in TEST_FORMS.items()])
def test_test_form(virtual, name):
    assert virtual().lines(f"AT+{name}=?") == [*TEST_FORMS[name][1], "OK"]


REFUSED = [
    ("2.1.1", 'AT+QIOPEN=1,"UDP","220.18.39.22",8063,0,1', 552),
    ("2.1.1", 'AT+QIOPEN=0,0,"TCP","10.0.0.1",7', 552),
    ("2.1.1", 'AT+QIOPEN=4,0,"TCP","10.0.0.1",7', 552),
    ("2.1.1", 'AT+QIOPEN=1,6,"TCP","10.0.0.1",7', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"SCTP","10.0.0.1",7', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"TCP","10.0.0.1",0', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"TCP","10.0.0.1",65536', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"TCP","10.0.0.1",7,0,2', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"TCP","10.0.0.1",7,0,0,2', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"TCP","::1",7,0,0,0', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"TCP LISTENER","10.0.0.9",0', 552),
    ("2.1.1", 'AT+QIOPEN=1,0,"UDP SERVICE","10.0.0.9",0,2020', 555),
    ("2.1.1", 'AT+QIOPEN=1,5,"TCP","10.0.0.1",7', 563),
    ("2.1.1", 'AT+QIOPEN=1,0,"TCP","10.0.0.1",7,5000', 574),
    ("2.1.2", "AT+QICLOSE=0", 567),
    ("2.1.2", "AT+QICLOSE=6", 552),
    ("2.1.2", "AT+QICLOSE", 552),
    ("2.1.3", "AT+QISTATE=2,0", 552),
    ("2.1.3", "AT+QISTATE=0,0", 552),
    ("2.1.4", 'AT+QISEND=0,1,"1"', 567),
    ("2.1.4", 'AT+QISEND=5,2,"1"', 552),
    ("2.1.4", "AT+QISEND=5,513", 552),
    ("2.1.4", 'AT+QISEND=5,3,"a"b"', 552),
    ("2.1.4", "AT+QISEND=4,1", 572),
    ("2.1.5", "AT+QIRD=0,1", 567),
    ("2.1.5", "AT+QIRD=5,0", 552),
    ("2.1.5", "AT+QIRD=5,513", 552),
    ("2.1.6", 'AT+QISENDEX=5,2,"3"', 552),
    ("2.1.6", 'AT+QISENDEX=5,1,"3g"', 552),
    ("2.1.6", 'AT+QISENDEX=4,1,"30"', 572),
    ("2.1.7", "AT+QISWTMD=5,2", 552),
    ("2.1.8", 'AT+QPING=1,"10.0.0.1",0', 552),
    ("2.1.8", 'AT+QPING=1,"10.0.0.1",1,11', 552),
    ("2.1.8", 'AT+QPING=1,"10.0.0.1",1,1,31', 552),
    ("2.1.9", 'AT+QNTP=1,"x",0', 552),
    ("2.1.10", 'AT+QIDNSGIP=1,""', 552),
    ("2.1.11", 'AT+QICFG="dataformat",1,0', 555),
    ("2.1.11", 'AT+QICFG="viewmode",2', 552),
    ("2.1.11", 'AT+QICFG="other",1', 552),
    ("2.1.13", "AT+QIKALIVE=1,0", 552),
    ("2.1.13", "AT+QIKALIVE=1,60,9", 552),
    ("2.1.13", 'AT+QIKALIVE=1,60,10,9,"3031"', 555),
    ("2.1.14", 'AT+QIDNSCFG="no address"', 552),
]


@pytest.mark.parametrize(("command", "code"), [
    pytest.param(command, code, marks=[pytest.mark.manual(section), pytest.mark.manual("3")])
    for section, command, code in REFUSED])
def test_refused(virtual, command, code):
    """Id 5 is open with local port 5000, id 4 is a listener."""
    made = virtual()
    made.net.serve("10.0.0.1", 7, echo_service())
    assert made.lines('AT+QIOPEN=1,5,"TCP","10.0.0.1",7,5000')[-1] == "+QIOPEN: 5,0"
    assert made.lines('AT+QIOPEN=1,4,"TCP LISTENER","10.0.0.9",0,2020')[-1] == "+QIOPEN: 4,0"
    assert made.lines(command) == ["ERROR"]
    text = ERRORS[code][0].lower() + ERRORS[code][1:]
    assert made.lines("AT+QIGETERROR") == [f"+QIGETERROR: {code},{text}", "OK"]


def echo_service():
    from tools.bc25sim import Echo
    return Echo


@pytest.mark.manual("3")
def test_tables():
    assert sorted(ERRORS) == [0, *range(550, 575)]
    assert ERRORS[0] == "Operation successful" and ERRORS[574] == "Port busy"
    assert sorted(PING_RESULTS) == list(range(6)) and PING_RESULTS[4] == "PING_ADDRESS_NOT_FOUND"


@pytest.mark.manual("2.1.12")
def test_last_error_speaks_of_the_last_command_only(virtual):
    made = virtual()
    made.ask("AT+QICLOSE=0")
    made.ask("AT+CSQ")
    assert made.lines("AT+QIGETERROR") == ["+QIGETERROR: 567,socket has been closed", "OK"]
    made.ask("AT+QISTATE?")
    assert made.lines("AT+QIGETERROR") == ["+QIGETERROR: 0,operation successful", "OK"]


@pytest.mark.manual("2.1.1")
@pytest.mark.manual("3")
@pytest.mark.parametrize(("host", "code"), [
    ("10.0.0.1", 566), ("10.9.9.9", 569), ("nowhere.example", 565)])
def test_open_that_fails_later(virtual, host, code):
    made = virtual()
    made.net.silent.add(("10.9.9.9", 9))
    heard = made.lines(f'AT+QIOPEN=1,0,"TCP","{host}",9', 40)
    assert heard == ["OK", f"+QIOPEN: 0,{code}"]
    assert made.lines("AT+QIGETERROR")[0].startswith(f"+QIGETERROR: {code},")
    assert made.lines("AT+QISTATE?") == ["OK"]


@pytest.mark.manual("2.1.1")
def test_not_attached(virtual):
    made = virtual(registration=3)
    assert made.lines('AT+QIOPEN=1,0,"TCP","10.0.0.1",7') == ["ERROR"]
    assert made.lines("AT+QIGETERROR")[0].startswith("+QIGETERROR: 561,")


@pytest.mark.manual("2.1.8")
def test_ping(virtual):
    made = virtual()
    made.net.pings = pings(**{"10.0.0.1": [0.1, None]})
    assert made.lines('AT+QPING=1,"10.0.0.1",2,3,64', 9) == [
        "OK", "+QPING: 0,10.0.0.1,64,100,255", "+QPING: 1", "+QPING: 0,10.0.0.1,64,100,255",
        "+QPING: 2,3,2,1,100,100,100"]
    made.net.pings = pings(**{"10.0.0.1": [None]})
    assert made.lines('AT+QPING=1,"10.0.0.1",1,1', 9) == [
        "OK", "+QPING: 1", "+QPING: 2,1,0,1,0,0,0"]
    assert made.lines('AT+QPING=1,"nowhere.example"', 9) == ["OK", "+QPING: 4"]


def pings(**given):
    from tools.bc25sim.network import Pings
    return Pings(given)


@pytest.mark.manual("2.1.9")
def test_ntp_asks_a_server(virtual):
    made = virtual(ntp_limit_ms=5000)
    made.net.serve("10.0.0.1", 123, ntp_server)
    made.net.names["time.example"] = ["10.0.0.1"]
    assert made.lines('AT+QNTP=1,"time.example",123,1') == [
        "OK", '+QNTP: 0, "18/04/20,11:08:20+32"']
    assert made.lines("AT+CCLK?")[0].startswith('+CCLK: "18/04/20,11:08:2')
    assert made.lines('AT+QNTP=1,"nowhere.example"') == ["OK", "+QNTP: 565"]
    assert made.lines('AT+QNTP=1,"10.0.0.9"', 9) == ["OK", "+QNTP: 569"]


def ntp_server():
    import datetime

    from tools.bc25sim import Discard

    class Server(Discard):
        def received(self, far, data):
            assert len(data) == 48 and data[0] & 7 == 3
            utc = datetime.datetime(2018, 4, 20, 3, 8, 20) - datetime.datetime(1900, 1, 1)
            far.write(bytes(40) + int(utc.total_seconds()).to_bytes(4, "big") + bytes(4))
    return Server()


@pytest.mark.manual("2.1.10")
def test_dns(virtual):
    made = virtual(dns_ttl=60)
    made.net.names["two.example"] = ["10.0.0.1", "10.0.0.2"]
    assert made.lines('AT+QIDNSGIP=1,"two.example"') == [
        "OK", '+QIURC: "dnsgip",0,2,60', '+QIURC: "dnsgip","10.0.0.1"',
        '+QIURC: "dnsgip","10.0.0.2"']
    assert made.lines('AT+QIDNSGIP=1,"nowhere.example"') == ["OK", '+QIURC: "dnsgip",565']


@pytest.mark.manual("2.1.11")
def test_settings_and_their_defaults(virtual):
    made = virtual()
    for setting in ('"dataformat",0,1', '"viewmode",1', '"showlength",1'):
        assert made.lines(f"AT+QICFG={setting}") == [f"+QICFG: {setting}", "OK"]
    for default in ('"dataformat",0,0', '"viewmode",0', '"showlength",0'):
        name = default.partition(",")[0]
        assert made.lines(f"AT+QICFG={name}") == [f"+QICFG: {default}", "OK"]


@pytest.mark.manual("2.1.11")
@pytest.mark.manual("2.1.7")
def test_flash_survives_a_restart(virtual):
    made = virtual("clone", switch_unopened=True, flash_gap_ms=0)
    made.ask('AT+QICFG="viewmode",1')
    made.ask("AT+QISWTMD=3,1")
    made.ask("AT+QIKALIVE=1,30,20,5")
    assert "RDY" in made.lines("AT+QRST=1", 12)
    made.ask("ATE0")
    assert made.lines('AT+QICFG="viewmode"') == ['+QICFG: "viewmode",1', "OK"]
    assert made.lines("AT+QIKALIVE?") == ["+QIKALIVE: 0,60,10,9", "OK"]
    made.net.serve("10.0.0.1", 7, echo_service())
    made.ask('AT+QIOPEN=1,3,"TCP","10.0.0.1",7')
    assert made.lines("AT+QISTATE=1,3")[0].endswith(",1,1")


@pytest.mark.manual("2.1.13")
def test_keepalive(virtual):
    made = virtual()
    assert made.lines("AT+QIKALIVE?") == ["+QIKALIVE: 0,60,10,9", "OK"]
    assert made.lines("AT+QIKALIVE=1,120") == ["OK"]
    assert made.lines("AT+QIKALIVE?") == ["+QIKALIVE: 1,120,10,9", "OK"]


@pytest.mark.manual("2.1.14")
def test_dns_servers(virtual):
    made = virtual()
    assert made.lines('AT+QIDNSCFG="1.1.1.1","8.8.8.8"') == ["OK"]
    assert made.lines("AT+QIDNSCFG?") == ['+QIDNSCFG: "1.1.1.1","8.8.8.8"', "OK"]
    made = virtual(registration=3)
    assert made.lines('AT+QIDNSCFG="1.1.1.1"') == ["ERROR"]


@pytest.mark.parametrize(("command", "answer"), [
    ("AT", []), ("AT+CFUN?", ["+CFUN: 1"]), ("AT+CPIN?", ["+CPIN: READY"]),
    ("AT+CGSN=1", ["+CGSN: 867997030000001"]), ("AT+CGSN", ["867997030000001"]),
    ("AT+CIMI", ["460113000000001"]), ("AT+QCCID", ["+QCCID: 89860319000000000001"]),
    ("AT+CGMM", ["BC25"]), ("AT+CGMR", ["Revision: BC25JAR01A01"]), ("AT+CSQ", ["+CSQ: 22,0"]),
    ("AT+CEREG?", ["+CEREG: 0,1"]), ("AT+CGATT?", ["+CGATT: 1"]),
    ("AT+CGPADDR", ['+CGPADDR: 1,"100.127.243.105"']), ("AT+QSCLK?", ["+QSCLK: 0"]),
    ("AT+CPSMS?", ['+CPSMS: 0,,,"00000001","00000001"']), ("AT+CEDRXS?", []),
    ("AT+QCGDEFCONT?", ['+QCGDEFCONT: "IP","CMNBIOT"']), ("AT+CMEE?", ["+CMEE: 0"]),
    ("AT+IPR?", ["+IPR: 9600"]), ("AT&W", []), ("at+cgatt?", ["+CGATT: 1"])])
def test_bring_up(virtual, command, answer):
    assert virtual().lines(command) == [*answer, "OK"]


FIELD = [
    ("AT+COPS?", '\\+COPS: 0,2,"46011",9'), ("AT+COPS=0", ""), ("AT+CREG?", r"\+CREG: 0,1"),
    ("AT+CGREG?", r"\+CGREG: 0,1"), ('AT+CGDCONT=1,"IP","my.apn"', ""),
    ("AT+CGACT=1,1", ""), ("AT+CGACT?", r"\+CGACT: 1,1"), ("AT+QBAND=1,5", ""),
    ("AT+QBAND?", r"\+QBAND: [\d,]+"), ("AT+QENG=0", r"\+QENG: 0,.*"), ("AT+CTZR=1", ""),
    ("AT+CTZR?", r"\+CTZR: \d"), ("AT+CTZU=1", ""), ("AT+CBC", r"\+CBC: 0,0,\d+"),
    ("AT+QCSEARFCN", ""), ("AT+QNBIOTEVENT=1,1", ""), ("AT+CESQ", r"\+CESQ: 22,99,255,255,20,45"),
    ('AT+QCFG="nbcategory"', r'\+QCFG: "nbcategory",0'), ("AT+QLEDMODE=1", ""),
    ("AT+QLEDMODE?", r"\+QLEDMODE: \d"), ("AT+QCCLK?", r'\+QCCLK: ".*"'),
    ("AT+QGMR", r"\+QGMR: BC25.*"), ("AT+CGSN=0", r"\d{15}"), ("AT+CGSN=2", r"\+CGSN: \d{16}"),
    ("AT+CGSN=3", r"\+CGSN: 01"), ("AT+GSN", r"\d{15}"), ("AT+CEER", r"\+CEER: .*"),
    ("AT+CGCONTRDP", r'\+CGCONTRDP: 1,5,"CMNBIOT",.*'), ("AT+CEDRXRDP", r"\+CEDRXRDP: 0"),
    ("AT+CIPCA?", r"\+CIPCA: 3,1"), ("AT+CIPCA=3,0", ""), ("AT+CNUM", r"\+CNUM: .*"),
    ("AT+CGMI", "Quectel"), ("AT+CMEE=0", ""),
]


@pytest.mark.parametrize(("command", "answer"), FIELD)
def test_what_programs_in_the_field_send(virtual, command, answer):
    *lines, final = virtual().lines(command)
    assert final == "OK" and re.fullmatch(answer, "\n".join(lines))


@pytest.mark.parametrize("command", [
    "AT+QIACT=1", "AT+QIDEACT=1", "AT+QNWINFO", "AT+QLTS", "AT+QSPN", "AT+QCSQ", "AT+QRELLOCK",
    "AT+QIRD=0,0", "AT+QIDNSCFG=1", "AT+CMEE=2"])
def test_what_other_modules_have(virtual, command):
    assert virtual().lines(command) == ["ERROR"]


def test_answers_without_a_prefix(virtual):
    made = virtual()
    listed = made.lines("AT+CLAC")
    assert {"AT+QIRD", "AT+CLAC", "ATE0", "AT&V"} < set(listed) and listed[-1] == "OK"
    assert len(made.lines("AT&V")) > 4
    assert len(made.lines("AT+COPS=?")[0]) > 300


def test_powering_down(virtual):
    made = virtual()
    assert made.lines("AT+QPOWD=0") == ["OK", "POWERED DOWN"]
    assert made.module.power.state == "off" and made.ask("AT") == b""


def test_ati_and_unknown(virtual):
    made = virtual()
    assert made.lines("ATI") == ["Quectel_Ltd", "Quectel_BC25", "Revision: BC25JAR01A01", "OK"]
    assert made.lines("AT+NONSENSE") == ["ERROR"]
    made.ask("AT+CMEE=1")
    assert made.lines("AT+NONSENSE") == ["+CME ERROR: 4"]


def test_echo_and_bare_cr(virtual):
    made = virtual()
    assert made.send(b"ATE1\r") == b"\r\nOK\r\n"
    assert made.send(b"AT\rAT\r\n") == b"AT\r\r\nOK\r\nAT\r\r\nOK\r\n"
    assert made.send(b"A") + made.send(b"T\r") == b"AT\r\r\nOK\r\n"


def test_input_waits_while_an_answer_is_pending(virtual):
    made = virtual()
    assert made.send(b"AT+CSQ\r\nAT+CGATT?\r\n") == (
        b"\r\n+CSQ: 22,0\r\n\r\nOK\r\n\r\n+CGATT: 1\r\n\r\nOK\r\n")


def test_lines_of_any_length(virtual):
    made = virtual()
    assert made.send(b"AT+" + b"X" * 100_000) == b""
    assert made.send(b"\r\n") == b"\r\nERROR\r\n"
    assert made.lines("AT") == ["OK"]


def test_baud(virtual):
    made = virtual()
    told: list[int] = []
    made.module.uart.on_baud = told.append
    assert made.send(b"AT+IPR=115200\r\n", 0.06) == b"\r\nOK\r\n" and told == []
    made.wait(0.1)
    assert told == [115200]
    assert made.lines("AT+IPR=12345") == ["ERROR"]
    made.ask("AT+QRST=1", 3)
    assert made.module.uart.baud == 9600  # not saved
    made.send(b"ATE0\r\nAT+IPR=57600\r\nAT&W\r\nAT+QRST=1\r\n", 5)
    assert made.module.uart.baud == 57600
