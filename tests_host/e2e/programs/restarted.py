"""First run: sockets left open. Second run: what the program of a restarted MCU finds."""

import bc25
import desk

nic = desk.attached()
udp = nic.socket(type=bc25.SOCK_DGRAM)
udp.connect(("127.0.0.1", desk.args["udp"]))
udp.send(b"run")
came = udp.recv(64)
tcp = nic.socket()
tcp.connect(("127.0.0.1", desk.args["tcp"]))
tcp.send(b"tcp")
desk.tell(came=came.decode(), sockets=nic.sockets())
if desk.args["prompt"]:  # the MCU restarts in the middle of a payload
    uart = desk.uart()
    uart.write(b"AT+QISEND=1,200\r\n")
    while not uart.any():
        pass
    uart.write(b"half of it")
