"""blynklib: writes values to virtual pins, and the next ones when it hears of the last."""

import desk
import over

nic = over.attached()
import blynklib_mp  # noqa: E402

came = []
blynk = blynklib_mp.Blynk("token", server="blynk.example", port=desk.args["port"])


def write_row():
    for pin in (3, 4, 5):
        blynk.virtual_write(pin, len(came))
    blynk.virtual_write(1, "value %d" % len(came))


@blynk.handle_event("connect")
def connected():
    write_row()


@blynk.handle_event("write V2")
def written(pin, value):
    came.append(value[0])
    if len(came) < 4:
        write_row()
    else:
        desk.tell(came=came)


while True:
    blynk.run()
