"""A WebSocket client that others published, against a real server."""

from __future__ import annotations

from websockets.asyncio.server import serve

from tools.servers import LOCAL


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def test_async_websocket_client(start, loop):
    async def open_server():
        return await serve(echo, LOCAL, 0)

    server = loop.run(open_server())
    try:
        port = server.sockets[0].getsockname()[1]
        told = start("websocket_client", "async_websocket_client", port=port).end(20)
    finally:
        server.close()
    assert told == {"opened": True, "same": [True] * 4}
