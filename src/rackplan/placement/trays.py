"""What lies in every stretch of tray: cables, cross-section, fill and weight.

Trays are those of `rackplan.placement.ways`: one along every row, and trays that cross the rows. A
stretch is half a position long, from the middle of a standard rack to its edge, so that all racks
and crossings lie at the end of one. Each cable is laid on one shortest way; of several crossings
on such ways it takes the one nearest to the rack with the smaller number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.errors import Problem
from rackplan.floors import CablingSpec, FloorSpec
from rackplan.placement.bundles import Bundles
from rackplan.placement.ways import crossings
from rackplan.tables import Array
from rackplan.units import show_count

_NEAR = 1e-6
"""Two ways that differ by less are equal. [m]"""


@dataclass(frozen=True)
class Trays:
    """Stretches of tray with cables in them, in order of hall, kind, tray and place.

    Attributes:
        hall: hall of every stretch; shape (stretches,).
        crosses: whether it leads from row to row and not along one.
        tray: the row that it lies along, or the half position that it crosses above, from 0.
        place: half position along the row, or the row before it, from 0.
        cables: cables in it.
        unknown: those of unpublished diameter or weight, which the sums leave out.
        section_cm2: sum of the cross-sections of the others. [cm2]
        kg_per_m: sum of their weights. [kg/m]
        elsewhere: cables on no tray: between halls, or with an end at a place of its own.
        types: types of cable without a published diameter or weight.
        tray_cm2: cross-section of a tray. [cm2]
    """

    hall: Array
    crosses: Array
    tray: Array
    place: Array
    cables: Array
    unknown: Array
    section_cm2: Array
    kg_per_m: Array
    elsewhere: int
    types: tuple[str, ...]
    tray_cm2: float

    def __len__(self) -> int:
        """Stretches."""
        return len(self.hall)

    @property
    def fill(self) -> Array:
        """Share of the tray's cross-section that its cables take; what is unpublished left out."""
        return np.asarray(self.section_cm2 / self.tray_cm2)

    def name(self, stretch: int) -> str:
        """The tray of a stretch, as a person calls it."""
        tray = int(self.tray[stretch])
        return f"crossing at position {_position(tray)}" if self.crosses[stretch] else (
            f"row {tray + 1}"
        )  # fmt: skip

    def span(self, stretch: int) -> str:
        """Where in its tray a stretch is, as a person calls it."""
        place = int(self.place[stretch])
        if self.crosses[stretch]:
            return f"row {place + 1} to {place + 2}"
        return f"position {place // 2 + 1}"

    def fullest(self) -> Array:
        """The fullest stretch of every tray, by section, then by cables; the first of equals."""
        key = np.stack([self.hall, self.crosses, self.tray])
        order = np.lexsort([-self.cables, -self.section_cm2.round(6), *key[::-1]])
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.any(np.diff(key[:, order], axis=1) != 0, axis=0)
        return np.asarray(order[first])


def _position(half: int) -> str:
    """A half position, from 0: `4` in the middle of the fourth position, else between two."""
    return f"{half // 2 + 1}" if half % 2 else f"{half // 2}/{half // 2 + 1}"


def tray_loads(
    racks: Mapping[str, Array],
    bundles: Bundles,
    floors: Sequence[FloorSpec],
    cabling: CablingSpec,
) -> Trays:
    """The load of every stretch of tray, by differences: what begins there less what ends.

    Args:
        racks: columns hall, row and x_m; row -1 where a rack does not stand in the grid.
        bundles: cables between racks.
        floors: the floor of each hall.
        cabling: sizes of trays, and where they cross.
    """
    hall = racks["hall"][bundles.a]
    on_grid = (racks["row"][bundles.a] >= 0) & (racks["row"][bundles.z] >= 0)
    on_grid &= hall == racks["hall"][bundles.z]
    width, depth = cabling.tray_mm
    parts = [_hall_loads(racks, bundles, np.flatnonzero(on_grid & (hall == number)), floor, cabling)
             for number, floor in enumerate(floors)]  # fmt: skip
    columns = [
        np.concatenate([np.zeros(0), *(part[name] for part in parts)])
        for name in range(len(_LOADS) + 3)
    ]
    whole = [column.round().astype(np.int64) for column in columns[:5]]
    halls = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    return Trays(
        halls, whole[0] == 1, whole[1], whole[2], whole[3], whole[4],
        columns[5], columns[6], int(bundles.cables[~on_grid].sum()),
        bundles.unknown, width * depth / 100,
    )  # fmt: skip


_LOADS = ("cables", "unknown", "section_cm2", "kg_per_m")


def _hall_loads(
    racks: Mapping[str, Array],
    bundles: Bundles,
    own: Array,
    floor: FloorSpec,
    cabling: CablingSpec,
) -> list[Array]:
    """Crosses, tray, place and the loads of all stretches of a hall with cables in them."""
    half = floor.position_m / 2
    unknown = np.isnan(bundles.diameter_mm) | np.isnan(bundles.kg_per_m)
    loads = np.stack([
        bundles.cables, bundles.cables * unknown, np.nan_to_num(bundles.section_cm2),
        np.nan_to_num(bundles.cables * bundles.kg_per_m),
    ])[:, own]  # fmt: skip
    at = [np.rint(racks["x_m"][end[own]] / half).astype(np.int64) for end in (bundles.a, bundles.z)]
    row = [racks["row"][end[own]].astype(np.int64) for end in (bundles.a, bundles.z)]
    over = _crossing(at, crossings(floor, cabling), half)
    apart = row[0] != row[1]
    leave = [np.where(apart, over, at[1]), np.where(apart, over, at[0])]
    rows = int(max(row[0].max(initial=0), row[1].max(initial=0))) + 1
    ends = int(max(at[0].max(initial=0), at[1].max(initial=0), over.max(initial=0))) + 1
    along = _sums((rows, ends), row[0], at[0], leave[0], loads)
    along += _sums((rows, ends), row[1][apart], at[1][apart], leave[1][apart], loads[:, apart])
    across = _sums((ends, rows), over[apart], row[0][apart], row[1][apart], loads[:, apart])
    found = []
    for number, sums in enumerate((along, across)):
        tray, place = np.nonzero(sums[0].round() > 0)
        found.append([np.full(len(tray), number), tray, place, *sums[:, tray, place]])
    return [np.concatenate(pair) for pair in zip(*found, strict=True)]


def _crossing(at: Sequence[Array], places: Array | None, half: float) -> Array:
    """The half position where each pair crosses from row to row.

    A loop over the crossings of a hall.
    """
    over = at[0].copy()
    if places is None:
        return over
    best = np.full((2, len(over)), np.inf)
    for place in np.rint(places / half).astype(np.int64).tolist():
        way, near = np.abs(at[0] - place) + np.abs(at[1] - place), np.abs(at[0] - place)
        better = (way < best[0]) | ((way == best[0]) & (near < best[1]))
        best[0, better], best[1, better], over[better] = way[better], near[better], place
    return over


def _sums(shape: tuple[int, int], tray: Array, start: Array, end: Array, loads: Array) -> Array:
    """Loads of the stretches of some trays, shape (loads, trays, stretches).

    Args:
        shape: trays and ends of stretches.
        tray: tray of each bundle.
        start: end of stretches where it comes in.
        end: end of stretches where it leaves.
        loads: what it adds between, shape (loads, bundles).
    """
    first, last = tray * shape[1] + np.minimum(start, end), tray * shape[1] + np.maximum(start, end)
    size = shape[0] * shape[1]
    steps = [np.bincount(first, one, size) - np.bincount(last, one, size) for one in loads]
    return np.cumsum(np.stack(steps).reshape(len(loads), *shape), axis=2)


# --- limits ---------------------------------------------------------------------------------------


def needed_mm(section_cm2: float, cabling: CablingSpec) -> float:
    """Width of a tray of the same depth that holds cables within the limit, by whole cm. [mm]"""
    wide = section_cm2 * 100 / cabling.max_fill / cabling.tray_mm[1]
    return max(0.0, float(np.ceil(wide / 10 - _NEAR) * 10))


def tray_problems(
    trays: Trays, cabling: CablingSpec, halls: Sequence[str] = ("",)
) -> Iterator[Problem]:
    """RP354: trays fuller than they may be, one warning for each hall and kind of tray.

    Args:
        trays: their loads.
        cabling: their size and the limit.
        halls: names of the halls.
    """
    tops = trays.fullest()
    full = tops[trays.fill[tops] > cabling.max_fill + _NEAR]
    for number, hall in enumerate(halls):
        for crosses in (False, True):
            own = full[(trays.hall[full] == number) & (trays.crosses[full] == crosses)]
            if not len(own):
                continue
            worst = int(own[np.argmax(trays.section_cm2[own].round(6))])
            yield _too_full(trays, worst, len(own) - 1, cabling, hall)


def _too_full(trays: Trays, stretch: int, others: int, cabling: CablingSpec, hall: str) -> Problem:
    """RP354 for the fullest tray of a kind."""
    cables, unknown = int(trays.cables[stretch]), int(trays.unknown[stretch])
    section, fill = float(trays.section_cm2[stretch]), float(trays.fill[stretch])
    least = "at least " if unknown else ""
    width, depth = cabling.tray_mm
    where = f"hall '{hall}', " if hall else ""
    where += f"{trays.name(stretch)}, {_full_places(trays, stretch, cabling)}"
    message = (
        f"{where}: {show_count(cables)} cables take {least}{section:.1f} cm2, {fill:.0%} of a tray "
        f"of {width:g} x {depth:g} mm; the limit is {cabling.max_fill:.0%}"
    )
    if others:
        message += (
            f"; {show_count(others)} more {'trays are' if others > 1 else 'tray is'} too full"
        )
    hint = f"use 'tray_mm: [{needed_mm(section, cabling):g}, {depth:g}]', or trunks"
    path = ("cabling", "tray_mm")
    return Problem("RP354", message, hint, path, severity="warning")


def _full_places(trays: Trays, stretch: int, cabling: CablingSpec) -> str:
    """From where to where the tray of a stretch is too full."""
    same = (trays.hall == trays.hall[stretch]) & (trays.crosses == trays.crosses[stretch])
    same &= (trays.tray == trays.tray[stretch]) & (trays.fill > cabling.max_fill + _NEAR)
    place = trays.place[same]
    if trays.crosses[stretch]:
        return f"rows {place.min() + 1} to {place.max() + 2}"
    first, last = place.min() // 2 + 1, place.max() // 2 + 1
    return f"positions {first} to {last}" if last > first else f"position {first}"
