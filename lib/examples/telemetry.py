"""A report over UDP now and then; the module sleeps deeply in between.

Needs the wake pin, or a module that wakes by itself when commands come.
"""

import json
import time

import settings
from bc25 import BC25, SOCK_DGRAM
from board import pins, uart


def report():
    """What to send; put your sensor's reading here."""
    up_s = time.ticks_ms() // 1000  # type: ignore[operator]
    return json.dumps({"up_s": up_s, "rssi_dbm": nic.status("rssi")})


nic = BC25(uart(), **pins())
nic.active(True)
nic.connect(settings.APN)
s = nic.socket(type=SOCK_DGRAM)
s.connect(settings.TELEMETRY)
while True:
    try:
        s.send(report().encode())  # wakes the module; the socket lived through its sleep
    except OSError as error:
        print("not sent:", error)
    nic.sleep()
    time.sleep(settings.PERIOD_S)  # or machine.lightsleep(), where the UART comes back from it
