"""Freezes the driver into a firmware: `include("…/lib/manifest.py")` in the board's manifest.

`include("…/lib/manifest.py", client=True)` leaves out what a TCP and UDP client never loads.
"""

# What attaching and a TCP and a UDP round trip import.
CLIENT = (
    "__init__.py",
    "bringup.py",
    "channel.py",
    "engine.py",
    "errors.py",
    "nic.py",
    "sockets.py",
)

options.defaults(client=False)
package("bc25", files=CLIENT if options.client else None, opt=3)
