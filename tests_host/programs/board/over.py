"""What the programs here share: the module attached, and `socket` over it."""

import os

import desk

os.chdir(desk.args["folder"])  # what a program writes is not left in this repository


def attached():
    """The NIC, installed; moved by a timer if the test says so."""
    nic = desk.attached()
    nic.install()
    if desk.args.get("background"):
        from machine import Timer

        nic.background(Timer(-1))
    return nic
