"""A tier with structured cabling: cords, trunks and panels as rows of tables.

A link between racks is a chain: cord, panel, trunk, panel, cord. Its segments 0 and 2 are the
cords and 1 is the trunk. A link within one rack keeps one direct cord and has no segments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rackplan.build.ways import Ways
from rackplan.channel.orders import order_length
from rackplan.errors import InvariantError, Problem
from rackplan.placement.place import Placement
from rackplan.placement.trunks import Trunks, lay_trunks
from rackplan.placement.ways import height_m, pair_m, route_m
from rackplan.tables import Array
from rackplan.trunking import Trunking

Columns = dict[str, Array]


@dataclass(frozen=True)
class Offsets:
    """Rows that the tables have already."""

    links: int
    cables: int
    panels: int


@dataclass(frozen=True)
class Structured:
    """Rows to add, in order, for one tier.

    Attributes:
        cable: the cable at the lower end of every link: its row in the table of cables; (links,).
        cables: columns of CABLES: a cord a link, then the cords at the upper ends of links
            between racks, then the trunks.
        segments: columns of SEGMENTS, and `patch`: the panel at the device's end of a cord
            segment by its row of `panels`, -1 for trunks. `place` is the position on that panel,
            or the leg of the trunk.
        panels: columns of PANELS.
        trunks: columns of TRUNKS.
        crossing: links between racks: those with three segments.
        lengths_m: first cord, trunk and last cord of each of those; shape (3, crossing). [m]
    """

    cable: Array
    cables: Columns
    segments: Columns
    panels: Columns
    trunks: Columns
    crossing: int
    lengths_m: Array


def structured(  # the links, what carries them, where all is, and what is there already
    ends: tuple[Array, Array],
    trunking: Trunking,
    fibers: int | None,
    ways: Ways,
    names: tuple[str, str],
    code: Callable[[str, str], int],
    offsets: Offsets,
) -> Structured:
    """The rows of a tier of fiber whose links run over panels and trunks.

    Args:
        ends: device at the lower and at the upper end of every link; shapes (links,).
        trunking: panel, trunk and cord.
        fibers: lit fibers of a link; None where no optics are named.
        ways: routes between devices; the floor must be known.
        names: fabric and tier.
        code: the number of a word in a category column, by column and word.
        offsets: rows that the tables have already.
    """
    strands = trunking.strands_per_link
    if ways.placed is None or strands is None:
        message = f"{names[0]}: {names[1]} has trunks without places or strands"
        raise InvariantError([Problem("RP999", message, "please report it")])
    rack = ways.placed.rack
    laid = lay_trunks(rack[ends[0]], rack[ends[1]], fibers, strands, trunking.panel, trunking.trunk)
    crossing = np.flatnonzero(laid.trunk >= 0)
    links, over = len(laid.trunk), laid.trunk[crossing]
    first_trunk = offsets.cables + links + len(crossing)
    phase = ways.phase(*ends)
    near, far, trunk_m = _routes(ends, laid, crossing, ways, ways.placed)
    when = np.full(len(laid.links), np.iinfo(np.int16).max)
    np.minimum.at(when, over, phase[crossing])  # a trunk is pulled with the first of its links
    kept = trunking.cord, trunking.trunk
    lengths = [
        order_length(route, part.lengths_m or ways.design.cabling.lengths_m or None)
        for route, part in ((near, kept[0]), (far, kept[0]), (trunk_m, kept[1]))
    ]
    cords, trunks = links + len(crossing), len(laid.links)

    def each(cord: int | None, trunk: int | None) -> Array:
        told = [-1 if value is None else value for value in (cord, trunk)]
        return np.repeat(told, [cords, trunks])

    cables = {
        "type": each(code("type", kept[0].id), code("type", kept[1].id)),
        "fabric": np.full(cords + trunks, code("fabric", names[0])),
        "tier": np.full(cords + trunks, code("tier", names[1])),
        "links": np.concatenate([np.ones(cords, dtype=np.int64), laid.links]),
        "fibers": np.concatenate([np.full(cords, -1 if fibers is None else fibers),
                                  laid.strands_used]),
        "strands": each(kept[0].strands.value, kept[1].fibers.value),
        "route_m": np.concatenate([near, far, trunk_m]),
        "length_m": np.concatenate(lengths),
        "phase": np.concatenate([phase, phase[crossing], when]),
    }  # fmt: skip
    return Structured(
        cable=offsets.cables + np.arange(links),
        cables=cables,
        segments=_segments(laid, crossing, first_trunk, offsets),
        panels=_panel_rows(laid, when, trunking, names, code),
        trunks=_trunk_rows(laid, first_trunk, offsets.panels),
        crossing=len(crossing),
        lengths_m=np.stack([near[crossing], trunk_m[over], far]),
    )


def _routes(
    ends: tuple[Array, Array], laid: Trunks, crossing: Array, ways: Ways, placed: Placement
) -> tuple[Array, Array, Array]:
    """Lengths of the first cord of every link, of the last of those that cross, of trunks. [m]

    Panels stand where the cables leave the rack: in its top unit below overhead trays, in its
    lowest above a raised floor. That is an assumption, as nobody places them in units.
    """
    cabling, racks, rack = ways.design.cabling, placed.racks, placed.rack
    frames = [(frame.units.value, frame.unit_mm.value) for frame in racks.frames]
    units = np.array([np.nan if one is None else one for one, _ in [*frames, (None, None)]])
    unit_mm = np.array([44.45 if one is None else one for _, one in [*frames, (None, None)]])
    top = units if cabling.tray == "overhead" else np.where(np.isnan(units), np.nan, 1.0)
    z = height_m(cabling, top, np.ones_like(top), unit_mm)[racks.frame]
    near = ways.metres(*ends)
    inside = np.ones(len(crossing), dtype=bool)
    cords = [
        route_m(np.zeros(len(crossing)), inside,
                (ways.z[end[crossing]], z[rack[end[crossing]]]), cabling)
        for end in ends
    ]  # fmt: skip
    near[crossing] = cords[0]
    way = pair_m({"hall": racks.hall, **placed.grid}, laid.a_rack, laid.z_rack, placed.floors,
                 cabling, ways.design.hall_distance_m, placed.distances)  # fmt: skip
    between = np.zeros(len(way), dtype=bool)
    trunk = route_m(way, between, (z[laid.a_rack], z[laid.z_rack]), cabling)
    return near, cords[1], trunk


def _segments(laid: Trunks, crossing: Array, first_trunk: int, offsets: Offsets) -> Columns:
    """Cord, trunk and cord of every link between racks: all first ones, all trunks, all last."""
    count = len(crossing)
    last = offsets.cables + len(laid.trunk) + np.arange(count)
    return {
        "link": np.tile(offsets.links + crossing, 3),
        "order": np.repeat([0, 1, 2], count),
        "cable": np.concatenate([
            offsets.cables + crossing, first_trunk + laid.trunk[crossing], last
        ]),
        "panel": np.full(3 * count, -1),
        "patch": np.concatenate([
            offsets.panels + laid.a_panel[crossing],
            np.full(count, -1),
            offsets.panels + laid.z_panel[crossing],
        ]),
        "place": np.concatenate([
            laid.a_position[crossing], laid.leg[crossing], laid.z_position[crossing]
        ]),
    }  # fmt: skip


def _panel_rows(  # the panels, and what their columns need
    laid: Trunks,
    pulled: Array,
    trunking: Trunking,
    names: tuple[str, str],
    code: Callable[[str, str], int],
) -> Columns:
    """Columns of PANELS: a panel is there with the first of its trunks, pulled in some step."""
    count = len(laid.rack)
    when = np.full(count, np.iinfo(np.int16).max)
    for rack, first in ((laid.a_rack, laid.a_first), (laid.z_rack, laid.z_first)):
        panel, _ = laid.place(rack[:, None], first[:, None] + np.arange(laid.legs))
        np.minimum.at(when, panel, np.broadcast_to(pulled[:, None], panel.shape))
    return {
        "type": np.full(count, code("type", trunking.panel.id)),
        "fabric": np.full(count, code("fabric", names[0])),
        "tier": np.full(count, code("tier", names[1])),
        "rack": laid.rack,
        "number": laid.number_in_rack,
        "u": np.full(count, np.nan),
        "used": laid.used,
        "dark": laid.dark,
        "free": laid.free,
        "phase": when,
    }


def _trunk_rows(laid: Trunks, first_trunk: int, first_panel: int) -> Columns:
    """Columns of TRUNKS, with the panels of the first and the last position at both ends."""
    columns: Columns = {
        "cable": first_trunk + np.arange(len(laid.links)),
        "a_rack": laid.a_rack,
        "z_rack": laid.z_rack,
        "number": laid.number,
        "links": laid.links,
        "legs": np.full(len(laid.links), laid.legs),
        "strands_used": laid.strands_used,
        "strands_dark": laid.strands_dark,
    }
    for end, rack, first in (("a", laid.a_rack, laid.a_first), ("z", laid.z_rack, laid.z_first)):
        panel, columns[f"{end}_first"] = laid.place(rack, first)
        last, columns[f"{end}_last"] = laid.place(rack, first + laid.legs - 1)
        columns[f"{end}_panel"] = first_panel + panel
        columns[f"{end}_last_panel"] = first_panel + last
    return columns
