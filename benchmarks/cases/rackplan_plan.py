"""rackplan: from a YAML file to all tables, the bill of materials and the power.

Usage: rackplan_plan.py DEPLOYMENT [networkx | csr | schedule]

The second argument goes on from the tables: to a networkx MultiGraph of every link with its
attributes, to a scipy CSR array of all devices, or to the files of the cable schedule.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import _answer

from rackplan import Plan, plan, summary

if TYPE_CHECKING:
    import networkx as nx


def main() -> None:
    """Plan the deployment and answer."""
    planned = plan(sys.argv[1])
    answer = summary(planned)
    form = sys.argv[2] if len(sys.argv) > 2 else "tables"
    graph = to_networkx(planned) if form == "networkx" else None
    matrix = planned.adjacency() if form == "csr" else None
    if form == "schedule":
        from rackplan.exports import schedule

        with tempfile.TemporaryDirectory() as folder:
            schedule.write(planned, Path(folder))

    def counts() -> dict[str, Any]:
        tables = {name: len(table) for name, table in planned.tables.items()}
        (fabric,) = answer["fabrics"].values()
        found = {
            "gpus": answer["totals"]["gpus"],
            "nodes": answer["totals"]["nodes"],
            "switches": fabric["switches"],
            "cables": planned.tables["links"].counts("tier"),
            "ports": int(planned.tables["ports"]["used"].sum()),
            "tables": tables,
        }
        if graph is not None:
            found["graph"] = {"nodes": len(graph), "edges": graph.number_of_edges()}
        if matrix is not None:
            found["matrix"] = {"devices": matrix.shape[0], "links": int(matrix.sum()) // 2}
        return found

    _answer.answer(counts)


def to_networkx(plan: Plan) -> nx.MultiGraph[int]:
    """Every link as an edge with its attributes, device rows as nodes.

    `Plan.graph` refuses a whole fabric of this size; this is what a user would write instead.
    """
    import networkx as nx

    links, ports, devices = plan.tables["links"], plan.tables["ports"], plan.tables["devices"]
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    kinds, roles = devices.words["kind"], devices.words["role"]
    graph.add_nodes_from(
        (row, {"kind": kinds[kind], "role": roles[role]})
        for row, (kind, role) in enumerate(
            zip(devices["kind"].tolist(), devices["role"].tolist(), strict=True)
        )
    )
    columns = [
        ports["device"][links["a_port"]],
        ports["device"][links["b_port"]],
        ports["index"][links["a_port"]],
        ports["index"][links["b_port"]],
        *(links[name] for name in ("fabric", "tier", "plane", "speed_gbps")),
    ]
    fabrics, tiers = links.words["fabric"], links.words["tier"]
    graph.add_edges_from(
        (a, b, {"fabric": fabrics[fabric], "tier": tiers[tier], "plane": plane,
                "a_port": a_port, "b_port": b_port, "speed_gbps": speed})
        for a, b, a_port, b_port, fabric, tier, plane, speed
        in zip(*(column.tolist() for column in columns), strict=True)
    )  # fmt: skip
    return graph


_answer.begin()
main()
