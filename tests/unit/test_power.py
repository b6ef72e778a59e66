"""Power: four kinds kept apart, modules counted once, unknown said, limits held."""

from __future__ import annotations

from typing import Any

import pytest

import rackplan
from rackplan.analyses.power import power, total_power, unknown_power
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError

MODULE = {
    "form": "qsfp112",
    "ports": 1,
    "port_gbps": 400,
    "fibers": 8,
    "connectors": 1,
    "connector": "mpo-12-apc",
    "fiber_mode": "single",
    "max_w": 9,
    "typical_w": 8,
}


def summary(node_power: dict[str, Any], switch_power: dict[str, Any], **rest: Any) -> dict:
    return rackplan.summary(planned(node_power, switch_power, **rest))


def planned(node_power: dict[str, Any], switch_power: dict[str, Any], **rest: Any) -> Any:
    """Sixteen nodes with four NICs, four nodes a rack, one switch of 64 ports with cages."""
    switch = {
        "ports": 64,
        "port_gbps": 400,
        "cage": "qsfp112",
        "cages": 64,
        "module": "m",
        "power": switch_power,
    }
    nic = {
        "cage": "qsfp112",
        "modes": [{"protocol": "ethernet", "ports": 1, "port_gbps": 400, "module": "m"}],
    }
    node = {"gpus": 4, "nics": [{"count": 4, "nic": "n"}], "power": node_power}
    data = {
        "name": "x",
        "hardware": {
            "switches": {"s": switch},
            "nodes": {"node": node},
            "nics": {"n": nic},
            "optics": {"m": MODULE},
        },
        "compute": [{"node": "node", "count": 16, "nodes_per_rack": 4}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "s"}},
        **rest,
    }
    return rackplan.plan(Deployment.model_validate(data))


def test_module_power_is_not_added_to_figures_that_contain_it() -> None:
    told = summary({"provisioned_w": 5000}, {"provisioned_w": 1000})
    assert told["totals"]["power_w"]["provisioned"] == 16 * 5000 + 1000


def test_module_power_is_added_once_at_each_end_that_leaves_it_out() -> None:
    out = {"includes_modules": False}
    told = summary(
        {"provisioned_w": 5000, "typical_w": 4000} | out,
        {"provisioned_w": 1000, "typical_w": 500} | out,
    )
    assert told["totals"]["power_w"]["provisioned"] == 16 * (5000 + 4 * 9) + 1000 + 64 * 9
    assert told["totals"]["power_w"]["typical"] == 16 * (4000 + 4 * 8) + 500 + 64 * 8


def test_the_four_powers_are_never_mixed() -> None:
    told = summary(
        {"tdp_w": 1, "provisioned_w": 10, "peak_w": 100, "typical_w": 1000},
        {"tdp_w": 2, "provisioned_w": 20, "peak_w": 200, "typical_w": 2000},
    )
    assert told["totals"]["power_w"] == {
        "tdp": 18,
        "provisioned": 180,
        "peak": 1800,
        "typical": 18000,
    }
    assert told["totals"]["power_unknown"] == {}


def test_an_unpublished_power_is_named_and_the_sum_is_of_the_rest() -> None:
    plan = planned({"tdp_w": 100}, {})
    result = power(plan)
    assert total_power(result)["tdp"] == 1600
    assert total_power(result)["peak"] is None
    assert unknown_power([dict(row) for row in result.rows])["tdp"] == ["compute: s"]
    assert any("tdp power is unpublished for compute: s" in note for note in result.notes)


def test_a_last_rack_with_fewer_nodes_is_a_row_of_its_own() -> None:
    compute = [{"node": "node", "count": 14, "nodes_per_rack": 4}]
    result = power(planned({"peak_w": 100}, {}, compute=compute))
    racks = [(row["count"], row["each_peak_w"]) for row in result.rows if row["scope"] == "rack"]
    assert racks == [(3, 400), (1, 200)]


def test_rack_power_is_that_of_its_nodes_plus_a_named_rest() -> None:
    told = rackplan.plan(
        Deployment.model_validate(
            {
                "name": "x",
                "compute": [{"system": "own", "count": 1}],
                "hardware": {
                    "racks": {"r": {}},
                    "nodes": {"n": {"gpus": 4, "nics": 4, "power": {"provisioned_w": 6000}}},
                    "systems": {
                        "own": {
                            "rack": "r",
                            "node": "n",
                            "nodes": 18,
                            "power": {"provisioned_w": 120000},
                        }
                    },
                },
            }
        )
    )
    row = power(told).rows[0]
    assert row["unattributed_w"] == 120000 - 18 * 6000


@pytest.mark.parametrize(("kind", "watts"), [("provisioned", 20000), ("peak", 24000)])
def test_limits_are_held_against_provisioned_power_and_peak_only_without_it(
    kind: str, watts: float
) -> None:
    powers = {"peak_w": 6000, "tdp_w": 4000}
    if kind == "provisioned":
        powers["provisioned_w"] = 5000
    row = summary(powers, {}, site={"rack_power_w": 30000})["limits"][0]
    assert (row["kind"], row["planned_w"], row["margin_w"]) == (kind, watts, 30000 - watts)


def test_an_exceeded_rack_limit_says_how_many_nodes_fit() -> None:
    with pytest.raises(InfeasibleError) as raised:
        planned({"provisioned_w": 5000}, {}, site={"rack_power_w": "16 kW"})
    (problem,) = raised.value.problems
    assert problem.code == "RP303"
    assert problem.message.endswith("draws 20.0 kW (provisioned), the site allows 16.0 kW a rack")
    assert problem.hint == "use 'nodes_per_rack: 3' or raise the limit to 20 kW"


def test_an_exceeded_site_limit_says_at_least_when_something_is_unpublished() -> None:
    with pytest.raises(InfeasibleError, match=r"RP304.*at least 80\.0 kW.*allows 70\.0 kW"):
        planned({"provisioned_w": 5000}, {}, site={"power_w": 70000})


def test_gb300_loses_its_redundancy_and_says_so() -> None:
    plan = rackplan.plan(
        Deployment.model_validate({"name": "x", "compute": [{"system": "gb300-nvl72", "count": 1}]})
    )
    (warning,) = plan.design.warnings
    assert warning.severity == "warning"
    assert warning.message == (
        "a rack of NVIDIA GB300 NVL72 draws 142.0 kW (provisioned), "
        "its 8 shelves of 33.0 kW give 132.0 kW at N+N"
    )
