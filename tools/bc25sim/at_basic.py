"""The commands below TCP/IP that bring a module up: identity, SIM, network, power, UART."""

import re
from typing import TYPE_CHECKING

from .arguments import Arguments
from .errors import CME_NO_SIM, CME_NOT_ALLOWED, CME_WRONG_PASSWORD, BadArguments, CmeError
from .reply import Command, Handler, Reply

if TYPE_CHECKING:
    from .core import Module

_BAUDS = (4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
_BITS = re.compile(r"[01]+")
_PIN = "1234"


def _ok(_module: "Module", _args: Arguments) -> Reply:
    return Reply()


def _echo(on: bool) -> Handler:
    def handler(module: "Module", _args: Arguments) -> None:
        module.settings.echo = on
    return handler


def _fixed(key: str, prefix: str = "", needs_sim: bool = False) -> Handler:
    """A profile's value, behind a prefix."""
    def handler(module: "Module", _args: Arguments) -> Reply:
        if needs_sim and module.radio.sim == "none":
            raise CmeError(CME_NO_SIM)
        return Reply([f"{prefix}{getattr(module.profile, key)}"])
    return handler


# -- identity and SIM --------------------------------------------------------------------------

def _ati(module: "Module", _args: Arguments) -> Reply:
    profile = module.profile
    return Reply(["Quectel_Ltd", f"Quectel_{profile.model}", f"Revision: {profile.revision}"])


def _cgsn(module: "Module", args: Arguments) -> Reply:
    quote = '"' if module.profile.cgsn_quoted else ""
    if args.number(0, 0, 1, 0) == 0:
        return Reply([module.profile.imei])
    return Reply([f"+CGSN: {quote}{module.profile.imei}{quote}"])


def _cpin(module: "Module", _args: Arguments) -> Reply:
    if module.radio.sim != "none":
        return Reply(["+CPIN: READY" if module.radio.sim == "ready" else "+CPIN: SIM PIN"])
    answer = module.profile.cpin_without_sim
    if answer.startswith("+CME"):
        raise CmeError(int(answer.rpartition(" ")[2]))
    return Reply([answer])


def _cpin_set(module: "Module", args: Arguments) -> None:
    if module.radio.sim != "pin":
        raise CmeError(CME_NO_SIM if module.radio.sim == "none" else CME_NOT_ALLOWED)
    if args.text(0) != _PIN:
        raise CmeError(CME_WRONG_PASSWORD)
    module.radio.unlock()


# -- network -----------------------------------------------------------------------------------

def _cereg(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+CEREG: {module.radio.report},{module.radio.status()}"])


def _cereg_set(module: "Module", args: Arguments) -> None:
    module.radio.report = args.number(0, 0, 5, 0)


def _cgatt(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+CGATT: {int(module.radio.attached)}"])


def _cgatt_set(module: "Module", args: Arguments) -> Reply:
    on = args.number(0, 0, 1)
    return Reply(then=module.radio.search if on else module.radio.detach)


def _cgpaddr(module: "Module", _args: Arguments) -> Reply:
    quote = '"' if module.profile.cgpaddr_quoted else ""
    address = f",{quote}{module.profile.address}{quote}" if module.radio.attached else ""
    return Reply([f"+CGPADDR: 1{address}"])


def _cfun(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+CFUN: {module.radio.function}"])


def _cfun_set(module: "Module", args: Arguments) -> Reply:
    level, reset = args.number(0, 0, 4), args.number(1, 0, 1, 0)
    if level not in (0, 1, 4):
        raise BadArguments
    return Reply(then=module.power.restart if reset
                 else lambda: module.radio.set_function(level))


def _context(module: "Module", _args: Arguments) -> Reply:
    return Reply(["+QCGDEFCONT: " + ",".join(f'"{part}"' for part in module.flash.context)])


def _context_set(module: "Module", args: Arguments) -> None:
    """In force after a restart."""
    args.limit(1, 4)
    parts = [args.text(index) for index in range(len(args))]
    if parts[0].upper() not in ("IP", "IPV6", "IPV4V6", "NONIP"):
        raise BadArguments
    module.flash.context = tuple(parts)


def _cgdcont(module: "Module", _args: Arguments) -> Reply:
    context = module.radio.context
    apn = context[1] if len(context) > 1 else ""
    return Reply([f'+CGDCONT: 1,"{context[0]}","{apn}"'])


def _csq(module: "Module", _args: Arguments) -> Reply:
    rssi = module.profile.rssi if module.radio.function == 1 else 99
    return Reply([f"+CSQ: {rssi},{0 if rssi != 99 else 99}"])


def _cscon(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+CSCON: {module.radio.report_connection},{module.radio.connected}"])


def _cscon_set(module: "Module", args: Arguments) -> None:
    module.radio.report_connection = args.number(0, 0, 1)


# -- power -------------------------------------------------------------------------------------

def _bits(args: Arguments, index: int, size: int, default: str) -> str:
    text = args.text(index) if args.given(index) else default
    if not _BITS.fullmatch(text) or len(text) != size:
        raise BadArguments
    return text


def _cpsms(module: "Module", _args: Arguments) -> Reply:
    on, tau, active = module.settings.psm
    return Reply([f'+CPSMS: {on},,,"{tau}","{active}"'])


def _cpsms_set(module: "Module", args: Arguments) -> None:
    args.limit(1, 5)
    _, tau, active = module.settings.psm
    module.settings.psm = (args.number(0, 0, 2), _bits(args, 3, 8, tau), _bits(args, 4, 8, active))


def _cedrxs(module: "Module", _args: Arguments) -> Reply:
    on, cycle = module.settings.edrx
    return Reply([f'+CEDRXS: 5,"{cycle}"'] if on else [])


def _cedrxs_set(module: "Module", args: Arguments) -> None:
    args.limit(1, 3)
    args.number(1, 5, 5, 5)
    module.settings.edrx = (args.number(0, 0, 3), _bits(args, 2, 4, module.settings.edrx[1]))


def _qsclk(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+QSCLK: {module.settings.sleep_mode}"])


def _qsclk_set(module: "Module", args: Arguments) -> None:
    module.settings.sleep_mode = args.number(0, 0, 2)


def _qatwakeup_set(module: "Module", args: Arguments) -> None:
    module.settings.wake_lines = bool(args.number(0, 0, 1))


def _qatwakeup(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+QATWAKEUP: {int(module.settings.wake_lines)}"])


def _qrst_set(module: "Module", args: Arguments) -> Reply:
    args.number(0, 1, 1)
    return Reply(then=lambda: module.after(module.delay("command_ms"), module.power.restart))


# -- UART, errors, clock -----------------------------------------------------------------------

def _ipr(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+IPR: {module.baud}"])


def _ipr_set(module: "Module", args: Arguments) -> Reply:
    baud = args.number(0, 1, 10_000_000)
    if baud not in _BAUDS:
        raise BadArguments
    # OK still goes at the old rate.
    return Reply(then=lambda: module.after(module.delay("command_ms"), module.set_baud, baud))


def _save(module: "Module", _args: Arguments) -> None:
    module.flash.baud = module.baud


def _cmee(module: "Module", _args: Arguments) -> Reply:
    return Reply([f"+CMEE: {module.settings.cmee}"])


def _cmee_set(module: "Module", args: Arguments) -> None:
    module.settings.cmee = args.number(0, 0, 1)


def _cclk(module: "Module", _args: Arguments) -> Reply:
    stamp = module.stamp(module.utc(module.settings.clock_offset))
    quote = '"' if module.profile.cclk_quoted else ""
    shown = stamp if module.profile.cclk_zone else stamp[:17]
    return Reply([f"+CCLK: {quote}{shown}{quote}"])


def _cclk_set(module: "Module", args: Arguments) -> None:
    try:
        module.set_clock(args.text(0))
    except ValueError:
        raise BadArguments from None


TABLE = (
    Command("", run=_ok),
    Command("E0", test=None, run=_echo(False)),
    Command("E1", test=None, run=_echo(True)),
    Command("E", test=None, run=_echo(False)),
    Command("I", test=None, run=_ati),
    Command("&W", test=None, run=_save),
    Command("&F", test=None, run=_ok),
    Command("+GMM", run=_fixed("model")),
    Command("+CGMM", run=_fixed("model")),
    Command("+CGMR", run=_fixed("revision", "Revision: ")),
    Command("+CGMI", run=lambda _m, _a: Reply(["Quectel"])),
    Command("+CGSN", test=("+CGSN: (0,1)",), run=_cgsn, write=_cgsn),
    Command("+CIMI", run=_fixed("imsi", needs_sim=True)),
    Command("+QCCID", run=_fixed("iccid", "+QCCID: ", needs_sim=True),
            read=_fixed("iccid", "+QCCID: ", needs_sim=True)),
    Command("+CPIN", read=_cpin, write=_cpin_set),
    Command("+CFUN", test=("+CFUN: (0,1,4),(0,1)",), read=_cfun, write=_cfun_set),
    Command("+CEREG", test=("+CEREG: (0,1,2,3,4,5)",), read=_cereg, write=_cereg_set),
    Command("+CGATT", test=("+CGATT: (0,1)",), read=_cgatt, write=_cgatt_set),
    Command("+CGPADDR", test=("+CGPADDR: (1)",), read=_cgpaddr, run=_cgpaddr, write=_cgpaddr),
    Command("+QCGDEFCONT", read=_context, write=_context_set, flash=True),
    Command("+CGDCONT", read=_cgdcont),
    Command("+CSQ", test=("+CSQ: (0-31,99),(0-7,99)",), run=_csq),
    Command("+CSCON", test=("+CSCON: (0,1)",), read=_cscon, write=_cscon_set),
    Command("+CPSMS", test=("+CPSMS: (0-2),,,(\"00000000\"-\"11111111\"),"
                            "(\"00000000\"-\"11111111\")",), read=_cpsms, write=_cpsms_set),
    Command("+CEDRXS", test=("+CEDRXS: (0-3),(5),(\"0000\"-\"1111\")",), read=_cedrxs,
            write=_cedrxs_set),
    Command("+QSCLK", test=("+QSCLK: (0-2)",), read=_qsclk, write=_qsclk_set),
    Command("+QATWAKEUP", test=("+QATWAKEUP: (0,1)",), read=_qatwakeup, write=_qatwakeup_set),
    Command("+QRST", test=("+QRST: (1)",), write=_qrst_set),
    Command("+IPR", test=("+IPR: (" + ",".join(str(b) for b in _BAUDS) + ")",), read=_ipr,
            write=_ipr_set),
    Command("+CMEE", test=("+CMEE: (0,1)",), read=_cmee, write=_cmee_set),
    Command("+CCLK", read=_cclk, write=_cclk_set),
)
