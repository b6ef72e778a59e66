"""Loads of links under D-mod-K: of any flows, of shift permutations, of all to all.

The routes are those of `rackplan.traffic.ftree`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.tables import Array
from rackplan.traffic.ftree import Tree

MOST_ROUTES = 20_000_000
"""Leaf and destination pairs that are routed one by one where the tree is irregular."""
SHIFT_ROUTES = 3_000_000
"""Routes of all shifts that are tried."""


def shift(tree: Tree, step: int) -> tuple[Array, Array, float]:
    """Loads when end point i, in the order of the tree, sends to i + step, round all of them.

    Returns:
        Loads of the links between switches, up and down, both of shape (links,), and the traffic
        that finds no way. [Gb/s]
    """
    end = np.roll(np.arange(len(tree.leaf)), -step)
    return routed(tree, tree.leaf, end, np.minimum(tree.gbps, tree.gbps[end]))


def shifts(tree: Tree) -> list[int]:
    """The shifts to try: all of them, or powers of two, whole leaves and an even spread."""
    ends = len(tree.leaf)
    most = max(16, SHIFT_ROUTES // max(1, ends))
    if ends - 1 <= most:
        return list(range(1, ends))
    leaf = int(np.bincount(tree.leaf).max())
    powers = [1 << bit for bit in range(ends.bit_length() - 1)]
    leaves = [leaf * step for step in powers if leaf * step < ends]
    spread = [1 + number * (ends - 1) // most for number in range(most)]
    return sorted({*powers, *leaves, *spread, ends - 1})


@dataclass(frozen=True)
class Worst:
    """The shift permutation that loads a link most; of equal ones, the one with most traffic.

    Attributes:
        step: places that it shifts by; 0 where there is nothing to shift.
        load: load of its busiest link over the link's rate, all sending at line rate.
        tried: shifts that were tried.
        lost: whether some shift has traffic that finds no way.
    """

    step: int
    load: float
    tried: int
    lost: bool


def worst_shift(tree: Tree) -> Worst:
    """The worst of the shifts that are tried."""
    rate, steps, lost = tree.link_gbps(), shifts(tree), False
    most = (0.0, 0.0, 0)
    for step in steps:  # some dozens, or all of at most some thousand end points
        up, down, missing = shift(tree, step)
        lost |= missing > 0
        load = float((np.maximum(up, down) / rate).max(initial=0))
        most = max(most, (round(load, 9), float(up.sum()), step))
    return Worst(most[2], most[0], len(steps), lost)


def all_to_all(tree: Tree) -> tuple[Array, Array] | None:
    """Loads when every end point sends at line rate to all others alike, up and down. [Gb/s]

    They are exact: the destinations of each part of the tree are counted by the uplinks that they
    stand for. Irregular trees are routed leaf by leaf up to `MOST_ROUTES`, else None.
    """
    ends, rate = len(tree.leaf), tree.gbps
    if ends < 2:
        return np.zeros(tree.links), np.zeros(tree.links)
    found = _counted(tree)
    if found is None:
        leaves = np.unique(tree.leaf)
        if len(leaves) * ends > MOST_ROUTES:
            return None
        sending = np.bincount(tree.leaf, rate)
        found = np.zeros(tree.links), np.zeros(tree.links)
        for leaf in leaves.tolist():
            all_ends = np.arange(ends)
            parts = routed(tree, np.full(ends, leaf), all_ends, sending[leaf] * rate)
            found[0][:] += parts[0]
            found[1][:] += parts[1]
    scale = 1 / (rate.sum() * (1 - 1 / ends))
    return found[0] * scale, found[1] * scale


def _counted(tree: Tree) -> tuple[Array, Array] | None:
    """All-to-all loads by counting; None where the switches of a level differ.

    `kind` numbers the destinations by the logical uplinks that lead to them on all levels so far,
    and `entry` is the switch where traffic of a part of the tree for each kind arrives.
    """
    up, down = np.zeros(tree.links), np.zeros(tree.links)
    kind = np.zeros(len(tree.leaf), dtype=np.int64)
    entry = np.arange(len(tree.parts[0]))[:, None]
    for number, level in enumerate(tree.levels):
        ports = int(level.ports[0])
        if np.any(level.ports != ports):
            return None
        port = tree.place // level.divisor % ports
        kinds, kind = np.unique(kind * ports + port, return_inverse=True)
        switch = entry[:, kinds // ports] - level.first
        link, parent = (table[switch, kinds % ports] for table in (level.link, level.parent))
        part = tree.parts[number][tree.leaf]
        parts = int(tree.parts[number].max()) + 1
        sending = np.bincount(part, tree.gbps, minlength=parts)
        own = np.bincount(part * len(kinds) + kind, tree.gbps, minlength=parts * len(kinds))
        own = own.reshape(parts, len(kinds))
        load = sending[:, None] * (own.sum(axis=0) - own)
        up += np.bincount(link.ravel(), load.ravel(), minlength=tree.links)
        arriving = tree.gbps * (sending.sum() - sending[part])
        down += np.bincount(tree.way_link[number], arriving, minlength=tree.links)
        first = np.unique(tree.parts[number], return_index=True)[1]
        above = tree.parts[number + 1][first]
        entry = parent[np.unique(above, return_index=True)[1]]
        if not np.array_equal(entry[above], parent):
            return None
    return up, down


def routed(tree: Tree, leaf: Array, end: Array, traffic: Array) -> tuple[Array, Array, float]:
    """Loads of links between switches, up and down, and the traffic that finds no way.

    Args:
        tree: the tree.
        leaf: leaf that each flow comes from; shape (flows,).
        end: end point that it goes to; shape (flows,).
        traffic: how much it carries; shape (flows,).
    """
    up, down, lost = np.zeros(tree.links), np.zeros(tree.links), 0.0
    here = leaf
    for number, level in enumerate(tree.levels):
        part, above = tree.parts[number], tree.parts[number + 1]
        far = part[leaf] != part[tree.leaf[end]]
        leaf, end, traffic, here = leaf[far], end[far], traffic[far], here[far]
        link, here = level.hop(here, tree.place[end])
        up += np.bincount(link, traffic, minlength=tree.links)
        turn = np.flatnonzero(above[leaf] == above[tree.leaf[end]])
        link, found = _downward(tree, number, here[turn], end[turn])
        lost += float(traffic[turn[~found]].sum())
        turn, link = turn[found], link[found]
        for step in (link, *(tree.way_link[below][end[turn]] for below in range(number))):
            down += np.bincount(step, traffic[turn], minlength=tree.links)
    return up, down, lost


def _downward(tree: Tree, number: int, here: Array, end: Array) -> tuple[Array, Array]:
    """The first link down from where a flow turns to the destination's way, and if there is one."""
    link = tree.way_link[number][end].copy()
    found = np.ones(len(link), dtype=bool)
    missed = np.flatnonzero(here != tree.way[number + 1][end])
    if len(missed):
        graph, size, level = tree.graph, len(tree.graph), tree.levels[number]
        keys = graph.lower.astype(np.int64) * size + graph.upper
        order = np.argsort(keys)
        wanted = tree.way[number][end[missed]] * size + here[missed]
        pair = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
        found[missed] = keys[pair] == wanted
        which = tree.place[end[missed]] // (level.divisor * level.width) % graph.links[pair]
        link[missed] = (np.cumsum(graph.links) - graph.links)[pair] + which
    return link, found


def obstacles(tree: Tree) -> list[str]:
    """What keeps D-mod-K from being free of contention for all shifts, by Zahavi's conditions."""
    found = []
    held = np.bincount(tree.leaf, minlength=len(tree.parts[0]))
    groups = [np.bincount(parts) for parts in tree.parts[1:]]
    if np.ptp(held) or any(np.ptp(leaves) for leaves in groups):
        found.append("holes: leaves or groups of the tree differ in their end points")
    graph = tree.graph
    bundles = [graph.links[graph.tier == tier] for tier in np.unique(graph.tier)]
    if any(np.ptp(links) for links in bundles) or any(np.ptp(one.ports) for one in tree.levels):
        found.append("uneven bundles")
    if np.ptp(tree.gbps):
        found.append("end points of different rates")
    if _oversubscribed(tree):
        found.append("oversubscription")
    return found


def _oversubscribed(tree: Tree) -> bool:
    """Whether some switch has more bandwidth below it than above it."""
    graph, size = tree.graph, len(tree.graph)
    rate = graph.links * graph.gbps
    below = graph.sending + np.bincount(graph.upper, rate, minlength=size)
    above = np.bincount(graph.lower, rate, minlength=size)
    return bool(np.any(below > above, where=graph.role < len(tree.levels)))
