"""Tables for the terminal: the numbers of the summary, laid out for reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rackplan.catalog.base import POWER_KINDS
from rackplan.comparison import Comparison
from rackplan.explain import Explanation
from rackplan.tables import Result
from rackplan.units import printable, show_cell, show_count, show_power, show_usd, show_value

_NUMERIC = re.compile(r"(?:≥ )?[-$]?[0-9][0-9.,:%]*(?: (?:W|kW|MW|pairs|pins))?|—|")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table of plain texts; columns of numbers stand right, the others left."""
    made = Table(
        title=Text(title),
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for index, column in enumerate(columns):
        numeric = index and all(_NUMERIC.fullmatch(row[index]) for row in rows)
        made.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    return made


def plan_view(summary: dict[str, Any]) -> RenderableType:
    """The summary of a plan as tables."""
    parts: list[RenderableType] = [
        Text(printable(f"{summary['name']}: {summary['title']}"), style="bold"),
        Text(),
        _totals(summary["totals"]),
    ]
    for part in (
        _power(summary),
        _limits(summary["limits"]),
        _scale_up(summary["scale_up"]),
        _fabrics(summary["fabrics"]),
        _media(summary["fabrics"]),
        _exits(summary["exits"]),
        _bom(summary),
    ):
        if part is not None:
            parts += [Text(), part]
    checks = summary["audit"]
    parts += [Text(), Text(f"{len(checks)} invariants hold")]
    return Group(*parts)


def _totals(totals: dict[str, Any]) -> Table:
    names = ("gpus", "dies", "nodes", "racks", "switches", "links", "cables")
    head = {"gpus": "GPUs"}
    row = [show_count(totals[name]) for name in names]
    return table("Totals", [head.get(name, name) for name in names], [row])


def _power(summary: dict[str, Any]) -> Table:
    rows = [
        [
            f"{row['scope']} {row['name']}",
            show_count(row["count"]),
            *(show_power(row[f"each_{kind}_w"]) for kind in POWER_KINDS),
        ]
        for row in summary["power"]
    ]
    unknown = summary["totals"]["power_unknown"]
    total = [
        ("≥ " if kind in unknown and watts is not None else "") + show_power(watts)
        for kind, watts in summary["totals"]["power_w"].items()
    ]
    rows.append(["all", "", *total])
    return table("Power, each and in all", ["", "count", *POWER_KINDS], rows)


def _limits(rows: list[dict[str, Any]]) -> Table | None:
    if not rows:
        return None
    texts = [
        [
            f"{row['what']}: {row['limit']}",
            ("≥ " if row["at_least"] else "") + show_power(row["planned_w"]),
            row["kind"],
            show_power(row["margin_w"]),
        ]
        for row in rows
    ]
    return table("Limits", ["", "planned", "kind", "margin"], texts)


def _scale_up(domains: dict[str, Any]) -> Table | None:
    if not domains:
        return None
    rows = [row for name, domain in domains.items() for row in _readings(name, domain)]
    columns = (
        "/domains/links/pairs/published/signal pins per face/installed per face/all faces/"
        "fullest face"
    )
    made = table("NVLink, one domain", columns.split("/"), rows)
    notes = [domain["assumption"] for domain in domains.values() if domain["assumption"]]
    notes += [
        f"{name}: {reading['installed_pins_all_faces']:,} pins: {reading['note']}"
        for name, domain in domains.items()
        if len(domain["readings"]) > 1
        for reading in domain["readings"]
    ]
    made.caption = Text("\n".join(notes)) if notes else None
    made.caption_justify = "left"
    return made


def _readings(name: str, domain: dict[str, Any]) -> list[list[str]]:
    """One row a reading of the installed pins; one row where there is no connector."""
    one, pins = domain["per_domain"], domain["per_domain"]["pins"]
    fill = max(one["fill"].values(), default=None)
    return [
        [
            name,
            show_count(domain["domains"]),
            show_count(one["links"]),
            show_count(one["pairs"]),
            show_count(one["published_pairs"]),
            show_count(pins["signal_pins_per_face"]),
            show_count(pins["installed_pins_per_face"]),
            show_count(reading["installed_pins_all_faces"] if reading else None),
            "—" if fill is None else f"{fill:.1%}",
        ]
        for reading in domain["readings"] or [None]
    ]


def _by(counts: dict[str, int]) -> str:
    return " + ".join(f"{count:,} {name.replace('_', '-')}" for name, count in counts.items())


def _fabrics(fabrics: dict[str, Any]) -> Table | None:
    if not fabrics:
        return None
    rows = [
        [
            name,
            fabric["switch"],
            str(fabric["tiers"]),
            str(fabric["planes"]),
            str(fabric["rails"]),
            _by(fabric["switches"]),
            _by(fabric["links"]),
            f"{fabric['oversubscription']:g}:1",
            f"{fabric['bisection_tbps']:,.1f}",
        ]
        for name, fabric in fabrics.items()
    ]
    columns = [
        "",
        "switch",
        "tiers",
        "planes",
        "rails",
        "switches",
        "links",
        "oversub.",
        "bisection Tb/s, one way",
    ]
    return table("Fabrics", columns, rows)


def _media(fabrics: dict[str, Any]) -> Table | None:
    if not fabrics:
        return None
    rows = [
        [
            name,
            show_count(fabric["cables"]),
            show_count(fabric["connectors"]),
            show_count(fabric["fibers"]),
            show_count(fabric["strands"]),
            show_count(fabric["modules"]["host"]),
            show_count(fabric["modules"]["switch"]),
            show_count(fabric["lasers"]["switch"]),
            show_count(fabric["free_ports"]),
        ]
        for name, fabric in fabrics.items()
    ]
    columns = [
        "",
        "cables",
        "connectors",
        "lit fibers",
        "strands",
        "host modules",
        "switch modules",
        "switch lasers",
        "free ports",
    ]
    return table("Cables and optics", columns, rows)


def _exits(rows: list[dict[str, Any]]) -> Table:
    texts = [
        [
            f"{row['system']}, {row['network']}",
            show_count(row["cages"]),
            show_count(row["ports"]),
            show_count(row["fibers"]),
        ]
        for row in rows
    ]
    return table("What leaves one system", ["", "cages", "ports", "lit fibers"], texts)


def _bom(summary: dict[str, Any]) -> Table:
    rows = [
        [
            f"{row['kind']} {row['name']}",
            row["id"],
            show_count(row["quantity"]),
            show_usd(row["unit_usd"]),
            show_usd(row["total_usd"]),
        ]
        for row in summary["bom"]
    ]
    total = summary["totals"]["cost_usd"]
    if total is not None:
        complete = summary["totals"]["cost_is_complete"]
        rows.append(["total" if complete else "at least", "", "", "", show_usd(total)])
    return table("Bill of materials", ["", "id", "quantity", "each", "total"], rows)


def comparison_view(comparison: Comparison) -> RenderableType:
    """Pluggable and CPO side by side, and what every accounting preset says is saved."""
    counts = [
        [
            f"{row['fabric']}, {row['variant']}",
            str(row["switch"]),
            *(
                show_count(row[name])
                for name in (
                    "switches",
                    "links",
                    "host_modules",
                    "switch_modules",
                    "switch_lasers",
                    "engines",
                    "laser_sources",
                    "fibers",
                )
            ),
        ]
        for row in comparison.counts.rows
    ]
    savings = [
        [
            f"{row['fabric']}, {row['accounting']}{' *' if row['chosen'] else ''}",
            str(row["basis"]),
            show_power(row["pluggable_w"]),
            show_power(row["cpo_w"]),
            show_power(row["saved_w"]),
            show_count(row["extra_gpus"]),
            show_usd(row["cage_usd"]),
            show_usd(row["modules_usd"]),
        ]
        for row in comparison.savings.rows
    ]
    ends = {str(row["host_ends"]) for row in comparison.savings.rows}
    second = table(
        "Co-packaged against pluggable, by accounting preset (* the deployment's)",
        ["", "basis", "pluggable", "CPO", "saved", "GPUs fed", "USD/cage", "modules avoided"],
        savings,
    )
    notes = [
        f"NIC-side modules: {', '.join(sorted(ends))} with CPO",
        "GPUs fed: whole GPUs whose TDP the saved power covers",
        "modules avoided: price of the switch-side modules, before the price of the CPO switches",
        *comparison.savings.notes,
    ]
    second.caption = Text(printable_lines("\n".join(notes)))
    second.caption_justify = "left"
    first = table(
        "Counts",
        [
            "",
            "switch",
            "switches",
            "links",
            "host modules",
            "switch modules",
            "switch lasers",
            "engines",
            "ELS",
            "lit fibers",
        ],
        counts,
    )
    return Group(first, Text(), second)


def entry_view(told: dict[str, Any]) -> RenderableType:
    """A catalog entry: facts with sources, then the claims that disagree."""
    rows, contested = [], []
    for fact in told["facts"]:
        rows.append(
            [
                fact["fact"],
                show_value(fact["value"]),
                fact["status"] or "",
                fact["source"] or "",
                fact["note"],
            ]
        )
        contested += [
            [
                fact["fact"],
                show_value(claim["value"]),
                claim["status"] or "",
                claim["source"] or "",
                "; ".join([claim["note"], *(f"INCONSISTENT: {t}" for t in claim["inconsistent"])]),
            ]
            for claim in fact["alternatives"]
        ]
    fields = "   ".join(f"{name}: {value}" for name, value in told["fields"].items())
    columns = ["fact", "value", "status", "source", "note"]
    parts: list[RenderableType] = [
        Text(f"{told['kind']} {told['id']}: {told['name']}", style="bold"),
        Text(printable(fields)),
        Text(printable(told["note"])),
        _left(table("Facts", columns, rows)),
    ]
    if contested:
        parts += [Text(), _left(table("Claims that disagree", columns, contested))]
    sources = [
        [key, source["author"], source["title"], source["date"], source["url"]]
        for key, source in told["sources"].items()
    ]
    if sources:
        heads = ["key", "author", "title", "date", "url"]
        parts += [
            Text(),
            _left(table("Sources (date of the page, or of the day it was read)", heads, sources)),
        ]
    return Group(*parts)


def _left(made: Table) -> Table:
    for column in made.columns:
        column.justify = "left"
    return made


def explanation_view(told: Explanation) -> RenderableType:
    """A number and what it follows from, as a tree."""
    from rich.tree import Tree

    tree = Tree(_explained(told))
    for part in told.inputs:
        tree.add(explanation_view(part))
    for claim in told.claims:
        text = f"disagrees: {show_value(claim['value'])}   {claim['source']}"
        for told_too in (claim["note"], *claim.get("inconsistent", ())):
            text += f"\n{told_too}" if told_too else ""
        tree.add(Text(printable_lines(text)))
    return tree


def _explained(told: Explanation) -> Text:
    head = Text(f"{told.name} = {show_value(told.value)} {told.unit}".rstrip(), style="bold")
    status = f"[{told.status}] " if told.status else ""
    for line in (told.formula, f"{status}{told.source}", told.note):
        if line:
            head.append(f"\n{printable(line)}", style="not bold")
    return head


def printable_lines(text: str) -> str:
    """Printable text that keeps its line ends."""
    return "\n".join(printable(line) for line in text.split("\n"))


def result_view(result: Result) -> RenderableType:
    """Any small table: columns with their units, one row a row."""
    heads = [
        f"{name} [{column.unit}]" if column.unit else name
        for name, column in result.columns.items()
    ]
    rows = [[show_cell(row.get(name)) for name in result.columns] for row in result.rows]
    return table(result.title, heads, rows)
