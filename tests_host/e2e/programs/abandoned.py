"""open_connection given up by wait_for: the firmware's asyncio does not close its socket."""

import asyncio

import desk

nic = desk.attached()
nic.install()


async def main():
    given_up = 0
    for _ in range(7):
        try:
            await asyncio.wait_for(asyncio.open_connection("slow.example", 80), 0.3)
        except asyncio.TimeoutError:
            given_up += 1
        await asyncio.sleep_ms(900)
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.args["port"])
    writer.write(b"hello\n")
    await writer.drain()
    desk.tell(given_up=given_up, line=(await reader.readline()).decode())


asyncio.run(main())
