"""A TCP server on the module that answers several clients at once."""

import bc25
import desk

nic = desk.attached()
server = nic.socket()
server.bind(("", desk.args["port"]))
server.listen(5)
desk.tell(listening=nic.sockets())
clients = []
while len(clients) < desk.args["clients"]:
    clients.append(server.accept())
desk.tell(peers=[address for _, address in clients])
try:
    nic.socket().bind(("", desk.args["port"]))
    other = nic.socket()
    other.bind(("", desk.args["port"]))
    other.listen(1)
except OSError as e:
    desk.tell(in_use=e.errno)
for s, _ in clients:
    s.sendall(b"hello " + s.readline())
    s.close()
late, address = server.accept()
late.sendall(b"late " + late.readline())
late.close()
server.close()
nic.active(False)
desk.tell(full=nic.status("counters")["incoming_full"] if bc25 else 0)
