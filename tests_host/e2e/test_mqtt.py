"""MQTT clients against the amqtt broker, QoS 0 and 1."""

import pytest

from tests_host.e2e.conftest import BOTH_MODES, PROFILES
from tools.servers import LOCAL

WORLD = ("--dns", f"mqtt.example={LOCAL}")
DOWN = [
    ("down/0", b"\r\nOK\r\n", 0),
    ("down/1", b"\x00\x1a\x1b> ", 1),
    ("down/long", bytes(400), 1),
]


def say_all(loop, station):
    """Everything of DOWN, to whoever listens there."""
    for topic, data, qos in DOWN:
        loop.run(station.say(topic, data, qos))


@pytest.mark.parametrize(("profile", "push"), BOTH_MODES)
def test_a_client_in_the_manner_of_umqtt(make_desk, loop, station, profile, push):
    program = make_desk(*WORLD, profile=profile).start("mqtt_simple", port=station.port, push=push)
    program.wait_for("published")
    say_all(loop, station)
    told = program.end()
    assert told["nothing"]
    assert told["came"] == [[topic, data.hex()] for topic, data, _ in DOWN]
    wanted = []
    for qos in (0, 1):
        wanted.append((f"up/{qos}", b"\r\nOK\r\n\x00\x1a> "))
        wanted.append(("up/long", bytes(range(256)) * 4))
    assert station.heard == wanted


@pytest.mark.parametrize("profile", PROFILES)
def test_aiomqttc(make_desk, loop, packages, station, profile):
    desk = make_desk(*WORLD, profile=profile)
    program = desk.start("mqtt_aio", port=station.port, path=[packages("aiomqttc")])
    program.wait_for("published")
    say_all(loop, station)
    told = program.end()
    assert told["connected"] and told["good"] == [True, True]
    assert told["came"] == [[topic, data.hex()] for topic, data, _ in DOWN]
    assert station.heard == [(f"up/{qos}", b"from aiomqttc") for qos in (0, 1)]
