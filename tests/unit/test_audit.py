"""The audit fails when a table is wrong: each row of a plan is corrupted on purpose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import rackplan
from rackplan.audit import audit
from rackplan.build import Plan
from rackplan.deployment import Deployment
from rackplan.errors import InvariantError
from rackplan.tables import Array, Table

PLAN = rackplan.plan(
    Deployment.model_validate({
        "name": "x",
        "compute": [{"system": "gb300-nvl72", "count": 8, "racks_per_su": 8}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}},
    })
)  # fmt: skip


SITE = rackplan.plan(
    Deployment.model_validate({
        "name": "x",
        "hardware": {
            "switches": {
                "s": {"ports": 8, "port_gbps": 400, "management_ports": 1},
                "m": {"ports": 48, "port_gbps": 1},
            },
            "nodes": {"n": {"gpus": 1, "nics": 2}},
        },
        "compute": [{"node": "n", "count": 10}],
        "services": [{"part": "pdu-px3-5747v", "count": 3}],
        "fabrics": {
            "compute": {
                "topology": "fat-tree", "switch": "s", "planes": 2,
                "optics": {"tiers": {"leaf_spine": {"panel": "ocs-lumentum-r300"}}},
            },
            "oob": {"topology": "fat-tree", "switch": "m", "management": True},
        },
    })
)  # fmt: skip


def first(plan: Plan, table: str, column: str, word: str) -> int:
    """The first row of a table with a word in a column."""
    return int(np.flatnonzero(plan.tables[table].where(column, word))[0])


def corrupted(plan: Plan, table: str, column: str, change: Callable[[Array], Array]) -> None:
    """Audit the plan's tables with one column changed."""
    old = plan.tables[table]
    columns = {name: old[name] for name in old.spec.columns}
    columns[column] = change(columns[column].copy())
    audit(plan.design, {**plan.tables, table: Table(old.spec, columns, old.words)})


def at(row: int, value: object) -> Callable[[Array], Array]:
    def change(column: Array) -> Array:
        column[row] = value
        return column

    return change


CASES = [
    ("links", "a_port", at(0, 1), "no port carries two links"),
    ("links", "b_port", at(0, 5), "ports in use are those with a link"),
    ("links", "speed_gbps", at(3, 400), "both ends of a link agree in speed"),
    ("links", "plane", at(3, 1), "no link joins two planes"),
    ("links", "tier", at(0, 1), "compute: host_leaf links"),
    ("links", "cable", at(0, 1), "compute: cables in use"),
    ("devices", "role", at(first(PLAN, "devices", "role", "leaf"), 0), "compute: leaf switches"),
    ("devices", "rack", at(0, 3), "racks hold the nodes that stand in them"),
    ("racks", "nodes", at(0, 0), "no rack is empty"),
    ("devices", "port_count", at(0, 3), "ports stand with their device"),
    ("ports", "used", at(0, 0), "ports in use are those with a link"),
    ("ports", "cage", at(0, 1), "modules fill the cages in use"),
    ("modules", "cage", at(0, 1), "a cage holds one module"),
    ("modules", "side", at(0, 1), "compute: populated switch cages"),
    ("modules", "type", at(600, 1), "compute: mms4a00 in switches"),
    ("cables", "links", at(0, 2), "compute: links in host_leaf cables"),
    ("cables", "fibers", at(0, 4), "compute: fibers of host_leaf"),
]


UP = first(SITE, "links", "tier", "leaf_spine")
OOB = first(SITE, "links", "fabric", "oob")
SITE_CASES = [
    ("links", "plane", at(UP, 1), "no link joins two planes"),
    ("links", "plane", at(OOB, 1), "no link joins two planes"),
    ("links", "fabric", at(UP, SITE.tables["links"].code("fabric", "oob")), "compute: leaf_spine"),
    ("devices", "plane", at(first(SITE, "devices", "role", "spine"), 1), "joins two planes"),
    ("segments", "link", at(0, UP + 1), "leaf_spine links on both sides of a panel"),
    ("segments", "order", at(0, 1), "leaf_spine links on both sides of a panel"),
    ("segments", "place", at(0, 1), "leaf_spine links on places of their own"),
    ("segments", "cable", at(0, -1), "leaf_spine links whose cable ends at a panel"),
    ("segments", "cable", at(-1, -1), "compute: cables in use"),
    ("cables", "tier", at(0, 1), "compute: links in leaf_spine cables"),
]


def assert_found(
    plan: Plan, table: str, column: str, change: Callable[[Array], Array], check: str
) -> None:
    with pytest.raises(InvariantError) as raised:
        corrupted(plan, table, column, change)
    found = " / ".join(problem.message for problem in raised.value.problems)
    assert check in found


@pytest.mark.parametrize(("table", "column", "change", "check"), CASES)
def test_a_corrupted_table_is_found(
    table: str, column: str, change: Callable[[Array], Array], check: str
) -> None:
    assert_found(PLAN, table, column, change, check)


@pytest.mark.parametrize(("table", "column", "change", "check"), SITE_CASES)
def test_a_corrupted_table_of_planes_panels_and_management_is_found(
    table: str, column: str, change: Callable[[Array], Array], check: str
) -> None:
    assert_found(SITE, table, column, change, check)


@pytest.mark.parametrize("plan", [PLAN, SITE])
def test_an_untouched_plan_passes_every_check(plan: Plan) -> None:
    checks = audit(plan.design, plan.tables)
    assert len(checks) > 20
    assert all(check.holds for check in checks)


def test_switches_of_a_second_plane_may_be_managed_on_the_first_plane_of_another_fabric() -> None:
    links = SITE.links_of("oob")
    device = SITE.tables["ports"]["device"][links["a_port"]]
    assert set(SITE.tables["devices"]["plane"][device].tolist()) == {-1, 0, 1}
    assert set(links["plane"].tolist()) == {0}


def test_a_column_that_its_type_cannot_hold_is_a_bug_and_never_wraps() -> None:
    with pytest.raises(InvariantError, match="cannot hold"):
        corrupted(PLAN, "links", "plane", lambda column: column.astype(np.int64) + 70_000)
