"""Published figures of fabrics against the program: `topologies.yaml`, case by case.

Every case is run here or stands in `LATER` with the reason; a case that is neither fails the suite.
What a plan holds is counted from its tables, not read from the formulas that sized it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import yaml

import rackplan
from rackplan.deployment import Deployment
from rackplan.design import Design
from rackplan.errors import InfeasibleError
from rackplan.load.catalog_reader import open_catalog
from rackplan.resolve import resolve

Case = dict[str, Any]
Counts = dict[str, Any]

DOCUMENT = yaml.safe_load((Path(__file__).parent / "topologies.yaml").read_text(encoding="utf-8"))
CASES: dict[str, Case] = {case["id"]: case for case in DOCUMENT["cases"]}

_STORAGE = "storage, front-end and out-of-band networks are not counted yet"
_DIRECT = "topology not offered yet: only fat trees are"
_ROUTES = "loads of routes are not computed yet"
LATER: dict[str, str] = {
    "sp-h100-127-storage": _STORAGE,
    "sp-h100-127-other": "racks of networking and management gear and PDUs are not counted yet",
    "nvlink-h100-256": "NVLink switches outside the node are not modelled yet",
    "ds-sf": f"Slim Fly: {_DIRECT}",
    "ds-df": f"dragonfly: {_DIRECT}",
    "ff-zone2": "two zones joined by inter-zone switches are not offered yet",
    "railonly-64": "rail-only fabrics (no link between rails) are not offered yet",
    "hpn-segment": "dual-ToR leaves and backup GPUs are not offered yet",
    "hpn-pod": "dual-ToR leaves and tapered cores are not offered yet",
    "hpn-scale-ladder": "dual-ToR leaves and tapered cores are not offered yet",
    "meta-24k": "a taper between spines and cores is not offered yet",
    "leonardo-dfplus": f"dragonfly+: {_DIRECT}",
    "hx-df-small": f"dragonfly: {_DIRECT}",
    "hx-hyperx-small": f"HyperX: {_DIRECT}",
    "hx-hyperx-large": f"HyperX: {_DIRECT}",
    "hx-hx2-small": f"HammingMesh: {_DIRECT}",
    "hx-hx2-large": f"HammingMesh: {_DIRECT}",
    "hx-hx4-small": f"HammingMesh: {_DIRECT}",
    "hx-torus-small": f"torus: {_DIRECT}",
    "hx-torus-large": f"torus: {_DIRECT}",
    "sf-q5": f"Slim Fly: {_DIRECT}",
    "sf-q7": f"Slim Fly: {_DIRECT}",
    "sf-q8": f"Slim Fly: {_DIRECT}",
    "df-242": f"dragonfly: {_DIRECT}",
    "df-484": f"dragonfly: {_DIRECT}",
    "hyperx-22x22": f"HyperX: {_DIRECT}",
    "pf-q7": f"PolarFly: {_DIRECT}",
    "dmodk-cps-full": f"{_ROUTES}; tests/properties/test_fabrics.py routes over the wiring",
    "dmodk-oversub": f"{_ROUTES}; tests/properties/test_fabrics.py routes over the wiring",
    "ecmp-maxload": _ROUTES,
    "fail-spine": "failures are not analysed yet",
}
"""Cases that the program cannot answer yet, and why."""

_PAPER_PRICES = "the paper's prices are not published part by part"
LATER_KEYS: dict[str, dict[str, str]] = {
    "sp-h100-127-cables": {
        "ufm_transceivers": "fabric managers are not devices of a plan yet",
        "inband_200g_aoc": _STORAGE,
        "oob_dgx_cat5e": _STORAGE,
        "oob_ib_switch_cat5e": _STORAGE,
        "oob_pdu_cat5e": _STORAGE,
    },
    **{
        case: {"cost_musd": _PAPER_PRICES, "cost_per_endpoint_kusd": _PAPER_PRICES}
        for case in ("ds-ft2", "ds-mpft", "ds-ft3")
    },
    "ff-10000-3l": {"core_min": "a bound, held against the cores below"},
    "mrc-2tier": {
        "switch_ratio_vs_3tier": "against a three-tier fabric too large to build",
        "optics_ratio_vs_3tier": "against a three-tier fabric too large to build",
        "max_switches_on_path": "paths are not counted yet",
    },
}
"""Figures of cases that are run which the program cannot give yet, and why."""

MISPRINTED: dict[str, set[str]] = {
    "sp-h100-doc-typos": {"su"},
    "sp-b300-xdr-18su": {"gpus"},
    "ff-10000-3l": {"core", "switches"},
    "trap-sheet-h100": {"switches"},
    "trap-juniper-weka": {"leaf"},
}
"""The published figures that contradict their own inputs, by case that is run."""


def deployment(
    node: str,
    count: int,
    switch: str,
    *,
    nodes_per_su: int | None = None,
    hardware: dict[str, Any] | None = None,
    prices: dict[str, float] | None = None,
    **spec: Any,
) -> Deployment:
    """A deployment of equal nodes on one fat tree."""
    return Deployment.model_validate({
        "name": "golden",
        "hardware": hardware or {},
        "compute": [{"node": node, "count": count, "nodes_per_su": nodes_per_su}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": switch, **spec}},
        "prices": {"items_usd": prices or {}},
    })  # fmt: skip


def plain(ports: int, *, gpus: int = 1, nics: int = 1, gbps: float = 400) -> dict[str, Any]:
    """Hardware of which nothing but counts is known: a `switch` and a `node`."""
    return {
        "switches": {"switch": {"ports": ports, "port_gbps": gbps}},
        "nodes": {"node": {"gpus": gpus, "nics": nics}},
    }


def counted(plan: rackplan.Plan) -> Counts:
    """What the tables of a plan with one fabric hold."""
    (fabric,) = plan.design.fabrics
    devices, ports, links = plan.devices, plan.ports, plan.links
    kinds = devices[devices["kind"] == "switch"]["role"].value_counts().to_dict()
    tiers = links["tier"].value_counts().to_dict()
    spine = ports["device"].map(devices["role"] == "spine")
    leaf = ports["device"].map(devices["role"] == "leaf")
    found = {
        "gpus": plan.design.gpus,
        "nodes": int((devices["kind"] == "node").sum()),
        "su": len(fabric.blocks),
        "switches": int((devices["kind"] == "switch").sum()),
        "leaf": kinds.get("leaf", 0),
        "spine": kinds.get("spine", 0),
        "core": kinds.get("core", 0),
        "tiers": len(tiers),
        "node_leaf": tiers.get("host_leaf", 0),
        "leaf_spine": tiers.get("leaf_spine", 0),
        "spine_core": tiers.get("spine_core", 0),
        "oversub": float(np.prod([float(r) for r in fabric.size.oversubscription.values()])),
        "pgft": fabric.size.shape.tree.notation(),
        "leaf_free_ports": int((leaf & ~ports["used"]).sum()),
    }
    free = (spine & ~ports["used"])[spine].groupby(ports["device"][spine]).sum()
    if len(free) and free.nunique() == 1:
        found["spine_free_ports"] = int(free.iloc[0])
    bundles = bundle_widths(plan, "leaf_spine")
    if len(bundles) == 1:
        found["bundle"] = bundles.pop()
    return found


def bundle_widths(plan: rackplan.Plan, tier: str) -> set[int]:
    """The numbers of parallel links between two switches of a tier."""
    rows = plan.links[plan.links["tier"] == tier]
    ends = plan.ports["device"]
    pairs = np.stack([ends[rows["a_port"]], ends[rows["b_port"]]])
    return set(np.unique(pairs, axis=1, return_counts=True)[1].tolist())


def designed(wanted: Deployment) -> Design:
    """Only the counts, for fabrics that need not be enumerated."""
    return resolve(wanted, open_catalog((), wanted.hardware.entries()))


def is_feasible(wanted: Deployment) -> bool:
    try:
        designed(wanted)
    except InfeasibleError:
        return False
    return True


# --- DGX SuperPOD ---------------------------------------------------------------------------


def superpod(node: str, switch: str) -> Callable[[Case], Counts]:
    """SUs of catalog nodes, rail-optimised, in one plane."""

    def run(case: Case) -> Counts:
        given = case["inputs"]
        per_su = given.get("nodes_per_su", given.get("nodes", 0) // given.get("su", 1))
        nodes = given.get("nodes", given["su"] * per_su)
        wanted = deployment(node, nodes, switch, nodes_per_su=per_su, rails=given["rails"])
        plan = rackplan.plan(wanted)
        (fabric,) = plan.design.fabrics
        assert fabric.mode.ports.value == given.get("radix", fabric.mode.ports.value)
        found = counted(plan)
        if "ufm_links" in given:  # the fabric manager takes ports that a missing node leaves
            assert found["leaf_free_ports"] >= given["ufm_links"]
            found["compute_plus_ufm_cables"] = found["node_leaf"] + given["ufm_links"]
        more = deployment(
            node, nodes + 1, switch, nodes_per_su=per_su, rails=given["rails"], tiers=2
        )
        found["at_max"] = not is_feasible(more)
        return found

    return run


def spectrum(case: Case) -> Counts:
    """Twin planes of DGX B300: the table counts cages of 800G, each with two links of 400G."""
    given = case["inputs"]
    nodes = given["su"] * given["nodes_per_su"]
    shape = {"nodes_per_su": given["nodes_per_su"], "rails": 8, "planes": given["planes"]}
    plan = rackplan.plan(deployment("dgx-b300", nodes, "sn5610", **shape))
    found = counted(plan)
    assert set(plan.links["speed_gbps"]) == {400}
    in_cages = plan.cages["device"][plan.modules["cage"]]
    roles = plan.devices["role"].to_numpy()[in_cages]
    more = deployment("dgx-b300", nodes + 1, "sn5610", tiers=2, **shape)
    return found | {
        "node_leaf": int((roles == "compute").sum()),
        "leaf_spine": int((roles == "spine").sum()),
        "node_links_400g": found["node_leaf"],
        "isl_400g": found["leaf_spine"],
        "leaf_per_plane": found["leaf"] // 2,
        "spine_per_plane": found["spine"] // 2,
        "at_max": not is_feasible(more),
    }


def superpod_typos(_case: Case) -> Counts:
    """The last row has 2,048 nodes; the 4-SU row must not have links to cores."""
    last = counted(rackplan.plan(deployment("dgx-h100", 2048, "qm9700", nodes_per_su=32, rails=8)))
    four = counted(rackplan.plan(deployment("dgx-h100", 128, "qm9700", nodes_per_su=32, rails=8)))
    return last | {
        "leaf_spine_4su": four["leaf_spine"],
        "spine_core_4su": four["spine_core"],
    }


def superpod_cables(case: Case) -> Counts:
    """Cables and twin-port modules of 127 nodes; the cages of dark ports count where one is lit."""
    wanted = deployment("dgx-h100", case["inputs"]["nodes"], "qm9700", nodes_per_su=32, rails=8)
    plan = rackplan.plan(wanted)
    sides = plan.modules["side"].value_counts()
    return {
        "ndr_400g_cables": len(plan.cables),
        "switch_osfp": int(sides["switch"]),
        "system_osfp": int(sides["host"]),
    }


def gb200_unit(case: Case) -> Counts:
    """One SU of GB200 NVL72: ports by rail and rack, and the NVLink rows of one rack."""
    given = case["inputs"]
    plan = rackplan.plan(Deployment.model_validate({
        "name": "golden",
        "compute": [{"system": "gb200-nvl72", "count": given["racks"], "racks_per_su": 8}],
        "fabrics": {
            "compute": {"topology": "fat-tree", "switch": "qm9700", "rails": given["rails"]}
        },
    }))  # fmt: skip
    hosts = plan.links[plan.links["tier"] == "host_leaf"]
    rack = plan.devices["rack"].to_numpy()[plan.ports["device"][hosts["a_port"]]]
    (by_rail,) = set(hosts["rail"].value_counts())
    (by_rail_and_rack,) = set(hosts.groupby([hosts["rail"].to_numpy(), rack]).size())
    inside = plan.expand(0)
    (on_chip,) = set(inside["b"].value_counts())
    return {
        "gpus": plan.design.gpus,
        "ndr_ports": hosts["a_port"].nunique(),
        "ports_per_rail": by_rail,
        "ports_per_rail_per_rack": by_rail_and_rack,
        "nvlink_links_per_rack": len(inside),
        "nvswitch_chips_per_rack": inside["b"].nunique(),
        "ports_per_nvswitch_chip": on_chip,
    }


def nvl72(case: Case) -> Counts:
    """The rows of one NVL72 domain."""
    plan = rackplan.plan(
        Deployment.model_validate(
            {"name": "golden", "compute": [{"system": "gb200-nvl72", "count": 1}]}
        )
    )
    rows = plan.expand(0)
    graph = nx.Graph((f"gpu{a}", f"chip{b}") for a, b in zip(rows["a"], rows["b"], strict=True))
    steps = nx.single_source_shortest_path_length(graph, "gpu0")
    (per_pair,) = set(rows.groupby(["a", "b"]).size())
    (on_chip,) = set(rows["b"].value_counts())
    (population,) = plan.design.populations
    assert population.gpu is not None
    assert population.gpu.nvlink is not None
    each = population.gpu.nvlink.gbytes_per_s.value
    assert each == case["inputs"]["gbs_per_gpu"]
    return {
        "chips": rows["b"].nunique(),
        "links": len(rows),
        "links_per_gpu_chip_pair": per_pair,
        "ports_per_chip": on_chip,
        "total_tbs": rows["a"].nunique() * each / 1000,
        "diameter_switches": max(n for name, n in steps.items() if name.startswith("gpu")) - 1,
    }


# --- papers, other vendors, other people ----------------------------------------------------


def deepseek(case: Case) -> Counts:
    """Switches and links between switches; each NIC in one plane where there are planes."""
    given, expected = case["inputs"], case["expected"]
    planes = given.get("planes", 1)
    hardware = plain(given["radix"], gpus=planes, nics=planes)
    nodes = expected["endpoints"] // planes
    found = counted(rackplan.plan(deployment(
        "node", nodes, "switch", hardware=hardware, planes=planes, tiers=given["tiers"]
    )))  # fmt: skip
    one_more = deployment(
        "node", nodes + 1, "switch", hardware=hardware, planes=planes, tiers=given["tiers"]
    )
    assert not is_feasible(one_more), "the endpoints are the most that the tiers hold"
    return {
        "endpoints": found["node_leaf"],
        "switches": found["switches"],
        "links": found["leaf_spine"] + found["spine_core"],
    }


def fire_flyer_dgx(case: Case) -> Counts:
    given = case["inputs"]
    found = counted(rackplan.plan(deployment(
        "node", given["endpoints"] // 8, "switch", hardware=plain(given["radix"], gpus=8, nics=8),
        tiers=given["tiers"],
    )))  # fmt: skip
    assert found["core"] >= case["expected"]["core_min"]
    return found | {"core_uniform": found["core"]}


def rail_optimised_prices(case: Case) -> Counts:
    """The bill of materials with the paper's prices, for a switch and for a transceiver."""
    given = case["inputs"]
    form = {"form": "qsfp112", "ports": 1, "port_gbps": 400, "fibers": 8, "connectors": 1,
            "connector": "mpo-12", "fiber_mode": "single"}  # fmt: skip
    hardware = {
        "switches": {
            "switch": {"ports": given["radix"], "port_gbps": 400, "module": "module",
                       "cage": "qsfp112", "cages": given["radix"]},
        },
        "nics": {"nic": {"cage": "qsfp112", "modes": [
            {"protocol": "ethernet", "ports": 1, "port_gbps": 400, "module": "module"}]}},
        "nodes": {"node": {"gpus": 8, "nics": [{"count": 8, "nic": "nic"}]}},
        "optics": {"module": form},
    }  # fmt: skip
    prices = {"switch": given["radix"] * given["usd_port"], "module": given["usd_xcvr"]}
    plan = rackplan.plan(deployment(
        "node", given["gpus"] // 8, "switch", hardware=hardware, prices=prices, rails=8
    ))  # fmt: skip
    assert counted(plan)["tiers"] == 3
    return {
        "switches": counted(plan)["switches"],
        "transceivers": len(plan.modules),
        "cost_usd": rackplan.summary(plan)["totals"]["cost_usd"],
    }


def mrc(case: Case) -> Counts:
    """Eight planes of 100G out of 800G ports, sized but not enumerated; and one plane of 800G."""
    planes, given = case["inputs"]["planes"], case["expected"]["max_gpus"]

    def split(nodes: int) -> Deployment:
        hardware = plain(512, nics=planes, gbps=100)
        return deployment("node", nodes, "switch", hardware=hardware, planes=planes, tiers=2)

    def whole(nodes: int) -> Deployment:
        return deployment("node", nodes, "switch", hardware=plain(64, gbps=800), tiers=3)

    limit = case["expected"]["single_plane_3tier_max"]
    (fabric,) = designed(split(given)).fabrics
    return {
        "max_gpus": given if not is_feasible(split(given + 1)) else None,
        "tiers": fabric.size.tiers,
        "switches_per_plane": fabric.switch_count // planes,
        "switches": fabric.switch_count,
        "single_plane_3tier_max": limit
        if is_feasible(whole(limit)) and not is_feasible(whole(limit + 1))
        else None,
    }


def dgx_sizes(case: Case) -> Counts:
    """A list of sizes in GPUs on the plain 64-port DGX fabric."""
    wanted = case["inputs"]["gpus"]
    plans = [
        rackplan.plan(deployment("dgx-h100", n // 8, "qm9700", nodes_per_su=32, rails=8))
        for n in wanted
    ]
    return {"switches": [counted(plan)["switches"] for plan in plans]}


def apetops(case: Case) -> Counts:
    nodes = case["inputs"]["nodes"]
    return counted(rackplan.plan(deployment("dgx-h100", nodes, "qm9700", nodes_per_su=32, rails=8)))


def juniper_stripes(case: Case) -> Counts:
    """Stripes of 64 servers with 8 leaves each; what the table calls leaves are servers."""
    counts = [
        counted(rackplan.plan(deployment(
            "node", stripes * 64, "switch", nodes_per_su=64, rails=8,
            hardware=plain(128, gpus=8, nics=8),
        )))
        for stripes in case["inputs"]["stripes"]
    ]  # fmt: skip
    return {key: [found[key] for found in counts] for key in ("leaf", "gpus")}


def juniper_lab(case: Case) -> Counts:
    """Leaves with four uplinks out of sixteen ports: eight ports of each stay free."""
    given = case["inputs"]
    plan = rackplan.plan(deployment(
        "node", given["servers"], "switch", nodes_per_su=given["servers"] // given["stripes"],
        rails=given["leaves_per_stripe"], reserved_ports=8,
        hardware=plain(16, gpus=8, nics=given["nics"]),
    ))  # fmt: skip
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
    wanted = deployment("dgx-b300", given["nodes"], "q3400-ra", nodes_per_su=72, rails=8)
    plan = rackplan.plan(wanted)
    found = counted(plan)
    assert (found["leaf"], found["spine"]) == (given["leaf"], given["spine"])
    hosts = plan.links[plan.links["tier"] == "host_leaf"]
    return found | {
        "injection_tbps": round(float(hosts["speed_gbps"].sum()) / 1000, 6),
        "bisection_tbps_per_direction": plan.design.fabrics[0].bisection_tbps,
    }


def hamming_mesh_clos(case: Case) -> Counts:
    """The cost model's fat trees: copper to the hosts, active optical cables between switches."""
    given = case["inputs"]
    planes = given["planes"]
    hardware = plain(given["radix"], nics=planes)
    hardware["cables"] = {"copper": {"kind": "dac"}, "active": {"kind": "aoc"}}
    plan = rackplan.plan(deployment(
        "node", given["acc"], "switch", hardware=hardware, planes=planes,
        prices={"switch": 14280, "copper": 272, "active": 603},
        optics={"host_cable": "copper", "switch_cable": "active"},
    ))  # fmt: skip
    types = plan.cables["type"].value_counts()
    cost = rackplan.summary(plan)["totals"]["cost_usd"]
    digits = 1 if case["expected"]["cost_musd"] < 100 else 0
    return {
        "switches_per_plane": counted(plan)["switches"] // planes,
        "dac": int(types["copper"]) // planes,
        "aoc": int(types["active"]) // planes,
        "cost_musd": round(cost / 1e6, digits),
    }


def smallest_three_tiers(_case: Case) -> Counts:
    """The k = 4 tree of the textbooks: every switch has four ports, all of them in use."""
    plan = rackplan.plan(deployment("node", 16, "switch", hardware=plain(4), tiers=3))
    found = counted(plan)
    used = plan.ports[plan.ports["used"]].groupby("device").size()[16:]
    assert set(used) == {4}
    levels = ("leaf", "spine", "core")
    return {
        "endpoints": found["node_leaf"],
        "levels": [found[role] for role in levels],
        "links": [found[tier] for tier in ("node_leaf", "leaf_spine", "spine_core")],
        "radix": [
            int(plan.devices.loc[plan.devices["role"] == role, "port_count"].iloc[0])
            for role in levels
        ],
    }


RUNS: dict[str, Callable[[Case], Counts]] = {
    **{
        f"sp-h100-{su}": superpod("dgx-h100", "qm9700")
        for su in ("1su-ufm", "2su-ufm", "3su-ufm", "4su-ufm", "8su", "16su", "64su")
    },
    "sp-h100-doc-typos": superpod_typos,
    "sp-b200-2su": superpod("dgx-b200", "qm9700"),
    **{f"sp-b300-spx-{su}su": spectrum for su in (1, 2, 4, 16)},
    **{f"sp-b300-xdr-{su}su": superpod("dgx-b300", "q3400-ra") for su in (1, 2, 4, 8, 18)},
    "sp-rubin-nvl8-8su": superpod("rubin-nvl8", "q3400-ra"),
    "sp-gb200-1su-shape": gb200_unit,
    "sp-h100-127-cables": superpod_cables,
    "nvlink-nvl72": nvl72,
    "ds-ft2": deepseek,
    "ds-mpft": deepseek,
    "ds-ft3": deepseek,
    "ff-10000-3l": fire_flyer_dgx,
    "railonly-64-base": rail_optimised_prices,
    "mrc-2tier": mrc,
    "apetops-512n": apetops,
    "trap-sheet-h100": dgx_sizes,
    "trap-juniper-weka": juniper_stripes,
    "juniper-qpp": juniper_lab,
    "kedios-b300-32": kedios,
    "hx-ft-small": hamming_mesh_clos,
    "hx-ft-large": hamming_mesh_clos,
    "xgft-k4": smallest_three_tiers,
}


def assert_expected(case: Case, found: Counts) -> None:
    """Every expected figure is found, apart from those listed for later."""
    wanted = {
        key: value
        for key, value in case["expected"].items()
        if key not in LATER_KEYS.get(case["id"], {})
    }
    assert wanted, "all figures of the case are left for later: list the case itself"
    assert {key: found.get(key, "not counted") for key in wanted} == wanted


@pytest.mark.parametrize("name", [name for name in RUNS if name not in MISPRINTED])
def test_the_program_gives_the_published_figures(name: str) -> None:
    case = CASES[name]
    assert case["reproduces"] is True
    assert_expected(case, RUNS[name](case))


@pytest.mark.parametrize("name", MISPRINTED)
def test_the_published_figure_is_misprinted_and_the_program_gives_the_right_one(name: str) -> None:
    case = CASES[name]
    assert case["reproduces"] is False
    found = RUNS[name](case)
    assert_expected(case, found)
    published = case["published"]
    differing = {key for key in published if key in found and published[key] != found[key]}
    assert differing == MISPRINTED[name], f"{name}: the source prints {published}"


def test_every_case_is_run_or_listed_for_later_with_a_reason() -> None:
    assert set(RUNS) | set(LATER) == set(CASES)
    assert not set(RUNS) & set(LATER)
    assert all(LATER.values())


def test_every_figure_listed_for_later_exists_and_has_a_reason() -> None:
    for name, keys in LATER_KEYS.items():
        assert name in RUNS
        assert set(keys) <= set(CASES[name]["expected"])
        assert all(keys.values())


def test_every_misprint_that_is_run_is_tested_as_one() -> None:
    assert set(MISPRINTED) == {name for name in RUNS if CASES[name]["reproduces"] is False}


def test_every_case_names_a_source_that_can_be_found_again() -> None:
    sources = DOCUMENT["sources"]
    assert {case["source"] for case in CASES.values()} <= set(sources)
    for key, source in sources.items():
        assert source["title"], key
        assert source["author"], key
        assert source["url"].startswith("https://") or key == "computed"
    assert len(CASES) == len(DOCUMENT["cases"]), "two cases share an id"
