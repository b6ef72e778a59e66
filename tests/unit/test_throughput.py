"""Bisection against networkx, all-to-all against linear programming, hashing against all ways."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
import yaml
from scipy.optimize import linprog
from tests.unit.small_plans import SMALL, network, planned, small

import rackplan
from rackplan.analyses.bisection import bisection
from rackplan.analyses.loads import loads
from rackplan.analyses.paths import paths
from rackplan.analyses.shifts import shifts
from rackplan.analyses.throughput import throughput
from rackplan.deployment import Deployment
from rackplan.fabric_graph import FabricGraph, plane_graph
from rackplan.traffic.cuts import cuts, halves
from rackplan.traffic.hashing import hashed

EXAMPLES = Path(__file__).parents[2] / "examples"
GOLDEN = Path(__file__).parents[1] / "golden" / "topologies.yaml"
CASES = {case["id"]: case for case in yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))["cases"]}


def row_of(plan: rackplan.Plan) -> dict[str, Any]:
    """What the three tables say of the one fabric of a plan."""
    tables = [bisection(plan), throughput(plan), shifts(plan)]
    return {key: value for table in tables for key, value in table.rows[0].items()}


def graph_of(plan: rackplan.Plan) -> FabricGraph:
    (fabric,) = plan.design.fabrics
    return plane_graph(plan, fabric)


# --- bisection ------------------------------------------------------------------------------


def largest_flow(plan: rackplan.Plan, graph: FabricGraph, first: np.ndarray) -> float:
    """From one half of the end points to the other, with networkx on all links of the plan."""
    flow: nx.DiGraph[Any] = nx.DiGraph()
    flow.add_nodes_from(["source", "sink"])
    for a, b, gbps in network(plan).edges(data="gbps"):
        for ends in ((a, b), (b, a)):
            old = flow.get_edge_data(*ends, {"capacity": 0})["capacity"]
            flow.add_edge(*ends, capacity=old + gbps)
    if not graph.relays:
        flow.remove_nodes_from(set(graph.ends.host.tolist()))
        flow.add_nodes_from(graph.device.tolist())
    for vertex, gbps, share in zip(graph.ends.vertex, graph.ends.gbps, first, strict=True):
        device = int(graph.device[vertex])
        for ends, rate in (
            (("source", device), gbps * share),
            ((device, "sink"), gbps - gbps * share),
        ):
            old = flow.get_edge_data(*ends, {"capacity": 0})["capacity"]
            flow.add_edge(*ends, capacity=old + rate)
    return float(nx.maximum_flow_value(flow, "source", "sink"))


@pytest.mark.parametrize("name", SMALL)
def test_cuts_carry_what_networkx_finds(name: str) -> None:
    plan = small(name)
    graph = graph_of(plan)
    tried = dict(halves(graph))
    found = {cut.name: cut for cut in cuts(graph)}
    assert tried.keys() == found.keys()
    least = min(found.values(), key=lambda cut: cut.gbps)
    for chosen in {"first half of the hosts", least.name, list(tried)[-1]}:
        first = tried[chosen]
        assert first @ graph.ends.gbps == pytest.approx(graph.ends.gbps.sum() / 2)
        assert found[chosen].gbps == pytest.approx(largest_flow(plan, graph, first)), chosen
        assert found[chosen].full_gbps == pytest.approx(graph.ends.gbps.sum() / 2)


@pytest.mark.parametrize("name", SMALL)
def test_the_weakest_cut_carries_what_the_formula_says(name: str) -> None:
    """The formula takes equal bundles; what dealt links lose shows in the cut alone."""
    row = row_of(small(name))
    if row["formula_tbps"] is None:
        assert SMALL[name]["topology"] not in {"fat-tree", "rail-only", "two-zone"}
    elif "dealt" in name:
        assert row["bisection_tbps"] <= row["formula_tbps"]
    else:
        assert row["bisection_tbps"] == pytest.approx(row["formula_tbps"])
    assert row["share"] == pytest.approx(row["bisection_tbps"] / (row["injection_tbps"] / 2))


@pytest.mark.parametrize(("pods", "ports"), [(10, 16), (6, 16), (9, 12), (7, 12)])
def test_the_worst_half_of_the_pods_of_a_dealt_tree_is_found(pods: int, ports: int) -> None:
    """Against all halves: a core passes on the less of what both sides have to it."""
    half = ports // 2
    plan = planned(topology="fat-tree", nodes=pods * half * half, ports=ports, tiers=3,
                   bundles="spread", leaves_per_group=half)  # fmt: skip
    devices, ports_of, links_of = (plan.tables[name] for name in ("devices", "ports", "links"))
    rows = links_of.where("tier", "spine_core")
    spine, core = (ports_of["device"][links_of[end][rows]] for end in ("a_port", "b_port"))
    links = np.zeros((pods, len(devices)))
    np.add.at(links, (devices["group"][spine], core), 1)
    worst = min(
        np.minimum(links[list(ours)].sum(axis=0),
                   np.delete(links, list(ours), axis=0).sum(axis=0)).sum()
        for ours in itertools.combinations(range(pods), pods // 2)
    )  # fmt: skip
    row = row_of(plan)
    if pods % 2:  # the pod in the middle stands on both sides
        assert row["share"] <= 1
    else:
        assert row["share"] == pytest.approx(worst / (pods // 2 * half * half))
        assert row["share"] < 1
    assert row["free"] is False
    assert "uneven bundles" in row["why"]


def test_equal_bundles_keep_full_bisection_with_more_cores() -> None:
    spec: dict[str, Any] = {"topology": "fat-tree", "nodes": 640, "ports": 16, "tiers": 3,
                            "leaves_per_group": 8}  # fmt: skip
    even, dealt = (row_of(planned(**spec, bundles=kind)) for kind in ("uniform", "spread"))
    assert (even["share"], even["free"]) == (1, True)
    assert 0.88 < dealt["share"] < 0.9
    assert (even["switches"], dealt["switches"]) == (160 + 8 * 8, 160 + 8 * 5)


@pytest.mark.parametrize(
    ("spec", "share"),
    [
        ({"topology": "slim-fly", "nodes": 200, "ports": 16, "q": 5}, 0.65),
        ({"topology": "slim-fly", "nodes": 588, "ports": 24, "q": 7}, 0.60),
        ({"topology": "dragonfly", "nodes": 1056, "ports": 16, "hosts_per_router": 4,
          "routers_per_group": 8, "global_ports": 4}, 0.52),
    ],
    ids=["Slim Fly of 50", "Slim Fly of 98", "dragonfly of 264"],
)  # fmt: skip
def test_cuts_are_as_narrow_as_those_of_kernighan_and_lin(
    spec: dict[str, Any], share: float
) -> None:
    """The shares are those of networkx's kernighan_lin_bisection."""
    assert row_of(planned(**spec))["share"] <= share + 0.005


def test_bisection_counts_all_planes_and_one_way() -> None:
    row = row_of(rackplan.plan(EXAMPLES / "dgx-b300-spectrum.yaml"))
    assert row["injection_tbps"] == pytest.approx(512 * 0.8)
    assert row["bisection_tbps"] == row["formula_tbps"] == pytest.approx(204.8)


# --- all to all -----------------------------------------------------------------------------


def best_share(graph: FabricGraph) -> float:
    """The share of line rate at which all can send to all, by any routing: a linear program.

    Variables are what each source sends over each arc, and the share; what a vertex keeps of a
    source is its part of what the source sends.
    """
    sending, ends, size = graph.sending, len(graph.ends), len(graph)
    if ends < 2 or not len(graph.lower):
        return 1.0
    tail, head = np.r_[graph.lower, graph.upper], np.r_[graph.upper, graph.lower]
    arcs, source = len(tail), np.flatnonzero(sending)
    wanted = np.outer(sending[source], sending) / sending.sum() / (1 - 1 / ends)
    wanted[np.arange(len(source)), source] = 0
    incidence = sp.coo_array(
        (np.r_[np.ones(arcs), -np.ones(arcs)], (np.r_[head, tail], np.tile(np.arange(arcs), 2))),
        shape=(size, arcs),
    ).tocsr()
    balance = sp.hstack([
        sp.block_diag([incidence] * len(source)), sp.csr_array(-wanted.reshape(-1, 1))
    ]).tocsr()  # fmt: skip
    kept = np.ones(len(source) * size, dtype=bool)
    kept[np.arange(len(source)) * size + source] = False
    over = sp.hstack([sp.hstack([sp.eye_array(arcs)] * len(source)), sp.csr_array((arcs, 1))])
    cost = np.zeros(len(source) * arcs + 1)
    cost[-1] = -1
    found = linprog(
        cost, A_ub=over.tocsr(), b_ub=np.tile(graph.links * graph.gbps, 2),
        A_eq=balance[kept], b_eq=np.zeros(int(kept.sum())),
        bounds=[(0, None)] * (len(cost) - 1) + [(0, 1)], method="highs",
    )  # fmt: skip
    assert found.success
    return float(-found.fun)


SLOW = {"three tiers", "three tiers with holes", "three tiers, dealt", "Slim Fly", "HammingMesh",
        "HammingMesh of trees"}  # fmt: skip
"""Seconds to minutes for the linear program."""


@pytest.mark.parametrize("name", [name for name in SMALL if name not in SLOW])
def test_no_routing_does_worse_than_even_splitting_or_better_than_the_limit(name: str) -> None:
    row, best = row_of(small(name)), best_share(graph_of(small(name)))
    assert row["all_to_all"] <= best + 1e-6
    assert best <= row["limit"] + 1e-6
    if SMALL[name]["topology"] in {"fat-tree", "rail-only", "torus"} and "dealt" not in name:
        assert row["all_to_all"] == pytest.approx(best), "nothing beats even splitting here"


@pytest.mark.parametrize("name", ["two tiers", "two tiers, bundles", "three tiers", "rails alone"])
def test_a_full_tree_carries_all_to_all_at_line_rate(name: str) -> None:
    row, graph = row_of(small(name)), graph_of(small(name))
    ends, leaf = len(graph.ends), max(Counter(graph.ends.vertex.tolist()).values())
    assert row["all_to_all"] == row["limit"] == 1
    assert row["busiest_link"] == pytest.approx((ends - leaf) / (ends - 1))


def test_two_to_one_halves_what_leaves_a_leaf() -> None:
    """24 hosts, six on a leaf: 18/23 of what they send crosses three uplinks."""
    row = row_of(small("two tiers, 2:1"))
    assert row["busiest_link"] == pytest.approx(2 * 18 / 23)
    assert row["all_to_all"] == row["limit"] == pytest.approx(23 / 36)
    assert row["share"] == 0.5
    assert (row["worst_load"], row["free"], row["why"]) == (2, False, "oversubscription")


# --- shifts and hashing ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "free", "why"),
    [
        ("one switch", True, "one switch"),
        ("two tiers", True, "all 31 shifts tried"),
        ("two tiers with holes", False, "holes"),
        ("two tiers, dealt", False, "uneven bundles"),
        ("two tiers, 2:1", False, "oversubscription"),
        ("dragonfly", None, "no fat tree"),
        ("two zones", None, "no fat tree"),
        ("torus of hosts", None, "no fat tree"),
    ],
)
def test_the_table_says_whether_shifts_contend_and_why(
    name: str, free: bool | None, why: str  # noqa: FBT001
) -> None:  # fmt: skip
    row = row_of(small(name))
    assert row["free"] is free
    assert row["why"].startswith(why)


def test_a_node_that_gives_way_to_the_fabric_manager_makes_shifts_contend() -> None:
    row = row_of(rackplan.plan(EXAMPLES / "dgx-h100-4-su.yaml"))
    assert (row["free"], row["worst_load"]) == (False, 2)
    assert row["why"].startswith("holes")
    assert row["busiest_link"] == pytest.approx(32 * (1016 - 32) / (1015 * 32))
    assert (row["uplinks"], round(row["hashed_flows"], 2)) == (32, 3.53)


def test_hashed_flows_fall_as_counted_over_all_ways() -> None:
    for links in (1, 2, 3, 4, 5):
        ways = [Counter(way) for way in itertools.product(range(links), repeat=links)]
        found = hashed(links)
        assert found.most == pytest.approx(np.mean([max(way.values()) for way in ways]))
        assert found.idle == pytest.approx(np.mean([1 - len(way) / links for way in ways]))


def test_hashed_flows_fall_as_in_the_trials_that_were_published() -> None:
    case = CASES["ecmp-maxload"]
    found = [hashed(links) for links in case["inputs"]["flows"]]
    expected, tolerance = case["expected"], case["tolerance"]
    assert [one.most for one in found] == pytest.approx(expected["mean_max_load"], abs=tolerance)
    assert [one.idle for one in found] == pytest.approx(expected["idle_fraction"], abs=0.001)
    assert [one.slowest for one in found] == pytest.approx([0.39, 0.33, 0.28, 0.25], abs=0.006)


def test_hashing_over_very_many_links_stays_a_number() -> None:
    assert 5 < hashed(1024).most < 6


# --- size -----------------------------------------------------------------------------------


@pytest.mark.scale
def test_a_hundred_thousand_gpus_are_analysed_in_seconds() -> None:
    """Some 2 s on a quiet machine; the bound allows for a busy one."""
    plan = rackplan.plan(EXAMPLES / "gb300-100k.yaml")
    begun = time.perf_counter()
    row, far, split = row_of(plan), paths(plan).rows[0], loads(plan).rows[0]
    assert time.perf_counter() - begun < 15
    assert (row["share"], row["all_to_all"], row["free"]) == (1, 1, True)
    assert (far["links_max"], far["paths_max"]) == (6, 12 * 6 * 6 * 72)
    assert split["most_load"] == pytest.approx((103_680 - 72) / 103_679)


def test_dealt_links_lose_less_bisection_than_cores_filled_one_after_another() -> None:
    """20 pods of 144-port switches keep 97.8 % when cores are filled in order."""
    plan = rackplan.plan(
        Deployment.model_validate({
            "name": "pods",
            "hardware": {
                "switches": {"switch": {"ports": 144, "port_gbps": 400}},
                "nodes": {"node": {"gpus": 1, "nics": 1}},
            },
            "compute": [{"node": "node", "count": 20 * 72 * 72}],
            "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch", "tiers": 3,
                                    "leaves_per_group": 72, "bundles": "spread"}},
        })
    )  # fmt: skip
    (row,) = bisection(plan).rows
    assert plan.fabric("compute").size.switches()["core"] == 720
    assert 0.985 < row["share"] < 1
