"""networkx: the same tree as a MultiGraph, with the loops that one would write by hand.

Usage: networkx_tree.py SWITCH_PORTS RAILS

One edge a cable with fabric, tier, plane, both ports and speed; no ports, cages, cables or
modules as things of their own, no bill of materials and no power.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import _answer
import networkx as nx

SPEED_GBPS = 400.0


def main() -> None:
    """Build the tree and answer."""
    graph = fat_tree(int(sys.argv[1]), int(sys.argv[2]))

    def counts() -> dict[str, Any]:
        roles = Counter(role for _, role in graph.nodes(data="role"))
        nodes = roles.pop("host")
        return {
            "nodes": nodes,
            "switches": dict(roles),
            "cables": dict(Counter(tier for _, _, tier in graph.edges(data="tier"))),
            "graph": {"nodes": len(graph), "edges": graph.number_of_edges()},
        }

    _answer.answer(counts)


def fat_tree(ports: int, rails: int) -> nx.MultiGraph[str]:
    """A full three-tier tree of equal switches; NIC r of every node is on rail r."""
    half = ports // 2
    nodes = ports * half * half // rails
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    for node in range(nodes):
        graph.add_node(f"node-{node}", kind="node", role="host")
    for role, switches in (
        ("leaf", ports * half),
        ("spine", ports * half),
        ("core", half * half),
    ):
        for switch in range(switches):
            graph.add_node(f"{role}-{switch}", kind="switch", role=role)

    leaves_per_rail = nodes // half
    for node in range(nodes):
        for rail in range(rails):
            leaf = rail * leaves_per_rail + node // half
            link(graph, "host_leaf", f"node-{node}", rail, f"leaf-{leaf}", node % half)
    for group in range(ports):
        join_group(graph, group, half)
    return graph


def join_group(graph: nx.MultiGraph[str], group: int, half: int) -> None:
    """The cables from the leaves of a group to its spines, and from those to the cores."""
    for below in range(half):
        leaf, spine = f"leaf-{group * half + below}", f"spine-{group * half + below}"
        for above in range(half):
            link(graph, "leaf_spine", leaf, half + above, f"spine-{group * half + above}", below)
            core = f"core-{below * half + above}"
            link(graph, "spine_core", spine, half + above, core, group)


def link(graph: nx.MultiGraph[str], tier: str, a: str, a_port: int, b: str, b_port: int) -> None:
    """Add one cable."""
    graph.add_edge(
        a,
        b,
        fabric="compute",
        tier=tier,
        plane=0,
        a_port=a_port,
        b_port=b_port,
        speed_gbps=SPEED_GBPS,
    )


_answer.begin()
main()
