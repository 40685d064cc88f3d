"""Freezes the driver, as the packages of micropython-lib are frozen.

    add_library("bc25", "…/lib")
    require("bc25", library="bc25")
"""

import os

with open("__init__.py") as _init:
    _version = [line.split('"')[1] for line in _init if line.startswith("__version__")][0]

metadata(
    description="Quectel BC25/BC32 NB-IoT modules as a network interface.",
    version=_version,
    license="MIT",
)
package(
    "bc25",
    files=sorted(f for f in os.listdir() if f.endswith(".py") and f != "manifest.py"),
    base_path="..",
    opt=3,
)
