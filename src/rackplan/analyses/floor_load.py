"""What racks weigh and press on the floor, against what it carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.heat.folding import folded, names_of, told
from rackplan.heat.formulas import lb_per_ft2
from rackplan.heat.weight import FloorLoad
from rackplan.tables import Column, Result

_COLUMNS = {
    "name": Column("str", "", "kind of the racks"),
    "count": Column("int", "", "racks alike; the numbers are those of one"),
    "rack_kg": Column("float", "kg", "weight; empty when nothing of it is known"),
    "at_least": Column("bool", "", "whether the weight of some of it is unpublished"),
    "footprint_m2": Column("float", "m2", "outer width times depth; empty when unpublished"),
    "kg_per_m2": Column("float", "kg/m2", "weight over the footprint"),
    "tile_kg_per_m2": Column("float", "kg/m2", "weight over the floor tiles that it touches"),
    "kpa": Column("float", "kPa", "pressure on the footprint"),
    "lb_per_ft2": Column("float", "lb/ft2", "the same in the unit of American floors"),
    "foot_kg": Column("float", "kg", "load of one caster or foot"),
    "limit_kg_per_m2": Column("float", "kg/m2", "what the floor carries"),
    "margin_kg": Column("float", "kg", "weight that the floor would bear beyond it"),
    "load_kg": Column("float", "kg", "weight of what stands in the frame"),
    "max_load_kg": Column("float", "kg", "the most that may stand in the frame"),
}
_TITLE = "Weight of the racks and load of the floor"


def floor_load(plan: Plan) -> Result:
    """Weight, pressure and point load of every kind of rack."""
    floor = plan.weights
    if floor is None:
        return Result("floor_load", _TITLE, _COLUMNS, (), ("the deployment has no key 'floor'",))
    return floor_load_result(floor)


def floor_load_result(floor: FloorLoad) -> Result:
    """The same from racks that are not part of a plan."""
    return Result("floor_load", _TITLE, _COLUMNS, tuple(_rows(floor)), tuple(_notes(floor)))


def _rows(floor: FloorLoad) -> Iterator[dict[str, Any]]:
    """One row a kind of rack: as many as there are kinds and fillings."""
    weights = floor.weights
    shown = {
        "rack_kg": weights.rack_kg,
        "footprint_m2": floor.footprint_m2,
        "kg_per_m2": floor.kg_per_m2,
        "tile_kg_per_m2": floor.tile_kg_per_m2,
        "kpa": floor.kpa,
        "lb_per_ft2": lb_per_ft2(floor.kg_per_m2),
        "foot_kg": floor.foot_kg,
        "limit_kg_per_m2": floor.limit_kg_m2,
        "margin_kg": floor.limit_kg_m2 * floor.footprint_m2 - weights.rack_kg,
        "load_kg": weights.load_kg,
        "max_load_kg": weights.max_load_kg,
    }
    for first, count in folded([*shown.values(), weights.at_least], weights.kinds):
        known = {name: told(column[first]) for name, column in shown.items()}
        row = {
            "name": weights.kinds[first] or weights.names[first],
            "count": count,
            "at_least": bool(weights.at_least[first]),
            **known,
        }
        yield {name: row[name] for name in _COLUMNS}


def _notes(floor: FloorLoad) -> Iterator[str]:
    weights = floor.weights
    if not len(weights):
        return
    yield "a rack stands with its corner on that of a tile, and its feet bear the same"
    missing = (
        ("weight is not known in full for {}: loads are at least those shown", weights.at_least),
        (
            "width or depth is unpublished for {}: the floor below is not tested",
            np.isnan(floor.footprint_m2),
        ),
        ("the number of feet is unpublished for {}", weights.feet == 0),
    )
    for sentence, rows in missing:
        if rows.any():
            yield sentence.format(names_of(rows, weights.kinds, weights.names))
    if np.isnan(floor.limit_kg_m2).any():
        yield "nobody says what the floor carries below every rack ('max_kg_per_m2')"
