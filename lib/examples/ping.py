"""Whether a host answers, and how fast."""

import settings
from bc25 import BC25
from board import pins, uart


def show(reply):
    """Called for each answer, with None for one that did not come in time."""
    print("%s: %d bytes, %d ms, ttl %d" % reply if reply else "timed out")


nic = BC25(uart(), **pins())
nic.active(True)
nic.connect(settings.APN)
sent, received, lost, least, most, average = nic.ping(settings.PING, count=4, on_reply=show)
print("%d of %d answered in %d to %d ms, %d on average" % (received, sent, least, most, average))
nic.active(False)
