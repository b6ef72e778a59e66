"""Sums that every example with a floor must keep, and the published figures of a SuperPOD."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from tests.golden.facilities import (
    AMPS_PER_W,
    elements,
    modules,
    one_rack,
    purposes,
    switches,
    weights,
)
from tests.golden.planned import example, links_of

from rackplan.analyses.failover import failover
from rackplan.analyses.power import power
from rackplan.catalog.base import PLANNING_ORDER

PHYSICAL = ("dgx-h100-superpod", "gb300-128-racks", "ir7000-hall", "kyber-row")

# --- what holds for every example -----------------------------------------------------------


@pytest.mark.parametrize("name", PHYSICAL)
def test_watts_of_the_racks_are_those_of_everything_that_draws_power(name: str) -> None:
    plan = example(name)
    assert plan.facility is not None
    each = [planned_watts(row) for row in power(plan).rows]
    assert plan.facility.watts.sum() == pytest.approx(sum(each), rel=1e-12)


def planned_watts(row: Mapping[str, Any]) -> float:
    """The first figure of all that is known, else that of single ones without their modules."""
    whole = [row[f"{kind}_w"] for kind in PLANNING_ORDER]
    bare = [row[f"each_{kind}_w"] for kind in PLANNING_ORDER]
    count = row["count"]
    known = [watts for watts in whole if watts is not None]
    return float([*known, *(watts * count for watts in bare if watts is not None), 0.0][0])


@pytest.mark.parametrize("name", PHYSICAL)
def test_racks_whose_power_nobody_publishes_in_full_make_every_sum_at_least(name: str) -> None:
    plan = example(name)
    assert plan.facility is not None
    unpublished = plan.racks["purpose"].isin(["cooling", "power"]).to_numpy()
    assert not plan.facility.complete[unpublished].any()
    assert plan.facility.watts[unpublished].sum() == 0
    assert elements(plan, "utility", "at_least").all()


@pytest.mark.parametrize("name", PHYSICAL)
def test_every_watt_comes_in_by_a_feed_and_leaves_as_heat(name: str) -> None:
    plan = example(name)
    assert plan.facility is not None
    assert plan.cooling is not None
    total = plan.facility.watts.sum()
    heat = np.stack([plan.cooling.liquid_w, plan.cooling.air_w, plan.cooling.unsplit_w])
    assert np.nan_to_num(heat).sum(axis=0) == pytest.approx(plan.facility.watts, rel=1e-12)
    for kind in ("feed", "PDU"):
        loads = elements(plan, kind, "normal_w") * elements(plan, kind, "units")
        assert loads.sum() == pytest.approx(total, rel=1e-12), kind


@pytest.mark.parametrize("name", PHYSICAL)
def test_kilograms_of_the_racks_are_those_of_frames_devices_and_whole_systems(name: str) -> None:
    plan = example(name)
    assert plan.placed is not None
    placed, racks = plan.placed, plan.placed.racks
    whole = np.zeros(len(racks))
    for number, population in enumerate(plan.design.populations):
        known = population.system.weight_kg.value if population.system else None
        if known is not None:
            whole[(racks.population == number) & (racks.nodes > 0)] = known
    frames = np.array([rack.weight_kg.value or 0 for rack in racks.frames])[racks.frame]
    # No switch of a fabric is part of a system: those in its bays come on top.
    switch = (plan.devices["kind"] == "switch").to_numpy()
    single = (placed.rack >= 0) & (switch | (whole[placed.rack] == 0))
    devices = np.nan_to_num(placed.loads.kilograms)[single].sum()
    expected = whole.sum() + frames[whole == 0].sum() + devices
    assert np.nan_to_num(weights(plan)).sum() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", PHYSICAL)
def test_no_unit_of_a_rack_holds_two_devices(name: str) -> None:
    plan = example(name)
    rows = plan.devices[plan.devices["u"].notna() & (plan.devices["height_u"] != 0)]
    assert (rows["rack"] >= 0).all()
    tall = rows["height_u"].fillna(1).to_numpy().astype(int)
    bottom = rows["u"].to_numpy().astype(int)
    taken = [
        (rack, face, unit)
        for rack, face, low, high in zip(
            rows["rack"], rows["face"], bottom, bottom + tall, strict=True
        )
        for unit in range(low, high)
    ]
    assert len(set(taken)) == len(taken) == tall.sum()
    assert min(unit for *_, unit in taken) >= 1
    assert max(unit for *_, unit in taken) <= 48


@pytest.mark.parametrize("name", PHYSICAL)
def test_no_two_racks_stand_in_one_place_and_none_where_it_may_not(name: str) -> None:
    plan = example(name)
    assert plan.placed is not None
    places = list(zip(plan.racks["row"], plan.racks["position"], strict=True))
    assert len(set(places)) == len(places)
    assert min(places) >= (0, 0)
    blocked = {
        (one.row - 1, position - 1)
        for one in plan.placed.floors[0].keep_out
        for position in range(one.first, one.last + 1)
    }
    assert blocked.isdisjoint(places)


@pytest.mark.parametrize("name", PHYSICAL)
def test_every_cable_has_a_way_and_is_ordered_no_shorter(name: str) -> None:
    plan = example(name)
    assert (plan.cables["route_m"] > 0).all()
    assert (plan.cables["length_m"] >= plan.cables["route_m"] - 1e-4).all()


@pytest.mark.parametrize("name", ["dgx-h100-superpod", "gb300-128-racks"])
def test_no_cable_is_laid_before_the_racks_at_its_ends_stand(name: str) -> None:
    plan = example(name)
    rack = plan.devices["rack"].to_numpy()[plan.ports["device"]]
    step = plan.racks["phase"].to_numpy()[rack]
    first = plan.links.groupby("cable")[["a_port", "b_port"]].first()
    both = np.maximum(step[first["a_port"]], step[first["b_port"]])
    assert (plan.cables["phase"].to_numpy()[first.index] >= both).all()


# --- a rack of GB200 ------------------------------------------------------------------------


def test_a_gb200_rack_of_132_kw_gives_115_to_liquid_17_to_air_and_takes_173_l_min() -> None:
    plan = one_rack("gb200-nvl72", cooling={"coolant": "pg25", "rise_c": 10, "supply_c": 25})
    cooling = plan.cooling
    assert plan.facility is not None
    assert cooling is not None
    assert plan.facility.watts[0] == 132e3
    assert round(cooling.liquid_w[0] / 1e3) == 115
    assert round(cooling.air_w[0] / 1e3) == 17
    assert round(cooling.lpm[0]) == 173
    assert cooling.return_c[0] == pytest.approx(35)


# --- DGX SuperPOD ---------------------------------------------------------------------------


def test_the_superpod_has_the_published_cables_and_modules_of_its_compute_fabric() -> None:
    plan = example("dgx-h100-superpod")
    assert links_of(plan) == {"host_leaf": 127 * 8 + 4, "leaf_spine": 1024}
    hosts, cages = modules(plan, "compute")
    assert (hosts, cages) == (508 + 4, 1536)
    assert switches(plan, "compute") == {"leaf": 32, "spine": 16}


def test_the_superpod_has_three_pdus_in_each_rack_of_dgx_and_twelve_beside_switches() -> None:
    plan = example("dgx-h100-superpod")
    rows = plan.devices[plan.devices["type"] == "pdu-px3-5878i2r"]
    assert rows["rack"].value_counts().to_dict() == dict.fromkeys(range(32), 3)
    others = plan.devices.loc[plan.devices["type"] == "pdu-px3-5747v", "rack"]
    assert others.value_counts().to_dict() == dict.fromkeys(range(34, 37), 12 // 3)
    assert set(plan.racks.loc[others, "purpose"]) == {"network"}


def test_racks_of_the_superpod_stand_in_reach_of_their_modules() -> None:
    plan = example("dgx-h100-superpod")
    assert purposes(plan) == {"compute": 32, "service": 2, "network": 3}
    cords = plan.cables[plan.cables["type"] == "mfp7e30"]
    assert len(cords) == 2044 + 698  # compute with four links to UFM, and storage
    assert cords["route_m"].max() < 50, "the shortest reach of NVIDIA's single-mode modules"


def test_a_lost_feed_of_a_dgx_rack_leaves_four_supplies_and_half_as_much_again_elsewhere() -> None:
    plan = example("dgx-h100-superpod")
    full = np.isclose(elements(plan, "feed", "normal_w"), 4 * 10_200 / 3)
    assert full.sum() == 3 * 31
    assert elements(plan, "feed", "units").sum() == 3 * 37
    worst = elements(plan, "feed", "worst_a")[full]
    assert worst == pytest.approx(np.full(93, 20_400 * AMPS_PER_W))
    assert worst.max() < 0.8 * 60
    (side,) = [row for row in failover(plan).rows if row["failed"] == "a side with 2 of its 6 PSUs"]
    assert side["load_w"] == pytest.approx(10_200 / 4)
    assert side["holds"]


def test_switch_racks_of_the_superpod_weigh_what_is_in_them() -> None:
    plan = example("dgx-h100-superpod")
    network = (plan.racks["purpose"] == "network").to_numpy()
    # QM9700, SN4600C, SN2201, UFM appliances and empty racks; servers of unpublished weight.
    expected = 67 * 14.8 + 10 * 14.64 + 8 * 7.41 + 4 * 17 + 3 * 128
    assert weights(plan)[network].sum() == pytest.approx(expected)
    units = plan.devices[network[plan.devices["rack"]]]["height_u"]
    assert units.sum() == 67 + 10 * 2 + 8 + 4
    assert units.isna().sum() == 4
