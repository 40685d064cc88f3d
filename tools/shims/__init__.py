"""What stands in for a board's hardware, clock and errno, on CPython and on MicroPython alike.

Plain Python without type hints that MicroPython could not read: the unit tests, the replay of
traces and the heap figures import these files by their bare names, with this folder in sys.path.
The rig (tools.rig) uses the clock, asyncio and CPython's substitutes for MicroPython's modules.
"""
