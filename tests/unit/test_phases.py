"""Steps of building: what stands in which, counted by hand, and what a step never changes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import rackplan
from rackplan.deployment import Deployment
from rackplan.errors import InputError
from rackplan.load.catalog_reader import open_catalog

Data = dict[str, Any]

CATALOG = open_catalog()

GB300: Data = {
    "name": "x",
    "compute": [{"system": "gb300-nvl72", "count": 24, "racks_per_su": 8}],
    "fabrics": {"compute": {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}},
}
"""Three SUs of eight racks: 144 nodes with four NICs each, and two leaves a rail."""
SMALL: Data = {
    "name": "x",
    "hardware": {
        "switches": {"switch": {"ports": 8, "port_gbps": 400, "height_u": 1}},
        "nodes": {"node": {"gpus": 8, "nics": 1, "height_u": 4}, "server": {"gpus": 0, "nics": 1}},
    },
    "compute": [{"node": "node", "count": 8, "nodes_per_rack": 2, "rack": "eia-48u"}],
    "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch"}},
}


def stepped(data: Data, *units: int) -> rackplan.Plan:
    """The plan with steps of so many units."""
    phases = [{"name": f"step {number}", "units": count} for number, count in enumerate(units, 1)]
    return rackplan.plan(Deployment.model_validate(data | {"phases": phases}), CATALOG)


def by_step(plan: rackplan.Plan, table: str, column: str, word: str) -> list[int]:
    """Rows of a word in each step."""
    frame = getattr(plan, table)
    steps = frame["phase"][frame[column] == word]
    counts: list[int] = np.bincount(steps, minlength=int(frame["phase"].max()) + 1).tolist()
    return counts


FLOORS = pytest.mark.parametrize("floor", [None, {}])


@FLOORS
def test_sus_bring_their_racks_leaves_and_cables_and_the_first_brings_all_spines(
    floor: Data | None,
) -> None:
    plan = stepped(GB300 | {"floor": floor}, 1, 1)
    assert by_step(plan, "racks", "purpose", "compute") == [8, 8, 8]
    assert by_step(plan, "devices", "role", "compute") == [144, 144, 144]
    assert by_step(plan, "devices", "role", "leaf") == [8, 8, 8]
    assert by_step(plan, "devices", "role", "spine")[0] == plan.fabric("compute").size.switches()[
        "spine"
    ]  # fmt: skip
    assert by_step(plan, "cables", "tier", "host_leaf") == [576, 576, 576]
    assert by_step(plan, "cables", "tier", "leaf_spine") == [576, 576, 576]


def test_units_that_no_step_names_come_last() -> None:
    plan = stepped(GB300, 2)
    assert by_step(plan, "racks", "purpose", "compute") == [16, 8]
    assert set(stepped(GB300, 3).racks["phase"]) == {0}


def test_without_steps_everything_is_built_at_once() -> None:
    plan = rackplan.plan(Deployment.model_validate(GB300), CATALOG)
    assert {step for table in (plan.racks, plan.devices, plan.cables) for step in table["phase"]} \
        == {0}  # fmt: skip


def test_units_are_racks_where_there_are_no_sus_counted_over_all_populations() -> None:
    more = {"node": "node", "count": 6, "nodes_per_rack": 2, "rack": "eia-48u"}
    plan = stepped(SMALL | {"compute": [SMALL["compute"][0] | {"count": 4}, more]}, 3)
    assert plan.racks["phase"].tolist() == [0, 0, 0, 1, 1]
    assert by_step(plan, "devices", "role", "compute") == [6, 4]


def test_a_sidecar_comes_with_the_rack_that_it_feeds() -> None:
    data = {"name": "x", "compute": [{"system": "kyber-nvl144", "count": 4}], "floor": {}}
    plan = stepped(data, 3)
    assert by_step(plan, "racks", "purpose", "compute") == [3, 1]
    assert by_step(plan, "racks", "purpose", "power") == [3, 1]


def test_servers_of_services_and_their_leaf_are_there_from_the_first_day() -> None:
    plan = stepped(SMALL | {"services": [{"node": "server", "count": 2}]}, 1, 1)
    assert by_step(plan, "devices", "role", "service")[0] == 2
    devices, device = plan.devices, plan.ports["device"].to_numpy()
    servers = np.flatnonzero((devices["role"] == "service").to_numpy())
    links = plan.links[np.isin(device[plan.links["a_port"]], servers)]
    assert set(devices["phase"].to_numpy()[device[links["b_port"]]]) == {0}
    assert set(plan.cables["phase"].to_numpy()[links["cable"]]) == {0}


def test_a_switch_comes_with_the_first_that_it_serves_and_a_cable_with_the_later_end() -> None:
    # Four nodes a leaf, two nodes a rack: the first leaf serves racks 1 and 2, the second 3 and 4.
    plan = stepped(SMALL, 1, 2)
    assert plan.racks["phase"].tolist() == [0, 1, 1, 2]
    assert plan.fabric("compute").size.tiers == 1
    assert by_step(plan, "cables", "tier", "host_leaf") == [2, 4, 2]
    more = SMALL | {"compute": [SMALL["compute"][0] | {"count": 16}]}
    plan = stepped(more, 1, 2)
    leaves = plan.devices[plan.devices["role"] == "leaf"]["phase"].tolist()
    assert leaves == [0, 1, 2, 2]
    assert Counter(plan.cables["phase"][plan.cables["tier"] == "leaf_spine"]) == {0: 4, 1: 4, 2: 8}


def test_a_rack_of_switches_comes_with_the_first_of_them() -> None:
    plan = stepped(GB300 | {"floor": {}}, 1, 1)
    racks, devices = plan.racks, plan.devices
    for row in racks.index[racks["purpose"] == "network"]:
        assert racks["phase"][row] == devices["phase"][devices["rack"] == row].min()


@pytest.mark.parametrize(
    ("units", "total", "hint"),
    [((4,), 4, "use 'units: 3' for 'step 1'"), ((1, 1, 2), 4, "use 'units: 1' for 'step 3'"),
     ((3, 5), 8, "leave out a phase")],
)  # fmt: skip
def test_more_units_than_the_plan_has_are_refused(
    units: tuple[int, ...], total: int, hint: str
) -> None:
    with pytest.raises(InputError) as raised:
        stepped(GB300, *units)
    assert str(raised.value) == (
        f"error[RP346] phases: the phases add up to {total} units, the plan has 3; "
        f"{hint}; units are SUs, or racks where there are no SUs"
    )


@FLOORS
def test_a_further_step_leaves_every_earlier_row_as_it_was(floor: Data | None) -> None:
    one, two = (stepped(GB300 | {"floor": floor}, *units) for units in ((1,), (1, 1)))
    assert one.device_names() == two.device_names()
    assert one.rack_names() == two.rack_names()
    for name, table in one.tables.items():
        for column, values in table.columns.items():
            other = two.tables[name][column]
            if column == "phase":
                assert np.array_equal(values == 0, other == 0)
            else:
                assert np.array_equal(values, other, equal_nan=values.dtype.kind == "f")


# --- what was wrong once ------------------------------------------------------------------------


def test_racks_belong_to_the_su_of_their_first_node_where_sus_are_no_whole_racks() -> None:
    compute = [SMALL["compute"][0] | {"count": 20, "nodes_per_su": 5}]
    plan = stepped(SMALL | {"compute": compute}, 2)
    # Nodes 0 to 9 are two SUs of five; they stand in racks 1 to 5 of two.
    assert plan.racks["phase"].tolist() == [0] * 5 + [1] * 5


def test_nodes_without_racks_are_built_in_steps_too() -> None:
    compute = [{"node": "node", "count": 10, "nodes_per_su": 4}]
    plan = stepped(SMALL | {"compute": compute}, 1)
    assert by_step(plan, "devices", "role", "compute") == [4, 6]


def test_what_comes_with_a_system_comes_with_its_rack_without_a_floor_too() -> None:
    floors: list[Data | None] = [{}, None]
    plans = [stepped(GB300 | {"floor": one}, 1, 1) for one in floors]
    placed, nowhere = (by_step(plan, "devices", "role", "managed") for plan in plans)
    assert placed == nowhere


def test_two_steps_of_one_name_are_refused() -> None:
    phases = [{"name": "one", "units": 1}, {"name": "one", "units": 1}]
    with pytest.raises(InputError):
        rackplan.plan(Deployment.model_validate(GB300 | {"phases": phases}), CATALOG)
