"""Shortest paths against networkx on a small plan of every topology, and against known tables."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from tests.unit.small_plans import SMALL, network, planned, small

import rackplan
from rackplan.analyses.paths import paths
from rackplan.fabric_graph import plane_graph
from rackplan.traffic import shortest
from rackplan.traffic.folding import fold, orbits, turns

EXAMPLES = Path(__file__).parents[2] / "examples"

Row = dict[str, Any]
Way = tuple[int, float, int]
"""Links, mean number of switches and number of the shortest paths of a pair."""


def rows_of(plan: rackplan.Plan, **options: float) -> dict[str, Row]:
    return {row["pairs"]: dict(row) for row in paths(plan, **options).rows}


def measured(plan: rackplan.Plan) -> dict[str, Row]:
    """The rows by brute force: every pair, every path."""
    multiple = network(plan)
    switches = set(plan.devices.index[plan.devices["kind"] == "switch"]) & set(multiple)
    hosts = set(multiple) - switches
    ends = sorted((host, at) for host in hosts for at in multiple[host])
    inner = multiple.subgraph(switches)
    relays = not switches or not nx.is_connected(inner) or any(at in hosts for _, at in ends)
    if relays:
        ends, inner = [(host, host) for host in sorted(hosts)], multiple
    simple, found = nx.Graph(inner), dict[tuple[int, int], Way]()
    kinds: defaultdict[str, list[Way]] = defaultdict(list)
    for (host, here), (other, there) in itertools.combinations(ends, 2):
        if host == other:
            continue
        if (here, there) not in found:
            found[here, there] = way_between(simple, inner, here, there, switches)
        links, passed, ways = found[here, there]
        one = (links + (0 if relays else 2), passed, ways)
        kinds["all"].append(one)
        kinds["same" if here == there else "other"].append(one)
    return {kind: summed_up(ways) for kind, ways in kinds.items()}


def way_between(
    simple: nx.Graph[int], multiple: nx.MultiGraph[int], here: int, there: int, switches: set[int]
) -> Way:
    ways = list(nx.all_shortest_paths(simple, here, there))
    counts = [prod(multiple.number_of_edges(*hop) for hop in itertools.pairwise(w)) for w in ways]
    passed = [len(switches.intersection(way)) for way in ways]
    mean = sum(n * c for n, c in zip(passed, counts, strict=True)) / sum(counts)
    return len(ways[0]) - 1, mean, sum(counts)


def summed_up(ways: list[Way]) -> Row:
    links, switches, counts = zip(*ways, strict=True)
    return {
        "count": len(ways),
        "links_min": min(links), "links_mean": sum(links) / len(ways), "links_max": max(links),
        "switches_min": min(switches), "switches_mean": sum(switches) / len(ways),
        "switches_max": max(switches), "paths_min": min(counts), "paths_max": max(counts),
    }  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_pairs_are_as_far_and_have_as_many_paths_as_networkx_finds(name: str) -> None:
    expected = measured(small(name))
    rows = rows_of(small(name))
    whole = rows.pop("all")
    assert {key: whole[key] for key in expected["all"]} == pytest.approx(expected["all"])
    near = [row for kind, row in rows.items() if kind in {"same leaf", "same router"}]
    if "same" in expected:
        assert {key: near[0][key] for key in expected["same"]} == pytest.approx(expected["same"])
    assert not rows or sum(row["count"] for row in rows.values()) == whole["count"]


def test_a_plan_tells_its_pairs_by_rail_unit_and_leaf() -> None:
    """Four scalable units of 32 DGX H100 on 32 leaves and 16 spines, one node left out."""
    rows = rows_of(rackplan.plan(EXAMPLES / "dgx-h100-4-su.yaml"))
    counts = {kind: row["count"] for kind, row in rows.items()}
    rail = 127 * 126 // 2
    leaf = 3 * (32 * 31 // 2) + 31 * 30 // 2
    assert counts == {
        "all": 1016 * 1015 // 2 - 127 * (8 * 7 // 2),
        "same leaf": 8 * leaf,
        "same rail, other SU": 8 * (rail - leaf),
        "other rail, same SU": 8 * 7 * leaf,
        "other rail, other SU": 8 * 7 * (rail - leaf),
    }
    for kind, row in rows.items():
        if kind not in {"all", "same leaf"}:
            assert (row["switches_min"], row["switches_max"]) == (3, 3)
            assert (row["links_min"], row["links_max"]) == (4, 4)
            assert (row["paths_min"], row["paths_max"]) == (16 * 2 * 2, 16 * 2 * 2)
            assert row["latency_ns"] == 3 * 330
    assert rows["same leaf"]["latency_ns"] == 330
    assert rows["all"]["links_max"] == 4, "the diameter"


def test_in_three_tiers_another_rail_is_five_switches_away_even_in_the_same_unit() -> None:
    """16 SU of DGX B200: 256 paths within a pod, 16,384 across (four cores' worth of bundles)."""
    rows = rows_of(rackplan.plan(EXAMPLES / "dgx-b200-16-su.yaml"))
    switches = {kind: row["switches_max"] for kind, row in rows.items()}
    assert switches == {
        "all": 5,
        "same leaf": 1,
        "same rail, other SU, same pod": 3,
        "same rail, other SU, other pod": 5,
        "other rail, same SU, other pod": 5,
        "other rail, other SU, other pod": 5,
    }
    assert {row["paths_max"] for row in rows.values()} == {1, 256, 16_384}


def test_bundles_of_four_make_sixteen_times_as_many_paths() -> None:
    """Four SU of DGX B300 on XDR: 18 spines, four links from each leaf to each."""
    rows = rows_of(rackplan.plan(EXAMPLES / "dgx-b300-xdr-4-su.yaml"))
    assert rows["other rail, other SU"]["paths_min"] == 18 * 4 * 4


def test_the_time_in_cables_counts_where_a_length_is_given() -> None:
    plan = rackplan.plan(EXAMPLES / "dgx-h100-4-su.yaml")
    rows = rows_of(plan, meters_per_link=10)
    assert rows["same leaf"]["latency_ns"] == pytest.approx(330 + 2 * 10 * 4.9)
    assert rows["same rail, other SU"]["latency_ns"] == pytest.approx(3 * 330 + 4 * 10 * 4.9)
    assert "10 m of fiber" in paths(plan, 10).notes[0]
    assert "left out" in paths(plan).notes[0]


def test_each_role_has_the_latency_of_its_own_switch() -> None:
    """Leaves of 100 ns under spines of 300 ns: 100 + 300 + 100."""
    hardware = {
        "switches": {
            name: {"ports": 8, "port_gbps": 400, "latency_ns": latency}
            for name, latency in (("switch", 100), ("other", 300))
        }
    }
    plan = planned(nodes=32, ports=8, topology="fat-tree", switch_by_role={"spine": "other"},
                   hardware=hardware)  # fmt: skip
    rows = rows_of(plan)
    assert rows["same leaf"]["latency_ns"] == 100
    assert rows["other leaf"]["latency_ns"] == 500


@pytest.mark.parametrize("name", ["two tiers", "torus of hosts"])
def test_an_unknown_latency_is_said_to_be_unknown(name: str) -> None:
    assert {row["latency_ns"] for row in rows_of(small(name)).values()} == {None}


FULL = {
    "torus": {"topology": "torus", "nodes": 60, "ports": 16, "shape": [3, 4, 5],
              "hosts_per_router": 1},
    "torus of hosts": SMALL["torus of hosts"],
    "HyperX": SMALL["HyperX"],
    "dragonfly": {**SMALL["dragonfly"], "nodes": 72},
    "Slim Fly": {**SMALL["Slim Fly"], "nodes": 200},
}  # fmt: skip
WORK = {"torus": 360 * 5, "torus of hosts": 96 * 5, "HyperX": 96 * 2, "dragonfly": 4 * 180 * 3,
        "Slim Fly": 10 * 350 * 2}  # fmt: skip
"""Orbits times arcs times diameter."""


@pytest.mark.parametrize("name", FULL)
def test_one_router_of_each_orbit_sees_what_all_see(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(**FULL[name])
    exact = rows_of(plan)
    monkeypatch.setattr(shortest, "WORK", WORK[name])
    result = paths(plan)
    assert "orbit" in result.notes[-1]
    for row in result.rows:
        for key, value in row.items():
            assert value == pytest.approx(exact[row["pairs"]][key]), (row["pairs"], key)


def test_a_sample_says_so_and_comes_near(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = small("HammingMesh of trees")
    exact = rows_of(plan)["all"]
    monkeypatch.setattr(shortest, "WORK", 100_000)
    result = paths(plan)
    assert "sample" in result.notes[-1]
    assert result.rows[0]["links_mean"] == pytest.approx(exact["links_mean"], rel=0.05)
    assert result.rows[0]["links_max"] <= exact["links_max"]


@pytest.mark.parametrize("name", ["torus", "HyperX", "dragonfly", "Slim Fly"])
def test_turns_carry_links_onto_links_and_a_missing_link_costs_some(name: str) -> None:
    plan = planned(**FULL[name])
    whole = plane_graph(plan, plan.design.fabrics[0])
    columns = ("lower", "upper", "links", "gbps", "tier")
    less = replace(whole, **{column: getattr(whole, column)[1:] for column in columns})
    counts = []
    for graph in (whole, less):
        folded = fold(graph)
        links = set(zip(folded.tail.tolist(), folded.head.tolist(), strict=True))
        found = turns(folded)
        for turn in found:
            moved = zip(turn.of(folded.tail).tolist(), turn.of(folded.head).tolist(), strict=True)
            assert set(moved) == links
        counts.append(len(set(orbits(folded, found).tolist())))
    assert counts[0] < counts[1]


def test_twins_have_the_same_neighbours_over_as_many_links() -> None:
    """Equal degrees are not enough: all routers of a torus have those."""
    sizes = {}
    for name in ("two tiers", "three tiers", "two tiers, dealt", "torus of routers"):
        (fabric,) = small(name).design.fabrics
        sizes[name] = fold(plane_graph(small(name), fabric)).size.tolist()
    assert sizes["two tiers"] == [8, 4]
    assert sizes["three tiers"] == [4] * 8 + [1] * 32 + [4] * 4
    assert sizes["two tiers, dealt"] == [2, 2, 1, 1, 1, 1]
    assert sizes["torus of routers"] == [1] * 60
