"""What the examples talk to: change it to your SIM's and your servers'."""

APN = None  # None: the one that the module holds
ECHO = ("echo.example", 7)  # a TCP and UDP echo server (RFC 862)
TELEMETRY = ("telemetry.example", 5683)  # takes UDP datagrams
PERIOD_S = 600  # between two reports
MQTT = ("mqtt.example", 1883)
WEB = ("web.example", 443)  # an HTTPS server ...
CA = "ca.der"  # ... and the file with its authority's certificate (DER)
LISTEN = 8080  # the port that the module's web server listens on
NTP = "pool.ntp.org"
PING = "pool.ntp.org"
