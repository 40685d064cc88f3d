"""What the device tests talk to. `make device-test` puts its command line on top of this."""

APN = None  # None: the one that the module holds
# The computer that runs the test servers, as the module reaches it: `python -m tools.device_test
# --serve` on a public machine, or this desk. None: whatever needs one is skipped.
SERVER = None
ECHO_PORT = 7007  # TCP and UDP echo
ORDER_PORT = 7008  # does what a line asks for, see tools/servers/orders.py
TOKEN = "bc25"  # the word that an order begins with
NAME = "www.quectel.com"  # a name to resolve
PING = "www.quectel.com"  # a host to ping
NTP = ("ntp5.aliyun.com", 123)
LISTEN_PORT = 2020
SWEEP_STEP = 1  # 1: every length from 1 to 512
BULK = 10240  # bytes each way
SLEEP_S = 90  # how long to wait for deep sleep
