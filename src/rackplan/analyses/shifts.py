"""Whether shift permutations run free of contention under D-mod-K, and why or why not.

In a shift by s every end point sends at line rate to the one s places further on; rings, pairwise
all-to-all and the steps of many collectives are made of such shifts. Places go round the end points
in the order of the tree, leaf after leaf. Routes are those of `rackplan.traffic.ftree`.
"""

from __future__ import annotations

from rackplan.build import Plan
from rackplan.fabric_graph import plane_graph
from rackplan.tables import Column, Result
from rackplan.traffic.dmodk import Worst, obstacles, worst_shift
from rackplan.traffic.ftree import Tree, tree_of

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "free": Column("bool", "", "whether no shift overloads a link; empty when that is not known"),
    "why": Column("str", "", "why, or why not"),
    "tried": Column("int", "", "shifts that were routed; empty where the fabric is no fat tree"),
    "worst": Column("int", "", "places that the worst of them shifts by"),
    "worst_load": Column("float", "", "load of the busiest link over its rate in the worst of "
                         "them; above 1 flows slow down"),
}  # fmt: skip


def shifts(plan: Plan) -> Result:
    """Contention of shift permutations in every fabric, plane by plane."""
    rows = []
    for fabric in plan.design.fabrics:
        graph = plane_graph(plan, fabric)
        if len(graph.ends):
            rows.append({"fabric": fabric.name, **_of_tree(tree_of(graph))})
    notes = (
        "end points stand in the order of the tree, leaf after leaf; other orders may contend",
        "routing is D-mod-K over the port map; adaptive routing and packet spraying do without",
    )
    title = "Contention of shift permutations under D-mod-K"
    return Result("shifts", title, _COLUMNS, tuple(rows), notes)


def _of_tree(tree: Tree | None) -> dict[str, object]:
    if tree is None:
        why = "no fat tree, so D-mod-K does not apply"
        return {"free": None, "why": why, "tried": None, "worst": None, "worst_load": None}
    worst = worst_shift(tree)
    free, why = _judged(tree, worst)
    return {
        "free": free,
        "why": why,
        "tried": worst.tried,
        "worst": worst.step or None,
        "worst_load": worst.load,
    }


def _judged(tree: Tree, worst: Worst) -> tuple[bool | None, str]:
    """Whether shifts are free of contention, and why: by trying all, or by Zahavi's conditions."""
    found = "; ".join(obstacles(tree))
    if not tree.levels:
        return True, "one switch"
    if worst.lost:
        return False, f"some switches of the top tier have no way down to every leaf; {found}"
    if worst.load > 1:
        return False, found
    if worst.tried == len(tree.leaf) - 1:
        return True, f"all {worst.tried:,} shifts tried" + f"; in spite of {found}" * bool(found)
    if not found:
        return True, f"constant bundles, no holes, full bandwidth; {worst.tried:,} shifts tried"
    return None, f"no contention in the {worst.tried:,} shifts tried, but others may: {found}"
