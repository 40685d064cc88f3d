"""What runs on the desk computer: the simulated module, the virtual board, checks, figures.

Two words are told apart everywhere: a *desk* is real processes in real time (tools.desk: the
simulated module on a PTY, a MicroPython interpreter as the board), a *rig* is the driver and the
module in one process on a virtual clock (tools.rig). Nothing here imports tests_host.
"""
