"""TCP LISTENER (2.1.1, 2.2.5, 4.3): the desk computer connects to the module, if it can."""

import settings
from runner import Skip, check, order, run


def accepts(nic):
    with nic.socket() as listener:
        listener.bind(("", settings.LISTEN_PORT))
        listener.listen(1)
        listener.settimeout(40)
        with order(nic, "dial", nic.ipconfig("addr4")[0], settings.LISTEN_PORT) as desk:
            answer = desk.readline().decode().strip()
            if answer != "connected":
                raise Skip(answer)
            client, peer = listener.accept()
            with client:
                client.settimeout(40)
                line = client.readline()
                check(line == b"knock\n", "heard %s" % line)
                client.sendall(line)
                check(desk.readline() == b"ok\n", "the desk did not hear it back")
    return "from %s" % peer[0]


run(accepts)
