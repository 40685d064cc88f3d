"""microdot from PyPI, serving pages through TCP LISTENER."""

import desk

nic = desk.attached()
nic.install()
from microdot import Microdot  # noqa: E402

app = Microdot()


@app.get("/")
async def index(request):
    return "<h1>BC25</h1>", {"Content-Type": "text/html"}


@app.post("/echo")
async def echo(request):
    return request.body, {"Content-Type": "application/octet-stream"}


@app.get("/rows/<int:count>")
async def rows(request, count):
    async def generate():
        for i in range(count):
            yield "row %d\n" % i

    return generate()


@app.get("/peer")
async def peer(request):
    return {"ip": request.client_addr[0], "a": request.args["a"]}


desk.tell(listening=True)
app.run(host="0.0.0.0", port=desk.args["port"])
