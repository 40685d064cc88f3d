"""A run as one HTML file that needs no network: two plots, the bytes of a click, the sums."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

import plotly.graph_objects as go

from tools.trace.run import SHARES, Run, command_sums, shares
from tools.trace.timeline import BLUE, GREEN, GREY, ORANGE, PALE, SKY, timeline

SHARE_COLOURS = dict(zip(SHARES, (GREEN, BLUE, SKY, GREY, ORANGE, PALE), strict=True))
_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 1.2em auto; max-width: 1500px;
        padding: 0 1em; color: #222; background: #fff }}
h1 {{ font-size: 1.4em; margin: 0 }} h2 {{ font-size: 1.1em; margin: 1.4em 0 .3em }}
p {{ margin: .3em 0; color: #555 }}
pre {{ background: #f5f5f5; padding: .6em; max-height: 20em; overflow: auto; margin: 0 }}
table {{ border-collapse: collapse }} th, td {{ padding: .15em .8em .15em 0; text-align: right }}
th:first-child, td:first-child {{ text-align: left }} th {{ border-bottom: 1px solid #999 }}
</style></head><body>
<h1>{title}</h1>
"""
# A click on a bar or a point shows its bytes: place, hex, ASCII.
_CLICK = """
const plot = document.getElementById('{plot_id}');
plot.on('plotly_click', event => {
  const hex = event.points[0].customdata || '';
  const bytes = hex.match(/../g) || [];
  const rows = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.slice(at, at + 16);
    const text = row.map(b => parseInt(b, 16)).map(
      n => n >= 32 && n < 127 ? String.fromCharCode(n) : '.').join('');
    rows.push(at.toString(16).padStart(4, '0') + '  ' + row.join(' ').padEnd(48) + text);
  }
  document.getElementById('bytes').textContent = rows.join('\\n') || 'No bytes here.';
});
"""


def html_page(title: str, parts: Iterable[str]) -> str:
    """A whole page of these parts."""
    return _HEAD.format(title=escape(title)) + "\n".join(parts) + "\n</body></html>\n"


def plot(figure: go.Figure, first: bool, *, tools: bool = True, script: str = "") -> str:
    """A figure as a part of a page; the first one brings the library along."""
    html: str = figure.to_html(
        full_html=False, include_plotlyjs=first, post_script=script or None,
        config={"displaylogo": False, "scrollZoom": tools, "responsive": True,
                "displayModeBar": tools},
    )  # fmt: skip
    return html


def table(head: list[str], rows: Iterable[Iterable[object]]) -> str:
    """An HTML table."""
    lines = ["<table><tr>" + "".join(f"<th>{escape(word)}</th>" for word in head) + "</tr>"]
    for row in rows:
        lines.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>")
    return "\n".join([*lines, "</table>"])


def run_page(run: Run) -> str:
    """The page of a run."""
    return html_page(f"UART of {run.name}", [
        f"<p>{_summary(run)}</p>",
        "<h2>Where the time went</h2>", plot(_shares_plot(run), first=True, tools=False),
        "<h2>What happened</h2>",
        "<p>Drag to zoom, double-click for all of it, scroll over the plot to zoom there; the "
        "legend switches things off and on.</p>",
        plot(timeline(run), first=False, script=_CLICK),
        "<pre id='bytes'>Click a bar or a point for its bytes.</pre>",
        "<h2>Sockets</h2>", _socket_table(run),
        "<h2>Commands</h2>", _command_table(run),
    ])  # fmt: skip


def write(page: str, path: Path) -> Path:
    """Put a page where it belongs; the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def _summary(run: Run) -> str:
    up = sum(len(burst.data) for burst in run.bursts if burst.to_module)
    down = sum(len(burst.data) for burst in run.bursts if not burst.to_module)
    return (
        f"{run.duration:.2f} s, {len(run.commands)} commands, {len(run.urcs)} URCs, "
        f"{len(run.sockets)} sockets, {len(run.faults)} faults; {up} bytes to the module, "
        f"{down} bytes from it."
    )


def _shares_plot(run: Run) -> go.Figure:
    figure = go.Figure()
    for name, seconds in shares(run).items():
        part = seconds / run.duration if run.duration else 0
        meaning = f"{name}: {SHARES[name]}"
        figure.add_trace(
            go.Bar(
                name=meaning, y=[""], x=[seconds], orientation="h",
                marker_color=SHARE_COLOURS[name],
                text=f"{name} {seconds:.2f} s, {part:.0%}", textposition="inside", textangle=0,
                hovertemplate=f"{meaning}<br>{seconds:.3f} s, {part:.1%}<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", height=190, template="plotly_white", bargap=0,
        margin={"l": 10, "r": 10, "t": 5, "b": 5}, xaxis={"ticksuffix": " s"},
        legend={"orientation": "h", "traceorder": "normal", "y": -0.5},
        uniformtext={"minsize": 10, "mode": "hide"},
    )  # fmt: skip
    return figure


def _socket_table(run: Run) -> str:
    if not run.sockets:
        return "<p>None was opened.</p>"
    head = ["socket", "from", "open after", "until", "bytes up", "QISENDs", "bytes a QISEND",
            "bytes down", "how it ended"]  # fmt: skip
    rows = [
        [
            s.name, f"{s.start:.2f} s", "" if s.opened is None else f"{s.opened - s.start:.2f} s",
            "" if s.end is None else f"{s.end:.2f} s", s.moved(True), s.sends,
            f"{s.moved(True) / s.sends:.0f}" if s.sends else "", s.moved(False), s.ended_by,
        ]
        for s in run.sockets
    ]  # fmt: skip
    return table(head, rows)


def _command_table(run: Run) -> str:
    head = ["command", "count", "not OK", "median ms", "longest ms"]
    rows = [
        [one.name, one.count, one.failed or "", _whole_ms(one.median), _whole_ms(one.longest)]
        for one in command_sums(run.commands)
    ]
    return table(head, rows)


def _whole_ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"
