"""The longest time that another task does not run while bytes and questions are pending."""

import asyncio
import time

import desk
from bc25 import aio

nic = desk.attached()
nic.install()
longest = {}
during = "connect"
size = desk.args["size"]


async def watch():
    before = time.ticks_ms()
    while True:
        await asyncio.sleep_ms(0)
        now = time.ticks_ms()
        longest[during] = max(longest.get(during, 0), time.ticks_diff(now, before))
        before = now


async def send(writer):
    for _ in range(0, size, 256):
        writer.write(bytes(256))
        await writer.drain()


async def main():
    global during
    watcher = asyncio.create_task(watch())
    reader, writer = await asyncio.open_connection("echo.example", desk.args["port"])
    during = "transfer"
    sender = asyncio.create_task(send(writer))
    await reader.readexactly(size)
    await sender
    writer.close()
    await writer.wait_closed()
    during = "resolve"
    await aio.resolve(nic, "echo.example")
    during = "ping"
    await aio.ping(nic, "127.0.0.1", count=2)
    during = "ntp"
    await aio.ntp(nic, "127.0.0.1", desk.args["ntp"])
    watcher.cancel()
    desk.tell(longest=longest)


asyncio.run(main())
