"""Freezes the driver into a firmware: `include("…/lib/manifest.py")` in the board's manifest."""

package("bc25", opt=3)
