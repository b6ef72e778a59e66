"""The generations of rack-scale systems as an interactive page."""

from __future__ import annotations

import html

from rackplan.tables import Result
from rackplan.units import show_cell

_BARS = (
    ("w_per_width", "kW for each standard rack width", 1e-3),
    ("fp4_pflops_per_kw", "dense FP4 PFLOPS for each kW", 1.0),
    ("gpus", "GPU packages in a rack", 1.0),
    ("pairs", "NVLink pairs of a domain", 1.0),
)


def generations_html(result: Result) -> str:
    """One self-contained page: four bar charts and the table; nothing is loaded from elsewhere."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=2, subplot_titles=[title for _, title, _ in _BARS],
                           horizontal_spacing=0.22, vertical_spacing=0.12)  # fmt: skip
    for index, (column, _, scale) in enumerate(_BARS):
        known = [row for row in result.rows if row[column] is not None]
        figure.add_trace(
            go.Bar(
                x=[row[column] * scale for row in known],
                y=[str(row["system"]) for row in known],
                text=[f"{row[column] * scale:,.4g}" for row in known],
                orientation="h",
                marker_color="#0072B2",
                showlegend=False,
            ),
            row=index // 2 + 1,
            col=index % 2 + 1,
        )
    figure.update_layout(template="simple_white", height=1000, margin={"t": 40, "l": 10, "r": 10})
    drawn = figure.to_html(full_html=False, include_plotlyjs=True, div_id="generations",
                           config={"displaylogo": False})  # fmt: skip
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(result.title)}</title>"
        "<style>body{font:15px sans-serif;margin:2em}table{border-collapse:collapse}"
        "th,td{padding:.2em .8em;text-align:right}th:first-child,td:first-child{text-align:left}"
        f"</style></head><body><h1>{html.escape(result.title)}</h1>{drawn}{_table(result)}"
        "</body></html>\n"
    )


def _table(result: Result) -> str:
    heads = "".join(
        f'<th title="{html.escape(column.doc)}">{name}{f" [{column.unit}]" if column.unit else ""}'
        "</th>"
        for name, column in result.columns.items()
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(show_cell(row[name]))}</td>" for name in result.columns)
        + "</tr>"
        for row in result.rows
    )  # fmt: skip
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
