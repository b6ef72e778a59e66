"""Racks onto the floor and devices into racks: what the plan's tables say about places.

Racks of nodes come first and keep their numbers. Whatever stands in no rack (switches, panels,
loose servers) is packed into racks of switches in the order of what it serves, within the limits of
units, power, heat and weight. Then every hall is filled row by row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rackplan.design import Design
from rackplan.errors import InfeasibleError, Problem
from rackplan.floors import DevicePlace, FloorSpec
from rackplan.names import device_names
from rackplan.placement.bays import in_bays
from rackplan.placement.findings import (
    by_units_alone,
    check_room,
    clashes,
    overfull_racks,
    unknown_heights,
)
from rackplan.placement.halls import rows_of_halls, with_positions
from rackplan.placement.loads import DeviceLoads, device_loads
from rackplan.placement.own import OwnPlaces, fixed_devices, own_places
from rackplan.placement.packed import Packed, added_devices, check_alone, packed_racks, with_racks
from rackplan.placement.racks import (
    COOLING,
    NETWORK,
    RackRows,
    with_more,
)
from rackplan.placement.sorting import levels_and_centers
from rackplan.placement.units import (
    equipment_units,
    from_the_top,
    node_units,
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
        cdu_places: places that the rows keep for CDUs.
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
    cdu_places: int
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
    names: list[str] = []
    if design.floors[0].spec.devices:
        names = device_names(devices, design.names, racks.names(design), design.halls)
    fixed = fixed_devices(design, names)
    loose = (rack < 0) & (loads.units != 0)
    loose[list(fixed)] = False
    loose = np.flatnonzero(loose)
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
    packed, naive = (_with_named(design, one, fixed, hall) for one in (packed, naive))
    design = with_positions(design, packed.racks)
    own = own_places(design, packed.racks, fixed, names, rack, hall)
    for device, (to, _, _) in own.devices.items():
        packed.rack[device] = naive.rack[device] = to
    packed, where, gain = _arranged(design, packed, naive, (level, a, b), own)
    check_room(design, len(where[2]))
    final = packed.rack.copy()
    u, height, rear = _units(design, devices, packed, loads, own)
    u[bays[0]] = bays[2]
    for device, (_, unit, at_rear) in own.devices.items():
        u[device], rear[device] = unit, at_rear
    problems = clashes(design, devices, packed.racks, final, (u, height, rear), names, own)
    problems += overfull_racks(design, packed, loads, own)
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
        cdu_places=len(where[2].of(COOLING)),
        warnings=(*unknown_heights(kinds, loads, loose), *by_units_alone(design, loads, loose)),
    )


Rows = tuple[dict[str, Array], float, RackRows]


def _arranged(
    design: Design,
    packed: Packed,
    naive: Packed,
    pulls: tuple[Array, Array, Array],
    own: OwnPlaces,
) -> tuple[Packed, Rows, Gain]:
    """Where the racks stand, and what that saves: where the floor says, else never behind naive.

    Where nobody asks for the middle of the rows, and cables are shorter with the racks of switches
    behind the others, they stand there.
    """
    found = packed, rows_of_halls(design, packed, *pulls, own)
    measured = OwnPlaces({}, {}, own.distances)
    base = rows_of_halls(design, naive, *pulls, measured, baseline=True)[1]
    asked = any(
        "network" in floor.spec.model_fields_set or floor.spec.order == "naive"
        for floor in design.floors
    )
    if found[1][1] > base and not asked:
        tried = [
            (one, rows_of_halls(design, one, *pulls, own, behind=True)) for one in (packed, naive)
        ]
        found = min([found, *tried], key=lambda one: one[1][1])
    return found[0], found[1], Gain(base, found[1][1])


def _units(  # what stands where, and what the user fixed
    design: Design, devices: Table, packed: Packed, loads: DeviceLoads, own: OwnPlaces
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
        _make_way(u, height, packed.rack, inside, own, top)
    return u, height, np.zeros(len(devices), dtype=bool)


def _make_way(  # everything about units
    u: Array, height: Array, rack: Array, inside: Array, own: OwnPlaces, top: float
) -> None:
    """Put the other devices of a rack around those that have units of their own."""
    for target in sorted({to for to, _, _ in own.devices.values()}):
        mine = [device for device, (to, _, _) in own.devices.items() if to == target]
        others = [int(row) for row in inside[rack[inside] == target] if row not in own.devices]
        taken = {
            unit
            for device in mine
            for unit in range(
                math.floor(own.devices[device][1]),
                math.ceil(own.devices[device][1] + np.nan_to_num(height[device], nan=1.0)),
            )
        }
        unit = math.floor(top)
        for row in others:
            tall = math.ceil(np.nan_to_num(height[row], nan=1.0))
            while unit - tall + 1 > 0 and taken & set(range(unit - tall + 1, unit + 1)):
                unit -= 1
            u[row] = unit - tall + 1
            unit -= tall


def _with_named(
    design: Design, packed: Packed, fixed: Mapping[int, DevicePlace], hall: Array
) -> Packed:
    """The racks with further ones of switches where devices of own places name the next ones."""
    frame = design.floors[0].network_rack
    racks, wanted = packed.racks, {place.rack: int(hall[row]) for row, place in fixed.items()}
    while True:
        more = {
            name: found
            for where in dict.fromkeys(wanted.values())
            if (name := (found := with_more(design, racks, frame, NETWORK, np.array([where])))
                .names(design)[-1]) in wanted and wanted[name] == where
        }  # fmt: skip
        if not more:
            return replace(packed, racks=racks)
        racks = next(iter(more.values()))
