"""Ping, NTP, DNS, settings and identity, as the simulated module answers them."""

import datetime
import errno

import pytest

from tests_host.e2e.conftest import PROFILES
from tools.servers.ntp import answer

WORLD = (
    "--dns", "sh.quectel.com=220.18.29.21", "--dns", "lost.example=192.0.2.1",
    "--dns", "two.example=192.0.2.8,192.0.2.9", "--dns", "ntp5.aliyun.com=192.0.2.3",
    "--ping", "sh.quectel.com=192,240,241,479", "--ping", "lost.example=5,-",
    "--ping", "127.0.0.1=1", "--ntp", "18/04/20,11:08:20+32",
)  # fmt: skip


@pytest.mark.manual(
    "2.1.8", "2.1.9", "2.1.10", "2.1.11", "2.1.12", "2.1.13", "2.1.14", "4.6", "4.7", "4.8"
)
@pytest.mark.parametrize("profile", PROFILES)
def test_services(make_desk, profile):
    told = make_desk(*WORLD, profile=profile).run("services")
    assert told["ping"] == [4, 4, 0, 192, 479, 288]
    assert told["replies"] == [["220.18.29.21", 32, ms, 255] for ms in (192, 240, 241, 479)]
    assert told["lost"] == [2, 1, 1, 5, 5, 5]
    assert told["real"] == [1, 1, 0]
    assert told["unknown_ping"]["code"] in (4, 565)
    assert told["ntp"] == [[2018, 4, 20, 4, 11, 8, 20, 0], 32]
    assert told["resolve"] == ["192.0.2.8", "192.0.2.9"]
    assert told["ttl"] == [["220.18.29.21"], 300]
    assert told["unknown"] == {"code": 565, "errno": errno.ENOENT}
    assert told["dns"] == ["1.1.1.1", "8.8.4.4"]
    assert told["keepalive"] == [1, 120, 15, 3]
    # On these two, to ask for a setting sets its default (manual 2.1.11).
    assert told["format"] == ([0, 0, 0] if profile in ("manual", "hostile") else [1, 1, 0])
    assert told["psm"] == [True, 3600, 60] and told["edrx"] == [True, 81.92]
    assert told["identity"][0].isdigit() and len(told["identity"][0]) == 15
    assert told["identity"][3] == "BC25"
    assert told["rssi"] == -69 and told["registration"] == 1
    assert told["address"] == "100.127.243.105"


@pytest.mark.manual("2.1.9")
def test_ntp_from_a_real_server(desk, servers):
    when = (2031, 5, 6, 7, 8, 9)
    told = desk.run("ntp", port=servers.udp(answer(when)))
    (year, month, day, weekday, *clock, _), zone = told["ntp"]
    local = datetime.datetime(year, month, day, *clock)
    assert local - datetime.timedelta(minutes=15 * zone) == datetime.datetime(*when)
    assert weekday == local.weekday()


@pytest.mark.manual("2.1.8")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_ping_that_nobody_answers(make_desk, profile):
    told = make_desk("--ping", "192.0.2.1=-", profile=profile).run("lost_ping")
    assert told["ping"][:3] == [2, 0, 2]
    assert told["ms"] < 10_000
