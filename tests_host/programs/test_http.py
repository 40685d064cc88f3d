"""HTTP clients that others published, and mip, against a real server."""

from __future__ import annotations

import json

import pytest

from tools.servers import LOCAL

PAGE = bytes(range(256)) * 13


@pytest.fixture
def page(site):
    """The server's port; it has a page of 3 KB."""
    (site.folder / "page").write_bytes(PAGE)
    return site.port


def test_urequest(start, page):
    told = start("urequest", "urllib.urequest", port=page).end(20)
    assert bytes.fromhex(told["page"]) == PAGE
    assert told["posted"] == "\r\nOK\r\n> "


@pytest.mark.parametrize("background", [False, True])
def test_requests_with_a_timeout_shorter_than_the_page_takes(start, page, background):
    pace = ("--baud", "9600")
    program = start("requests_get", port=page, baud=9600, sim=pace, background=background)
    assert bytes.fromhex(program.end(30)["page"]) == PAGE


def test_a_request_in_the_background_is_joined(start, page):
    """It is made of many small writes; the timer may come between two of them."""
    told = start("requests_get", port=page, background=True).end(20)
    assert bytes.fromhex(told["page"]) == PAGE
    heard = start.sim.heard()
    assert 1 <= heard.count(b"AT+QISEND=") + heard.count(b"AT+QISENDEX=") <= 3


def test_uaiohttpclient(start, page):
    program = start("uaiohttpclient_get", "uaiohttpclient", sim=port_80_is(page))
    found, missing = program.end(20)["pages"]
    assert found == [200, PAGE.hex()]
    assert missing[0] == 404


def port_80_is(port: int) -> tuple[str, ...]:
    return ("--map", f"{LOCAL}:80={LOCAL}:{port}")


def test_chumicro_requests(start, page):
    imports = ("chumicro_requests", "chumicro_sockets", "chumicro_timing")
    told = start("chumicro_get", *imports, port=page).end(20)
    assert bytes.fromhex(told["page"]) == PAGE
    assert bytes.fromhex(told["posted"]) == b"\r\nOK\r\n\x00> " and told["status"] == 200


def test_mip(start, site):
    source = f"WORDS = 'hello'\nTABLE = {list(range(500))}\n"
    (site.folder / "words.py").write_text(source)
    urls = [["greeting/words.py", "words.py"]]
    (site.folder / "package.json").write_text(json.dumps({"urls": urls, "version": "1.0"}))
    told = start("mip_install", port=site.port).end(20)
    assert told == {"words": "hello", "table": 500}
