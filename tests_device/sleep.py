"""Deep sleep (4.4): UDP sockets live on, TCP sockets do not (2.1.1 note 3)."""

from bc25 import SOCK_DGRAM

import settings
from runner import Skip, check, echo, run, wait


def sleeps_and_wakes(nic):
    slept, woke = [], []
    before = _wake_lines(nic, 1)
    nic.on("sleep", lambda: slept.append(1))
    nic.on("wake", lambda: woke.append(1))
    t, u = nic.socket(), nic.socket(type=SOCK_DGRAM)
    t.connect(echo())
    u.connect(echo())
    u.settimeout(8)
    nic.sleep()
    if not wait(nic, lambda: slept, settings.SLEEP_S):
        nic.wake()
        _wake_lines(nic, before)
        raise Skip("awake after %d s: is power saving granted?" % settings.SLEEP_S)
    nic.wake()
    _tcp_is_gone(t)
    tries = _udp_lives(u)
    t.close()
    u.close()
    _wake_lines(nic, before)
    return "UDP answered at try %d, %d wake lines" % (tries, len(woke))


def _wake_lines(nic, on):
    """Some firmwares tell sleep and wake only when asked to; what was set before."""
    try:
        before = int(nic.at("AT+QATWAKEUP?")[0][-1])
        nic.at("AT+QATWAKEUP=%d" % on)
        return before
    except (OSError, IndexError, ValueError):
        return on


def _tcp_is_gone(t):
    try:
        t.send(b"?")
    except OSError:
        return
    raise AssertionError("the TCP socket outlived deep sleep")


def _udp_lives(u):
    for tries in range(1, 5):
        u.send(b"awake again")
        try:
            check(u.recv(64) == b"awake again", "the datagram changed")
            return tries
        except OSError:
            pass
    raise AssertionError("the UDP socket is silent after deep sleep")


run(sleeps_and_wakes)
