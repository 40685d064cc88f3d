"""Web servers that others published, on the module, with real clients."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from contextlib import suppress

import pytest
from websockets.sync.client import connect

from tools.servers import CLIENT_PAUSE_S, LOCAL


def get(url: str, data: bytes | None = None) -> bytes:
    """A page, of a server that may not listen yet."""
    for _ in range(200):
        time.sleep(CLIENT_PAUSE_S)
        with suppress(ConnectionRefusedError):
            return _get(url, data)
    raise AssertionError("nobody listens")


def _get(url: str, data: bytes | None) -> bytes:
    try:
        with urllib.request.urlopen(url, data, timeout=20) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as e:
        if isinstance(e.reason, ConnectionRefusedError):
            raise e.reason from e
        raise


def test_phew(start, free_port):
    url = f"http://{LOCAL}:{free_port}"
    start("phew_pages", "phew", port=free_port).wait_for("listening")
    assert get(url + "/random/bc25?q=a%20b") == b"hello bc25 a b"
    assert get(url + "/form", b"answer=42") == b"got 42"
    assert get(url + "/rows") == b"".join(b"row %d\n" % i for i in range(100))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(url + "/nowhere")


def test_microdot_websocket(start, free_port):
    program = start("microdot_live", "microdot", port=free_port)
    program.wait_for("listening")
    assert b"404" not in get(f"http://{LOCAL}:{free_port}/events")
    time.sleep(CLIENT_PAUSE_S)
    with connect(f"ws://{LOCAL}:{free_port}/echo", open_timeout=20) as ws:
        for message in ("hello", b"\r\nOK\r\n\x00\x1a> ", bytes(300), "x" * 1000):
            ws.send(message)
            assert ws.recv(timeout=20) == message


def test_microdot_events(start, free_port):
    program = start("microdot_live", "microdot", port=free_port)
    program.wait_for("listening")
    page = get(f"http://{LOCAL}:{free_port}/events")
    assert page == b"".join(b'event: row\ndata: {"row": %d}\n\n' % i for i in range(3))
