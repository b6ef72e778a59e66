"""The summary of a plan as tables for the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rackplan.catalog.base import POWER_KINDS
from rackplan.units import printable, show_count, show_power, show_usd
from rackplan.views.terminal_table import table


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
        _links(summary["fabrics"]),
        _media(summary["fabrics"]),
        _exits(summary["exits"]),
        _floor(summary["floor"]),
        _cabling(summary["floor"]),
        _bom(summary),
    ):
        if part is not None:
            parts += [Text(), part]
    checks = summary["audit"]
    parts += [Text(), Text(f"{len(checks)} invariants hold")]
    return Group(*parts)


def _floor(floor: dict[str, Any] | None) -> Table | None:
    """Racks by purpose, and what their order saves in cable."""
    if floor is None:
        return None
    metres = floor["cable_m"]
    saved = 1 - metres["placed"] / metres["naive"] if metres["naive"] else 0.0
    row = [
        *(show_count(floor["racks"].get(word, 0)) for word in _PURPOSES),
        f"{metres['placed']:,.0f} m",
        f"{saved:.0%}",
    ]
    heads = [*_PURPOSES, "cable along trays", "against naive order"]
    return table("Racks on the floor", heads, [row])


_PURPOSES = ("compute", "service", "network", "power", "cooling")


def _cabling(floor: dict[str, Any] | None) -> Table | None:
    """Cables by type, with the shortest and longest that is ordered."""
    if floor is None or not floor["cabling"]:
        return None
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in floor["cabling"]:
        found.setdefault((row["fabric"], row["tier"], row["cable"]), []).append(row)
    rows = []
    for (fabric, tier, cable), lengths in found.items():
        known = [row["length_m"] for row in lengths if row["length_m"] is not None]
        span = f"{min(known):g} to {max(known):g} m" if known else "—"
        total = sum(row["total_m"] or 0 for row in lengths)
        pieces = show_count(sum(row["pieces"] for row in lengths))
        rows.append([fabric, tier, cable, pieces, span, f"{total:,.0f} m"])
    return table("Cables to order", ["fabric", "tier", "cable", "pieces", "lengths", "total"], rows)


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
            fabric["topology"],
            fabric["notation"],
            fabric["switch"] or "—",
            str(fabric["tiers"]),
            str(fabric["planes"]),
            str(fabric["rails"]),
            _by(fabric["switches"]) or "—",
            _oversubscription(fabric),
            "—" if fabric["bisection_tbps"] is None else f"{fabric['bisection_tbps']:,.1f}",
        ]
        for name, fabric in fabrics.items()
    ]
    columns = [
        "",
        "topology",
        "notation",
        "switch",
        "tiers",
        "planes",
        "rails",
        "switches",
        "oversub.",
        "bisection Tb/s, one way",
    ]
    return table("Fabrics", columns, rows)


def _oversubscription(fabric: dict[str, Any]) -> str:
    """Down to up bandwidth; a dash where no switch has both."""
    return f"{fabric['oversubscription']:.4g}:1" if fabric["oversubscription_by_role"] else "—"


def _links(fabrics: dict[str, Any]) -> Table | None:
    """One row a tier of links; what they cross only where something does."""
    if not fabrics:
        return None
    rows = []
    for name, fabric in fabrics.items():
        for tier, links in fabric["links"].items():
            crossed = fabric["panels"].get(tier)
            rows.append(
                [
                    f"{name}, {tier.replace('_', '-')}",
                    show_count(links),
                    f"{fabric['gbps'][tier]:g}",
                    "—" if tier.startswith("host_") else show_count(fabric["bundles"][tier]),
                    f"{crossed['count']:,} {crossed['part']}" if crossed else "",
                ]
            )
    columns = ["", "links", "Gb/s", "most between two devices", "through panels"]
    if not any(row[-1] for row in rows):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    return table("Links", columns, rows)


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
