"""Driver and simulated module in one process; either can do without a section of the manual."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests_host.shims import without
from tools.bc25sim import sections
from tools.rig import SERVER, Rig, load


@pytest.fixture(scope="session", autouse=True)
def _without() -> None:
    """Takes away what the environment names, unless the simulator's own tests did already."""
    for section in os.environ.get("BC25SIM_WITHOUT", "").split():
        if section in sections.handlers():
            sections.take_away(section)
    without.take_away_named(load("native").bc25.__name__)  # as Rig() loads it


class Peer:
    """A server, for TCP or UDP: what it got, and a way to say something."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.far: Any = None
        self.left = False

    def connected(self, far: Any) -> None:
        self.far = far

    def received(self, far: Any, data: bytes) -> None:
        self.far = far
        self.got += data

    def closed(self, far: Any) -> None:
        self.left = True

    def say(self, data: bytes) -> None:
        self.far.write(data)


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def rig(peer: Peer) -> Callable[..., Rig]:
    """Makes a rig, attached, whose 220.18.39.22:8062 and :8084 are `peer`."""

    def make(**words: Any) -> Rig:
        made = Rig(**words)
        made.network.serve(SERVER, 8062, lambda: peer)
        made.network.serve(SERVER, 8084, lambda: peer)
        made.network.names["sh.quectel.com"] = ["220.18.23.21"]
        made.up()
        return made

    return make
