# unix with the driver and its wiring (`import board`) frozen in: see `make firmware`.
include("$(PORT_DIR)/variants/standard/manifest.py")
include("../../lib/manifest.py")
module("board.py")
module("machine.py")
