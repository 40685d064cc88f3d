# ESP32_GENERIC_S3 with the driver and its wiring (`import board`) frozen in: see `make firmware`.
include("$(PORT_DIR)/boards/manifest.py")
include("../../lib/manifest.py")
module("board.py")
