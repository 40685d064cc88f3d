"""phew's NTP client, which sets the board's clock."""

import clock
import desk
import over

clock.install()
nic = over.attached()
from phew import ntp  # noqa: E402

desk.tell(fetched=ntp.fetch()[:6], clock=clock.RTC.now)
