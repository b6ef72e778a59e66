"""Which free position each rack of switches takes, so that cables are short.

Cable length is the sum over pairs of racks of cables times way. Racks of computers keep their
order; those of switches are moved among the positions reserved for them. They start near the middle
of what they serve. Then, with all others fixed, the best places of the racks of one level (leaves,
spines, cores) are a linear assignment, which is solved exactly (Crouse 2016, by way of
`scipy.optimize.linear_sum_assignment`); levels take turns until nothing gets shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rackplan.tables import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MAX_CELLS = 20_000_000
"""Cells of the largest matrix of ways; above it racks keep the order of what they serve."""
MAX_ROUNDS = 8


@dataclass(frozen=True)
class Pulls:
    """Cables between racks: one row a pair, both racks different.

    Attributes:
        a: rack at one end; shape (pairs,).
        b: rack at the other end.
        cables: links between the two.
    """

    a: Array
    b: Array
    cables: Array

    def metres(self, way: Array) -> float:
        """Horizontal metres of all cables, for the way of each pair; unknown ways left out."""
        return float(np.nansum(self.cables * way))


def between(a: Array, b: Array, racks: int) -> Pulls:
    """Links counted by pair of racks; those within a rack or with an end in none are left out."""
    apart = (a >= 0) & (b >= 0) & (a != b)
    low = np.minimum(a[apart], b[apart]).astype(np.int64)
    high = np.maximum(a[apart], b[apart]).astype(np.int64)
    key, cables = np.unique(low * racks + high, return_counts=True)
    return Pulls(key // racks, key % racks, cables)


def assign(
    moving: Array, level: Array, slots: tuple[Array, Array], at: tuple[Array, Array], pulls: Pulls
) -> Array:
    """The slot of each rack of switches of one hall.

    Args:
        moving: their rack rows; shape (n,).
        level: level of each, from 0 at the hosts; shape (n,).
        slots: x and y of at least n free positions; shape (slots,).
        at: x and y of all racks, nan for those elsewhere; the first n slots are taken at first.
        pulls: cables between racks.

    Returns:
        Slot of each, shape (n,); all different.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_array

    count, racks = len(moving), len(at[0])
    chosen = np.arange(count)
    if not count or racks * len(slots[0]) > MAX_CELLS:
        return chosen
    x, y = at[0].copy(), at[1].copy()
    both = np.concatenate([pulls.a, pulls.b]), np.concatenate([pulls.b, pulls.a])
    weight = coo_array((np.tile(pulls.cables.astype(np.float64), 2), both),
                       shape=(racks, racks)).tocsr()[moving]  # fmt: skip

    def put(slot: Array) -> float:
        x[moving], y[moving] = slots[0][slot], slots[1][slot]
        way = np.abs(x[pulls.a] - x[pulls.b]) + np.abs(y[pulls.a] - y[pulls.b])
        return pulls.metres(way)

    middles = _middles(moving, level, at, weight)
    rows, columns = linear_sum_assignment(weight.sum(axis=1)[:, None] * _way(middles, slots))
    start = np.empty(count, dtype=np.int64)
    start[rows] = columns
    found = []
    for first in (start, chosen):
        best, slot = put(first), first
        for _ in range(MAX_ROUNDS):
            before = best
            for one in [None, *np.unique(level).tolist()]:
                own = np.arange(count) if one is None else np.flatnonzero(level == one)
                tried = slot.copy()
                tried[own] = _best(weight[own] @ np.nan_to_num(_way((x, y), slots)), slot, own)
                metres = put(tried)
                if metres < best - 1e-6:
                    best, slot = metres, tried
                else:
                    put(slot)
            if best >= before - 1e-6:
                break
        found.append((best, slot))
    return min(found, key=lambda one: one[0])[1]


def _best(cost: Array, slot: Array, own: Array) -> Array:
    """Slots of some racks for the least cost, those of all others left to them.

    Args:
        cost: cost of each slot for each of them; shape (own, slots).
        slot: slots of all racks.
        own: which racks are moved.
    """
    from scipy.optimize import linear_sum_assignment

    free = np.ones(cost.shape[1], dtype=bool)
    free[np.delete(slot, own)] = False
    places = np.flatnonzero(free)
    row, column = linear_sum_assignment(cost[:, places])
    chosen = np.empty(len(own), dtype=np.int64)
    chosen[row] = places[column]
    return chosen


def _way(at: tuple[Array, Array], slots: tuple[Array, Array]) -> Array:
    """Way from places to slots, shape (places, slots). [m]"""
    return np.asarray(np.abs(at[0][:, None] - slots[0]) + np.abs(at[1][:, None] - slots[1]))


def _middles(
    moving: Array, level: Array, at: tuple[Array, Array], weight: csr_array
) -> tuple[Array, Array]:
    """The mean place of what each rack of switches is cabled to below it, level after level."""
    x, y = at[0].copy(), at[1].copy()
    x[moving], y[moving] = np.nan, np.nan
    everywhere = np.nanmean(at[0]), np.nanmean(at[1])
    for one in np.unique(level).tolist():
        own = np.flatnonzero(level == one)
        known = ~np.isnan(x)
        total = weight[own] @ known.astype(np.float64)
        for column, middle in zip((x, y), everywhere, strict=True):
            mean = weight[own] @ np.nan_to_num(column) / np.maximum(total, 1e-9)
            column[moving[own]] = np.where(total > 0, mean, middle)
    return np.asarray(x[moving]), np.asarray(y[moving])
