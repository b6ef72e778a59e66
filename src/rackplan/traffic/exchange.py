"""Even cuts made worse by exchanging one member of each side as long as that narrows them.

Reference for the kind of search: B. Kernighan and S. Lin, "An Efficient Heuristic Procedure for
Partitioning Graphs", Bell System Technical Journal 49, 1970; here only exchanges are made that
narrow the cut, so the result is a local minimum.
"""

from __future__ import annotations

import numpy as np

from rackplan.fabric_graph import FabricGraph, adjacency
from rackplan.tables import Array

TRIED = 32
"""Vertices on each side that an exchange is chosen from."""
WORK = 50_000_000
"""Pairs of parts times switches above them that an exchange is chosen from."""


def exchanged_vertices(graph: FabricGraph, first: Array) -> Array:
    """The vertices of a half after exchanges with equal hosts; the links cut count.

    Args:
        graph: the plane, whose matrix of vertices must not be too large.
        first: share of each end point in the half; shape (end points,).

    Returns:
        Which vertices the half takes; shape (vertices,).
    """
    ends, size, sending = graph.ends, len(graph), graph.sending
    rate = adjacency(graph, graph.links * graph.gbps).toarray()
    held = np.bincount(ends.vertex, first, minlength=size)
    side = np.where(2 * held > np.bincount(ends.vertex, minlength=size), 1.0, -1.0)
    pull = rate @ side
    while True:  # ends, as every round makes the cut narrower
        gain = -side * pull
        here, there = (_most(np.where(side == own, gain, -np.inf)) for own in (1.0, -1.0))
        gains = gain[here, None] + gain[None, there] - 2 * rate[np.ix_(here, there)]
        gains[sending[here, None] != sending[None, there]] = 0
        if gains.max(initial=0) <= 0:
            return np.asarray(side > 0)
        row, column = np.unravel_index(int(gains.argmax()), gains.shape)
        one, other = here[row], there[column]
        side[one], side[other] = -1, 1
        pull += 2 * (rate[:, other] - rate[:, one])


def _most(gain: Array) -> Array:
    """Where the greatest gains are, without those that are not there."""
    order = np.argsort(-gain, kind="stable")[:TRIED]
    return order[np.isfinite(gain[order])]


def exchanged_parts(rate: Array, ours: Array, size: Array) -> Array | None:
    """The parts of a half after exchanges of equal parts that meet only in switches above them.

    A switch above passes on the less of what the two sides have to it.

    Args:
        rate: bandwidth from every part to every switch above; shape (parts, switches).
        ours: which parts the half takes; shape (parts,).
        size: end points of every part; shape (parts,).

    Returns:
        As `ours`; None where there are too many parts and switches to try.
    """
    columns, count = np.unique(rate, axis=1, return_counts=True)
    if len(size) ** 2 * columns.shape[1] > WORK:
        return None
    total = columns.sum(axis=0)
    ours = ours.copy()
    cut = float(np.minimum(columns[ours].sum(axis=0), columns[~ours].sum(axis=0)) @ count)
    while True:  # ends, as every round makes the cut narrower
        here, there = np.flatnonzero(ours), np.flatnonzero(~ours)
        held = columns[ours].sum(axis=0)
        after = held - columns[here][:, None, :] + columns[there][None, :, :]
        cuts = np.minimum(after, total - after) @ count
        cuts[size[here, None] != size[None, there]] = np.inf
        if cuts.min(initial=np.inf) >= cut:
            return ours
        row, column = np.unravel_index(int(cuts.argmin()), cuts.shape)
        ours[here[row]], ours[there[column]] = False, True
        cut = float(cuts[row, column])
