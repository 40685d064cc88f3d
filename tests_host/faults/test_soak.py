"""A short soak; `make soak` is the long one."""

import pytest

from tools.rig import Peer
from tools.soak.accounts import Broken, Stream
from tools.soak.soak import Soak


@pytest.mark.parametrize("profile", ["manual", "clone", "hostile"])
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_or_doubled(seed, profile):
    soak = Soak(seed, 0.05, profile)
    figures = soak.run(1000)
    assert figures.checked > 50 and sum(soak.trouble.armed.values()) > 30
    assert figures.recovery_ms < 600_000


@pytest.mark.parametrize("profile", ["clone", "manual"])
def test_without_faults_nothing_fails(profile):
    figures = Soak(5, 0.0, profile).run(300)
    assert figures.failed == 0 and figures.objects


def test_an_account_knows_what_is_wrong():
    account, peer = Stream(sent=bytearray(b"abc")), Peer(got=bytearray(b"abc"))
    account.check(peer)
    for wrong in (b"ab", b"abcc", b"axc", b"abcd"):
        with pytest.raises(Broken):
            account.check(Peer(got=bytearray(wrong)))
    account.doubt = b"defg"
    for possible in (b"abc", b"abcde", b"abcdefg", b"abcdfgA"):
        account.check(Peer(got=bytearray(possible)))
    with pytest.raises(Broken):
        account.check(Peer(got=bytearray(b"ab")))
