"""AT+QNTP (2.1.9)."""

import settings
from runner import Skip, check, run


def time(nic):
    try:
        stamp, zone = nic.ntp(*settings.NTP)
    except OSError as error:
        raise Skip("%s: %s" % (settings.NTP[0], error))
    year, month, day, weekday, hour, minute, second = stamp[:7]
    check(year >= 2024 and 1 <= month <= 12 and 1 <= day <= 31, "date %s" % (stamp,))
    check(hour < 24 and minute < 60 and second < 61 and weekday < 7, "time %s" % (stamp,))
    shown = "%d-%02d-%02d %02d:%02d:%02d" % (year, month, day, hour, minute, second)
    return "%s, zone %+d quarters" % (shown, zone)


run(time)
