"""One page by HTTPS, the server's certificate checked.

A firmware that looks at a certificate's dates needs the right time first: see ntp_to_rtc.py.
"""

import ssl

import settings
from bc25 import BC25
from board import pins, uart

nic = BC25(uart(), **pins())
nic.active(True)
nic.connect(settings.APN)

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_mode = ssl.CERT_REQUIRED  # type: ignore[attr-defined]
with open(settings.CA, "rb") as file:
    context.load_verify_locations(cadata=file.read())

host, port = settings.WEB
plain = nic.socket()
plain.settimeout(60)  # also ends a handshake that stalls
try:
    plain.connect((host, port))
    s = context.wrap_socket(plain, server_hostname=host)
    s.write(b"GET / HTTP/1.0\r\nHost: %s\r\n\r\n" % host.encode())
    print(s.readline().decode().strip())
    while s.readline().strip():
        pass  # the headers
    print(s.read().decode())
finally:
    plain.close()
    nic.active(False)
