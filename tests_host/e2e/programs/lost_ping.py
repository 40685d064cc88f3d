"""QPING without an answer."""

import time

import desk

nic = desk.attached()
start = time.ticks_ms()
answer = nic.ping("192.0.2.1", count=2, timeout_s=1)
desk.tell(ping=answer, ms=time.ticks_diff(time.ticks_ms(), start))
