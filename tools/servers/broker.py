"""An MQTT broker, and a client of it on this side."""

from __future__ import annotations

import asyncio

import amqtt.broker
from amqtt.client import MQTTClient

from tools.servers import LOCAL

_ANYBODY = "amqtt.plugins.authentication.AnonymousAuthPlugin"


class Broker:
    """amqtt's broker, and a client of it that hears all but what it says itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[tuple[str, bytes]] = []

    async def start(self) -> None:
        """Begin, in the running loop."""
        listeners = {"default": {"type": "tcp", "bind": f"{LOCAL}:{self.port}"}}
        self._broker = amqtt.broker.Broker(
            {"listeners": listeners, "plugins": {_ANYBODY: {"allow_anonymous": True}}}
        )
        self._client = MQTTClient(config={"auto_reconnect": False})
        await self._broker.start()
        await self._client.connect(f"mqtt://{LOCAL}:{self.port}/")
        await self._client.subscribe([("up/#", 1), ("bc25/rssi", 1)])
        self._task = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        while True:
            message = await self._client.deliver_message()
            if message is not None:
                self.heard.append((message.topic, bytes(message.data)))

    async def say(self, topic: str, data: bytes, qos: int = 1) -> None:
        """Publish."""
        await self._client.publish(topic, data, qos=qos)

    async def stop(self) -> None:
        """End both."""
        self._task.cancel()
        await self._client.disconnect()
        await self._broker.shutdown()
