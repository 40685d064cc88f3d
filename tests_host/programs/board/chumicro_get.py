"""chumicro-requests, turned by a loop that does not block."""

import desk
import over

nic = over.attached()
from chumicro_requests import HttpClient  # noqa: E402
from chumicro_sockets.sockets_factory import connector_factory  # noqa: E402
from chumicro_timing import ticks_ms  # noqa: E402

URL = "http://web.example:%d" % desk.args["port"]
client = HttpClient(transport_factory=connector_factory())


def answer_to(request):
    while not request.done:
        if client.check(ticks_ms()):
            client.handle(ticks_ms())
    return request.result


desk.tell(page=answer_to(client.get(URL + "/page", timeout_ms=10_000)).body.hex())
posted = answer_to(client.post(URL + "/post", body=b"\r\nOK\r\n\x00> ", timeout_ms=10_000))
desk.tell(posted=posted.body.hex(), status=posted.status_code)
