"""Which medium links take by their length, on a handful of links and on plans counted by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import rackplan
from rackplan.build.choosing import choose, too_long
from rackplan.catalog import Cable
from rackplan.deployment import Deployment
from rackplan.design import TierMedia
from rackplan.errors import InfeasibleError, RackplanError
from rackplan.load.catalog_reader import open_catalog

Data = dict[str, Any]

CATALOG = open_catalog()
NAN = float("nan")


def copper(reach: float | None, *, links: int = 1, ends: int = 2) -> TierMedia:
    """A cable with plugs."""
    cable = Cable.model_validate({"kind": "dac", "links": links, "ends": ends})
    return TierMedia(None, None, cable, 0, reach_m=reach)


def fiber(reach: float | None) -> TierMedia:
    """Modules and a cord."""
    cord = Cable.model_validate({"kind": "fiber"})
    return TierMedia(None, None, cord, 8, reach_m=reach)


def chosen(
    options: list[TierMedia],
    route: list[float],
    a: list[int] | None = None,
    b: list[int] | None = None,
) -> list[int]:
    """Option of each link; every link has cages of its own unless said otherwise."""
    own = list(range(len(route)))
    found = choose(options, np.array(route), np.array(a or own), np.array(b or own))
    numbers: list[int] = found.tolist()
    return numbers


THREE = [copper(3.0), copper(7.0), fiber(50.0)]


def test_a_link_takes_the_first_medium_that_reaches_and_a_reach_reaches_itself() -> None:
    assert chosen(THREE, [1, 3, 3.001, 7, 7.5, 50]) == [0, 0, 1, 1, 2, 2]


def test_a_link_that_nothing_reaches_takes_what_reaches_furthest() -> None:
    assert chosen(THREE, [51]) == [2]


def test_a_link_of_unknown_length_takes_what_reaches_furthest() -> None:
    assert chosen(THREE, [1, NAN]) == [0, 2]


def test_a_medium_of_unknown_reach_reaches_everything() -> None:
    assert chosen([copper(3.0), fiber(None)], [1, 4000]) == [0, 1]


def test_links_of_a_cage_take_what_the_longest_of_them_needs() -> None:
    fibers = [fiber(3.0), fiber(7.0), fiber(50.0)]
    assert chosen(fibers, [1, 6, 1], a=[0, 1, 2], b=[0, 0, 1]) == [1, 1, 0]
    assert chosen(fibers, [1, 6, 1], a=[0, 0, 2], b=[0, 1, 2]) == [1, 1, 0]


def test_a_cage_of_two_ports_takes_no_two_plugs() -> None:
    assert chosen(THREE, [1, 6, 1], a=[0, 1, 2], b=[0, 0, 1]) == [2, 2, 0]


def test_what_a_cage_needs_spreads_over_cages_that_hang_together() -> None:
    # Links 0-1 share an upper cage, 1-2 a lower one, 2-3 an upper one; link 3 is long.
    assert chosen(THREE, [1, 1, 1, 40, 1], a=[0, 1, 1, 2, 3], b=[0, 0, 1, 1, 2]) == [2, 2, 2, 2, 0]


def test_ports_without_a_cage_share_nothing() -> None:
    assert chosen(THREE, [1, 40, 1], a=[-1, -1, -1], b=[-1, -1, -1]) == [0, 2, 0]


def test_a_cable_of_two_links_is_passed_over_where_they_lead_to_two_cages() -> None:
    options = [copper(3.0, links=2), fiber(50.0)]
    assert chosen(options, [1, 1], a=[0, 0], b=[0, 0]) == [0, 0]
    assert chosen(options, [1, 1], a=[0, 1], b=[0, 0]) == [1, 1]
    assert chosen(options, [1, 1], a=[0, 0], b=[0, 1]) == [1, 1]


def test_a_splitter_joins_one_cage_with_two() -> None:
    options = [copper(3.0, links=2, ends=3), fiber(50.0)]
    assert chosen(options, [1, 1], a=[0, 1], b=[0, 0]) == [0, 0]
    assert chosen(options, [1, 1, 1], a=[0, 1, 2], b=[0, 0, 0]) == [1, 1, 1]


# --- plans --------------------------------------------------------------------------------------


def site(
    metres: Data, *, nodes: int = 4, each: int = 2, twin: bool = False, **cabling: Any
) -> Data:
    """Nodes of two NICs on one switch; racks stand as far from it as said."""
    cages = 4 if twin else 8
    cables: Data = {
        "dac": {"kind": "dac", "port_gbps": 400, "forms": ["osfp"], "reach_m": 8},
        "splitter": {"kind": "acc", "port_gbps": 400, "forms": ["osfp", "osfp"], "links": 2,
                     "ends": 3, "reach_m": 8},
        "cord": {"kind": "fiber", "connector": "mpo-x", "fiber_mode": "single", "reach_m": 100},
    }  # fmt: skip
    module: Data = {"form": "osfp", "port_gbps": 400, "connector": "mpo-x", "fiber_mode": "single",
                    "reach_m": 500}  # fmt: skip
    return {
        "name": "x",
        "hardware": {
            "switches": {"switch": {"ports": 8, "port_gbps": 400, "cage": "osfp", "cages": cages,
                                    "height_u": 1}},
            "nodes": {"node": {"gpus": 8, "nics": [{"count": 2, "cage": "osfp"}], "height_u": 4}},
            "cables": cables,
            "optics": {"one": module | {"ports": 1, "fibers": 8, "connectors": 1},
                       "two": module | {"ports": 2, "fibers": 16, "connectors": 2}},
        },
        "compute": [{"node": "node", "count": nodes, "nodes_per_rack": each, "rack": "eia-48u"}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch", "tiers": 1}},
        "floor": {"distances_m": {rack: {"net-0001": far} for rack, far in metres.items()}},
        "cabling": cabling,
    }  # fmt: skip


def planned(data: Data) -> rackplan.Plan:
    return rackplan.plan(Deployment.model_validate(data), CATALOG)


def kinds(plan: rackplan.Plan) -> tuple[dict[str, int], dict[str, int]]:
    """Cables and modules by type."""
    return (dict(Counter(plan.cables["type"].astype(str))),
            dict(Counter(plan.modules["type"].astype(str))))  # fmt: skip


NEAR_AND_FAR = {"r0001": 0.0, "r0002": 40.0}
"""5.5 m and less of cable, and about 45 m."""


def test_near_racks_get_copper_and_far_ones_fiber() -> None:
    plan = planned(site(NEAR_AND_FAR, media=["dac", "single-mode"]))
    assert kinds(plan) == ({"dac": 4, "cord": 4}, {"dac": 8, "one": 8})


def test_all_get_fiber_where_the_policy_knows_no_copper() -> None:
    plan = planned(site(NEAR_AND_FAR, media=["single-mode"]))
    assert kinds(plan) == ({"cord": 8}, {"one": 16})


def test_a_twin_port_cage_with_one_far_link_holds_a_module_for_both() -> None:
    # Two NICs a node, two links a cage of the switch: nodes keep their cages to themselves.
    apart = planned(site(NEAR_AND_FAR, twin=True, media=["acc", "single-mode"]))
    assert kinds(apart) == ({"splitter": 2, "cord": 4}, {"splitter": 6, "two": 2, "one": 4})


def test_the_media_of_a_fabric_replace_those_of_the_plan() -> None:
    data = site(NEAR_AND_FAR, media=["dac", "single-mode"])
    data["fabrics"]["compute"]["optics"] = {"media": ["single-mode"]}
    assert kinds(planned(data))[0] == {"cord": 8}


def test_what_the_optics_name_is_not_chosen_again() -> None:
    data = site({"r0001": 0.0, "r0002": 0.0}, media=["single-mode"])
    data["fabrics"]["compute"]["optics"] = {"host_cable": "dac"}
    assert kinds(planned(data))[0] == {"dac": 8}


def test_the_bill_and_the_design_tell_what_was_chosen() -> None:
    plan = planned(site(NEAR_AND_FAR, media=["dac", "single-mode"]))
    told = {row["id"]: row["quantity"] for row in rackplan.summary(plan)["bom"]}
    assert (told["dac"], told["cord"], told["one"]) == (4, 4, 8)
    (fabric,) = plan.design.fabrics
    held = {entry.id: count for entry, count in fabric.chosen["leaf"] if entry is not None}
    assert held == {"dac": 4, "one": 4}


def test_links_longer_than_every_medium_are_refused_with_the_longest_of_them() -> None:
    with pytest.raises(InfeasibleError) as raised:
        planned(site({"r0001": 0.0, "r0002": 400.0}, media=["dac", "single-mode"]))
    (problem,) = raised.value.problems
    assert problem.code == "RP336"
    assert problem.message.startswith("4 links of host_leaf are up to 40")
    assert problem.message.endswith("m long; cord reaches 100 m")
    assert problem.hint == "bring the ends nearer: nothing that fits reaches beyond 100 m"


def test_no_medium_of_the_policy_names_those_that_suit() -> None:
    with pytest.raises(InfeasibleError) as raised:
        planned(site(NEAR_AND_FAR, media=["aoc", "multimode"]))
    (problem,) = raised.value.problems
    assert (problem.code, problem.message) == (
        "RP337",
        (
            "nothing of aoc, multimode suits both ends of host_leaf, hosts (400 Gb/s in osfp) and "
            "switch (400 Gb/s in osfp)"
        ),
    )
    assert problem.hint == "add one of single-mode (100 m), dac (8 m)"
    for word in ("dac", "single-mode"):
        far = 0.0 if word == "dac" else 40.0
        planned(site({"r0001": 0.0, "r0002": far}, media=["aoc", "multimode", word]))


def test_the_limit_of_a_link_is_the_least_reach_of_cord_and_modules() -> None:
    (fabric,) = planned(site(NEAR_AND_FAR, media=["dac", "single-mode"])).design.fabrics
    near, far = fabric.options["host_leaf"]
    assert (near.reach_m, far.reach_m) == (8, 100)
    assert too_long(fabric, "host_leaf", near, np.array([8.0, NAN])) == []
    (problem,) = too_long(fabric, "host_leaf", near, np.array([8.1, 9.25, 3.0]))
    assert problem.message == "2 links of host_leaf are up to 9.2 m long; dac reaches 8 m"
    assert problem.hint == "use cord with one, which reaches 100 m"


def test_lengths_of_ones_own_are_ordered_where_a_cable_has_no_list() -> None:
    data = site(NEAR_AND_FAR, media=["dac", "single-mode"], lengths_m=[6, 44, 99])
    lengths = Counter(planned(data).cables["length_m"].tolist())
    assert set(lengths) <= {6.0, 44.0, 99.0}
    for cable in planned(data).cables.to_dict("records"):
        assert cable["length_m"] == min(one for one in (6, 44, 99) if one >= cable["route_m"])


# --- what is not right yet ----------------------------------------------------------------------


def fibers(budget: Data, tier: Data) -> Data:
    """Four DGX H100, 300 m from their switches, with modules of one's own."""
    module: Data = {"ports": 2, "port_gbps": 400, "fibers": 16, "connectors": 2, "reach_m": 500,
                    "connector": "mpo-12-apc", "fiber_mode": "single",
                    "gender": "male"}  # fmt: skip
    optics = {key: module | {"form": form, "budget_db": budget[key]}
              for key, form in (("host", "osfp-rhs"), ("leaf", "osfp-ihs"))}  # fmt: skip
    named: Data = {"host_module": "host", "switch_module": "leaf"}
    fabric = {"topology": "fat-tree", "switch": "qm9700", "rails": 8, "tiers": 1,
              "optics": named | {"tiers": {"host_leaf": tier}}}  # fmt: skip
    return {
        "name": "x",
        "hardware": {"optics": optics},
        "compute": [{"node": "dgx-h100", "count": 4, "nodes_per_rack": 2, "rack": "eia-48u"}],
        "fabrics": {"compute": fabric},
        "floor": {"distances_m": {rack: {"net-0001": 300} for rack in ("r0001", "r0002")}},
    }


@pytest.mark.parametrize("end", ["host", "leaf"])
def test_the_module_that_bears_least_limits_a_channel_at_either_end(end: str) -> None:
    # 300 m and more of 0.4 dB/km lose 0.12 dB.
    budget = {"host": 1.6, "leaf": 1.6} | {end: 0.1}
    with pytest.raises(InfeasibleError) as raised:
        planned(fibers(budget, {"cable": "mfp7e30"}))
    assert {problem.code for problem in raised.value.problems} == {"RP339"}


def test_a_trunk_is_built_or_refused_where_no_module_names_a_cord() -> None:
    trunk = {"trunk": {"panel": "patch-panel-mpo", "trunk": "trunk-mpo-144"}}
    try:
        plan = planned(fibers({"host": 1.6, "leaf": 1.6}, trunk))
    except RackplanError:
        return
    assert len(plan.tables["panels"]) > 0


@pytest.mark.parametrize("media", [["dac", "lacc", "single-mode"], ["single-mode"]])
def test_racks_draw_the_power_of_the_modules_that_links_chose(media: list[str]) -> None:
    # The power of the SN5600 is published without modules, so they are added as they are chosen.
    fabric = {"topology": "fat-tree", "switch": "sn5600", "optics": {"media": media}}
    plan = planned({
        "name": "chosen",
        "compute": [{"node": "dgx-b200", "count": 33, "rack": "eia-48u", "nodes_per_rack": 4}],
        "fabrics": {"compute": fabric},
        "floor": {},
    })  # fmt: skip
    (check,) = [one for one in plan.checks if one.name == "racks draw what the plan draws [W]"]
    assert check.expected == check.found > 33 * 14_300
