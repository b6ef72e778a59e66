"""`pull_list.csv`: what is pulled along every way: cables by step, type and length.

One row a bundle (pair of racks), step, type and length, in order of the racks. Every cable counts
once; a splitter counts on the way of its first tail.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from rackplan.build import Plan
from rackplan.schedule import schedule
from rackplan.schedule.arrow import numbers, words, write_csv
from rackplan.schedule.bought import named

_END = {
    "hall": "hall",
    "row": "row of the hall, from 1",
    "rack": "rack",
}
COLUMNS: dict[str, str] = {
    "bundle_id": "the pair of racks; empty where a device has no rack",
    **{f"from_{name}": f"{doc} of the first rack" for name, doc in _END.items()},
    **{f"to_{name}": f"{doc} of the second rack" for name, doc in _END.items()},
    "tray_route": "rows that the way leads along",
    "phase": "the step in which the cables are pulled",
    "cable_type": "catalog id",
    "length_m": "length to order; empty where unknown [m]",
    "cables": "number of cables: those rows of the schedule with this bundle, type and length",
    "total_m": "length of all of them [m]",
    "total_kg": "weight of all of them; empty where no weight is published [kg]",
}
"""The columns in order and what they hold."""


def write(plan: Plan, folder: Path) -> None:
    """Write `pull_list.csv`."""
    with (folder / "pull_list.csv").open("wb") as sink:
        write_csv(pull_list(plan), sink)


def pull_list(plan: Plan) -> pa.Table:
    """The columns of `COLUMNS`."""
    made, cables = schedule(plan), plan.tables["cables"]
    _, row = np.unique(made.rows.cable, return_index=True)
    row = np.sort(row)
    cable = made.rows.cable[row]
    length = cables["length_m"][cable].astype(float)
    known = np.nan_to_num(length, nan=-1.0)
    keys = np.stack([made.pair[row], cables["phase"][cable], cables["type"][cable],
                     np.round(known * 1000)]).astype(np.int64)  # fmt: skip
    _, first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    count = np.bincount(group, minlength=len(first))
    entries = plan.design.cables()
    types = cables.words["type"]
    weights = [entries[one].kg_per_m.value if one in entries else None for one in types]
    kg_per_m = np.array([np.nan if one is None else one for one in weights] + [np.nan])
    code = cables["type"][cable[first]]
    metres = count * length[first]
    table = made.table
    found = {
        "bundle_id": table["bundle_id"].combine_chunks().take(pa.array(row[first])),
        "tray_route": table["tray_route"].combine_chunks().take(pa.array(row[first])),
        "phase": table["phase"].combine_chunks().take(pa.array(row[first])),
        "cable_type": words(named(types), code),
        "length_m": numbers(length[first], least=0),
        "cables": numbers(count),
        "total_m": numbers(np.round(metres, 1), least=0),
        "total_kg": numbers(np.round(metres * kg_per_m[code], 2), least=0),
        **_racks(plan, row[first]),
    }
    return pa.table({name: found[name] for name in COLUMNS})


def _racks(plan: Plan, row: np.ndarray) -> dict[str, pa.Array]:
    """Where both racks of some rows of the schedule are, the first in the table first."""
    made, racks = schedule(plan), plan.tables["racks"]
    places = made.places
    a, z = (places.rack[own.device[row]] for own in (made.rows.a, made.rows.z))
    halls = [name or None for name in places.halls]
    found: dict[str, pa.Array] = {}
    for side, own in (("from", np.minimum(a, z)), ("to", np.maximum(a, z))):
        both = np.where(np.minimum(a, z) < 0, -1, own)
        found[f"{side}_rack"] = words(places.racks, both)
        found[f"{side}_hall"] = words(halls, np.append(racks["hall"], -1)[both])
        found[f"{side}_row"] = numbers(np.append(racks["row"], -1)[both] + 1)
    return found
