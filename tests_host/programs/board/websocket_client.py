"""async_websocket_client sends messages while another task runs, and hears their echoes."""

import asyncio

import desk
import over

nic = over.attached()
from async_websocket_client import AsyncWebsocketClient  # noqa: E402

MESSAGES = ("hello", b"\r\nOK\r\n\x00\x1a> ", bytes(300), "x" * 400)


async def main():
    client = AsyncWebsocketClient()
    opened = await client.handshake("ws://web.example:%d/echo" % desk.args["port"])
    desk.tell(opened=opened)
    same = []
    for message in MESSAGES:
        await client.send(message)
        same.append(await client.recv() == message)
    await client.close()
    desk.tell(same=same)


asyncio.run(main())
