"""A report over UDP now and then; board and module sleep deeply in between.

The module keeps the UDP socket while both sleep, so that a report costs eight commands. Needs the
wake pin, or a module that wakes by itself when commands come.
"""

import machine
import settings
from bc25 import BC25, SOCK_DGRAM
from board import pins, uart


def report():
    """What to send; put your sensor's reading here. Without a quote it goes in one command."""
    return "rssi_dbm=%s" % nic.status("rssi")


def send():
    """Send a report through the socket that the module kept, or through a new one."""
    s = nic.socket(type=SOCK_DGRAM)
    for left in (2, 1, 0):
        try:
            s.connect(settings.TELEMETRY)
            s.send(report())
            return
        except OSError:  # a cold start, or the module restarted: attach, then again
            if not left:
                raise
            nic.connect(settings.APN)


nic = BC25(uart(), **pins())
try:
    nic.active(True)
    try:
        send()
    finally:
        nic.sleep()
except OSError as error:
    print("not sent:", error)
machine.deepsleep(int(settings.PERIOD_S * 1000))  # main.py runs again after it
