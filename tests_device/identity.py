"""Who the module is: answers of a module that is not attached yet."""

from runner import Skip, check, run


def module(nic):
    imei = nic.config("imei")
    check(len(imei) == 15 and imei.isdigit(), "IMEI is " + imei)
    return "%s, %s" % (nic.config("model"), nic.config("revision"))


def sim(nic):
    try:
        imsi, iccid = nic.config("imsi"), nic.config("iccid")
    except OSError as error:
        raise Skip("no SIM: %s" % error)
    check(imsi.isdigit() and 6 <= len(imsi) <= 15, "IMSI is " + imsi)
    check(len(iccid) >= 19, "ICCID is " + iccid)


def commands(nic):
    lines = nic.at("ATI")
    check(len(lines) >= 1, "ATI answered nothing")
    try:
        nic.at("AT+NOTACOMMAND")
    except OSError:
        return lines[-1]
    raise AssertionError("AT+NOTACOMMAND was taken")


run(module, sim, commands, online=False)
