"""From each section of the manual to the driver, the simulated module and the tests.

`python -m tools.manual` prints the table and fails when a section has a hole. Whether those tests
notice when the code is wrong is what `make mutants` tries.
"""
