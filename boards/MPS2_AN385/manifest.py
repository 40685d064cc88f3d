# MPS2_AN385 with the driver, its UART and this wiring frozen in: see `make firmware`.
# (The port has no manifest to include: its own freezes tests.)
include("$(MPY_DIR)/extmod/asyncio")
include("../../lib/manifest.py")
module("board.py")
module("machine.py")
