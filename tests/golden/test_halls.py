"""Halls of GB300, IR7000 and Kyber against published figures and counts made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.golden.facilities import (
    AMPS_PER_W,
    elements,
    elements_of,
    modules,
    purposes,
    switches,
    weights,
)
from tests.golden.planned import EXAMPLES, example, links_of

import rackplan
from rackplan.analyses.energy import energy
from rackplan.tables import Array

# --- 128 racks of GB300 ---------------------------------------------------------------------


def test_a_row_holds_two_scalable_units_with_their_switches_and_cdus() -> None:
    plan = example("gb300-128-racks")
    # 40 kW take five switches of 7 kW, so 200 fill 40 racks; beside the last five there is room
    # for five of the nine SN5600 that follow them, and what is left takes one rack more.
    assert purposes(plan) == {"compute": 128, "network": 41, "cooling": 40}
    by_row = plan.racks.groupby(["row", "purpose"], observed=True).size().unstack()
    assert by_row.to_dict("list") == {
        "compute": [16] * 8,
        "network": [5] * 7 + [6],
        "cooling": [5] * 8,
    }
    compute = plan.racks[plan.racks["purpose"] == "compute"]
    assert (compute["su"] // 2 == compute["row"]).all()


def test_eight_rows_hold_what_stands_in_eight_rows() -> None:
    wanted = rackplan.read_deployment(EXAMPLES / "gb300-128-racks.yaml")
    assert wanted.floor is not None
    floor = wanted.floor.model_copy(update={"rows": 8})
    plan = rackplan.plan(wanted.model_copy(update={"floor": floor}))
    assert plan.racks["row"].max() == 7


def test_the_fabrics_of_128_racks_have_the_switches_and_cables_counted_by_hand() -> None:
    plan = example("gb300-128-racks")
    # 144 nodes of an SU need two leaves of 72 a rail; 72 uplinks divide by 72 and not by 64.
    assert switches(plan, "compute") == {"leaf": 16 * 4 * 2, "spine": 72}
    assert links_of(plan) == {"host_leaf": 9216, "leaf_spine": 128 * 72}
    assert modules(plan, "compute") == (9216, 128 * 72 + 72 * 64)
    # 3:1 on 128 ports of 400G: 96 down, 32 up.
    assert switches(plan, "frontend") == {"leaf": 16 * 2, "spine": 32 * 32 // 128}
    assert links_of(plan, "frontend") == {"host_leaf": 18 * 128, "leaf_spine": 32 * 32}
    # Two ports a tray, three an NVLink switch tray, one a shelf; two a Q3400, one an SN5600.
    ports = 128 * (18 * 2 + 9 * 3 + 8) + 200 * 2 + 40
    leaves = math.ceil(ports / 48)
    assert switches(plan, "oob") == {"leaf": leaves, "spine": 1}
    assert links_of(plan, "oob") == {"host_leaf": ports, "leaf_spine": leaves}
    assert len(plan.cables) == 2 * 9216 + 2304 + 1024 + ports + leaves == 31_487


def count_of(plan: rackplan.Plan, kind: str) -> Array:
    """How many switches of a type each rack holds."""
    racks = plan.devices.loc[plan.devices["type"] == kind, "rack"]
    return np.bincount(racks, minlength=len(plan.racks))


def test_190_of_199_management_switches_sit_in_the_bays_of_the_racks_they_serve() -> None:
    plan = example("gb300-128-racks")
    # The trays and shelves of 128 racks have 71 ports each, the switches fill nine leaves more.
    in_bays = count_of(plan, "sn2201")[:128]
    assert in_bays.sum() == math.ceil(128 * (18 * 2 + 9 * 3 + 8) / 48) == 190
    assert in_bays.max() == 2
    inside = plan.devices[(plan.devices["type"] == "sn2201") & (plan.devices["rack"] < 128)]
    assert set(inside["u"]) == {43, 44}
    assert not inside.duplicated(["rack", "u"]).any()
    assert count_of(plan, "sn2201")[128:].sum() == 9


def test_every_management_switch_in_a_bay_serves_something_in_its_rack() -> None:
    plan = example("gb300-128-racks")
    oob = plan.links[(plan.links["fabric"] == "oob") & (plan.links["tier"] == "host_leaf")]
    below, leaf = (plan.ports["device"].to_numpy()[oob[end]] for end in ("a_port", "b_port"))
    rack = plan.devices["rack"].to_numpy()
    at_home = set(leaf[rack[below] == rack[leaf]])
    assert set(leaf[rack[leaf] < 128]) <= at_home


def test_a_rack_of_gb300_with_a_switch_in_its_bays_draws_at_least_its_figure() -> None:
    plan = example("gb300-128-racks")
    assert plan.facility is not None
    assert (plan.facility.complete[:128] == (count_of(plan, "sn2201")[:128] == 0)).all()


def test_switches_that_air_cools_add_no_doubt_to_the_loops_of_gb300() -> None:
    cooling = example("gb300-128-racks").cooling
    assert cooling is not None
    assert cooling.loops.racks.tolist() == [16] * 8
    assert not cooling.loops.at_least.any()


def test_a_row_of_gb300_and_its_switches_hang_on_either_side_alone() -> None:
    plan = example("gb300-128-racks")
    assert plan.facility is not None
    # Modules of SN5600 and SN2201 are unpublished: what they draw without is the least.
    switches = 200 * 7e3 + 41 * 940 + 199 * 98
    assert plan.facility.watts.sum() == 128 * 142e3 + switches == 19_634_042
    drawn = (
        7e3 * count_of(plan, "q3400-ra")
        + 940 * count_of(plan, "sn5600")
        + 98 * count_of(plan, "sn2201")
    )
    row = 16 * 142e3 + np.bincount(plan.racks["row"], drawn)
    assert elements(plan, "PDU", "worst_w") == pytest.approx(np.repeat(row, 2))
    assert elements(plan, "PDU", "normal_w") == pytest.approx(np.repeat(row, 2) / 2)
    assert row.max() < 0.8 * 3.4e6
    pair = row.reshape(4, 2).sum(axis=1)
    assert elements(plan, "UPS", "worst_w") == pytest.approx(np.repeat(pair, 2))
    assert pair.max() < 5.5e6
    assert elements(plan, "utility", "worst_w") == pytest.approx(1.2 * row.sum())


def test_each_of_1024_whips_of_gb300_carries_52_a_of_64_when_a_side_is_lost() -> None:
    plan = example("gb300-128-racks")
    assert elements_of(plan, "compute", "feed", "units") == {4}
    rows = np.isin(elements(plan, "feed", "rack"), np.arange(128))
    assert elements(plan, "feed", "units")[rows].sum() == 1024
    worst = elements(plan, "feed", "worst_a")[rows]
    rack = 142e3 + 98 * count_of(plan, "sn2201")[:128]
    assert worst == pytest.approx(np.repeat(rack, 2) / 4 * AMPS_PER_W)
    assert set(np.round(worst)) == {52}
    assert elements(plan, "feed", "limit_w")[rows] * AMPS_PER_W == pytest.approx(0.8 * 80)


def test_shelves_of_gb300_are_overloaded_when_a_side_is_lost_and_the_plan_says_so() -> None:
    plan = example("gb300-128-racks")
    rack = 142e3 + 98 * count_of(plan, "sn2201")[:128]
    assert elements(plan, "shelf", "worst_w") == pytest.approx(rack / 4)
    assert set(elements(plan, "shelf", "limit_w")) == {33e3}
    assert "RP309" in {problem.code for problem in plan.design.warnings}


def test_cdus_of_a_row_of_gb300_carry_heat_and_flow_with_one_failed() -> None:
    cooling = example("gb300-128-racks").cooling
    assert cooling is not None
    heat = 16 * 142e3 * 0.9
    assert cooling.loops.heat_w == pytest.approx(np.full(8, heat))
    assert cooling.loops.lpm == pytest.approx(np.full(8, 1.3 * heat / 1e3))
    assert set(cooling.loops.needed) == {max(math.ceil(heat / 600e3), math.ceil(2658.24 / 780))}
    assert set(cooling.loops.cdus) == {5}
    assert cooling.loops.failed_w == pytest.approx(np.full(8, heat / 4))
    air = 128 * 14_200 + 200 * 7_000 + 41 * 940 + 199 * 98  # every switch is cooled by air
    assert cooling.halls.air_w[0] == pytest.approx(air)
    assert cooling.halls.cfm[0] == pytest.approx(air / 1e3 * 117.12991, rel=1e-6)


def test_a_gb300_rack_presses_2194_kg_on_a_square_metre_and_10_more_with_each_switch() -> None:
    plan = example("gb300-128-racks")
    assert plan.weights is not None
    in_bays = count_of(plan, "sn2201")[:128]
    assert weights(plan)[:128] == pytest.approx(1580 + 7.41 * in_bays)
    by_switches = dict(zip(in_bays, plan.weights.kg_per_m2[:128], strict=True))
    assert {n: round(load) for n, load in by_switches.items()} == {0: 2194, 1: 2205, 2: 2215}
    without = plan.weights.kpa[:128][in_bays == 0]
    assert without == pytest.approx(np.full(len(without), 21.52), abs=0.005)


def test_each_of_four_steps_builds_four_units_and_the_first_all_spines() -> None:
    plan = example("gb300-128-racks")
    compute = plan.racks[plan.racks["purpose"] == "compute"]
    assert compute["phase"].tolist() == np.repeat(range(4), 32).tolist()
    leaves = plan.devices[(plan.devices["fabric"] == "compute") & (plan.devices["role"] == "leaf")]
    assert leaves["phase"].value_counts().to_dict() == dict.fromkeys(range(4), 32)
    assert set(plan.devices[plan.devices["role"] == "spine"]["phase"]) == {0}
    hosts = plan.cables[(plan.cables["fabric"] == "compute")]
    assert hosts["phase"].value_counts().to_dict() == dict.fromkeys(range(4), 18_432 // 4)


# --- 32 racks of IR7000 ---------------------------------------------------------------------


def test_a_hall_of_ir7000_has_the_racks_switches_and_cables_counted_by_hand() -> None:
    plan = example("ir7000-hall")
    assert plan.design.gpus == 32 * 36 * 4
    # The published table has 100 such switches for 4,608 GPUs; twelve of 4U fill a rack of 48U.
    assert switches(plan, "compute") == {"leaf": 64, "spine": 36}
    assert purposes(plan) == {"compute": 32, "network": math.ceil(100 / 12), "cooling": 20}
    assert links_of(plan) == {"host_leaf": 4608, "leaf_spine": 64 * 72}
    assert modules(plan, "compute") == (4608, 0)
    compute = plan.racks[plan.racks["purpose"] == "compute"]
    assert (compute["su"] == compute["row"]).all()


def test_whips_of_ir7000_carry_97_a_of_100_when_their_other_system_is_lost() -> None:
    plan = example("ir7000-hall")
    assert plan.facility is not None
    assert plan.facility.watts.sum() == pytest.approx(32 * 264e3 + 100 * 3950)
    rows = np.isin(elements(plan, "feed", "rack"), np.arange(32))
    assert elements(plan, "feed", "units")[rows].sum() == 256
    assert elements(plan, "feed", "worst_a")[rows] == pytest.approx(
        np.full(64, 264e3 / 4 * AMPS_PER_W)
    )
    assert elements(plan, "feed", "limit_w")[rows] * AMPS_PER_W == pytest.approx(0.8 * 125)


def test_every_rack_of_ir7000_hangs_on_two_of_four_ups_and_none_is_overloaded() -> None:
    plan = example("ir7000-hall")
    assert elements(plan, "UPS", "racks").sum() == 2 * (32 + 9 + 20)
    worst, normal = (elements(plan, "UPS", name) for name in ("worst_w", "normal_w"))
    assert normal.sum() == pytest.approx((32 * 264e3 + 100 * 3950) / 0.99)
    assert (worst <= 3.5e6).all()
    # A lost system gives a third to each of the others: in the mean a fourth of a third more.
    assert worst.mean() / normal.mean() == pytest.approx(4 / 3, rel=0.05)


def test_ir7000_takes_1257_millilitres_a_kilowatt_and_its_year_costs_seven_million() -> None:
    plan = example("ir7000-hall")
    cooling = plan.cooling
    assert cooling is not None
    assert cooling.lpm[0] == pytest.approx(264 * 60 / (1.02 * 3.9 * 12))
    assert cooling.halls.liquid_w[0] == pytest.approx(32 * 264e3 + 100 * 3950 * 0.85)
    assert cooling.halls.air_w[0] == pytest.approx(100 * 3950 * 0.15)
    (row,) = energy(plan).rows
    assert row["energy_kwh"] == pytest.approx(8843 * 1.15 * 8760)
    assert row["cost_usd"] == pytest.approx(8843 * 1.15 * 8760 * 0.08)


# --- a row of Kyber -------------------------------------------------------------------------


def test_every_kyber_rack_has_its_sidecar_beside_it() -> None:
    plan = example("kyber-row")
    assert purposes(plan) == {"compute": 8, "power": 8, "network": 5, "cooling": 11}
    side = plan.racks[plan.racks["purpose"] == "power"]
    served = plan.racks.loc[side["serves"]]
    assert side["serves"].tolist() == list(range(8))
    assert (side["position"].to_numpy() - served["position"].to_numpy() == 1).all()


def test_a_kyber_row_has_the_switches_and_cables_counted_by_hand() -> None:
    plan = example("kyber-row")
    # 288 cages a rack, as counted on the floor of GTC 2025, on leaves of 72 ports down.
    assert switches(plan, "compute") == {"leaf": 8 * 288 // 72, "spine": 18}
    assert links_of(plan) == {"host_leaf": 8 * 288, "leaf_spine": 32 * 72}


def test_a_sidecar_gives_750_a_at_800_v_and_takes_220_a_on_each_of_four_whips() -> None:
    plan = example("kyber-row")
    assert plan.facility is not None
    assert plan.facility.watts.sum() == pytest.approx(8 * 600e3 + 50 * 3950)
    assert set(elements(plan, "sidecar", "normal_a")) == {750.0}
    assert set(elements(plan, "sidecar", "volts")) == {800.0}
    assert elements_of(plan, "compute", "rack", "normal_a") == {750.0}
    assert elements_of(plan, "compute", "feed", "units") == set(), "fed by the sidecar alone"
    assert elements_of(plan, "power", "feed", "units") == {4}
    (worst,) = elements_of(plan, "power", "feed", "worst_a")
    assert worst == pytest.approx(600e3 / 4 * AMPS_PER_W)
    assert round(worst) == 220


def test_a_kyber_rack_takes_905_l_min_and_gives_nothing_to_air() -> None:
    cooling = example("kyber-row").cooling
    assert cooling is not None
    assert np.round(cooling.lpm[:8]).tolist() == [905] * 8
    assert cooling.air_w[:8].tolist() == [0] * 8
    # 4.97 MW need nine CDUs of 600 kW, their 7,493 L/min ten of 780 L/min.
    assert (cooling.loops.needed.tolist(), cooling.loops.cdus.tolist()) == ([10], [11])
