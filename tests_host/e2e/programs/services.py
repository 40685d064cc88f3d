"""Every service once, and the ways in which it fails."""

import bc25
import desk

nic = desk.attached()
replies = []


def failure(call):
    try:
        return call()
    except bc25.BC25Error as e:
        return {"code": e.code, "errno": e.errno}


desk.tell(
    ping=nic.ping("sh.quectel.com", on_reply=replies.append),
    replies=replies,
    lost=nic.ping("lost.example", count=2, timeout_s=1),
    real=nic.ping("127.0.0.1", count=1)[:3],
    unknown_ping=failure(lambda: nic.ping("no.such.example")),
    ntp=nic.ntp("ntp5.aliyun.com"),
    resolve=nic.resolve("two.example"),
    ttl=nic.resolve("sh.quectel.com", ttl=True),
    unknown=failure(lambda: nic.resolve("no.such.example")),
    last_error=nic.last_error()[0],
    dns=nic.dns("1.1.1.1", "8.8.4.4"),
    keepalive=nic.keepalive(1, 120, 15, 3),
    format=[nic.at('AT+QICFG="viewmode",1'), nic.at('AT+QICFG="showlength",1'), nic.format()][2],
    psm=nic.psm(True, 3600, 60),
    edrx=nic.edrx(True, 81.92),
)
desk.tell(
    identity=[nic.config(name) for name in ("imei", "imsi", "iccid", "model", "revision")],
    rssi=nic.status("rssi"),
    registration=nic.status("registration"),
    address=nic.ipconfig("addr4")[0],
)
