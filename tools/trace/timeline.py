"""The plot of a run: one lane for each thing that goes on, over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tools.desk_trace import readable
from tools.trace.dialogue import Command, Urc
from tools.trace.run import Burst, Run
from tools.trace.sockets import Socket, Transfer

# Okabe and Ito's colours, which people with any colour vision tell apart.
BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, RED, PURPLE, GREY, PALE = "#E69F00", "#D55E00", "#CC79A7", "#767676", "#DDDDDD"
STATES = {
    "awake": PALE, "asleep": SKY, "off": "#333333", "restarting": RED, "waking up": PURPLE,
    "silent": GREY, "not attached": PALE, "attaching": YELLOW, "attached": GREEN, "denied": RED,
}  # fmt: skip
SOCKETS = (BLUE, ORANGE, GREEN, PURPLE, RED, SKY)
LANE_PX, REST_PX, BYTES_PX = 34, 140, 150
_LONGEST = 60  # lines of a hover text


@dataclass
class Bar:
    """A stretch of a lane; `data` is what a click shows."""

    lane: str
    start: float
    end: float
    hover: str
    label: str = ""
    data: bytes = b""


def timeline(run: Run) -> go.Figure:
    """The lanes, and below them the bytes of each socket so far."""
    moving = any(socket.transfers for socket in run.sockets)
    figure = make_subplots(
        rows=2 if moving else 1, cols=1, shared_xaxes=True, vertical_spacing=0.06,
        row_heights=_heights(run, moving),
    )  # fmt: skip
    _traffic(figure, run.bursts)
    _urcs(figure, run.urcs)
    _commands(figure, run.commands)
    for number, socket in enumerate(run.sockets):
        _socket(figure, socket, SOCKETS[number % len(SOCKETS)], run.duration)
        if moving:
            _so_far(figure, socket, SOCKETS[number % len(SOCKETS)], run.duration)
    _states(figure, run)
    _points(figure, "faults", "fault", RED, "star",
            [(fault.t, f"fault: {fault.value}", b"") for fault in run.faults])  # fmt: skip
    _layout(figure, run, moving)
    return figure


def lanes(run: Run) -> list[str]:
    """From bottom to top."""
    names = ["from module", "to module", "URCs", "awaited after OK", "commands"]
    names += [_lane(socket) for socket in reversed(run.sockets)]
    names += ["network", "module"]
    return list(dict.fromkeys(names + (["faults"] if run.faults else [])))


def _lane(socket: Socket) -> str:
    return f"socket {socket.name}"[:34]


def _heights(run: Run, moving: bool) -> list[int]:
    return [len(lanes(run)) * LANE_PX, *([BYTES_PX] if moving else [])]


def _layout(figure: go.Figure, run: Run, moving: bool) -> None:
    names = lanes(run)
    figure.update_layout(
        barmode="overlay", height=sum(_heights(run, moving)) + REST_PX, template="plotly_white",
        margin={"l": 10, "r": 10, "t": 30, "b": 100}, hovermode="closest", dragmode="zoom",
        legend={"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom",
                "itemsizing": "constant"},
        hoverlabel={"font_family": "monospace", "align": "left"},
        uniformtext={"minsize": 10, "mode": "hide"},
    )  # fmt: skip
    figure.update_xaxes(range=[-0.01 * run.duration, 1.01 * run.duration], ticksuffix=" s")
    figure.update_xaxes(showticklabels=True, row=1)
    figure.update_yaxes(fixedrange=True, automargin=True)
    figure.update_yaxes(categoryorder="array", categoryarray=names, row=1,
                        range=[-0.6, len(names) - 0.4])  # fmt: skip
    if moving:
        figure.update_yaxes(title="bytes so far", rangemode="tozero", row=2)


# -- what fills the lanes


def _bars(
    figure: go.Figure, name: str, colour: str, bars: Iterable[Bar], *,
    width: float = 0.7, legend: bool = False,
) -> None:  # fmt: skip
    """Bars of one meaning; even the shortest is a line that can be seen."""
    found = list(bars)
    if found:
        figure.add_trace(
            go.Bar(
                name=name, orientation="h", width=width, showlegend=legend, legendgroup=name,
                y=[bar.lane for bar in found], base=[bar.start for bar in found],
                x=[bar.end - bar.start for bar in found],
                text=[bar.label for bar in found], textposition="inside", textangle=0,
                insidetextanchor="start",
                hovertext=[bar.hover for bar in found],
                hovertemplate="%{hovertext}<extra></extra>",
                customdata=[bar.data.hex() for bar in found],
                marker={"color": colour, "line": {"color": colour, "width": 1}},
            ), row=1, col=1,
        )  # fmt: skip


def _points(
    figure: go.Figure, lane: str, name: str, colour: str, symbol: str,
    points: list[tuple[float, str, bytes]],
) -> None:  # fmt: skip
    if points:
        figure.add_trace(
            go.Scatter(
                name=name, mode="markers", showlegend=False,
                x=[t for t, _, _ in points], y=[lane] * len(points),
                hovertext=[text for _, text, _ in points],
                hovertemplate="%{hovertext}<extra></extra>",
                customdata=[data.hex() for _, _, data in points],
                marker={"color": colour, "symbol": symbol, "size": 9,
                        "line": {"color": "white", "width": 1}},
            ), row=1, col=1,
        )  # fmt: skip


def _traffic(figure: go.Figure, bursts: list[Burst]) -> None:
    for to_module, lane, colour in ((True, "to module", BLUE), (False, "from module", GREEN)):
        _bars(
            figure, lane, colour,
            (
                Bar(lane, burst.start, burst.end, _burst_text(burst), data=burst.data)
                for burst in bursts if burst.to_module == to_module
            ),
        )  # fmt: skip


def _burst_text(burst: Burst) -> str:
    head = f"{_at(burst.start)}, {len(burst.data)} bytes in {_ms(burst.end - burst.start)}"
    return _hover(head, [readable(line) for line in burst.data.split(b"\n") if line.strip()])


def _urcs(figure: go.Figure, urcs: list[Urc]) -> None:
    points = [
        (urc.t, _hover(_at(urc.t), [urc.text, readable(urc.data)]), urc.text.encode() + urc.data)
        for urc in urcs
    ]
    _points(figure, "URCs", "URC", PURPLE, "diamond", points)


def _commands(figure: go.Figure, commands: list[Command]) -> None:
    kinds = (
        ("command, OK", BLUE, [c for c in commands if c.result == "OK"]),
        ("command, ERROR", RED, [c for c in commands if c.result not in ("", "OK")]),
        ("command, no answer", GREY, [c for c in commands if not c.result]),
    )
    for name, colour, found in kinds:
        _bars(figure, name, colour, (
            Bar("commands", c.start, c.sent if c.end is None else c.end, command_text(c),
                c.name or "AT", _spoken(c)) for c in found
        ), legend=True)  # fmt: skip
    lane = "awaited after OK"
    _bars(figure, lane, SKY, (
        Bar(lane, c.end, c.late_end, command_text(c), c.late[-1].partition(",")[0], _spoken(c))
        for c in commands if c.end is not None and c.late_end is not None
    ))  # fmt: skip


def command_text(command: Command) -> str:
    """A command with its answer and how long it took."""
    lines = [readable(command.text.encode("latin-1"))]
    if command.up:
        lines.append(f"  {len(command.up)} bytes up: {readable(command.up)}")
    lines += [f"  {line}" for line in command.lines]
    if command.down:
        lines.append(f"  {len(command.down)} bytes down: {readable(command.down)}")
    took = "" if command.end is None else f" after {_ms(command.end - command.sent)}"
    lines.append(f"  {command.result or 'no answer'}{took}")
    for line in command.late:
        lines.append(f"  {line} after {_ms((command.late_end or 0) - command.sent)}")
    return _hover(_at(command.start), lines)


def _spoken(command: Command) -> bytes:
    lines = [command.text, *command.lines, command.result, *command.late]
    return "\r\n".join(lines).encode("latin-1", "replace") + command.up + command.down


def _socket(figure: go.Figure, socket: Socket, colour: str, duration: float) -> None:
    end = duration if socket.end is None else socket.end
    opened = end if socket.opened is None else socket.opened
    lane, text = _lane(socket), _socket_text(socket)
    bars = [Bar(lane, socket.start, opened, text), Bar(lane, opened, end, text)]
    _bars(figure, "opening", YELLOW, bars[:1], width=0.25)
    _bars(figure, socket.name, colour, bars[1:] if end > opened else [], width=0.25)
    total = {True: 0, False: 0}
    points: dict[bool, list[tuple[float, str, bytes]]] = {True: [], False: []}
    for one in socket.transfers:
        total[one.up] += len(one.data) if one.kept else 0
        points[one.up].append((one.t, _transfer_text(one, total[one.up]), one.data))
    _points(figure, lane, "bytes up", colour, "triangle-up", points[True])
    _points(figure, lane, "bytes down", colour, "triangle-down", points[False])
    if socket.closed_by_peer is not None:
        t = socket.closed_by_peer
        _points(figure, lane, "closed by the peer", RED, "x",
                [(t, _hover(_at(t), ["closed by the peer"]), b"")])  # fmt: skip


def _socket_text(socket: Socket) -> str:
    lines = [f"{socket.moved(True)} bytes up in {socket.sends} QISENDs",
             f"{socket.moved(False)} bytes down"]  # fmt: skip
    if socket.opened:
        lines.append(f"open after {_ms(socket.opened - socket.start)}")
    if socket.ended_by:
        lines.append(f"ended: {socket.ended_by}")
    return _hover(f"socket {socket.name}, from {_at(socket.start)}", lines)


def _transfer_text(one: Transfer, total: int) -> str:
    way = ("up" if one.up else "down") + ("" if one.kept else ", not taken")
    head = f"{_at(one.t)}, {len(one.data)} bytes {way}, {total} in all"
    return _hover(head, [readable(one.data)])


def _so_far(figure: go.Figure, socket: Socket, colour: str, duration: float) -> None:
    for up, dash, arrow in ((True, "solid", "▲"), (False, "dot", "▼")):
        moved = [one for one in socket.transfers if one.up == up and one.kept]
        if not moved:
            continue
        times, counts = [socket.start], [0]
        for one in moved:
            times.append(one.t)
            counts.append(counts[-1] + len(one.data))
        times.append(duration if socket.end is None else socket.end)
        figure.add_trace(
            go.Scatter(
                name=f"{arrow} {socket.name}", x=times, y=[*counts, counts[-1]], mode="lines",
                line={"shape": "hv", "color": colour, "dash": dash},
            ), row=2, col=1,
        )  # fmt: skip


def _states(figure: go.Figure, run: Run) -> None:
    for name, colour in STATES.items():
        found = [state for state in run.states if state.name == name]
        _bars(figure, name, colour, (
            Bar(state.lane, state.start, state.end,
                _hover(f"{name}, {_ms(state.end - state.start)}", [f"from {_at(state.start)}"]),
                name) for state in found
        ), legend=True)  # fmt: skip


# -- words


def _hover(head: str, lines: list[str]) -> str:
    shown = [escape(line) for line in lines[:_LONGEST] if line]
    more = [f"… {len(lines) - _LONGEST} lines more"] if len(lines) > _LONGEST else []
    return "<br>".join([f"<b>{escape(head)}</b>", *shown, *more]).replace("  ", "&nbsp; ")


def _at(t: float) -> str:
    return f"{t:.3f} s"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
