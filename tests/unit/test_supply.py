"""The power tree: published currents, redundancy, refusals, and what is not known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from rackplan.analyses.energy import energy
from rackplan.analyses.failover import failover
from rackplan.analyses.power_tree import power_tree as folded
from rackplan.catalog.base import Supplies
from rackplan.errors import InvariantError, Problem
from rackplan.feeds import PowerSpec
from rackplan.supply import formulas
from rackplan.supply.devices import DeviceSupply, device_supplies
from rackplan.supply.loads import RackLoads
from rackplan.supply.problems import implausible, power_problems
from rackplan.supply.tree import PowerTree, power_tree


def racks(count: int, watts: Any, **given: Any) -> RackLoads:
    return RackLoads.of([f"r{i + 1}" for i in range(count)], np.broadcast_to(watts, count), **given)


def tree_of(loads: RackLoads, **keys: Any) -> PowerTree:
    return power_tree(loads, PowerSpec.model_validate(keys))


def values(tree: PowerTree, kind: str, column: str) -> list[float]:
    return tree.elements[column][tree.rows(kind)].tolist()


def codes(tree: PowerTree) -> list[str]:
    return [problem.code for problem in power_problems(tree)]


def only(tree: PowerTree) -> Problem:
    (problem,) = power_problems(tree)
    return problem


def plan_with(tree: PowerTree | None) -> Any:
    return SimpleNamespace(power=tree, design=SimpleNamespace(populations=(), fabrics=()))


# --- formulas ---------------------------------------------------------------------------------


def test_a_rack_of_132_kw_takes_193_amperes_at_415_volts() -> None:
    amps = formulas.amps_three_phase(132e3, 415, 0.95)
    assert amps == pytest.approx(193.3043, rel=1e-5)
    assert formulas.breaker_a(amps) == pytest.approx(241.6, abs=0.05)


def test_a_rack_of_600_kw_takes_750_amperes_at_800_volts_and_11111_at_54() -> None:
    assert formulas.amps_dc(600e3, 800) == 750
    assert formulas.amps_dc(600e3, 54) == pytest.approx(11111, abs=0.5)


def test_shelves_of_gb200_give_264_kw_and_132_at_n_plus_n() -> None:
    shelf = 6 * 5500
    assert formulas.shelf_capacity(8, shelf) == 264e3
    assert formulas.shelf_capacity(8, shelf, spare=4) == 132e3


def test_shelves_of_vera_rubin_give_440_kw_and_330_at_n_plus_1() -> None:
    assert formulas.shelf_capacity(4, 110e3) == 440e3
    assert formulas.shelf_capacity(4, 110e3, spare=1) == 330e3


def test_a_single_phase_ampere_carries_volts_times_power_factor() -> None:
    assert formulas.amps_single_phase(2300, 230, 1.0) == 10


def test_a_kilowatt_all_year_is_8760_kwh() -> None:
    assert formulas.energy_kwh(1000) == 8760


# --- the key `power` --------------------------------------------------------------------------


def test_an_empty_key_means_two_sides_at_415_volts() -> None:
    spec = PowerSpec.model_validate({})
    assert (spec.systems, spec.sides_per_rack, spec.feeds_per_rack) == (2, 2, 2)
    assert (spec.voltage_v, spec.derate, spec.power_factor) == (415, 0.8, 0.95)


def test_capacities_take_texts_with_units() -> None:
    assert PowerSpec.model_validate({"pdu_w": "500 kW", "ups_w": "1.5 MW"}).ups_w == 1.5e6


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"rows_per_pdu": 1, "racks_per_pdu": 8}, "contradict"),
        ({"redundancy": "2N", "feeds": 3}, "cannot spread 3 feeds"),
        ({"redundancy": "N+1", "feeds": 1}, "cannot have 1 systems"),
        ({"redundancy": "N+1", "feeds": 9}, "cannot have 9 systems"),
        ({"pue": 1.02, "ups_efficiency": 0.95}, "UPS and PDU alone make 1.053"),
        ({"redundancy": "3N"}, "Input should be"),
        ({"pdu_w": "500"}, "has no unit"),
        ({"pdu_w": 0}, "greater than 0"),
        ({"derate": 1.1}, "less than or equal to 1"),
        ({"headroom": 1}, "less than 1"),
        ({"pue": 0.9}, "greater than or equal to 1"),
    ],
)
def test_keys_that_contradict_or_leave_their_range_are_refused(
    keys: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        PowerSpec.model_validate(keys)


# --- loads and failover -----------------------------------------------------------------------


def test_at_2n_either_side_takes_over_all() -> None:
    tree = tree_of(racks(4, 100e3, row=[0, 0, 1, 1]))
    assert values(tree, "PDU", "normal_w") == [100e3] * 4
    assert values(tree, "PDU", "worst_w") == [200e3] * 4
    assert values(tree, "utility", "worst_w") == [400e3] * 2
    assert [tree.name(r) for r in tree.rows("PDU")] == ["PDU 1-A", "PDU 1-B", "PDU 2-A", "PDU 2-B"]
    failed = [tree.name(int(r)) for r in tree.elements["worst_failed"][tree.rows("PDU")]]
    assert failed == ["PDU 1-B", "PDU 1-A", "PDU 2-B", "PDU 2-A"]


def test_at_n_nothing_takes_over() -> None:
    tree = tree_of(racks(3, 100e3), redundancy="N")
    assert values(tree, "UPS", "worst_w") == values(tree, "UPS", "normal_w") == [300e3]
    assert values(tree, "UPS", "worst_failed") == [-1]


def test_at_n_plus_1_the_rest_share_the_lost_system() -> None:
    tree = tree_of(racks(2, 120e3), redundancy="N+1")
    assert values(tree, "UPS", "normal_w") == [80e3] * 3
    assert values(tree, "UPS", "worst_w") == [120e3] * 3


def test_four_to_make_three_may_carry_three_quarters() -> None:
    fits = tree_of(racks(12, 100e3), redundancy="4-to-make-3", ups_w=400e3)
    assert values(fits, "UPS", "normal_w") == [300e3] * 4  # 75 % of 400 kW
    assert codes(fits) == []
    over = tree_of(racks(12, 101e3), redundancy="4-to-make-3", ups_w=400e3)
    assert codes(over) == ["RP340"]


def test_feeds_of_a_gb200_rack_carry_193_amperes_when_a_side_is_lost() -> None:
    tree = tree_of(racks(1, 132e3))
    assert values(tree, "feed", "worst_a") == pytest.approx([193.3043] * 2, rel=1e-5)
    assert values(tree, "feed", "normal_a") == pytest.approx([193.3043 / 2] * 2, rel=1e-5)
    needed = np.array(values(tree, "feed", "needed_w"))
    assert needed == pytest.approx(132e3 / 0.8)


def test_eight_whips_of_a_rack_divide_the_current_by_four_a_side() -> None:
    tree = tree_of(racks(1, 132e3, feeds=8))
    assert values(tree, "feed", "units") == [4, 4]
    assert values(tree, "feed", "worst_a") == pytest.approx([193.3043 / 4] * 2, rel=1e-5)


def test_racks_of_direct_current_take_750_amperes() -> None:
    tree = tree_of(racks(1, 600e3), redundancy="N", current="dc", voltage_v=800)
    assert values(tree, "feed", "normal_a") == [750]
    assert values(tree, "PDU", "normal_a") == [750]
    assert tree.elements["medium"][tree.rows("utility")].tolist() == [0]  # AC from the grid


def test_a_single_phase_site_counts_no_root_of_three() -> None:
    tree = tree_of(racks(1, 2300), redundancy="N", phases=1, voltage_v=230, power_factor=1)
    assert values(tree, "feed", "normal_a") == [10]
    assert values(tree, "PDU", "normal_a") == [10]


def test_losses_count_on_the_way_up_and_pue_at_the_utility() -> None:
    keys = {"redundancy": "N", "pdu_efficiency": 0.8, "ups_efficiency": 0.5, "diversity": 0.5}
    tree = tree_of(racks(2, 100e3), **keys)
    assert values(tree, "PDU", "normal_w") == [100e3]
    assert values(tree, "UPS", "normal_w") == [125e3]
    assert values(tree, "utility", "normal_w") == [250e3]
    assert values(tree_of(racks(2, 100e3), **keys, pue=4), "utility", "normal_w") == [400e3]


def test_cooling_draws_from_its_feeds_but_is_in_the_pue_already() -> None:
    tree = tree_of(racks(2, 100e3, it=[True, False]), redundancy="N", pue=1.5)
    assert values(tree, "UPS", "normal_w") == [200e3]
    assert values(tree, "utility", "normal_w") == [150e3]


def test_a_sidecar_carries_its_racks_and_its_loss() -> None:
    loads = racks(3, [0, 97e3, 97e3], sidecar=[-1, 0, 0], efficiency=0.97, bus_v=800,
                  shelves_installed_w=[200e3, np.nan, np.nan])  # fmt: skip
    tree = tree_of(loads)
    assert values(tree, "feed", "worst_w") == pytest.approx([200e3] * 2)
    assert values(tree, "sidecar", "normal_w") == [194e3]
    assert values(tree, "sidecar", "normal_a") == [194e3 / 800]
    assert values(tree, "sidecar", "racks") == [2]
    names = [
        (tree.name(int(a)), tree.name(int(b)))
        for a, b in zip(tree.supplies["source"], tree.supplies["consumer"], strict=True)
    ]
    assert names[-5:] == [
        ("feed A of r1", "sidecar r1"), ("feed B of r1", "sidecar r1"),
        ("sidecar r1", "rack r1"), ("sidecar r1", "rack r2"), ("sidecar r1", "rack r3"),
    ]  # fmt: skip


def test_a_supply_passes_what_its_weaker_end_may_carry() -> None:
    loads = racks(1, 100e3, shelf_count=4, shelves_installed_w=132e3)
    tree = tree_of(loads, redundancy="N", ups_w=1e6, pdu_w=500e3)
    limits = {
        (tree.name(int(a)), tree.name(int(b))): limit
        for a, b, limit in zip(*(tree.supplies[k] for k in ("source", "consumer", "limit_w")),
                               strict=True)
    }  # fmt: skip
    assert limits == {
        ("utility A", "UPS 1-A"): 1e6,
        ("UPS 1-A", "PDU 1-A"): 400e3,
        ("PDU 1-A", "feed A of r1"): 400e3,
        ("feed A of r1", "a shelf of r1"): 132e3,
        ("a shelf of r1", "rack r1"): 132e3,
    }


def test_a_sidecar_that_is_too_small_is_an_error() -> None:
    loads = racks(3, [0, 97e3, 97e3], sidecar=[-1, 0, 0], efficiency=0.97,
                  shelves_installed_w=[150e3, np.nan, np.nan])  # fmt: skip
    problem = only(tree_of(loads))
    assert problem.code == "RP341"
    assert problem.message == "sidecar r1 carries 194.0 kW of 150.0 kW"
    assert problem.hint == "put at most 1 of its 2 racks on it"


def test_half_of_eight_shelves_carry_all_when_a_side_is_lost() -> None:
    tree = tree_of(racks(1, 132e3, shelf_count=8, shelves_installed_w=264e3, bus_v=50))
    assert values(tree, "shelf", "normal_w") == [16.5e3]
    assert values(tree, "shelf", "worst_w") == values(tree, "shelf", "limit_w") == [33e3]
    cause = int(tree.elements["worst_failed"][tree.rows("shelf")][0])
    assert tree.name(cause) == "feed A of r1"


def test_without_a_second_side_the_loss_of_one_shelf_counts() -> None:
    tree = tree_of(racks(1, 330e3, shelf_count=4, shelves_installed_w=440e3), redundancy="N")
    assert values(tree, "shelf", "worst_w") == [110e3]
    row = int(tree.rows("shelf")[0])
    assert tree.elements["worst_failed"][row] == row


def test_halls_have_pdus_and_ups_of_their_own_and_names_that_tell() -> None:
    loads = racks(3, 10e3, hall=[0, 1, 1], row=[0, 0, 3])
    tree = power_tree(loads, PowerSpec(redundancy="N"), ("north", "south"))
    assert [tree.name(r) for r in tree.rows("PDU")] == [
        "PDU 1-A of north", "PDU 1-A of south", "PDU 4-A of south",
    ]  # fmt: skip
    assert [tree.name(r) for r in tree.rows("UPS")] == ["UPS 1-A of north", "UPS 1-A of south"]
    assert [tree.name(r) for r in tree.rows("utility")] == ["utility A"]
    apart = power_tree(loads, PowerSpec(redundancy="N", utility_per="hall"), ("north", "south"))
    assert values(apart, "utility", "normal_w") == [10e3, 20e3]


def test_racks_per_pdu_follow_rows_and_positions() -> None:
    loads = racks(4, [1e3, 2e3, 4e3, 8e3], row=[1, 0, 1, 0], position=[0, 1, 1, 0])
    tree = tree_of(loads, redundancy="N", racks_per_pdu=2)
    assert values(tree, "PDU", "normal_w") == [10e3, 5e3]


def test_pdus_per_ups_split_the_ups_of_a_hall() -> None:
    tree = tree_of(racks(5, 1e3, row=range(5)), redundancy="N", pdus_per_ups=2)
    assert values(tree, "UPS", "normal_w") == [2e3, 2e3, 1e3]


# --- problems ---------------------------------------------------------------------------------


def test_a_pdu_that_only_failover_overloads_names_load_limit_and_cause() -> None:
    loads = racks(4, [100e3, 100e3, 206e3, 206e3], row=[0, 0, 1, 1])
    problem = only(tree_of(loads, pdu_w="500 kW"))
    assert problem.code == "RP340"
    assert problem.severity == "error"
    assert problem.path == ("power", "pdu_w")
    assert problem.message == (
        "PDU 2-A carries 412.0 kW of 400.0 kW (80 % of 500.0 kW) when PDU 2-B fails; "
        "normally 206.0 kW (1 more is overloaded)"
    )
    assert problem.hint == "use 'pdu_w: 515.0 kW' or more, or 'racks_per_pdu: 1' (now 2)"


def test_the_capacity_that_the_hint_names_does() -> None:
    loads = racks(7, 123.457e3, row=0)
    assert codes(tree_of(loads, pdu_w="1 MW")) == ["RP340"]
    hint = only(tree_of(loads, pdu_w="1 MW")).hint
    needed = hint.split("'")[1].removeprefix("pdu_w: ")
    assert codes(tree_of(loads, pdu_w=needed)) == []
    fewer = int(hint.split("racks_per_pdu: ")[1].split("'")[0])
    assert codes(tree_of(loads, pdu_w="1 MW", racks_per_pdu=fewer)) == []
    assert codes(tree_of(loads, pdu_w="1 MW", racks_per_pdu=fewer + 1)) == ["RP340"]


def test_the_hint_does_not_suggest_two_keys_that_contradict() -> None:
    problem = only(tree_of(racks(4, 100e3, row=0), pdu_w="400 kW", rows_per_pdu=2))
    assert problem.hint.endswith("'racks_per_pdu: 3' in place of 'rows_per_pdu' (now 4)")


def test_an_overload_in_normal_operation_is_told_once() -> None:
    problem = only(tree_of(racks(4, 100e3), ups_w=150e3))
    assert problem.code == "RP341"
    assert problem.message == (
        "UPS 1-A carries at least 200.0 kW of 150.0 kW (1 more is overloaded)"
    )
    assert problem.hint == "use 'ups_w: 400.0 kW' or more, or put at most 1 of its 4 racks on it"


def test_a_load_equal_to_the_limit_holds() -> None:
    assert codes(tree_of(racks(3, 0.1e3), pdu_w=0.3e3 / 0.8, utility_w=0.3e3)) == []


def test_headroom_is_kept_free_of_every_declared_rating() -> None:
    assert codes(tree_of(racks(1, 90e3), utility_w=100e3, headroom=0.1)) == []
    assert codes(tree_of(racks(1, 91e3), utility_w=100e3, headroom=0.1)) == ["RP340"]


def test_a_feed_above_its_derated_breaker_names_amperes() -> None:
    problem = only(tree_of(racks(2, 132e3), breaker_a=200))
    assert (problem.code, problem.severity) == ("RP348", "error")
    assert problem.message == (
        "feed A of r1 carries 193.3 A of 160.0 A (80 % of 200 A) at 415 V when feed B of r1 fails; "
        "normally 96.7 A (3 more are overloaded)"
    )
    assert problem.hint == "use 'breaker_a: 241.7' or more, or 'feeds: 4'"
    assert codes(tree_of(racks(2, 132e3), breaker_a=241.7)) == []
    assert codes(tree_of(racks(2, 132e3), breaker_a=200, feeds=4)) == []


def test_a_bus_bar_above_its_rating_is_a_warning() -> None:
    problem = only(tree_of(racks(1, 142e3, bus_v=50, bus_a=2500)))
    assert (problem.code, problem.severity) == ("RP348", "warning")
    assert problem.message == "the bus bar of r1 carries 2,840 A of 2,500 A at 50 V"
    assert problem.hint == "keep the rack at 125.0 kW, or use a stronger bus bar"


def test_shelves_that_survive_a_shelf_but_not_a_side_are_a_warning() -> None:
    shelves = {"shelf_count": 4, "shelves_installed_w": 440e3, "shelves_redundant_w": 330e3}
    problem = only(tree_of(racks(1, 227e3, **shelves)))
    assert (problem.code, problem.severity) == ("RP340", "warning")
    assert problem.message.startswith("a shelf of r1 carries 113.5 kW of 110.0 kW when feed A")
    assert codes(tree_of(racks(1, 220e3, **shelves))) == []
    # Above what N+1 leaves, RP309 tells it.
    assert codes(tree_of(racks(1, 340e3, **shelves))) == []


@pytest.mark.parametrize(
    ("watts", "meant"), [(132, "132 kW"), (132e6, "132 kW"), (0.132, "132 kW"), (1e12, "1 MW")]
)
def test_a_slip_of_the_unit_suggests_the_one_that_was_meant(watts: float, meant: str) -> None:
    problem = implausible(watts, "a rack", 1e3, 2e6, ("site", "rack_power_w"))
    assert problem is not None
    assert problem.code == "RP331"
    assert problem.path == ("site", "rack_power_w")
    assert problem.hint == f"did you mean {meant}?"


def test_a_plausible_power_is_no_slip() -> None:
    assert implausible(132e3, "a rack", 1e3, 2e6) is None
    nothing = implausible(1e20, "a rack", 1e3, 2e6)
    assert nothing is not None
    assert nothing.hint == "check number and unit"


# --- what is not known, and nothing -----------------------------------------------------------


def test_unknown_racks_make_every_sum_above_them_at_least() -> None:
    loads = racks(2, [np.nan, 100e3], row=[0, 1])
    keys = {"pdu_efficiency": 1.0, "ups_efficiency": 1.0, "pue": 1.0}
    tree = tree_of(loads, redundancy="N", **keys)
    assert values(tree, "PDU", "at_least") == [True, False]
    assert values(tree, "UPS", "at_least") == [True]
    assert values(tree, "utility", "normal_w") == [100e3]
    notes = folded(plan_with(tree)).notes
    assert "the power of 1 racks is not known in full: sums are at least those shown" in notes


def test_no_racks_give_an_empty_tree() -> None:
    for redundancy in ("N", "2N", "N+1", "4-to-make-3"):
        tree = tree_of(racks(0, 0.0), redundancy=redundancy, pdu_w=1e3, breaker_a=10)
        assert len(tree.elements) == len(tree.supplies) == 0
        assert codes(tree) == []
        assert folded(plan_with(tree)).rows == ()
        assert failover(plan_with(tree)).rows == ()
        assert energy(plan_with(tree)).rows[0]["energy_kwh"] == 0


def test_racks_that_draw_nothing_overload_nothing() -> None:
    tree = tree_of(racks(2, 0.0), pdu_w=1e3, breaker_a=10)
    assert codes(tree) == []
    assert values(tree, "PDU", "worst_failed") == [-1, -1]


def test_loads_of_uneven_length_or_with_chains_of_sidecars_are_our_bug() -> None:
    with pytest.raises(InvariantError, match="typical_w have not 2 values"):
        racks(2, 1.0, typical_w=[1.0])
    with pytest.raises(InvariantError, match="sidecar"):
        racks(3, 1.0, sidecar=[-1, 0, 1])
    with pytest.raises(TypeError, match="no volts"):
        racks(1, 1.0, volts=3)


# --- analyses ---------------------------------------------------------------------------------


def test_equal_elements_share_a_row() -> None:
    tree = tree_of(racks(1440, 132e3, row=np.arange(1440) // 20, bus_v=50))
    rows = {row["kind"]: row for row in folded(plan_with(tree)).rows}
    assert {kind: row["count"] for kind, row in rows.items()} == {
        "utility": 2, "UPS": 2, "PDU": 144, "feed": 2880, "rack": 1440,
    }  # fmt: skip
    assert rows["rack"]["normal_a"] == 2640
    assert rows["PDU"]["needed_w"] == pytest.approx(20 * 132e3 / 0.8)
    assert rows["PDU"]["capacity_w"] is None
    assert rows["PDU"]["share"] is None


def test_failover_names_the_worst_survivor_of_each_kind() -> None:
    loads = racks(2, [100e3, 132e3], row=[0, 1], shelf_count=8, shelves_installed_w=264e3)
    result = failover(plan_with(tree_of(loads, pdu_w=200e3)))
    rows = {(row["failed_kind"], row["survivor"]): row for row in result.rows}
    pdu = rows["PDU", "PDU 2-A"]
    assert (pdu["failed"], pdu["load_w"], pdu["limit_w"]) == ("PDU 2-B", 132e3, 160e3)
    assert (pdu["margin_w"], pdu["share"], pdu["holds"]) == (28e3, 0.825, True)
    assert rows["UPS", "UPS 1-A"]["holds"] is None
    shelf = rows["feed", "a shelf of r2"]
    assert (shelf["load_w"], shelf["margin_w"], shelf["holds"]) == (33e3, 0, True)


def test_failover_says_that_nothing_takes_over_at_n() -> None:
    result = failover(plan_with(tree_of(racks(2, 1e3), redundancy="N")))
    assert result.rows == ()
    assert "darkens" in result.notes[0]


def test_six_psus_of_which_four_are_needed_do_not_survive_a_side() -> None:
    device = DeviceSupply("x", 8, 6, 4, 3300.0, 10200.0, 3)
    assert device.normal_w == 1700
    assert device.worst_w == 3400  # above 3,300 W
    design = device_design({"count": 6, "needed": 4, "each_w": 3300}, 10200.0)
    assert device_supplies(design, 2) == [device]
    assert device_supplies(design, 1)[0].left == 6
    plan = SimpleNamespace(power=tree_of(racks(1, 10.2e3)), design=design)
    rows = [row for row in failover(plan).rows if row["survivor"] == "a PSU of x"]
    assert [(row["failed_kind"], row["load_w"], row["holds"]) for row in rows] == [
        ("PSU", 2040, True), ("feed", 3400, False),
    ]  # fmt: skip


def device_design(supplies: dict[str, Any], watts: float) -> Any:
    power = SimpleNamespace(watts=lambda _: watts, includes_modules=True)
    known = Supplies.model_validate(supplies)
    node = SimpleNamespace(title="x", supplies=known, power=power)
    population = SimpleNamespace(system=None, node=node, nodes=8, host_ports=())
    return SimpleNamespace(populations=(population,), fabrics=())


def test_energy_takes_typical_power_where_published_and_multiplies_by_pue() -> None:
    loads = racks(3, 100e3, typical_w=[80e3, np.nan, np.nan], it=[True, True, False],
                  hall=[0, 1, 1])  # fmt: skip
    tree = tree_of(loads, pue=1.25, utilization=0.5, usd_per_kwh=0.1)
    first, second, whole = energy(plan_with(tree)).rows
    assert (whole["racks"], whole["planned_w"], whole["average_w"]) == (2, 200e3, 90e3)
    assert whole["facility_w"] == 250e3
    assert whole["energy_kwh"] == pytest.approx(90 * 1.25 * 8760)
    assert whole["cost_usd"] == pytest.approx(90 * 1.25 * 876)
    assert [first["scope"], second["scope"]] == ["hall 1", "hall 2"]
    assert first["energy_kwh"] + second["energy_kwh"] == pytest.approx(whole["energy_kwh"])


def test_energy_without_pue_says_that_cooling_is_left_out() -> None:
    (row,) = (result := energy(plan_with(tree_of(racks(1, 1e3))))).rows
    assert (row["facility_w"], row["cost_usd"], row["energy_kwh"]) == (None, None, 8760)
    assert any("no PUE" in note for note in result.notes)


@pytest.mark.parametrize("analysis", [folded, failover, energy])
def test_a_deployment_without_the_key_gets_a_note_and_no_rows(analysis: Any) -> None:
    result = analysis(plan_with(None))
    assert result.rows == ()
    assert result.notes == ("the deployment has no key 'power'",)


@pytest.mark.parametrize("analysis", [folded, failover, energy])
def test_every_row_has_the_columns_of_its_result(analysis: Any) -> None:
    result = analysis(plan_with(tree_of(racks(2, 1e3, shelf_count=2), pdu_w=1e6)))
    assert result.rows
    assert all(list(row) == list(result.columns) for row in result.rows)
