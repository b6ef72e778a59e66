"""infragraph: the same tree from its own blueprint of a Clos fat tree.

Usage: infragraph_tree.py SWITCH_PORTS NICS_PER_NODE [bare]

The node is nothing but its NICs. The switch is infragraph's generic one: an ASIC that is joined
to every port by an edge. With `bare` the switch is its ports alone, so that an edge is a cable.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import _answer
from infragraph import Component, Device
from infragraph.blueprints.devices.generic.generic_switch import Switch
from infragraph.blueprints.fabrics.clos_fat_tree_fabric import ClosFatTreeFabric
from infragraph.infragraph_service import InfraGraphService

SPEED_GBPS = 400
TIERS = {"host": "nodes", "tier_0": "leaf", "tier_1": "spine", "tier_2": "core"}


def main() -> None:
    """Build the infrastructure, expand it to its graph, and answer."""
    ports, nics = int(sys.argv[1]), int(sys.argv[2])
    bare = sys.argv[3:] == ["bare"]
    switch = bare_device("switch", "port", Component.PORT, ports) if bare else Switch(ports)
    host = bare_device("host", "nic", Component.NIC, nics)
    fabric = ClosFatTreeFabric(switch, host, 3, [SPEED_GBPS] * 3)
    service = InfraGraphService()
    service.set_graph(fabric)
    graph = service.get_networkx_graph()

    def counts() -> dict[str, Any]:
        instances = {TIERS[instance.name]: instance.count for instance in fabric.instances}
        nodes = instances.pop("nodes")
        cables: Counter[str] = Counter()
        for a, b, link in graph.edges(data="link"):
            if link.startswith("tier_"):
                ends = {TIERS[a.split(".")[0]], TIERS[b.split(".")[0]]}
                cables[tier(ends)] += 1
        kinds = Counter(kind for _, kind in graph.nodes(data="type"))
        return {
            "nodes": nodes,
            "switches": instances,
            "cables": dict(cables),
            "graph": {"nodes": len(graph), "edges": graph.number_of_edges()},
            "ports": kinds["port"] + kinds["nic"],
            "inside_devices": graph.number_of_edges() - cables.total(),
        }

    _answer.answer(counts)


def tier(ends: set[str]) -> str:
    """The tier of a cable from the roles of its ends; the blueprint labels the upper two alike."""
    if "nodes" in ends:
        return "host_leaf"
    return "leaf_spine" if "leaf" in ends else "spine_core"


def bare_device(name: str, part: str, kind: str, count: int) -> Device:
    """A device of equal parts with nothing between them."""
    device = Device(name=name)
    device.components.add(name=part, description=part, count=count).choice = kind
    return device


_answer.begin()
main()
