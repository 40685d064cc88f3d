"""How each tool runs: it ends at once when told to, and leaves no process and no folder behind."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from types import FrameType

import psutil

_SUBREAPER = 36  # Linux, prctl(2): a child whose parent ended becomes this process's
_PATIENCE_S = 5.0  # for what ends when asked
_INTERRUPTED = 130  # the exit code after Ctrl-C and SIGTERM, as shells have it
_ENDINGS = (signal.SIGINT, signal.SIGTERM)


def run(main: Callable[[], int], *told: type[Exception]) -> int:
    """The exit code of `main`; 2 after one of the errors `told`, whose text is printed.

    Ctrl-C and SIGTERM raise KeyboardInterrupt in `main`, once; what it then prints is what is
    known so far. Whatever it started is ended afterwards, and its temporary files are removed,
    also those of its children: they all stand in one folder.
    """
    _hold_signals(signal.SIG_BLOCK)
    scratch = _prepared()
    try:
        try:
            _hold_signals(signal.SIG_UNBLOCK)
            return main()
        finally:
            _hold_signals(signal.SIG_BLOCK)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except told as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        _clean(scratch)


def stop(process: "subprocess.Popen[str]") -> None:
    """Ask it to end, and make it end."""
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def shown(command: list[str], limit_s: float, show: Callable[[str], object]) -> int:
    """Run a command, `show` being given each line that it prints; its exit code.

    It is ended after `limit_s`, or when `show` raises.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace")
    assert process.stdout is not None
    timer = threading.Timer(limit_s, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            show(line.rstrip("\n"))
        return process.wait()
    finally:
        timer.cancel()
        process.kill()
        process.wait()


def _hold_signals(how: int) -> None:
    """Nothing may come between making the folder and the `try` that removes it."""
    signal.pthread_sigmask(how, _ENDINGS)


def _prepared() -> str:
    """The folder for temporary files, in use; signals and orphans come to this process."""
    for number in _ENDINGS:
        signal.signal(number, _interrupt)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    scratch = tempfile.mkdtemp(prefix="bc25-")
    tempfile.tempdir = os.environ["TMPDIR"] = scratch
    return scratch


def _interrupt(number: int, frame: FrameType | None) -> None:
    """The first signal; those that follow say nothing new. A main that stays is ended."""
    for one in _ENDINGS:
        signal.signal(one, signal.SIG_IGN)
    scratch = tempfile.gettempdir()

    def give_up() -> None:
        _clean(scratch)
        os._exit(_INTERRUPTED)

    timer = threading.Timer(_PATIENCE_S, give_up)
    timer.daemon = True
    timer.start()
    raise KeyboardInterrupt


def _clean(scratch: str) -> None:
    """End every child and remove what was written for a while."""
    _end(psutil.Process().children(recursive=True))
    shutil.rmtree(scratch, ignore_errors=True)


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=_PATIENCE_S / 2)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=_PATIENCE_S / 2)
