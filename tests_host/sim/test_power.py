"""Boot, deep sleep, pins; in virtual time."""

import pytest

from tools.bc25sim import Address, Discard, Echo


def test_boot(virtual):
    made = virtual(boot=False)
    assert made.send(b"AT\r\n", 0.3) == b""  # not heard
    assert made.wait() == b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n"
    assert made.send(b"AT\r\n") == b"AT\r\r\nOK\r\n"
    assert made.module.counters["lost_boot"] == 4


@pytest.fixture
def asleep(virtual):
    """A module with a UDP and a TCP socket that then fell asleep."""
    def start(**keys):
        made = virtual(**keys)
        made.net.serve("10.0.0.1", 7, Echo)
        made.open(0, "UDP")
        made.open(1)
        made.ask("AT+QSCLK=1")
        made.slept = made.wait(20)
        assert made.module.power.state == "asleep"
        return made
    return start


@pytest.mark.manual("4.4")
@pytest.mark.manual("2.1.1")
def test_deep_sleep(asleep):
    made = asleep()
    assert made.slept == b"+QATSLEEP\r\n"
    assert made.send(b"AT\r\n") == b"" and made.module.counters["lost_asleep"] == 4
    made.module.power.pulse("wake")
    assert made.wait() == b"+QATWAKEUP\r\n"
    assert made.lines("AT+QSCLK?") == ["+QSCLK: 1", "OK"]
    made.ask("AT+QSCLK=0")
    assert made.lines("AT+QISTATE?") == ['+QISTATE: 0,"UDP","10.0.0.1",7,0,2,1,0', "OK"]
    assert made.lines('AT+QIOPEN=1,0,"UDP","10.0.0.1",7') == ["ERROR"]
    assert made.lines("AT+QIGETERROR")[0].startswith("+QIGETERROR: 563,")
    assert b"SEND OK" in made.ask('AT+QISEND=0,1,"1"')
    made.open(1)


def test_sleep_and_wake_that_are_not_told(asleep):
    made = asleep(sleep_lines=[], wake_lines=[])
    made.module.power.pulse("wake")
    assert made.slept + made.wait() == b""
    assert made.lines("AT+QISTATE=1,1") == ["OK"]


def test_two_lines_for_one_wake(virtual):
    made = virtual("clone")
    made.ask("AT+QATWAKEUP=1")
    made.module.power.sleep()
    made.wait()
    made.module.power.pulse("wake")
    assert made.wait() == b'\r\n+QNBIOTEVENT: "EXIT DEEPSLEEP"\r\n\r\n+QATWAKEUP\r\n'


def test_wake_in_its_other_ways(asleep):
    made = asleep(wake_lines_asked=True, rdy_on_wake=True, wake_on_rx=True, echo_after_wake="on",
                  asleep_answer="\r\n")
    assert made.slept == b""
    assert made.send(b"AT\r\n") == b"\r\n\r\nRDY\r\n"
    assert made.send(b"AT\r\n") == b"AT\r\r\nOK\r\n"
    made.ask("AT+QATWAKEUP=1")
    assert made.wait(20) == b"+QATSLEEP\r\n"
    assert made.send(b"AT\r\n") == b"\r\n\r\nRDY\r\n+QATWAKEUP\r\n"


@pytest.mark.parametrize("busy", ["off", "open", "prompt", "keepalive", "power pin"])
def test_what_keeps_it_awake(virtual, busy):
    made = virtual()
    made.net.serve("10.0.0.1", 7, Discard)
    made.net.silent.add(Address("10.0.0.2", 7))
    made.open(0)
    made.ask("AT+QSCLK=" + ("0" if busy == "off" else "1"))
    if busy == "open":
        made.ask('AT+QIOPEN=1,1,"TCP","10.0.0.2",7')
    elif busy == "prompt":
        made.ask("AT+QISEND=0,5")
    elif busy == "keepalive":
        made.ask("AT+QIKALIVE=1")
    elif busy == "power pin":
        made.module.power.pin("power", True)
    made.wait(30)
    assert made.module.power.state == "ready"


def test_no_sim_may_sleep_soon(virtual):
    made = virtual(boot=False, sim="none", no_sim_sleep_ms=500)
    assert b"NOT READY" in made.wait(3)
    assert made.module.power.state == "asleep"


def test_pins_have_to_be_held(virtual):
    made = virtual()
    made.module.power.pin("reset", True)
    made.wait(0.5)
    made.module.power.pin("reset", False)
    assert made.wait(3) == b""
    made.module.power.pin("reset", True)
    made.wait(1.0)
    made.module.power.pin("reset", False)
    assert b"RDY" in made.wait(3)
    made.module.power.off()
    assert made.send(b"AT\r\n") == b""
    made.module.power.pin("power", True)
    assert b"RDY" in made.wait(3)


def test_restart_ends_everything(virtual):
    made = virtual()
    made.net.serve("10.0.0.1", 7, Echo)
    made.open(0)
    made.send(b'AT+QISEND=0,1,"1"\r\nAT+QI', 0)
    made.module.power.pulse("reset")
    assert made.wait(3) == b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n"
    assert made.ask("AT+QISTATE?") == b"AT+QISTATE?\r\r\nOK\r\n"


def test_cscon(virtual):
    made = virtual()
    made.net.serve("10.0.0.1", 7, Discard)
    made.open(0, "UDP")
    made.ask("AT+CSCON=1")
    heard = made.ask('AT+QISEND=0,1,"1"', 10)
    assert b"+CSCON: 1" in heard and heard.endswith(b"\r\n+CSCON: 0\r\n")


# -- what a boot may look like -----------------------------------------------------------------

BANNER = "\n\rF1: 0000 0000\n\rV0: 0000 0000 [0001]\n\r"


@pytest.mark.parametrize(("keys", "heard"), [
    ({"boot_garbage": "\x00\xff"}, b"\x00\xff\r\nRDY\r\n"),
    ({"boot_garbage": "\xff", "boot_garbage_glued": True}, b"\xffRDY\r\n"),
    ({"banner": BANNER}, BANNER.encode() + b"\r\nRDY\r\n")])
def test_what_comes_before_rdy(virtual, keys, heard):
    made = virtual(boot=False, **keys)
    assert made.wait(3).startswith(heard + b"\r\n+CFUN: 1\r\n")


def test_garbage_that_comes_alone(virtual):
    made = virtual(boot=False, boot_garbage="\x00", boot_garbage_ms=300)
    assert made.wait(0.3) == b"\x00"
    assert made.wait(1).startswith(b"\r\nRDY")


def test_a_line_that_nothing_drives(virtual):
    made = virtual(faults=("nuls=3000",))
    made.module.power.sleep()
    assert made.wait() == b"+QATSLEEP\r\n" + bytes(3000)
    made.module.power.pulse("wake")
    assert made.wait() == b"+QATWAKEUP\r\n"


def test_boot_lines_without_a_boot(virtual):
    made = virtual(function_lines=True)
    assert made.lines("AT+CFUN=1") == ["OK", "+CFUN: 1", "+CPIN: READY"]
    assert made.module.counters["restarts"] == 1
    assert virtual().lines("AT+CFUN=1") == ["OK"]


@pytest.mark.parametrize(("place", "command", "heard"), [
    ("cfun", "AT+CFUN=1", []), ("cgatt", "AT+CGATT=1", []),
    ("send", 'AT+QISEND=0,1,"1"', ["OK"])])
def test_brown_out(virtual, place, command, heard):
    made = virtual(faults=(f"brownout={place}@#1",))
    made.net.serve("10.0.0.1", 7, Echo)
    made.open(0, "UDP")
    boot = ["RDY", "+CFUN: 1", "+CPIN: READY"]
    assert made.lines(command, 3) == [*heard, *boot]
    assert made.module.counters["restarts"] == 2
    made.ask("ATE0")
    assert made.lines("AT+QISTATE?") == ["OK"]
    assert made.lines(command.replace("QISEND=0", "QISEND=1"))[-1] in ("OK", "ERROR")


def test_atz_brings_the_echo_back(virtual):
    made = virtual()
    assert made.ask("ATZ") == b"\r\nOK\r\n"
    assert made.ask("AT") == b"AT\r\r\nOK\r\n"


@pytest.mark.parametrize(("how", "answer"), [("keep", "+CEREG: 2,"), ("off", "+CEREG: 0,")])
def test_what_is_reported_after_a_wake(virtual, how, answer):
    made = virtual(reports_after_wake=how)
    made.ask("AT+CEREG=2")
    made.module.power.sleep()
    made.module.power.pulse("wake")
    made.wait()
    assert made.lines("AT+CEREG?")[0].startswith(answer)


def test_what_no_byte_shows_is_told(virtual):
    made, told = virtual(), []
    made.module.on_event = lambda *event: told.append(event)
    made.module.faults.add("mute=2")
    made.ask("AT", 3)
    made.module.power.sleep()
    made.module.power.pulse("wake")
    made.wait()
    made.module.power.restart()
    made.wait(3)
    assert told == [
        ("fault", "mute=2"), ("power", "asleep"), ("power", "waking"), ("power", "ready"),
        ("power", "boot"), ("power", "ready"), ("registration", "0"), ("registration", "2"),
        ("registration", "1")]


def test_it_does_not_sleep_before_its_sim_was_looked_for(virtual):
    made = virtual(boot=False, sim_ms=9000, sleep_after_ms=2500)
    assert b"+CPIN: READY" in made.wait(10)
    made.wait(10)
    assert made.module.power.state == "asleep"
