"""NVIDIA's reference architectures and their NVLink domains, run as plans."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
from tests.golden.planned import (
    Case,
    Counts,
    counted,
    deployment,
    device_types,
    example,
    is_feasible,
    links_of,
    planned,
)

import rackplan
from rackplan.analyses.failures import failures
from rackplan.deployment import Deployment


def superpod(node: str, switch: str) -> Callable[[Case], Counts]:
    """SUs of catalog nodes, rail-optimised, in one plane."""

    def run(case: Case) -> Counts:
        given = case["inputs"]
        per_su = given.get("nodes_per_su", given.get("nodes", 0) // given.get("su", 1))
        nodes = given.get("nodes", given["su"] * per_su)
        plan = planned(node, nodes, switch, nodes_per_su=per_su, rails=given["rails"])
        (fabric,) = plan.design.fabrics
        radix = sum(bank.ports for bank in fabric.size.roles[0].layouts[0])
        assert radix == given.get("radix", radix)
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
    plan = planned("dgx-b300", nodes, "sn5610", **shape)
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
    last = counted(planned("dgx-h100", 2048, "qm9700", nodes_per_su=32, rails=8))
    four = counted(planned("dgx-h100", 128, "qm9700", nodes_per_su=32, rails=8))
    return last | {
        "leaf_spine_4su": four["leaf_spine"],
        "spine_core_4su": four["spine_core"],
    }


# --- all networks of 127 DGX H100 -----------------------------------------------------------


def _hosts(plan: rackplan.Plan, fabric: str, *types: str) -> int:
    """Links of a fabric that end at devices of some types."""
    rows = plan.links[(plan.links["fabric"] == fabric)]
    types_of_ends = plan.devices["type"].to_numpy()[plan.ports["device"][rows["a_port"]]]
    first_hop = rows["tier"].astype(str).str.startswith("host_leaf").to_numpy()
    return int(sum((types_of_ends == one)[first_hop].sum() for one in types))


def superpod_cables(case: Case) -> Counts:
    """Cables and twin-port modules; the cages of dark ports count where one is lit."""
    plan = example("dgx-h100-superpod")
    assert device_types(plan)["dgx-h100"] == case["inputs"]["nodes"]
    modules = plan.modules[plan.modules["fabric"] == "compute"]
    twin_port = modules[modules["type"] == "mms4x00-ns-flt"]
    pdus = [name for name in device_types(plan) if name.startswith("pdu-")]
    return {
        "ndr_400g_cables": _hosts(plan, "compute", "dgx-h100") + links_of(plan)["leaf_spine"],
        "switch_osfp": int((modules["side"] == "switch").sum()),
        "system_osfp": len(twin_port),
        "ufm_transceivers": int((modules["type"] == "mms4x00-ns400").sum()),
        "inband_200g_aoc": int((plan.cables["type"] == "aoc-at-100g").sum()),
        "oob_dgx_cat5e": _hosts(plan, "oob", "dgx-h100"),
        "oob_ib_switch_cat5e": _hosts(plan, "oob", "qm9700"),
        "oob_pdu_cat5e": _hosts(plan, "oob", *pdus),
    }


def superpod_storage(case: Case) -> Counts:
    """The storage fabric as our rule sizes it: two rails, 4:3 at every leaf."""
    given = case["inputs"]
    plan = example("dgx-h100-superpod")
    modules = plan.modules[plan.modules["fabric"] == "storage"]
    switches = plan.devices[plan.devices["fabric"] == "storage"]
    links = links_of(plan, "storage")
    assert _hosts(plan, "storage", "ufm-appliance-storage") == given["ufm_links"]
    dgx = _hosts(plan, "storage", "dgx-h100")
    assert dgx == given["nodes"] * given["storage_ports_per_node"]
    return {
        "switches": len(switches),
        "ndr_400g_cables": dgx + links["leaf_spine"],
        "switch_osfp": int((modules["type"] == "mms4x00-ns").sum()),
        "dgx_transceivers": int((modules["type"] == "mms1x00-ns400").sum()),
    }


def superpod_other(case: Case) -> Counts:
    """Servers, switches and PDUs beside the compute fabric; the racks without the partner's."""
    plan = example("dgx-h100-superpod")
    types = device_types(plan)
    assert types["dgx-h100"] == case["inputs"]["nodes"]
    inband = plan.devices[plan.devices["fabric"] == "inband"]
    return {
        "racks": int((plan.racks["purpose"] != "service").sum()),
        "ufm": types["ufm-appliance"] + types["ufm-appliance-storage"],
        "mgmt_servers": types["generic-management-server"],
        "inband_sn4600c": len(inband),
        "oob_sn2201": types["sn2201"],
        "pdus": types["pdu-px3-5878i2r"] + types["pdu-px3-5747v"],
    }


# --- NVLink ---------------------------------------------------------------------------------


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


def nvlink_network(case: Case) -> Counts:
    """The 256 GPUs of DGX H100 that a second level of NVLink chips joins."""
    given = case["inputs"]
    plan = rackplan.plan(
        Deployment.model_validate(
            {"name": "golden", "compute": [{"system": "dgx-h100-nvlink-256", "count": 1}]}
        )
    )
    assert plan.design.nodes == given["nodes"]
    rows = plan.expand(0)
    chips = rows[rows["tier"] == "chip_chip"]
    assert chips["b"].nunique() == 36
    (uplinks,) = set((chips["a"] // 4).value_counts())
    assert uplinks == given["nvlink_uplinks_per_node"]
    uplink = uplinks * given["gbs_per_link"] / 1000
    injection = given["gpus_per_node"] * given["gbs_per_gpu"] / 1000
    return {
        "uplink_tbs_per_node": uplink,
        "injection_tbs_per_node": injection,
        "oversub": injection / uplink,
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
    assert each is not None
    assert each == case["inputs"]["gbs_per_gpu"]
    return {
        "chips": rows["b"].nunique(),
        "links": len(rows),
        "links_per_gpu_chip_pair": per_pair,
        "ports_per_chip": on_chip,
        "total_tbs": rows["a"].nunique() * each / 1000,
        "diameter_switches": max(n for name, n in steps.items() if name.startswith("gpu")) - 1,
    }


# --- failures -------------------------------------------------------------------------------


def spine_left(plan: rackplan.Plan, column: str) -> float:
    """A column of the row on the failure of one spine."""
    rows = [row for row in failures(plan).rows if (row["part"], row["at"]) == ("switch", "spine")]
    (row,) = rows
    return float(str(row[column]))


def spine_failures(case: Case) -> Counts:
    """What one spine of each fabric leaves to a GPU."""
    known = {
        "h100-4su": ("dgx-h100", 128, "qm9700", 32),
        "h100-8su": ("dgx-h100", 256, "qm9700", 32),
        "xdr-1su": ("dgx-b300", 72, "q3400-ra", 72),
        "xdr-18su": ("dgx-b300", 1296, "q3400-ra", 72),
    }
    left = []
    for name in case["inputs"]["fabrics"]:
        node, count, switch, per_su = known[name]
        plan = planned(node, count, switch, nodes_per_su=per_su, rails=8)
        left.append(round(spine_left(plan, "gpu_left"), 4))
    return {"capacity_after_one_spine": left}
