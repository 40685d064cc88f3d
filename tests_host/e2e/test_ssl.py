"""The firmware's ssl over the module, to real TLS servers."""

import asyncio

import pytest

from tests_host.e2e.conftest import PROFILES
from tools.servers import LOCAL
from tools.servers.tls import authority

WAYS = pytest.mark.parametrize("under_asyncio", (False, True), ids=("blocking", "asyncio"))
WORLD = ("--dns", f"tls.example={LOCAL}")


@pytest.fixture
def ours(tmp_path):
    return authority(tmp_path)


@WAYS
@pytest.mark.parametrize("profile", PROFILES)
def test_a_server_whose_certificate_is_good(make_desk, servers, ours, profile, under_asyncio):
    port = servers.tcp(context=ours.context)
    told = make_desk(*WORLD, profile=profile).run(
        "tls_client", port=port, ca=str(ours.ca), blocks=8, asyncio=under_asyncio
    )
    assert told["good"] is True and told["left"] == []


@WAYS
def test_in_push_mode(make_desk, servers, ours, under_asyncio):
    port = servers.tcp(context=ours.context)
    told = make_desk(*WORLD, "--baud", "115200").run(
        "tls_client", port=port, ca=str(ours.ca), blocks=2, asyncio=under_asyncio, push=True
    )
    assert told["good"] is True


@WAYS
def test_a_certificate_of_another_authority(make_desk, servers, ours, tmp_path, under_asyncio):
    (tmp_path / "other").mkdir()
    port = servers.tcp(context=authority(tmp_path / "other").context)
    told = make_desk(*WORLD).run("tls_client", port=port, ca=str(ours.ca), asyncio=under_asyncio)
    assert "good" not in told and "cert" in told["error"].lower()
    assert told["ms"] < 20_000
    assert under_asyncio or told["left"] == []


@WAYS
def test_a_certificate_for_another_name(make_desk, servers, tmp_path, under_asyncio):
    other = authority(tmp_path, "other.example")
    port = servers.tcp(context=other.context)
    told = make_desk(*WORLD).run("tls_client", port=port, ca=str(other.ca), asyncio=under_asyncio)
    assert "good" not in told and "cert" in told["error"].lower()
    assert told["ms"] < 20_000
    assert under_asyncio or told["left"] == []


async def says_nothing(reader, writer):
    await asyncio.sleep(3600)


async def hangs_up(reader, writer):
    await reader.read(10)


@WAYS
@pytest.mark.parametrize("server", (says_nothing, hangs_up), ids=("silent", "hangs_up"))
def test_a_handshake_that_stalls(make_desk, servers, ours, server, under_asyncio):
    told = make_desk(*WORLD).run(
        "tls_client", port=servers.tcp(server), ca=str(ours.ca), asyncio=under_asyncio,
        stalled=True,
    )  # fmt: skip
    assert "good" not in told and told["ms"] < 10_000 and told["left"] == []
