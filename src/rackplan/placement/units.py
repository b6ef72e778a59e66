"""Which unit of its rack every device sits in, and what overlaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from rackplan.catalog.systems import System
from rackplan.design import Design, Population
from rackplan.errors import Path, Problem
from rackplan.tables import Array, number_within


def bay_units(system: System, what: str) -> Array:
    """Lowest unit of every thing of a kind in a rack of a system, ascending. [U]"""
    units = [
        bay.u + number * bay.height_u
        for bay in system.layout
        if bay.what == what
        for number in range(bay.count)
    ]
    return np.array(sorted(units))


def layout_clashes(system: System, units: int | None) -> Iterator[str]:
    """What overlaps in the layout of a system, or lies outside of its rack, a sentence each."""
    taken = sorted(
        (bay.face, bay.u + number * bay.height_u, bay.height_u, bay.what)
        for bay in system.layout
        for number in range(bay.count)
    )
    for (face, u, height, what), (other_face, other_u, other_height, other) in pairwise(taken):
        if face == other_face and u + height > other_u + 1e-6:
            yield f"{what} takes {span(u, height)} and {other} {span(other_u, other_height)}"
    for _, u, height, what in taken:
        if u < 1 or (units is not None and u + height - 1 > units):
            end = f"U 1 to {units}" if units is not None else "units from 1"
            yield f"{what} takes {span(u, height)}, the rack has {end}"


def node_units(population: Population) -> tuple[Array, float]:
    """Lowest unit of every slot of a rack, and the height of a node; nan where it has none. [U]

    The layout of a system, else from the bottom upwards.
    """
    slots = population.nodes_per_rack
    none = np.full(slots, np.nan)
    height = population.node.height_u.value
    if population.system is not None and population.system.layout:
        units = bay_units(population.system, "node")
        bays = [bay.height_u for bay in population.system.layout if bay.what == "node"]
        if len(units) == slots:
            return units, float(height if height is not None else bays[0])
    frame = population.rack
    if height is None or frame is None or frame.units.value is None:
        return none, float("nan") if height is None else float(height)
    if height * slots > frame.units.value:  # a system of blades has no units to stand in
        return none, float(height)
    return 1 + np.arange(slots) * float(height), float(height)


def equipment_units(design: Design, rack: Array, u: Array, height: Array) -> None:
    """Fill in the units of devices that come with a system, by its layout."""
    for one in design.equipment:
        if one.system is None or not one.system.layout:
            continue
        units = bay_units(one.system, one.name)
        bays = [bay.height_u for bay in one.system.layout if bay.what == one.name]
        rows = slice(one.first_device, one.first_device + one.count)
        number = number_within(rack[rows])
        if bays and number.max(initial=-1) < len(units):
            u[rows] = units[number]
            height[rows] = bays[0]


def from_the_top(rack: Array, height: Array, units: float) -> Array:
    """Lowest unit of devices that fill their racks from the top, in order of rows. [U]

    Args:
        rack: rack of each device; those of a rack stand side by side; shape (devices,).
        height: heights, nan counts as one unit. [U]
        units: units of a rack.
    """
    tall = np.nan_to_num(height, nan=1.0)
    upto = np.cumsum(tall)
    first = np.r_[True, rack[1:] != rack[:-1]]
    before = np.repeat((upto - tall)[first], np.diff(np.append(np.flatnonzero(first), len(rack))))
    return np.asarray(units - (upto - before) + 1)


def overlaps(
    rack: Array, u: Array, height: Array, face: Array, names: Sequence[str], told: Sequence[Path]
) -> Iterator[Problem]:
    """RP332: two devices of a rack and side that take the same unit.

    Args:
        rack: rack of each device, -1 where none.
        u: lowest unit, nan where none.
        height: height, nan counts as one.
        face: side that it is mounted from.
        names: names of devices.
        told: where each device's own place is written; an empty path where it has none.
    """
    rows = np.flatnonzero((rack >= 0) & ~np.isnan(u))
    tall = np.nan_to_num(height, nan=1.0)
    rows = rows[tall[rows] > 0]
    rows = rows[np.lexsort([u[rows], face[rows], rack[rows]])]
    one, two = rows[:-1], rows[1:]
    clash = (rack[one] == rack[two]) & (face[one] == face[two])
    clash &= u[one] + tall[one] > u[two] + 1e-6
    for low, high in zip(one[clash].tolist(), two[clash].tolist(), strict=True):
        message = (
            f"{names[low]} takes {span(u[low], tall[low])} and {names[high]} "
            f"{span(u[high], tall[high])} of the same rack"
        )
        hint = f"move one of them to U {u[low] + tall[low]:g} or above"
        yield Problem("RP332", message, hint, told[high] or told[low])


def outside(
    u: Array, height: Array, units: Array, names: Sequence[str], told: Sequence[Path]
) -> Iterator[Problem]:
    """RP332: a device whose units its rack does not have."""
    tall = np.nan_to_num(height, nan=1.0)
    beyond = (u < 1) | (u + tall - 1 > units)
    for row in np.flatnonzero(beyond & ~np.isnan(u)).tolist():
        top = units[row] - tall[row] + 1
        message = f"{names[row]} would take {span(u[row], tall[row])}, its rack has U 1 to "
        hint = f"choose a unit from 1 to {top:g}"
        yield Problem("RP332", f"{message}{units[row]:g}", hint, told[row])


def span(u: float, height: float) -> str:
    """Units as a person writes them: `U 10` or `U 10 to 12`."""
    return f"U {u:g}" if height <= 1 else f"U {u:g} to {u + height - 1:g}"
