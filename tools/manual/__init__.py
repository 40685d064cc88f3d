"""From each section of the manual to the driver, the simulated module and the tests.

`python -m tools.manual` prints the table, fails when a section has a hole, and takes each
section's driver method, then its simulator handler, away to see that its tests go red.
"""
