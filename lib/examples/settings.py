"""What the examples talk to: change it to your SIM's and your server's."""

APN = None  # None: the one that the module holds
ECHO = ("echo.example", 7)  # a TCP and UDP echo server (RFC 862)
