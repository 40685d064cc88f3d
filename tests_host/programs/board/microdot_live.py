"""microdot with a WebSocket and with server-sent events."""

import asyncio

import desk
import over

nic = over.attached()
from microdot import Microdot  # noqa: E402
from microdot.sse import with_sse  # noqa: E402
from microdot.websocket import with_websocket  # noqa: E402

app = Microdot()


@app.get("/echo")
@with_websocket
async def echo(request, ws):
    while True:
        await ws.send(await ws.receive())


@app.get("/events")
@with_sse
async def events(request, sse):
    for i in range(3):
        await sse.send({"row": i}, event="row")
        await asyncio.sleep_ms(50)


desk.tell(listening=True)
app.run(host="0.0.0.0", port=desk.args["port"])
