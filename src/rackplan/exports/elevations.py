"""Rack elevations as a table: what is in every rack, from the top down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from rackplan.build import Plan
from rackplan.elevations import fittings
from rackplan.tables import Array

COLUMNS = {
    "rack": "name of the rack",
    "hall": "hall where it stands; empty where there is only one",
    "row": "row of the hall, from 1",
    "position": "position in the row, from 1",
    "u": "lowest unit, from 1 at the bottom; empty where it has none [U]",
    "height_u": "height; empty where unpublished [U]",
    "face": "front or rear",
    "chassis": "chassis of a blade, from 1",
    "slot": "place in the rack or chassis, from 1",
    "what": "catalog id, or what comes with the system",
    "device": "name of the device; empty for what has no port",
    "planned_w": "power that it is planned with; empty where unknown [W]",
    "weight_kg": "weight; empty where unknown [kg]",
}
"""Columns of `elevations.csv`."""


def write(plan: Plan, folder: Path) -> None:
    """Write `elevations.csv`, if anything stands in a rack."""
    found = fittings(plan)
    if plan.placed is None or not len(found):
        return
    names = plan.device_names()
    racks, grid = plan.placed.racks, plan.placed.grid
    loads = plan.placed.loads
    table = pa.table({
        "rack": pa.array(plan.rack_names(), pa.string()).take(pa.array(found.rack)),
        "hall": pa.array([name or None for name in plan.design.halls], pa.string()).take(
            pa.array(racks.hall[found.rack])
        ),
        "row": _counted(grid["row"][found.rack]),
        "position": _counted(grid["position"][found.rack]),
        "u": _known(found.u),
        "height_u": _known(found.height_u),
        "face": pa.array(["front", "rear"]).take(pa.array(found.rear.astype(np.int8))),
        "chassis": _counted(found.chassis),
        "slot": _counted(found.slot),
        "what": pa.array(found.words, pa.string()).take(pa.array(found.what)),
        "device": pa.array([*names, ""], pa.string()).take(
            pa.array(np.where(found.device < 0, len(names), found.device))
        ),
        "planned_w": _known(np.append(loads.watts, np.nan)[found.device]),
        "weight_kg": _known(np.append(loads.kilograms, np.nan)[found.device]),
    }).select(list(COLUMNS))  # fmt: skip
    options = arrow_csv.WriteOptions(quoting_style="needed")
    arrow_csv.write_csv(table, folder / "elevations.csv", options)


def _known(values: Array) -> pa.Array:
    """Numbers with nan as missing values."""
    wide = values.astype(np.float64)
    return pa.array(np.round(wide, 3), mask=np.isnan(wide))


def _counted(values: Array) -> pa.Array:
    """Numbers from one, negative ones as missing values."""
    return pa.array(values.astype(np.int64) + 1, mask=values < 0)
