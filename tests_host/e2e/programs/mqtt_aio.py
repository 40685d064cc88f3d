"""aiomqttc from PyPI, with its asyncio client, over the module."""

import asyncio

import clock
import desk

clock.install()
nic = desk.attached()
nic.install()
from aiomqttc import MQTTClient  # noqa: E402

came = []


async def message(client, topic, payload, retain):
    came.append([topic, bytes(payload).hex()])


async def main():
    client = MQTTClient(client_id="aio-client", server="mqtt.example", port=desk.args["port"])
    client.on_message = message
    connected = await client.connect()
    await client.subscribe("down/#", qos=1)
    await asyncio.sleep_ms(500)
    good = []
    for qos in (0, 1):
        good.append(await client.publish("up/%d" % qos, b"from aiomqttc", qos=qos))
    desk.tell(connected=connected, good=good, published=True)
    for _ in range(400):
        if len(came) >= 3:
            break
        await asyncio.sleep_ms(50)
    await client.disconnect()
    desk.tell(came=came)


asyncio.run(main())
