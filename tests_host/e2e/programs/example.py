"""Runs one of lib/examples as it is, on a board that has a clock."""

import clock
import desk

clock.install()
with open(desk.args["file"]) as file:
    source = file.read()
exec(compile(source, desk.args["file"], "exec"), {"__name__": "__main__"})
desk.tell(clock=clock.RTC.now)
