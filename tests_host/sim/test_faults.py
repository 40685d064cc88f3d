"""Each fault, alone; and that a seed replays."""

import pytest

from tools.bc25sim import Echo
from tools.bc25sim.faults import FaultError, parse


@pytest.fixture
def faulty(virtual):
    """An open echo connection, then faults."""
    def start(*specs, seed=1, **keys):
        made = virtual(seed=seed, **keys)
        made.net.serve("10.0.0.1", 7, Echo)
        made.open(0)
        for spec in specs:
            made.module.faults.add(spec)
        return made
    return start


@pytest.mark.parametrize(("spec", "heard"), [
    ("lose@#3", b"\r\nK\r\n"), ("double@#3", b"\r\nOOK\r\n"), ("lose=up@#2", b"\r\nERROR\r\n"),
    ("lose=up", b"\r\nERROR\r\n"), ("error=@#1", b"\r\nERROR\r\n"), ("error", b"\r\nERROR\r\n"),
    ("error=+CSQ@#1", b"\r\nOK\r\n"), ("mute=5@down3", b"\r\nO"), ("restart@down4", b"\r\nOK"),
    ("sleep@down3", b"\r\nO+QATSLEEP\r\n"), ("off@up2", b""), ("mute=1@*", b"")])
def test_on_the_way(faulty, spec, heard):
    assert faulty(spec).ask("AT", 0.3) == heard


def test_flip_changes_one_bit(faulty):
    heard = faulty("flip@#3").ask("AT")
    assert len(heard) == 6 and bin(heard[2] ^ ord("O")).count("1") == 1


def test_mute_ends(faulty):
    made = faulty("mute=5@t1")
    assert made.lines("AT") == ["OK"]
    assert made.lines("AT") == []
    made.wait(5)
    assert made.lines("AT") == ["OK"]


def test_slow(faulty):
    made = faulty("slow=3000")
    assert made.ask("AT") == b"" and made.wait(3) == b"\r\nOK\r\n"


@pytest.mark.parametrize(("spec", "heard"), [
    ("sendfail", ["OK", "SEND FAIL"]), ("error=+QISEND:551", ["ERROR"]),
    ("nourc", ["OK", "SEND OK"]), ("nosend,nourc", ["OK"]),
    ("closed@#1", ['+QIURC: "closed",0', "ERROR"]),
    ("full", ["OK", '+QIURC: "recv",0,"buff full"', "SEND OK"])])
def test_sending(faulty, spec, heard):
    assert faulty(spec).lines('AT+QISEND=0,1,"1"') == heard


def test_error_has_its_code(faulty):
    made = faulty("error=+QISEND:551")
    made.ask('AT+QISEND=0,1,"1"')
    assert made.lines("AT+QIGETERROR")[0] == "+QIGETERROR: 551,operation blocked"


def test_full_ends_with_a_read(faulty):
    made = faulty("full")
    made.ask('AT+QISEND=0,1,"1"')
    assert made.lines("AT+QIRD=0,512") == ["+QIRD: 0", "OK", '+QIURC: "recv",0']
    assert made.lines("AT+QIRD=0,512")[:2] == ["+QIRD: 1", "1"]


def test_prompt_that_never_comes(faulty):
    made = faulty("noprompt")
    assert made.ask("AT+QISEND=0,1") == b""
    assert made.ask("AT+QISEND=0,1") == b"\r\n> "


def test_opening(faulty):
    made = faulty("openlate=60000", "openfail=556@#2")
    assert made.lines('AT+QIOPEN=1,1,"TCP","10.0.0.1",7', 50) == ["OK"]
    assert made.wait(20) == b"\r\n+QIOPEN: 1,0\r\n"
    assert made.lines('AT+QIOPEN=1,2,"TCP","10.0.0.1",7') == ["OK", "+QIOPEN: 2,556"]


def test_settings_gone(faulty):
    made = faulty("echo", "forget@#3")
    assert made.ask("AT") == b"\r\nOK\r\n" and made.ask("AT") == b"AT\r\r\nOK\r\n"
    made.module.flash.view_mode = 1
    made.ask("AT")
    assert made.module.flash.view_mode == 0 and made.module.settings.sleep_mode == 1


@pytest.mark.parametrize("spec", [
    "", "nonsense", "lose@", "lose=left", "lose@t3", "mute", "mute=x", "slow", "error=+X:1",
    "lose@%x", "restart@x1"])
def test_bad_specification(spec):
    with pytest.raises(FaultError):
        parse(spec)


def traffic(faulty, seed):
    made = faulty("lose@%0.05", "flip=up@%0.02", "sendfail@%0.3", seed=seed)
    return [made.ask('AT+QISEND=0,1,"1"') for _ in range(20)]


def test_a_seed_replays(faulty):
    assert traffic(faulty, 5) == traffic(faulty, 5) != traffic(faulty, 6)
