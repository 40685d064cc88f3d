"""AT+QICFG (2.1.11): how data is shown now, what the question form does, and putting it back."""

import re
from dataclasses import dataclass

from tools.probe.module import RECV, Bench
from tools.probe.wire import Trouble

TEXT = "probe"
ANSWER = re.compile(rb"\+QIRD: 5(,0)?(\r\n|,)(probe|70726F6265|70726f6265)")


@dataclass
class Formats:
    """The three settings, as the module had them."""

    view: int
    shown: int
    hexadecimal: int


def find(b: Bench) -> Formats:
    """Infer them from data, since asking may reset them."""
    b.open(0, "UDP")
    try:
        for _ in range(4):
            b.send(0, TEXT)
            told = b.wire.urc(f"{RECV}0", 8)
            if told is not None:
                break
        else:
            raise Trouble("the echo server sent nothing back")
        b.wire.start("AT+QIRD=0,512")
        raw = b.wire.raw(3, until=b"\r\n\r\nOK\r\n")
    finally:
        b.close(0)
    answer = ANSWER.search(raw)
    if answer is None:
        raise Trouble(f"AT+QIRD answered {raw!r}")
    shown = int(told.text.count(",") == 2)
    return Formats(int(answer[2] == b","), shown, int(answer[3] != b"probe"))


def question(b: Bench) -> None:
    """Whether a name without a value asks or sets the default, and what a set answers."""
    for _ in range(b.setting.repeat):
        b.found.see("qicfg_set_echoes", b.config("showlength", "1"))
    for _ in range(b.setting.repeat):
        lines = b.wire.ask('AT+QICFG="showlength"', "+QICFG:").need().lines
        if lines:
            b.found.see("qicfg_question", lines[-1].endswith(",1"))
            break
    else:
        b.found.miss("the question form answers OK alone", "qicfg_question")
    b.found.note("settings", "AT+QICFG written twice in a row, with no gap, was taken")
    b.config("showlength", "1")
    b.config("viewmode", "0")
    b.config("dataformat", "0,0")


def restore(b: Bench, formats: Formats) -> None:
    """As they were."""
    b.config("showlength", f"{formats.shown}")
    b.config("viewmode", f"{formats.view}")
    b.config("dataformat", f"0,{formats.hexadecimal}")
