"""Racks on the floor, devices in units and ways along trays, on cases that fit on a sheet."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

import rackplan
from rackplan.catalog import Rack, System
from rackplan.deployment import Deployment
from rackplan.errors import Path, RackplanError
from rackplan.floors import CablingSpec, FloorSpec
from rackplan.load.catalog_reader import open_catalog
from rackplan.names import rack_names
from rackplan.placement.arranging import Pulls, assign, between
from rackplan.placement.grid import Slot, center, fill, free_positions, reserve
from rackplan.placement.loads import DeviceLoads
from rackplan.placement.packing import Limits, limits_of, pack, too_large
from rackplan.placement.racks import width_of
from rackplan.placement.sorting import levels_and_centers
from rackplan.placement.standing import Standing, Wanted, no_room, stand
from rackplan.placement.units import Clash, bay_units, clash, from_the_top, span
from rackplan.placement.ways import along_m, crossings, height_m, pair_m, route_m

Data = dict[str, Any]

CATALOG = open_catalog()
NAN = float("nan")


def floor(**keys: Any) -> FloorSpec:
    return FloorSpec.model_validate(keys)


def rack(**keys: Any) -> Rack:
    return Rack.model_validate(keys)


def standing(spec: FloorSpec, wanted: Wanted, *, naive: bool = False) -> Standing:
    """Slots on a floor where nothing is in the way."""
    found = stand(spec, wanted, set(), naive=naive)
    assert found is not None
    return found


# --- the grid -----------------------------------------------------------------------------------


def test_rows_lie_a_depth_and_an_aisle_apart_cold_ones_first() -> None:
    spec = floor(cold_aisle_m=1.8, hot_aisle_m=0.9)
    x, y = center(spec, np.arange(4), np.array([0, 1, 0, 9]), np.array([1, 1, 2, 1]))
    assert x.tolist() == pytest.approx([0.3, 0.9, 0.6, 5.7])
    # 0.6 | 1.2 + 1.8 + 0.6 | 2.4 + 1.8 + 0.9 + 0.6 | 3.6 + 1.8 + 0.9 + 1.8 + 0.6
    assert y.tolist() == pytest.approx([0.6, 3.6, 5.7, 8.7])


@pytest.mark.parametrize(
    ("where", "network"),
    [("middle", [[2, 3], [2, 3]]), ("end", [[4, 5], [4, 5]]), ("rows", [[1, 2, 3, 4], []])],
)
def test_four_racks_of_switches_stand_in_the_middle_at_the_end_or_in_rows(
    where: str, network: list[list[int]]
) -> None:
    spec = floor(positions=6, network=where)
    shared = reserve(spec, free_positions(spec, 2, set()), 4)
    assert shared.network == network
    assert [sorted(a + b) for a, b in zip(shared.network, shared.compute, strict=True)] == [
        [0, 1, 2, 3, 4, 5]
    ] * 2


def test_cdus_take_the_far_end_of_every_row_before_others_share_it() -> None:
    spec = floor(rows=2, positions=6, network="end", cdus_per_row=2)
    found = stand(spec, Wanted((1,) * 5, 2, 1), {(1, 5)}, naive=False)
    assert found is not None
    assert found.cooling == [Slot(0, 4), Slot(0, 5), Slot(1, 3), Slot(1, 4)]
    assert found.network == [Slot(0, 3), Slot(1, 2)]
    assert found.units == [Slot(0, 0), Slot(0, 1), Slot(0, 2), Slot(1, 0), Slot(1, 1)]


def test_a_rack_of_two_positions_is_not_torn_by_a_column() -> None:
    spec = floor(positions=5)
    free = free_positions(spec, 2, {(0, 1)})
    assert fill([1, 2, 1, 2], free) == [Slot(0, 0), Slot(0, 2, 2), Slot(0, 4), Slot(1, 0, 2)]
    assert fill([2, 2, 2, 2], free) is None


def test_racks_of_switches_stand_behind_the_others_in_the_naive_order() -> None:
    spec = floor(positions=6, rows=1)
    wanted = Wanted((1, 1, 1, 1), 2, 1)
    near, naive = standing(spec, wanted), standing(spec, wanted, naive=True)
    assert [slot.position for slot in near.network] == [2, 3]
    assert [slot.position for slot in near.units] == [0, 1, 4, 5]
    assert [slot.position for slot in naive.network] == [4, 5]


@pytest.mark.parametrize(
    ("entry", "positions"),
    [
        ({}, 1),
        ({"width_mm": 600}, 1),
        ({"width_mm": 601}, 2),
        ({"width_mm": 1100}, 2),
        ({"width_mm": 1800}, 3),
        ({"standard_widths": 2}, 2),
        ({"standard_widths": 2, "width_mm": 750}, 2),
    ],
)
def test_a_rack_takes_as_many_positions_as_its_width_needs(entry: Data, positions: int) -> None:
    assert width_of(rack(**entry), 0.6) == positions


def test_names_count_racks_by_purpose_and_nodes_and_services_together() -> None:
    purpose = np.array([0, 1, 2, 3, 0, 2, 4])
    none = np.zeros(7, dtype=int)
    columns = {"purpose": purpose, "hall": none, "su": none - 1}
    assert rack_names(columns, ("",)) == [
        "r0001", "r0002", "net-0001", "side-0001", "r0003", "net-0002", "cdu-0001",
    ]  # fmt: skip


def test_a_hall_that_is_too_small_names_the_nearest_floor_that_is_not() -> None:
    spec = floor(rows=2, positions=10, cdus_per_row=1)
    wanted, blocked = Wanted((1,) * 20, 3, 1), {(0, 3), (1, 3)}
    problem = no_room(spec, wanted, blocked, ("floor", "rows"))
    assert problem.message == "the racks take 23 positions, the hall has 16"
    assert problem.hint == "use 'rows: 3' or 'positions: 14', or build fewer racks"
    for larger in (floor(rows=3, positions=10, cdus_per_row=1),
                   floor(rows=2, positions=14, cdus_per_row=1)):  # fmt: skip
        assert stand(larger, wanted, blocked, naive=False) is not None
    for smaller in (spec, floor(rows=2, positions=13, cdus_per_row=1)):
        assert stand(smaller, wanted, blocked, naive=False) is None


# --- what shares a rack -------------------------------------------------------------------------


def loads(**columns: list[float]) -> DeviceLoads:
    """Loads of devices: 1 U, 0 W, all heat to air and no weight unless said otherwise."""
    count = len(next(iter(columns.values())))
    given = {"watts": [0.0] * count, "kilograms": [0.0] * count, "units": [1.0] * count,
             "liquid": [0.0] * count} | columns  # fmt: skip
    known = np.ones(count, dtype=bool)
    return DeviceLoads(complete=known, **{name: np.array(one) for name, one in given.items()})


EVERYTHING = Limits(8.0, 1000.0, 600.0, 700.0, 100.0)
"""8 U, 1 kW, of which 600 W to air and 700 W to liquid at most, 100 kg."""


@pytest.mark.parametrize(
    ("columns", "numbers"),
    [
        ({"units": [4.0, 4, 4]}, [0, 0, 1]),
        ({"watts": [500.0, 600, 400], "liquid": [1.0, 0.5, 0.5]}, [0, 1, 1]),
        ({"watts": [400.0, 300, 300]}, [0, 1, 1]),
        ({"watts": [400.0, 300, 400], "liquid": [1.0, 1, 1]}, [0, 0, 1]),
        ({"kilograms": [50.0, 50, 1]}, [0, 0, 1]),
        ({"units": [NAN] * 9}, [0] * 8 + [1]),
        ({"watts": [NAN] * 3, "kilograms": [NAN] * 3}, [0, 0, 0]),
    ],
)
def test_the_next_rack_opens_where_units_power_heat_or_weight_are_used_up(
    columns: Data, numbers: list[int]
) -> None:
    items = np.arange(len(numbers))
    found = pack(items, np.zeros(len(items)), items, loads(**columns), EVERYTHING)
    assert found.tolist() == numbers


def test_a_group_is_not_parted_unless_that_saves_a_rack() -> None:
    def packed(groups: int) -> list[int]:
        items = np.arange(3 * groups)
        numbers: list[int] = pack(
            items, np.zeros(len(items)), items // 3, loads(units=[2.0] * len(items)), EVERYTHING
        ).tolist()
        return numbers

    assert packed(2) == [0, 0, 0, 1, 1, 1]
    # Four groups of 6 U each would take four racks of 8 U; parted they take three.
    assert packed(4) == [0] * 4 + [1] * 4 + [2] * 4


def test_a_rack_holds_devices_of_one_hall() -> None:
    items, halls = np.arange(4), np.array([0, 0, 1, 1])
    found = pack(items, halls, items * 0, loads(units=[1.0] * 4), EVERYTHING)
    assert found.tolist() == [0, 0, 1, 1]


def test_the_lower_of_frame_and_site_limits_the_power_of_a_rack() -> None:
    assert limits_of(rack(max_power_w=5000), 3000).watts == 3000
    assert limits_of(rack(max_power_w=5000), None).watts == 5000
    assert limits_of(rack(), None).watts == np.inf


def test_each_limit_that_a_device_alone_exceeds_is_told_by_type() -> None:
    given = loads(units=[9.0, 1, 1], watts=[10.0, 2000, 10], kilograms=[1.0, 1, 101])
    names = np.array(["tall", "hot", "heavy"])
    path: Path = ("floor", "network_rack")
    frame = rack(name="the rack")
    problems = too_large(np.arange(3), names, given, EVERYTHING, frame, path)
    assert [problem.message for problem in problems] == [
        "tall needs 9 U, an empty the rack gives 8 U",
        "hot needs 2.0 kW, an empty the rack gives 1.0 kW",
        "hot needs 2.0 kW to air, an empty the rack gives 600 W to air",
        "heavy needs 101 kg, an empty the rack gives 100 kg",
    ]


# --- units --------------------------------------------------------------------------------------


def test_trays_of_gb300_stand_in_the_units_that_nvidia_tells() -> None:
    system = CATALOG.find(System, "gb300-nvl72")
    assert bay_units(system, "node").tolist() == [*range(11, 19), *range(28, 38)]
    assert bay_units(system, "nvlink-switch-tray").tolist() == list(range(19, 28))


def test_racks_of_switches_are_filled_from_the_top() -> None:
    rows = np.array([0, 0, 0, 1, 1])
    found = from_the_top(rows, np.array([1.0, 2, NAN, 4, 1]), 48)
    assert found.tolist() == [48, 46, 45, 45, 44]


def met(
    u: list[float], height: list[float], rear: tuple[int, ...] = (), nodes: tuple[int, ...] = ()
) -> Clash | None:
    """What is wrong with the units of device 0 in a rack of 48 U with the others."""
    rows = np.arange(len(u))
    units = np.array(u), np.array(height), np.isin(rows, rear)
    return clash(0, rows, units, np.isin(rows, nodes), 48.0)


def test_devices_clash_where_their_units_meet_and_the_lowest_free_unit_is_told() -> None:
    assert met([12, 10], [1, 3]) == Clash("U 12", 1, "U 10 to 12", 48, 1)
    assert met([10, 12], [3, 1]) == Clash("U 10 to 12", 1, "U 12", 48, 1)
    assert met([13, 10], [1, 3]) is None
    assert met([10, 10], [1, 0]) is None
    assert met([10, 10], [1, NAN]) == Clash("U 10", 1, "U 10", 48, 1)
    # U 1 to 10 and 13 are taken: two units are free from 11, three from 14.
    assert met([10, 1, 13], [2, 10, 1]) == Clash("U 10 to 11", 1, "U 1 to 10", 48, 11)
    assert met([10, 1, 13], [3, 10, 1]) == Clash("U 10 to 12", 1, "U 1 to 10", 48, 14)
    assert met([1, 1], [1, 48]) == Clash("U 1", 1, "U 1 to 48", 48, None)


def test_front_and_rear_share_a_unit_except_with_a_node() -> None:
    assert met([12, 10], [1, 3], rear=(0,)) is None
    assert met([12, 10], [1, 3], rear=(1,)) is None
    assert met([12, 10], [1, 3], rear=(0, 1)) is not None
    for node in (0, 1):
        assert met([12, 10], [1, 3], rear=(0,), nodes=(node,)) is not None


@pytest.mark.parametrize(
    ("u", "height", "inside"),
    [(1, 1, True), (48, 1, True), (47, 2, True), (0, 1, False), (-1, 4, False), (48, 2, False),
     (60, 1, False), (48, NAN, True), (49, NAN, False)],
)  # fmt: skip
def test_a_device_stands_between_the_lowest_and_the_highest_unit(
    u: float, height: float, *, inside: bool
) -> None:
    found = met([u], [height])
    assert (found is None) == inside
    if found is not None:
        assert (found.other, found.top, found.free) == (None, 48, 1)


def test_units_are_written_as_people_write_them() -> None:
    assert (span(10, 1), span(10, 3), span(2.5, 0.5)) == ("U 10", "U 10 to 12", "U 2.5")


# --- ways ---------------------------------------------------------------------------------------

PLAIN = CablingSpec()


def test_trays_cross_the_rows_above_every_position_or_every_few() -> None:
    spec = floor(positions=10)
    assert crossings(spec, PLAIN) is None
    every = crossings(spec, CablingSpec(cross_every=4))
    assert every is not None
    assert every.tolist() == pytest.approx([0, 2.4, 4.8, 7.2])


def test_a_way_to_another_row_leads_over_a_crossing() -> None:
    x, y = (np.array([3.0]), np.array([4.0])), (np.array([0.6]), np.array([3.0]))
    assert along_m(x, y, None).tolist() == pytest.approx([1.0 + 2.4])
    # Over x = 2.4: 0.6 + 1.6; over 4.8: 1.8 + 0.8.
    assert along_m(x, y, np.array([0, 2.4, 4.8])).tolist() == pytest.approx([2.2 + 2.4])
    same = (np.array([0.6]), np.array([0.6]))
    assert along_m(x, same, np.array([0, 2.4, 4.8])).tolist() == pytest.approx([1.0])


def test_ways_between_halls_are_told_or_unknown_and_measured_ones_count_most() -> None:
    columns = {"hall": np.array([0, 0, 1, 2]), "x_m": np.array([0.3, 1.5, 0.3, 0.3]),
               "y_m": np.array([0.6, 0.6, 0.6, 0.6])}  # fmt: skip
    floors = [floor(positions=10)] * 3
    a, b = np.array([0, 0, 0, 1]), np.array([1, 2, 3, 2])
    found = pair_m(columns, a, b, floors, PLAIN, {(0, 1): 80.0}, {(1, 2): 12.5})
    assert found[:2].tolist() == pytest.approx([1.2, 80.0])
    assert np.isnan(found[2])
    assert found[3] == 12.5


def test_the_middle_of_a_device_is_half_its_height_above_its_lowest_unit() -> None:
    u, height = np.array([1.0, 10, NAN]), np.array([1.0, 4, 1])
    z = height_m(PLAIN, u, height, np.array([44.45] * 3))
    assert z.tolist() == pytest.approx([0.09 + 0.5 * 0.04445, 0.09 + 11 * 0.04445, 1.0])


def test_a_cable_leads_up_along_and_down_with_slack_at_both_ends() -> None:
    z = np.array([0.5, 0.5]), np.array([1.8, 1.8])
    same = np.array([False, True])
    found = route_m(np.array([6.0, 0.0]), same, z, PLAIN)
    # 2 x 0.3 to the tray, 2 x 0.3 to the side, 2 x 1.0 slack, 1.8 and 0.5 up and down, 6 along.
    assert found.tolist() == pytest.approx([0.6 + 0.6 + 2.0 + 1.8 + 0.5 + 6.0, 0.6 + 1.3])
    below = route_m(np.array([6.0]), same[:1], (z[0][:1], z[1][:1]),
                    CablingSpec(tray="underfloor", tray_m=0.4))  # fmt: skip
    assert below.tolist() == pytest.approx([3.2 + 0.9 + 2.2 + 6.0])


# --- the order of racks of switches -------------------------------------------------------------


def test_links_are_counted_by_pair_of_racks_without_those_inside_one() -> None:
    pulls = between(np.array([0, 2, 1, 1, -1, 0]), np.array([2, 0, 1, 0, 1, 2]), 3)
    assert (pulls.a.tolist(), pulls.b.tolist(), pulls.cables.tolist()) == ([0, 0], [1, 2], [1, 3])


def metres(slots: tuple[np.ndarray, np.ndarray], chosen: list[int], at: tuple[np.ndarray, ...],
           moving: list[int], pulls: Pulls) -> float:  # fmt: skip
    x, y = at[0].copy(), at[1].copy()
    x[moving], y[moving] = slots[0][chosen], slots[1][chosen]
    way = np.abs(x[pulls.a] - x[pulls.b]) + np.abs(y[pulls.a] - y[pulls.b])
    return pulls.metres(way)


@pytest.mark.parametrize("seed", range(8))
def test_racks_of_one_level_take_the_best_places_of_all(seed: int) -> None:
    chance = np.random.default_rng(seed)
    fixed, moving, places = 4, [4, 5, 6], 5
    slots = chance.integers(0, 20, places) * 0.6, chance.integers(0, 3, places) * 2.4
    at = chance.integers(0, 20, 7) * 0.6, chance.integers(0, 3, 7) * 2.4
    at[0][moving], at[1][moving] = slots[0][:3], slots[1][:3]
    a, b = np.repeat(np.arange(fixed), 3), np.tile(np.array(moving), fixed)
    pulls = Pulls(a, b, chance.integers(0, 9, len(a)))
    chosen = assign(np.array(moving), np.zeros(3, int), slots, at, pulls).tolist()
    best = min(
        metres(slots, list(order), at, moving, pulls) for order in permutations(range(places), 3)
    )
    assert len(set(chosen)) == 3
    assert metres(slots, chosen, at, moving, pulls) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(8))
def test_moving_racks_of_several_levels_never_makes_cables_longer(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count, moving = 12, list(range(5, 12))
    slots = chance.permutation(20)[:9] * 0.6, chance.integers(0, 3, 9) * 2.4
    at = chance.integers(0, 20, count) * 0.6, chance.integers(0, 3, count) * 2.4
    at[0][moving], at[1][moving] = slots[0][:7], slots[1][:7]
    low, high = np.triu_indices(count, 1)
    pulls = Pulls(low, high, chance.integers(0, 5, len(low)))
    level = np.array([1, 1, 1, 1, 2, 2, 3])
    chosen = assign(np.array(moving), level, slots, at, pulls).tolist()
    assert len(set(chosen)) == 7
    before = metres(slots, list(range(7)), at, moving, pulls)
    assert metres(slots, chosen, at, moving, pulls) <= before + 1e-6


def test_leaves_belong_among_their_racks_and_spines_among_their_leaves() -> None:
    # Hosts 0 to 3 in racks 0, 0, 4, 6; leaf 4 serves 0 and 1, leaf 5 serves 2 and 3; spine 6.
    a, b = np.array([0, 1, 2, 3, 4, 5]), np.array([4, 4, 5, 5, 6, 6])
    rack_of = np.array([0, 0, 4, 6, -1, -1, -1, -1])
    level, middle = levels_and_centers(a, b, rack_of, 8)
    assert level.tolist() == [0, 0, 0, 0, 1, 1, 2, -1]
    assert middle.tolist() == [0, 0, 4, 6, 0, 5, 2.5, np.inf]


# --- whole plans --------------------------------------------------------------------------------

SWITCH: Data = {"ports": 8, "port_gbps": 400, "height_u": 1, "weight_kg": 10,
                "power": {"provisioned_w": 400, "includes_modules": True}}  # fmt: skip
LEAF = "compute-p0-leaf-r0-0001"


def site(count: int = 12, **changes: Any) -> Data:
    """Four nodes of 4 U in each rack, on switches of eight ports."""
    own: Data = {
        "name": "x",
        "hardware": {
            "switches": {"switch": SWITCH},
            "nodes": {"node": {"gpus": 8, "nics": 1, "height_u": 4}},
            "racks": {"wide": {"units": 48, "width_mm": 1200}, "side": {"purpose": "power"},
                      "small": {"purpose": "network", "units": 4, "max_power_w": 1000},
                      "wide-cdu": {"purpose": "cooling", "width_mm": 1200}},
            "systems": {"fed": {"rack": "eia-48u", "node": "node", "nodes": 4, "sidecar": "side"}},
        },
        "compute": [{"node": "node", "count": count, "nodes_per_rack": 4, "rack": "eia-48u"}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch"}},
        "floor": {},
    }  # fmt: skip
    return own | changes


def plan_of(data: Data) -> rackplan.Plan:
    return rackplan.plan(Deployment.model_validate(data), CATALOG)


def codes(data: Data) -> set[str]:
    """The rules that a deployment breaks; empty where it is planned."""
    try:
        plan_of(data)
    except RackplanError as error:
        return {problem.code for problem in error.problems if problem.severity == "error"}
    return set()


def rows(plan: rackplan.Plan) -> dict[str, tuple[int, int, int]]:
    """Hall, row and position of every rack by name."""
    table = plan.tables["racks"]
    return {
        name: (int(table["hall"][row]), int(table["row"][row]), int(table["position"][row]))
        for row, name in enumerate(plan.rack_names())
    }


def test_coordinates_of_ones_own_place_a_rack_off_the_grid() -> None:
    plan = plan_of(site(floor={"racks": {"r0001": {"x_m": 30, "y_m": 3}}}))
    assert rows(plan)["r0001"] == (0, -1, -1)
    first = plan.racks.iloc[0]
    assert (first["x_m"], first["y_m"]) == (30, 3)


def test_a_rack_off_the_grid_takes_no_position() -> None:
    own = {"r0001": {"x_m": 30, "y_m": 3}}
    assert codes(site(8, floor={"rows": 1, "positions": 2, "racks": own})) == set()


def test_a_device_stands_in_the_rack_and_unit_of_ones_own() -> None:
    own = {LEAF: {"rack": "r0002", "u": 40, "face": "rear"}}
    plan = plan_of(site(floor={"devices": own}))
    leaf = plan.devices[plan.devices["role"] == "leaf"].iloc[0]
    assert (leaf["rack"], leaf["u"], leaf["face"]) == (1, 40, "rear")


def test_a_row_is_as_long_as_the_hall_is_wide_but_10_positions_at_least_and_40_at_most() -> None:
    def across(count: int) -> int:
        placed = plan_of(site(count, fabrics={})).placed
        assert placed is not None
        return placed.floors[0].across

    assert across(4) == 10
    # 100 racks, 2.4 m from row to row and 0.6 m a position: the square root of 400.
    assert across(400) == 20
    assert across(4 * 1600) == 40


def test_racks_of_switches_in_rows_of_their_own_halve_the_way_of_a_long_row() -> None:
    plan = plan_of(site(100, floor={"network": "rows"}))
    assert plan.placed is not None
    assert plan.placed.gain.placed_m < plan.placed.gain.naive_m


HALLS: Data = {"north": {"distance_m": {"south": 50}}, "south": {}}


def in_halls(**south: Any) -> Data:
    compute = [{"node": "node", "count": 4, "nodes_per_rack": 4, "rack": "eia-48u", "hall": hall}
               for hall in HALLS]  # fmt: skip
    return site(compute=compute, halls=HALLS | {"south": south})


# --- what was wrong once ------------------------------------------------------------------------


def test_a_rack_of_switches_stands_beside_the_only_rack_that_it_serves() -> None:
    plan = plan_of(site(4))
    assert plan.placed is not None
    assert plan.placed.gain.placed_m <= plan.placed.gain.naive_m
    assert {rows(plan)[name] for name in ("r0001", "net-0001")} == {(0, 0, 0), (0, 0, 1)}


def test_the_nearest_floor_for_wide_racks_has_room_for_each_of_them() -> None:
    def wide(rows: int) -> set[str]:
        compute = [{"node": "node", "count": 16, "nodes_per_rack": 4, "rack": "wide"}]
        spec = {"rows": rows, "positions": 3}
        return codes(site(compute=compute, fabrics={}, floor=spec))

    # Four racks of two positions in rows of three: one a row.
    assert wide(4) == set()
    spec = floor(rows=1, positions=3)
    problem = no_room(spec, Wanted((2,) * 4, 0, 1), set(), ("floor", "rows"))
    assert "'rows: 4'" in problem.hint


def test_a_place_of_ones_own_on_a_column_is_refused() -> None:
    keep = [{"row": 1, "first": 1, "last": 3}]
    own = {"r0001": {"row": 1, "position": 2}}
    assert codes(site(floor={"keep_out": keep, "racks": own})) == {"RP333"}


def test_places_of_ones_own_that_overlap_are_refused() -> None:
    compute = [{"node": "node", "count": 8, "nodes_per_rack": 4, "rack": "wide"}]
    own = {"r0001": {"row": 1, "position": 1}, "r0002": {"row": 1, "position": 2}}
    assert codes(site(compute=compute, floor={"racks": own})) == {"RP110"}


def test_a_wide_rack_beyond_the_end_of_its_row_is_refused() -> None:
    compute = [{"node": "node", "count": 8, "nodes_per_rack": 4, "rack": "wide"}]
    own = {"r0001": {"row": 1, "position": 10}}
    assert codes(site(compute=compute, floor={"positions": 10, "racks": own})) == {"RP333"}


def test_a_sidecar_follows_its_rack_to_a_place_of_ones_own() -> None:
    own = {"r0001": {"row": 1, "position": 5}}
    found = rows(plan_of(site(compute=[{"system": "fed", "count": 2}], floor={"racks": own})))
    assert found["side-0001"] in {(0, 0, 3), (0, 0, 5)}


def test_two_racks_on_one_spot_are_refused() -> None:
    own = {name: {"x_m": 30, "y_m": 3} for name in ("r0001", "r0002")}
    assert codes(site(floor={"racks": own})) == {"RP110"}


def test_coordinates_and_half_a_position_contradict_each_other() -> None:
    own = {"r0001": {"row": 1, "x_m": 1, "y_m": 2}}
    assert codes(site(floor={"racks": own})) == {"RP110"}


def test_wide_cdus_do_not_overlap() -> None:
    assert codes(site(floor={"cdus_per_row": 2, "cdu_rack": "wide-cdu"})) == set()


def test_a_node_can_be_given_another_unit_of_its_rack_and_no_other_rack() -> None:
    plan = plan_of(site(floor={"devices": {"r0001-n01": {"rack": "r0001", "u": 30}}}))
    assert plan.devices["u"][plan.device_names().index("r0001-n01")] == 30
    # A node stays in its rack: the rack of a population holds so many of them.
    assert codes(site(floor={"devices": {"r0001-n01": {"rack": "r0002", "u": 30}}})) == {"RP110"}


def test_the_only_switch_can_stand_in_a_rack_of_nodes() -> None:
    own = {"compute-p0-leaf-0001": {"rack": "r0001", "u": 40}}
    assert codes(site(4, floor={"devices": own})) == set()


def test_a_switch_that_is_one_too_many_for_the_power_of_a_rack_is_refused() -> None:
    data = site(floor={"network_rack": "small"})
    assert codes(data) == set()
    own = {LEAF: {"rack": "net-0002", "u": 1}}
    assert codes(site(floor={"network_rack": "small", "devices": own})) == {"RP334"}


def test_a_device_does_not_stand_in_another_hall() -> None:
    own = {"compute-p0-leaf-0001": {"rack": "r0002", "u": 40}}
    data = in_halls() | {"floor": {"devices": own}}
    assert codes(data) == {"RP110"}


def test_two_halls_may_both_have_a_first_position() -> None:
    own = {name: {"row": 1, "position": 1} for name in ("r0001", "r0002")}
    assert codes(in_halls() | {"floor": {"racks": own}}) == set()


@pytest.mark.parametrize(
    "common",
    [{"racks": {"r0002": {"row": 1, "position": 7}}}, {"network_rack": "small"},
     {"devices": {LEAF: {"rack": "r0001", "u": 40}}}],
)  # fmt: skip
def test_what_holds_for_all_halls_is_not_told_by_the_floor_of_one(common: Data) -> None:
    assert codes(in_halls(floor=common)) == {"RP110"}


def test_the_common_floor_tells_the_place_of_a_rack_in_any_hall() -> None:
    data = in_halls() | {"floor": {"racks": {"r0002": {"row": 1, "position": 7}}}}
    assert rows(plan_of(data))["r0002"] == (1, 0, 6)


def test_the_floor_of_a_hall_tells_its_cdus() -> None:
    found = rows(plan_of(in_halls(floor={"cdus_per_row": 1})))
    assert [hall for name, (hall, _, _) in found.items() if name.startswith("cdu-")] == [1]


# --- what is not right yet ----------------------------------------------------------------------


def test_nobody_gets_longer_cables_than_in_the_naive_order_without_asking_for_it() -> None:
    node = {"gpus": 4, "nics": [{"count": 4}], "height_u": 1}
    data = site(
        hardware={
            "switches": {"switch": SWITCH | {"ports": 6}},
            "nodes": {"node": node, "server": node | {"gpus": 0}},
            "racks": {"net": {"purpose": "network", "units": 4, "width_mm": 750},
                      "side": {"purpose": "power"}},
            "systems": {"fed": {"rack": "eia-48u", "node": "node", "nodes": 2, "sidecar": "side"}},
        },
        compute=[{"system": "fed", "count": 1},
                 {"node": "node", "count": 3, "nodes_per_rack": 1, "rack": "eia-48u"}],
        services=[{"node": "server", "count": 1}],
        floor={"positions": 5, "network_rack": "net"},
    )  # fmt: skip
    placed = plan_of(data).placed
    assert placed is not None
    assert placed.gain.placed_m <= placed.gain.naive_m


def test_a_hundred_wide_racks_are_refused_after_some_thousand_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = 0

    def counted(*given: Any) -> Any:
        nonlocal tries
        tries += 1
        assert tries < 20_000
        return reserve(*given)

    monkeypatch.setattr("rackplan.placement.standing.reserve", counted)
    spec = floor(rows=2, positions=6, cdus_per_row=1)
    problem = no_room(spec, Wanted((2,) * 25, 83, 2), {(0, 0)}, ("floor", "rows"))
    assert "'rows: " in problem.hint


def test_places_of_a_hall_hold_one_cdu_each_however_many_loops_ask_for_them() -> None:
    plan = rackplan.plan(Deployment.model_validate({
        "name": "loops",
        "compute": [{"system": "gb300-nvl72", "count": 8}],
        "fabrics": {},
        "floor": {"rows": 2, "positions": 6, "cdus_per_row": 1},
        "cooling": {"loop": "rack"},
    }))  # fmt: skip
    assert (plan.racks["purpose"] == "cooling").sum() == 2
    assert {problem.code for problem in plan.design.warnings} >= {"RP357"}
