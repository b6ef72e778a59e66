"""Which switches, panels and loose servers share a rack, within its limits, in a given order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.catalog import Rack
from rackplan.design import Design
from rackplan.errors import Path, Problem
from rackplan.placement.loads import DeviceLoads
from rackplan.tables import Array
from rackplan.units import show_power


@dataclass(frozen=True)
class Limits:
    """What one rack of switches holds; infinite where nobody says."""

    units: float
    watts: float
    air_watts: float
    liquid_watts: float
    kilograms: float


def network_limits(design: Design) -> Limits:
    """The limits of a rack of switches: its frame's, the floor's and the site's."""
    floor = design.floors[0]
    declared = (design.limits.rack_power_w, floor.spec.network_rack_w)
    site_w = min((watts for watts in declared if watts is not None), default=None)
    return limits_of(floor.network_rack, site_w, floor.spec.panel_units)


def limits_of(rack: Rack, site_w: float | None, kept_units: int = 0) -> Limits:
    """The limits of a rack without some units kept free, and what may be drawn in it."""

    def known(value: float | None) -> float:
        return np.inf if value is None else float(value)

    load = known(rack.max_load_kg.value)
    return Limits(
        units=known(rack.units.value) - kept_units,
        watts=min(known(rack.max_power_w.value), known(site_w)),
        air_watts=known(rack.max_air_w.value),
        liquid_watts=known(rack.max_liquid_w.value),
        kilograms=load,
    )


def pack(items: Array, hall: Array, group: Array, loads: DeviceLoads, limits: Limits) -> Array:
    """Number of the rack of each item, from 0: the next one is opened when an item does not fit.

    Neighbours of one group, such as the leaves of a scalable unit, are not parted where a rack
    holds them all and this takes no more racks.

    What is unknown counts as nothing, except that a height counts as one unit. A loop over
    devices that stand in no rack: some thousands in a plan of a hundred thousand GPUs.

    Args:
        items: device rows in the order in which they are put in; shape (items,).
        hall: their halls; a rack holds devices of one hall.
        group: what belongs together; shape (items,).
        loads: of all devices.
        limits: of one rack.
    """
    alone = _filled(items, hall, np.arange(len(items)), loads, limits)
    together = _filled(items, hall, group, loads, limits)
    return together if together.max(initial=-1) <= alone.max(initial=-1) else alone


def _filled(  # what goes in, what belongs together, and the room
    items: Array, hall: Array, group: Array, loads: DeviceLoads, limits: Limits
) -> Array:
    """Number of the rack of each item, with groups kept together where a rack holds them."""
    each = _needs(items, loads)
    room = np.array(
        [limits.units, limits.watts, limits.air_watts, limits.liquid_watts, limits.kilograms]
    )
    number = np.empty(len(items), dtype=np.int64)
    left, rack, current = room.copy(), -1, -1
    first = np.r_[True, group[1:] != group[:-1]][: len(items)]
    starts = np.flatnonzero(first)
    whole = np.add.reduceat(each, starts) if len(items) else each
    for row in range(len(items)):
        full = bool(np.any(each[row] > left + 1e-9))
        if first[row] and not full:
            needed = whole[np.searchsorted(starts, row)]
            full = bool(np.any(needed > left + 1e-9) and np.all(needed <= room + 1e-9))
        if hall[row] != current or full:
            rack, current, left = rack + 1, hall[row], room.copy()
        left -= each[row]
        number[row] = rack
    return number


def _needs(items: Array, loads: DeviceLoads) -> Array:
    """Units, watts, watts to air, watts to liquid and kilograms of each item, shape (items, 5)."""
    watts = np.nan_to_num(loads.watts[items])
    liquid = np.nan_to_num(loads.liquid[items])
    return np.stack([
        np.nan_to_num(loads.units[items], nan=1.0),
        watts, watts * (1 - liquid), watts * liquid,
        np.nan_to_num(loads.kilograms[items]),
    ], axis=1)  # fmt: skip


def overfull(items: Array, name: str, loads: DeviceLoads, limits: Limits) -> list[Problem]:
    """RP334 where the devices of one rack need more than it gives; units are told elsewhere.

    Args:
        items: devices in the rack.
        name: name of the rack.
        loads: of all devices.
        limits: of the rack.
    """
    needed = _needs(items, loads).sum(axis=0)
    room = (limits.watts, limits.air_watts, limits.liquid_watts, limits.kilograms)
    told = ("{}", "{} of heat to air", "{} of heat to liquid", "{:g} kg")
    problems = []
    for need, limit, text in zip(needed[1:].tolist(), room, told, strict=True):
        if need > limit + 1e-9:
            shown = [
                text.format(value if "g}" in text else show_power(value)) for value in (need, limit)
            ]
            message = f"rack {name} would hold {shown[0]}, it gives {shown[1]}"
            hint = "put some of its devices into another rack"
            problems.append(Problem("RP334", message, hint, ("floor", "devices")))
    return problems


def too_large(
    items: Array, names: Array, loads: DeviceLoads, limits: Limits, rack: Rack, path: Path
) -> list[Problem]:
    """RP334 for each type of device that does not fit into an empty rack.

    Args:
        items: device rows.
        names: what each is called, shape (items,).
        loads: of all devices.
        limits: of one rack.
        rack: the rack.
        path: where the deployment names it.
    """
    needs = _needs(items, loads)
    room = (
        limits.units, limits.watts, limits.air_watts, limits.liquid_watts, limits.kilograms
    )  # fmt: skip
    told = ("{:g} U", "", "{} to air", "{} to liquid", "{:g} kg")
    problems = []
    for column, (limit, text) in enumerate(zip(room, told, strict=True)):
        for name in dict.fromkeys(names[needs[:, column] > limit + 1e-9].tolist()):
            needed = float(needs[names == name, column].max())
            shown = [
                (text or "{}").format(value if "g}" in text else show_power(value))
                for value in (needed, limit)
            ]
            message = f"{name} needs {shown[0]}, an empty {rack.title} gives {shown[1]}"
            hint = "name another 'network_rack', or raise the limit of the site"
            problems.append(Problem("RP334", message, hint, path))
    return problems
