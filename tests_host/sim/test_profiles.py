"""Profiles are data; every one of them speaks the same protocol."""

import random
import re

import pytest

from tools.bc25sim import Echo, profile


@pytest.mark.parametrize("name", profile.names())
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_profile_carries_every_byte(virtual, name, seed):
    made = virtual(name, seed=seed)
    made.net.serve("10.0.0.1", 7, Echo)
    assert b"+QIOPEN: 0,0" in made.ask('AT+QIOPEN=1,0,"TCP","10.0.0.1",7')
    made.ask('AT+QICFG="showlength",1')
    for number in range(8):
        data = random.Random(number).randbytes(64 * number + 1)
        assert b">" in made.ask(f"AT+QISEND=0,{len(data)}")
        assert b"SEND OK" in made.send(data, 2)
        # Whatever stands around it, the answer ends with exactly this.
        wanted = b"+QIRD: %d,0\r\n" % len(data) + data + b"\r\n\r\nOK\r\n"
        assert wanted in made.ask("AT+QIRD=0,512")


def test_hostile_varies_and_interrupts(virtual):
    made = virtual("hostile")
    pieces: list[bytes] = []
    made.module.output._send = pieces.append
    for _ in range(60):
        made.ask("AT+CGPADDR?")
    heard = b"".join(pieces)
    assert max(len(piece) for piece in pieces) <= 9
    assert b',"100.' in heard and b",100." in heard
    noise = b"CSCON|CTZEU|QLWEVTIND|CGEV"
    assert re.search(rb"CGPADDR[^\r]*\r\n(\r\n)*\+(" + noise + rb")", heard)


def test_clone_quirks(virtual):
    made = virtual("clone")
    made.net.names["two.example"] = ["10.0.0.1", "10.0.0.2"]
    assert made.lines('AT+QIDNSGIP=1,"two.example"')[-1] == '+QIURC: "dnsgip","10.0.0.1,10.0.0.2"'
    assert made.lines('AT+QICFG="viewmode",1') == ["OK"]
    assert made.lines('AT+QICFG="viewmode"') == ['+QICFG: "viewmode",1', "OK"]
    assert len(made.lines("AT+QIDNSCFG?")[0].split(",")) == 4
    made.ask("AT+QICLOSE=0")
    assert made.lines("AT+QIGETERROR")[0] == "+QIGETERROR: 567, Socket has been closed"
    assert made.lines("AT+CGPADDR")[0] == "+CGPADDR: 1,100.127.243.105"
    assert made.ask('AT+QPING=1,"10.0.0.1",1,2').count(b"\r\n+QPING: 0,\"10.0.0.1\",32,") == 2
    assert made.send(b"nonsense\r\n") == b""


def test_flash_needs_a_pause(virtual):
    made = virtual(flash_gap_ms=50)
    heard = made.send(b'AT+QICFG="viewmode",1\r\nAT+QICFG="showlength",1\r\n')
    assert heard.count(b"OK") == 1
    assert made.module.counters["flash_dropped"] == 1


def test_bytes_too_soon_after_the_prompt(virtual):
    made = virtual(prompt_settle_ms=5)
    made.net.serve("10.0.0.1", 7, Echo)
    made.open(0)
    made.ask("AT+QISEND=0,2", 0.021)
    assert made.send(b"12") == b""
    assert b"SEND OK" in made.send(b"34")


def test_fixed_length_with_controls(virtual):
    made = virtual(fixed_control=True)
    made.net.serve("10.0.0.1", 7, Echo)
    made.open(0)
    made.ask("AT+QISEND=0,5")
    assert made.send(b"12\x1a").startswith(b"\r\nERROR")  # not as long as announced


def test_a_profile_in_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('base = "clone"\nimei = "1"\nsend_ok_ms = 7\n[vary]\nprompt = [">", "> "]\n')
    made = profile.load(str(path), {"rssi": 5})
    assert (made.name, made.imei, made.rssi, made.send_ok_ms) == ("mine", "1", 5, (7, 7))
    assert made.when_full == "drop"
    assert {made.drawn(random.Random(n)).prompt for n in range(9)} == {">", "> "}
    assert profile.load(str(path), {"prompt": ">>"}).drawn(random.Random(1)).prompt == ">>"


@pytest.mark.parametrize(("text", "message"), [
    ("imei = 1", "imei"), ("other = 1", "other"), ("boot_ms = [2, 1]", "boot_ms"),
    ("= 1", "Invalid"), ('base = "none"', "none")])
def test_a_bad_profile(tmp_path, text, message):
    path = tmp_path / "bad.toml"
    path.write_text(text if "base" in text else 'base = "manual"\n' + text)
    with pytest.raises(profile.ProfileError, match=message):
        profile.load(str(path))


def test_every_key_is_explained():
    text = (profile.FOLDER / "manual.toml").read_text()
    keys = {line.split(" = ")[0] for line in text.splitlines() if " = " in line}
    assert keys == set(profile.load("manual").__dataclass_fields__) - {"name", "vary"}


# What no driver can live with both ways (hex sending is the way out), and what a test asks for.
ONE_WAY = {"fixed_control", "echo"}


def test_each_either_way_is_taken_both_ways():
    made = [profile.load(name) for name in profile.names()]
    switches = {key for key, field in made[0].__dataclass_fields__.items() if field.type is bool}
    taken = {key: {value for one in made for value in one.vary.get(key, (getattr(one, key),))}
             for key in switches}
    assert {key for key, values in taken.items() if len(values) < 2} == ONE_WAY
