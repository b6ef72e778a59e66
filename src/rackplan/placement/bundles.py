"""Which cables run between which racks, from the rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.catalog.cables import Cable
from rackplan.catalog.parts import Part
from rackplan.tables import Array, Table


@dataclass(frozen=True)
class Bundles:
    """Cables of one type between two racks: one row a pair and type.

    Attributes:
        a: rack at one end, the smaller number; shape (bundles,).
        z: rack at the other end.
        cables: how many.
        diameter_mm: outer diameter of one; nan where unpublished. [mm]
        kg_per_m: weight of one; nan where unpublished. [kg/m]
        kind: number of the type.
        types: the types.
    """

    a: Array
    z: Array
    cables: Array
    diameter_mm: Array
    kg_per_m: Array
    kind: Array
    types: tuple[str, ...]

    @property
    def section_cm2(self) -> Array:
        """Sum of the cross-sections of the cables, pi/4 d2 each; nan where unpublished. [cm2]"""
        return np.asarray(self.cables * np.pi / 4 * self.diameter_mm**2 / 100)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Types without a published diameter or weight."""
        missing = np.isnan(self.diameter_mm) | np.isnan(self.kg_per_m)
        return tuple(self.types[kind] for kind in np.unique(self.kind[missing]).tolist())


def bundles(
    tables: Mapping[str, Table], rack: Array, entries: Mapping[str, Cable | Part]
) -> Bundles:
    """All cables between two racks, counted by pair of racks and type.

    Args:
        tables: links, ports, cables and segments of a plan, and trunks where it has any.
        rack: rack of every device, -1 where in none; shape (devices,).
        entries: cables and trunks by id.
    """
    cables = tables["cables"]
    a, z = cable_racks(tables, rack)
    apart = np.flatnonzero((a >= 0) & (z >= 0) & (a != z))
    types = cables.words["type"]
    racks = int(max(a.max(initial=0), z.max(initial=0))) + 1
    low, high = np.minimum(a, z)[apart], np.maximum(a, z)[apart]
    kind = cables["type"][apart].astype(np.int64)
    key, count = np.unique((low * racks + high) * len(types) + kind, return_counts=True)
    kind = key % max(1, len(types))
    pair = key // max(1, len(types))
    told = [_told(entries.get(word)) for word in types]
    sizes = np.array(told, dtype=np.float64).reshape(-1, 2)
    return Bundles(
        pair // racks, pair % racks, count, sizes[kind, 0], sizes[kind, 1], kind, types
    )  # fmt: skip


def cable_racks(tables: Mapping[str, Table], rack: Array) -> tuple[Array, Array]:
    """Rack at both ends of every cable, -1 where in none; shapes (cables,).

    A cable with several links, such as a splitter, counts with its first link.
    """
    links, ports, segments = tables["links"], tables["ports"], tables["segments"]
    device = ports["device"]
    ends = np.full((2, len(tables["cables"])), -1, dtype=np.int64)
    own = np.flatnonzero(links["cable"] >= 0)[::-1]  # the last one written stays: the first link
    for side, port in enumerate((links["a_port"], links["b_port"])):
        ends[side, links["cable"][own]] = rack[device[port[own]]]
    crossed = np.flatnonzero(segments["panel"] >= 0)[::-1]
    cable, panel = segments["cable"][crossed], rack[segments["panel"][crossed]]
    last = segments["order"][crossed] > 0
    b_port = links["b_port"][segments["link"][crossed]]
    ends[1, cable[~last]] = panel[~last]
    ends[0, cable[last]] = panel[last]
    ends[1, cable[last]] = rack[device[b_port[last]]]
    if "trunks" in tables:
        trunks = tables["trunks"]
        patched = np.flatnonzero((segments["panel"] < 0) & (segments["order"] != 1))
        ends[:, segments["cable"][patched]] = -1  # a cord from a device to its panel stays inside
        ends[0, trunks["cable"]], ends[1, trunks["cable"]] = trunks["a_rack"], trunks["z_rack"]
    return ends[0], ends[1]


def _told(entry: Cable | Part | None) -> tuple[float, float]:
    """Diameter and weight of an entry; nan where unpublished. [mm, kg/m]"""
    if entry is None:
        return np.nan, np.nan
    found = entry.diameter_mm.value, entry.kg_per_m.value
    diameter, weight = (np.nan if value is None else value for value in found)
    return diameter, weight
