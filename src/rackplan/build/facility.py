"""Power, cooling and weight of the racks that were placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rackplan.catalog import Rack
from rackplan.design import Design
from rackplan.errors import Path, Problem
from rackplan.heat.cooling import Cooling, cool
from rackplan.heat.loads import HeatLoads, heat_of_devices, sum_per_rack
from rackplan.heat.problems import heat_problems
from rackplan.heat.weight import FloorLoad, RackWeights, floor_load, weight_problems
from rackplan.placement.loads import system_watts
from rackplan.placement.place import Placement
from rackplan.placement.racks import COMPUTE, COOLING, NETWORK, POWER
from rackplan.supply.loads import RackLoads
from rackplan.supply.problems import power_problems
from rackplan.supply.tree import PowerTree, power_tree
from rackplan.tables import Array
from rackplan.units import show_limit, show_power


@dataclass(frozen=True)
class Facility:
    """What building and floor must give.

    Attributes:
        watts: power that every rack is planned with; nan where nothing of it is known. [W]
        complete: whether that contains everything in the rack.
        power: the power tree; None where the deployment asks for none.
        cooling: heat and flow; None where the deployment asks for none.
        weights: weight of every rack and what it presses.
    """

    watts: Array
    complete: Array
    power: PowerTree | None
    cooling: Cooling | None
    weights: FloorLoad
    problems: tuple[Problem, ...]


def facility(design: Design, placed: Placement) -> Facility:
    """Power tree, cooling and weights of a placed plan; what is exceeded is among the problems."""
    racks = placed.racks
    heat = heat_of_devices(placed.rack, len(racks), placed.loads.watts, placed.loads.liquid)
    partly, _ = sum_per_rack(placed.rack, len(racks), (~placed.loads.complete).astype(np.float64))
    complete = partly == 0
    for name, none in (("liquid_known", 0.0), ("air_known", 1.0)):
        may = ~placed.loads.complete & (placed.loads.liquid != none)
        heat[name] &= sum_per_rack(placed.rack, len(racks), may.astype(np.float64))[0] == 0
    _of_systems(design, placed, heat, complete)
    watts = _with_cdus(design, placed, heat["power_w"], complete)
    names, kinds = racks.names(design), _kinds(design, placed)
    paths = _paths(design, placed)
    cooling = tree = None
    problems: list[Problem] = []
    if design.power is not None:
        loads = _power_loads(design, placed, names, watts, complete)
        tree = power_tree(loads, design.power, design.halls)
        problems += power_problems(tree)
    if design.cooling is not None and design.cdu is not None:
        limits = {name: _of_frames(placed, name) for name in ("max_liquid_w", "max_air_w")}
        heating = HeatLoads.of(
            names,
            kinds=kinds,
            paths=paths,
            hall=racks.hall,
            row=placed.grid["row"],
            **heat,
            **limits,
        )
        cooling = cool(heating, design.cooling, design.cdu, design.halls)
        problems += [*heat_problems(cooling), *_too_few_places(placed, cooling)]
    weights = _weights(design, placed, names, kinds, paths)
    problems += [*weight_problems(weights), *_too_much(design, names, watts)]
    return Facility(watts, complete, tree, cooling, weights, tuple(problems))


def without_idle_cdus(placed: Placement, found: Facility) -> Placement:
    """The placement with as many CDUs as its loops need, spread over the places kept for them.

    Where the number is unknown, or there are too few places, all places keep one.
    """
    cdus = placed.racks.of(COOLING)
    if found.cooling is None or not len(cdus):
        return placed
    loops = found.cooling.loops
    if np.any(loops.cdus < 0):
        return placed
    kept = []
    places, place = np.unique(np.stack([loops.hall, loops.row]), axis=1, return_inverse=True)
    counts = np.bincount(place.ravel(), loops.cdus, places.shape[1])
    for hall, row, count in zip(*places.tolist(), counts.tolist(), strict=True):
        here = cdus[placed.racks.hall[cdus] == hall]
        here = here[(placed.grid["row"][here] == row) | (row < 0)]
        wanted = min(int(count), len(here))
        kept.append(here[np.arange(wanted) * len(here) // max(1, wanted)])
    rows = np.sort(np.concatenate([np.flatnonzero(placed.racks.purpose != COOLING), *kept]))
    if len(rows) == len(placed.racks):
        return placed
    grid = {name: values[rows] for name, values in placed.grid.items()}
    return replace(placed, racks=placed.racks.only(rows), grid=grid)


def _of_systems(design: Design, placed: Placement, heat: dict[str, Array], complete: Array) -> None:
    """Racks of systems take the figure of the whole system, not the sum of its nodes.

    Switches of other makers in their bays come on top of it.
    """
    loads = placed.loads
    added = np.where(placed.added, placed.rack, -1)
    guests = heat_of_devices(added, len(placed.racks), loads.watts, loads.liquid)
    partly, _ = sum_per_rack(added, len(placed.racks), (~loads.complete).astype(np.float64))
    for number, population in enumerate(design.populations):
        if population.system is None:
            continue
        rows = (placed.racks.population == number) & (placed.racks.purpose < NETWORK)
        watts = system_watts(population)
        share = population.system.liquid_share.value
        own = np.nan if watts is None else watts
        more, unsplit = guests["power_w"][rows], guests["unsplit_w"][rows]
        liquid = own * (np.nan if share is None else share)
        liquid = liquid + guests["liquid_share"][rows] * (more - unsplit)
        heat["power_w"][rows] = own + more
        heat["liquid_share"][rows] = liquid / np.maximum(own + more - unsplit, 1e-9)
        heat["unsplit_w"][rows] = unsplit
        for name in ("liquid_known", "air_known"):
            heat[name][rows] = guests[name][rows]  # the system's figure leaves nothing out
        complete[rows] = (watts is not None) & (partly[rows] == 0)


def _with_cdus(design: Design, placed: Placement, watts: Array, complete: Array) -> Array:
    """Power of all racks, with that of the CDUs; what sidecars lose is unpublished. [W]"""
    racks, found = placed.racks, watts.copy()
    each = design.cdu.power_w.value if design.cdu is not None else None
    found[racks.of(COOLING)] = 0.0 if each is None else each
    complete[racks.of(COOLING)] = each is not None
    complete[racks.of(POWER)] = False
    return found


def _too_few_places(placed: Placement, cooling: Cooling) -> list[Problem]:
    """RP357: the rows have fewer places for CDUs than the loops need."""
    places, needed = placed.cdu_places, int(cooling.loops.cdus.clip(min=0).sum())
    if not places or needed <= places:
        return []
    rows = places // max(1, placed.floors[0].cdus_per_row)
    message = f"the loops need {needed} CDUs, the rows have places for {places}"
    hint = f"use 'cdus_per_row: {-(-needed // max(1, rows))}', or larger CDUs"
    return [Problem("RP357", message, hint, ("floor", "cdus_per_row"), severity="warning")]


def _too_much(design: Design, names: Sequence[str], watts: Array) -> list[Problem]:
    """RP303 and RP304: more than the site allows, with all that stands in racks and halls."""
    site, whole = design.limits.power_w, float(np.nansum(watts))
    if site is not None and whole > site + 1e-6:
        message = f"all racks with their CDUs draw {show_power(whole)}, the site allows "
        hint = f"raise the limit to {show_limit(whole)}, or build less"
        told = f"{message}{show_power(site)}"
        return [Problem("RP304", told, hint, ("site", "power_w"))]
    limit = design.limits.rack_power_w
    if limit is None or not np.any(np.nan_to_num(watts) > limit + 1e-6):
        return []
    worst = int(np.nanargmax(watts))
    others = int((np.nan_to_num(watts) > limit + 1e-6).sum()) - 1
    more = f" (and {others:,} more)" if others else ""
    message = (
        f"rack {names[worst]}{more} draws {show_power(float(watts[worst]))} with all that stands "
        f"in it, the site allows {show_power(limit)} a rack"
    )
    hint = f"raise the limit to {show_limit(float(watts[worst]))}, or put less into it"
    return [Problem("RP303", message, hint, ("site", "rack_power_w"))]


def _kinds(design: Design, placed: Placement) -> list[str]:
    """What stands in each rack, as results call it."""
    racks = placed.racks
    systems = [one.standing for one in design.populations]
    return [
        systems[population] if purpose < NETWORK else f"{racks.frames[frame].id} ({word})"
        for purpose, population, frame, word in zip(
            racks.purpose.tolist(), racks.population.tolist(), racks.frame.tolist(),
            np.array(["", "", "switches", "sidecar", "CDU"])[racks.purpose].tolist(), strict=True,
        )
    ]  # fmt: skip


def _paths(design: Design, placed: Placement) -> list[Path]:
    """Where the deployment tells of each rack."""
    of_population = [one.path for one in design.populations]
    return [
        of_population[population] if population >= 0 else ("floor",)
        for population in placed.racks.population.tolist()
    ]


def _of_frames(placed: Placement, name: str) -> Array:
    """A number of every rack's frame; nan where it has none."""

    def known(frame: Rack) -> float:
        value = getattr(frame, name).value
        return float("nan") if value is None else float(value)

    values = [known(frame) for frame in placed.racks.frames]
    return np.asarray(np.array([*values, np.nan])[placed.racks.frame])


def _power_loads(
    design: Design, placed: Placement, names: Sequence[str], watts: Array, complete: Array
) -> RackLoads:
    """The racks as the power tree sees them: shelves, bus bars and sidecars."""
    racks = placed.racks
    count = len(racks)
    none = np.full(count, np.nan)
    own: dict[str, Array] = {
        "typical_w": none.copy(), "shelf_count": np.zeros(count, dtype=np.int64),
        "shelves_installed_w": none.copy(), "shelves_redundant_w": none.copy(),
        "input_v": _of_frames(placed, "input_v"), "bus_v": _of_frames(placed, "bus_v"),
        "bus_a": _of_frames(placed, "bus_a"), "sidecar": np.full(count, -1),
    }  # fmt: skip
    for number, population in enumerate(design.populations):
        rows = np.flatnonzero((racks.population == number) & (racks.purpose < NETWORK))
        typical = population.system.power.typical_w.value if population.system else None
        own["typical_w"][rows] = np.nan if typical is None else typical
        shelves = population.system.shelves if population.system else None
        if shelves is not None:
            told = (shelves.installed_w, shelves.redundant_w, shelves.input_v.value)
            for name, value in zip(
                ("shelves_installed_w", "shelves_redundant_w", "input_v"), told, strict=True
            ):
                own[name][rows] = np.nan if value is None else value
            own["shelf_count"][rows] = shelves.count.value
            if shelves.output_v.value is not None:
                own["bus_v"][rows] = shelves.output_v.value
    side = racks.of(POWER)
    for rack in side.tolist():
        population = design.populations[int(racks.population[rack])]
        each = population.system.racks_per_sidecar.value if population.system else 1
        last = population.first_rack + population.racks
        own["sidecar"][racks.serves[rack] : min(last, racks.serves[rack] + each)] = rack
    capacity = _of_frames(placed, "capacity_w")
    own["shelves_installed_w"][side] = capacity[side]
    it = racks.purpose != COOLING
    sides = design.power.sides_per_rack if design.power is not None else 0
    own["feeds"] = np.where(racks.purpose == COOLING, sides, 0)  # 0: as many as the site says
    return RackLoads.of(names, watts, hall=racks.hall, row=placed.grid["row"],
                        position=placed.grid["position"], known=complete, it=it, **own)  # fmt: skip


def _weights(
    design: Design,
    placed: Placement,
    names: Sequence[str],
    kinds: Sequence[str],
    paths: Sequence[Path],
) -> FloorLoad:
    """Weight of every rack: the frame and all in it, or a system's figure for the whole."""
    racks = placed.racks
    load, known = sum_per_rack(placed.rack, len(racks), _kilograms(placed))
    guests, _ = sum_per_rack(
        np.where(placed.added, placed.rack, -1), len(racks), _kilograms(placed)
    )
    frame = _of_frames(placed, "weight_kg")
    cdu = design.cdu.weight_kg.value if design.cdu is not None else None
    bare = (racks.purpose == COOLING) & np.isnan(frame)
    frame[bare] = np.nan if cdu is None else cdu
    whole = np.nan_to_num(frame) + load
    known = known & ~np.isnan(frame)
    for number, population in enumerate(design.populations):
        kilograms = population.system.weight_kg.value if population.system else None
        rows = (racks.population == number) & (racks.purpose == COMPUTE)
        if kilograms is not None:
            whole[rows], known[rows] = kilograms + guests[rows], True
            load[rows] = whole[rows] - np.nan_to_num(frame[rows])
    weights = RackWeights.of(
        names, np.where(whole > 0, whole, np.nan), kinds=kinds, paths=paths, known=known,
        load_kg=np.where(load > 0, load, np.nan), max_load_kg=_of_frames(placed, "max_load_kg"),
        width_m=_of_frames(placed, "width_mm") / 1000,
        depth_m=_of_frames(placed, "depth_mm") / 1000,
        feet=np.nan_to_num(_of_frames(placed, "feet")).astype(np.int64),
    )  # fmt: skip
    limit = [floor.max_kg_per_m2 for floor in placed.floors]
    limits = np.array([np.nan if one is None else one for one in limit])[racks.hall]
    tile = np.array([floor.tile_m for floor in placed.floors])[racks.hall]
    return floor_load(weights, limits, tile)


def _kilograms(placed: Placement) -> Array:
    """Weights of devices; what hangs beside the units and comes with the rack counts as nothing."""
    return np.where(placed.loads.units == 0, np.nan_to_num(placed.loads.kilograms),
                    placed.loads.kilograms)  # fmt: skip
