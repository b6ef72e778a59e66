"""Structured cabling: trunks and patch panels by tier, and how much of them is lit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.build import Plan
from rackplan.placement.trunk_tables import trunk_table
from rackplan.tables import Array, Column, Result, Table

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "tier": Column("str", "", "tier"),
    "trunk": Column("str", "", "catalog id of the trunk"),
    "trunks": Column("int", "", "trunks"),
    "links": Column("int", "", "links that they carry; the others stay in their rack"),
    "room": Column("int", "", "links that they could carry"),
    "strands_used": Column("int", "", "strands that carry light; empty where unknown"),
    "strands_dark": Column("int", "", "strands that do not; empty where unknown"),
    "longest_m": Column("float", "m", "longest trunk, with slack; empty where unknown"),
    "total_m": Column("float", "m", "metres to order; empty where one is unknown"),
    "panels": Column("int", "", "patch panels"),
    "positions_used": Column("int", "", "their positions with a link"),
    "positions_dark": Column("int", "", "positions with a dark leg of a trunk"),
    "positions_free": Column("int", "", "positions with nothing behind them"),
}


def trunks(plan: Plan) -> Result:
    """Trunks and panels of every tier that has some."""
    title = "Trunks and patch panels"
    found, panels = plan.tables.get("trunks"), plan.tables.get("panels")
    if found is None or panels is None or not len(found):
        note = "no tier has trunks between patch panels"
        return Result("trunks", title, _COLUMNS, (), (note,))
    cables = plan.tables["cables"]
    kinds = [cables[name][found["cable"]].astype(np.int64) for name in ("fabric", "tier", "type")]
    tiers, group = np.unique(np.stack(kinds), axis=1, return_inverse=True)
    rows = tuple(
        _tier(cables, found, np.flatnonzero(group.ravel() == number), tuple(codes))
        | _panels(cables, panels, tuple(codes))
        for number, codes in enumerate(tiers.T.tolist())
    )
    return Result("trunks", title, _COLUMNS, rows, tuple(_notes(rows)))


def schedule(plan: Plan) -> Result:
    """Every trunk with both its ends, as it is labelled and ordered."""
    if "trunks" not in plan.tables:
        return Result("trunk_schedule", "Trunks from panel to panel", {}, ())
    return trunk_table(plan.tables, plan.rack_names())


def _tier(cables: Table, found: Table, own: Array, codes: tuple[int, ...]) -> dict[str, object]:
    """The trunks of one type of a tier."""
    words = [cables.words[name][code] for name, code in zip(("fabric", "tier", "type"), codes,
                                                            strict=True)]  # fmt: skip
    cable = found["cable"][own]
    route, length = (cables[name][cable].astype(np.float64) for name in ("route_m", "length_m"))
    unlit = bool(np.any(found["strands_used"][own] < 0))
    return {
        "fabric": words[0],
        "tier": words[1],
        "trunk": words[2],
        "trunks": len(own),
        "links": int(found["links"][own].sum()),
        "room": int(found["legs"][own].sum()),
        "strands_used": None if unlit else int(found["strands_used"][own].sum()),
        "strands_dark": None if unlit else int(found["strands_dark"][own].sum()),
        "longest_m": None if np.all(np.isnan(route)) else round(float(np.nanmax(route)), 2),
        "total_m": None if np.any(np.isnan(length)) else round(float(length.sum()), 2),
    }


def _panels(cables: Table, panels: Table, codes: tuple[int, ...]) -> dict[str, object]:
    """The panels of a tier."""
    own = panels.where("fabric", cables.words["fabric"][codes[0]])
    own &= panels.where("tier", cables.words["tier"][codes[1]])
    sums = {f"positions_{name}": int(panels[name][own].sum()) for name in ("used", "dark", "free")}
    return {"panels": int(own.sum()), **sums}


def _notes(rows: tuple[dict[str, object], ...]) -> Iterator[str]:
    yield (
        "a trunk takes a position of a panel for every link that it can carry; no unit of a rack "
        "is kept for panels"
    )
    if any(row["strands_used"] is None for row in rows):
        yield "where no optics are named, nobody knows which strands carry light"
    if any(row["total_m"] is None for row in rows):
        yield "some trunks lead to another hall, or are longer than any that can be ordered"
