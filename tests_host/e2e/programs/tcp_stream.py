"""Random bytes through TCP and back, both ways at once; the hash of what came back."""

import hashlib
import random

import desk

nic = desk.attached(hex=desk.args.get("hex", False), push=desk.args.get("push", False))
size = desk.args["size"]
random.seed(desk.args.get("seed", 1))
sent, came = hashlib.sha256(), hashlib.sha256()
piece = bytearray(2048)  # less than what fills the module
with nic.socket() as s:
    s.connect(("127.0.0.1", desk.args["port"]))
    while size:
        n = min(size, len(piece))
        for i in range(n):
            piece[i] = random.getrandbits(8)
        sent.update(memoryview(piece)[:n])
        s.sendall(memoryview(piece)[:n])
        came.update(s.read(n))
        size -= n
desk.tell(sent=sent.digest().hex(), came=came.digest().hex(), counters=nic.status("counters"))
