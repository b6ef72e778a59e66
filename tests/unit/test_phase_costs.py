"""Steps of building: they share out the plan and its bill, and keep what stands as it is."""

from __future__ import annotations

from typing import Any

import pytest

import rackplan
from rackplan.analyses import ANALYSES
from rackplan.deployment import Deployment


def planned(phases: list[dict[str, Any]]) -> rackplan.Plan:
    """128 DGX H100 in four SUs with everything priced, in some steps."""
    prices = {
        "dgx-h100": 300_000, "eia-48u": 2_000, "network-rack": 1_500, "qm9700": 36_000,
        "mfp7e10": 60, "mma4z00-ns": 900, "mma4z00-ns-flt": 950, "cdu-generic": 50_000,
        "pdu-px3-5878i2r": 3_000,
    }  # fmt: skip
    return rackplan.plan(Deployment.model_validate({
        "name": "steps",
        "compute": [{"node": "dgx-h100", "count": 128, "rack": "eia-48u", "nodes_per_rack": 4,
                     "nodes_per_su": 32}],
        "services": [{"part": "pdu-px3-5878i2r", "count": 64}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "qm9700", "rails": 8}},
        "floor": {}, "cooling": {}, "phases": phases, "prices": {"items_usd": prices},
    }))  # fmt: skip


def test_steps_add_up_to_the_plan_and_its_bill() -> None:
    plan = planned([{"name": "first", "units": 1}, {"name": "second", "units": 2}])
    rows = ANALYSES["phases"](plan).rows
    assert [row["phase"] for row in rows] == ["first", "second", "later"]
    assert [row["gpus"] for row in rows] == [256, 512, 256]
    assert sum(row["racks"] for row in rows) == len(plan.racks)
    assert sum(row["cables"] for row in rows) == len(plan.cables)
    assert sum(row["modules"] for row in rows) == len(plan.modules)
    bill = sum(row["total_usd"] or 0 for row in ANALYSES["bom"](plan).rows)
    assert sum(row["cost_usd"] for row in rows) == pytest.approx(bill)
    assert sum(row["ahead_usd"] for row in rows) == pytest.approx(0, abs=1e-6)


def test_all_spines_stand_on_day_one_and_leaves_come_with_their_su() -> None:
    plan = planned([{"name": "first", "units": 1}])
    devices = plan.devices
    first = devices[devices["phase"] == 0]
    assert (first["role"] == "spine").sum() == (devices["role"] == "spine").sum() == 16
    assert (first["role"] == "leaf").sum() == 8


def test_without_steps_nothing_is_told() -> None:
    result = ANALYSES["phases"](planned([]))
    assert not result.rows
    assert result.notes
