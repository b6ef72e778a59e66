"""Loads of links: D-mod-K against published figures, even splitting against brute force."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import yaml
from tests.unit.small_plans import SMALL, planned, small

import rackplan
from rackplan.analyses.loads import loads
from rackplan.fabric_graph import FabricGraph, plane_graph, planes_alike
from rackplan.traffic import dmodk, shortest
from rackplan.traffic.folding import fold
from rackplan.traffic.ftree import Tree, tree_of
from rackplan.traffic.sharing import all_to_all

GOLDEN = Path(__file__).parents[1] / "golden" / "topologies.yaml"
CASES = {case["id"]: case for case in yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))["cases"]}
TREES = {name for name, spec in SMALL.items() if spec["topology"] in {"fat-tree", "rail-only"}}
REGULAR = {
    "two tiers", "two tiers, bundles", "three tiers", "three tiers, bundles", "rails alone",
}  # fmt: skip
"""Trees without holes, with equal bundles and full bandwidth."""


def graph_of(plan: rackplan.Plan) -> FabricGraph:
    (fabric,) = plan.design.fabrics
    return plane_graph(plan, fabric)


def routes_of(plan: rackplan.Plan) -> Tree:
    tree = tree_of(graph_of(plan))
    assert tree is not None
    return tree


def largest_loads(tree: Tree) -> tuple[float, float]:
    """The most routes on one link over all shifts, up and down."""
    up, down = [0.0], [0.0]
    for step in range(1, len(tree.leaf)):
        one_up, one_down, lost = dmodk.shift(tree, step)
        assert not lost
        up.append(float((one_up / tree.link_gbps()).max(initial=0)))
        down.append(float((one_down / tree.link_gbps()).max(initial=0)))
    return max(up), max(down)


def pgft(case: dict[str, Any]) -> rackplan.Plan:
    """The plan whose tree is the one of a golden case; its spines have all ports in use."""
    m, w = case["inputs"]["m"], case["inputs"]["w"]
    ports = m[0] + w[1]
    spec: dict[str, Any] = {"tiers": len(m), "oversubscription": f"{m[0]}:{w[1]}"}
    if len(m) == 3:
        spec |= {"leaves_per_group": m[1], "oversubscription": 1}
    plan = planned(topology="fat-tree", nodes=int(np.prod(m)), ports=ports, **spec)
    wide = [",".join(map(str, values)) for values in (m, w, case["inputs"]["p"])]
    assert plan.design.fabrics[0].size.notation == f"PGFT({len(m)};{';'.join(wide)})"
    return plan


@pytest.mark.parametrize("case", ["dmodk-cps-full", "dmodk-oversub"])
def test_shift_permutations_load_links_as_published(case: str) -> None:
    expected = CASES[case]["expected"]
    up, down = largest_loads(routes_of(pgft(CASES[case])))
    assert (up, down) == (expected["max_up_load"], expected["max_down_load"])


@pytest.mark.parametrize("name", sorted(TREES))
def test_shifts_contend_only_where_the_tree_is_irregular(name: str) -> None:
    tree = routes_of(small(name))
    up, down = largest_loads(tree)
    if name in REGULAR:
        assert (up, down) == (1, 1)
        assert not dmodk.obstacles(tree)
    else:
        assert dmodk.obstacles(tree) or name == "one switch"
    assert dmodk.worst_shift(tree).load == max(up, down)


MORE_TREES = {
    "core groups": {"nodes": 64, "ports": 8, "tiers": 3, "core_groups": 2},
    "wide bundles": {"nodes": 256, "ports": 32, "tiers": 3, "leaves_per_group": 4},
    "bundles on both levels": {"nodes": 256, "ports": 16, "tiers": 3, "leaves_per_group": 4},
    "four tiers, full": {"nodes": 32, "ports": 4, "tiers": 4},
    "four tiers, bundles": {"nodes": 256, "ports": 8, "tiers": 4, "leaves_per_group": 2},
    "fewer hosts than uplinks": {"nodes": 48, "ports": 16, "tiers": 2, "oversubscription": "3:4"},
}


@pytest.mark.parametrize("name", MORE_TREES)
def test_no_shift_contends_in_a_tree_of_equal_bundles(name: str) -> None:
    tree = routes_of(planned(topology="fat-tree", **MORE_TREES[name]))
    assert largest_loads(tree) == (1, 1)
    assert not dmodk.obstacles(tree)


@pytest.mark.parametrize("name", sorted(TREES))
def test_all_to_all_is_the_mean_of_all_shifts(name: str) -> None:
    """Counted by kinds of destination in one place, route by route in the other."""
    tree = routes_of(small(name))
    shifts = [dmodk.shift(tree, step) for step in range(1, len(tree.leaf))]
    found = dmodk.all_to_all(tree)
    assert found is not None
    for way in (0, 1):
        mean = sum(one[way] for one in shifts) / len(shifts)
        assert found[way] == pytest.approx(mean)


@pytest.mark.parametrize("name", sorted(TREES - {"one switch"}))
def test_a_route_climbs_to_the_lowest_switch_that_both_leaves_have_above_them(name: str) -> None:
    tree = routes_of(small(name))
    graph = nx.Graph(zip(tree.graph.lower.tolist(), tree.graph.upper.tolist(), strict=True))
    random = np.random.Generator(np.random.PCG64(1))
    for source, target in random.integers(0, len(tree.leaf), (40, 2)).tolist():
        here, there = tree.leaf[source], tree.leaf[target]
        up, down, _ = dmodk.routed(tree, np.array([here]), np.array([target]), np.ones(1))
        hops = nx.shortest_path_length(graph, here, there)
        assert up.sum() == down.sum() == hops / 2
        pairs = np.repeat(np.arange(len(tree.graph.links)), tree.graph.links)
        climbed, sunk = pairs[up > 0], pairs[down > 0]
        way = nx.Graph()
        way.add_node(here)
        for pair in (*climbed, *sunk):
            way.add_edge(tree.graph.lower[pair], tree.graph.upper[pair])
        assert nx.has_path(way, here, there)
        assert way.number_of_edges() in {hops, hops / 2}, "a bundle up and down is one edge"


def split_by_hand(graph: FabricGraph) -> tuple[dict[tuple[int, int], float], Counter[Any]]:
    """Load of a link by (from, to) and links by (from, to), destination by destination."""
    links: Counter[Any] = Counter()
    pairs = zip(graph.lower.tolist(), graph.upper.tolist(), graph.links.tolist(), strict=True)
    for low, high, count in pairs:
        links[low, high] += count
        links[high, low] += count
    network = nx.Graph(list(links))
    sending, ends = graph.sending, len(graph.ends)
    load: defaultdict[tuple[int, int], float] = defaultdict(float)
    for target in np.flatnonzero(sending).tolist() if links else []:
        far = nx.single_source_shortest_path_length(network, target)
        scale = sending[target] / sending.sum() / (1 - 1 / ends)
        passing = {vertex: sending[vertex] * scale for vertex in far if vertex != target}
        for vertex in sorted(passing, key=far.__getitem__, reverse=True):
            hops = [hop for hop in network[vertex] if far[hop] == far[vertex] - 1]
            each = passing[vertex] / sum(links[vertex, hop] for hop in hops)
            for hop in hops:
                load[vertex, hop] += each
                if hop != target:
                    passing[hop] += each * links[vertex, hop]
    return load, links


@pytest.mark.parametrize("name", SMALL)
def test_evenly_split_loads_are_those_of_a_walk_over_all_destinations(name: str) -> None:
    graph = graph_of(small(name))
    folded = fold(graph)
    found = all_to_all(folded, graph.sending, len(graph.ends))
    load, links = split_by_hand(graph)
    kind = folded.of_vertex.tolist()
    most: defaultdict[Any, float] = defaultdict(float)
    total: defaultdict[Any, float] = defaultdict(float)
    for (here, there), one in load.items():
        key = kind[here], kind[there]
        most[key] = max(most[key], one)
        total[key] += one * links[here, there]
    mine: defaultdict[Any, float] = defaultdict(float)
    for arc, key in enumerate(zip(folded.tail.tolist(), folded.head.tolist(), strict=True)):
        members = folded.size[key[0]] * folded.size[key[1]] * folded.links[arc]
        mine[key] += float(found.mean[arc] * members)
        assert found.most[arc] <= most[key] + 1e-6
    assert max(found.most, default=0) == pytest.approx(max(most.values(), default=0))
    assert mine == pytest.approx(dict(total))


@pytest.mark.parametrize("name", ["HyperX", "torus of hosts", "torus of boards"])
def test_one_destination_of_each_orbit_gives_the_loads_of_all(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = graph_of(small(name))
    folded = fold(graph)
    exact = all_to_all(folded, graph.sending, len(graph.ends))
    monkeypatch.setattr(shortest, "WORK", 4 * 7 * len(folded.tail))
    found = all_to_all(folded, graph.sending, len(graph.ends))
    assert (exact.how, found.how) == ("all", "turns")
    assert found.most == pytest.approx(exact.most)


@pytest.mark.parametrize("name", SMALL)
def test_all_links_of_a_plane_are_in_the_table_of_loads(name: str) -> None:
    plan = small(name)
    graph = graph_of(plan)
    rows = [row for row in loads(plan).rows if row["traffic"] == "all to all, split evenly"]
    by_tier = {row["tier"]: row["links"] for row in rows}
    sized = {tier.name: tier.links // graph.fabric.size.planes for tier in graph.fabric.size.links
             if graph.relays or tier.lower != "host"}  # fmt: skip
    assert by_tier == {tier: links for tier, links in sized.items() if links}
    assert planes_alike(plan, graph.fabric)
    for row in loads(plan).rows:
        assert 0 <= row["mean_load"] <= row["most_load"] + 1e-9
        assert 0 <= row["idle"] < 1
