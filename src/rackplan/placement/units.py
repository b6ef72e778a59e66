"""Which unit of its rack every device sits in, and what overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rackplan.catalog.systems import System
from rackplan.design import Design, Population
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


@dataclass(frozen=True)
class Clash:
    """A device whose units are taken or not there.

    Attributes:
        span: its units.
        other: row of the device that sits there; None where the rack ends before.
        other_span: the units of that one.
        top: units of the rack.
        free: lowest unit from which there is room; None where there is none.
    """

    span: str
    other: int | None
    other_span: str
    top: float
    free: float | None


def clash(
    device: int, held: Array, units: tuple[Array, Array, Array], node: Array, top: float
) -> Clash | None:
    """What is wrong with the units of one device, or None.

    Nodes are taken to be as deep as the rack: nothing can be mounted behind them. What is mounted
    from the front and from the rear may else share a unit.

    Args:
        device: its row.
        held: rows of all devices of its rack.
        units: lowest unit, height (nan counts as one) and whether at the rear, of all devices.
        node: whether each device is a node.
        top: units of the rack.
    """
    u, height, rear = units
    tall = np.nan_to_num(height, nan=1.0)
    own = float(tall[device])
    others = held[(held != device) & ~np.isnan(u[held]) & (tall[held] > 0)]
    others = others[(rear[others] == rear[device]) | node[others] | node[device]]

    def taken(low: float) -> Array:
        meets = (low < u[others] + tall[others] - 1e-6) & (u[others] < low + own - 1e-6)
        return np.asarray(others[meets])

    low = float(u[device])
    inside = low >= 1 and low + own - 1 <= top
    found = taken(low)
    if inside and not len(found):
        return None
    last = int(min(top, 1000) - own + 1)
    free = next((float(unit) for unit in range(1, last + 1) if not len(taken(unit))), None)
    if not inside:
        return Clash(span(low, own), None, "", top, free)
    other = int(found[0])
    return Clash(span(low, own), other, span(float(u[other]), float(tall[other])), top, free)


def span(u: float, height: float) -> str:
    """Units as a person writes them: `U 10` or `U 10 to 12`."""
    return f"U {u:g}" if height <= 1 else f"U {u:g} to {u + height - 1:g}"
