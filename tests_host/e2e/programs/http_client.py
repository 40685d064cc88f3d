"""The firmware's requests, unchanged, over the module."""

import hashlib

import desk

nic = desk.attached(push=desk.args.get("push", False))
nic.install()
import requests  # noqa: E402

URL = "http://web.example:%d" % desk.args["port"]


def parts():
    for i in range(20):
        yield b"part %d " % i * 20


answer = requests.get(URL + "/json")
desk.tell(get=answer.json(), status=answer.status_code, type=answer.headers["Content-Type"])
desk.tell(post=requests.post(URL + "/echo", data=b"\r\nOK\r\n\x00\xff" * 100).content.hex())
desk.tell(json=requests.post(URL + "/echo", json={"t": 21.5}).json())
desk.tell(sent_chunked=requests.post(URL + "/echo", data=parts()).content.decode())
desk.tell(chunked=hashlib.sha256(requests.get(URL + "/chunked").content).digest().hex())
answer = requests.get(URL + "/large")
got, digest = 0, hashlib.sha256()
while True:
    data = answer.raw.read(1000)
    if not data:
        break
    digest.update(data)
    got += len(data)
answer.close()
desk.tell(large=digest.digest().hex(), got=got)
desk.tell(redirected=requests.get(URL + "/moved").text)
answer = requests.get(URL + "/nowhere")
answer.close()
desk.tell(missing=answer.status_code)
try:
    requests.get(URL + "/slow", timeout=1)
except OSError as e:
    desk.tell(slow=e.errno)
desk.tell(https=requests.get("https://web.example:%d/json" % desk.args["tls"]).json())
for _ in range(7):
    requests.get(URL + "/json").close()
desk.all_closed(nic)
