"""Racks into halls: which position each takes, and the metres of cable that follow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from rackplan.design import Design, Floor
from rackplan.errors import InfeasibleError, Problem
from rackplan.placement.arranging import Pulls, assign, between
from rackplan.placement.grid import Slot, center
from rackplan.placement.own import OwnPlaces, kept_out
from rackplan.placement.packed import Packed
from rackplan.placement.racks import (
    COOLING,
    NETWORK,
    POWER,
    RackRows,
    width_of,
    with_more,
)
from rackplan.placement.standing import Standing, Wanted, no_room, stand
from rackplan.placement.ways import pair_m
from rackplan.tables import Array


def with_positions(design: Design, racks: RackRows) -> Design:
    """The design with the positions of a row for every hall: as long as wide, from 10 to 40."""
    floors = []
    for number, floor in enumerate(design.floors):
        spec = floor.spec
        if spec.positions is None:
            taken = int(racks.width[racks.hall == number].sum())
            pitch = spec.depth_m + (spec.cold_aisle_m + spec.hot_aisle_m) / 2
            across = round(math.sqrt(taken * pitch / spec.position_m)) + spec.cdus_per_row
            spec = spec.model_copy(update={"positions": min(40, max(10, across))})
        floors.append(replace(floor, spec=spec))
    return replace(design, floors=tuple(floors))


def rows_of_halls(  # who stands where and what pulls
    design: Design,
    packed: Packed,
    level: Array,
    a: Array,
    b: Array,
    own: OwnPlaces,
    *,
    baseline: bool = False,
    behind: bool = False,
) -> tuple[dict[str, Array], float, RackRows]:
    """Columns row, position, x_m and y_m of all racks, metres of cable, and racks with CDUs.

    `baseline`: racks of switches behind the others in the order of their numbers, on as many rows
    as that takes. `behind`: behind the others, but moved among their places.
    """
    racks = packed.racks
    pulls = between(packed.rack[a], packed.rack[b], len(racks))
    columns = {
        "row": np.full(len(racks), -1), "position": np.full(len(racks), -1),
        "x_m": np.full(len(racks), np.nan), "y_m": np.full(len(racks), np.nan),
    }  # fmt: skip
    deepest = np.zeros(len(racks), dtype=np.int64)
    loose = packed.rack >= 0
    np.maximum.at(deepest, packed.rack[loose], level[loose])
    problems: list[Problem] = []
    cooling: list[tuple[int, Slot]] = []
    own.fill(columns, racks.width, [floor.spec for floor in design.floors], racks.hall)
    for number, floor in enumerate(design.floors):
        blocked = kept_out(design, number) | own.blocked(racks.hall, number, racks.width)
        found = _hall(floor, number, racks, own, blocked, behind=behind, baseline=baseline)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        groups, network, standing = found
        for group, slot in zip(groups, standing.units, strict=True):
            at = slot.position
            for rack in group:
                _put(columns, floor, rack, Slot(slot.row, at, int(racks.width[rack])))
                at += int(racks.width[rack])
        for rack, slot in zip(network.tolist(), standing.network, strict=True):
            _put(columns, floor, rack, slot)
        if not baseline and floor.spec.order == "near":
            _assign(columns, floor, network, deepest, standing.network, pulls)
        cooling += [(number, slot) for slot in standing.cooling]
    if problems:
        raise InfeasibleError(problems)
    way = pair_m({"hall": racks.hall, **columns}, pulls.a, pulls.b,
                 [floor.spec for floor in design.floors], design.cabling,
                 design.hall_distance_m, own.distances)  # fmt: skip
    racks, columns = _with_cdus(design, racks, columns, cooling)
    return columns, pulls.metres(way), racks


def _hall(  # what stands in it, and where nothing may
    floor: Floor,
    number: int,
    racks: RackRows,
    own: OwnPlaces,
    blocked: set[tuple[int, int]],
    *,
    behind: bool,
    baseline: bool,
) -> tuple[list[list[int]], Array, Standing] | Problem:
    """Groups of neighbours and racks of switches of a hall, and their slots."""
    pinned = np.zeros(len(racks), dtype=bool)
    pinned[list(own.racks)] = True
    here = np.flatnonzero((racks.hall == number) & ~pinned)
    network = here[racks.purpose[here] == NETWORK]
    side: dict[int, list[int]] = {}
    for rack in here[racks.purpose[here] == POWER].tolist():
        side.setdefault(int(racks.serves[rack]), []).append(rack)
    groups = [[rack, *side.get(rack, [])] for rack in here[racks.purpose[here] < NETWORK].tolist()]
    widths = [int(racks.width[group].sum()) for group in groups]
    wide = width_of(floor.network_rack, floor.spec.position_m)
    plain = behind or baseline or floor.spec.order == "naive"
    cdu = width_of(floor.cdu_rack, floor.spec.position_m)
    standing = Wanted(tuple(widths), len(network), wide, cdu)
    found = stand(floor.spec, standing, blocked, naive=plain, baseline=baseline)
    if found is None:
        where = ("floor", "rows") if floor.spec.rows is not None else ("floor",)
        return no_room(floor.spec, standing, blocked, where)
    return groups, network, found


def _put(columns: dict[str, Array], floor: Floor, rack: int, slot: Slot) -> None:
    columns["row"][rack], columns["position"][rack] = slot.row, slot.position
    x, y = center(floor.spec, np.array(slot.row), np.array(slot.position), np.array(slot.width))
    columns["x_m"][rack], columns["y_m"][rack] = float(x), float(y)


def _assign(  # the racks, and where they may go
    columns: dict[str, Array],
    floor: Floor,
    network: Array,
    level: Array,
    slots: list[Slot],
    pulls: Pulls,
) -> None:
    """Move racks of switches among their slots so that cables are short."""
    row, position, width = (
        np.array([getattr(slot, name) for slot in slots], dtype=np.int64)
        for name in ("row", "position", "width")
    )
    places = center(floor.spec, row, position, width)
    chosen = assign(network, level[network], places, (columns["x_m"], columns["y_m"]), pulls)
    columns["row"][network], columns["position"][network] = row[chosen], position[chosen]
    columns["x_m"][network], columns["y_m"][network] = places[0][chosen], places[1][chosen]


def _with_cdus(
    design: Design, racks: RackRows, columns: dict[str, Array], slots: list[tuple[int, Slot]]
) -> tuple[RackRows, dict[str, Array]]:
    """The racks with the CDUs of all halls behind them."""
    for number, floor in enumerate(design.floors):
        own = [slot for hall, slot in slots if hall == number]
        if floor.cdu_rack is None or not own:
            continue
        first = len(racks)
        racks = with_more(design, racks, floor.cdu_rack, COOLING, np.full(len(own), number))
        columns = {
            name: np.append(values, np.full(len(own), -1 if values.dtype.kind == "i" else np.nan))
            for name, values in columns.items()
        }
        for index, slot in enumerate(own):
            _put(columns, floor, first + index, slot)
    return racks, columns
