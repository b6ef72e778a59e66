"""Trees in small literal cases: what spreads, what stays in a hall, who takes a free port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import rackplan
from rackplan.build import Plan
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError

Entry = dict[str, Any]


def planned(  # the hosts, and the fabric
    compute: list[Entry] | int,
    ports: int,
    nics: int = 1,
    services: Sequence[Entry] = (),
    **spec: Any,
) -> Plan:
    """Nodes `n` on switches of so many ports; a number stands for one population."""
    entries = [{"count": compute}] if isinstance(compute, int) else compute
    return rackplan.plan(Deployment.model_validate({
        "name": "x",
        "hardware": {
            "switches": {"s": {"ports": ports, "port_gbps": 400}},
            "nodes": {"n": {"gpus": 1, "nics": nics}, "guest": {"gpus": 0, "nics": 2}},
        },
        "compute": [{"node": "n"} | entry for entry in entries],
        "services": list(services),
        "halls": {"north": {}, "south": {}, "west": {}},
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "s"} | spec},
    }))  # fmt: skip


def switches(plan: Plan) -> dict[str, int]:
    return plan.fabric("compute").size.switches()


def halls(plan: Plan) -> dict[str, list[int]]:
    """The halls of the switches of each role, in order."""
    rows = plan.devices[plan.devices["kind"] == "switch"]
    by_role = rows.groupby("role", observed=True, sort=False)["hall"]
    return {str(role): values.tolist() for role, values in by_role}


# --- bundles --------------------------------------------------------------------------------


def test_spread_bundles_take_the_quotient_and_equal_ones_a_divisor() -> None:
    given = {"rails": 8, "nics": 8, "ports": 64}
    compute = [{"count": 96, "nodes_per_su": 32}]
    assert switches(planned(compute, **given)) == {"leaf": 24, "spine": 16}
    assert switches(planned(compute, **given, bundles="spread")) == {"leaf": 24, "spine": 12}


@pytest.mark.parametrize("bundles", ["uniform", "spread"])
def test_no_spine_takes_more_leaves_than_it_has_ports(bundles: str) -> None:
    assert switches(planned(8, 4, tiers=2, bundles=bundles)) == {"leaf": 4, "spine": 2}
    with pytest.raises(InfeasibleError, match=r"a spine needs 5 ports, one for each leaf"):
        planned(9, 4, tiers=2, bundles=bundles)


def test_core_groups_may_ask_for_more_spines_than_the_fewest() -> None:
    given = {"ports": 8, "tiers": 3, "leaves_per_group": 1}
    assert switches(planned(8, **given)) == {"leaf": 2, "spine": 2, "core": 1}
    assert switches(planned(8, **given, core_groups=2)) == {"leaf": 2, "spine": 4, "core": 2}


# --- halls ----------------------------------------------------------------------------------


def test_a_fabric_stands_in_the_hall_of_its_hosts() -> None:
    assert halls(planned([{"count": 4, "hall": "south"}], 8)) == {"leaf": [1]}
    assert halls(planned([{"count": 12, "hall": "south"}], 8)) == {
        "leaf": [1, 1, 1],
        "spine": [1, 1],
    }


def test_the_top_tier_is_shared_out_over_the_halls_that_are_used() -> None:
    compute = [{"count": 4, "hall": "north"}, {"count": 8, "hall": "west"}]
    assert halls(planned(compute, 8)) == {"leaf": [0, 2, 2], "spine": [0, 2]}


def test_pods_of_four_tiers_keep_to_one_hall() -> None:
    compute = [{"count": count, "hall": hall} for count, hall in ((6, "north"), (10, "south"))]
    plan = planned(compute, 4, tiers=4)
    ends = plan.ports["device"].to_numpy()
    rows = plan.links[plan.links["tier"] == "spine_core"]
    hall = plan.devices["hall"].to_numpy()
    assert (hall[ends[rows["a_port"]]] == hall[ends[rows["b_port"]]]).all()
    assert set(halls(plan)["supercore"]) == {0, 1}


def test_zones_stand_in_the_halls_of_their_hosts() -> None:
    compute = [{"count": 5, "hall": "north"}, {"count": 5, "hall": "west"}]
    plan = planned(compute, 4, topology="two-zone", interzone_switches=2)
    found = halls(plan)
    half = len(found["leaf"]) // 2
    assert found["leaf"] == [0] * half + [2] * half
    assert found["interzone"] == [0, 2]


# --- guests ---------------------------------------------------------------------------------


GUESTS: list[Entry] = [{"node": "guest", "count": 2}]


def test_services_with_fewer_ports_take_what_a_missing_node_leaves() -> None:
    compute: list[Entry] = [{"count": 15, "nodes_per_su": 8}]
    plan = planned(compute, 16, nics=4, services=GUESTS, rails=4)
    assert switches(plan) == {"leaf": 8, "spine": 4}
    assert plan.fabric("compute").size.links_by_tier()["host_leaf"] == 15 * 4 + 2 * 2
    with pytest.raises(InfeasibleError, match="RP324"):
        planned([{"count": 16, "nodes_per_su": 8}], 16, nics=4, services=GUESTS, rails=4)


def test_compute_nodes_must_reach_every_rail() -> None:
    compute: list[Entry] = [{"count": 15, "nodes_per_su": 8}, *GUESTS]
    with pytest.raises(InfeasibleError, match="RP302"):
        planned(compute, 16, nics=4, rails=4)


# --- zones ----------------------------------------------------------------------------------


def test_hosts_of_several_populations_are_wired_to_the_zone_that_counts_them() -> None:
    compute: list[Entry] = [{"count": 4}, {"node": "guest", "count": 4}]
    plan = planned(compute, 8, topology="two-zone", zones=4, interzone_switches=1)
    rows = plan.links[plan.links["tier"] == "host_leaf"]
    ends = plan.ports["device"].to_numpy()
    host, leaf = ends[rows["a_port"]], ends[rows["b_port"]]
    zone = plan.devices["group"].to_numpy()[leaf]
    assert [sorted(set(zone[host == number].tolist())) for number in range(8)] == [
        [0], [1], [2], [3], [0], [1], [2], [3],
    ]  # fmt: skip
    assert len(rows) == 4 + 8


def test_the_bisection_of_zones_is_the_way_between_equal_ones() -> None:
    equal = planned([{"count": 8}, {"count": 8}], 8, topology="two-zone", interzone_links=2)
    assert equal.fabric("compute").size.bisection_gbps == 2 * 2 * 400
    unequal = planned([{"count": 8}, {"count": 9}], 8, topology="two-zone", interzone_links=2)
    assert unequal.fabric("compute").size.bisection_gbps is None


def test_a_leaf_gives_up_an_odd_host_port_for_the_ratio_that_was_asked_for() -> None:
    plan = planned([{"count": 96, "nodes_per_su": 72}], 128, nics=2, oversubscription=2)
    kind = plan.fabric("compute").size.shape.kinds[0]
    assert (kind.down, kind.up) == (84, 42)
    assert switches(plan) == {"leaf": 4, "spine": 2}
