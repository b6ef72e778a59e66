"""Heat and weight: published flows and loads, CDUs that may fail, limits that are told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from rackplan.analyses.cooling import cooling_result
from rackplan.analyses.floor_load import floor_load_result
from rackplan.catalog.parts import Part
from rackplan.errors import InvariantError, Problem
from rackplan.heat import formulas
from rackplan.heat.cooling import Cooling, cool
from rackplan.heat.loads import HeatLoads, heat_of_devices
from rackplan.heat.problems import heat_problems
from rackplan.heat.spec import CoolingSpec
from rackplan.heat.weight import FloorLoad, RackWeights, floor_load, weight_problems

NAN = math.nan
# What the catalog's generic CDU carries: 600 kW and 780 L/min; see catalogs/parts/cdu-generic.yaml.
GENERIC: dict[str, Any] = {"category": "cdu", "capacity_w": 600e3, "flow_lpm": 780}


def cdu(**other: Any) -> Part:
    return Part.model_validate(GENERIC | {"name": "CDU"} | other)


def spec(**keys: Any) -> CoolingSpec:
    return CoolingSpec.model_validate(keys)


def racks(power_w: list[float], share: Any = 1.0, **given: Any) -> HeatLoads:
    return HeatLoads.of([f"r{i}" for i in range(len(power_w))], power_w, share, **given)


def eight_gb200(**keys: Any) -> Cooling:
    """One scalable unit: eight racks of 132 kW, 115 of it to liquid, by HPE's figures."""
    part = cdu(**keys.pop("part", {}))
    return cool(racks([132e3] * 8, 115 / 132, kinds=["gb200"] * 8), spec(**keys), part)


def told(problems: list[Problem]) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.message, problem.hint) for problem in problems]


@pytest.mark.parametrize(
    ("coolant", "published"), [(formulas.WATER, 1.437662), (formulas.PG25, 1.508296)]
)
def test_the_flow_for_a_kilowatt_at_10_k_is_the_published_one(
    coolant: formulas.Coolant, published: float
) -> None:
    assert formulas.lpm_per_kw(10, coolant) == pytest.approx(published, rel=1e-5)


def test_pg25_at_10_k_is_the_flow_of_ocps_guidelines() -> None:
    assert formulas.lpm_per_kw(10) == pytest.approx(formulas.OCP_LPM_PER_KW, rel=0.01)
    low, high = formulas.OCP_LPM_PER_KW_RANGE
    assert low < formulas.lpm_per_kw(10) < high


@pytest.mark.parametrize(("watts", "rise", "lpm"), [
    (115e3, 10, 173), (600e3, 10, 905), (600e3, 20, 452),
])  # fmt: skip
def test_racks_need_the_flow_that_is_told_for_them(watts: float, rise: float, lpm: float) -> None:
    assert round(formulas.liquid_lpm(watts, rise)) == lpm


def test_air_takes_117_cfm_for_each_kilowatt_at_15_k() -> None:
    assert formulas.air_cfm(1e3) == pytest.approx(117.12991, rel=1e-5)
    assert round(formulas.air_cfm(17e3)) == 1991


def test_constants_follow_from_the_units_they_convert() -> None:
    assert pytest.approx(60 / 0.3048**3, rel=1e-5) == formulas.CFM_PER_M3_S
    assert pytest.approx(1 / 0.45359237) == formulas.LB_PER_KG
    assert pytest.approx(1 / 0.3048**2) == formulas.FT2_PER_M2


def test_a_rack_of_gb200_splits_and_flows_as_published() -> None:
    cooling = eight_gb200(supply_c=25)
    assert cooling.liquid_w[0] == pytest.approx(115e3)
    assert cooling.air_w[0] == pytest.approx(17e3)
    assert round(float(cooling.lpm[0])) == 173
    assert round(float(cooling.cfm[0])) == 1991
    assert cooling.return_c[0] == 35


def test_a_rule_for_the_flow_takes_the_place_of_the_rise() -> None:
    cooling = eight_gb200(lpm_per_kw=1.5, supply_c=40)
    assert cooling.lpm[0] == pytest.approx(115 * 1.5)
    # 60 / (1.5 x 1.02 x 3.9): slightly above 10 K, as the physics want slightly more than 1.5.
    assert cooling.return_c[0] == pytest.approx(40 + 10.0553, abs=1e-3)


def test_temperature_comes_from_the_cdu_where_the_deployment_tells_none() -> None:
    assert eight_gb200(part={"supply_c": 32}).return_c[0] == 42
    assert np.isnan(eight_gb200().return_c).all()


# 920 kW need 2 x 600 kW; 1,387.6 L/min need 2 x 780 L/min.
@pytest.mark.parametrize(("redundancy", "spare", "left"), [
    ("N", 0, 1), ("N+1", 1, 2), ("2N", 2, 2),
])  # fmt: skip
def test_eight_racks_need_two_cdus_and_the_spare_ones_of_their_redundancy(
    redundancy: str, spare: int, left: int
) -> None:
    loops = eight_gb200(redundancy=redundancy).loops
    assert (loops.needed[0], loops.spare[0], loops.left[0]) == (2, spare, left)
    assert loops.normal_w[0] == pytest.approx(920e3 / (2 + spare))
    assert loops.failed_w[0] == pytest.approx(920e3 / left)


def test_flow_may_need_more_cdus_than_heat() -> None:
    # At 5 K the flow doubles: 2,775.3 L/min need 4 x 780 L/min.
    assert eight_gb200(rise_c=5).loops.needed[0] == 4


def test_the_pumps_own_heat_takes_room_and_goes_to_water_and_air() -> None:
    part = {"power_w": 100e3, "liquid_share": 0.75, "flow_lpm": None}
    cooling = eight_gb200(part=part, redundancy="N")
    # 75 of each 600 kW are the CDU's own: 920 / 525 is 2 CDUs, and each carries 460 + 75.
    assert cooling.loops.needed[0] == 2
    assert cooling.loops.normal_w[0] == pytest.approx(535e3)
    assert cooling.halls.liquid_w[0] == pytest.approx(920e3 + 2 * 75e3)
    assert cooling.halls.air_w[0] == pytest.approx(8 * 17e3 + 2 * 25e3)
    assert cooling.halls.cdu_w[0] == pytest.approx(200e3)


def test_a_cdu_that_only_heats_itself_is_refused() -> None:
    cooling = eight_gb200(part={"power_w": 600e3, "liquid_share": 1.0})
    assert told(heat_problems(cooling)) == [(
        "RP342",
        "CDU carries no heat of racks: its own takes all of its capacity",
        "name another 'cdu'",
    )]  # fmt: skip
    assert cooling.loops.cdus[0] == -1


def test_loops_follow_hall_row_or_rack() -> None:
    loads = racks([100e3] * 6, [1, 1, 1, 1, 0, 1], hall=[0, 0, 1, 1, 1, 1], row=[0, 1, 0, 0, 0, -1])
    expected = {"hall": [2, 3], "row": [1, 1, 1, 2], "rack": [1, 1, 1, 1, 1]}
    for loop, counts in expected.items():
        cooling = cool(loads, spec(loop=loop), cdu(), ("a", "b"))
        assert cooling.loops.racks.tolist() == counts
        assert cooling.loop[4] == -1, "an air-cooled rack needs no CDU"


def test_declared_cdus_that_do_not_carry_the_heat_are_refused() -> None:
    assert told(heat_problems(eight_gb200(cdus=1, redundancy="N"))) == [(
        "RP342",
        "1 x CDU of the hall carries 780 L/min of 1,388 L/min",
        "use 'cdus: 2' or a larger CDU",
    )]  # fmt: skip


def test_the_power_that_a_refusal_names_is_not_refused() -> None:
    # 100 kW / 0.9 is 111.111 kW, 100 kW / 0.87 is 114.943 kW, which must not be told as 114.95.
    for share in (0.9, 0.87, 0.3):
        given = {"share": share, "max_liquid_w": 100e3}
        (problem,) = heat_problems(cool(racks([500e3], **given), spec(), cdu()))
        fits = float(problem.hint.split("keep the rack at ")[1].split(" kW")[0])
        assert heat_problems(cool(racks([fits * 1e3], **given), spec(), cdu())) == []


def test_declared_cdus_that_do_not_survive_a_failure_are_refused() -> None:
    assert told(heat_problems(eight_gb200(cdus=2, part={"flow_lpm": None}))) == [(
        "RP342",
        "2 x CDU of the hall carry 600.0 kW of 920.0 kW of heat when one of them fails",
        "use 'cdus: 3' or a larger CDU, or 'redundancy: N'",
    )]  # fmt: skip
    assert heat_problems(eight_gb200(cdus=3)) == []
    assert heat_problems(eight_gb200(cdus=2, redundancy="N")) == []


def test_of_an_odd_number_of_cdus_at_2n_the_smaller_half_must_do() -> None:
    problems = heat_problems(eight_gb200(cdus=3, redundancy="2N", lpm_per_kw=1.3))
    assert [problem.code for problem in problems] == ["RP342"]
    assert "600.0 kW of 920.0 kW of heat when half of them fail" in problems[0].message
    assert "'cdus: 4'" in problems[0].hint


def test_cdus_beyond_what_is_needed_leave_a_margin() -> None:
    loops = eight_gb200(cdus=4).loops
    assert loops.margin_w[0] == pytest.approx(3 * 600e3 - 920e3)
    assert loops.margin_lpm[0] == pytest.approx(3 * 780 - 920 * 1.508296, rel=1e-6)


def test_a_rack_that_gives_more_than_its_frame_removes_is_refused() -> None:
    loads = racks([132e3, 140e3], 0.9, kinds=["x", "x"], max_liquid_w=100e3, max_air_w=20e3)
    assert told(heat_problems(cool(loads, spec(), cdu()))) == [(
        "RP334",
        (
            "r1 (x) gives 126.0 kW of heat to liquid, its frame removes 100.0 kW that way "
            "(1 more rack too)"
        ),
        "keep the rack at 111.11 kW, or choose a frame that removes 126.0 kW by liquid",
    )]  # fmt: skip


def test_air_that_does_not_suffice_is_refused_as_heat_and_as_flow() -> None:
    # 136 kW to air need 15,929.67 CFM at 15 K.
    problems = heat_problems(eight_gb200(air_w="100 kW", air_cfm=15_000, liquid_w="1 MW"))
    assert told(problems) == [
        (
            "RP343",
            "the hall gives at least 136.0 kW of heat to air, its air removes 100.0 kW",
            "use 'air_w: 136.0 kW' or more, or put 73 % of it into the hall",
        ),
        (
            "RP343",
            "the hall needs at least 15,930 CFM of air, it gets 15,000 CFM",
            "use 'air_cfm: 15930' or more, or put 94 % of it into the hall",
        ),
    ]


def test_facility_water_that_does_not_suffice_is_refused() -> None:
    problems = heat_problems(eight_gb200(liquid_w=900e3))
    assert [(p.code, p.path) for p in problems] == [("RP343", ("cooling", "liquid_w"))]


def test_an_unknown_share_is_neither_liquid_nor_air_and_is_named() -> None:
    cooling = cool(racks([100e3, 50e3], [NAN, 0.5], kinds=["odd", "b"]), spec(), cdu())
    assert cooling.unsplit_w.tolist() == [100e3, 0]
    assert cooling.loops.heat_w.tolist() == [25e3]
    assert cooling.loops.at_least.tolist() == [True]
    assert (cooling.halls.liquid_w[0], cooling.halls.air_w[0]) == (25e3, 25e3)
    notes = [note for note in cooling_result(cooling).notes if "how much of the heat" in note]
    assert notes
    assert "odd" in notes[0]


def test_unknown_power_leaves_open_only_the_way_that_takes_a_share() -> None:
    cooling = cool(racks([NAN, NAN, NAN], [0.0, 1.0, 0.5], kinds=list("abc")), spec(), cdu())
    assert cooling.loads.liquid_open.tolist() == [False, True, True]
    assert cooling.loads.air_open.tolist() == [True, False, True]
    assert any("a, b, c" in note for note in cooling_result(cooling).notes)


def test_devices_of_one_rack_are_summed_by_what_is_known_of_them() -> None:
    watts = np.array([1000.0, 500.0, 200.0, NAN, 70.0])
    share = np.array([0.8, 0.0, NAN, 0.0, 1.0])
    given = heat_of_devices(np.array([0, 0, 0, 0, -1]), 2, watts, share)
    loads = HeatLoads.of(["a", "b"], **given)
    assert loads.power_w.tolist() == [1700, 0]
    assert loads.liquid_w.tolist() == pytest.approx([800, 0])
    assert loads.air_w.tolist() == pytest.approx([700, 0])
    assert loads.undivided_w.tolist() == [200, 0]
    # What draws an unknown power is cooled by air, but 200 W may still go to liquid.
    assert loads.liquid_known.tolist() == [True, True]
    assert loads.air_known.tolist() == [False, True]
    assert loads.liquid_open.tolist() == [True, False]


def test_diversity_counts_for_racks_together_and_not_for_one() -> None:
    assert eight_gb200(diversity=0.9).loops.heat_w[0] == pytest.approx(828e3)
    alone = eight_gb200(diversity=0.9, loop="rack")
    assert alone.loops.heat_w.tolist() == pytest.approx([115e3] * 8)
    assert alone.halls.liquid_w[0] == pytest.approx(828e3)


@pytest.mark.parametrize(("power", "cdus"), [([], []), ([0.0], []), ([NAN], [-1])])
def test_without_heat_no_cdu_is_counted_and_none_is_known_where_heat_is_unknown(
    power: list[float], cdus: list[int]
) -> None:
    for loop in ("hall", "row", "rack"):
        cooling = cool(racks(power), spec(loop=loop), cdu())
        assert cooling.loops.cdus.tolist() == cdus
        assert heat_problems(cooling) == []
        assert cooling_result(cooling).rows[-1]["scope"] == "hall"


def test_a_cdu_of_unknown_capacity_leaves_the_count_unknown() -> None:
    cooling = eight_gb200(part={"capacity_w": None, "flow_lpm": None})
    assert cooling.loops.cdus.tolist() == [-1]
    loop = next(row for row in cooling_result(cooling).rows if row["scope"] == "loop")
    assert (loop["cdus"], loop["cdus_needed"], loop["margin_w"]) == (None, None, None)
    assert any("heat and flow that it carries" in note for note in cooling_result(cooling).notes)
    assert heat_problems(eight_gb200(part={"capacity_w": None, "flow_lpm": None}, cdus=1)) == []


def test_the_result_folds_equal_racks_and_equal_loops() -> None:
    rows = cooling_result(eight_gb200(loop="rack")).rows
    assert [(row["scope"], row["name"], row["count"]) for row in rows] == [
        ("rack", "gb200", 8), ("loop", "r0", 8), ("hall", "the hall", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("keys", [
    {"rise_c": 10, "lpm_per_kw": 1.5}, {"rise_c": 0}, {"diversity": 0}, {"redundancy": "N+2"},
    {"cdus": 0}, {"air_w": "3 L/min"}, {"max_kg_per_m2": 1000},
])  # fmt: skip
def test_a_key_that_makes_no_sense_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        spec(**keys)


def test_arrays_of_another_length_are_our_bug() -> None:
    with pytest.raises(InvariantError, match="row have not 2 values"):
        racks([1.0, 2.0], row=[1, 2, 3])


def on_the_floor(limit: float | None = None, **given: Any) -> FloorLoad:
    """A liquid-cooled NVL72 rack as in the golden figures: 1,360 kg on 0.6 x 1.068 m."""
    given = {"kinds": ["nvl72"], "width_m": 0.6, "depth_m": 1.068, "feet": 4} | given
    return floor_load(RackWeights.of(["r1"], given.pop("rack_kg", 1360), **given), limit)


def test_an_nvl72_rack_presses_as_published() -> None:
    floor = on_the_floor()
    assert round(float(floor.kg_per_m2[0])) == 2122
    assert round(float(floor.kpa[0]), 1) == 20.8
    assert round(formulas.lb_per_ft2(float(floor.kg_per_m2[0]))) == 435
    assert floor.foot_kg[0] == 340
    # It touches two tiles of 0.6 x 0.6 m.
    assert floor.tile_kg_per_m2[0] == pytest.approx(1360 / 0.72)


def test_a_rack_too_heavy_for_the_floor_is_refused_with_what_would_do() -> None:
    assert told(weight_problems(on_the_floor(1200))) == [(
        "RP335",
        (
            "r1 (nvl72) weighs 1,360 kg on 0.64 m2, which is 2,122 kg/m2 (20.8 kPa); the floor "
            "carries 1,200 kg/m2"
        ),
        "keep the rack at 768 kg, or spread it over 1.14 m2 with plates",
    )]  # fmt: skip
    assert weight_problems(on_the_floor(2123)) == []


def test_too_much_weight_in_a_frame_is_refused() -> None:
    floor = on_the_floor(load_kg=1175, max_load_kg=1000, known=False)
    assert told(weight_problems(floor)) == [(
        "RP345",
        "r1 (nvl72) holds at least 1,175 kg, its frame may hold 1,000 kg",
        "take out 175 kg, or use a stronger frame",
    )]  # fmt: skip


def test_unknown_weight_or_footprint_is_told_and_not_tested() -> None:
    unknown = on_the_floor(1, rack_kg=NAN)
    assert weight_problems(unknown) == []
    assert unknown.weights.at_least.tolist() == [True]
    bare = on_the_floor(1, width_m=NAN, feet=0)
    assert weight_problems(bare) == []
    row = floor_load_result(bare).rows[0]
    assert (row["rack_kg"], row["kg_per_m2"], row["foot_kg"]) == (1360, None, None)
    assert sum("nvl72" in note for note in floor_load_result(bare).notes) == 2


def test_no_racks_press_on_no_floor() -> None:
    empty = floor_load(RackWeights.of([], []), 1000)
    assert weight_problems(empty) == []
    assert floor_load_result(empty).rows == ()
