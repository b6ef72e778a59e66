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

from rackplan.design import Design, Floor
from rackplan.errors import InfeasibleError, Problem
from rackplan.floors import FloorSpec
from rackplan.names import device_names
from rackplan.placement.arranging import Pulls, assign, between
from rackplan.placement.grid import Slot, center
from rackplan.placement.loads import DeviceLoads, device_loads
from rackplan.placement.own import OwnPlaces, kept_out, own_places
from rackplan.placement.packing import limits_of, pack, too_large
from rackplan.placement.racks import (
    COOLING,
    NETWORK,
    POWER,
    RackRows,
    node_racks,
    width_of,
    with_more,
)
from rackplan.placement.sorting import levels_and_centers
from rackplan.placement.standing import Standing, no_room, stand
from rackplan.placement.units import (
    equipment_units,
    from_the_top,
    node_units,
    outside,
    overlaps,
)
from rackplan.placement.ways import pair_m
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
    racks, rack = _with_racks(design, devices, loads)
    loose = np.flatnonzero(rack < 0)
    kinds = np.array(devices.words["type"])[devices["type"][loose]]
    _check_alone(design, loose, kinds, loads)
    level, middle = levels_and_centers(a, b, rack, len(devices))
    hall = devices["hall"].astype(np.int64)
    near = np.lexsort([loose, middle[loose], level[loose], hall[loose]])
    plain = np.lexsort([loose, hall[loose]])
    packed, naive = (
        _packed(design, racks, rack, loose[order], hall, loads) for order in (near, plain)
    )
    if any(one.spec.order == "naive" for one in design.floors):
        packed = naive
    design = _with_positions(design, packed.racks)
    named = racks.names(design)
    names: list[str] = []
    if design.floors[0].spec.devices:
        names = device_names(devices, design.names, named, design.halls)
    own = own_places(design, packed.racks.names(design), names)
    where = _rows(design, packed, level, a, b, own, naive=False)
    base = _rows(design, naive, level, a, b, OwnPlaces({}, {}, {}), naive=True)
    gain = Gain(base[1], where[1])
    final = packed.rack.copy()
    u, height, rear = _units(design, devices, packed, loads)
    for device, (to, unit, at_rear) in own.devices.items():
        final[device], u[device], rear[device] = to, unit, at_rear
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
        distances=own.distances,
        gain=gain,
        warnings=tuple(_unknown_heights(kinds, loads, loose)),
    )


def _check_alone(design: Design, loose: Array, kinds: Array, loads: DeviceLoads) -> None:
    """Refuse (RP334) what does not even fit an empty rack of switches."""
    floor = design.floors[0]
    limits = limits_of(floor.network_rack, design.limits.rack_power_w, floor.spec.panel_units)
    path = ("floor", "network_rack")
    problems = too_large(loose, kinds, loads, limits, floor.network_rack, path)
    if problems:
        raise InfeasibleError(problems)


@dataclass(frozen=True)
class _Packed:
    """Racks with those of switches behind them, and the rack of every device."""

    racks: RackRows
    rack: Array


def _with_racks(design: Design, devices: Table, loads: DeviceLoads) -> tuple[RackRows, Array]:
    """Racks with nodes and their sidecars, and the devices in them; what hangs joins a rack."""
    racks = node_racks(design)
    rack = devices["rack"].astype(np.int64).copy()
    standing = np.flatnonzero(racks.purpose < NETWORK)
    for one in design.equipment:
        rows = slice(one.first_device, one.first_device + one.count)
        number = np.arange(one.count)
        if one.system is not None:
            each = one.count // max(1, sum(
                population.racks for population in design.populations
                if population.first_rack == one.first_rack and population.system is one.system
            ))  # fmt: skip
            rack[rows] = one.first_rack + number // max(1, each)
        elif np.all(loads.units[rows] == 0):
            own = standing[racks.hall[standing] == one.hall]
            if len(own):
                rack[rows] = own[number * len(own) // one.count]
    return racks, rack


def _packed(  # the racks so far and what goes into more of them
    design: Design,
    racks: RackRows,
    rack: Array,
    items: Array,
    hall: Array,
    loads: DeviceLoads,
) -> _Packed:
    floor = design.floors[0]
    frame = floor.network_rack
    limits = limits_of(frame, design.limits.rack_power_w, floor.spec.panel_units)
    number = pack(items, hall[items], loads, limits)
    count = int(number.max(initial=-1)) + 1
    halls = np.zeros(count, dtype=np.int64)
    halls[number] = hall[items]
    held = rack.copy()
    held[items] = len(racks) + number
    return _Packed(with_more(design, racks, frame, NETWORK, halls), held)


def _with_positions(design: Design, racks: RackRows) -> Design:
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


def _rows(  # who stands where and what pulls
    design: Design,
    packed: _Packed,
    level: Array,
    a: Array,
    b: Array,
    own: OwnPlaces,
    *,
    naive: bool,
) -> tuple[dict[str, Array], float, RackRows]:
    """Columns row, position, x_m and y_m of all racks, metres of cable, and racks with CDUs."""
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
        found = _hall(floor, number, racks, own, blocked, naive=naive)
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
        if not naive and floor.spec.order == "near":
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
    naive: bool,
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
    plain = naive or floor.spec.order == "naive"
    found = stand(floor.spec, widths, len(network), wide, blocked, naive=plain)
    if found is None:
        where = ("floor", "rows") if floor.spec.rows is not None else ("floor",)
        return no_room(floor.spec, widths, len(network) * wide, len(blocked), where)
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
    if not slots or design.floors[0].cdu_rack is None:
        return racks, columns
    first = len(racks)
    hall = np.array([number for number, _ in slots])
    more = with_more(design, racks, design.floors[0].cdu_rack, COOLING, hall)
    longer = {
        name: np.append(values, np.full(len(slots), -1 if values.dtype.kind == "i" else np.nan))
        for name, values in columns.items()
    }
    for index, (number, slot) in enumerate(slots):
        _put(longer, design.floors[number], first + index, slot)
    return more, longer


def _units(
    design: Design, devices: Table, packed: _Packed, loads: DeviceLoads
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
