"""A TLS client that checks the certificate, blocking or under asyncio; how it ended."""

import asyncio
import socket as firmwares
import ssl
import time

import desk

nic = desk.attached(push=desk.args.get("push", False))
nic.install()
import socket  # noqa: E402

assert socket is not firmwares
HOST, PORT = "tls.example", desk.args["port"]
DATA = bytes(range(256)) * desk.args.get("blocks", 1)
LIMIT_S = 3 if desk.args.get("stalled") else 30


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.verify_mode = ssl.CERT_REQUIRED
    with open(desk.args["ca"], "rb") as file:
        made.load_verify_locations(cadata=file.read())
    return made


def blocking():
    s = socket.socket()
    s.settimeout(LIMIT_S)
    try:
        s.connect(socket.getaddrinfo(HOST, PORT)[0][-1])
        s = context().wrap_socket(s, server_hostname=HOST)
        s.write(DATA)
        return s.read(len(DATA)) == DATA
    finally:
        s.close()


async def exchange():
    reader, writer = await asyncio.open_connection(HOST, PORT, ssl=context(), server_hostname=HOST)
    try:
        writer.write(DATA)
        await writer.drain()
        return await reader.readexactly(len(DATA)) == DATA
    finally:
        writer.close()
        await writer.wait_closed()


async def timed():
    return await asyncio.wait_for(exchange(), LIMIT_S)


start = time.ticks_ms()
try:
    desk.tell(good=asyncio.run(timed()) if desk.args["asyncio"] else blocking())
except (OSError, ValueError, asyncio.TimeoutError) as e:
    desk.tell(error=repr(e), ms=time.ticks_diff(time.ticks_ms(), start))
desk.all_closed(nic)
