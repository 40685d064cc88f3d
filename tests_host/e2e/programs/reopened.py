"""Six connections closed, and at once six others opened."""

import asyncio

import desk

nic = desk.attached()
nic.install()


async def one():
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.args["port"])
    writer.write(b"hello\n")
    await writer.drain()
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line == b"hello\n"


async def main():
    good = []
    for _ in range(3):
        good += await asyncio.gather(*[one() for _ in range(6)])
    desk.tell(good=good)


asyncio.run(main())
