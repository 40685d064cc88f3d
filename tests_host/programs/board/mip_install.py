"""mip installs a package over the module, and the program imports it."""

import sys

import desk
import over

nic = over.attached()
import mip  # noqa: E402

mip.install("http://web.example:%d/" % desk.args["port"], target=desk.args["folder"] + "/lib")
sys.path.insert(0, desk.args["folder"] + "/lib")
import greeting.words  # noqa: E402

desk.tell(words=greeting.words.WORDS, table=len(greeting.words.TABLE))
