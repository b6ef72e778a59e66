"""The fullest stretch of every tray: cables, cross-section, fill and weight.

Fill is the sum of the cross-sections of the cables over that of the tray, width times depth.
Weight is the sum of the cables' kilograms a metre; the tray itself is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rackplan.build import Plan
from rackplan.placement.bundles import bundles
from rackplan.placement.trays import Trays, needed_mm, tray_loads
from rackplan.tables import Column, Result
from rackplan.units import show_count

_COLUMNS = {
    "hall": Column("str", "", "hall"),
    "tray": Column("str", "", "row that it lies along, or position above which it crosses rows; "
                   "the first of those with equal numbers"),
    "fullest": Column("str", "", "where it is fullest"),
    "trays": Column("int", "", "trays of that kind with the same numbers"),
    "cables": Column("int", "", "cables there"),
    "unknown": Column("int", "", "those of unpublished diameter or weight, in no sum"),
    "section_cm2": Column("float", "cm2", "cross-section of the others; empty if none"),
    "fill": Column("float", "", "share of the tray's cross-section that they take"),
    "max_fill": Column("float", "", "share that they may take"),
    "needed_mm": Column("float", "mm", "width of a tray of the same depth that would hold them"),
    "kg_per_m": Column("float", "kg/m", "weight of the cables"),
}  # fmt: skip

_Key = tuple[object, ...]


def trays(plan: Plan) -> Result:
    """Every tray with cables in it at its fullest stretch; equal trays of a kind are one row."""
    title = "Trays where they are fullest"
    if plan.placed is None:
        note = "without 'floor' no tray is known"
        return Result("trays", title, _COLUMNS, (), (note,))
    placed, design = plan.placed, plan.design
    found = bundles(plan.tables, placed.rack, design.cables())
    racks = {"hall": placed.racks.hall, **placed.grid}
    loads = tray_loads(racks, found, placed.floors, design.cabling)
    rows: dict[_Key, dict[str, object]] = {}
    alike: dict[_Key, int] = {}
    for at in loads.fullest().tolist():
        numbers = _numbers(loads, at, plan)
        key = (int(loads.hall[at]), bool(loads.crosses[at]), *numbers.values())
        place = {
            "hall": design.halls[loads.hall[at]],
            "tray": loads.name(at),
            "fullest": loads.span(at),
        }
        alike[key] = alike.get(key, 0) + 1
        rows.setdefault(key, {**place, "trays": alike[key], **numbers})["trays"] = alike[key]
    return Result("trays", title, _COLUMNS, tuple(rows.values()), tuple(_notes(loads, plan)))


def _numbers(loads: Trays, at: int, plan: Plan) -> dict[str, object]:
    """What lies in a stretch."""
    cabling = plan.design.cabling
    cables, unknown = int(loads.cables[at]), int(loads.unknown[at])
    section = float(loads.section_cm2[at])
    told = unknown < cables
    return {
        "cables": cables,
        "unknown": unknown,
        "section_cm2": round(section, 2) if told else None,
        "fill": round(float(loads.fill[at]), 4) if told else None,
        "max_fill": cabling.max_fill,
        "needed_mm": needed_mm(section, cabling) if told else None,
        "kg_per_m": round(float(loads.kg_per_m[at]), 3) if told else None,
    }


def _notes(loads: Trays, plan: Plan) -> Iterator[str]:
    width, depth = plan.design.cabling.tray_mm
    yield (
        f"one tray of {width:g} x {depth:g} mm along every row and at every crossing; each cable "
        "lies on one shortest way"
    )
    if loads.types:
        yield (
            f"nobody has published diameter or weight of {', '.join(loads.types)}: section, fill "
            "and weight are at least what is shown"
        )
    if loads.elsewhere:
        yield (
            f"{show_count(loads.elsewhere)} cables lie on no tray of the grid: they lead to "
            "another hall, or to a rack with a place of its own"
        )
