"""Connections that cannot be made, and that the sockets work after them."""

import bc25
import desk

nic = desk.attached()


def failure(host, port):
    s = nic.socket()
    try:
        s.connect((host, port))
    except bc25.BC25Error as e:
        return {"code": e.code, "errno": e.errno, "command": e.command, "text": str(e)}
    finally:
        s.close()


desk.tell(refused=[failure("127.0.0.1", desk.args["closed"]) for _ in range(8)])
desk.tell(unknown=failure("no.such.example", 80))
with nic.socket() as s:
    s.connect(("127.0.0.1", desk.args["open"]))
    s.send(b"after all")
    desk.tell(after=s.recv(64).decode())
