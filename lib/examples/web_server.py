"""A web page from the module, for clients that can reach its address (a private APN, say)."""

import asyncio

import settings
from bc25 import BC25
from board import pins, uart

nic = BC25(uart(), **pins())
nic.active(True)
nic.connect(settings.APN)
nic.install()  # asyncio's sockets are the module's from here on

PAGE = "<!DOCTYPE html><title>BC25</title><h1>BC25</h1><p>Signal: {} dBm</p>"


async def serve(reader, writer):
    """One request, one page."""
    try:
        while (await reader.readline()).strip():
            pass
        body = PAGE.format(rssi).encode()
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
    finally:
        writer.close()
        await writer.wait_closed()


async def main():
    """Serve for ever."""
    await asyncio.start_server(serve, "0.0.0.0", settings.LISTEN)
    print("http://%s:%d/" % (nic.ipconfig("addr4")[0], settings.LISTEN))
    while True:
        await asyncio.sleep(3600)


rssi = nic.status("rssi")
asyncio.run(main())
