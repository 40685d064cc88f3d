"""Echoes of prompt sends, whose recv URC the module may have dropped."""

import time

import desk

nic = desk.attached()
times = []
with nic.socket() as s:
    s.connect(("127.0.0.1", desk.args["port"]))
    s.settimeout(25)
    start = time.ticks_ms()
    for _ in range(4):
        s.send(b"\x00" * 100)
        time.sleep_ms(20)
    desk.tell(came=len(s.read(400)), ms=time.ticks_diff(time.ticks_ms(), start))
