"""The time of an NTP server into the board's clock."""

import settings
from bc25 import BC25
from board import pins, uart
from machine import RTC

nic = BC25(uart(), **pins())
nic.active(True)
nic.connect(settings.APN)
now, quarters = nic.ntp(settings.NTP)
RTC().datetime(now)
print("%04d-%02d-%02d" % now[:3], "%02d:%02d:%02d" % now[4:7], "zone %+.2f h" % (quarters / 4))
nic.active(False)
