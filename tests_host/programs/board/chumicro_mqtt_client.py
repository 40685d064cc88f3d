"""chumicro-mqtt, turned by a loop that does not block."""

import desk
import over

nic = over.attached()
from chumicro_mqtt import MQTTClient  # noqa: E402
from chumicro_timing import ticks_ms  # noqa: E402

came, confirmed = [], []
client = MQTTClient.from_config(
    {
        "mqtt.broker.host": "mqtt.example",
        "mqtt.broker.port": desk.args["port"],
        "mqtt.client_id": "bc25",
    },
    rx_buffer_size=1024,
)
client.on_message = lambda topic, payload: came.append([topic, bytes(payload).hex()])


def turn_until(ready):
    while not ready():
        now = ticks_ms()
        if client.check(now):
            client.handle(now)


client.connect()
client.subscribe("down/#", 1, on_subscribe=lambda *args: confirmed.append("subscribed"))
turn_until(lambda: confirmed)
for qos in (0, 1):
    client.publish("up/%d" % qos, b"\r\nOK\r\n\x00\x1a> ", qos=qos,
                   on_publish=lambda *args: confirmed.append("published"))  # fmt: skip
turn_until(lambda: len(confirmed) == 3)
desk.tell(published=True)
turn_until(lambda: len(came) == desk.args["wanted"])
client.disconnect()
desk.tell(came=came)
