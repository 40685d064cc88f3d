"""Readings over MQTT, and commands back.

Needs umqtt.simple on the board: `mpremote mip install umqtt.simple`.
"""

import time

import settings
from bc25 import BC25
from board import pins, uart

nic = BC25(uart(), **pins())
nic.active(True)
nic.connect(settings.APN)
nic.install()  # from here on `import socket` is the module's

from umqtt.simple import MQTTClient  # noqa: E402

every_s = 60


def command(topic, payload):
    """bc25/every: seconds between two readings."""
    global every_s
    every_s = int(payload)
    print("every", every_s, "s")


client = MQTTClient(nic.config("imei"), *settings.MQTT, keepalive=120)
client.set_callback(command)
client.connect()
client.subscribe(b"bc25/every", 1)
while True:
    client.publish(b"bc25/rssi", str(nic.status("rssi")).encode(), qos=1)
    sent = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), sent) < every_s * 1000:
        client.check_msg()
        time.sleep_ms(50)
