"""How traffic falls on the links between switches, tier by tier.

`split evenly` is what every switch does that splits what it has for a destination evenly over its
links on shortest paths; `D-mod-K` is the static routing of fat trees (see
`rackplan.traffic.ftree`). All end points of a plane send at line rate: to all others alike, or each
to the one that is so many places further in the order of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.build import Plan
from rackplan.fabric_graph import FabricGraph, plane_graph, rounded
from rackplan.tables import Array, Column, Result
from rackplan.traffic import dmodk, sharing
from rackplan.traffic.folding import fold
from rackplan.traffic.ftree import Tree, tree_of

Row = dict[str, object]

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "traffic": Column("str", "", "who sends to whom, and how it is routed"),
    "tier": Column("str", "", "tier of the links"),
    "direction": Column("str", "", "up or down; both between switches of one role"),
    "links": Column("int", "", "links of the tier in one plane"),
    "gbps": Column("float", "Gb/s", "rate of a link, one direction"),
    "mean_load": Column("float", "", "mean load over the rate"),
    "most_load": Column("float", "", "load of the busiest link over its rate; above 1 flows slow "
                        "down"),
    "idle": Column("float", "", "share of the links without traffic; empty where not counted"),
}  # fmt: skip


def loads(plan: Plan) -> Result:
    """Link loads of every fabric, from all to all and, in fat trees, for shifts."""
    rows: list[Row] = []
    notes = [
        "hosts send at line rate; links to hosts carry exactly that and are left out",
        "pairs of one host count as others do",
    ]
    for fabric in plan.design.fabrics:
        graph = plane_graph(plan, fabric)
        if not len(graph.lower) or not len(graph.ends):
            continue
        rows += _split(graph)
        tree = tree_of(graph)
        if tree is not None:
            rows += _routed(graph, tree)
    return Result("loads", "Loads of links between switches", _COLUMNS, tuple(rows), tuple(notes))


def _split(graph: FabricGraph) -> Iterator[Row]:
    """All to all, split evenly."""
    folded = fold(graph)
    found = sharing.all_to_all(folded, graph.sending, len(graph.ends))
    links = folded.links * folded.size[folded.tail] * folded.size[folded.head]
    role = graph.role[folded.first]
    level = role[folded.tail] == role[folded.head]
    most = found.most if found.how != "sample" else np.full(len(links), np.nan)
    for tier in np.unique(folded.tier).tolist():
        for direction, way in (("both", level), ("up", ~level & folded.up),
                               ("down", ~level & ~folded.up)):  # fmt: skip
            arcs = np.flatnonzero(way & (folded.tier == tier))
            if len(arcs):
                yield _row(graph, "all to all, split evenly", tier, direction,
                           found.mean[arcs], most[arcs], links[arcs])  # fmt: skip


def _routed(graph: FabricGraph, tree: Tree) -> Iterator[Row]:
    """All to all and two shifts, by D-mod-K."""
    everyone = dmodk.all_to_all(tree)
    if everyone is not None:
        yield from _both_ways(graph, "all to all, D-mod-K", *everyone)
    worst = dmodk.worst_shift(tree)
    if not worst.step:
        return
    name = f"worst of {worst.tried:,} shifts, by {worst.step:,}"
    for step, what in ((1, "shift by 1"), (worst.step, name)):
        yield from _both_ways(graph, f"{what}, D-mod-K", *dmodk.shift(tree, step)[:2])


def _both_ways(graph: FabricGraph, traffic: str, up: Array, down: Array) -> Iterator[Row]:
    tiers = np.repeat(graph.tier, graph.links)
    for tier in np.unique(tiers).tolist():
        mine = tiers == tier
        for direction, load in (("up", up[mine]), ("down", down[mine])):
            yield _row(graph, traffic, tier, direction, load, load, np.ones(len(load)))


def _row(
    graph: FabricGraph, traffic: str, tier: int, direction: str, mean: Array, most: Array,
    links: Array,
) -> Row:  # fmt: skip
    size = graph.fabric.size.links[tier]
    busiest = float(most.max()) / size.gbps
    each = direction != "both"
    return {
        "fabric": graph.fabric.name,
        "traffic": traffic,
        "tier": size.name,
        "direction": direction,
        "links": int(links.sum()) if each else int(links.sum()) // 2,
        "gbps": size.gbps,
        "mean_load": rounded(mean @ links / links.sum() / size.gbps),
        "most_load": None if np.isnan(busiest) else rounded(busiest),
        "idle": rounded((mean == 0) @ links / links.sum()),
    }
