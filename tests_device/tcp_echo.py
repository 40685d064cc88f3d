"""TCP: text, binary, lines, and the errors a program has to tell apart."""

from bc25 import BC25Error

from runner import Skip, check, echo, order, run, server


def text(nic):
    with nic.socket() as s:
        s.connect(echo())
        s.sendall(b"hello over TCP, as text\n")
        got = s.readline()
    check(got == b"hello over TCP, as text\n", "came back as %s" % got)


def awkward(nic):
    data = b'\r\nOK\r\n+QIURC: "closed",0\r\n> \x00\x1a\x1b"\xff\r\nSEND OK\r\n'
    with nic.socket() as s:
        s.connect(echo())
        s.sendall(data)
        got = s.read(len(data))
    check(got == data, "came back as %s" % got)


def closed_by_peer(nic):
    with order(nic, "send", 1, 300, 500, "close") as s:
        got = s.read(300)
        check(len(got) == 300, "%d bytes of 300" % len(got))
        check(s.recv(1) == b"", "data after the end")


def refused(nic):
    with nic.socket() as s:
        try:
            s.connect((server(), 1))
        except BC25Error as error:
            if error.code == 569:
                raise Skip("port 1 of the server is silent, not closed")
            check(error.code == 566, "code %s" % error.code)
            return "code 566"
    raise AssertionError("port 1 was opened")


run(text, awkward, closed_by_peer, refused)
