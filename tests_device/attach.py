"""The way into the network, and what it looks like from inside."""

from runner import check, run


def address(nic):
    check(nic.isconnected(), "no address")
    addr = nic.ipconfig("addr4")[0]
    check(addr != "0.0.0.0", "address is " + addr)
    return addr


def registration(nic):
    stat = nic.status("registration")
    check(stat in (1, 5), "registration is %d" % stat)
    return "roaming" if stat == 5 else "home"


def signal(nic):
    rssi = nic.status("rssi")
    return "%s dBm" % rssi


def no_sockets(nic):
    check(nic.sockets() == [], "left over: %s" % nic.sockets())


run(address, registration, signal, no_sockets)
