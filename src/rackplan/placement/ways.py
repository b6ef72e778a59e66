"""How far it is from rack to rack along the trays, and how long a cable is.

Trays run along every row, and from row to row above every position or, with `cross_every`, above
every so many. A cable leaves its rack to the tray, runs along its row to a tray that crosses, along
that to the other row, and along the other row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rackplan.floors import CablingSpec, FloorSpec
from rackplan.tables import Array


def crossings(floor: FloorSpec, cabling: CablingSpec) -> Array | None:
    """Where trays cross the rows; None where they do above every position. [m]"""
    if cabling.cross_every is None:
        return None
    step = cabling.cross_every * floor.position_m
    return np.arange(0, floor.across * floor.position_m + step, step)


def along_m(x: tuple[Array, Array], y: tuple[Array, Array], crossing: Array | None) -> Array:
    """Horizontal way between pairs of racks of a hall. [m]

    Within a row `|dx|`; else `|dy|` and the shortest way to a crossing and from it. A loop over
    crossings, of which a hall has some.

    Args:
        x: centers of the two racks of each pair along the rows; any shapes that broadcast.
        y: centers across the rows.
        crossing: from `crossings`.
    """
    dy = np.abs(x[0] * 0 + y[0] - y[1])
    direct = np.abs(x[0] - x[1])
    if crossing is None:
        return np.asarray(direct + dy)
    around = np.full(np.broadcast(x[0], x[1]).shape, np.inf)
    for place in crossing.tolist():
        np.minimum(around, np.abs(x[0] - place) + np.abs(x[1] - place), out=around)
    return np.asarray(np.where(dy < 1e-9, direct, around + dy))


def pair_m(  # where both racks are, and what the user says about it
    racks: Mapping[str, Array],
    a: Array,
    b: Array,
    floors: Sequence[FloorSpec],
    cabling: CablingSpec,
    hall_m: Mapping[tuple[int, int], float],
    own_m: Mapping[tuple[int, int], float],
) -> Array:
    """Horizontal way between pairs of racks; nan between halls of unknown distance. [m]

    Args:
        racks: columns hall, x_m, y_m.
        a: rack at one end of each pair; shape (pairs,).
        b: rack at the other end.
        floors: the floor of each hall.
        cabling: how trays cross.
        hall_m: way between halls, the smaller number first; the ways inside are added to it.
        own_m: the user's own distances between racks, the smaller row first.
    """
    hall_a, hall_b = racks["hall"][a], racks["hall"][b]
    x, y = racks["x_m"].astype(np.float64), racks["y_m"].astype(np.float64)
    found = np.full(len(a), np.nan)
    for hall, floor in enumerate(floors):
        own = (hall_a == hall) & (hall_b == hall)
        found[own] = along_m((x[a[own]], x[b[own]]), (y[a[own]], y[b[own]]),
                             crossings(floor, cabling))  # fmt: skip
    for (one, two), metres in hall_m.items():
        between = (np.minimum(hall_a, hall_b) == one) & (np.maximum(hall_a, hall_b) == two)
        found[between] = metres
    if own_m:
        count = len(x)
        keys = np.array([one * count + two for one, two in own_m], dtype=np.int64)
        values = np.array(list(own_m.values()))
        order = np.argsort(keys)
        key = np.minimum(a, b).astype(np.int64) * count + np.maximum(a, b)
        place = np.minimum(np.searchsorted(keys[order], key), len(keys) - 1)
        told = keys[order][place] == key
        found[told] = values[order][place][told]
    return found


def height_m(cabling: CablingSpec, u: Array, height_u: Array, unit_mm: Array) -> Array:
    """Height above the floor of the middle of devices; 1 m where a device has no unit. [m]

    `z = base + (u - 1 + h/2) * unit`; for one unit that is `base + (u - 1/2) * unit`.
    """
    middle = cabling.base_m + (u - 1 + np.nan_to_num(height_u, nan=1.0) / 2) * unit_mm / 1000
    return np.where(np.isnan(middle), 1.0, middle)


def route_m(
    horizontal: Array, same_rack: Array, z: tuple[Array, Array], cabling: CablingSpec
) -> Array:
    """Length of cables with slack. [m]

    Between racks `2 drop + 2 (lateral + slack) + |H - zA| + |H - zB| + horizontal`, with the tray
    at height H (below the floor: negative); within a rack `2 lateral + |zA - zB|`.

    Args:
        horizontal: way along the trays; shape (cables,).
        same_rack: whether both ends are in one rack.
        z: heights of the two ends.
        cabling: the constants.
    """
    tray = cabling.tray_m if cabling.tray == "overhead" else -cabling.tray_m
    ends = 2 * (cabling.drop_m + cabling.lateral_m + cabling.slack_m)
    between = ends + np.abs(tray - z[0]) + np.abs(tray - z[1]) + horizontal
    inside = 2 * cabling.lateral_m + np.abs(z[0] - z[1])
    return np.where(same_rack, inside, between)
