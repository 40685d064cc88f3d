"""Each of lib/examples runs as it is, on the unix board, with settings of the test's."""

import time

import pytest

from tools.mp import ROOT
from tools.servers import LOCAL, connect
from tools.servers.ntp import answer
from tools.servers.tls import authority
from tools.servers.web import Web

EXAMPLES = ROOT / "lib" / "examples"
SCREEN = 60  # lines


@pytest.fixture
def start(tmp_path):
    """start(desk, name, **settings) -> the example, running."""

    def start(desk, name, **settings):
        lines = [f"{key} = {value!r}" for key, value in {"APN": None, **settings}.items()]
        (tmp_path / "settings.py").write_text("\n".join(lines))
        return desk.start("example", file=str(EXAMPLES / f"{name}.py"), path=[tmp_path])

    return start


def until(condition, limit_s=30):
    """Wait for it."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.mark.parametrize("name", [path.stem for path in sorted(EXAMPLES.glob("*.py"))])
def test_an_example_fits_on_a_screen(name):
    assert len((EXAMPLES / f"{name}.py").read_text().splitlines()) <= SCREEN


@pytest.fixture
def telemetry(make_desk, servers, start):
    """telemetry(*options) -> a desk, and wake() that runs the example once, up to its deepsleep:
    the reports that came, and the commands that it took."""

    def telemetry(*options, **how):
        port = servers.udp(lambda _: None)
        desk = make_desk("--set", "sleep_after_ms=[200,200]", *options, **how)

        def wake():
            reports, heard = len(servers.received), len(desk.sim.heard())
            program = start(desk, "telemetry", TELEMETRY=(LOCAL, port), PERIOD_S=0.7)
            program.end()
            assert "not sent" not in program.output()
            return servers.received[reports:], desk.sim.heard()[heard:].split(b"\r\n")[:-1]

        return desk, wake

    return telemetry


@pytest.mark.manual("4.4")
def test_telemetry(telemetry):
    desk, wake = telemetry()
    assert wake()[0] == [b"rssi_dbm=-69"]
    for sleeps in (1, 2, 3):
        until(lambda least=sleeps: desk.sim.stats().get("sleeps", 0) >= least)
        reports, commands = wake()
        assert reports == [b"rssi_dbm=-69"]
        assert len(set(commands)) <= 8, commands  # the first may be lost on a module asleep
    assert desk.sim.heard().count(b"AT+QIOPEN") == 1


def test_telemetry_sends_again_after_a_restart_of_the_module(telemetry):
    desk, wake = telemetry()
    for disturb in ("pin reset on", "restart"):
        wake()
        until(lambda: desk.sim.stats().get("sleeps", 0) >= 1)
        desk.sim.control(disturb)
        desk.sim.control("pin reset off")
        assert wake()[0] == [b"rssi_dbm=-69"]


@pytest.mark.parametrize("place", ("cfun", "cgatt", "send"))
def test_telemetry_sends_again_after_a_brown_out(telemetry, place):
    faults = ("--fault", f"brownout={place}", "--set", "attach_ms=[20000,20000]")
    desk, wake = telemetry(*faults, speed="20")
    for _ in range(2):
        assert wake()[0][-1:] == [b"rssi_dbm=-69"]
    assert desk.sim.stats()["restarts"] >= 2  # the first is the power-on


def test_mqtt_sensor(make_desk, loop, station, start):
    desk = make_desk("--dns", f"mqtt.example={LOCAL}")
    program = start(desk, "mqtt_sensor", MQTT=("mqtt.example", station.port))
    until(lambda: station.heard)
    loop.run(station.say("bc25/every", b"0"))
    until(lambda: len(station.heard) >= 4)
    program.stop()
    assert set(station.heard) == {("bc25/rssi", b"-69")}
    assert "every 0 s" in program.output()


def test_https_fetch(make_desk, tmp_path, start):
    ours = authority(tmp_path, "web.example")
    web = Web(ours.context)
    desk = make_desk("--dns", f"web.example={LOCAL}")
    program = start(desk, "https_fetch", WEB=("web.example", web.port), CA=str(ours.ca))
    program.end()
    web.stop()
    assert "HTTP/1.1 404" in program.output() and "no such page" in program.output()


def test_web_server(desk, start, free_port):
    start(desk, "web_server", LISTEN=free_port)
    for _ in range(3):
        with connect(free_port) as client:
            client.sendall(b"GET / HTTP/1.0\r\nHost: module\r\n\r\n")
            page = client.makefile("rb").read()
        assert page.startswith(b"HTTP/1.0 200 OK\r\n") and b"Signal: -69 dBm" in page


@pytest.mark.manual("4.7")
def test_ntp_to_rtc(make_desk, servers, start):
    port = servers.udp(answer((2031, 5, 6, 7, 8, 9)))
    desk = make_desk("--dns", "ntp.example=192.0.2.9", "--map", f"192.0.2.9:123={LOCAL}:{port}")
    program = start(desk, "ntp_to_rtc", NTP="ntp.example")
    year, month, day, weekday, hour, minute, second, _ = program.end()["clock"]
    assert (year, month, day, weekday, minute, second) == (2031, 5, 6, 1, 8, 9)
    zone = float(program.output().split()[-2])
    assert hour - zone == 7
    assert program.output().startswith(f"2031-05-06 {hour:02}:08:09 zone")


@pytest.mark.manual("4.6")
def test_ping(make_desk, start):
    world = ("--dns", "sh.quectel.com=220.18.29.21", "--ping", "sh.quectel.com=192,-,241,479")
    program = start(make_desk(*world), "ping", PING="sh.quectel.com")
    program.end()
    assert program.output().splitlines() == [
        "220.18.29.21: 32 bytes, 192 ms, ttl 255",
        "timed out",
        "220.18.29.21: 32 bytes, 241 ms, ttl 255",
        "220.18.29.21: 32 bytes, 479 ms, ttl 255",
        "3 of 4 answered in 192 to 479 ms, 304 on average",
    ]
