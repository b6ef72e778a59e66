"""Invariants of a placed plan: what stands, draws, weighs and heats is counted in two ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from rackplan.audit import Check, held
from rackplan.build.facility import Facility
from rackplan.design import Design
from rackplan.placement.place import Placement
from rackplan.placement.racks import COOLING
from rackplan.resolve.limits import site_planning_power
from rackplan.tables import Table


def physical_checks(
    design: Design, placed: Placement, found: Facility, tables: Mapping[str, Table]
) -> tuple[Check, ...]:
    """All checks of a placed plan.

    Raises:
        InvariantError: some check does not hold: a bug.
    """
    return held((
        *_places(placed, tables),
        *_watts(design, placed, found),
        *_kilograms(design, placed, found),
        *_lengths(design, tables),
    ))  # fmt: skip


def _places(placed: Placement, tables: Mapping[str, Table]) -> Iterator[Check]:
    devices, racks = tables["devices"], tables["racks"]
    yield Check("every device has a rack", len(devices), int((devices["rack"] >= 0).sum()))
    known = ~np.isnan(racks["x_m"])
    yield Check("every rack has a place", len(racks), int(known.sum()))
    width = placed.racks.width
    on_grid = np.flatnonzero(racks["row"] >= 0)
    cells = np.repeat(on_grid, width[on_grid])
    step = np.arange(len(cells)) - np.repeat(
        np.cumsum(width[on_grid]) - width[on_grid], width[on_grid]
    )
    taken = np.unique(
        np.stack([racks["hall"][cells], racks["row"][cells], racks["position"][cells] + step]),
        axis=1,
    )
    yield Check("no two racks take one position", len(cells), taken.shape[1])
    yield Check("no two devices take one unit", 0, _overlaps(tables["devices"]))


def _overlaps(devices: Table) -> int:
    """Neighbours in a rack whose units overlap."""
    rack, u, height = (devices[name] for name in ("rack", "u", "height_u"))
    tall = np.nan_to_num(height, nan=1.0)
    rows = np.flatnonzero((rack >= 0) & ~np.isnan(u) & (tall > 0))
    rows = rows[np.lexsort([u[rows], devices["face"][rows], rack[rows]])]
    one, two = rows[:-1], rows[1:]
    same = (rack[one] == rack[two]) & (devices["face"][one] == devices["face"][two])
    return int((same & (u[one] + tall[one] > u[two] + 1e-3)).sum())


def _watts(design: Design, placed: Placement, found: Facility) -> Iterator[Check]:
    planned, unknown = site_planning_power(design)
    if not unknown:
        drawn = float(np.nansum(found.watts[placed.racks.purpose != COOLING]))
        yield _sums("racks draw what the plan draws [W]", planned, drawn)
    if found.power is not None:
        rows = found.power.rows("rack")
        tree = float(np.nansum(found.power.elements["normal_w"][rows]))
        yield _sums("the power tree feeds all racks [W]", float(np.nansum(found.watts)), tree)
    if found.cooling is not None:
        heat = found.cooling
        parts = (heat.liquid_w, heat.air_w, heat.unsplit_w)
        given = sum(float(np.nansum(part)) for part in parts)
        drawn = float(np.nansum(found.watts[placed.racks.purpose != COOLING]))
        yield _sums("heat is what racks draw [W]", drawn, given)


def _kilograms(design: Design, placed: Placement, found: Facility) -> Iterator[Check]:
    """Weights by rack against systems, frames and devices counted by themselves."""
    racks = placed.racks
    whole = [one.system.weight_kg.value if one.system else None for one in design.populations]
    of_system = np.array([*(np.nan if one is None else one for one in whole), np.nan])
    by_system = np.where(racks.purpose == 0, of_system[racks.population], np.nan)
    told = ~np.isnan(by_system)
    frames = np.array(
        [*(frame.weight_kg.value or 0.0 for frame in racks.frames), 0.0]
    )[racks.frame]  # fmt: skip
    cdu = design.cdu.weight_kg.value if design.cdu is not None else None
    bare = (racks.purpose == COOLING) & (frames == 0)
    frames = np.where(bare, cdu or 0.0, frames)
    loose = (placed.rack >= 0) & (~told[placed.rack] | placed.added)
    total = float(np.nansum(by_system)) + float(frames[~told].sum())
    total += float(np.nansum(placed.loads.kilograms[loose]))
    weighed = float(np.nansum(found.weights.weights.rack_kg))
    yield _sums("racks weigh what is in them [kg]", total, weighed)


def _lengths(design: Design, tables: Mapping[str, Table]) -> Iterator[Check]:
    cables = tables["cables"]
    route, length = cables["route_m"], cables["length_m"]
    halls = len(design.halls)
    if len(design.hall_distance_m) == halls * (halls - 1) // 2:
        yield Check("every cable has a route", len(cables), int((~np.isnan(route)).sum()))
    known = ~np.isnan(length)
    long_enough = length[known] >= route[known] - 1e-3
    yield Check("no cable is shorter than its route", int(known.sum()), int(long_enough.sum()))


def _sums(name: str, expected: float, found: float) -> Check:
    """Two sums of the same thing, in whole units; the order of adding may part them by a hair."""
    near = abs(expected - found) <= 1e-9 * max(abs(expected), abs(found), 1.0)
    return Check(name, round(expected), round(expected if near else found))
