"""In which units the patch panels of structured cabling sit: the highest free ones of a rack."""

from __future__ import annotations

import numpy as np

from rackplan.catalog import Part
from rackplan.design import Design
from rackplan.errors import Problem
from rackplan.placement.place import Placement
from rackplan.placement.racks import NETWORK
from rackplan.tables import Array


def panel_units(
    design: Design, placed: Placement, rack: Array, panel: Array, parts: dict[int, Part]
) -> tuple[Array, list[Problem]]:
    """Lowest unit of every panel, and RP356 for racks without room for theirs.

    Panels of a rack are put in from the top. A loop over the racks that have panels, of which
    there are some thousands at most.

    Args:
        design: the design.
        placed: where everything stands.
        rack: rack of each panel; shape (panels,).
        panel: code of its type.
        parts: the part of each code.

    Returns:
        Lowest units, nan where there is none free; and the problems.
    """
    units = np.full(len(rack), np.nan)
    order = np.argsort(placed.rack, kind="stable")
    starts = np.searchsorted(placed.rack[order], np.arange(len(placed.racks) + 1))
    full: list[int] = []
    for one in np.unique(rack).tolist():
        devices = order[starts[one] : starts[one + 1]]
        free = _free(design, placed, one, devices)
        for row in np.flatnonzero(rack == one).tolist():
            tall = int(np.ceil(parts[int(panel[row])].height_u.value or 1))
            place = _first(free, tall)
            if place is None:
                full.append(one)
                continue
            units[row] = place
            free -= set(range(place, place + tall))
    if not full:
        return units, []
    names = placed.racks.names(design)
    message = f"{len(full):,} patch panels find no free unit in their rack, first in "
    of_switches = placed.racks.purpose[full[0]] == NETWORK
    hint = "keep some with 'panel_units'" if of_switches else (
        "put fewer nodes into such racks, or mount the panels outside of the units"
    )  # fmt: skip
    return units, [
        Problem("RP356", f"{message}{names[full[0]]}", hint, ("floor",), severity="warning")
    ]


def _free(design: Design, placed: Placement, rack: int, devices: Array) -> set[int]:
    """Whole units of a rack that nothing takes; none where its units are unknown."""
    frame = int(placed.racks.frame[rack])
    count = placed.racks.frames[frame].units.value if frame >= 0 else None
    if count is None:
        return set()
    free = set(range(1, count + 1))
    u, tall = placed.u[devices], np.nan_to_num(placed.height_u[devices], nan=1.0)
    for low, height in zip(u[~np.isnan(u)].tolist(), tall[~np.isnan(u)].tolist(), strict=True):
        free -= set(range(int(np.floor(low)), int(np.ceil(low + height - 1e-6))))
    population = int(placed.racks.population[rack])
    system = design.populations[population].system if population >= 0 else None
    for bay in system.layout if system is not None else ():
        top = bay.u + bay.count * bay.height_u
        free -= set(range(int(np.floor(bay.u)), int(np.ceil(top - 1e-6))))
    return free


def _first(free: set[int], tall: int) -> int | None:
    """The highest unit from which `tall` units upwards are free."""
    fits = (unit for unit in sorted(free, reverse=True) if set(range(unit, unit + tall)) <= free)
    return next(fits, None)
