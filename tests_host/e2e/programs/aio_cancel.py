"""Cancellation and wait_for at every kind of wait, and that nothing is stuck after it."""

import asyncio
import errno

import desk
from bc25 import aio

nic = desk.attached()
nic.install()
import socket  # noqa: E402

HOST = "127.0.0.1"
out = []


async def timed_out(coroutine):
    try:
        await asyncio.wait_for(coroutine, 0.3)
    except asyncio.TimeoutError:
        return True
    return False


async def cancelled(coroutine):
    task = asyncio.create_task(coroutine)
    await asyncio.sleep_ms(100)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


async def works():
    reader, writer = await asyncio.open_connection(HOST, desk.args["echo"])
    writer.write(b"works\n")
    await writer.drain()
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()
    return line == b"works\n"


async def main():
    reader, writer = await asyncio.open_connection(HOST, desk.args["silent"])
    out.append(("read", await timed_out(reader.read(10))))
    out.append(("read again", await cancelled(reader.read(10))))
    writer.write(b"speak\n")
    await writer.drain()
    out.append(("still usable", await reader.readline() == b"spoken\n"))
    out.append(("write", await cancelled(flood(writer))))
    writer.close()
    await writer.wait_closed()
    for _ in range(7):  # more often than there are sockets
        out.append(("open", await timed_out(opened("slow.example"))))
        await asyncio.sleep_ms(desk.args["slow_ms"])
    out.append(("resolve", await timed_out(aio.resolve(nic, "slow.example"))))
    out.append(("ping", await timed_out(aio.ping(nic, "192.0.2.1", count=1, timeout_s=20))))
    out.append(("ntp", await cancelled(aio.ntp(nic, HOST, desk.args["mute_ntp"]))))
    out.append(("at", (await aio.at(nic, "AT+CGMM")) == ["BC25"]))
    for _ in range(7):
        out.append(("works", await works()))
    desk.tell(out=out)


async def flood(writer):
    for _ in range(1000):
        writer.write(b"x" * 512)
        await writer.drain()


async def opened(host):
    s = socket.socket()
    s.setblocking(False)
    try:
        try:
            s.connect((host, 80))
        except OSError as e:
            if e.errno != errno.EINPROGRESS:
                raise
        stream = asyncio.StreamWriter(s, {})
        stream.write(b"x")
        await stream.drain()
    finally:
        s.close()


asyncio.run(main())
