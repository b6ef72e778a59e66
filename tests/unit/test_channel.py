"""Fiber channels, what may be plugged where, lengths to order and the choice of media.

Expected numbers are those of NVIDIA's structured cabling requirements (0.35 dB a connector, 0.4
and 3 dB/km, 500, 50, 2,000 and 50 m, two panels) and of parts lists, or counted by hand.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from rackplan import read_catalog
from rackplan.catalog import Cable, Part, Switch, Transceiver
from rackplan.channel.chain import (
    Channel,
    gender_problems,
    mode_problems,
    panel_problems,
    polarity_problems,
)
from rackplan.channel.checks import channel_problems, untested
from rackplan.channel.loss import loss_db, loss_problems
from rackplan.channel.media import End, MediaChoice, candidates, pruned
from rackplan.channel.orders import STANDARD_LENGTHS_M, order_length
from rackplan.channel.plugs import (
    breakout_problems,
    lane_gbps,
    mixed_cages,
    plug_problems,
    twin_problems,
)
from rackplan.channel.reach import reach_m, too_long
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError
from rackplan.resolve import resolve


@cache
def entry(kind: type[Any], key: str) -> Any:
    """An entry of the built-in catalog."""
    return read_catalog().find(kind, key)


def module(key: str) -> Transceiver:
    found: Transceiver = entry(Transceiver, key)
    return found


def cable(key: str) -> Cable:
    found: Cable = entry(Cable, key)
    return found


def part(key: str) -> Part:
    found: Part = entry(Part, key)
    return found


def structured(
    optics: str = "mms4x00-nm",
    cord: str = "mfp7e30",
    trunk: str = "trunk-mpo-144",
    lengths: tuple[float, float, float] = (5, 490, 5),
) -> Channel:
    """Cord, panel, trunk, panel, cord between two equal modules."""
    panel = part("patch-panel-mpo")
    first, middle, last = lengths
    parts = (cable(cord), panel, part(trunk), panel, cable(cord))
    return Channel(module(optics), module(optics), parts, (first, 0, middle, 0, last))


def direct(cord: str = "mfp7e30", optics: str = "mms4x00-nm", length: float = 20) -> Channel:
    """One cord between two equal modules."""
    return Channel(module(optics), module(optics), (cable(cord),), (length,))


# --- the vendor's own channels --------------------------------------------------------------------


def test_the_largest_single_mode_channel_loses_one_point_six_db_and_breaks_no_rule() -> None:
    channel = structured()
    assert loss_db(channel) == pytest.approx(1.60, abs=1e-12)
    assert channel_problems(channel) == []
    assert untested(channel) == ()


def test_the_largest_multimode_channel_loses_one_point_five_five_db_and_breaks_no_rule() -> None:
    channel = structured("mma4z00-ns", "mfp7e10", "trunk-mpo-144-om4", (5, 40, 5))
    assert loss_db(channel) == pytest.approx(1.55, abs=1e-12)
    assert channel_problems(channel) == []
    assert untested(channel) == ()


def test_the_largest_duplex_channel_counts_four_lc_connectors_and_two_kilometres() -> None:
    panel = Part.model_validate({"category": "patch-panel", "connector": "lc-duplex-upc"})
    cord = cable("lc-duplex-sm")
    ends = module("mms4x50-nm")
    channel = Channel(ends, ends, (cord, panel, cord, panel, cord), (5, 0, 1990, 0, 5))
    assert loss_db(channel) == pytest.approx(4 * 0.25 + 2 * 0.4, abs=1e-12)
    assert channel_problems(channel) == []


def test_a_single_cord_loses_only_its_fiber_as_module_connectors_are_in_the_budget() -> None:
    assert loss_db(direct(length=500)) == pytest.approx(0.2, abs=1e-12)
    assert channel_problems(direct()) == []


# --- polarity and gender --------------------------------------------------------------------------


def test_two_type_b_components_are_refused_and_the_chain_is_shown() -> None:
    panel = part("patch-panel-mpo")
    channel = Channel(None, None, (cable("mfp7e30"), panel, cable("mfp7e30")))
    (problem,) = polarity_problems(channel)
    assert problem.code == "RP338"
    assert problem.message == "B + B: two Type-B components; transmit meets transmit"
    assert problem.hint


def test_no_type_b_component_is_refused() -> None:
    straight = cable("mfp7e30").model_copy(update={"polarity": "A"})
    (problem,) = polarity_problems(Channel(None, None, (straight,)))
    assert problem.message == "A: no Type-B components; transmit meets transmit"


@pytest.mark.parametrize("letters", ["C", "BC", "CCB", "ABC"])
def test_type_c_is_never_valid_for_parallel_optics(letters: str) -> None:
    parts = tuple(cable("mfp7e30").model_copy(update={"polarity": x}) for x in letters)
    (problem,) = polarity_problems(Channel(None, None, parts))
    assert "Type C" in problem.message


def test_polarity_of_duplex_cords_is_no_matter_of_types() -> None:
    assert polarity_problems(direct("lc-duplex-sm", "mms4x50-nm")) == []


def test_two_female_cords_in_one_panel_have_no_pins_and_the_chain_is_shown() -> None:
    panel, ends = part("patch-panel-mpo"), module("mms4x00-nm")
    channel = Channel(ends, ends, (cable("mfp7e30"), panel, cable("mfp7e30")))
    (problem,) = gender_problems(channel)
    assert problem.code == "RP338"
    assert problem.message == (
        "mms4x00-nm M - F mfp7e30 F - F mfp7e30 F - M mms4x00-nm: "
        "neither has pins where mfp7e30 meets mfp7e30"
    )


def test_a_trunk_in_a_module_puts_pins_on_pins() -> None:
    ends = module("mms4x00-nm")
    (problem,) = gender_problems(Channel(ends, ends, (part("trunk-mpo-12"),)))
    assert "pins meet pins where mms4x00-nm meets trunk-mpo-12" in problem.message


def test_a_panel_with_a_gender_of_its_own_mates_with_both_its_neighbours() -> None:
    pinned = part("patch-panel-mpo").model_copy(update={"gender": "male"})
    ends = module("mms4x00-nm")
    cords = (cable("mfp7e30"), pinned, cable("mfp7e30"))
    assert gender_problems(Channel(ends, ends, cords)) == []
    trunk = (cable("mfp7e30"), pinned, part("trunk-mpo-12"))
    assert len(gender_problems(Channel(ends, None, trunk))) == 1


# --- glass, panels, budget ------------------------------------------------------------------------


def test_single_mode_modules_on_multimode_fiber_are_refused_and_the_reverse() -> None:
    (problem,) = mode_problems(direct("mfp7e10"))
    assert problem.code == "RP313"
    assert "multimode" in problem.message
    assert "single-mode" in problem.message
    (other,) = mode_problems(direct("mfp7e30", "mma4z00-ns"))
    assert other.code == "RP313"
    wrong_trunk = structured(trunk="trunk-mpo-144-om4")
    assert [p.code for p in mode_problems(wrong_trunk)] == ["RP313"]


def test_a_third_panel_is_refused_though_the_loss_would_be_borne() -> None:
    panel, cord = part("patch-panel-mpo"), cable("mfp7e30")
    channel = Channel(None, None, (cord, panel, cord, panel, cord, panel, cord))
    (problem,) = panel_problems(channel)
    assert problem.code == "RP350"
    assert "three panels" in problem.message
    assert panel_problems(structured()) == []


def test_cables_joined_without_a_panel_count_as_a_junction() -> None:
    joined = Channel(None, None, (cable("mfp7e30"), part("trunk-mpo-12"), cable("mfp7e30")))
    assert panel_problems(joined) == []
    longer = Channel(None, None, (*joined.parts, part("trunk-mpo-12"), cable("mfp7e30")))
    assert [p.code for p in panel_problems(longer)] == ["RP350"]


def test_loss_above_the_budget_says_how_much_and_whose_budget() -> None:
    lossy = part("patch-panel-mpo").model_copy(
        update={"loss_db": part("patch-panel-mpo").loss_db.model_copy(update={"value": 0.75})}
    )
    whole = structured()
    cord, trunk = whole.parts[0], whole.parts[2]
    channel = Channel(whole.lower, whole.upper, (cord, lossy, trunk, lossy, cord), whole.lengths_m)
    assert loss_db(channel) == pytest.approx(4 * 0.75 + 0.2)
    (problem,) = loss_problems(channel)
    assert problem.code == "RP339"
    assert "3.20 dB (connectors 3.00, fiber 0.20)" in problem.message
    assert "bears 1.60 dB (nvidia-mpo-cabling)" in problem.message


def test_the_module_that_bears_less_sets_the_budget() -> None:
    strong = module("mms4x00-nm")
    weak = strong.model_copy(
        update={"budget_db": strong.budget_db.model_copy(update={"value": 0.1})}
    )
    channel = Channel(strong, weak, (cable("mfp7e30"),), (500,))
    assert [p.code for p in loss_problems(channel)] == ["RP339"]
    assert [p.code for p in loss_problems(Channel(weak, strong, *_rest(channel)))] == ["RP339"]


def _rest(channel: Channel) -> tuple[Any, Any]:
    return channel.parts, channel.lengths_m


def test_a_box_that_tells_its_loss_counts_it_once_with_its_connectors() -> None:
    ocs = part("ocs-palomar")
    cord = cable("mfp7e30")
    channel = Channel(None, None, (cord, ocs, cord), (10, 0, 10))
    own = ocs.loss_db.value
    assert own is not None
    assert loss_db(channel) == pytest.approx(own + 20 * 0.4 / 1000)


def test_what_the_catalog_does_not_say_is_not_tested_and_told() -> None:
    bare = Cable(kind="fiber", connector="mpo-12-apc", name="a cord")
    ends = module("generic-transceiver-400g")
    channel = Channel(ends, ends, (bare,), (10,))
    assert channel_problems(channel) == []
    told = untested(channel)
    assert any("polarity" in text for text in told)
    assert any("pins" in text for text in told)
    assert any("single-mode or multimode" in text for text in told)
    assert any("loss is not known" in text for text in told)


def test_lengths_that_do_not_match_the_parts_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="1 parts, 2 lengths"):
        Channel(None, None, (cable("mfp7e30"),), (1, 2))


# --- reach ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cord", "optics", "metres"),
    [
        ("mfp7e30", "mms4x00-nm", 500),  # single mode, straight
        ("mfp7e40", "mms4x00-nm", 50),  # single mode, splitter
        ("lc-duplex-sm", "mms4x50-nm", 2000),  # LC, single mode
        ("lc-duplex-sm", "mms4x90-nr", 2000),  # the cord limits a module of 10 km
        ("mfp7e10", "mma4z00-ns", 50),  # multimode, straight
        ("mfp7e20", "mma4z00-ns", 50),  # multimode, splitter
        ("mpo-12-om3", "mma4z00-ns", 30),
        ("mpo-12-om4", "mma4z00-ns", 50),
        ("mfp7e30", "mms4x00-ns", 100),  # the module limits the cord
        ("mfp7e30", "mms4a00", 500),
    ],
)
def test_every_reach_limit_of_nvidias_cabling_rules(cord: str, optics: str, metres: float) -> None:
    channel = direct(cord, optics)
    reach = reach_m(channel)
    assert reach is not None
    assert reach.m == metres
    assert too_long(channel, metres) == []
    assert [p.code for p in too_long(channel, metres + 0.01)] == ["RP336"]


def test_a_message_names_the_part_that_limits_and_the_source() -> None:
    (problem,) = too_long(direct("mfp7e40"), 62.0, "leaf-01 p3 to spine-02 p1")
    assert problem.message == (
        "leaf-01 p3 to spine-02 p1 is 62 m long; "
        "NVIDIA MFP7E40 single-mode 1:2 splitter cord reaches 50 m (nvidia-mpo-cabling)"
    )
    (limited,) = too_long(direct("mfp7e30", "mms4x00-ns"), 120)
    assert "MMS4X00-NS" in limited.message
    assert "nvidia-mms4x00-ns" in limited.message


def test_copper_beyond_its_reach_is_told_the_first_candidate_that_suffices() -> None:
    dac = Channel(None, None, (cable("mcp4y10"),))
    copper = MediaChoice("lacc", None, None, cable("mca4j80"), 5.0, 2, 1.5)
    fiber = MediaChoice("multimode", module("mma4z00-ns"), None, cable("mfp7e10"), 50.0, 1, None)
    (near,) = too_long(dac, 4.2, candidates=[copper, fiber])
    assert "MCA4J80" in near.hint
    assert "5 m" in near.hint
    (far,) = too_long(dac, 40, candidates=[copper, fiber])
    assert "MFP7E10" in far.hint
    (none,) = too_long(dac, 400, candidates=[copper, fiber])
    assert "nothing that fits reaches beyond 50 m" in none.hint


def test_a_channel_of_unknown_reach_is_never_too_long() -> None:
    bare = Cable(kind="fiber", connector="mpo-12-apc")
    assert reach_m(Channel(None, None, (bare,))) is None
    assert too_long(Channel(None, None, (bare,)), 1e6) == []


# --- plugs ----------------------------------------------------------------------------------------


def test_finned_plugs_are_for_air_cooled_switches_and_flat_ones_for_all_else() -> None:
    finned, flat = module("mms4a00"), module("mms4c10-rhs")
    assert plug_problems(finned, "osfp-ihs", device_is_switch=True, air_cooled=True) == []
    assert plug_problems(flat, "osfp-rhs", device_is_switch=True, air_cooled=False) == []
    in_liquid = plug_problems(finned, "osfp-rhs", device_is_switch=True, air_cooled=False)
    in_host = plug_problems(finned, "osfp-rhs", device_is_switch=False)
    in_air = plug_problems(flat, "osfp-ihs", device_is_switch=True, air_cooled=True)
    assert [p.code for p in (*in_liquid, *in_host, *in_air)] == ["RP351"] * 3
    assert "a liquid-cooled switch" in in_liquid[0].message
    assert "a host" in in_host[0].message


def test_each_end_of_a_cable_with_two_forms_is_tested_by_its_own() -> None:
    splitter = cable("mca7k10")
    at_switch = plug_problems(splitter, "osfp-ihs", device_is_switch=True, form="osfp-ihs")
    at_host = plug_problems(splitter, "osfp-rhs", device_is_switch=False, form="osfp-rhs")
    turned = plug_problems(splitter, "osfp-rhs", device_is_switch=False, form="osfp-ihs")
    assert at_switch == at_host == []
    assert [p.code for p in turned] == ["RP351"]


def test_single_port_flat_modules_are_never_for_switches() -> None:
    single = module("mms4a20-xm800")
    assert plug_problems(single, "osfp-rhs", device_is_switch=False) == []
    (problem,) = plug_problems(single, "osfp-rhs", device_is_switch=True)
    assert "never for switches" in problem.message
    whole = module("mms4x00-nm16")  # one port of eight lanes, made for switches
    assert plug_problems(whole, "osfp-ihs", device_is_switch=True) == []


def test_bluefield_3_takes_only_qsfp112() -> None:
    fits, not_so = module("mms1x00-ns400"), module("mms4x00-ns400")
    assert plug_problems(fits, "qsfp112", device_is_switch=False, device="bluefield-3") == []
    (problem,) = plug_problems(not_so, None, device_is_switch=False, device="bluefield-3")
    assert "QSFP112" in problem.message


def test_lanes_of_200_gbps_run_on_no_multimode_fiber_aoc_or_passive_copper() -> None:
    assert lane_gbps(module("mms4a00")) == 200
    assert lane_gbps(module("mms4x00-nm")) == 100
    assert lane_gbps(module("mms4x00-nm16")) == 100
    fast = module("mms4a00").model_copy(
        update={"fiber_mode": "multi", "modulation": module("mma4z00-ns").modulation}
    )
    assert [p.code for p in plug_problems(fast, None, device_is_switch=True)] == ["RP351"]
    for kind in ("dac", "aoc"):
        copper = cable("mca4k50").model_copy(update={"kind": kind})
        assert [p.code for p in plug_problems(copper, None, device_is_switch=True)] == ["RP351"]
    assert plug_problems(cable("mca4k50"), None, device_is_switch=True) == []
    assert plug_problems(cable("mcp4y10"), None, device_is_switch=True) == []


def test_fr4_is_never_split_and_dr4_may_be() -> None:
    (problem,) = breakout_problems(module("mms4x50-nm"), cable("mfp7e40"))
    assert problem.code == "RP351"
    assert breakout_problems(module("mms4x00-nm"), cable("mfp7e40")) == []
    assert breakout_problems(module("mms4x50-nm"), cable("lc-duplex-sm")) == []


def test_twin_ports_hold_two_straight_cords_or_two_splitters() -> None:
    cage = np.array([0, 0, 1, 1, 2, 2, 2, -1, -1, 7])
    splits = np.array([0, 0, 1, 1, 0, 1, 1, 0, 1, 1], dtype=bool)
    assert mixed_cages(cage, splits).tolist() == [2]
    (problem,) = twin_problems(cage, splits, name=lambda number: f"leaf-01 cage {number}")
    assert problem.code == "RP349"
    assert problem.message.startswith("leaf-01 cage 2:")
    assert twin_problems(cage[:4], splits[:4]) == []


# --- lengths to order -----------------------------------------------------------------------------


def test_a_way_of_13_31_m_is_ordered_as_15_m() -> None:
    assert float(order_length(13.30855)) == 15


def test_lengths_round_up_keep_their_shape_and_end_with_the_list() -> None:
    ways = np.array([[0.0, 0.5, 0.500001], [2.0, 15.0000000001, 20_000.0]])
    ordered = order_length(ways)
    assert ordered[0].tolist() == [0.5, 0.5, 1.0]
    assert ordered[1][:2].tolist() == [2.0, 15.0]
    assert np.isnan(ordered[1][2])
    assert np.isnan(order_length(np.nan))


def test_a_makers_list_takes_the_place_of_the_default_in_any_order() -> None:
    assert order_length([0.7, 2.4, 3.1], (3, 1, 2)).tolist()[:2] == [1, 3]
    assert np.isnan(order_length(3.1, (3, 1, 2)))
    assert float(order_length(13.30855, ())) == 15
    assert list(STANDARD_LENGTHS_M) == sorted(set(STANDARD_LENGTHS_M))


# --- choice of media ------------------------------------------------------------------------------


@cache
def offered() -> tuple[list[Cable], list[Transceiver]]:
    """All cables and modules of the built-in catalog."""
    catalog = read_catalog()
    cables = [catalog.find(Cable, key) for key in catalog.ids(Cable)]
    return cables, [catalog.find(Transceiver, key) for key in catalog.ids(Transceiver)]


def ids(choices: list[MediaChoice]) -> list[str]:
    return [choice.cable.id for choice in choices]


def test_between_air_cooled_ndr_switches_copper_comes_first_and_each_step_reaches_further() -> None:
    end = End("osfp-ihs", 2)
    found = candidates(end, end, 400, *offered())
    kept = pruned(found)
    assert ids(kept)[:2] == ["mcp4y10", "mca4j80"]
    assert [choice.reach_m for choice in kept] == sorted({c.reach_m or 0 for c in kept})
    assert kept[-1].reach_m == 2000
    assert {c.kind for c in found} >= {"dac", "lacc", "aec", "multimode", "single-mode"}


def test_every_optical_choice_joins_equal_fibers_glass_and_connectors() -> None:
    found = candidates(End("osfp-rhs", 1, is_host=True), End("osfp-ihs", 2), 800, *offered())
    optical = [choice for choice in found if choice.cable.is_fiber]
    assert optical
    for choice in optical:
        lower, upper = choice.lower_module, choice.upper_module
        assert lower is not None
        assert upper is not None
        assert lower.form == "osfp-rhs"
        assert upper.form == "osfp-ihs"
        assert lower.port_gbps.value == upper.port_gbps.value == 800
        assert upper.ports.value >= 2
        lit = {m.fibers.value // m.ports.value for m in (lower, upper)}
        assert len(lit) == 1
        assert lower.fiber_mode == upper.fiber_mode == choice.cable.fiber_mode
        assert lower.connector.value == upper.connector.value == choice.cable.connector
        assert choice.cable.ends.value == 2


def test_xdr_hosts_get_the_splitter_and_no_multimode() -> None:
    found = candidates(End("osfp-rhs", 1, is_host=True), End("osfp-ihs", 2), 800, *offered())
    assert found[0].cable.id == "mca7k10"
    assert found[0].links == 2
    assert {choice.kind for choice in found} == {"lacc", "single-mode"}


def test_a_splitter_never_joins_two_switches_nor_a_straight_cable_unequal_cages() -> None:
    switch, liquid = End("osfp-ihs", 2), End("osfp-rhs", 2)
    assert "mcp7y00" not in ids(candidates(switch, switch, 400, *offered()))
    assert "mcp4y10" not in ids(candidates(liquid, switch, 400, *offered()))
    host = End("osfp-rhs", 1, is_host=True)
    assert "mcp7y00" in ids(candidates(host, switch, 400, *offered()))
    leaf = End("osfp-rhs", 1)
    assert "mcp7y00" not in ids(candidates(leaf, switch, 400, *offered()))
    twin = End("osfp-rhs", 2, is_host=True)  # each tail carries one link only
    assert "mcp7y00" not in ids(candidates(twin, switch, 400, *offered()))


def test_a_co_packaged_switch_takes_a_cord_only_and_its_partner_a_module_of_its_glass() -> None:
    catalog = read_catalog()
    switch = catalog.find(Switch, "q3450-ld")
    built_in = End.of_switch(switch, 800, offered()[0])
    assert built_in.co_packaged
    assert built_in.fibers == 8
    host = End("osfp-rhs", 1, is_host=True)
    found = candidates(host, built_in, 800, *offered())
    assert found
    assert all(c.cable.is_fiber and c.upper_module is None for c in found)
    assert {c.kind for c in found} == {"single-mode"}
    assert found[0].lower_module is not None
    assert found[0].lower_module.id == "mms4a20-xm800"
    between = candidates(built_in, built_in, 800, *offered())
    assert between
    assert all(c.lower_module is None and c.upper_module is None for c in between)


def test_a_switch_with_cages_tells_its_cage_and_how_many_links_share_one() -> None:
    end = End.of_switch(read_catalog().find(Switch, "q3400-ra"), 800)
    assert end == End("osfp-ihs", 2)


def test_the_policy_orders_the_kinds_and_leaves_out_what_it_does_not_name() -> None:
    end = End("osfp-ihs", 2)
    found = candidates(end, end, 400, *offered(), policy=("single-mode", "dac"))
    kinds = [choice.kind for choice in found]
    assert set(kinds) == {"single-mode", "dac"}
    assert kinds == sorted(kinds, key=("single-mode", "dac").index)


def test_less_power_comes_first_unknown_power_after_it_and_unorderable_entries_last() -> None:
    end = End("osfp-ihs", 2)
    found = candidates(end, end, 400, *offered(), policy=("single-mode",))
    twins = [c for c in found if c.cable.id == "mfp7e30" and c.lower_module == c.upper_module]
    order = [c.lower_module.id for c in twins if c.lower_module is not None]
    assert order.index("mms4x00-ns") < order.index("mms4x00-nm")  # 16 W typical, 17 W
    assert order.index("mms4x00-nm") < order.index("generic-lpo-800g")
    first = twins[0]
    assert first.watts == pytest.approx(2 * 16 / 2)  # two modules of 16 W carry two links


def test_unknown_cages_take_any_form_of_the_rate() -> None:
    forms = {
        c.lower_module.form
        for c in candidates(End(), End("osfp-ihs", 2), 400, *offered())
        if c.lower_module is not None
    }
    assert {"osfp-ihs", "osfp-rhs", "qsfp112", "qsfp-dd"} <= forms


def test_optics_of_another_type_do_not_meet() -> None:
    found = candidates(End("osfp-ihs", 2), End("osfp-ihs", 2), 400, *offered())
    pairs = {
        (c.lower_module.id, c.upper_module.id)
        for c in found
        if c.lower_module is not None and c.upper_module is not None
    }
    assert ("mms4x50-nm", "mms4x50-nm") in pairs
    assert ("mms4x50-nm", "mms4x90-nr") not in pairs  # FR4 and LR4


def test_built_in_optics_of_unknown_glass_and_connector_get_no_cord_by_guess() -> None:
    end = End.of_switch(read_catalog().find(Switch, "broadcom-th5-bailly"), 400, offered()[0])
    assert end.connector is None
    assert candidates(end, end, 400, *offered()) == []


MEDIA_RULES = {"RP311", "RP312", "RP313"}


def refused(optics: dict[str, Any]) -> set[str]:
    """The rules of media that eight GB300 racks on Q3400 switches break with some optics."""
    fabric = {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4, "optics": optics}
    compute = [{"system": "gb300-nvl72", "count": 8, "racks_per_su": 8}]
    data = {"name": "x", "compute": compute, "fabrics": {"compute": fabric}}
    try:
        resolve(Deployment.model_validate(data), read_catalog())
    except InfeasibleError as error:
        return MEDIA_RULES & {problem.code for problem in error.problems}
    return set()


def test_every_choice_passes_the_checks_of_a_deployment_that_names_it() -> None:
    switch, host = End("osfp-ihs", 2), End("osfp-rhs", 1, is_host=True)
    between = candidates(switch, switch, 800, *offered())
    to_hosts = candidates(host, switch, 800, *offered())
    assert len(between) > 5
    assert len(to_hosts) > 5
    for choice in between:
        lower, upper = choice.lower_module, choice.upper_module
        tier = {"cable": choice.cable.id}
        if lower is not None and upper is not None:
            tier |= {"lower_module": lower.id, "upper_module": upper.id}
        assert refused({"tiers": {"leaf_spine": tier}}) == set(), choice.ids
    for choice in to_hosts:
        if choice.lower_module is None:
            assert refused({"host_cable": choice.cable.id}) == set(), choice.ids
            continue
        assert choice.upper_module is not None
        tier = {"cable": choice.cable.id, "upper_module": choice.upper_module.id}
        optics = {"host_module": choice.lower_module.id, "tiers": {"host_leaf": tier}}
        assert refused(optics) == set(), choice.ids


def test_what_is_not_among_the_choices_is_refused_there_too() -> None:
    assert refused({"switch_cable": "mca4k00"}) == {"RP312"}
    assert refused({"host_cable": "mcp7y00"}) == {"RP312"}
    assert refused({"tiers": {"leaf_spine": {"upper_module": "mms4c10-rhs"}}}) == {"RP311"}


def test_a_choice_of_unknown_reach_stays_only_where_nothing_else_is_known() -> None:
    unknown = MediaChoice("dac", None, None, cable("mcp4y10"), None, 2, None)
    known = MediaChoice("lacc", None, None, cable("mca4j80"), 5.0, 2, None)
    assert pruned([unknown, known]) == [known]
    assert pruned([unknown, unknown]) == [unknown]
    assert pruned([]) == []
