"""AT+QIDNSGIP and AT+QIDNSCFG (2.1.10, 2.1.14)."""

import settings
from runner import check, run


def name(nic):
    found, ttl = nic.resolve(settings.NAME, ttl=True)
    check(found, "no address")
    return "%s, kept %d s" % (", ".join(found), ttl)


def nobody(nic):
    try:
        found = nic.resolve("no-such-host.invalid")
    except OSError as error:
        return "%s" % error
    raise AssertionError("found at %s" % found)


def servers(nic):
    return "%s, %s" % nic.dns()


run(name, nobody, servers)
