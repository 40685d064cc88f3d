"""Driver and simulated module on one virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.rig import SERVER, Peer, Rig


@pytest.fixture
def peer() -> Peer:
    """A server, for TCP or UDP."""
    return Peer(echo=False)


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
