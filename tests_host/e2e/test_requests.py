"""The firmware's requests against a real HTTP server."""

import errno
import hashlib

import pytest

from tests_host.e2e.conftest import BOTH_MODES
from tools.servers import LOCAL
from tools.servers.tls import authority
from tools.servers.web import LARGE, Web


@pytest.fixture
def web(tmp_path):
    plain, secure = Web(), Web(authority(tmp_path, "web.example").context)
    yield {"port": plain.port, "tls": secure.port}
    plain.stop()
    secure.stop()


@pytest.mark.parametrize(("profile", "push"), BOTH_MODES)
def test_requests(make_desk, web, profile, push):
    pace = ("--baud", "115200") if push else ()
    desk = make_desk("--dns", f"web.example={LOCAL}", *pace, profile=profile)
    told = desk.run("http_client", push=push, **web)
    large = hashlib.sha256(LARGE).hexdigest()
    assert told["get"] == {"hello": "world"} and told["status"] == 200
    assert told["type"] == "application/json"
    assert bytes.fromhex(told["post"]) == b"\r\nOK\r\n\x00\xff" * 100
    assert told["json"] == {"t": 21.5}
    assert told["sent_chunked"] == "".join(f"part {i} " * 20 for i in range(20))
    assert told["chunked"] == large and told["large"] == large and told["got"] == len(LARGE)
    assert told["redirected"] == '{"hello": "world"}' and told["missing"] == 404
    assert told["slow"] == errno.ETIMEDOUT
    assert told["https"] == {"hello": "world"}
    assert told["left"] == []
