"""QISWTMD in mid-connection, with data on its way."""

import desk

nic = desk.attached()
came = []
with nic.socket() as s:
    s.connect(("127.0.0.1", desk.args["port"]))
    for mode in (0, 1, 0, 1, 1, 0):
        s.access_mode(mode)
        data = bytes([65 + len(came)]) * 500
        s.sendall(data)
        came.append((s.access_mode(), s.read(500) == data, nic.sockets(id=0)[0][7]))
desk.tell(came=came)
