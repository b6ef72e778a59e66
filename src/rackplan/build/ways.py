"""How long the cable between any two devices is, and when it is pulled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.channel.orders import order_length
from rackplan.design import Design, TierMedia
from rackplan.placement.phases import Phases
from rackplan.placement.place import Placement
from rackplan.placement.ways import height_m, pair_m, route_m
from rackplan.tables import Array


@dataclass(frozen=True)
class Ways:
    """Routes between devices; without a floor no length is known."""

    design: Design
    placed: Placement | None
    phases: Phases
    z: Array
    """Height of the middle of every device above the floor; shape (devices,). [m]"""

    def metres(self, a: Array, b: Array) -> Array:
        """Length with slack from device to device; nan where unknown. [m]

        Ways are found by pair of racks, of which there are far fewer than of devices.
        """
        if self.placed is None:
            return np.full(len(a), np.nan)
        racks, rack = self.placed.racks, self.placed.rack
        low, high = np.minimum(rack[a], rack[b]), np.maximum(rack[a], rack[b])
        key, number = np.unique(low * (len(racks) + 1) + high, return_inverse=True)
        one, two = key // (len(racks) + 1), key % (len(racks) + 1)
        columns = {"hall": racks.hall, **self.placed.grid}
        way = pair_m(columns, one, two, self.placed.floors,
                     self.design.cabling, self.design.hall_distance_m,
                     self.placed.distances)  # fmt: skip
        way[one < 0] = np.nan
        same = (one == two)[number]
        return route_m(way[number], same, (self.z[a], self.z[b]), self.design.cabling)

    def phase(self, a: Array, b: Array) -> Array:
        """The step in which a cable between two devices is pulled."""
        return self.phases.links(a, b)

    def to_order(self, route: Array, media: TierMedia) -> Array:
        """The orderable length of cables; nan where unknown or longer than any. [m]"""
        own = media.cable.lengths_m if media.cable is not None else ()
        return order_length(route, own or self.design.cabling.lengths_m or None)


def ways_of(design: Design, placed: Placement | None, phases: Phases) -> Ways:
    """The routes of a plan."""
    if placed is None:
        return Ways(design, None, phases, np.zeros(0))
    units = [frame.unit_mm.value for frame in placed.racks.frames]
    unit_mm = np.array([44.45 if one is None else one for one in [*units, None]])
    frame = placed.racks.frame[placed.rack]
    z = height_m(design.cabling, placed.u, placed.height_u, unit_mm[frame])
    return Ways(design, placed, phases, z)
