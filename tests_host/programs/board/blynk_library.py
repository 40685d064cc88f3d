"""blynk-library-python: writes values in one go, then hears of all of them.

It gives its socket a time-out of 50 ms, and does not look at what became of a write.
"""

import desk
import over

nic = over.attached()
import BlynkLib  # noqa: E402

came = []
blynk = BlynkLib.Blynk("token", server="blynk.example", port=desk.args["port"])


@blynk.ON("connected")
def connected(ping):
    for i in range(4):
        for pin in (3, 4, 5):
            blynk.virtual_write(pin, i)
        blynk.virtual_write(1, "value %d" % i)


@blynk.ON("V2")
def written(value):
    came.append(value[0])
    if len(came) == 4:
        desk.tell(came=came)


while True:
    blynk.run()
