"""Devices into racks: those that come with a rack, those that hang, and all others packed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.design import Design
from rackplan.errors import InfeasibleError
from rackplan.placement.loads import DeviceLoads
from rackplan.placement.packing import network_limits, pack, too_large
from rackplan.placement.racks import (
    NETWORK,
    PURPOSES,
    RackRows,
    node_racks,
    with_more,
)
from rackplan.tables import Array, Table


@dataclass(frozen=True)
class Packed:
    """Racks with those of switches behind them, and the rack of every device."""

    racks: RackRows
    rack: Array


def with_racks(design: Design, devices: Table) -> tuple[RackRows, Array]:
    """Racks with nodes and their sidecars, and the devices in them."""
    racks = node_racks(design)
    rack = devices["rack"].astype(np.int64).copy()
    for one in design.equipment:
        if one.system is None:
            continue
        rows = slice(one.first_device, one.first_device + one.count)
        each = one.count // max(1, sum(
            population.racks for population in design.populations
            if population.first_rack == one.first_rack and population.system is one.system
        ))  # fmt: skip
        rack[rows] = one.first_rack + np.arange(one.count) // max(1, each)
    return racks, rack


def _hung(design: Design, racks: RackRows, rack: Array, loads: DeviceLoads) -> None:
    """Spread what hangs beside the units over the racks of its purpose, else over all of a hall."""
    for one in design.equipment:
        rows = slice(one.first_device, one.first_device + one.count)
        if one.system is not None or not np.all(loads.units[rows] == 0):
            continue
        here = np.flatnonzero(racks.hall == one.hall)
        own = here[racks.purpose[here] == PURPOSES.index(one.beside)]
        own = own if len(own) else here[racks.purpose[here] <= NETWORK]
        if len(own):
            rack[rows] = own[np.arange(one.count) * len(own) // one.count]


def packed_racks(  # the racks so far and what goes into more of them
    design: Design,
    racks: RackRows,
    rack: Array,
    items: Array,
    where: tuple[Array, Array, Array],
    loads: DeviceLoads,
) -> Packed:
    """Pack devices into racks of switches, in an order; what hangs follows.

    `where` holds hall, level and center of every device: neighbours equal in all belong together.
    """
    floor = design.floors[0]
    frame = floor.network_rack
    limits = network_limits(design)
    hall = where[0]
    _, group = np.unique(np.stack([one[items] for one in where]), axis=1, return_inverse=True)
    number = pack(items, hall[items], group, loads, limits)
    count = int(number.max(initial=-1)) + 1
    halls = np.zeros(count, dtype=np.int64)
    halls[number] = hall[items]
    held = rack.copy()
    held[items] = len(racks) + number
    more = with_more(design, racks, frame, NETWORK, halls)
    _hung(design, more, held, loads)
    return Packed(more, held)


def check_alone(design: Design, loose: Array, kinds: Array, loads: DeviceLoads) -> None:
    """Refuse (RP334) what does not even fit an empty rack of switches."""
    floor = design.floors[0]
    limits = network_limits(design)
    path = ("floor", "network_rack")
    problems = too_large(loose, kinds, loads, limits, floor.network_rack, path)
    if problems:
        raise InfeasibleError(problems)


def added_devices(design: Design, racks: RackRows, rack: Array, devices: Table) -> Array:
    """Devices in the rack of a system that do not come with it."""
    of_system = np.array([one.system is not None for one in design.populations] + [False])
    inside = (rack >= 0) & of_system[racks.population[rack]] & (racks.purpose[rack] < NETWORK)
    return np.asarray(inside & ~devices.where("kind", "node") & ~devices.where("role", "managed"))
