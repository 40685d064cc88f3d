"""The pages of what `make bench` and `make soak` measured, from the JSON that they write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from tools.trace.page import html_page, plot, table, write
from tools.trace.recording import PAGES
from tools.trace.timeline import BLUE, GREEN, ORANGE, RED

_FULL = 1.5  # of a budget: where the bars end
_ROW_PX, _REST_PX = 24, 80


def bench_page(figures: Mapping[str, Any]) -> Path:
    """How much of each budget is used, and all rows; the page's path."""
    rows = figures["rows"]
    limited = [row for row in rows if row["budget"] is not None and row["value"] is not None]
    missed = sum(row["missed"] for row in limited)
    summary = f"{len(rows)} figures, {len(limited)} with a budget, {missed} of these missed."
    cells = [
        [row["group"], row["what"], _value(row), _limit(row),
         "MISSED" if row["missed"] else "", row["note"]] for row in rows
    ]  # fmt: skip
    return write(html_page("make bench", [
        f"<p>{summary}</p>", "<h2>How much of each budget is used</h2>",
        plot(_budgets(limited), first=True),
        "<h2>All figures</h2>",
        table(["group", "what", "value", "budget", "", "how"], cells),
    ]), PAGES / "bench.html")  # fmt: skip


def soak_page(figures: Mapping[str, Any], name: str = "soak") -> Path:
    """What was done, what went wrong and whether the heap grew; the page's path."""
    lists = {"faults": "faults that struck", "errors": "what was raised"}
    counts = {name: figures[name] for name in lists if figures.get(name)}
    words = {name: value for name, value in figures.items() if not isinstance(value, dict | list)}
    return write(html_page("make soak", [
        f"<p>{_soak_summary(figures)}</p>",
        plot(_objects(figures["objects"]), first=True),
        *(plot(_counts(found, lists[name]), first=False) for name, found in counts.items()),
        "<h2>All figures</h2>", table(["what", "value"], words.items()),
    ]), PAGES / f"{name}.html")  # fmt: skip


def _value(row: Mapping[str, Any]) -> str:
    return "–" if row["value"] is None else f"{row['value']:g} {row['unit']}"


def _limit(row: Mapping[str, Any]) -> str:
    if row["budget"] is None:
        return ""
    return ("≥ " if row["least"] else "≤ ") + f"{row['budget']:g}"


def _used(row: Mapping[str, Any]) -> float:
    """1 is the budget; what must be reached is used up when it is just reached."""
    value, budget = row["value"], row["budget"]
    over, under = (budget, value) if row["least"] else (value, budget)
    if not under:
        return _FULL if over else 0.0
    return min(float(over / under), _FULL)


def _budgets(rows: list[Mapping[str, Any]]) -> go.Figure:
    names = [f"{row['group']}: {row['what']}" for row in rows]
    texts = [f"{_value(row)} (budget {_limit(row)})" for row in rows]
    figure = go.Figure(
        go.Bar(
            orientation="h", y=list(range(len(rows))), x=[_used(row) for row in rows],
            text=texts, textposition="auto", hovertext=names,
            hovertemplate="%{hovertext}<br>%{text}<extra></extra>",
            marker_color=[RED if row["missed"] else GREEN for row in rows],
        )
    )  # fmt: skip
    figure.add_vline(x=1, line={"color": "#333", "dash": "dot"})
    figure.update_layout(**_frame(len(rows)))
    figure.update_xaxes(range=[0, _FULL], tickformat=".0%")
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names, autorange="reversed",
                        automargin=True)  # fmt: skip
    return figure


def _soak_summary(figures: Mapping[str, Any]) -> str:
    done, wanted = figures["transactions"], figures["wanted"]
    early = f" of {wanted}, ended early" if done < wanted else ""
    broken = figures["broken"] or "nothing was lost or doubled"
    return f"{done} transactions{early}, {figures['hours']:.1f} hours of virtual time: {broken}."


def _objects(counts: list[int]) -> go.Figure:
    figure = go.Figure(go.Scatter(y=counts, mode="lines+markers", line_color=BLUE))
    figure.update_layout(**_frame(10), title="objects alive, epoch by epoch")
    figure.update_yaxes(rangemode="tozero")
    return figure


def _counts(found: Mapping[str, int], title: str) -> go.Figure:
    names = sorted(found, key=lambda name: found[name])
    figure = go.Figure(
        go.Bar(orientation="h", y=names, x=[found[name] for name in names], marker_color=ORANGE)
    )
    figure.update_layout(**_frame(len(names)), title=title)
    figure.update_yaxes(automargin=True)
    return figure


def _frame(rows: int) -> dict[str, Any]:
    return {
        "template": "plotly_white", "height": rows * _ROW_PX + _REST_PX, "showlegend": False,
        "margin": {"l": 10, "r": 10, "t": 40, "b": 30},
    }  # fmt: skip
