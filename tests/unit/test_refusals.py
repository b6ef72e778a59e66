"""What does not divide, fit or agree is refused or said."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import rackplan
from rackplan.build import Plan
from rackplan.deployment import Deployment
from rackplan.errors import RackplanError


def planned(**data: Any) -> Plan:
    return rackplan.plan(Deployment.model_validate({"name": "x"} | data))


def refused(code: str, **data: Any) -> str:
    with pytest.raises(RackplanError) as raised:
        planned(**data)
    assert {problem.code for problem in raised.value.problems} == {code}
    return str(raised.value)


def tree(switch: dict[str, Any], node: dict[str, Any], count: int, **spec: Any) -> dict[str, Any]:
    return {
        "hardware": {"switches": {"s": switch}, "nodes": {"n": node}},
        "compute": [{"node": "n", "count": count}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "s"} | spec},
    }


def test_a_system_whose_nodes_do_not_divide_over_its_racks_is_refused() -> None:
    system = {"rack": "oberon", "racks": 4, "node": "gb300-tray", "nodes": 10}
    text = refused("RP110", hardware={"systems": {"y": system}},
                   compute=[{"system": "y", "count": 2}])  # fmt: skip
    assert "10 nodes of y do not divide over its 4 racks" in text


def test_ports_that_do_not_divide_over_cages_are_refused() -> None:
    switch = {"ports": 48, "port_gbps": 400, "cage": "osfp", "cages": 32}
    text = refused("RP311", **tree(switch, {"gpus": 1, "nics": 1}, 8))
    assert "48 ports of s do not divide over 32 cages" in text


def test_a_fabric_of_more_switch_ports_than_a_table_holds_is_refused_at_once() -> None:
    data = tree({"ports": 4096, "port_gbps": 400}, {"gpus": 1, "nics": 1}, 1_000_000)
    data["compute"][0]["nodes_per_su"] = 1
    assert "one plan holds" in refused("RP317", **data)


def test_a_node_of_more_ports_than_a_table_holds_is_refused() -> None:
    nic = {"modes": [{"protocol": "ethernet", "ports": 40000, "port_gbps": 400}]}
    data = tree({"ports": 64, "port_gbps": 400}, {"gpus": 1, "nics": [{"count": 1, "nic": "c"}]}, 1)
    data["hardware"]["nics"] = {"c": nic}
    with pytest.raises(RackplanError, match="RP317"):
        planned(**data)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"groups": 2}, "2 groups have nothing that joins them"),
        ({"topology": "two-level"}, "the topology is two-level, a second level is missing"),
        ({"second": {"chip": "c"}}, "the topology is switched, a second level is given"),
        ({"chip": "slow"}, "lanes of the GPU run 100 Gb/s, of slow 50"),
    ],
)
def test_words_of_an_nvlink_domain_that_contradict_each_other_are_refused(
    change: dict[str, Any], told: str
) -> None:
    scale_up = {"topology": "switched", "chip": "c", "chips": 2} | change
    nvlink = {"generation": 4, "links": 2, "gbytes_per_s": 100, "lane_gbps": 100}
    chip = {"generation": 4, "lanes": 64, "lane_gbps": 100}
    hardware = {
        "gpus": {"g": {"dies": 1, "nvlink": nvlink}},
        "nvlink": {"c": chip, "slow": chip | {"lane_gbps": 50}},
        "nodes": {"n": {"gpus": 8, "nics": 8, "gpu": "g", "scale_up": scale_up}},
    }
    assert told in refused("RP320", hardware=hardware, compute=[{"node": "n", "count": 1}])


def test_reserved_ports_do_not_multiply_the_spines() -> None:
    def spines(reserved: int, per_su: int) -> int:
        plan = planned(
            compute=[{"node": "dgx-h100", "count": 4 * per_su, "nodes_per_su": per_su}],
            fabrics={"compute": {"topology": "fat-tree", "switch": "qm9700", "rails": 8,
                                 "reserved_ports": reserved}},
        )  # fmt: skip
        return plan.fabric("compute").size.switches()["spine"]

    assert spines(0, 32) == spines(1, 31) == 16


@pytest.mark.parametrize(
    ("hosts", "ports", "ratio", "cut"),
    [(12, 5, "4:1", 3), (8, 4, "1:1", 4), (7, 6, "2:1", 2)],
)
def test_bisection_is_the_least_max_flow_over_all_even_cuts(
    hosts: int, ports: int, ratio: str, cut: int
) -> None:
    import itertools

    import networkx as nx

    plan = planned(**tree({"ports": ports, "port_gbps": 400}, {"gpus": 1, "nics": 1}, hosts,
                          oversubscription=ratio, tiers=2))  # fmt: skip
    graph: nx.Graph[str] = nx.Graph()
    for a, b in plan.graph("whole").edges():
        weight = graph[a][b]["capacity"] + 1 if graph.has_edge(a, b) else 1
        graph.add_edge(a, b, capacity=weight)
    nodes = sorted(name for name in graph if name.startswith("n0"))
    least = hosts
    for half in itertools.combinations(nodes, hosts // 2):
        for node in nodes:
            graph.add_edge("source" if node in half else "sink", node, capacity=1)
        least = min(least, int(nx.maximum_flow_value(graph, "source", "sink")))
        graph.remove_nodes_from(["source", "sink"])
    assert least == cut
    told = plan.fabric("compute").size.bisection_gbps
    assert told is not None
    assert abs(told / 400 - least) <= Fraction(1, 2)


def test_the_comparison_counts_optics_only_where_there_are_optics() -> None:
    fabric = {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}
    compute = [{"system": "gb300-nvl72", "count": 8, "racks_per_su": 8}]

    def pluggable(optics: dict[str, str]) -> float:
        data = {
            "name": "x",
            "compute": compute,
            "fabrics": {"compute": fabric | {"optics": optics}},
        }
        made = rackplan.compare(Deployment.model_validate(data), presets=["keynote"])
        watts = made.savings.rows[0]["pluggable_w"]
        assert isinstance(watts, float)
        return watts

    assert pluggable({}) == 30 * (576 + 576 + 2 * 576)
    assert pluggable({"host_cable": "mca7k10"}) == 30 * (2 * 576)


def test_the_comparison_is_not_refused_by_a_site_that_only_one_variant_fits() -> None:
    data = {
        "name": "x", "site": {"power_w": 2.4e6},
        "compute": [{"system": "gb300-nvl72", "count": 16, "racks_per_su": 8}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "q3450-ld", "rails": 4}},
    }  # fmt: skip
    made = rackplan.compare(Deployment.model_validate(data))
    assert set(made.plans) == {"pluggable", "cpo"}


def test_limits_hold_the_modules_that_the_power_table_adds() -> None:
    module = {"form": "q", "ports": 1, "port_gbps": 400, "fibers": 8, "connectors": 1,
              "connector": "m", "fiber_mode": "single", "max_w": 10}  # fmt: skip
    bare = {"provisioned_w": 1000, "includes_modules": False}
    switch = {"ports": 64, "port_gbps": 400, "cage": "q", "cages": 64, "module": "m", "power": bare}
    nic = {"cage": "q", "modes": [{"protocol": "ethernet", "ports": 1, "port_gbps": 400,
                                   "module": "m"}]}  # fmt: skip
    node = {"gpus": 1, "nics": [{"count": 4, "nic": "n"}], "power": bare}
    data = tree(switch, node, 8)
    data["hardware"] |= {"nics": {"n": nic}, "optics": {"m": module}}
    data["compute"][0]["nodes_per_rack"] = 4
    data["site"] = {"power_w": 20000, "rack_power_w": 20000}
    summary = rackplan.summary(planned(**data))
    planned_w = {row["what"]: row["planned_w"] for row in summary["limits"]}
    assert planned_w == {"a rack of n": 4 * 1040, "the plan": 8 * 1040 + 1000 + 320}
    assert summary["totals"]["power_w"]["provisioned"] == planned_w["the plan"]


def test_a_node_and_a_switch_of_one_name_are_counted_apart() -> None:
    hardware = {"switches": {"a": {"ports": 64, "port_gbps": 400}},
                "nodes": {"a": {"gpus": 1, "nics": 1}}}  # fmt: skip
    plan = planned(hardware=hardware, compute=[{"node": "a", "count": 4}],
                   fabrics={"compute": {"topology": "fat-tree", "switch": "a"}})  # fmt: skip
    rows = rackplan.summary(plan)["bom"]
    assert [(row["kind"], row["quantity"]) for row in rows[:2]] == [("node", 4), ("switch", 1)]


def test_equal_populations_are_one_line_of_the_bill_and_one_domain_of_the_summary() -> None:
    plan = planned(compute=[{"system": "gb300-nvl72", "count": 3},
                            {"system": "gb300-nvl72", "count": 5}])  # fmt: skip
    summary = rackplan.summary(plan)
    assert [(row["id"], row["quantity"]) for row in summary["bom"]] == [("gb300-nvl72", 8)]
    assert summary["scale_up"]["gb300-nvl72"]["domains"] == 8


def test_a_deployments_own_hardware_stands_before_any_catalog_that_is_passed() -> None:
    data = tree({"ports": 64, "port_gbps": 400}, {"gpus": 1, "nics": 1}, 4)
    deployment = Deployment.model_validate({"name": "x"} | data)
    assert rackplan.plan(deployment, catalog=rackplan.read_catalog()).design.nodes == 4


def test_the_default_modules_of_nics_and_switches_that_share_a_rate_agree() -> None:
    for frontend in ("sn5600", "sn5610"):
        planned(compute=[{"system": "gb300-nvl72", "count": 8}],
                fabrics={"frontend": {"topology": "fat-tree", "switch": frontend}})  # fmt: skip
    planned(compute=[{"node": "dgx-b200", "count": 32}],
            fabrics={"storage": {"topology": "fat-tree", "switch": "qm9700"}})  # fmt: skip
