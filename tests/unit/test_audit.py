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
    ("devices", "role", at(144, 2), "compute: leaf switches"),
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


@pytest.mark.parametrize(("table", "column", "change", "check"), CASES)
def test_a_corrupted_table_is_found(
    table: str, column: str, change: Callable[[Array], Array], check: str
) -> None:
    with pytest.raises(InvariantError) as raised:
        corrupted(PLAN, table, column, change)
    found = " / ".join(problem.message for problem in raised.value.problems)
    assert check in found


def test_an_untouched_plan_passes_every_check() -> None:
    checks = audit(PLAN.design, PLAN.tables)
    assert len(checks) > 20
    assert all(check.holds for check in checks)


def test_a_column_that_its_type_cannot_hold_is_a_bug_and_never_wraps() -> None:
    with pytest.raises(InvariantError, match="cannot hold"):
        corrupted(PLAN, "links", "plane", lambda column: column.astype(np.int64) + 70_000)
