"""microdot serves pages from the module to real HTTP clients."""

import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests_host.e2e.conftest import PROFILES
from tools.servers import CLIENT_PAUSE_S, LOCAL


@pytest.mark.parametrize("profile", PROFILES)
def test_microdot(make_desk, packages, free_port, profile):
    url = f"http://{LOCAL}:{free_port}"

    def get(path, data=None):
        time.sleep(CLIENT_PAUSE_S)
        with urllib.request.urlopen(url + path, data, timeout=30) as answer:
            return answer.read()

    desk = make_desk(profile=profile)
    program = desk.start("web_pages", port=free_port, path=[packages("microdot")])
    program.wait_for("listening")
    wait_until_open(get)
    body = b"\r\nOK\r\n\x00\xff> " * 50
    assert get("/echo", body) == body
    assert get("/rows/300") == b"".join(b"row %d\n" % i for i in range(300))
    assert json.loads(get("/peer?a=1")) == {"ip": LOCAL, "a": "1"}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get("/nowhere")
    with ThreadPoolExecutor(3) as pool:
        pages = list(pool.map(get, [f"/rows/{n}" for n in range(20, 32)]))
    assert pages == [b"".join(b"row %d\n" % i for i in range(n)) for n in range(20, 32)]


def wait_until_open(get):
    """The first page, as soon as the module listens."""
    for _ in range(200):
        try:
            assert get("/") == b"<h1>BC25</h1>"
            return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError("nobody listens")
