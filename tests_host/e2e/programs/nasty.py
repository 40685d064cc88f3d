"""Payloads that look like the module's own words, through TCP and UDP."""

import bc25
import desk

NASTY = (
    b"\r\nOK\r\n",
    b"\r\nERROR\r\n",
    b'\r\n+QIURC: "closed",0\r\n',
    b'+QIURC: "recv",0,5\r\n',
    b"+QIRD: 0\r\n\r\nOK\r\n",
    b"\r\nSEND OK\r\n",
    b"> ",
    b"\r\n> ",
    b"\x00",
    b"\x1a",
    b"\x1b",
    b'"',
    b'a"b,"c"',
    b"AT+QICLOSE=0\r\n",
    b"\r",
    b"\n",
    b"\r\nRDY\r\n+CFUN: 1\r\n",
    bytes(range(256)),
    b'\x1a\x1b\x00"\r\n> ' * 60,
)

nic = desk.attached(hex=desk.args.get("hex", False), push=desk.args.get("push", False))
peer = ("127.0.0.1", desk.args["tcp"])
wrong = []
with nic.socket() as s:
    s.connect(peer)
    for data in NASTY:
        s.sendall(data)
        if s.read(len(data)) != data:
            wrong.append(("TCP", data.hex()))
with nic.socket(type=bc25.SOCK_DGRAM) as s:
    for data in NASTY:
        s.sendto(data, ("127.0.0.1", desk.args["udp"]))
        if s.recv(1024) != data:
            wrong.append(("UDP", data.hex()))
desk.tell(wrong=wrong, counters=nic.status("counters"))
