"""Six connections in flight at once, from the firmware's own asyncio."""

import asyncio
import errno

import desk

nic = desk.attached(push=desk.args.get("push", False))
nic.install()


async def one(number):
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.args["port"])
    good = 0
    for turn in range(desk.args["turns"]):
        data = bytes([number * 16 + turn % 16]) * (100 + desk.args["more"] * number)
        writer.write(data)
        await writer.drain()
        good += await reader.readexactly(len(data)) == data
    return reader, writer, good


async def main():
    done = await asyncio.gather(*[one(i) for i in range(6)])
    try:
        await asyncio.open_connection("127.0.0.1", desk.args["port"])
        seventh = None
    except OSError as e:
        seventh = e.errno
    for _, writer, _ in done:
        writer.write(b"last line\n")
        await writer.drain()
    lines = []
    for reader, _, _ in done:
        lines.append(await reader.readline())
    for _, writer, _ in done:
        writer.close()
        await writer.wait_closed()
    desk.tell(
        good=[good for _, _, good in done],
        lines=[line.decode() for line in lines],
        seventh=seventh == getattr(errno, "EMFILE", 24),
    )


asyncio.run(main())
