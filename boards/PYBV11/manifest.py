# PYBV11 with the driver and its wiring (`import board`) frozen in: see `make firmware`.
include("$(PORT_DIR)/boards/PYBV10/manifest.py")
include("../../lib/manifest.py")
module("board.py")
