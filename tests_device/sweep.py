"""Every length from 1 to 512, every byte value, through the prompt and as hex (2.1.4, 2.1.6)."""

import settings
from runner import check, echo, run

_BLOCK = memoryview(bytes(range(256)) * 3)


def _sweep(nic):
    got = memoryview(bytearray(512))
    count = 0
    with nic.socket() as s:
        s.connect(echo())
        s.settimeout(60)
        for size in range(1, 513, settings.SWEEP_STEP):
            start = size * 7 & 255
            s.sendall(_BLOCK[start : start + size])
            n = s.readinto(got[:size])
            check(n == size and got[:size] == _BLOCK[start : start + size], "length %d" % size)
            count += 1
    return "%d lengths" % count


def prompt(nic):
    return _sweep(nic)


def hexadecimal(nic):
    try:
        return _sweep(nic)
    finally:
        nic.at('AT+QICFG="dataformat",0,0')  # it stays in the module's flash


run(prompt)
run(hexadecimal, hex=True)
