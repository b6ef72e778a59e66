"""A small plan of every topology, and its planes as networkx graphs made from its links alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import networkx as nx

import rackplan
from rackplan.deployment import Deployment
from rackplan.fabrics import FABRICS

Spec = dict[str, Any]

SMALL: dict[str, Spec] = {
    "one switch": {"topology": "fat-tree", "nodes": 6, "ports": 8},
    "two tiers": {"topology": "fat-tree", "nodes": 32, "ports": 8},
    "two tiers with holes": {"topology": "fat-tree", "nodes": 29, "ports": 8},
    "two tiers, bundles": {"topology": "fat-tree", "nodes": 32, "ports": 16},
    "two tiers, 2:1": {"topology": "fat-tree", "nodes": 24, "ports": 9, "oversubscription": 2},
    "two tiers, dealt": {"topology": "fat-tree", "nodes": 35, "ports": 14, "bundles": "spread"},
    "rails": {"topology": "fat-tree", "nodes": 14, "ports": 8, "nics": 2, "rails": 2, "su": 4},
    "planes": {"topology": "fat-tree", "nodes": 14, "ports": 8, "nics": 2, "planes": 2},
    "three tiers": {"topology": "fat-tree", "nodes": 128, "ports": 8, "tiers": 3},
    "three tiers with holes": {"topology": "fat-tree", "nodes": 101, "ports": 8, "tiers": 3},
    "three tiers, bundles": {"topology": "fat-tree", "nodes": 64, "ports": 16, "tiers": 3,
                             "leaves_per_group": 4},
    "three tiers, dealt": {"topology": "fat-tree", "nodes": 245, "ports": 12, "tiers": 3,
                           "bundles": "spread", "leaves_per_group": 6},
    "four tiers": {"topology": "fat-tree", "nodes": 20, "ports": 4, "tiers": 4},
    "rails alone": {"topology": "rail-only", "nodes": 20, "ports": 8, "nics": 2},
    "two zones": {"topology": "two-zone", "nodes": 40, "ports": 16},
    "dragonfly": {"topology": "dragonfly", "nodes": 70, "ports": 16, "hosts_per_router": 2,
                  "routers_per_group": 4, "global_ports": 2},
    "dragonfly+": {"topology": "dragonfly-plus", "nodes": 60, "ports": 8},
    "HyperX": {"topology": "hyperx", "nodes": 48, "ports": 16, "shape": [4, 4],
               "hosts_per_router": 3},
    "Slim Fly": {"topology": "slim-fly", "nodes": 198, "ports": 16, "q": 5},
    "PolarFly": {"topology": "polarfly", "nodes": 50, "ports": 12},
    "torus of routers": {"topology": "torus", "nodes": 60, "ports": 16, "shape": [3, 4, 5],
                         "hosts_per_router": 1},
    "torus of hosts": {"topology": "torus", "nodes": 24, "nics": 4, "shape": [4, 6]},
    "torus of boards": {"topology": "torus", "nodes": 32, "nics": 4, "shape": [4, 8],
                        "board": [2, 2]},
    "HammingMesh": {"topology": "hamming-mesh", "nodes": 48, "ports": 16, "nics": 4},
    "HammingMesh of trees": {"topology": "hamming-mesh", "nodes": 64, "ports": 6, "nics": 4,
                             "boards": [8, 2]},
}  # fmt: skip
"""Plans by name: their topology, nodes, NIC ports of a node and ports of a switch, and keys of the
fabric."""

assert {spec["topology"] for spec in SMALL.values()} == set(FABRICS), "a topology has no small plan"


@cache
def small(name: str) -> rackplan.Plan:
    return planned(**SMALL[name])


def planned(
    *,
    nodes: int,
    ports: int = 0,
    nics: int = 1,
    su: int | None = None,
    gbps: float = 400,
    hardware: dict[str, Any] | None = None,
    **spec: Any,
) -> rackplan.Plan:
    """A plan of equal nodes on one fabric; without ports, of a fabric without switches."""
    fabric = {"port_gbps": gbps, **spec, **({"switch": "switch"} if ports else {})}
    own = {
        "switches": {"switch": {"ports": max(1, ports), "port_gbps": gbps}},
        "nodes": {"node": {"gpus": 1, "nics": nics}},
    }
    return rackplan.plan(
        Deployment.model_validate(
            {
                "name": "small",
                "hardware": own | (hardware or {}),
                "compute": [{"node": "node", "count": nodes, "nodes_per_su": su}],
                "fabrics": {"compute": fabric},
            }
        )
    )


def network(plan: rackplan.Plan, plane: int = 0) -> nx.MultiGraph[int]:
    """All links of one plane between rows of the devices table, host links too."""
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    links, device = plan.links, plan.ports["device"].to_numpy()
    mine = links[links["plane"] == plane]
    for a, b, gbps in zip(mine["a_port"], mine["b_port"], mine["speed_gbps"], strict=True):
        graph.add_edge(int(device[a]), int(device[b]), gbps=float(gbps))
    return graph
