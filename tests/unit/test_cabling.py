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
