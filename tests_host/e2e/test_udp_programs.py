"""Programs over UDP: an ntptime-like client against an NTP server, CoAP against aiocoap."""

import asyncio
import calendar
import errno
import socket

import aiocoap
import pytest
from aiocoap import resource

from tests_host.e2e.conftest import PROFILES
from tools.servers import LOCAL
from tools.servers.ntp import answer

WHEN = (2031, 5, 6, 7, 8, 9)


@pytest.mark.parametrize("profile", PROFILES)
def test_ntptime(make_desk, servers, profile):
    desk = make_desk("--dns", f"ntp.example={LOCAL}", profile=profile)
    ports = {"port": servers.udp(answer(WHEN)), "mute": servers.udp(lambda _: None)}
    told = desk.run("ntptime_like", **ports)
    assert told["seconds"] == told["again"] == calendar.timegm((*WHEN, 0, 0, 0))
    assert told["mute"] == errno.ETIMEDOUT


class Value(resource.Resource):  # type: ignore[misc]
    """What was last put there."""

    content = b"old"

    async def render_get(self, request):
        return aiocoap.Message(payload=self.content)

    async def render_put(self, request):
        self.content = request.payload
        return aiocoap.Message(code=aiocoap.CHANGED)


class Ticks(resource.ObservableResource):  # type: ignore[misc]
    """Counts, and tells its observers."""

    count = 0

    async def add_observation(self, request, observation):
        await super().add_observation(request, observation)
        self._task = asyncio.create_task(self._tick())

    async def _tick(self):
        for _ in range(3):
            await asyncio.sleep(0.2)
            self.count += 1
            self.updated_state()

    async def render_get(self, request):
        return aiocoap.Message(payload=b"tick %d" % self.count)


@pytest.fixture
def coap_port(loop):
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind((LOCAL, 0))
        port = free.getsockname()[1]

    async def start():
        site = resource.Site()
        site.add_resource(["value"], Value())
        site.add_resource(["ticks"], Ticks())
        return await aiocoap.Context.create_server_context(
            site, bind=(LOCAL, port), transports=["simplesocketserver"]
        )

    context = loop.run(start())
    yield port
    loop.run(context.shutdown())


@pytest.mark.parametrize("profile", PROFILES)
def test_coap(make_desk, coap_port, profile):
    told = make_desk("--dns", f"coap.example={LOCAL}", profile=profile).run("coap", port=coap_port)
    assert told["first"] == "old" and told["put"][0] == [2, 4]
    assert told["second"] == "\r\nOK\r\n\x00 new"
    assert told["missing"] == [4, 4]
    assert told["ticks"] == [f"tick {n}" for n in range(4)]
