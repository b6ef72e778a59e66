"""D-mod-K: static routes of fat trees by destination, on the real port map.

The places of the end points are numbered leaf after leaf in the order of the tree. The places of a
leaf are rounded up to a multiple of its uplinks, and one that nothing is plugged into keeps its
number. A switch of level l (0: leaves) sends to place t over its logical uplink

    q = (t div (w_1 w_2 ... w_l)) mod (number of its uplinks)

where w_i is how many switches a switch of level i - 1 is joined to above it. Logical uplinks go
round the parents: one link to each, then the second of each bundle, and so on. The way down is the
one that the destination's own leaf takes up; where the bundles are unequal the two may miss each
other by one switch, and the last step is then over the link between them.

Where bundles are constant, no place is empty and every level has full bandwidth, no shift
permutation puts two flows on a link. Reference: E. Zahavi, "D-Mod-K Routing Providing Non-Blocking
Traffic for Shift Permutations on Real Life Fat Trees", Technion CCIT Report 776, 2010.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.fabric_graph import FabricGraph
from rackplan.tables import Array


@dataclass(frozen=True)
class Level:
    """The uplinks of the switches of one level.

    Attributes:
        first: vertex of its first switch.
        ports: uplinks of every switch; shape (switches,).
        link: the link behind every logical uplink, -1 where there is none; shape (switches, most
            uplinks).
        parent: the vertex behind it; shape as `link`.
        divisor: w_1 w_2 ... w_l.
        width: w_(l+1).
    """

    first: int
    ports: Array
    link: Array
    parent: Array
    divisor: int
    width: int

    def hop(self, vertex: Array, place: Array) -> tuple[Array, Array]:
        """Link and vertex that a switch of the level takes up towards a place."""
        switch = vertex - self.first
        port = place // self.divisor % self.ports[switch]
        return self.link[switch, port], self.parent[switch, port]


@dataclass(frozen=True)
class Tree:
    """A fat tree, and the way up that the leaf of each end point takes to it.

    End points are in the order of the tree. Links between switches are numbered pair by pair, as
    the pairs of the graph stand.

    Attributes:
        graph: the plane.
        levels: the levels with uplinks, from the leaves up.
        parts: part of the tree that a leaf is in when only the switches up to a level count;
            shape (levels + 1, leaves).
        leaf: leaf of every end point; shape (end points,).
        place: number of its place; shape (end points,).
        gbps: its rate; shape (end points,). [Gb/s]
        way: vertices of its way, from the leaf on; shape (levels + 1, end points).
        way_link: links of its way; shape (levels, end points).
    """

    graph: FabricGraph
    levels: tuple[Level, ...]
    parts: Array
    leaf: Array
    place: Array
    gbps: Array
    way: Array
    way_link: Array

    @property
    def links(self) -> int:
        """Links between switches."""
        return int(self.graph.links.sum())

    def link_gbps(self) -> Array:
        """Rate of every link between switches, one direction; shape (links,). [Gb/s]"""
        return np.repeat(self.graph.gbps, self.graph.links)


def tree_of(graph: FabricGraph) -> Tree | None:
    """The routes of a fat tree; None where the plane is no tree or its hosts are not on leaves."""
    if not graph.is_tree or np.any(graph.role[graph.ends.vertex] != 0):
        return None
    levels = _levels(graph)
    if any(np.any(level.ports == 0) for level in levels):
        return None
    parts = _parts(graph, len(levels))
    order = np.lexsort(parts)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    end = np.argsort(rank[graph.ends.vertex], kind="stable")
    leaf = graph.ends.vertex[end]
    place = _places(rank[leaf], int(levels[0].ports.max()) if levels else 1)
    way, way_link = [leaf], []
    for level in levels:
        link, parent = level.hop(way[-1], place)
        way_link.append(link)
        way.append(parent)
    hops = np.array(way_link, dtype=np.int64).reshape(len(levels), len(leaf))
    return Tree(graph, levels, parts, leaf, place, graph.ends.gbps[end], np.array(way), hops)


def _levels(graph: FabricGraph) -> tuple[Level, ...]:
    """The uplinks of each level, the parents of every switch in turn."""
    pair = np.repeat(np.arange(len(graph.links)), graph.links)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(graph.links) - graph.links, graph.links)
    low, high = graph.lower[pair], graph.upper[pair]
    levels, divisor = [], 1
    for role in range(int(graph.role.max(initial=0))):
        switch = np.flatnonzero(graph.role == role)
        mine = np.flatnonzero(graph.role[low] == role)
        mine = mine[np.lexsort((high[mine], within[mine], low[mine]))]
        row = low[mine] - switch[0]
        ports = np.bincount(row, minlength=len(switch))
        column = np.arange(len(mine)) - np.repeat(np.cumsum(ports) - ports, ports)
        link = np.full((len(switch), int(ports.max())), -1)
        parent = link.copy()
        link[row, column], parent[row, column] = mine, high[mine]
        width = int(np.bincount(row[within[mine] == 0]).max())
        levels.append(Level(int(switch[0]), ports, link, parent, divisor, width))
        divisor *= width
    return tuple(levels)


def _parts(graph: FabricGraph, levels: int) -> Array:
    """Connected parts of the tree up to each level, by leaf; shape (levels + 1, leaves)."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    leaves, size = int((graph.role == 0).sum()), len(graph)
    parts = [np.arange(leaves)]
    for level in range(1, levels + 1):
        keep = graph.role[graph.upper] <= level
        joined = (np.ones(int(keep.sum())), (graph.lower[keep], graph.upper[keep]))
        matrix = sp.coo_array(joined, shape=(size, size)).tocsr()
        label = connected_components(matrix, directed=False)[1][:leaves]
        parts.append(np.unique(label, return_inverse=True)[1])
    return np.array(parts)


def _places(leaf: Array, uplinks: int) -> Array:
    """Places of end points that stand leaf by leaf; `leaf` counts the leaves of the tree."""
    held = np.bincount(leaf)
    most = int(held.max(initial=0))
    first = np.cumsum(held) - held
    return leaf * (-(-most // uplinks) * uplinks) + np.arange(len(leaf)) - first[leaf]
