"""UDP: datagrams keep their borders; what the network loses is sent again and counted."""

from bc25 import SOCK_DGRAM

from runner import check, echo, run

_TRIES = 4
_DATA = bytes(range(256)) * 2


def _round_trip(s, data):
    """How often it had to be sent."""
    for tries in range(1, _TRIES + 1):
        s.send(data)
        try:
            while True:
                got, sender = s.recvfrom(600)
                if len(got) == len(data):  # anything else is a late answer to an earlier one
                    check(got == data, "%d bytes came back changed" % len(data))
                    return tries
        except OSError:
            pass
    raise AssertionError("%d bytes were lost %d times" % (len(data), _TRIES))


def sizes(nic):
    sent = 0
    wanted = (1, 2, 31, 255, 256, 511, 512)
    with nic.socket(type=SOCK_DGRAM) as s:
        s.connect(echo())
        s.settimeout(8)
        for size in wanted:
            sent += _round_trip(s, _DATA[:size])
    return "%d datagrams, %d lost" % (len(wanted), sent - len(wanted))


def borders(nic):
    with nic.socket(type=SOCK_DGRAM) as s:
        s.connect(echo())
        s.settimeout(8)
        for _ in range(_TRIES):
            try:
                s.send(b"first")
                s.send(b"second one")
                got = {s.recv(512), s.recv(512)}
                check(got <= {b"first", b"second one"}, "came as %s" % got)
                return
            except OSError:
                pass
    raise AssertionError("lost %d times" % _TRIES)


def too_long(nic):
    with nic.socket(type=SOCK_DGRAM) as s:
        for data in (b"", bytes(513)):
            try:
                s.sendto(data, echo())
            except OSError:
                continue
            raise AssertionError("%d bytes were taken" % len(data))


run(sizes, borders, too_long)
