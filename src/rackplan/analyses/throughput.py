"""What every fabric carries when all send to all, and what hashing leaves of its uplinks.

All-to-all: each of N host ports sends at line rate to all others alike, also to those of its own
host. Switches split what they have for a destination evenly over their links on shortest paths. If
the busiest link then has to carry x times its rate, every host port gets 1/x of line rate, and all
of it where x is at most 1. In a full tree x = (N - d) / (N - 1) for d host ports on a leaf.

Hashing: a leaf has n uplinks, and n flows of line rate choose one each at random, as with ECMP.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.build import Plan
from rackplan.design import SizedFabric
from rackplan.fabric_graph import FabricGraph, plane_graph, planes_alike, rounded
from rackplan.tables import Column, Result
from rackplan.traffic.cuts import plain_cuts
from rackplan.traffic.folding import fold
from rackplan.traffic.hashing import hashed
from rackplan.traffic.sharing import all_to_all
from rackplan.traffic.shortest import How

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "ends": Column("int", "", "host ports of a plane; hosts, where traffic passes through them"),
    "all_to_all": Column("float", "", "share of line rate that each gets when all send to all, "
                         "evenly split over shortest paths"),
    "limit": Column("float", "", "share that no routing can exceed, by the length of the paths "
                    "and the halves of the hosts"),
    "busiest_link": Column("float", "", "load of the busiest link between switches over its rate, "
                           "all sending to all at line rate"),
    "uplinks": Column("int", "", "uplinks of a leaf; empty where no switch stands above another"),
    "hashed_flows": Column("float", "", "flows on the fullest uplink when as many flows as "
                           "uplinks choose one at random, on average"),
    "hashed_slowest": Column("float", "", "share of line rate that a flow on the fullest gets"),
    "hashed_idle": Column("float", "", "share of the uplinks that no flow chooses, on average"),
}  # fmt: skip


def throughput(plan: Plan) -> Result:
    """All-to-all throughput and hashed flows of every fabric; planes are equal copies."""
    rows, notes = [], list[str]()
    for fabric in plan.design.fabrics:
        graph = plane_graph(plan, fabric)
        if not len(graph.ends):
            continue
        shared, how = _shared(graph)
        ends = {"fabric": fabric.name, "ends": len(graph.ends)}
        rows.append({**ends, **shared, **_hashed(graph)})
        notes += _notes(plan, fabric, how)
    title = "Throughput of all to all, and of hashed flows"
    return Result("throughput", title, _COLUMNS, tuple(rows), tuple(notes))


def _notes(plan: Plan, fabric: SizedFabric, how: How) -> Iterator[str]:
    if not planes_alike(plan, fabric):
        yield f"{fabric.name}: planes differ; the numbers are those of the first one"
    if how == "turns":
        yield f"{fabric.name}: every switch counts with as many hosts as the fullest has"
    if how == "sample":
        yield f"{fabric.name}: too large for the loads of single links; the limit is an estimate"


def _shared(graph: FabricGraph) -> tuple[dict[str, object], How]:
    """All to all, evenly split, and what bounds every routing.

    What is sent, times the links that it crosses at least, must fit into all links together. Across
    an even cut goes a fourth of all that is sent, each way, times N / (N - 1).
    """
    folded, ends = fold(graph), len(graph.ends)
    loads = all_to_all(folded, graph.sending, ends)
    links = folded.links * folded.size[folded.tail] * folded.size[folded.head]
    used = float((loads.mean * links).sum())
    limits = [1.0, float((links * folded.gbps).sum()) / used if used else 1.0]
    if ends > 1:
        across = float(graph.ends.gbps.sum()) / 4 / (1 - 1 / ends)
        limits += [cut.gbps / across for cut in plain_cuts(graph)]
    busiest = float((loads.most / folded.gbps).max(initial=0))
    known = loads.how != "sample"
    return {
        "all_to_all": rounded(1 / max(1.0, busiest)) if known else None,
        "limit": rounded(min(limits)),
        "busiest_link": rounded(busiest) if known else None,
    }, loads.how


def _hashed(graph: FabricGraph) -> dict[str, object]:
    """As many flows as a leaf has uplinks, each on one of them."""
    upward = (graph.role[graph.lower] < graph.role[graph.upper]) & (graph.sending[graph.lower] > 0)
    ports = np.bincount(graph.lower[upward], graph.links[upward])
    uplinks = 0 if graph.relays else int(ports.max(initial=0))
    found = hashed(uplinks) if uplinks else None
    return {
        "uplinks": uplinks or None,
        "hashed_flows": rounded(found.most) if found else None,
        "hashed_slowest": rounded(found.slowest) if found else None,
        "hashed_idle": rounded(found.idle) if found else None,
    }
