"""urllib.urequest: opens pages, and posts one."""

import desk
import over

nic = over.attached()
from urllib.urequest import urlopen  # noqa: E402

URL = "http://web.example:%d" % desk.args["port"]

page = urlopen(URL + "/page")
desk.tell(page=page.read().hex())
page.close()
page = urlopen(URL + "/post", data="\r\nOK\r\n> ")
desk.tell(posted=page.read().decode())
page.close()
