"""Trees of papers, of other vendors and of other people, run as plans."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.golden.planned import (
    Case,
    Counts,
    bundle_widths,
    cost,
    counted,
    deployment,
    designed,
    is_feasible,
    links_of,
    millions,
    per_group,
    plain,
    planned,
)
from tests.golden.superpods import spine_left

import rackplan
from rackplan.analyses.paths import paths
from rackplan.deployment import Deployment

GENERIC = "generic-switch-64x400g"
"""The switch that the cost models of papers compute with."""


def deepseek(case: Case) -> Counts:
    """Switches and links between switches; each NIC in one plane where there are planes."""
    given, expected = case["inputs"], case["expected"]
    planes = given.get("planes", 1)
    shape = {"planes": planes, "tiers": given["tiers"],
             "hardware": plain(given["radix"], gpus=planes, nics=planes)}  # fmt: skip
    nodes = expected["endpoints"] // planes
    found = counted(planned("node", nodes, "switch", **shape))
    one_more = deployment("node", nodes + 1, "switch", **shape)
    assert not is_feasible(one_more), "the endpoints are the most that the tiers hold"
    return {
        "endpoints": found["node_leaf"],
        "switches": found["switches"],
        "links": found["leaf_spine"] + found["spine_core"],
    }


# --- Fire-Flyer -----------------------------------------------------------------------------


def fire_flyer_dgx(case: Case) -> Counts:
    given = case["inputs"]
    found = counted(planned(
        "node", given["endpoints"] // 8, "switch", hardware=plain(given["radix"], gpus=8, nics=8),
        tiers=given["tiers"],
    ))  # fmt: skip
    assert found["core"] >= case["expected"]["core_min"]
    return found | {"core_uniform": found["core"]}


def fire_flyer_zones(case: Case) -> Counts:
    """Two zones; of the host ports of each, 40 lead to the inter-zone switches."""
    given = case["inputs"]

    def wanted(nodes: int) -> Deployment:
        return deployment("node", nodes, "qm8700", hardware=plain(1), topology="two-zone",
                          tiers=2, zones=given["zones"],
                          interzone_switches=given["interzone_switches"])  # fmt: skip

    across = given["radix"] * given["interzone_switches"]
    most = given["zones"] * given["leaf_per_zone"] * given["radix"] // 2 - across
    plan = rackplan.plan(wanted(most))
    assert not is_feasible(wanted(most + 1)), "the zones are full"
    assert per_group(plan, "leaf", "group") == {given["leaf_per_zone"]}
    assert per_group(plan, "spine", "group") == {given["spine_per_zone"]}
    links = plan.links
    down = np.concatenate([
        links.loc[links["tier"] == "host_leaf", "b_port"],
        links.loc[links["tier"] == "leaf_interzone", "a_port"],
    ])  # fmt: skip
    zone = plan.devices["group"].to_numpy()[plan.ports["device"][down]]
    (per_zone,) = set(np.bincount(zone).tolist())
    return {
        "ports_per_zone": per_zone,
        "switches": int((plan.devices["kind"] == "switch").sum()),
    }


# --- rail-only ------------------------------------------------------------------------------


def _priced(gpus: int, per_node: int, **spec: Any) -> rackplan.Plan:
    """GPUs on the paper's switch, with its transceiver at both ends of every link."""
    mode = {"protocol": "ethernet", "ports": 1, "port_gbps": 400,
            "module": "generic-transceiver-400g"}  # fmt: skip
    hardware = {
        "nics": {"nic": {"cage": "qsfp-dd", "modes": [mode]}},
        "nodes": {"node": {"gpus": per_node, "nics": [{"count": per_node, "nic": "nic"}]}},
    }
    return planned("node", gpus // per_node, GENERIC, hardware=hardware,
                   prices={"list": "rail-only-2023"}, **spec)  # fmt: skip


def _model(case: Case, plan: rackplan.Plan) -> Counts:
    given = case["inputs"]
    prices = plan.design.prices
    assert prices[GENERIC] == given.get("radix", 64) * given.get("usd_port", 694)
    assert prices["generic-transceiver-400g"] == given.get("usd_xcvr", 199)
    return {
        "switches": int((plan.devices["kind"] == "switch").sum()),
        "transceivers": len(plan.modules),
        "cost_usd": cost(plan),
    }


def rail_optimised_prices(case: Case) -> Counts:
    """The bill of materials with the paper's prices, for a switch and for a transceiver."""
    plan = _priced(case["inputs"]["gpus"], 8, rails=8)
    assert counted(plan)["tiers"] == 3
    return _model(case, plan)


def rail_only(case: Case) -> Counts:
    """A tree for every place of a domain, against the rail-optimised tree of as many GPUs."""
    given = case["inputs"]
    plan = _priced(given["gpus"], given["hb_domain"], topology="rail-only")
    found = _model(case, plan)
    hosts = plan.links[plan.links["tier"] == "host_leaf"]
    (per_rail,) = set(hosts["rail"].value_counts())
    (leaves,), (spines,) = (per_group(plan, role, "plane") for role in ("leaf", "spine"))
    base = cost(_priced(given["gpus"], 8, rails=8))
    return found | {
        "rails": hosts["rail"].nunique(),
        "gpus_per_rail": per_rail,
        "leaf_per_rail": leaves,
        "spine_per_rail": spines,
        "saving": round(1 - found["cost_usd"] / base, 3),
    }


# --- Alibaba HPN ----------------------------------------------------------------------------


def _hpn(segments: int, per_segment: int, **spec: Any) -> rackplan.Plan:
    """Nodes of eight GPUs with two ports of 200G each, on leaves of 51.2 Tb/s in two planes."""
    hardware = {
        "switches": {"switch": {
            "ports": 64, "port_gbps": 800, "cage": "osfp", "cages": 64,
            "modes": [{"ports": 128, "port_gbps": 400}, {"ports": 256, "port_gbps": 200}],
        }},
        "nodes": {"node": {"gpus": 8, "nics": 16}},
    }  # fmt: skip
    return planned(
        "node", segments * per_segment, "switch", nodes_per_su=per_segment, hardware=hardware,
        **{"rails": 8, "planes": 2, "port_gbps": 200, "link_gbps": 400, "backup_ports": 8,
           "oversubscription": {"leaf": "16:15", "spine": 15}} | spec,
    )  # fmt: skip


def hpn_segment(case: Case) -> Counts:
    """A segment with its spare nodes: every leaf of a rail has 8 ports for them."""
    given = case["inputs"]
    spare = given["tor_backup_200g"]
    plan = _hpn(1, given["tor_down_200g"] + spare)
    leaves = plan.devices.index[plan.devices["role"] == "leaf"]
    hosts = plan.links[plan.links["tier"] == "host_leaf"]
    (per_leaf,) = set(plan.ports["device"][hosts["b_port"]].value_counts())
    ups = plan.links[plan.links["tier"] == "leaf_spine"]
    assert set(ups["speed_gbps"]) == {400}
    (up,) = set(plan.ports["device"][ups["a_port"]].value_counts())
    assert up == given["tor_up_400g"]
    (fabric,) = plan.design.fabrics
    return {
        "tors": len(leaves),
        "gpus_per_tor_pair": per_leaf - spare,
        "backup_gpus": plan.design.gpus - given["gpus"],
        "oversub": round(float(fabric.size.oversubscription["leaf"]), 4),
    }


def hpn_pod(case: Case) -> Counts:
    """Fifteen segments whose leaves all meet 60 spines in each of two planes."""
    given = case["inputs"]
    plan = _hpn(given["segments"], 128, tiers=3, sus_per_pod=given["segments"])
    found, links = counted(plan), plan.links
    assert bundle_widths(plan, "leaf_spine") == {1}
    assert found["spine"] == 2 * given["agg_per_plane"]
    spine = {
        end: plan.ports["device"][links.loc[links["tier"] == tier, end]].value_counts()
        for tier, end in (("leaf_spine", "b_port"), ("spine_core", "a_port"))
    }
    (down,), (up,) = (set(counts) for counts in spine.values())
    assert down == given["agg_core_oversub"] * up
    assert down + up == given["agg_ports_400g"]
    leaf_up = links[links["tier"] == "leaf_spine"]
    ends = [plan.ports["device"].to_numpy()[leaf_up[end]] for end in ("a_port", "b_port")]
    leaf = np.unique(np.stack(ends), axis=1)[0]
    (search,) = set(np.unique(leaf, return_counts=True)[1].tolist())
    return {
        "gpus": plan.design.gpus,
        "tors": found["leaf"],
        "agg": found["spine"],
        "tor_agg_links_400g": found["leaf_spine"],
        "nic_tor_links_200g": found["node_leaf"],
        "agg_down": down,
        "agg_up": up,
        "path_search": search,
        "agg_failure_capacity": round(spine_left(plan, "plane_left"), 4),
    }


def hpn_ladder(case: Case) -> Counts:
    """How many GPUs a leaf, a segment and a pod hold, mechanism by mechanism."""
    ports = round(case["inputs"]["chip_tbps"] * 1000 / 400)
    rate = case["inputs"]["gpu_gbps"]

    def switch(**extra: Any) -> dict[str, Any]:
        return {"switches": {"switch": {"ports": ports, "port_gbps": 400, "cage": "osfp",
                                        "cages": ports // 2, **extra}}}  # fmt: skip

    def pod(nics: int, spine: int = 1, **spec: Any) -> tuple[int, int]:
        """GPUs of a full leaf, and of a full pod of such leaves, in three tiers."""
        gbps = rate // nics
        hardware = switch(modes=[{"ports": 2 * ports, "port_gbps": 200}])
        hardware["nodes"] = {"node": {"gpus": 1, "nics": nics}}
        shape = {"hardware": hardware, "port_gbps": gbps, "link_gbps": 400, "tiers": 3,
                 "oversubscription": {"leaf": 1, "spine": spine}, **spec}  # fmt: skip
        leaf = designed(deployment("node", 1, "switch", **shape)).fabrics[0].size.shape.kinds[0]
        per_rail = leaf.down // (nics // spec.get("rails", 1) // spec.get("planes", 1))
        segments = 1
        while is_feasible(deployment(  # one spine reaches a leaf of each rail of every segment
            "node", (segments + 1) * per_rail, "switch", nodes_per_su=per_rail,
            sus_per_pod=segments + 1, **shape,
        )):  # fmt: skip
            segments += 1
        return per_rail, segments * per_rail

    clos = pod(1)
    dual = pod(2, rails=2)
    planes = pod(2, planes=2)
    tapered = pod(2, spine=15, planes=2)
    return {
        "clos_tier1": clos[0],
        "dual_tor_tier1": dual[0],
        "rail_tier1": 8 * planes[0],
        "clos_tier2": clos[1],
        "dual_tor_tier2": dual[1],
        "dual_plane_tier2": planes[1],
        "agg15to1_tier2": tapered[1],
    }


# --- Meta, MRC ------------------------------------------------------------------------------


def meta(case: Case) -> Counts:
    """Racks with a leaf each, pods of chassis switches, and a taper between pods."""
    given = case["inputs"]
    hardware = {
        "switches": {
            "rack-switch": {"ports": 2 * given["gpus_per_rack"], "port_gbps": 400},
            "chassis": {"ports": 576, "port_gbps": 400},
        },
        "nodes": {"node": {"gpus": 8, "nics": 8}},
    }
    racks = given["pods"] * given["racks_per_pod"]
    per_rack = given["gpus_per_rack"] // 8
    plan = rackplan.plan(Deployment.model_validate({
        "name": "golden",
        "hardware": hardware,
        "compute": [{"node": "node", "count": racks * per_rack, "nodes_per_rack": per_rack,
                     "rack": "eia-48u", "racks_per_su": 1}],
        "fabrics": {"compute": {
            "topology": "fat-tree", "switch": "chassis", "switch_by_role": {"leaf": "rack-switch"},
            "tiers": 3, "sus_per_pod": given["racks_per_pod"], "oversubscription": {"spine": 7},
        }},
    }))  # fmt: skip
    found = counted(plan)
    assert found["leaf"] == racks, "a leaf in every rack"
    hosts = plan.links[plan.links["tier"] == "host_leaf"]
    pod = plan.devices["group"].to_numpy()[plan.ports["device"][hosts["b_port"]]]
    (per_pod,) = set(np.unique(pod, return_counts=True)[1].tolist())
    bandwidth = plan.links.groupby("tier", observed=True)["speed_gbps"].sum()
    return found | {
        "gpus_per_pod": per_pod,
        "racks": len(plan.racks),
        "pod_oversub": float(bandwidth["host_leaf"] / bandwidth["leaf_spine"]),
        "agg_oversub": round(float(bandwidth["leaf_spine"] / bandwidth["spine_core"]), 1),
    }


def mrc(case: Case) -> Counts:
    """Eight planes of 100G out of 800G ports; and one plane of 800G with a tier more."""
    planes, given = case["inputs"]["planes"], case["expected"]["max_gpus"]

    def split(nodes: int) -> Deployment:
        hardware = plain(512, nics=planes, gbps=100)
        return deployment("node", nodes, "switch", hardware=hardware, planes=planes, tiers=2)

    def whole(nodes: int) -> Deployment:
        return deployment("node", nodes, "switch", hardware=plain(64, gbps=800), tiers=3)

    limit = case["expected"]["single_plane_3tier_max"]
    (fabric,) = designed(split(given)).fabrics
    found = {
        "max_gpus": given if not is_feasible(split(given + 1)) else None,
        "tiers": fabric.size.tiers,
        "switches_per_plane": fabric.switch_count // planes,
        "switches": fabric.switch_count,
        "single_plane_3tier_max": limit
        if is_feasible(whole(limit)) and not is_feasible(whole(limit + 1))
        else None,
    }
    return found | _planes_against_a_tier(limit, planes)


def _planes_against_a_tier(gpus: int, planes: int) -> Counts:
    """As many GPUs as three tiers hold, on eight planes of two and on one of three."""
    many = _on_800g(gpus, planes)
    one = _on_800g(gpus, 1)
    assert [plan.design.fabrics[0].size.tiers for plan in (many, one)] == [2, 3]
    quantity = [{row["kind"]: row["quantity"] for row in rackplan.summary(plan)["bom"]}
                for plan in (many, one)]  # fmt: skip
    assert [bill["switch"] for bill in quantity] == [3072, 5120]
    assert [bill["transceiver"] for bill in quantity] == [4 * gpus, 6 * gpus]
    assert cost(many) < 0.65 * cost(one)
    small = _on_800g(gpus // 32, planes, tiers=2)  # every pair of leaves is alike
    (longest,) = (row["switches_max"] for row in paths(small).rows if row["pairs"] == "all")
    return {
        "switch_ratio_vs_3tier": quantity[0]["switch"] / quantity[1]["switch"],
        "optics_ratio_vs_3tier": round(quantity[0]["transceiver"] / quantity[1]["transceiver"], 4),
        "max_switches_on_path": longest,
    }


def _on_800g(gpus: int, planes: int, **spec: Any) -> rackplan.Plan:
    """GPUs with a NIC of 800G on switches of 64 cages, every cage whole or split over planes."""
    gbps = 800 // planes
    module = {"form": "osfp", "ports": planes, "port_gbps": gbps, "fibers": 16, "connectors": 1,
              "connector": "mpo-16", "fiber_mode": "single"}  # fmt: skip
    mode = {"protocol": "ethernet", "ports": planes, "port_gbps": gbps, "module": "module"}
    hardware = {
        "switches": {"switch": {"ports": 64 * planes, "port_gbps": gbps, "cage": "osfp",
                                "cages": 64, "module": "module"}},
        "nics": {"nic": {"cage": "osfp", "cages": 1, "modes": [mode]}},
        "nodes": {"node": {"gpus": 1, "nics": [{"count": 1, "nic": "nic"}]}},
        "optics": {"module": module},
    }  # fmt: skip
    prices = {"items_usd": {"switch": 40_000, "module": 1_000}}
    return planned("node", gpus, "switch", hardware=hardware, prices=prices, planes=planes, **spec)


# --- other people ---------------------------------------------------------------------------


def dgx_sizes(case: Case) -> Counts:
    """A list of sizes in GPUs on the plain 64-port DGX fabric."""
    plans = [
        planned("dgx-h100", gpus // 8, "qm9700", nodes_per_su=32, rails=8)
        for gpus in case["inputs"]["gpus"]
    ]
    return {"switches": [counted(plan)["switches"] for plan in plans]}


def apetops(case: Case) -> Counts:
    nodes = case["inputs"]["nodes"]
    return counted(planned("dgx-h100", nodes, "qm9700", nodes_per_su=32, rails=8))


def juniper_stripes(case: Case) -> Counts:
    """Stripes of 64 servers with 8 leaves each; what the table calls leaves are servers."""
    counts = [
        counted(planned("node", stripes * 64, "switch", nodes_per_su=64, rails=8,
                        hardware=plain(128, gpus=8, nics=8)))
        for stripes in case["inputs"]["stripes"]
    ]  # fmt: skip
    return {key: [found[key] for found in counts] for key in ("leaf", "gpus")}


def juniper_lab(case: Case) -> Counts:
    """Leaves with four uplinks out of sixteen ports: eight ports of each stay free."""
    given = case["inputs"]
    plan = planned(
        "node", given["servers"], "switch", nodes_per_su=given["servers"] // given["stripes"],
        rails=given["leaves_per_stripe"], reserved_ports=8,
        hardware=plain(16, gpus=8, nics=given["nics"]),
    )  # fmt: skip
    found = counted(plan)
    assert found["leaf"] == given["stripes"] * given["leaves_per_stripe"]
    assert found["spine"] == given["spines"]
    assert found["bundle"] == given["links_per_pair"]
    terabits = plan.links.groupby("tier", observed=True)["speed_gbps"].sum() / 1000
    return found | {
        "leaf_spine_tbps": round(float(terabits["leaf_spine"]), 6),
        "server_leaf_tbps": round(float(terabits["host_leaf"]), 6),
    }


def kedios(case: Case) -> Counts:
    """Injection is what the hosts can send; bisection is half of it, one direction."""
    given = case["inputs"]
    plan = planned("dgx-b300", given["nodes"], "q3400-ra", nodes_per_su=72, rails=8)
    found = counted(plan)
    assert (found["leaf"], found["spine"]) == (given["leaf"], given["spine"])
    hosts = plan.links[plan.links["tier"] == "host_leaf"]
    return found | {
        "injection_tbps": round(float(hosts["speed_gbps"].sum()) / 1000, 6),
        "bisection_tbps_per_direction": plan.design.fabrics[0].bisection_tbps,
    }


# --- cost model of the HammingMesh paper, and the textbook ----------------------------------


def hamming_mesh_clos(case: Case) -> Counts:
    """The cost model's fat trees: copper to the hosts, active optical cables between switches."""
    given = case["inputs"]
    planes = given["planes"]
    plan = planned(
        "node", given["acc"], GENERIC, hardware=plain(1, nics=planes), planes=planes,
        prices={"list": "hammingmesh-2022"},
        optics={"host_cable": "generic-dac-400g", "switch_cable": "generic-aoc-400g"},
    )  # fmt: skip
    types = plan.cables["type"].value_counts()
    return {
        "switches_per_plane": counted(plan)["switches"] // planes,
        "dac": int(types["generic-dac-400g"]) // planes,
        "aoc": int(types["generic-aoc-400g"]) // planes,
        "cost_musd": millions(cost(plan), case["expected"]["cost_musd"]),
    }


def smallest_three_tiers(_case: Case) -> Counts:
    """The k = 4 tree of the textbooks: every switch has four ports, all of them in use."""
    plan = planned("node", 16, "switch", hardware=plain(4), tiers=3)
    found = counted(plan)
    used = plan.ports[plan.ports["used"]].groupby("device").size()[16:]
    assert set(used) == {4}
    levels = ("leaf", "spine", "core")
    tiers = links_of(plan)
    return {
        "endpoints": found["node_leaf"],
        "levels": [found[role] for role in levels],
        "links": [tiers[tier] for tier in ("host_leaf", "leaf_spine", "spine_core")],
        "radix": [
            int(plan.devices.loc[plan.devices["role"] == role, "port_count"].iloc[0])
            for role in levels
        ],
    }
