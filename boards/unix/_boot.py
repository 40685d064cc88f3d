"""What the virtual board runs before its REPL, as the ports' frozen _boot.py does.

The folder BC25_BOARD becomes the root of the board's file system and this one its /rom. Then
boot.py runs, and main.py when nobody waits in the raw REPL (BC25_RAW=1 says that one does).
"""

import os
import sys

import vfs


def _run(name):
    import __main__

    try:
        with open(name) as file:
            source = file.read()
    except OSError:
        return
    try:
        exec(compile(source, name, "exec"), __main__.__dict__)
    except (Exception, KeyboardInterrupt) as error:
        sys.print_exception(error)


def _boot():
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
