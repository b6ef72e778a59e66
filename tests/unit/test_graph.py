"""The graphs of a plan, on fabrics small enough to draw."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
import scipy.sparse as sp

import rackplan
from rackplan import graph as graphs
from rackplan.deployment import Deployment


def planned(count: int = 8, **fabric: Any) -> rackplan.Plan:
    """Nodes of two NICs, two to a rack and four to an SU, on switches of eight ports."""
    return rackplan.plan(Deployment.model_validate({
        "name": "small",
        "hardware": {
            "switches": {"switch": {"ports": 8, "port_gbps": 400}},
            "nodes": {"node": {"gpus": 2, "nics": 2}},
        },
        "compute": [{"node": "node", "count": count, "rack": "eia-48u", "nodes_per_rack": 2,
                     "nodes_per_su": 4}],
        "fabrics": {
            "compute": {"topology": "fat-tree", "switch": "switch", "rails": 2} | fabric
        },
    }))  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> rackplan.Plan:
    """Eight nodes on two rails: four leaves, two spines, bundles of two."""
    return planned()


def test_the_folded_graph_has_one_node_for_each_role_and_its_count(plan: rackplan.Plan) -> None:
    folded = plan.graph()
    counts = {name: data["count"] for name, data in folded.nodes(data=True)}
    assert counts == {"hosts": 8, "compute-leaf": 4, "compute-spine": 2}
    edges = {(a, b): (data["links"], data["bundle"]) for a, b, data in folded.edges(data=True)}
    assert edges == {
        ("hosts", "compute-leaf"): (16, 1),
        ("compute-leaf", "compute-spine"): (16, 2),
    }


def test_the_whole_graph_has_one_node_for_each_device_and_one_edge_for_each_link(
    plan: rackplan.Plan,
) -> None:
    whole = plan.graph("whole")
    assert whole.number_of_nodes() == len(plan.devices) == 8 + 4 + 2
    assert whole.number_of_edges() == len(plan.links) == 32
    assert whole.number_of_edges("compute-p0-leaf-r0-0001", "compute-p0-spine-0001") == 2


def test_an_edge_carries_the_ports_that_a_technician_needs(plan: rackplan.Plan) -> None:
    (edge,) = plan.graph("whole")["r0001-n02"]["compute-p0-leaf-r1-0001"].values()
    assert edge["a_port"] == 1, "the second NIC"
    assert edge["b_port"] == 1, "the second node of the SU"
    assert (edge["fabric"], edge["tier"], edge["speed_gbps"]) == ("compute", "host_leaf", 400.0)


def test_a_rail_holds_its_leaves_with_their_nodes_and_spines(plan: rackplan.Plan) -> None:
    rail = plan.graph("rail:1")
    leaves = {name for name, data in rail.nodes(data=True) if data["role"] == "leaf"}
    assert leaves == {"compute-p0-leaf-r1-0001", "compute-p0-leaf-r1-0002"}
    assert rail.number_of_edges() == 8 + 8


def test_a_rack_holds_the_links_of_its_nodes(plan: rackplan.Plan) -> None:
    rack = plan.graph("rack:3")
    nodes = {name for name, data in rack.nodes(data=True) if data["kind"] == "node"}
    assert nodes == {"r0004-n01", "r0004-n02"}
    assert rack.number_of_edges() == 2 * 2


def test_an_su_holds_the_links_of_its_nodes(plan: rackplan.Plan) -> None:
    unit = plan.graph("su:1")
    nodes = {name for name, data in unit.nodes(data=True) if data["kind"] == "node"}
    assert nodes == {f"r{rack:04d}-n{slot:02d}" for rack in (3, 4) for slot in (1, 2)}
    assert unit.number_of_edges() == 4 * 2


def test_an_su_of_nodes_without_racks_holds_the_links_of_its_nodes() -> None:
    plan = rackplan.plan(Deployment.model_validate({
        "name": "bare",
        "hardware": {
            "switches": {"switch": {"ports": 8, "port_gbps": 400}},
            "nodes": {"node": {"gpus": 1, "nics": 1}},
        },
        "compute": [{"node": "node", "count": 16, "nodes_per_su": 4}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch"}},
    }))  # fmt: skip
    unit = plan.graph("su:1")
    nodes = {name for name, data in unit.nodes(data=True) if data["kind"] == "node"}
    assert nodes == {f"n{number:06d}" for number in (5, 6, 7, 8)}
    assert unit.number_of_edges() == 4


def test_the_usual_networkx_calls_work(plan: rackplan.Plan) -> None:
    whole = plan.graph("whole")
    assert nx.is_connected(whole)
    assert nx.diameter(whole) == 4, "node, leaf, spine, leaf, node"
    near = nx.shortest_path_length(whole, "r0001-n01", "r0002-n02")
    far = nx.shortest_path_length(whole, "r0001-n01", "r0003-n01")
    assert (near, far) == (2, 4), "one switch within an SU, three between two"
    assert nx.is_connected(plan.graph())


def test_twin_planes_meet_only_in_the_nodes() -> None:
    whole = planned(rails=1, planes=2).graph("whole")
    assert nx.is_connected(whole)
    switches = whole.subgraph([n for n, data in whole.nodes(data=True) if data["kind"] != "node"])
    assert nx.number_connected_components(switches) == 2


def test_a_graph_of_one_fabric_leaves_out_the_others(plan: rackplan.Plan) -> None:
    assert plan.graph("whole", fabric="compute").number_of_edges() == 32
    assert plan.graph("folded", fabric="other").number_of_nodes() == 0


@pytest.mark.parametrize("cut", ["everything", "rail", "rail:", "rail:x", "rail:-1", "whole:1", ""])
def test_an_unknown_cut_is_refused_with_the_cuts_there_are(plan: rackplan.Plan, cut: str) -> None:
    with pytest.raises(ValueError, match="use folded, whole, rail:N, rack:N or su:N"):
        plan.graph(cut)


def test_too_many_links_are_refused_with_the_folded_graph_named(
    plan: rackplan.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "MAX_EDGES", 31)
    with pytest.raises(ValueError, match=r"32 links, more than 31; use the folded graph"):
        plan.graph("whole")
    assert plan.graph("rail:0").number_of_edges() == 16, "a smaller cut is still drawn"
    assert plan.graph().number_of_edges() == 2


def test_the_adjacency_is_symmetric_and_counts_parallel_links(plan: rackplan.Plan) -> None:
    matrix = plan.adjacency()
    assert isinstance(matrix, sp.csr_array)
    assert matrix.shape == (14, 14)
    assert (matrix != matrix.T).nnz == 0
    assert matrix.sum() == 2 * 32
    leaves, spines = range(8, 12), range(12, 14)
    assert {int(matrix[leaf, spine]) for leaf in leaves for spine in spines} == {2}


def test_the_adjacency_of_an_absent_fabric_is_empty(plan: rackplan.Plan) -> None:
    assert plan.adjacency("other").nnz == 0
