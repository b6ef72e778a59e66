"""The page of diagrams: one self-contained HTML file that asks the network for nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any

from rackplan.build import Plan
from rackplan.views.diagram_captions import (
    Cells,
    domain_caption,
    domain_tables,
    fabric_caption,
    fabric_tables,
)
from rackplan.views.diagram_domain import domain_of
from rackplan.views.diagram_fabric import fabric_figure
from rackplan.views.diagram_nvlink import nvlink_figure
from rackplan.views.diagram_plane import plural

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --soft: #595959; --rule: #c8c8c8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #ececec; --soft: #b4b4b4; --rule: #4a4d52; } }
@media print { figure { break-inside: avoid; }
  :root { --paper: #fff; --ink: #000; --soft: #333; color-scheme: light; } }
body { margin: 0 auto; max-width: 1640px; padding: 1.2rem 1.6rem 3rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 0.2rem; overflow-wrap: anywhere; }
p { margin: 0.2rem 0; color: var(--soft); }
figure { margin: 0; }
.plot { overflow-x: auto; }
.plot > div { min-width: 1100px; }
figcaption { max-width: 75em; margin: 0.3rem 0 0.8rem; color: var(--soft); }
.tables { display: flex; flex-wrap: wrap; gap: 0.5rem 4rem; align-items: start; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0.3rem 0; }
th, td { padding: 0.2rem 0.9rem 0.2rem 0; border-bottom: 1px solid var(--rule); text-align: right; }
th:first-child, td:first-child { text-align: left; }
.main-svg text { fill: var(--ink) !important; }
.main-svg .textpoint text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px;
  stroke-opacity: 0.55; stroke-linejoin: round; }
.main-svg .hoverlayer text { fill: #fff !important; }
"""

_SCRIPT = """
const figures = JSON.parse(document.getElementById("figures").textContent);
const config = {responsive: true, displaylogo: false, scrollZoom: false, showTips: false,
  modeBarButtons: [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]]};
for (const [id, figure] of Object.entries(figures)) {
  Plotly.newPlot(id, figure.data, figure.layout, config);
}
"""


@dataclass(frozen=True)
class Section:
    """A figure with its heading, its caption in plain words and its counts as tables."""

    key: str
    heading: str
    figure: Any
    caption: str
    tables: Sequence[tuple[str, Cells, Sequence[Cells]]]


def diagram_html(plan: Plan, fabric: str | None = None) -> str:
    """The page: every fabric (or the one that is named) and one domain of every block.

    Raises:
        KeyError: no fabric of that name.
    """
    from plotly.offline import get_plotlyjs

    sections = [*_fabric_sections(plan, fabric), *_domain_sections(plan)]
    heading = plan.design.title or plan.design.name
    library = get_plotlyjs().replace("</script", "<\\/script")
    body = "\n".join(_section(section) for section in sections)
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(library, _SCRIPT)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(heading)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(heading)}</h1>\n<p>{_summary(plan)}</p>\n"
        "<noscript><p>The figures need JavaScript; the tables give the counts.</p></noscript>\n"
        f"{body}\n"
        f'<script type="application/json" id="figures">{_data(sections)}</script>\n'
        f"<script>{library}</script>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n"
    )


def _policy(*scripts: str) -> str:
    """Only these scripts run, nothing is loaded; plotly needs inline styles and data images."""
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _data(sections: Iterable[Section]) -> str:
    """The figures as JSON that no HTML parser can mistake for markup."""
    figures = {section.key: json.loads(section.figure.to_json()) for section in sections}
    for figure in figures.values():
        figure["layout"] |= {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}
    text = json.dumps(figures, separators=(",", ":"), ensure_ascii=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _summary(plan: Plan) -> str:
    design = plan.design
    racks = f" in {design.racks:,} {plural('rack', design.racks)}" if design.racks else ""
    return f"{design.gpus:,} GPUs, {design.nodes:,} {plural('node', design.nodes)}{racks}"


def _section(section: Section) -> str:
    tables = "\n".join(_table(*table) for table in section.tables)
    tables = f'<div class="tables">{tables}</div>'
    heading = escape(section.heading)
    return (
        f'<h2 id="{section.key}-heading">{heading}</h2>\n'
        f'<figure aria-labelledby="{section.key}-heading">'
        f'<div class="plot"><div id="{section.key}" aria-label="{heading}"></div></div>\n'
        f"<figcaption>{escape(section.caption)}</figcaption></figure>\n{tables}"
    )


def _table(caption: str, head: Cells, rows: Sequence[Cells]) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n"
        f"<tbody>{body}</tbody></table>"
    )


def _fabric_sections(plan: Plan, only: str | None) -> list[Section]:
    chosen = plan.design.fabrics if only is None else (plan.fabric(only),)
    return [
        Section(
            key=f"fabric-{number}",
            heading=f"Fabric {fabric.name}",
            figure=fabric_figure(plan, fabric.name),
            caption=fabric_caption(fabric),
            tables=fabric_tables(fabric),
        )
        for number, fabric in enumerate(chosen, start=1)
    ]


def _domain_sections(plan: Plan) -> list[Section]:
    count = sum(population.domain is not None for population in plan.design.populations)
    sections = []
    for block in range(count):
        _, domain = domain_of(plan, block)
        sections.append(
            Section(
                key=f"nvlink-{block + 1}",
                heading=f"NVLink domain of {domain.name}",
                figure=nvlink_figure(plan, block),
                caption=domain_caption(domain),
                tables=domain_tables(domain),
            )
        )
    return sections
