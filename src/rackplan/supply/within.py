"""Elements within a rack: its shelves, the sidecar that it is, and the rack itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.feeds import PowerSpec
from rackplan.supply.columns import ELEMENTS, KINDS
from rackplan.supply.electric import Electric
from rackplan.supply.loads import Bools, Floats, Ints, RackLoads
from rackplan.tables import Array


@dataclass(frozen=True)
class Rows:
    """Rows of one kind, and by rack the row of elements, -1 where the rack has none."""

    row: Ints
    columns: Mapping[str, Array]

    @property
    def count(self) -> int:
        """Rows."""
        return int((self.row >= 0).sum())


def rows_of_shelves(
    loads: RackLoads, feed_w: Floats, sides: Bools, feeds: Ints, start: int, spec: PowerSpec
) -> Rows:
    """The shelves of a rack: one row a rack, loads of one shelf.

    Of n shelves with load P, each carries P / n; P / (n - 1) when one fails; and where they are
    spread over k sides, P / (n - ceil(n / k)) when a side fails. With fewer shelves than sides,
    every shelf is taken to reach all sides.

    Args:
        loads: the racks.
        feed_w: (racks,) what the feeds of each rack carry. [W]
        sides: (racks, sides) which sides feed a rack.
        feeds: (racks, sides) rows of their feeds.
        start: row of the first.
        spec: the key `power` of the deployment.
    """
    rack = np.flatnonzero(loads.shelf_count > 0)
    count = loads.shelf_count[rack]
    load = np.where(loads.sidecar < 0, feed_w, loads.drawn_w)[rack]
    several = sides[rack].sum(axis=1)
    spread = (several > 1) & (count >= several) & (spec.redundancy != "N")
    left = np.where(spread, count + -count // np.maximum(several, 1), count)
    normal = load / count
    by_shelf = np.where(count > 1, load / np.maximum(count - 1, 1), normal)
    by_side = load / np.maximum(left, 1)
    worst = np.maximum(by_shelf, by_side)
    row = start + np.arange(len(rack))
    side_row = feeds[rack, sides[rack].argmax(axis=1)]
    cause = np.where(worst > normal, np.where(by_side > by_shelf, side_row, row), -1)
    capacity = loads.shelves_installed_w[rack] / count
    columns = _columns(
        "shelf", loads, rack, normal, worst, capacity, loads.bus_v[rack], unknown=loads.unknown
    )
    columns["units"], columns["worst_failed"] = count, cause
    return Rows(_by_rack(rack, row, len(loads)), columns)


def rows_of_sidecars(loads: RackLoads, start: int) -> Rows:
    """Racks that feed racks beside them, with what those draw."""
    beside = loads.beside(np.ones(len(loads)))
    rack = np.flatnonzero(beside > 0)
    load = loads.beside(loads.drawn_w)[rack]
    capacity = np.fmin(loads.shelves_installed_w, loads.bus_v * loads.bus_a)[rack]
    unknown = loads.beside(loads.unknown) > 0
    columns = _columns(
        "sidecar", loads, rack, load, load, capacity, loads.bus_v[rack], unknown=unknown
    )
    columns["racks"] = beside[rack].astype(np.int64)
    return Rows(_by_rack(rack, start + np.arange(len(rack)), len(loads)), columns)


def rows_of_racks(loads: RackLoads, wires: Electric, start: int) -> Rows:
    """The racks: at their bus bar, or without one at their input."""
    rack = np.arange(len(loads))
    bus = loads.bus_v > 0
    drawn = loads.drawn_w
    columns = _columns(
        "rack", loads, rack, drawn, drawn, loads.bus_v * loads.bus_a, loads.bus_v,
        unknown=loads.unknown,
    )  # fmt: skip
    direct = bus | wires.direct | (loads.sidecar >= 0)
    per_amp = np.where(bus, loads.bus_v, np.where(direct, wires.volts, wires.per_amp))
    columns["volts"] = np.where(bus, loads.bus_v, wires.volts)
    columns["normal_a"] = columns["worst_a"] = drawn / per_amp
    columns["medium"] = direct.astype(np.int64)
    return Rows(start + rack, columns)


def _columns(
    kind: str,
    loads: RackLoads,
    rack: Ints,
    normal: Floats,
    worst: Floats,
    capacity: Floats,
    volts: Floats,
    *,
    unknown: Bools,
) -> dict[str, Array]:
    """Columns of rows within racks: direct current, one unit, no loss that adds load."""
    count = len(rack)
    columns: dict[str, Array] = {
        "kind": np.full(count, KINDS.index(kind)),
        "hall": loads.hall[rack],
        "rack": rack,
        "units": np.ones(count, dtype=np.int64),
        "racks": np.ones(count, dtype=np.int64),
        "capacity_w": capacity,
        "limit_w": capacity,
        "normal_w": normal,
        "worst_w": worst,
        "needed_w": worst,
        "volts": volts,
        "normal_a": normal / volts,
        "worst_a": worst / volts,
        "medium": np.ones(count, dtype=np.int64),
        "at_least": unknown[rack],
    }
    return {
        name: columns[name] if name in columns else np.full(count, -1) for name in ELEMENTS.columns
    }


def _by_rack(rack: Ints, row: Ints, racks: int) -> Ints:
    """Rows of elements over all racks, -1 for racks without."""
    rows = np.full(racks, -1, dtype=np.int64)
    rows[rack] = row
    return rows
