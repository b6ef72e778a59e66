"""Properties of cooling: no heat is lost, flow follows heat, spare CDUs suffice, order is free."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackplan.catalog.parts import Part
from rackplan.heat.cooling import Cooling, cool
from rackplan.heat.loads import HeatLoads, heat_of_devices
from rackplan.heat.problems import heat_problems
from rackplan.heat.spec import CoolingSpec
from rackplan.heat.weight import RackWeights, floor_load, weight_problems

HALLS = ("a", "b", "c")
kilowatts = st.integers(0, 600).map(lambda kw: 1e3 * kw)
unknown = st.just(math.nan)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    return Part.model_validate(
        {
            "category": "cdu",
            "capacity_w": draw(
                st.one_of(st.none(), st.integers(100, 2000).map(lambda kw: 1e3 * kw))
            ),
            "flow_lpm": draw(st.one_of(st.none(), st.integers(100, 3000))),
            "power_w": draw(st.one_of(st.none(), st.integers(0, 20).map(lambda kw: 1e3 * kw))),
            "liquid_share": draw(st.sampled_from([None, 0.0, 0.8, 1.0])),
        }
    )


@st.composite
def specs(draw: st.DrawFn) -> CoolingSpec:
    flow = st.sampled_from([{}, {"rise_c": 7}, {"rise_c": 20}, {"lpm_per_kw": 1.5}])
    return CoolingSpec.model_validate(
        {
            "redundancy": draw(st.sampled_from(["N", "N+1", "2N"])),
            "loop": draw(st.sampled_from(["hall", "row", "rack"])),
            "coolant": draw(st.sampled_from(["water", "pg25"])),
            "diversity": draw(st.sampled_from([1.0, 0.9])),
            **draw(flow),
        }
    )


@st.composite
def fields(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Racks of a plan, field by field."""
    count = draw(st.integers(0, 9))

    def each(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=count, max_size=count))

    limit = st.one_of(unknown, kilowatts)
    return {
        "names": [f"r{i}" for i in range(count)],
        "kinds": each(st.sampled_from("xy")),
        "power_w": each(st.one_of(kilowatts, unknown)),
        "liquid_share": each(st.sampled_from([math.nan, 0.0, 0.25, 0.87, 1.0])),
        "hall": each(st.integers(0, 2)),
        "row": each(st.integers(-1, 2)),
        "max_liquid_w": each(limit),
        "max_air_w": each(limit),
    }


def cooled(racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part) -> Cooling:
    return cool(HeatLoads.of(**racks), spec, cdu, HALLS)


@given(fields(), specs(), parts())
def test_all_known_heat_leaves_by_liquid_or_air_or_is_told_as_undivided(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part
) -> None:
    cooling = cooled(racks, spec, cdu)
    out = np.nansum([cooling.liquid_w, cooling.air_w, cooling.unsplit_w], axis=0)
    power = cooling.loads.power_w
    np.testing.assert_allclose(out, np.nan_to_num(power))
    # Where a number is missing, it says so.
    open_ended = cooling.loads.liquid_open | cooling.loads.air_open
    assert (open_ended >= (np.isnan(power) | (cooling.unsplit_w > 0))).all()


@given(fields(), specs(), parts())
def test_halls_hold_the_heat_of_their_racks_and_of_the_cdus_of_their_loops(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part
) -> None:
    cooling = cooled(racks, spec, cdu)
    power = np.nan_to_num(cooling.loads.power_w)
    for hall in range(len(HALLS)):
        inside = cooling.loads.hall == hall
        share = spec.diversity if inside.sum() > 1 else 1.0
        cdus = sum(max(0, n) for n in cooling.loops.cdus[cooling.loops.hall == hall].tolist())
        expected = share * power[inside].sum() + cdus * (cdu.power_w.value or 0)
        halls = cooling.halls
        found = halls.liquid_w[hall] + halls.air_w[hall] + halls.unsplit_w[hall]
        assert found == pytest.approx(expected)


@given(fields(), specs(), parts(), st.sampled_from([0.0, 0.5, 2.0, 3.0]))
def test_flow_is_linear_in_power(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part, factor: float
) -> None:
    once = cooled(racks, spec, cdu)
    scaled = cooled(racks | {"power_w": [factor * w for w in racks["power_w"]]}, spec, cdu)
    np.testing.assert_allclose(scaled.lpm, factor * once.lpm)
    np.testing.assert_allclose(scaled.cfm, factor * once.cfm)


@given(fields(), specs(), parts())
def test_the_coolant_warms_by_what_the_heat_balance_of_the_flow_says(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part
) -> None:
    spec = spec.model_copy(update={"supply_c": 30.0})
    cooling = cooled(racks, spec, cdu)
    density, capacity = {"water": (0.997, 4.186), "pg25": (1.02, 3.9)}[spec.coolant]
    for watts, lpm, back in zip(cooling.liquid_w, cooling.lpm, cooling.return_c, strict=True):
        if watts > 0:
            kg_per_s = lpm / 60 * density
            assert back - 30 == pytest.approx(watts / 1e3 / (kg_per_s * capacity))


def carries(cdus: int, heat_w: float, lpm: float, cdu: Part) -> bool:
    """Whether some running CDUs take heat and flow, counted one CDU after the other."""
    own = (cdu.power_w.value or 0) * (cdu.liquid_share.value or 0)
    for load, each in (
        (heat_w, None if cdu.capacity_w.value is None else cdu.capacity_w.value - own),
        (lpm, cdu.flow_lpm.value),
    ):
        left = load
        for _ in range(cdus):
            left -= math.inf if each is None else each
        if left > 1e-6 * max(1.0, load) and each is not None:
            return False
    return True


@given(fields(), specs(), parts())
def test_spare_cdus_survive_the_failure_they_are_for_and_none_is_too_many(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part
) -> None:
    loops = cooled(racks, spec, cdu).loops
    fields_of_loops = (loops.heat_w, loops.lpm, loops.needed, loops.cdus)
    for heat, lpm, needed, cdus in zip(*fields_of_loops, strict=True):
        if needed < 0:  # nobody tells what a CDU carries, or how much heat there is
            assert heat == 0 or (cdu.capacity_w.value is None and cdu.flow_lpm.value is None)
            continue
        fewer = needed - 1
        assert needed == 0 or not carries(fewer, heat, lpm, cdu), "a CDU less would do"
        lost = {"N": 0, "N+1": 1, "2N": -(-cdus // 2)}[spec.redundancy] if cdus else 0
        assert carries(cdus - lost, heat, lpm, cdu)


@given(fields(), specs(), parts(), st.integers(1, 5))
def test_declared_cdus_are_refused_exactly_when_a_loop_is_not_carried(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part, declared: int
) -> None:
    spec = spec.model_copy(update={"cdus": declared})
    cooling = cooled(racks, spec, cdu)
    lost = {"N": 0, "N+1": 1, "2N": -(-declared // 2)}[spec.redundancy]
    carried = all(
        carries(declared - lost, heat, lpm, cdu)
        for heat, lpm in zip(cooling.loops.heat_w, cooling.loops.lpm, strict=True)
    )
    found = [problem for problem in heat_problems(cooling) if problem.code == "RP342"]
    assert bool(found) is not carried
    for problem in found:  # what the hint names does
        wanted = int(problem.hint.split("'cdus: ")[1].split("'")[0])
        mended = cooled(racks, spec.model_copy(update={"cdus": wanted}), cdu)
        assert not [one for one in heat_problems(mended) if one.code == "RP342"]


@given(fields(), specs(), parts())
def test_a_rack_is_refused_exactly_when_its_frame_removes_less(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part
) -> None:
    expected = set()
    for kind, watts, share, liquid, air in zip(
        *(racks[name] for name in (
            "kinds", "power_w", "liquid_share", "max_liquid_w", "max_air_w"
        )), strict=True,
    ):  # fmt: skip
        if watts * share > liquid * (1 + 1e-9):
            expected.add((kind, "liquid"))
        if watts * (1 - share) > air * (1 + 1e-9):
            expected.add((kind, "air"))
    problems = [one for one in heat_problems(cooled(racks, spec, cdu)) if one.code == "RP334"]
    found = {
        (problem.message.split("(")[1][0], "air" if "to air" in problem.message else "liquid")
        for problem in problems
    }
    assert found == expected
    assert len(problems) == len(expected)


@given(fields(), specs(), parts(), st.randoms(use_true_random=False))
def test_the_order_of_racks_changes_nothing(
    racks: dict[str, list[Any]], spec: CoolingSpec, cdu: Part, random: Any
) -> None:
    order = list(range(len(racks["names"])))
    random.shuffle(order)
    shuffled = {name: [values[i] for i in order] for name, values in racks.items()}
    one, other = cooled(racks, spec, cdu), cooled(shuffled, spec, cdu)
    np.testing.assert_array_equal(one.lpm[order], other.lpm)
    np.testing.assert_allclose(one.halls.liquid_w, other.halls.liquid_w)
    np.testing.assert_allclose(one.halls.air_w, other.halls.air_w)
    np.testing.assert_array_equal(one.halls.cdus, other.halls.cdus)
    for rack, before in enumerate(order):
        here, there = int(other.loop[rack]), int(one.loop[before])
        assert (here < 0) is (there < 0)
        if here >= 0:
            assert other.loops.heat_w[here] == pytest.approx(one.loops.heat_w[there])
            assert other.loops.cdus[here] == one.loops.cdus[there]
            assert other.loops.at_least[here] == one.loops.at_least[there]


@given(st.lists(
    st.tuples(
        st.integers(-1, 3), st.one_of(kilowatts, unknown),
        st.sampled_from([math.nan, 0.0, 0.5, 0.8, 1.0]),
    ), max_size=12,
))  # fmt: skip
def test_devices_of_a_rack_give_off_what_they_give_off_one_by_one(
    devices: list[tuple[int, float, float]],
) -> None:
    rack = np.array([one[0] for one in devices], dtype=np.int64)
    watts, share = (np.array([one[i] for one in devices], dtype=np.float64) for i in (1, 2))
    loads = HeatLoads.of([f"r{i}" for i in range(4)], **heat_of_devices(rack, 4, watts, share))
    for number in range(4):
        inside = [(w, s) for r, w, s in devices if r == number]
        known = [(w, s) for w, s in inside if w == w and s == s]  # noqa: PLR0124 - nan is not itself
        assert loads.liquid_w[number] == pytest.approx(sum(w * s for w, s in known))
        assert loads.air_w[number] == pytest.approx(sum(w * (1 - s) for w, s in known))
        may_be_liquid = [w for w, s in inside if (math.isnan(w) and s != 0) or math.isnan(s)]
        may_be_air = [w for w, s in inside if (math.isnan(w) and s != 1) or math.isnan(s)]
        assert loads.liquid_open[number] == any(w != 0 for w in may_be_liquid)
        assert loads.air_open[number] == any(w != 0 for w in may_be_air)


@given(st.lists(
    st.tuples(
        st.one_of(unknown, st.integers(1, 3000)), st.one_of(unknown, st.sampled_from([0.6, 1.2])),
        st.one_of(unknown, st.integers(100, 4000)),
    ), max_size=8,
))  # fmt: skip
def test_a_floor_is_overloaded_exactly_where_weight_over_footprint_exceeds_it(
    racks: list[tuple[float, float, float]],
) -> None:
    names = [f"r{i}" for i in range(len(racks))]
    kilograms, width, limit = ([one[i] for one in racks] for i in range(3))
    weights = RackWeights.of(names, kilograms, kinds=names, width_m=width, depth_m=1.2)
    over = {
        name for name, (kg, wide, most) in zip(names, racks, strict=True)
        if kg > most * wide * 1.2 * (1 + 1e-6)
    }  # fmt: skip
    floor = floor_load(weights, np.array(limit, dtype=np.float64))
    problems = weight_problems(floor)
    assert {problem.message.split(" ")[0] for problem in problems} == over
    assert {problem.code for problem in problems} <= {"RP335"}
