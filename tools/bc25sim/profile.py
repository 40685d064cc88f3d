"""Profiles: how a firmware behaves wherever modules differ, as data.

`profiles/manual.toml` holds every key with its meaning; another profile names its `base` and what
differs. A `[vary]` table gives several values for a key, one of which is drawn at each use.
"""

import dataclasses
import random
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "profiles"
Range = tuple[float, float]


class ProfileError(ValueError):
    """A profile that cannot be used, with the key and what is wrong with it."""


@dataclasses.dataclass(frozen=True)
class Profile:
    """One firmware. The meaning of each key is written in `profiles/manual.toml`."""

    name: str
    imei: str
    imsi: str
    iccid: str
    model: str
    revision: str
    address: str
    address6: str
    rssi: int
    apn: str
    sim: str
    registration: int
    baud: int
    boot_ms: Range
    boot_garbage_ms: Range
    sim_ms: Range
    attach_ms: Range
    cgatt_ms: Range
    command_ms: Range
    ipr_ms: Range
    open_ms: Range
    open_limit_ms: Range
    send_ok_ms: Range
    close_ok_ms: Range
    dns_ms: Range
    ntp_limit_ms: Range
    sleep_after_ms: Range
    no_sim_sleep_ms: Range
    wake_ms: Range
    radio_idle_ms: Range
    prompt_settle_ms: Range
    flash_gap_ms: Range
    boot_garbage: str
    boot_garbage_glued: bool
    banner: str
    boot_lines: tuple[str, ...]
    function_lines: bool
    ip_line: bool
    echo: bool
    echo_after_wake: str
    reports_after_wake: str
    cmee: int
    garbage_answer: str
    cpin_without_sim: str
    cgatt_refused: int
    cgpaddr_quoted: bool
    cgpaddr_contexts: tuple[int, ...]
    cgpaddr_inactive: str
    cereg_quoted: bool
    cereg_beside_reply: bool
    granted_timers: tuple[str, ...]
    cgsn_quoted: bool
    cclk_quoted: bool
    cclk_zone: bool
    tcpip_cme: bool
    max_line: int
    line_start: str
    chunk: Range
    chunk_gap_ms: Range
    line_gap_ms: Range
    noise: tuple[str, ...]
    noise_rate: float
    prompt: str
    prompt_urcs: str
    fixed_control: bool
    esc_answer: str
    udp_service: bool
    udp_service_id: str
    listener_remote_port: str
    failed_open_keeps_id: bool
    incoming_ids: tuple[int, ...]
    incoming_mode: str
    switch_unopened: bool
    lists_opening: bool
    lists_incoming: bool
    unused_id_is_error: bool
    send_ok_when_closed: bool
    switch_buffered: str
    segment: int
    buffer_bytes: int
    buffer_pieces: int
    when_full: str
    send_buffer: int
    push_max: int
    empty_read_length: bool
    closed_state: int
    closed_frees_id: str
    ping_quoted: bool
    ping_ttl: int
    ping_all_lost: str
    ping_joined: bool
    ping_not_found: int
    ntp_space: bool
    ntp_digits: str
    dns_joined: bool
    dns_ttl: int
    dns_servers: tuple[str, ...]
    dnscfg_fields: int
    error_space: bool
    error_capital: bool
    good_clears_error: bool
    qicfg_question: bool
    qicfg_set_echoes: bool
    sleep_lines: tuple[str, ...]
    wake_lines: tuple[str, ...]
    sleep_line_start: str
    wake_lines_asked: bool
    rdy_on_wake: bool
    wake_on_rx: bool
    asleep_answer: str
    vary: Mapping[str, tuple[Any, ...]]

    def drawn(self, rng: random.Random) -> "Profile":
        """This profile with each varied key drawn anew."""
        if not self.vary:
            return self
        return dataclasses.replace(self, **{key: rng.choice(v) for key, v in self.vary.items()})


_FIELDS = {field.name: field for field in dataclasses.fields(Profile)}


def names() -> list[str]:
    """The built-in profiles."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def _path(name: str) -> Path:
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.is_file():
        raise ProfileError(f"no profile {name!r}: not a file, nor one of {', '.join(names())}")
    return path


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _checked(key: str, value: Any) -> Any:
    if key not in _FIELDS or key in ("name", "vary"):
        raise ProfileError(f"profile key {key!r} is not known")
    value, wanted = _frozen(value), _FIELDS[key].type
    if wanted == Range:
        low, high = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
        if not all(type(v) in (int, float) and v >= 0 for v in (low, high)) or low > high:
            raise ProfileError(f"profile key {key!r}: [least, most] wanted, not {value!r}")
        return (low, high)
    kind: Any = getattr(wanted, "__origin__", wanted)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ProfileError(f"profile key {key!r}: {kind.__name__} wanted, not {value!r}")
    return value


def _merged(name: str) -> dict[str, Any]:
    path = _path(name)
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"profile {path}: {error}") from error
    base = data.pop("base", None)
    merged = _merged(base) if base else {"vary": {}}
    vary = {key: tuple(_checked(key, v) for v in vs) for key, vs in data.pop("vary", {}).items()}
    merged.update({key: _checked(key, value) for key, value in data.items()})
    merged.update(name=path.stem, vary=merged["vary"] | vary)
    return merged


def load(name: str, overrides: Mapping[str, Any] | None = None) -> Profile:
    """The profile called `name`, or in the file `name` (….toml), with `overrides` on top."""
    merged = _merged(name)
    for key, value in (overrides or {}).items():
        merged[key] = _checked(key, value)
        merged["vary"] = {k: v for k, v in merged["vary"].items() if k != key}
    missing = sorted(set(_FIELDS) - set(merged))
    if missing:
        raise ProfileError(f"profile {name!r} has no {', '.join(missing)} (give it a base)")
    return Profile(**merged)


def setting(text: str) -> tuple[str, Any]:
    """`key=value` of the command line; the value as TOML has it, or a bare word."""
    key, equals, value = text.partition("=")
    if not equals:
        raise ProfileError(f"{text!r}: key=value wanted")
    try:
        return key, tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError:
        return key, value
