"""`labels.csv`: the label of every plug, for a label printer.

Two rows for every row of the schedule, end A before end Z, in the schedule's order.
The one plug of a splitter has a label for each of its tails.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rackplan.build import Plan
from rackplan.schedule import schedule
from rackplan.schedule.arrow import write_csv

COLUMNS: dict[str, str] = {
    "cable_id": "the cable",
    "end": "A (lower) or Z (upper)",
    "line_1": "the label: the near end first",
    "line_2": "the cable's id",
    "line_3": "type and length of the cable",
    "rack": "rack where the label is stuck on",
    "u": "lowest unit of the device there [U]",
    "device": "the device",
    "port": "its port",
    "bundle_id": "the bundle that the cable is pulled with",
    "phase": "the step in which it is pulled",
}
"""The columns in order and what they hold."""


def write(plan: Plan, folder: Path) -> None:
    """Write `labels.csv`."""
    with (folder / "labels.csv").open("wb") as sink:
        write_csv(label_rows(plan), sink)


def label_rows(plan: Plan) -> pa.Table:
    """The columns of `COLUMNS`."""
    table = schedule(plan).table
    rows = len(table)
    length = _plain(table["length_m"]).cast(pa.string())
    metres = pc.fill_null(pc.binary_join_element_wise(length, " m", ""), "")
    kind = pc.fill_null(_plain(table["cable_type"]), "")
    bought = pc.utf8_trim_whitespace(pc.binary_join_element_wise(kind, metres, " "))
    both: dict[str, tuple[str, str]] = {"line_1": ("label_a", "label_z")}
    both |= {name: (f"a_{name}", f"z_{name}") for name in ("rack", "u", "device", "port")}
    order = pa.array(np.stack([np.arange(rows), rows + np.arange(rows)]).T.ravel())

    def twice(a: pa.Array, z: pa.Array) -> pa.Array:
        return pa.concat_arrays([a, z]).take(order)

    found = {
        "end": pa.DictionaryArray.from_arrays(
            pa.array(np.tile(np.arange(2, dtype=np.int8), rows)), pa.array(["A", "Z"])
        ),
        "line_2": twice(_plain(table["cable_id"]), _plain(table["cable_id"])),
        "line_3": twice(bought, bought),
    }
    for name in COLUMNS:
        if name not in found:
            a, z = both.get(name, (name, name))
            found[name] = twice(_plain(table[a]), _plain(table[z]))
    return pa.table({name: found[name] for name in COLUMNS})


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array, texts in full."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], whole.type)
    return whole.cast(pa.string()) if pa.types.is_dictionary(whole.type) else whole
