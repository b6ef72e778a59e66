"""What stands where: racks by hall and purpose, positions left, and cable that the order saves.

Racks of switches are put where cables are short. How much that can save has been studied: laying
out switches and racks by partitioning cut the cost of cabling by up to 38 % against earlier
layouts (R. Agarwal, J. Mudigonda, P. Yalagandula, J. C. Mogul, "An Algorithmic Approach to
Datacenter Cabling", HP Laboratories, HPL-2015-8, 2015; the problem is NP-hard). The way here, an
assignment with all other racks fixed, is described in `rackplan.placement.arranging`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.build import Plan
from rackplan.placement.place import Placement
from rackplan.placement.racks import PURPOSES
from rackplan.tables import Column, Result
from rackplan.units import show_count

_COLUMNS = {
    "hall": Column("str", "", "hall"),
    "what": Column("str", "", "purpose of the racks; else free, kept out, or cables"),
    "racks": Column("int", "", "racks"),
    "rows": Column("int", "", "rows that they stand in"),
    "positions": Column("int", "", "positions that they take, or that are left"),
    "placed_m": Column("float", "m", "metres of cable along the trays, as placed"),
    "naive_m": Column("float", "m", "the same in the naive order: switches behind the others"),
    "saved": Column("float", "", "share saved"),
}


def placement(plan: Plan) -> Result:
    """Racks by hall and purpose, positions used and free, and metres against the naive order."""
    title = "Racks and positions"
    if plan.placed is None:
        note = "without 'floor' no rack has a place"
        return Result("placement", title, _COLUMNS, (), (note,))
    rows = [row for hall in range(len(plan.design.halls)) for row in _hall(plan, plan.placed, hall)]
    gain = plan.placed.gain
    saved = 1 - gain.placed_m / gain.naive_m if gain.naive_m else 0.0
    rows.append(_row("", "cables", placed_m=round(gain.placed_m, 1),
                     naive_m=round(gain.naive_m, 1), saved=round(saved, 4)))  # fmt: skip
    return Result("placement", title, _COLUMNS, tuple(rows), tuple(_notes(plan.placed)))


def _row(hall: str, what: str, **values: float | None) -> dict[str, object]:
    return {name: values.get(name) for name in _COLUMNS} | {"hall": hall, "what": what}


def _hall(plan: Plan, placed: Placement, hall: int) -> Iterator[dict[str, object]]:
    """The racks of a hall by purpose, then its free positions and those kept out."""
    name, floor = plan.design.halls[hall], placed.floors[hall]
    racks, row = placed.racks, placed.grid["row"]
    here = racks.hall == hall
    for number, purpose in enumerate(PURPOSES):
        own = here & (racks.purpose == number)
        if own.any():
            on_grid = own & (row >= 0)
            yield _row(name, purpose, racks=int(own.sum()), rows=len(np.unique(row[on_grid])),
                       positions=int(racks.width[on_grid].sum()))  # fmt: skip
    standing = here & (row >= 0)
    rows = floor.rows or int(row[standing].max(initial=-1)) + 1
    kept = {
        (one.row, position)
        for one in floor.keep_out
        if one.hall is None or one.hall == name
        for position in range(one.first, min(one.last, floor.across) + 1)
        if one.row <= rows
    }
    taken = int(racks.width[standing].sum()) + len(kept)
    yield _row(name, "free", rows=rows, positions=rows * floor.across - taken)
    if kept:
        yield _row(name, "kept out", positions=len(kept))


def _notes(placed: Placement) -> Iterator[str]:
    yield (
        "metres are those along the trays, without the ways in the racks and without slack; "
        "published work saved up to 38 % of the cost of cabling by arrangement (HPL-2015-8)"
    )
    apart = int((placed.grid["row"] < 0).sum())
    if apart:
        yield f"{show_count(apart)} racks stand at places of their own, on no position"
    if placed.distances:
        yield "some ways are your own distances"
