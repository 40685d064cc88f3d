"""What the virtual board runs before its REPL, as the ports' frozen _boot.py does.

The folder BC25_BOARD becomes the root of the board's file system and this one its /rom. Then
boot.py runs, and main.py when nobody waits in the raw REPL (BC25_RAW=1 says that one does).
"""

import os
import sys

import vfs
from micropython import kbd_intr


def _run(name):
    import __main__

    try:
        with open(name) as file:
            source = file.read()
    except OSError:
        return
    try:
        kbd_intr(3)
        exec(compile(source, name, "exec"), __main__.__dict__)
        kbd_intr(-1)
    except (Exception, KeyboardInterrupt) as error:
        kbd_intr(-1)
        sys.print_exception(error)


def _boot():
    kbd_intr(-1)  # Ctrl-C is for a program: the REPL, soon after this, does not catch SIGINT
    root, rom = vfs.VfsPosix(os.getenv("BC25_BOARD")), vfs.VfsPosix(os.getenv("BC25_ROM"))
    vfs.umount("/")
    vfs.mount(root, "/")
    vfs.mount(rom, "/rom", readonly=True)
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib", "/rom"]
    print(os.getenv("BC25_BANNER"), end="\r\n")  # first output: the interpreter is up
    _run("boot.py")
    if not os.getenv("BC25_RAW"):
        _run("main.py")


_boot()
