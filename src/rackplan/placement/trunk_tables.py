"""The tables of panels and trunks, and the trunk schedule that is made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rackplan.tables import Array, Column, Result, Table

_ENDS = {
    "rack": "rack at the {} end",
    "panel": "panel at the {} end; two where it spreads over both",
    "positions": "its positions there, from 1",
}
_SCHEDULE = {
    "trunk": Column("str", "", "name of the trunk: fabric, tier, both racks and number"),
    "type": Column("str", "", "catalog id"),
    **{f"a_{name}": Column("str", "", doc.format("a")) for name, doc in _ENDS.items()},
    **{f"z_{name}": Column("str", "", doc.format("z")) for name, doc in _ENDS.items()},
    "links": Column("int", "", "links that it carries"),
    "strands_used": Column("int", "", "strands that carry light; empty where unknown"),
    "strands_dark": Column("int", "", "strands that do not; empty where unknown"),
    "route_m": Column("float", "m", "length of its way with slack; empty where unknown"),
    "length_m": Column("float", "m", "length to order; empty where unknown"),
    "phase": Column("int", "", "number of the step in which it is pulled, from 0"),
}


def panel_names(panels: Table, racks: Sequence[str]) -> list[str]:
    """The name of every panel: `r0001-compute-host_leaf-pp01`."""
    fabrics, tiers = _spelled(panels, "fabric"), _spelled(panels, "tier")
    return [
        f"{racks[rack]}-{fabric}-{tier}-pp{number + 1:02d}"
        for rack, fabric, tier, number in zip(
            panels["rack"].tolist(), fabrics, tiers, panels["number"].tolist(), strict=True
        )
    ]


def trunk_table(tables: Mapping[str, Table], racks: Sequence[str]) -> Result:
    """The trunk schedule: one row a trunk, with both ends as they are labelled.

    Args:
        tables: cables, panels and trunks of a plan.
        racks: names of its racks, by row.
    """
    trunks, cables = tables["trunks"], tables["cables"]
    panels = panel_names(tables["panels"], racks)
    cable = trunks["cable"]
    columns: dict[str, list[object]] = {
        "type": list(_spelled(cables, "type", cable)),
        "links": trunks["links"].tolist(),
        "strands_used": _known(trunks["strands_used"]),
        "strands_dark": _known(trunks["strands_dark"]),
        "route_m": _known(cables["route_m"][cable]),
        "length_m": _known(cables["length_m"][cable]),
        "phase": cables["phase"][cable].tolist(),
    }
    for end in "az":
        columns[f"{end}_rack"] = [racks[row] for row in trunks[f"{end}_rack"].tolist()]
        columns[f"{end}_panel"], columns[f"{end}_positions"] = _end(trunks, end, panels)
    fabric, tier = _spelled(cables, "fabric", cable), _spelled(cables, "tier", cable)
    columns["trunk"] = [
        f"{one}-{two}-{racks[a]}-{racks[z]}-{number + 1:02d}"
        for one, two, a, z, number in zip(
            fabric, tier, trunks["a_rack"].tolist(), trunks["z_rack"].tolist(),
            trunks["number"].tolist(), strict=True,
        )
    ]  # fmt: skip
    rows = zip(*(columns[name] for name in _SCHEDULE), strict=True)
    title = "Trunks from panel to panel"
    found = tuple(dict(zip(_SCHEDULE, row, strict=True)) for row in rows)
    return Result("trunk_schedule", title, _SCHEDULE, found)


def _spelled(table: Table, column: str, rows: Array | None = None) -> list[str]:
    """The words of a category column."""
    codes = table[column] if rows is None else table[column][rows]
    words = table.words[column]
    return [words[code] for code in codes.tolist()]


def _known(values: Array) -> list[object]:
    """Numbers, None for -1 and nan; floats rounded to a centimetre."""
    if values.dtype.kind == "f":
        known = ~np.isnan(values)
        rounded = np.round(values.astype(np.float64), 2).tolist()
        return [one if told else None for one, told in zip(rounded, known.tolist(), strict=True)]
    return [None if value < 0 else value for value in values.tolist()]


def _end(trunks: Table, end: str, panels: Sequence[str]) -> tuple[list[object], list[object]]:
    """Panel and positions of one end of every trunk, as labels."""
    shown: tuple[list[object], list[object]] = [], []
    names = (f"{end}_panel", f"{end}_first", f"{end}_last_panel", f"{end}_last")
    for panel, first, last_panel, last in zip(
        *(trunks[name].tolist() for name in names), strict=True
    ):
        one = panel == last_panel
        shown[0].append(panels[panel] if one else f"{panels[panel]} to {panels[last_panel]}")
        shown[1].append(
            f"{first + 1} to {last + 1}" if last != first or not one else f"{first + 1}"
        )
    return shown
