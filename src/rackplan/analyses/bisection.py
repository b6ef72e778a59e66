"""Bandwidth across the middle of every fabric, by formula and by maximum flow on the port map.

Both count ONE direction. The flow is that of even cuts of the host ports of several kinds (see
`rackplan.traffic.cuts`): it is exact for each of them, and the least is reported. Finding the worst
of all even cuts is a hard problem, so a weaker one may exist.
"""

from __future__ import annotations

from rackplan.build import Plan
from rackplan.design import SizedFabric
from rackplan.fabric_graph import FabricGraph, plane_graph, planes_alike, rounded
from rackplan.tables import Column, Result
from rackplan.traffic.cuts import cuts

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "switches": Column("int", "", "switches of all planes"),
    "injection_tbps": Column("float", "Tb/s", "what all host ports send together, ONE way"),
    "bisection_tbps": Column("float", "Tb/s", "the most that half of the host ports can send to "
                             "the other half, ONE way: the least over the even cuts that were "
                             "tried, by maximum flow on the port map"),
    "share": Column("float", "", "that over full bisection, which is half of what all host ports "
                    "send"),
    "formula_tbps": Column("float", "Tb/s", "bisection by formula, ONE way; empty where no "
                           "formula is known"),
    "cuts": Column("int", "", "even cuts that were tried"),
    "cut": Column("str", "", "the one that carries least"),
}  # fmt: skip


def bisection(plan: Plan) -> Result:
    """Injection and bisection of every fabric, all planes together."""
    rows = []
    notes = [
        "bandwidths are one way; both ways together, as some datasheets print them, are twice that",
        "another even cut may be weaker than those that were tried",
    ]
    for fabric in plan.design.fabrics:
        graph = plane_graph(plan, fabric)
        if not len(graph.ends):
            continue
        rows.append(_of_fabric(fabric, graph))
        if not planes_alike(plan, fabric):
            notes.append(f"{fabric.name}: planes differ; the cuts are those of the first one")
    title = "Bandwidth across the middle of the fabrics"
    return Result("bisection", title, _COLUMNS, tuple(rows), tuple(notes))


def _of_fabric(fabric: SizedFabric, graph: FabricGraph) -> dict[str, object]:
    tried = cuts(graph)
    least = min(tried, key=lambda cut: cut.gbps)
    planes = fabric.size.planes
    return {
        "fabric": fabric.name,
        "switches": fabric.switch_count,
        "injection_tbps": rounded(graph.ends.gbps.sum() * planes / 1000),
        "bisection_tbps": rounded(least.gbps * planes / 1000),
        "share": rounded(least.share),
        "formula_tbps": fabric.bisection_tbps,
        "cuts": len(tried),
        "cut": least.name,
    }
