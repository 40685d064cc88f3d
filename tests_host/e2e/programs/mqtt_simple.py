"""An MQTT program as boards have it, on the blocking socket."""

import time

import desk

nic = desk.attached(push=desk.args.get("push", False))
nic.install()
from umqtt.simple import MQTTClient  # noqa: E402

came = []
client = MQTTClient(b"simple", "mqtt.example", desk.args["port"], keepalive=60)
client.set_callback(lambda topic, message: came.append([topic.decode(), message.hex()]))
client.connect(timeout=20)
client.subscribe(b"down/#", 1)
desk.tell(nothing=client.check_msg() is None)
for qos in (0, 1):
    client.publish(b"up/%d" % qos, b"\r\nOK\r\n\x00\x1a> ", qos=qos)
    client.publish(b"up/long", bytes(range(256)) * 4, qos=qos)
desk.tell(published=True)
start = time.ticks_ms()
while len(came) < 3 and time.ticks_diff(time.ticks_ms(), start) < 20_000:
    client.check_msg()
client.ping()
while client.wait_msg()[0] != 0xD0:
    pass
try:
    client.disconnect()
except OSError:
    pass  # the broker closes at once, on some modules before SEND OK
desk.tell(came=came)
