"""A CoAP client (RFC 7252) over UDP: confirmable requests, their answers matched by token."""

import desk

nic = desk.attached()
nic.install()
import socket  # noqa: E402

GET, PUT = 1, 3


class Coap:
    def __init__(self, host, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect(socket.getaddrinfo(host, port)[0][-1])
        self.sock.settimeout(10)
        self.message = 0

    def request(self, method, path, payload=b"", observe=False):
        self.message += 1
        token = bytes([self.message])
        packet = bytes([0x41, method, 0x30, self.message]) + token
        last = 0
        if observe:
            packet += b"\x60"
            last = 6
        packet += bytes([(11 - last) << 4 | len(path)]) + path
        self.sock.send(packet + (b"\xff" + payload if payload else b""))
        return self.answer(token)

    def answer(self, token):
        while True:
            packet = self.sock.recv(512)
            if packet[0] >> 4 & 3 == 0:  # confirmable: acknowledge it
                self.sock.send(b"\x60\x00" + packet[2:4])
            if packet[0] & 15 and packet[4:5] == token:
                code = packet[1] >> 5, packet[1] & 31
                rest = packet[5:]  # behind message id and token, which may hold a 0xFF too
                return code, rest[rest.find(b"\xff") + 1 :] if b"\xff" in rest else b""


coap = Coap("coap.example", desk.args["port"])
first = coap.request(GET, b"value")
desk.tell(put=coap.request(PUT, b"value", b"\r\nOK\r\n\x00 new"))
desk.tell(first=first[1].decode(), second=coap.request(GET, b"value")[1].decode())
desk.tell(missing=coap.request(GET, b"nothing")[0])
code, payload = coap.request(GET, b"ticks", observe=True)
ticks = [payload.decode()]
while len(ticks) < 4:
    ticks.append(coap.answer(bytes([coap.message]))[1].decode())
desk.tell(ticks=ticks)
