"""What servers and arguments say stays data: it becomes no command, URC or result."""

import re

import pytest

from tools.rig import inside

from .station import ECHO, NASTY, QUIET, Station

# How data travel: words for BC25(), and what stood in the module's flash before.
MODES = {
    "buffer": ({}, {}),
    "push": ({"push": True}, {}),
    "hex": ({"hex": True}, {}),
    "view 1": ({}, {"view_mode": 1}),
    "view 1 with lengths": ({}, {"view_mode": 1, "show_length": 1}),
    "push in view 1": ({"push": True}, {"view_mode": 1}),
    "lengths": ({}, {"show_length": 1}),
    "receive hex": ({}, {"receive_hex": 1}),
}
_OURS = re.compile(rb"AT(|E0|\+(QISEND|QISENDEX|QIRD|QIOPEN|QICLOSE|QICFG|QISWTMD|QISTATE)\b.*)")


def prepared(mode):
    words, flash = MODES[mode]
    station = Station(**words)
    for name, value in flash.items():
        setattr(station.rig.module.flash, name, value)
    inside.forget_format(station.rig)  # found so at the first open
    return station


class Guard:
    """Notes every line that the module takes for a command, and every event."""

    def __init__(self, station):
        self.lines = station.rig.commands()
        self.events: list[str] = []
        for name in ("sleep", "wake", "reset", "registration", "full"):
            station.nic.on(name, lambda *a, n=name: self.events.append(n))

    def nothing(self):
        strange = [line for line in self.lines if not _OURS.fullmatch(line)]
        assert (strange, self.events) == ([], [])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("udp", [False, True])
def test_data_stay_data_both_ways(mode, udp):
    station = prepared(mode)
    other = station.tcp(QUIET)
    s = station.udp() if udp else station.tcp()
    guard = Guard(station)
    for data in (*NASTY, b"".join(NASTY), *(d * 40 for d in NASTY[:6])):
        data = data[:512]
        s.send(data)
        assert (s.recv(1500) if udp else s.read(len(data))) == data
    guard.nothing()
    station.peers[QUIET][0].say(b"untouched")
    assert other.recv(64) == b"untouched"
    assert station.nic.status("counters")["damaged"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_never_stops_fills_nothing(mode):
    station = prepared(mode)
    s = station.tcp(QUIET)
    for data in NASTY * 30:
        station.peers[QUIET][0].say(data * 20)
    station.rig.run(20_000)
    assert inside.unread(s) <= 1400 and inside.queued(station.rig) < 3
    s.close()
    station.works()


BAD = ('a"b', "a\r\nAT+QRST=1", "a\nb", "a\rb", "a\x00b", "a\x1ab", "a b", "a\x7fb", "ä", "",
       "x" * 256, 'x","6.6.6.6",66', "x" * 2048)


@pytest.mark.parametrize("bad", BAD)
def test_arguments_cannot_carry_a_command(bad):
    station = Station()
    nic = station.nic
    calls = (
        lambda: nic.socket().connect((bad, 80)),
        lambda: nic.socket(2, 2).sendto(b"x", (bad, 80)),
        lambda: nic.connect(bad), lambda: nic.connect("apn", user=bad, password="p"),
        lambda: nic.connect("apn", user="u", password=bad), lambda: nic.resolve(bad),
        lambda: nic.ping(bad), lambda: nic.ntp(bad), lambda: nic.dns(bad),
        lambda: nic.dns("1.1.1.1", bad), lambda: nic.at("AT+X\r\n" + bad),
    )
    before = station.rig.uart.written
    for call in calls:
        with pytest.raises((ValueError, TypeError)) as e:
            call()
        assert str(e.value), "no word of what was wrong"
    assert station.rig.uart.written == before


@pytest.mark.parametrize("size", [270, 271, 272, 273, 1000, 100_000])
@pytest.mark.parametrize("start", [b"", b'+QIURC: "', b"+QIRD: ", b'+QIURC: "recv",0,'])
def test_lines_of_any_length(size, start):
    station = Station(rxbuf=1 << 18)
    s = station.tcp()
    station.says(start + b"9" * size)
    station.rig.run(3000)
    assert inside.input_size(station.rig) < 300
    s.settimeout(5)
    try:
        s.send(b"still there")
        assert s.recv(64) == b"still there"
    except OSError:  # a payload announced so never came: that socket is told
        assert start.endswith((b": ", b",0,"))
    s.close()
    station.works()
    assert ECHO
