"""The time as ntptime asks for it: one UDP request from a socket with a time-out."""

import desk

nic = desk.attached()
nic.install()
import socket  # noqa: E402
import struct  # noqa: E402

SINCE_1900 = 2_208_988_800


def seconds(host, port):
    query = bytearray(48)
    query[0] = 0x1B
    where = socket.getaddrinfo(host, port)[0][-1]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.settimeout(2)
        s.sendto(query, where)
        answer = s.recv(48)
    finally:
        s.close()
    return struct.unpack("!I", answer[40:44])[0] - SINCE_1900


desk.tell(seconds=seconds("ntp.example", desk.args["port"]))
try:
    seconds("ntp.example", desk.args["mute"])
except OSError as e:
    desk.tell(mute=e.errno)
desk.tell(again=seconds("ntp.example", desk.args["port"]))
