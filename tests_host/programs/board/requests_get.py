"""The firmware's requests loads a page in one read; its time-out is shorter than that takes."""

import desk
import over

nic = over.attached()
import requests  # noqa: E402

answer = requests.get("http://web.example:%d/page" % desk.args["port"], timeout=2)
page = answer.raw.read(int(answer.headers["Content-Length"]))
answer.close()
desk.tell(page=page.hex())
