"""AT+QPING (2.1.8): a host that answers, and a name that does not exist."""

import settings
from runner import Skip, check, run


def host(nic):
    replies = []
    try:
        figures = nic.ping(settings.PING, count=3, on_reply=replies.append)
    except OSError as error:
        raise Skip("%s: %s" % (settings.PING, error))
    sent, received, lost = figures[:3]
    check(sent == 3 and received + lost == sent, "figures %s" % (figures,))
    if not received:
        raise Skip("%s does not answer pings" % settings.PING)
    check(len(replies) == 3, "%d replies told" % len(replies))
    return "%d of %d, %d to %d ms" % (received, sent, figures[3], figures[4])


def nobody(nic):
    try:
        figures = nic.ping("no-such-host.invalid", count=1)
    except OSError as error:
        return "%s" % error
    check(figures[1] == 0, "no-such-host.invalid answered")
    return "told as lost"


run(host, nobody)
