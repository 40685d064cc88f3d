"""A stand-in for micropython-lib's umqtt.simple, with its interface and its use of a socket.

Written for these tests, since that library is not on PyPI: write(buf, n), read(1), setblocking,
many small writes.
"""

import socket
import struct


class MQTTException(Exception):
    pass


class MQTTClient:
    """MQTT 3.1.1, QoS 0 and 1."""

    def __init__(self, client_id, server, port=1883, keepalive=0):
        self.client_id = client_id
        self.server = server, port
        self.keepalive = keepalive
        self.pid = 0
        self.sock = self.cb = None

    def set_callback(self, f):
        self.cb = f

    def connect(self, timeout=None):
        self.sock = socket.socket()
        self.sock.settimeout(timeout)
        self.sock.connect(socket.getaddrinfo(*self.server)[0][-1])
        self._head(0x10, 12 + len(self.client_id))
        self.sock.write(b"\x00\x04MQTT\x04\x02" + struct.pack("!H", self.keepalive))
        self._string(self.client_id)
        answer = self.sock.read(4)
        if answer[:3] != b"\x20\x02\x00" or answer[3]:
            raise MQTTException(answer[3])

    def disconnect(self):
        self.sock.write(b"\xe0\0")
        self.sock.close()

    def ping(self):
        self.sock.write(b"\xc0\0")

    def publish(self, topic, msg, retain=False, qos=0):
        self._head(0x30 | qos << 1 | retain, 2 + len(topic) + len(msg) + 2 * qos)
        self._string(topic)
        pid = self._next_pid() if qos else None
        if qos:
            self.sock.write(pid, 2)
        self.sock.write(msg)
        while qos and self.wait_msg() != (0x40, pid):
            pass

    def subscribe(self, topic, qos=0):
        pid = self._next_pid()
        self._head(0x82, 5 + len(topic))
        self.sock.write(pid)
        self._string(topic)
        self.sock.write(bytes((qos,)))
        while self.wait_msg() != (0x90, pid + bytes((qos,))):
            pass

    def check_msg(self):
        """A packet if one is there."""
        self.sock.setblocking(False)
        return self.wait_msg()

    def wait_msg(self):
        """The next packet; a message goes to the callback and is acknowledged."""
        kind = self.sock.read(1)
        self.sock.setblocking(True)
        if kind is None:
            return None
        if kind == b"":
            raise OSError(-1)
        body = self.sock.read(self._length())
        if kind[0] & 0xF0 == 0x30:
            self._message(kind[0], body)
        return kind[0], body

    def _message(self, kind, body):
        end = 2 + (body[0] << 8 | body[1])
        topic, rest = body[2:end], body[end:]
        if kind & 6:
            self.sock.write(b"\x40\x02" + rest[:2])
            rest = rest[2:]
        self.cb(topic, rest)

    def _length(self):
        size = shift = 0
        while True:
            byte = self.sock.read(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return size

    def _head(self, kind, size):
        head = bytearray(5)
        head[0] = kind
        n = 1
        while size > 127:
            head[n] = size & 127 | 128
            size >>= 7
            n += 1
        head[n] = size
        self.sock.write(head, n + 1)

    def _string(self, text):
        self.sock.write(struct.pack("!H", len(text)))
        self.sock.write(text)

    def _next_pid(self):
        self.pid += 1
        return struct.pack("!H", self.pid)
