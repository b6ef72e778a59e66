"""Free ports: every one is told once, with its reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import rackplan
from rackplan.analyses.optics import optics
from rackplan.analyses.stranded import stranded
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError

EXAMPLES = Path(__file__).parents[2] / "examples"
REASONS = ("not_full", "reserved", "bundles", "unused")

Row = dict[str, Any]


def planned(
    node: dict[str, Any], count: int, switch: dict[str, Any], **fabric: Any
) -> rackplan.Plan:
    compute = {"node": "node", "count": count, "nodes_per_su": fabric.pop("nodes_per_su", None)}
    return rackplan.plan(Deployment.model_validate({
        "name": "small",
        "hardware": {"switches": {"switch": switch}, "nodes": {"node": node}},
        "compute": [compute],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch"} | fabric},
    }))  # fmt: skip


def of_switches(plan: rackplan.Plan) -> list[Row]:
    roles = {role.name for fabric in plan.design.fabrics for role in fabric.size.roles}
    return [dict(row) for row in stranded(plan).rows if row["fabric"] and row["role"] in roles]


def free_ports(plan: rackplan.Plan) -> Counter[tuple[str, int]]:
    """How many switches of a role have how many free ports, counted port by port."""
    ports, devices = plan.ports, plan.devices
    free: Counter[int] = Counter()
    for port in ports.itertuples():
        free[port.device] += not port.used
    return Counter(
        (str(devices["role"][device]), count)
        for device, count in free.items()
        if count and devices["kind"][device] == "switch"
    )


def half_cages(plan: rackplan.Plan) -> tuple[int, int]:
    """Cages of switches without a link, and with links on some of their ports."""
    ports, kinds = plan.ports, plan.devices["kind"]
    used: dict[int, list[bool]] = {}
    for port in ports.itertuples():
        if port.cage >= 0 and kinds[port.device] == "switch":
            used.setdefault(port.cage, []).append(port.used)
    empty = sum(not any(lit) for lit in used.values())
    return empty, sum(any(lit) and not all(lit) for lit in used.values())


def check(plan: rackplan.Plan) -> None:
    """Whether rows and tables agree, port by port."""
    rows = of_switches(plan)
    told: Counter[tuple[str, int]] = Counter()
    for row in rows:
        free = row["ports"] - row["used"]
        assert sum(row[reason] for reason in REASONS) == free
        assert row["free_total"] == row["devices"] * free
        assert row["why"]
        told[row["role"], free] += row["devices"]
    assert told == free_ports(plan)
    assert sum(row["free_total"] for row in rows) == sum(
        row["free_ports"] for row in optics(plan).rows
    )
    found = [
        sum(row["devices"] * row[key] for row in rows) for key in ("empty_cages", "half_cages")
    ]
    assert tuple(found) == half_cages(plan)


def test_the_missing_node_of_a_superpod_leaves_a_port_on_each_rail() -> None:
    plan = rackplan.plan(EXAMPLES / "dgx-h100-4-su.yaml")
    check(plan)
    (leaf,) = of_switches(plan)
    assert (leaf["role"], leaf["devices"], leaf["not_full"]) == ("leaf", 8, 1)
    assert (leaf["cages"], leaf["empty_cages"], leaf["half_cages"]) == (32, 0, 1)


def test_equal_bundles_leave_16_ports_on_each_of_18_spines() -> None:
    plan = rackplan.plan(EXAMPLES / "dgx-b300-xdr-4-su.yaml")
    check(plan)
    (spine,) = of_switches(plan)
    assert (spine["devices"], spine["ports"], spine["bundles"]) == (18, 144, 16)
    assert (spine["empty_cages"], spine["half_cages"]) == (8, 0)
    assert "equal bundles" in spine["why"]


def test_nics_that_no_fabric_uses_are_told_with_their_role() -> None:
    rows = stranded(rackplan.plan(EXAMPLES / "dgx-h100-4-su.yaml")).rows
    unused = {row["role"]: row for row in rows if not row["fabric"]}
    assert set(unused) == {"storage", "frontend", "inband", "oob"}
    assert unused["storage"]["free_total"] == 254
    assert (unused["storage"]["cages"], unused["storage"]["empty_cages"]) == (2, 2)
    assert "'storage'" in unused["storage"]["why"]


def test_reserved_ports_and_those_of_dealt_links() -> None:
    node, switch = {"gpus": 2, "nics": 2}, {"ports": 16, "port_gbps": 400, "cages": 8}
    plan = planned(node, 21, switch, reserved_ports=2, bundles="spread")
    check(plan)
    rows = of_switches(plan)
    leaves = [row for row in rows if row["role"] == "leaf"]
    assert {row["reserved"] for row in leaves} == {2}
    assert sum(row["devices"] for row in leaves) == plan.design.fabrics[0].size.switches()["leaf"]
    spines = [row for row in rows if row["role"] == "spine"]
    assert spines
    assert all(row["bundles"] == 0 and row["unused"] for row in spines), "no bundle is to blame"


def test_bundles_are_not_blamed_for_what_whole_switches_leave_over() -> None:
    # Three leaves of eight uplinks: 24 links need two switches of 16 ports in any case.
    plan = planned({"gpus": 1, "nics": 1}, 24, {"ports": 16, "port_gbps": 400, "cages": 8})
    check(plan)
    (spine,) = of_switches(plan)
    assert (spine["devices"], spine["used"], spine["bundles"], spine["unused"]) == (2, 12, 0, 4)
    assert "whole switches" in spine["why"]


def test_global_ports_that_go_round_no_group_do_not_wait_for_hosts() -> None:
    # Four groups of 4 x 2 global ports: two links to each other group, two ports left over.
    plan = planned(
        {"gpus": 1, "nics": 1}, 32, {"ports": 8, "port_gbps": 400}, topology="dragonfly",
        hosts_per_router=2, routers_per_group=4, global_ports=2, groups=4,
    )  # fmt: skip
    check(plan)
    rows = of_switches(plan)
    assert sum(row["devices"] * row["unused"] for row in rows) == 4 * 2 + 16 * 1
    assert all(row["not_full"] == 0 for row in rows)


def test_one_switch_waits_for_hosts() -> None:
    plan = planned({"gpus": 1, "nics": 3}, 4, {"ports": 16, "port_gbps": 400, "cages": 8})
    check(plan)
    (row,) = of_switches(plan)
    assert (row["used"], row["not_full"], row["empty_cages"], row["half_cages"]) == (12, 4, 2, 0)


def test_routers_of_a_direct_network_wait_for_hosts_or_have_ports_to_spare() -> None:
    node, switch = {"gpus": 1, "nics": 1}, {"ports": 16, "port_gbps": 400}
    plan = planned(node, 50, switch, topology="torus", shape=[3, 3, 3], hosts_per_router=2)
    check(plan)
    rows = {row["used"]: row for row in of_switches(plan)}
    assert rows[8]["devices"] == 25
    assert (rows[8]["not_full"], rows[8]["unused"]) == (0, 8)
    assert rows[6]["devices"] == 2
    assert (rows[6]["not_full"], rows[6]["unused"]) == (2, 8)
    assert "2 wait for hosts" in rows[6]["why"]


def test_management_ports_are_not_counted() -> None:
    plan = rackplan.plan(Deployment.model_validate({
        "name": "managed",
        "hardware": {
            "switches": {
                "switch": {"ports": 16, "port_gbps": 400, "management_ports": 1},
                "small": {"ports": 48, "port_gbps": 1, "management_ports": 1},
            },
            "nodes": {"node": {"gpus": 8, "nics": 8}},
        },
        "compute": [{"node": "node", "count": 8}],
        "fabrics": {
            "compute": {"topology": "fat-tree", "switch": "switch"},
            "oob": {"topology": "fat-tree", "switch": "small", "management": True},
        },
    }))  # fmt: skip
    assert {row["ports"] for row in of_switches(plan)} <= {16, 48}
    assert sum(row["free_total"] for row in of_switches(plan)) == sum(
        row["free_ports"] for row in optics(plan).rows
    )


@pytest.mark.parametrize(
    "name", ["fire-flyer-zones", "hpn-pod", "own-hardware", "ex4000-4-cabinets", "two-halls"]
)
def test_every_free_port_is_told_once(name: str) -> None:
    check(rackplan.plan(EXAMPLES / f"{name}.yaml"))


@st.composite
def fabrics(draw: st.DrawFn) -> Row:
    ports = 2 * draw(st.integers(4, 12))
    topology = draw(
        st.sampled_from(
            [
                {"topology": "fat-tree"},
                {"topology": "fat-tree", "reserved_ports": 1, "nodes_per_su": 5},
                {"topology": "fat-tree", "bundles": "spread"},
                {"topology": "fat-tree", "oversubscription": 3},
                {"topology": "rail-only"},
                {"topology": "two-zone"},
                {"topology": "torus"},
                {"topology": "hyperx"},
                {"topology": "dragonfly"},
                {"topology": "dragonfly-plus"},
                {"topology": "slim-fly"},
            ]
        )
    )
    return {
        "node": {"gpus": 2, "nics": draw(st.integers(1, 4))},
        "count": draw(st.integers(2, 40)),
        "switch": {"ports": ports, "port_gbps": 400, "cage": "osfp", "cages": ports // 2},
        **topology,
    }


@settings(max_examples=40)
@given(fabrics())
def test_random_fabrics_tell_every_free_port_once(data: Row) -> None:
    try:
        plan = planned(**data)
    except InfeasibleError:
        event("refused")
        return
    event(data["topology"])
    check(plan)
