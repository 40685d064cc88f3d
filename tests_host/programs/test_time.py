"""NTP clients that others published, against a real server."""

from __future__ import annotations

from tools.servers import LOCAL
from tools.servers.ntp import answer

WHEN = (2026, 11, 26, 7, 47, 50)
THURSDAY = 3


def test_phew_ntp(start, servers):
    port = servers.udp(answer(WHEN))
    where = ("--map", f"{LOCAL}:123={LOCAL}:{port}")
    told = start("phew_time", "phew", sim=where).end(20)
    assert tuple(told["fetched"]) == WHEN
    assert told["clock"] == [*WHEN[:3], THURSDAY, *WHEN[3:], 0]
