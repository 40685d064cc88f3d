"""The figures of the contract's budgets: `make bench`.

The limits are in tools/budgets.py, the last run's figures in build/bench.json. How each part is
measured:

heap      `gc.mem_alloc()` in real interpreters, after each step of a small program; the steady
          state runs under `micropython.heap_lock()`, so that one allocated byte is an error.
wire      Virtual time: the driver's own sources on a rig (tools.rig), where each bytecode that it
          runs costs `COST_US`. A figure is the same on every machine. Efficiency is the time in
          which a line carried bytes or the module was waited for, over the time that was taken.
traffic   Bytes on both lines over bytes of payload, and bytecodes a byte; on a rig.
clients   AT+QISENDs on a rig, for the pieces that `requests`, `umqtt.simple` and `aiohttp` write.
commands  What the module was told, on a rig at 9600 baud; times are the rig's.
pause     How late a task runs on a rig that is due every 10 ms, and what it waited for.
shape     The objects that are reached from one NIC with two open sockets.
size      Bytes of the .mpy files.

What the model of time leaves out: MicroPython's garbage collection (none in the steady state), and
what a method of the interpreter written in C takes, which counts as one bytecode.
"""

from .row import Row

__all__ = ["Row"]
