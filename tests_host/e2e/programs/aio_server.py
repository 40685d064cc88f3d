"""asyncio.start_server on the module: upper case, line by line."""

import asyncio

import desk

nic = desk.attached()
nic.install()
served = 0


async def serve(reader, writer):
    global served
    try:
        while True:
            line = await reader.readline()
            if not line:
                break
            writer.write(line.upper())
            await writer.drain()
    finally:
        writer.close()
        await writer.wait_closed()
        served += 1


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", desk.args["port"])
    desk.tell(listening=True)
    while served < desk.args["clients"]:
        await asyncio.sleep_ms(10)
    server.close()
    await server.wait_closed()
    left = 1
    for _ in range(100):  # close() only queues QICLOSE
        left = len(nic.sockets())
        if not left:
            break
        await asyncio.sleep_ms(20)
    desk.tell(served=served, left=left)


asyncio.run(main())
