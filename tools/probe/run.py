"""The questions in their order; trouble with one does not stop the rest."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.bc25sim.profile import Profile
from tools.probe import (
    connections,
    dialect,
    formats,
    power,
    receiving,
    sending,
    services,
)
from tools.probe.module import Bench
from tools.probe.wire import Trouble


@dataclass(frozen=True)
class Question:
    """What is asked, the profile keys it settles, and whether it needs the servers."""

    ask: Callable[[Bench], None]
    keys: str
    server: bool = True


BEFORE = (
    Question(dialect.attaching, "cgpaddr_inactive cgatt_ms cgatt_refused function_lines", False),
    Question(dialect.registration, "cereg_beside_reply cereg_quoted granted_timers", False),
    Question(dialect.identity, "model revision sim rssi apn", False),
    Question(dialect.quotes, "cgpaddr_quoted cgpaddr_contexts address address6 cgsn_quoted "
             "cclk_quoted cclk_zone", False),
    Question(dialect.errors, "garbage_answer cmee tcpip_cme error_space error_capital "
             "good_clears_error", False),
    Question(dialect.latency, "command_ms", False),
    Question(services.dns, "dnscfg_fields dns_servers dns_ms dns_ttl dns_joined", False),
    Question(services.ntp, "ntp_space ntp_digits", False),
    Question(services.ping, "ping_quoted ping_ttl ping_joined", False),
    Question(services.unanswered, "ping_all_lost ping_not_found", False),
)  # fmt: skip
# These come once AT+QICFG is set: lengths shown, view mode 0, no hex.
DATA = (
    Question(sending.prompt, "prompt send_ok_ms open_ms close_ok_ms"),
    Question(sending.settle, "prompt_settle_ms"),
    Question(sending.inside, "fixed_control"),
    Question(sending.escape, "esc_answer"),
    Question(sending.urcs, "prompt_urcs"),
    Question(sending.lengths, "max_line"),
    Question(sending.reuse, ""),
    Question(sending.radio, "radio_idle_ms"),
    Question(connections.listed, "unused_id_is_error lists_opening"),
    Question(connections.failed, "failed_open_keeps_id"),
    Question(connections.closed, "closed_state closed_frees_id"),
    Question(connections.switching, "switch_unopened"),
    Question(connections.buffered, "switch_buffered"),
    Question(receiving.segments, "segment empty_read_length"),
    Question(receiving.pushed, "push_max"),
    Question(receiving.full, "when_full"),
    Question(receiving.room, "buffer_pieces buffer_bytes"),
    Question(connections.listener, "listener_remote_port incoming_ids incoming_mode "
             "lists_incoming"),
    Question(connections.service, "udp_service udp_service_id"),
)
SETTINGS = Question(formats.question, "qicfg_question qicfg_set_echoes")
AFTER = (
    Question(power.sleep, "sleep_lines sleep_line_start wake_lines wake_lines_asked rdy_on_wake "
             "wake_on_rx asleep_answer echo_after_wake reports_after_wake sleep_after_ms wake_ms",
             False),
)  # fmt: skip
# How often `progress` is called when nothing is left out: boot and attach come before the rest.
QUESTIONS = 2 + len(BEFORE) + 1 + len(DATA) + len(AFTER)


def probe(b: Bench, progress: Callable[[str], None]) -> None:
    """Ask everything."""
    _begin(b, progress)
    for question in BEFORE:
        _asked(b, question, progress)
    if b.setting.server:
        _data(b, progress)
    else:
        for question in (SETTINGS, *DATA):
            b.found.miss("no server: --server", *question.keys.split())
    for question in AFTER:
        _asked(b, question, progress)


def conclude(b: Bench) -> None:
    """What was seen all along: line starts and noise."""
    for start in b.wire.starts:
        b.found.see("line_start", start.decode())
    noise = {text: count for text, count in b.wire.noise.items() if text.startswith("+")}
    b.found.see("noise", tuple(sorted(noise)))
    b.found.see(
        "noise_rate", round(sum(noise.values()) / max(1, b.wire.units - sum(noise.values())), 2)
    )
    for text, count in noise.items():
        b.found.note("nobody asked for", f"{text} ({count} times)")
    b.found.miss(
        "a probe cannot know", *sorted(set(Profile.__dataclass_fields__) - {"name", "vary"})
    )


def _begin(b: Bench, progress: Callable[[str], None]) -> None:
    if not b.wire.find():
        raise Trouble("nothing answers AT; is it asleep, or at another baud rate?")
    if rows := b.rows():
        ids = ", ".join(row[0] for row in rows)
        raise Trouble(f"sockets are open ({ids}) and would be lost; close them, or --close them")
    if b.setting.restart:
        progress("boot")
        dialect.boot(b)
    else:
        b.found.miss(
            "no restart", "boot_ms", "sim_ms", "attach_ms", "banner", "boot_garbage",
            "boot_lines", "echo", "cgatt_refused"
        )
        b.wire.ask("ATE0").need()
    if not any(b.wire.ask("AT+QSCLK=0").ok for _ in range(3)):  # one may come too soon
        raise Trouble("AT+QSCLK=0 is not answered")
    progress("attach")
    dialect.attach(b)


def _data(b: Bench, progress: Callable[[str], None]) -> None:
    """What needs the servers, between finding the data formats and putting them back."""
    try:
        before = formats.find(b)
    except Trouble as trouble:
        b.found.note("servers", f"{trouble}; what needs them was left out")
        for question in (SETTINGS, *DATA):
            b.found.miss(str(trouble), *question.keys.split())
        b.recover()
        return
    shown = f"viewmode {before.view}, showlength {before.shown}, dataformat 0,{before.hexadecimal}"
    b.found.note("AT+QICFG", f"{shown}; put back afterwards")
    _asked(b, SETTINGS, progress)
    try:
        for question in DATA:
            _asked(b, question, progress)
    finally:
        formats.restore(b, before)


def _asked(b: Bench, question: Question, progress: Callable[[str], None]) -> None:
    module = question.ask.__module__.rpartition(".")[2]
    progress(f"{module}: {question.ask.__name__}")
    b.wire.urcs.clear()
    try:
        question.ask(b)
    except Trouble as trouble:
        b.found.note(f"{module} {question.ask.__name__}", f"given up: {trouble}")
        b.found.miss(str(trouble), *question.keys.split())
        b.recover()
