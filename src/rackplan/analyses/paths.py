"""Shortest paths of every fabric: how long, how many, how late, by what two end points share.

Pairs are of end points in one plane: host ports, or hosts where traffic passes through them. Pairs
of ports of one host are left out. Links count from host to host. Paths are counted over single
links, so each of two parallel links makes a path of its own.

The counts are exact: breadth-first search from every leaf or router, one of each class of twins
(see `rackplan.traffic.folding`). Networks too large for that are seen from one router of each
orbit of their symmetries, or from an even sample, and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.build import Plan
from rackplan.design import SizedFabric
from rackplan.fabric_graph import FabricGraph, plane_graph, planes_alike, rounded
from rackplan.tables import Array, Column, Result
from rackplan.traffic.folding import Folded, fold
from rackplan.traffic.pairs import SAME_GROUP, SAME_RAIL, SAME_UNIT, cells
from rackplan.traffic.shortest import How, Reach, reach, sources

FIBER_NS_PER_M = 4.9
"""Time of light in a meter of fiber, at a group index of 1.47. [ns]"""

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "pairs": Column("str", "", "what the two end points have in common"),
    "count": Column("int", "", "such pairs in one plane, each once"),
    "links_min": Column("int", "", "links between the nearest of them, with the host links"),
    "links_mean": Column("float", "", "mean over the pairs"),
    "links_max": Column("int", "", "links between the farthest; of all pairs: the diameter"),
    "switches_min": Column("float", "", "switches on the shortest path between the nearest"),
    "switches_mean": Column("float", "", "mean over the pairs"),
    "switches_max": Column("float", "", "switches between the farthest"),
    "paths_min": Column("int", "", "shortest paths of the pair that has the fewest"),
    "paths_max": Column("int", "", "shortest paths of the pair that has the most"),
    "latency_ns": Column("float", "ns", "mean time through the switches, and through cables of a "
                         "given length; one way, without load; empty when unknown"),
}  # fmt: skip


def paths(plan: Plan, meters_per_link: float | None = None) -> Result:
    """Shortest paths of every fabric: of all pairs of end points, then by kind of pair.

    Args:
        plan: the plan.
        meters_per_link: length of every cable, as long as cables have none of their own; without
            it their time is left out. [m]
    """
    rows: list[dict[str, object]] = []
    notes = [_latency_note(meters_per_link)]
    for fabric in plan.design.fabrics:
        graph = plane_graph(plan, fabric)
        if not len(graph.ends):
            continue
        tallies, told_apart, how = _tallied(graph)
        found = _rows(graph, tallies, meters_per_link, told_apart)
        rows += [row for row in found if row["count"]]
        notes += _notes(plan, fabric, how)
    title = "Shortest paths by fabric and kind of pair"
    return Result("paths", title, _COLUMNS, tuple(rows), tuple(notes))


def _latency_note(meters: float | None) -> str:
    cables = "the time in cables is left out, as they have no length yet"
    if meters is not None:
        cables = f"each link is {meters:g} m of fiber at {FIBER_NS_PER_M} ns/m"
    return (
        f"latency is one way and without load, by the catalog's figures of the switches; {cables}; "
        "network cards, modules and error correction outside the switches add to it"
    )


def _notes(plan: Plan, fabric: SizedFabric, how: How) -> Iterator[str]:
    if not planes_alike(plan, fabric):
        yield f"{fabric.name}: planes differ; the numbers are those of the first one"
    if how == "turns":
        yield (f"{fabric.name}: seen from one router of each orbit of its symmetries; means are "
               "those of routers with equal hosts, counts of pairs are rounded")  # fmt: skip
    if how == "sample":
        yield (f"{fabric.name}: seen from an even sample of places; means and counts are "
               "estimates, and the farthest pair may be farther")  # fmt: skip


TOGETHER = 8
"""Kind of the pairs on one vertex; smaller kinds are those of `rackplan.traffic.pairs`."""


class _Tallies:
    """What is known of the pairs of each kind; both orders of a pair count.

    Attributes:
        sums: pairs, their links, switches and nanoseconds; shape (4, kinds).
        least: fewest links, switches and paths; shape (3, kinds).
        most: most links, switches and paths; shape (3, kinds).
    """

    def __init__(self) -> None:
        """Start without pairs."""
        self.sums = np.zeros((4, TOGETHER + 1))
        self.least = np.full((3, TOGETHER + 1), np.inf)
        self.most = np.full((3, TOGETHER + 1), -np.inf)

    def add(self, kind: Array, pairs: Array, links: Array, through: Array, ways: Array) -> None:
        """Add pairs; the arrays have one shape, and `through` two such rows.

        Args:
            kind: what the pairs have in common.
            pairs: how many there are; none where there is no path.
            links: from end point to end point.
            through: switches, and the time in them. [ns]
            ways: shortest paths.
        """
        there = pairs > 0
        kind, pairs, links, ways = kind[there], pairs[there], links[there], ways[there]
        switches, delay = through[0][there], through[1][there]
        for row, each in enumerate((np.ones(len(pairs)), links, switches, delay)):
            self.sums[row] += np.bincount(kind, pairs * each, minlength=TOGETHER + 1)
        for row, each in enumerate((links, switches, ways)):
            np.minimum.at(self.least[row], kind, each)
            np.maximum.at(self.most[row], kind, each)


def _tallied(graph: FabricGraph) -> tuple[_Tallies, int, How]:
    folded = fold(graph)
    found = cells(graph, folded)
    delay = _delay(graph)[folded.first]
    switch = (graph.role < len(graph.roles) - 1)[folded.first].astype(np.float64)
    sending = np.bincount(found.node, found.ends, minlength=len(folded))
    chosen = sources(folded, sending)
    weight = chosen.weight(sending)
    tallies = _Tallies()
    for block in chosen.blocks(max(len(folded), len(found))):
        classes = chosen.classes[block]
        column = np.full(len(folded), -1)
        column[classes] = np.arange(len(classes))
        rows = np.flatnonzero(column[found.node] >= 0)
        seen = column[found.node[rows]]
        reached = reach(folded, classes, switch)
        timed = _timed(folded, classes, delay, reached)
        links, ways, switches, times = (
            array[:, seen].T[:, found.node] for array in (reached.links, reached.paths,
                                                          reached.cost, timed)
        )  # fmt: skip
        each = weight[block][seen][:, None]
        hosts = 0 if graph.relays else 2
        pairs = np.where(links < 0, 0, found.apart(rows) * each)
        tallies.add(found.kinds(rows), pairs, links + hosts, np.stack([switches, times]), ways)
        one = np.ones(pairs.shape)
        own = delay[found.node[rows]][:, None] * one
        tallies.add(np.full(pairs.shape, TOGETHER), found.together(rows) * each, one * hosts,
                    np.stack([one, own]), one)  # fmt: skip
    return tallies, found.told_apart(), chosen.how


def _delay(graph: FabricGraph) -> Array:
    """Time through every vertex by the catalog, not a number where unknown; (vertices,). [ns]"""
    known = [
        np.nan if latency is None else float(latency)
        for role in graph.roles[:-1]
        for latency in (graph.fabric.switches[role].latency_ns.value,)
    ]
    return np.array([*known, np.nan])[graph.role]


def _timed(folded: Folded, classes: Array, delay: Array, reached: Reach) -> Array:
    """Mean time in the switches of the shortest paths; shape (classes, sources). [ns]"""
    if np.any(np.isnan(delay)):
        return np.full(reached.links.shape, np.nan)
    return reach(folded, classes, delay).cost


def _rows(
    graph: FabricGraph, tallies: _Tallies, meters: float | None, told_apart: int
) -> Iterator[dict[str, object]]:
    """All pairs first, then the nearest kinds."""
    everything = np.ones(TOGETHER + 1, dtype=bool)
    yield _row(graph, "all", tallies, everything, meters)
    if told_apart or np.any(tallies.sums[0][TOGETHER]):
        for kind in range(TOGETHER, -1, -1):
            only = np.arange(TOGETHER + 1) == kind
            yield _row(graph, _words(graph, kind, told_apart), tallies, only, meters)


def _words(graph: FabricGraph, kind: int, told_apart: int) -> str:
    if kind == TOGETHER:
        roles = np.unique(graph.role[graph.ends.vertex])
        return f"same {graph.roles[roles[0]] if len(roles) == 1 else 'switch'}"
    group = "pod" if graph.is_tree else "group"
    words = [
        f"{'same' if kind & bit else 'other'} {word}"
        for word, bit in (("rail", SAME_RAIL), ("SU", SAME_UNIT), (group, SAME_GROUP))
        if told_apart & bit
    ]
    role = graph.roles[graph.role[graph.ends.vertex[0]]]
    return ", ".join(words) or f"other {role}"


def _row(
    graph: FabricGraph, pairs: str, tallies: _Tallies, kinds: Array, meters: float | None
) -> dict[str, object]:
    count, links, switches, delay = tallies.sums[:, kinds].sum(axis=1).tolist()
    least, most = tallies.least[:, kinds].min(axis=1), tallies.most[:, kinds].max(axis=1)
    if not count:
        return {"count": 0}
    latency = (delay + links * (meters or 0) * FIBER_NS_PER_M) / count
    return {
        "fabric": graph.fabric.name,
        "pairs": pairs,
        "count": round(count / 2),
        "links_min": int(least[0]),
        "links_mean": rounded(links / count),
        "links_max": int(most[0]),
        "switches_min": rounded(least[1]),
        "switches_mean": rounded(switches / count),
        "switches_max": rounded(most[1]),
        "paths_min": int(least[2]),
        "paths_max": int(most[2]),
        "latency_ns": None if np.isnan(latency) else rounded(latency),
    }
