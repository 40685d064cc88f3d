"""Freezes the driver into a firmware: `include("…/lib/manifest.py")` in the board's manifest.

It requires the package, so that metadata of the including manifest stays its own.
"""

add_library("bc25", ".")
require("bc25", library="bc25")
