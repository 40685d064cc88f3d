# NUCLEO_L476RG with the driver and its wiring (`import board`) frozen in: see `make firmware`.
include("$(PORT_DIR)/boards/manifest.py")
include("../../lib/manifest.py")
module("board.py")
