"""Racks onto the floor and devices into racks: what the plan's tables say about places.

Racks of nodes come first and keep their numbers. Whatever stands in no rack (switches, panels,
loose servers) is packed into racks of switches in the order of what it serves, within the limits of
units, power, heat and weight. Then every hall is filled row by row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.design import Design
from rackplan.errors import InfeasibleError, Problem
from rackplan.floors import FloorSpec
from rackplan.names import device_names
from rackplan.placement.bays import in_bays
from rackplan.placement.halls import rows_of_halls, with_positions
from rackplan.placement.loads import DeviceLoads, device_loads
from rackplan.placement.own import OwnPlaces, own_places
from rackplan.placement.packed import Packed, added_devices, check_alone, packed_racks, with_racks
from rackplan.placement.racks import (
    NETWORK,
    RackRows,
)
from rackplan.placement.sorting import levels_and_centers
from rackplan.placement.units import (
    equipment_units,
    from_the_top,
    node_units,
    outside,
    overlaps,
)
from rackplan.tables import Array, Table


@dataclass(frozen=True)
class Gain:
    """Horizontal metres of all cables between racks, as placed and in the naive order."""

    naive_m: float
    placed_m: float


@dataclass(frozen=True)
class Placement:
    """Where everything stands.

    Attributes:
        floors: the floor of every hall, its positions counted out.
        racks: all racks.
        grid: columns row, position, x_m, y_m of the racks; -1 and nan where not placed.
        rack: rack of every device, -1 where none; shape (devices,).
        u: its lowest unit; nan where none. [U]
        height_u: its height; nan where unpublished. [U]
        rear: whether it is mounted from the rear.
        loads: what every device draws and weighs.
        added: whether it sits in a rack of a system and is no part of it; shape (devices,).
        distances: ways between racks that the user measured, the smaller row first. [m]
        gain: what the order of the racks of switches saves.
        warnings: what should be known.
    """

    floors: tuple[FloorSpec, ...]
    racks: RackRows
    grid: Mapping[str, Array]
    rack: Array
    u: Array
    height_u: Array
    rear: Array
    loads: DeviceLoads
    added: Array
    distances: Mapping[tuple[int, int], float]
    gain: Gain
    warnings: tuple[Problem, ...]


def place(design: Design, devices: Table, a: Array, b: Array) -> Placement:
    """Place racks and devices.

    Args:
        design: a design with floors.
        devices: the devices, with the racks of the nodes.
        a: device at the lower end of every link; shape (links,).
        b: device at its upper end.

    Raises:
        InputError: own places that lead nowhere or contradict each other (RP110, RP201).
        InfeasibleError: what does not fit (RP332, RP333, RP334).
    """
    loads = device_loads(design, devices)
    racks, rack = with_racks(design, devices)
    level, middle = levels_and_centers(a, b, rack, len(devices))
    bays = in_bays(design, devices, level, middle, loads)
    rack[bays[0]] = bays[1]
    loose = np.flatnonzero((rack < 0) & (loads.units != 0))
    kinds = np.array(devices.words["type"])[devices["type"][loose]]
    check_alone(design, loose, kinds, loads)
    hall = devices["hall"].astype(np.int64)
    near = np.lexsort([loose, middle[loose], level[loose], hall[loose]])
    plain = np.lexsort([loose, hall[loose]])
    packed, naive = (
        packed_racks(design, racks, rack, loose[order], (hall, level, middle), loads)
        for order in (near, plain)
    )
    if any(one.spec.order == "naive" for one in design.floors):
        packed = naive
    design = with_positions(design, packed.racks)
    named = racks.names(design)
    names: list[str] = []
    if design.floors[0].spec.devices:
        names = device_names(devices, design.names, named, design.halls)
    own = own_places(design, packed.racks.names(design), names)
    where = rows_of_halls(design, packed, level, a, b, own, naive=False)
    base = rows_of_halls(design, naive, level, a, b, OwnPlaces({}, {}, {}), naive=True)
    gain = Gain(base[1], where[1])
    final = packed.rack.copy()
    u, height, rear = _units(design, devices, packed, loads)
    u[bays[0]] = bays[2]
    for device, (to, unit, at_rear) in own.devices.items():
        final[device], u[device], rear[device] = to, unit, at_rear
    room = design.limits.racks
    if room is not None and len(where[2]) > room:
        message = f"the plan has {len(where[2]):,} racks with those of switches and CDUs, the site "
        hint = "build fewer, or raise 'racks'"
        told = f"{message}has room for {room:,}"
        raise InfeasibleError([Problem("RP314", told, hint, ("site", "racks"))])
    problems = _clashes(packed.racks, final, u, height, rear, names, own)
    if problems:
        raise InfeasibleError(problems)
    return Placement(
        floors=tuple(floor.spec for floor in design.floors),
        racks=where[2],
        grid=where[0],
        rack=final,
        u=u,
        height_u=height,
        rear=rear,
        loads=loads,
        added=added_devices(design, where[2], final, devices),
        distances=own.distances,
        gain=gain,
        warnings=tuple(_unknown_heights(kinds, loads, loose)),
    )


def _units(
    design: Design, devices: Table, packed: Packed, loads: DeviceLoads
) -> tuple[Array, Array, Array]:
    """Lowest unit, height and whether it is mounted from the rear, of every device."""
    u = np.full(len(devices), np.nan)
    height = loads.units.copy()
    for population in design.populations:
        if not population.nodes_per_rack:
            continue
        units, tall = node_units(population)
        rows = slice(population.first_node, population.first_node + population.nodes)
        u[rows] = np.resize(units, population.nodes)
        height[rows] = tall
    equipment_units(design, packed.rack, u, height)
    inside = np.flatnonzero(packed.racks.purpose[packed.rack] == NETWORK)
    inside = inside[(packed.rack[inside] >= 0) & (height[inside] != 0)]
    inside = inside[np.argsort(packed.rack[inside], kind="stable")]
    units_each = design.floors[0].network_rack.units.value
    if units_each is not None and len(inside):
        top = float(units_each) - design.floors[0].spec.panel_units
        u[inside] = from_the_top(packed.rack[inside], height[inside], top)
    return u, height, np.zeros(len(devices), dtype=bool)


def _clashes(  # everything that overlaps, and how it is called
    racks: RackRows,
    rack: Array,
    u: Array,
    height: Array,
    rear: Array,
    names: list[str],
    own: OwnPlaces,
) -> list[Problem]:
    if not own.devices:
        return []
    told = [("floor", "devices", names[row]) if row in own.devices else ()
            for row in range(len(names))]  # fmt: skip
    each = [frame.units.value for frame in racks.frames]
    units = np.array([np.inf if one is None else one for one in [*each, None]])
    top = units[racks.frame[rack]]
    return [*overlaps(rack, u, height, rear, names, told), *outside(u, height, top, names, told)]


def _unknown_heights(kinds: Array, loads: DeviceLoads, loose: Array) -> list[Problem]:
    """RP352: devices of unpublished height, each taken as one unit."""
    found = dict.fromkeys(kinds[np.isnan(loads.units[loose])].tolist())
    if not found:
        return []
    message = f"nobody has published the height of {', '.join(found)}; one unit each is taken"
    hint = "lay entries with 'height_u' over the catalog"
    return [Problem("RP352", message, hint, ("floor",), severity="warning")]
