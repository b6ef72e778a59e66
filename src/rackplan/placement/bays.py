"""Management switches that sit in the racks that they serve, where a system's layout has room."""

from __future__ import annotations

import numpy as np

from rackplan.design import Design
from rackplan.placement.loads import DeviceLoads
from rackplan.placement.units import bay_units
from rackplan.tables import Array, Table

BAY = "management-switch"
"""What such a place is called in a layout."""


def in_bays(
    design: Design, devices: Table, level: Array, center: Array, loads: DeviceLoads
) -> tuple[Array, Array, Array]:
    """Leaves of the out-of-band network that go into bays: their rows, racks and units.

    Each takes a bay near the mean rack of its hosts, in their order; those that find none stand
    with the other switches. Two orders of filling, forwards and backwards, err to opposite sides;
    each leaf takes the bay half way between.

    Args:
        design: the design.
        devices: the devices.
        level: level of each device, 1 for what is cabled to racks of nodes; shape (devices,).
        center: mean rack of what each is cabled to.
        loads: heights of the devices.
    """
    managed = [fabric.name for fabric in design.fabrics if fabric.spec.management]
    leaf = np.zeros(len(devices), dtype=bool)
    for name in managed:
        leaf |= devices.where("fabric", name)
    leaf &= (level == 1) & (loads.units == 1) & devices.where("kind", "switch")
    rows, racks, units = [], [], []
    for hall in range(len(design.halls)):
        bay_rack, bay_unit = _bays(design, hall)
        own = np.flatnonzero(leaf & (devices["hall"] == hall))
        own = own[np.lexsort([own, center[own]])][: len(bay_rack)]
        if not len(own):
            continue
        nearest = np.floor(center[own] + 0.5)
        number, most = np.arange(len(own)), len(bay_rack) - len(own)
        first = np.searchsorted(bay_rack, nearest, side="left")
        last = np.searchsorted(bay_rack, nearest, side="right") - 1
        after = np.maximum.accumulate(first - number) + number  # one bay for each, in order
        before = np.minimum.accumulate((last - number)[::-1])[::-1] + number
        taken = (
            np.clip(after, number, most + number) + np.clip(before, number, most + number)
        ) // 2
        rows.append(own)
        racks.append(bay_rack[taken])
        units.append(bay_unit[taken])
    if not rows:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none.astype(np.float64)
    return np.concatenate(rows), np.concatenate(racks), np.concatenate(units)


def _bays(design: Design, hall: int) -> tuple[Array, Array]:
    """Rack and unit of every bay of a hall, rack by rack from the top down."""
    racks, units = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for population in design.populations:
        if population.system is None or population.hall != hall:
            continue
        found = bay_units(population.system, BAY)[::-1]
        number = population.first_rack + np.arange(population.racks if len(found) else 0)
        racks.append(np.repeat(number, len(found)))
        units.append(np.tile(found, len(number)))
    return np.concatenate(racks), np.concatenate(units)
