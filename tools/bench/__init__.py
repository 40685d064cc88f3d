"""The figures of the contract's budgets: `make bench`.

Speed is taken in virtual time on tools.rig, where each bytecode that the driver runs costs
`COST_US`, so that a figure is the same on every machine. Heap is taken in the real interpreter
from the .mpy files.
"""

from .row import Row

__all__ = ["Row"]
