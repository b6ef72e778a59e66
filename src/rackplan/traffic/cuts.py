"""Bandwidth across even cuts of the hosts, by maximum flow on the real port map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rackplan.fabric_graph import FabricGraph
from rackplan.tables import Array
from rackplan.traffic.exchange import exchanged_parts, exchanged_vertices
from rackplan.traffic.folding import fold
from rackplan.wiring import divisors

SEED = 20_100_803
"""Of the pseudo-random halves; fixed, so that the same plan gives the same numbers."""
RANDOM_HALVES = 16
"""Pseudo-random halves that are tried on fabrics of moderate size."""
STRIPES = 8
"""Widths of stripes that are tried, the widest first."""
WORK = 2_000_000
"""Joined pairs times pseudo-random halves that are worked through."""
MOST_EXCHANGED = 1_000
"""Vertices of the largest network whose cuts are improved by exchanges."""

STARTS = 4
"""Halves of a tree that exchanges start from."""

Half: TypeAlias = tuple[str, Array]
"""How the end points are halved, and the share of each that is in the first half (ends,)."""


@dataclass(frozen=True)
class Cut:
    """Half of the end points against the other half.

    Attributes:
        name: how they were halved.
        gbps: the most that one half can send to the other, one direction. [Gb/s]
        full_gbps: what the end points of the weaker half send together. [Gb/s]
    """

    name: str
    gbps: float
    full_gbps: float

    @property
    def share(self) -> float:
        """Share of full bisection."""
        return self.gbps / self.full_gbps if self.full_gbps else 1.0


def cuts(graph: FabricGraph) -> list[Cut]:
    """The most that can flow across even cuts of several kinds; see `halves`."""
    return [_across(graph, *half) for half in halves(graph)]


def plain_cuts(graph: FabricGraph) -> list[Cut]:
    """The most that can flow from the first half of the hosts, and of the parts, to the second."""
    return [_across(graph, *half) for half in _plain_halves(graph)]


def halves(graph: FabricGraph) -> list[Half]:
    """Even cuts. Of an end point in the middle, each side has a part.

    Hosts and parts are halved as they stand; parts also alternately and at random. Where the
    fabric is no tree, hosts and switches are halved in stripes, which cuts each dimension of a
    lattice. Halves of small networks that are no trees, and of trees with unequal bundles, are
    then made worse by exchanges.
    """
    ends, parts = graph.ends, _name(graph)
    number = _part(graph)
    count = int(number.max(initial=-1)) + 1
    found = _plain_halves(graph)
    if count > 1:
        alternately = _half(graph, number % 2 * count + number)
        found.append((f"every other of the {parts}", alternately))
        random = np.random.Generator(np.random.PCG64(SEED))
        for trial in range(1, _trials(graph) + 1):
            half = _half(graph, random.permutation(count)[number])
            found.append((f"pseudo-random half {trial} of the {parts}", half))
    if graph.is_tree:
        return found + _exchanged_parts(graph, number, found)
    host = np.unique(ends.host, return_inverse=True)[1]
    found += _stripes(graph, "hosts", host, int(host.max(initial=-1)) + 1)
    switches = int((graph.role < len(graph.roles) - 1).sum())
    found += _stripes(graph, "switches", ends.vertex, switches)
    if len(graph) > MOST_EXCHANGED:
        return found
    return found + [
        (f"{name}, made worse by exchanges", _by_vertex(graph, exchanged_vertices(graph, first)))
        for name, first in found
    ]


def _plain_halves(graph: FabricGraph) -> list[Half]:
    return [
        ("first half of the hosts", _half(graph, graph.ends.host)),
        (f"first half of the {_name(graph)}", _half(graph, _part(graph))),
    ]


def _name(graph: FabricGraph) -> str:
    """What the parts of a fabric are called that a cut keeps whole."""
    if len(np.unique(graph.group[graph.ends.vertex])) > 1:
        return "pods" if graph.is_tree else "groups"
    name = graph.roles[graph.role[graph.ends.vertex[0]]]
    return "leaves" if name == "leaf" else f"{name}s"


def _part(graph: FabricGraph) -> Array:
    """The group of each end point, or its vertex where there is one group; from 0."""
    group = graph.group[graph.ends.vertex]
    part = group if len(np.unique(group)) > 1 else graph.ends.vertex
    return np.asarray(np.unique(part, return_inverse=True)[1])


def _trials(graph: FabricGraph) -> int:
    """Pseudo-random halves to try."""
    pairs = len(graph) if graph.is_tree else len(graph.lower)
    return max(2, min(RANDOM_HALVES, WORK // max(1, pairs)))


def _half(graph: FabricGraph, key: Array) -> Array:
    """The share of each end point in the half that comes first by a key; shape (end points,).

    Both halves send alike; of end points with equal keys those that stand first come first.
    """
    order = np.argsort(key, kind="stable")
    gbps = graph.ends.gbps[order]
    before = np.cumsum(gbps) - gbps
    share = np.empty(len(key))
    share[order] = np.clip((gbps.sum() / 2 - before) / gbps, 0, 1)
    return share


def _by_vertex(graph: FabricGraph, first: Array) -> Array:
    """The half that takes the end points of some vertices first; shape (end points,)."""
    at = graph.ends.vertex
    return _half(graph, np.where(first[at], 0, len(graph)) + at)


def _stripes(graph: FabricGraph, what: str, number: Array, count: int) -> list[Half]:
    """Every other stripe of so many neighbours, for widths that leave two equal halves."""
    widths = [width for width in divisors(count) if count // width % 2 == 0] if count > 1 else []
    return [
        (f"stripes of {width:,} {what}", _half(graph, number // width % 2 * count + number))
        for width in sorted(widths, reverse=True)[1 : STRIPES + 1]
    ]


def _exchanged_parts(graph: FabricGraph, number: Array, found: list[Half]) -> list[Half]:
    """Halves of a tree with unequal bundles at the top, made worse by exchanging parts."""
    top = np.flatnonzero(graph.role[graph.upper] == graph.role.max(initial=0))
    if not len(top) or not np.ptp(graph.links[top]):
        return []
    part_of = np.full(len(graph), -1)
    part_of[graph.ends.vertex] = number
    if len(np.unique(graph.group[graph.ends.vertex])) > 1:
        group, first = np.unique(graph.group[graph.ends.vertex], return_index=True)
        at = np.minimum(np.searchsorted(group, graph.group), len(group) - 1)
        part_of = np.where(group[at] == graph.group, number[first[at]], -1)
    top = top[part_of[graph.lower[top]] >= 0]
    rate = np.zeros((int(number.max()) + 1, len(graph)))
    np.add.at(rate, (part_of[graph.lower[top]], graph.upper[top]), (graph.links * graph.gbps)[top])
    size = np.bincount(number)
    worse = []
    for name, first_half in found[:STARTS]:
        ours = np.bincount(number, first_half) * 2 > size
        side = exchanged_parts(rate, ours, size)
        if side is not None:
            order = np.where(side, 0, len(size)) + np.arange(len(size))
            worse.append((f"{name}, made worse by exchanges", _half(graph, order[number])))
    return worse


def _across(graph: FabricGraph, name: str, first: Array) -> Cut:
    """The maximum flow from one half to the other.

    Twins with equal hosts on each side of the cut are one node: some maximum flow uses them alike.
    Rates are whole numbers of Mb/s.
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import maximum_flow

    ends, size = graph.ends, len(graph)
    sides = np.column_stack([
        np.bincount(ends.vertex, ends.gbps * share, minlength=size) for share in (first, 1 - first)
    ])  # fmt: skip
    folded = fold(graph, sides)
    at = np.rint(sides[folded.first] * 1000).astype(np.int64) * folded.size[:, None]
    pairs = folded.size[folded.tail] * folded.size[folded.head] * folded.links
    between = pairs * np.rint(folded.gbps * 1000).astype(np.int64)
    full = int(at.sum(axis=0).min())
    unit = max(1, int(np.gcd.reduce(np.concatenate([between, at.ravel()]), initial=0)))
    source, sink = len(folded), len(folded) + 1
    number = np.arange(len(folded))
    tail = np.concatenate([folded.tail, np.full(len(folded), source), number])
    head = np.concatenate([folded.head, number, np.full(len(folded), sink)])
    capacity = np.minimum(np.concatenate([between, at[:, 0], at[:, 1]]), at.sum()) // unit
    matrix = sp.coo_array((capacity.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1))
    flow = maximum_flow(matrix.tocsr(), source, sink).flow_value
    return Cut(name, float(flow) * unit / 1000, full / 1000)
