"""Published networks without a tree above: dragonflies, HyperX, Slim Fly, boards and tori."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path
from tests.golden.planned import (
    Case,
    Counts,
    cost,
    deployment,
    designed,
    links_of,
    millions,
    plain,
    planned,
)

import rackplan
from rackplan.errors import InfeasibleError

GENERIC = "generic-switch-64x400g"
"""The switch that the cost models of papers compute with."""


def switches(plan: rackplan.Plan) -> int:
    """Switch rows of a plan."""
    return int((plan.devices["kind"] == "switch").sum())


def hops(plan: rackplan.Plan) -> Counts:
    """Diameter and mean of the shortest paths between routers, in links."""
    routers = np.flatnonzero(plan.devices["kind"] == "switch")
    between = plan.adjacency()[routers][:, routers]
    steps = shortest_path(between, directed=False, unweighted=True)
    count = len(routers)
    return {"diameter": int(steps.max()), "aspl": round(steps.sum() / (count * (count - 1)), 4)}


def degrees(plan: rackplan.Plan) -> list[int]:
    """Links of every router to others."""
    routers = np.flatnonzero(plan.devices["kind"] == "switch")
    found: list[int] = plan.adjacency()[routers][:, routers].sum(axis=1).astype(int).tolist()
    return found


def hosts(plan: rackplan.Plan) -> int:
    """Host ports with a link; the first tier of a direct network joins the hosts."""
    tier = plan.design.fabrics[0].size.links[0].name
    return links_of(plan)[tier]


# --- dragonflies ----------------------------------------------------------------------------


def _dragonfly(case: Case, **spec: Any) -> rackplan.Plan:
    """Full groups, as many as the global ports allow."""
    p, a, h = (case["inputs"][key] for key in ("p", "a", "h"))
    groups = a * h + 1
    return planned("node", groups * a * p, "switch", topology="dragonfly", hosts_per_router=p,
                   routers_per_group=a, global_ports=h, hardware=plain(p + a - 1 + h),
                   **spec)  # fmt: skip


def deepseek_dragonfly(case: Case) -> Counts:
    """Switches and links between switches of the canonical dragonfly."""
    plan = _dragonfly(case)
    links = links_of(plan)
    return {
        "groups": plan.devices.loc[plan.devices["kind"] == "switch", "group"].nunique(),
        "endpoints": hosts(plan),
        "switches": switches(plan),
        "links": links["local"] + links["global"],
    }


def dragonfly(case: Case) -> Counts:
    plan = _dragonfly(case)
    links = links_of(plan)
    routers = plan.devices[plan.devices["kind"] == "switch"]
    (radix,) = set(plan.ports[plan.ports["used"]].groupby("device").size()[routers.index])
    return hops(plan) | {
        "groups": routers["group"].nunique(),
        "routers": len(routers),
        "endpoints": hosts(plan),
        "radix": radix,
        "local": links["local"],
        "global": links["global"],
    }


def leonardo(case: Case) -> Counts:
    """Cells of leaves and spines; hosts at 100G and links between switches at 200G."""
    given = case["inputs"]
    cells = sum(given["cells"].values())
    leaves = given["l2_down"]
    plan = planned(
        "node", cells * leaves * given["l1_down_100g"], "qm8700", topology="dragonfly-plus",
        hosts_per_leaf=given["l1_down_100g"], leaves_per_group=leaves,
        spines_per_group=given["l2_per_cell"], global_ports=given["l2_up"], groups=cells,
        port_gbps=100, link_gbps=200, hardware=plain(1),
    )  # fmt: skip
    links = plan.links
    rates = links.groupby("tier", observed=True)["speed_gbps"]
    assert set(rates.max()) == {100, 200}
    across = links[links["tier"] == "global"]
    group = plan.devices["group"].to_numpy()
    ends = [group[plan.ports["device"][across[end]]] for end in ("a_port", "b_port")]
    pairs, width = np.unique(np.sort(ends, axis=0), axis=1, return_counts=True)
    assert pairs.shape[1] == cells * (cells - 1) // 2
    (per_pair,) = set(width.tolist())
    bandwidth = rates.sum()
    first, local, *_ = plan.design.fabrics[0].size.links
    ups = plan.ports["device"][across["a_port"]].value_counts().add(
        plan.ports["device"][across["b_port"]].value_counts(), fill_value=0)  # fmt: skip
    assert set(ups) == {given["l2_up"]}
    return {
        "cells_total": plan.devices.loc[plan.devices["kind"] == "switch", "group"].nunique(),
        "links_per_cell_pair": per_pair,
        "global_links": len(across),
        "l1_oversub": round(float(bandwidth[first.name] / bandwidth[local.name]), 2),
        "l2_oversub": round(float(bandwidth[local.name] / (2 * bandwidth["global"])), 3),
    }


# --- lattices and fields --------------------------------------------------------------------


def hyperx(case: Case) -> Counts:
    given = case["inputs"]
    nodes = int(np.prod(given["S"])) * given["T"]
    radix = given["T"] + sum(k * (s - 1) for k, s in zip(given["K"], given["S"], strict=True))
    plan = planned("node", nodes, "switch", topology="hyperx", shape=given["S"], width=given["K"],
                   hosts_per_router=given["T"], hardware=plain(radix))  # fmt: skip
    (fabric,) = plan.design.fabrics
    assert fabric.bisection_tbps is not None
    tiers = links_of(plan)
    routers = plan.devices.index[plan.devices["kind"] == "switch"]
    (used,) = set(plan.ports[plan.ports["used"]].groupby("device").size()[routers])
    return {
        "switches": len(routers),
        "endpoints": hosts(plan),
        "radix": used,
        "links": sum(tiers.values()) - hosts(plan),
        "beta": round(fabric.bisection_tbps / (fabric.injection_tbps / 2), 6),
    }


def slim_fly(case: Case) -> Counts:
    expected = case["expected"]
    radix = expected["kprime"] + expected["p"]
    plan = planned("node", expected["endpoints"], "switch", topology="slim-fly",
                   q=case["inputs"]["q"], hardware=plain(radix))  # fmt: skip
    (kprime,) = set(degrees(plan))
    routers = switches(plan)
    return hops(plan) | {
        "routers": routers,
        "kprime": kprime,
        "p": hosts(plan) // routers,
        "endpoints": hosts(plan),
        "links": sum(degrees(plan)) // 2,
    }


def deepseek_slim_fly(case: Case) -> Counts:
    """There is no field of 28 elements."""
    published = case["published"]
    with pytest.raises(InfeasibleError, match="prime power") as raised:
        designed(deployment("node", published["endpoints"], "switch", topology="slim-fly",
                            q=case["inputs"]["q"], hardware=plain(64)))  # fmt: skip
    (problem,) = raised.value.problems
    return {"error": "q must be a prime power" if problem.code == "RP321" else problem.message}


def polarfly(case: Case) -> Counts:
    q = case["inputs"]["q"]
    routers = q**2 + q + 1
    plan = planned("node", routers, "switch", topology="polarfly", q=q, hosts_per_router=1,
                   hardware=plain(q + 2))  # fmt: skip
    found = degrees(plan)
    return hops(plan) | {
        "routers": switches(plan),
        "links": sum(found) // 2,
        "degree": max(found),
        "quadrics": found.count(max(found) - 1),
    }


# --- cost model of the HammingMesh paper ----------------------------------------------------


def _model(plan: rackplan.Plan, planes: int, case: Case) -> Counts:
    types = plan.cables["type"].value_counts()
    return {
        "switches_per_plane": switches(plan) // planes,
        "aoc": int(types.get("generic-aoc-400g", 0)) // planes,
        "cost_musd": millions(cost(plan), case["expected"]["cost_musd"]),
    }


def dragonfly_prices(case: Case) -> Counts:
    """Two virtual routers in a switch: half the routers, four links between any two, all dealt.

    Copper to hosts and within a group, active optical cables between groups.
    """
    given = case["inputs"]
    assert given["two_virtual_routers_per_switch"]
    routers, planes = given["a"] // 2, given["planes"]
    copper = {"cable": "generic-dac-400g"}
    plan = planned(
        "node", given["g"] * given["a"] * given["p"], GENERIC, topology="dragonfly",
        hosts_per_router=2 * given["p"], routers_per_group=routers, local_links=4,
        global_ports=2 * given["h"], groups=given["g"], leftover="wired", planes=planes,
        hardware=plain(1, nics=planes), prices={"list": "hammingmesh-2022"},
        optics={"tiers": {"host_router": copper, "local": copper,
                          "global": {"cable": "generic-aoc-400g"}}},
    )  # fmt: skip
    links = links_of(plan)
    inside = given["a"] * (given["a"] - 1) // 2 - routers  # that in a switch is free
    assert links["local"] == planes * given["g"] * inside
    return _model(plan, planes, case)


def boards(case: Case) -> Counts:
    """Boards of meshed accelerators on row and column lines; a board of one is a HyperX.

    Rows have copper, columns and what is above leaves active optical cables.
    """
    given = case["inputs"]
    planes = given["planes"]
    board = given.get("board", [1, 1])
    shape = given.get("boards", given.get("shape"))
    accelerators = int(np.prod(board) * np.prod(shape))
    wanted = {
        "topology": "hamming-mesh", "board": board, "boards": shape, "planes": planes,
        "hardware": plain(1, nics=4 * planes), "prices": {"list": "hammingmesh-2022"},
    }  # fmt: skip
    (fabric,) = designed(deployment("node", accelerators, GENERIC, **wanted)).fabrics
    tiers = {
        tier.name: {"cable": "generic-dac-400g" if tier.name == "host_row" else "generic-aoc-400g"}
        for tier in fabric.size.links
        if not tier.printed
    }
    plan = planned("node", accelerators, GENERIC, optics={"tiers": tiers}, **wanted)
    return _model(plan, planes, case)


def torus(case: Case) -> Counts:
    """Accelerators on boards, without a switch."""
    given = case["inputs"]
    planes = given["planes"]
    plan = planned(
        "node", int(np.prod(given["shape"])), None, topology="torus", shape=given["shape"],
        board=given["board"], planes=planes, port_gbps=400, hardware=plain(1, nics=4 * planes),
        prices={"list": "hammingmesh-2022"}, optics={"host_cable": "generic-aoc-400g"},
    )  # fmt: skip
    assert switches(plan) == 0
    return _model(plan, planes, case)
