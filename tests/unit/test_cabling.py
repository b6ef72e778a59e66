"""Cables with fixed ends, splitters and modules, on fabrics small enough to count by hand."""

from __future__ import annotations

from typing import Any

import pytest

import rackplan
from rackplan.build import Plan
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError


def planned(optics: dict[str, Any], **changes: Any) -> Plan:
    """Eight GB300 racks with some optics."""
    fabric = {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4, "optics": optics}
    compute = [{"system": "gb300-nvl72", "count": 8, "racks_per_su": 8}]
    data = {"name": "x", "compute": compute, "fabrics": {"compute": fabric | changes}}
    return rackplan.plan(Deployment.model_validate(data))


def counts(plan: Plan) -> tuple[dict[str, int], dict[str, int]]:
    return plan.tables["cables"].counts("type"), plan.tables["modules"].counts("type")


def test_a_splitter_carries_the_two_hosts_of_one_switch_cage() -> None:
    plan = planned({"host_cable": "mca7k10"})
    cables, modules = counts(plan)
    assert cables == {"mca7k10": 288, "mfp7e30": 576}
    assert modules == {"mca7k10": 288 + 576, "mms4a00": 2 * 288}
    first = plan.links[(plan.links["tier"] == "host_leaf") & (plan.links["cable"] == 0)]
    leaves = plan.ports.loc[first["b_port"]]
    assert leaves["cage"].nunique() == 1
    assert plan.ports.loc[first["a_port"], "cage"].nunique() == 2


def test_a_straight_copper_cable_joins_whole_cages_of_two_switches() -> None:
    plan = planned({"switch_cable": "mca4k50"})
    cables, modules = counts(plan)
    assert cables == {"mfp7e30": 576, "mca4k50": 288}
    assert modules["mca4k50"] == 2 * 288
    assert modules["mms4a00"] == 288


def test_plugs_of_copper_are_not_counted_as_transceivers() -> None:
    summary = rackplan.summary(planned({"host_cable": "mca7k10", "switch_cable": "mca4k50"}))
    compute = summary["fabrics"]["compute"]
    assert compute["modules"] == {"host": 0, "switch": 0}
    assert compute["cages"] == {"host": 576, "switch": 864}
    assert compute["fibers"] == 0
    assert compute["connectors"] == 0
    quantity = {row["id"]: row["quantity"] for row in summary["bom"]}
    assert quantity == {"gb300-nvl72": 8, "q3400-ra": 12, "mca7k10": 288, "mca4k50": 288}


def test_a_straight_cable_is_refused_where_the_links_of_a_cage_part() -> None:
    # 18 scalable units leave one link between each leaf and spine, so cages part.
    compute = [{"system": "gb300-nvl72", "count": 144, "racks_per_su": 8}]
    fabric = {
        "topology": "fat-tree",
        "switch": "q3400-ra",
        "rails": 4,
        "optics": {"switch_cable": "mca4k50"},
    }
    data = {"name": "x", "compute": compute, "fabrics": {"compute": fabric}}
    with pytest.raises(InfeasibleError, match="RP315"):
        rackplan.plan(Deployment.model_validate(data))


def test_a_splitter_is_refused_where_a_host_cage_holds_two_nics() -> None:
    fabric = {
        "topology": "fat-tree",
        "switch": "qm9700",
        "rails": 8,
        "optics": {"host_cable": "mcp7y00"},
    }
    data = {
        "name": "x",
        "compute": [{"node": "dgx-h100", "count": 32}],
        "fabrics": {"compute": fabric},
    }
    with pytest.raises(InfeasibleError, match="RP315"):
        rackplan.plan(Deployment.model_validate(data))


def test_a_cpo_switch_has_no_cages_and_no_modules() -> None:
    plan = planned({"switches": "cpo"})
    cables, modules = counts(plan)
    assert cables == {"mfp7e30": 1152}
    assert modules == {"mms4a20-xm800": 576}
    assert len(plan.cages[plan.cages["device"] >= 144]) == 0


def test_two_nics_in_one_cage_share_a_module() -> None:
    data = {
        "name": "x",
        "compute": [{"node": "dgx-h100", "count": 127, "nodes_per_su": 32}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "qm9700", "rails": 8}},
    }
    cables, modules = counts(rackplan.plan(Deployment.model_validate(data)))
    assert cables == {"mfp7e30": 2040}
    assert modules == {"mms4x00-ns-flt": 508, "mms4x00-ns": 1536}


def of_hardware(**data: Any) -> Plan:
    return rackplan.plan(Deployment.model_validate({"name": "x"} | data))


def test_ports_of_other_networks_between_those_of_a_fabric_stay_free() -> None:
    storage = {"count": 2, "role": "storage"}
    plan = of_hardware(
        hardware={
            "switches": {"s": {"ports": 8, "port_gbps": 400}},
            "nodes": {
                "plain": {"gpus": 1, "nics": [{"count": 2}]},
                "mixed": {"gpus": 1, "nics": [{"count": 1}, storage, {"count": 1}]},
                "last": {"gpus": 1, "nics": [storage, {"count": 2}]},
            },
        },
        compute=[{"node": name, "count": 1} for name in ("plain", "mixed", "last")],
        fabrics={"compute": {"topology": "fat-tree", "switch": "s"}},
    )
    ports = plan.ports[plan.ports["device"] < 3]
    used = ports[ports["used"]].groupby("device")["index"].apply(list).tolist()
    assert used == [[0, 1], [0, 3], [2, 3]]


def test_management_ports_take_a_cord_and_no_module() -> None:
    plan = of_hardware(
        hardware={
            "switches": {"s": {"ports": 8, "port_gbps": 400, "management_ports": 1}},
            "nodes": {"n": {"gpus": 1, "nics": [
                {"count": 2}, {"count": 1, "role": "oob", "cage": "rj45"}]}},
        },
        compute=[{"node": "n", "count": 8}],
        services=[{"part": "pdu-px3-5747v", "count": 3}],
        fabrics={
            "compute": {"topology": "fat-tree", "switch": "s", "planes": 2},
            "oob": {"topology": "fat-tree", "switch": "sn2201", "management": True,
                    "optics": {"host_cable": "rj45-copper"}},
        },
    )  # fmt: skip
    oob = plan.modules[plan.modules["fabric"] == "oob"]
    assert (plan.cables["type"] == "rj45-copper").sum() == 8 + 2 + 3
    assert oob["side"].value_counts().to_dict() == {"switch": 13, "host": 8}
    assert set(oob["type"]) == {"rj45-copper"}


def test_a_panel_puts_a_cable_on_either_side_of_a_link() -> None:
    bare = planned({})
    crossed = planned({"tiers": {"leaf_spine": {"panel": "ocs-lumentum-r300"}}})
    links = int((crossed.links["tier"] == "leaf_spine").sum())
    assert len(crossed.cables) == len(bare.cables) + links
    assert len(crossed.modules) == len(bare.modules)
    panels = crossed.devices[crossed.devices["kind"] == "panel"]
    assert len(panels) == -(-links // 300)
    quantity = {row["id"]: row["quantity"] for row in rackplan.summary(crossed)["bom"]}
    assert quantity["ocs-lumentum-r300"] == len(panels)
    segments = crossed.tables["segments"]
    assert len(segments) == 2 * links
    assert len(set(segments["cable"].tolist())) == 2 * links


def test_cages_of_a_leaf_with_two_rates_are_split_as_each_rate_asks() -> None:
    cages = {"cage": "osfp", "cages": 8}
    plan = of_hardware(
        hardware={
            "switches": {"s": {"ports": 8, "port_gbps": 800, **cages, "modes": [
                {"ports": 16, "port_gbps": 400}, {"ports": 32, "port_gbps": 200}]}},
            "nodes": {"n": {"gpus": 1, "nics": 1}},
        },
        compute=[{"node": "n", "count": 40}],
        fabrics={"compute": {"topology": "fat-tree", "switch": "s", "port_gbps": 200,
                             "link_gbps": 400}},
    )  # fmt: skip
    leaf = plan.devices.index[plan.devices["role"] == "leaf"][0]
    ports = plan.ports[plan.ports["device"] == leaf]
    in_cage = ports.groupby("cage")["speed_gbps"].agg(["size", "min", "max"])
    assert (in_cage["min"] == in_cage["max"]).all(), "no cage has two rates"
    assert in_cage.groupby("max")["size"].agg(list).to_dict() == {200: [4] * 4, 400: [2] * 4}
    used = ports[ports["used"]]["cage"].nunique()
    own = plan.modules["cage"].isin(plan.cages.index[plan.cages["device"] == leaf])
    assert own.sum() == used == 8
