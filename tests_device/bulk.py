"""Many bytes one way and then the other, compared by their SHA-256."""

import time
from binascii import hexlify
from hashlib import sha256

import settings
from runner import check, order, run


def _speed(since):
    ms = max(1, time.ticks_diff(time.ticks_ms(), since))
    return "%d bytes, %d a second" % (settings.BULK, settings.BULK * 1000 // ms)


def down(nic):
    with order(nic, "down", settings.BULK) as s:
        want = s.readline().strip()
        since, digest, left = time.ticks_ms(), sha256(), settings.BULK
        while left:
            data = s.recv(512)
            check(data, "the stream ended %d bytes early" % left)
            digest.update(data)
            left -= len(data)
        check(hexlify(digest.digest()) == want, "the hash differs")
        return _speed(since)


def up(nic):
    with order(nic, "up", settings.BULK) as s:
        since, digest, left = time.ticks_ms(), sha256(), settings.BULK
        block = bytes(32)
        while left:
            block = sha256(block).digest()
            data = (block * 32)[: min(1024, left)]
            digest.update(data)
            s.sendall(data)
            left -= len(data)
        speed = _speed(since)
        got = s.readline().strip()
        check(hexlify(digest.digest()) == got, "the hash differs")
        return speed


run(down, up)
