"""Trunks and patch panels, counted by hand and by a loop over links."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import rackplan
from rackplan.analyses.trunks import schedule, trunks
from rackplan.build import Plan
from rackplan.build.structured import Offsets, Structured, structured
from rackplan.build.ways import ways_of
from rackplan.catalog.cables import Cable
from rackplan.catalog.parts import Part
from rackplan.deployment import Deployment
from rackplan.exports import trunk_schedule
from rackplan.placement.phases import Phases
from rackplan.placement.trunks import Trunks, lay_trunks
from rackplan.tables import CABLES, PANELS, TRUNKS, Table
from rackplan.trunking import Trunking

Place = tuple[int, int]


def part(category: str, **values: Any) -> Part:
    data = {"name": category, "category": category, **values}
    return Part.model_validate({name: value for name, value in data.items() if value is not None})


def cord(**values: Any) -> Cable:
    return Cable.model_validate({"name": "cord", "kind": "fiber", **values})


PANEL = part("patch-panel", ports=72, fibers=864, connector="mpo-12-apc")
TRUNK = part("trunk", ports=12, fibers=144, connector="mpo-12-apc")
CORD = cord(strands=8, connector="mpo-12-apc")


def laid(a: list[int], z: list[int], *, panel: Part = PANEL, trunk: Part = TRUNK) -> Trunks:
    return lay_trunks(np.array(a), np.array(z), 8, 12, panel, trunk)


# --- by hand --------------------------------------------------------------------------------------


def test_a_rack_of_72_links_to_one_other_takes_six_trunks_and_a_panel_at_each_end() -> None:
    found = laid([0] * 72, [1] * 72)
    assert found.links.tolist() == [12] * 6
    assert found.rack.tolist() == [0, 1]
    assert found.used.tolist() == [72, 72]
    assert (found.dark + found.free).sum() == 0
    # 8 of the 12 strands of each connector carry light.
    assert found.strands_used.tolist() == [96] * 6
    assert found.strands_dark.tolist() == [48] * 6


def test_the_thirteenth_link_takes_a_second_trunk_whose_other_legs_stay_dark() -> None:
    found = laid([0] * 13, [1] * 13)
    assert found.trunk.tolist() == [0] * 12 + [1]
    assert found.links.tolist() == [12, 1]
    assert found.number.tolist() == [0, 1]
    assert (found.used.tolist(), found.dark.tolist()) == ([13, 13], [11, 11])
    assert found.free.tolist() == [48, 48]
    assert found.strands_dark.tolist() == [48, 144 - 8]


def test_links_within_a_rack_or_to_no_rack_stay_direct() -> None:
    found = laid([3, 0, -1, 0], [3, 1, 1, -1])
    assert found.trunk.tolist() == [-1, 0, -1, -1]
    assert found.a_panel.tolist() == [-1, 0, -1, -1]
    assert found.rack.tolist() == [0, 1]


def test_links_in_both_directions_share_a_trunk_and_keep_their_own_ends() -> None:
    found = laid([2, 5], [5, 2])
    assert found.trunk.tolist() == [0, 0]
    assert (found.a_rack.tolist(), found.z_rack.tolist()) == ([2], [5])
    assert found.rack[found.a_panel].tolist() == [2, 5]
    assert found.rack[found.z_panel].tolist() == [5, 2]
    assert found.a_position.tolist() == [0, 1]
    assert found.z_position.tolist() == [0, 1]


def test_a_trunk_with_more_legs_than_a_panel_spreads_over_panels() -> None:
    large = part("trunk", ports=48, fibers=576)
    small = part("patch-panel", ports=20)
    found = laid([0] * 48, [1] * 48, panel=small, trunk=large)
    assert found.rack.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.number_in_rack.tolist() == [0, 1, 2] * 2
    assert found.used.tolist() == [20, 20, 8] * 2
    assert found.free.tolist() == [0, 0, 12] * 2


def test_no_link_needs_no_trunk() -> None:
    found = laid([], [])
    assert (len(found.trunk), len(found.links), len(found.rack)) == (0, 0, 0)


def test_dark_strands_are_unknown_where_no_optics_are_named() -> None:
    found = lay_trunks(np.array([0]), np.array([1]), None, 12, PANEL, TRUNK)
    assert (found.strands_used.tolist(), found.strands_dark.tolist()) == ([-1], [-1])


def test_parts_that_hold_no_link_are_refused() -> None:
    with pytest.raises(ValueError, match="carries 0 links"):
        laid([0], [1], trunk=part("trunk", fibers=8))
    with pytest.raises(ValueError, match="takes None"):
        laid([0], [1], panel=part("patch-panel"))


# --- what one link takes --------------------------------------------------------------------------


def test_a_cord_with_the_connector_of_the_trunk_takes_all_its_strands() -> None:
    assert Trunking(PANEL, TRUNK, CORD).strands_per_link == 12
    assert Trunking(PANEL, TRUNK, CORD).problems() == []


def test_a_cord_with_another_connector_takes_its_own_strands_in_a_cassette() -> None:
    lc = cord(strands=2, connector="lc-duplex-upc")
    cassette = part("patch-panel", ports=72, connector="lc-duplex-upc")
    assert Trunking(cassette, TRUNK, lc).strands_per_link == 2
    assert Trunking(cassette, TRUNK, lc).problems() == []


@pytest.mark.parametrize(
    ("panel", "trunk", "told", "code", "message"),
    [
        (part("shuffle", ports=8), TRUNK, CORD, "RP312", "shuffle is no patch-panel but shuffle"),
        (PANEL, part("patch-panel", ports=8), CORD, "RP312", "is no trunk but patch-panel"),
        (PANEL, TRUNK, cord(strands=2, connector="lc"), "RP312", "cord has lc, patch-panel mpo-12"),
        (part("patch-panel"), TRUNK, CORD, "RP327", "nobody says how many links patch-panel"),
        (PANEL, part("trunk", connector="mpo-12-apc"), CORD, "RP327", "links trunk takes"),
        (PANEL, part("trunk", fibers=12), cord(strands=16), "RP312", "12 fibers, a link takes 16"),
    ],
)  # fmt: skip
def test_parts_that_do_not_suit_each_other_are_told(
    panel: Part, trunk: Part, told: Cable, code: str, message: str
) -> None:
    (problem,) = Trunking(panel, trunk, told).problems(("optics", "trunk"))
    assert problem.code == code
    assert message in problem.message
    assert problem.hint
    assert problem.path[:2] == ("optics", "trunk")


# --- against a loop over links --------------------------------------------------------------------


def by_loop(a: list[int], z: list[int], legs: int, ports: int) -> dict[str, Any]:
    """Trunks, panels and positions, one link at a time."""
    pairs: dict[Place, list[int]] = defaultdict(list)
    for link, (one, two) in enumerate(zip(a, z, strict=True)):
        if one != two and min(one, two) >= 0:
            pairs[min(one, two), max(one, two)].append(link)
    taken: dict[int, int] = defaultdict(int)
    places: dict[tuple[int, int], Place] = {}
    trunk_links = []
    for pair in sorted(pairs):
        links = pairs[pair]
        while links:
            now, links = links[:legs], links[legs:]
            trunk_links.append((pair, now))
            for leg, link in enumerate(now):
                for rack in pair:
                    places[link, rack] = divmod(taken[rack] + leg, ports)
            for rack in pair:
                taken[rack] += legs
    panels = {rack: -(-count // ports) for rack, count in taken.items()}
    return {"trunks": trunk_links, "places": places, "panels": panels}


@pytest.mark.parametrize(("legs", "ports"), [(12, 72), (3, 4), (4, 3), (1, 1), (5, 100)])
def test_every_link_has_the_trunk_and_the_positions_that_a_loop_gives_it(
    legs: int, ports: int
) -> None:
    a = [(7 * i) % 5 - 1 for i in range(97)]
    z = [(3 * i + i // 6) % 6 for i in range(97)]
    found = lay_trunks(np.array(a), np.array(z), 8, 12, part("patch-panel", ports=ports),
                       part("trunk", fibers=12 * legs))  # fmt: skip
    expected = by_loop(a, z, legs, ports)
    trunks_of = [
        ((int(low), int(high)), np.flatnonzero(found.trunk == number).tolist())
        for number, (low, high) in enumerate(zip(found.a_rack, found.z_rack, strict=True))
    ]
    assert trunks_of == expected["trunks"]
    racks, counts = np.unique(found.rack, return_counts=True)
    assert dict(zip(racks.tolist(), counts.tolist(), strict=True)) == expected["panels"]
    for link in np.flatnonzero(found.trunk >= 0).tolist():
        for rack, panel, position in (
            (a[link], found.a_panel[link], found.a_position[link]),
            (z[link], found.z_panel[link], found.z_position[link]),
        ):
            assert found.rack[panel] == rack
            place = (int(found.number_in_rack[panel]), int(position))
            assert place == expected["places"][link, rack]


# --- rows of tables -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Eight GB300 racks of 72 links and a rack or more of switches, on a floor, in two steps."""
    fabric = {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}
    compute = [{"system": "gb300-nvl72", "count": 8, "racks_per_su": 8}]
    return rackplan.plan(Deployment.model_validate({
        "name": "x", "compute": compute, "fabrics": {"compute": fabric}, "floor": {},
    }))  # fmt: skip


WORDS: dict[str, list[str]] = {"type": [], "fabric": [], "tier": []}


def code(column: str, word: str) -> int:
    words = WORDS[column]
    if word not in words:
        words.append(word)
    return words.index(word)


def laid_out(plan: Plan, offsets: Offsets, phases: Phases | None = None) -> Structured:
    """The first tier of a plan with trunks in place of its cords."""
    media = plan.fabric("compute").media["host_leaf"]
    racks, devices = plan.tables["racks"], plan.tables["devices"]
    told = phases or Phases(racks["phase"], devices["phase"])
    assert media.cable is not None
    return structured(ends_of(plan), Trunking(PANEL, TRUNK, media.cable), media.fibers,
                      ways_of(plan.design, plan.placed, told), ("compute", "host_leaf"), code,
                      offsets)  # fmt: skip


def ends_of(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Devices at both ends of the links of the first tier."""
    links, device = plan.tables["links"], plan.tables["ports"]["device"]
    own = np.flatnonzero(links.where("tier", "host_leaf"))
    return device[links["a_port"][own]], device[links["b_port"][own]]


def rows_of(plan: Plan) -> tuple[Structured, np.ndarray, np.ndarray]:
    """The rows of the tier, and the racks at both ends of its links."""
    assert plan.placed is not None
    lower, upper = (plan.placed.rack[end] for end in ends_of(plan))
    return laid_out(plan, Offsets(1000, 500, 30)), lower, upper


def test_a_structured_tier_has_two_cords_and_a_leg_of_a_trunk_a_link(plan: Plan) -> None:
    found, lower, upper = rows_of(plan)
    assert len(lower) == 8 * 72
    pairs = np.unique(np.stack([lower, upper]), axis=1, return_counts=True)[1]
    trunk_count = sum(-(-int(count) // 12) for count in pairs)
    assert found.crossing == 8 * 72
    assert len(found.cables["type"]) == 2 * 8 * 72 + trunk_count
    assert len(found.trunks["cable"]) == trunk_count
    assert int(found.cables["links"].sum()) == 3 * 8 * 72
    assert int(found.cables["fibers"].sum()) == 3 * 8 * 72 * 8
    # Each end of a trunk has 12 positions; two ends of every link have one each.
    assert int(found.panels["used"].sum()) == 2 * 8 * 72
    behind = found.panels["used"].sum() + found.panels["dark"].sum()
    assert int(behind) == 2 * 12 * trunk_count


def test_segments_lead_from_device_to_panel_over_a_trunk_to_panel_and_device(plan: Plan) -> None:
    found, lower, upper = rows_of(plan)
    parts = {name: values.reshape(3, -1) for name, values in found.segments.items()}
    assert (parts["link"] == 1000 + np.arange(len(lower))).all()
    assert parts["order"][:, 0].tolist() == [0, 1, 2]
    assert (parts["cable"][0] == found.cable).all()
    kinds = [WORDS["type"][kind] for kind in found.cables["type"].tolist()]
    assert {kinds[row - 500] for row in parts["cable"][[0, 2]].ravel().tolist()} == {"mfp7e30"}
    assert {kinds[row - 500] for row in parts["cable"][1].tolist()} == {TRUNK.id}
    rack = found.panels["rack"]
    assert (rack[parts["patch"][0] - 30] == lower).all()
    assert (rack[parts["patch"][2] - 30] == upper).all()
    assert (parts["patch"][1] == -1).all()
    cables = np.concatenate([parts["cable"][0], parts["cable"][2]])
    assert len(np.unique(cables)) == 2 * len(lower)
    ends = np.stack([parts["patch"][[0, 2]].ravel(), parts["place"][[0, 2]].ravel()])
    assert np.unique(ends, axis=1).shape[1] == 2 * len(lower)


def test_cords_stay_short_and_trunks_are_as_long_as_the_way_between_the_racks(plan: Plan) -> None:
    found, lower, _ = rows_of(plan)
    route = found.cables["route_m"]
    cords, runs = route[: 2 * len(lower)], route[2 * len(lower) :]
    devices = plan.tables["devices"]
    for end, part_of in zip(ends_of(plan), np.split(cords, 2), strict=True):
        middle = devices["u"][end].astype(float) + devices["height_u"][end].astype(float) / 2
        away = np.abs((48.5 - middle) * 0.04445)  # the panels are in unit 48 of 48
        assert part_of == pytest.approx(2 * 0.3 + away, abs=1e-6)
    assert not np.isnan(runs).any()
    # Slack of 1 m at both ends, a drop of 0.3 m and 0.3 m to the side, at least.
    assert runs.min() > 3.2
    assert (found.cables["length_m"] >= route - 1e-6).all()


def test_a_trunk_is_pulled_and_a_panel_stands_with_the_first_of_its_links(plan: Plan) -> None:
    racks, devices = len(plan.racks), len(plan.devices)
    phases = Phases(np.zeros(racks, dtype=np.int16), np.arange(devices, dtype=np.int16) % 5)
    found = laid_out(plan, Offsets(0, 0, 0), phases)
    lower, upper = ends_of(plan)
    _, trunk, _ = found.segments["cable"].reshape(3, -1)
    near, _, far = found.segments["patch"].reshape(3, -1)
    pulled: dict[int, int] = {}
    stands: dict[int, int] = {}
    for link in range(len(lower)):
        phase = max(int(lower[link]) % 5, int(upper[link]) % 5)
        pulled[trunk[link]] = min(phase, pulled.get(trunk[link], 99))
    for link in range(len(lower)):
        for panel in (near[link], far[link]):
            stands[panel] = min(pulled[trunk[link]], stands.get(panel, 99))
    phase_of = found.cables["phase"]
    assert len(set(pulled.values())) > 1
    assert {row: int(phase_of[row]) for row in pulled} == pulled
    assert found.panels["phase"].tolist() == [stands[at] for at in range(len(stands))]


def with_trunks(plan: Plan) -> Any:
    """The plan as it would be with the tables that a structured tier adds."""
    found = laid_out(plan, Offsets(0, 0, 0))
    words = {name: tuple(values) for name, values in WORDS.items()}
    tables = {
        "racks": plan.tables["racks"],
        "cables": Table(CABLES, found.cables, words),
        "panels": Table(PANELS, found.panels, words),
        "trunks": Table(TRUNKS, found.trunks, words),
    }
    return SimpleNamespace(
        tables=tables, design=plan.design, placed=plan.placed, rack_names=plan.rack_names
    )


def test_the_analysis_of_trunks_adds_up(plan: Plan) -> None:
    (row,) = trunks(with_trunks(plan)).rows
    assert row["links"] == 8 * 72
    assert row["room"] == 12 * row["trunks"]
    assert row["strands_used"] == 8 * 72 * 8
    assert row["strands_used"] + row["strands_dark"] == 144 * row["trunks"]
    positions = [row[f"positions_{name}"] for name in ("used", "dark", "free")]
    assert sum(positions) == 72 * row["panels"]


def test_the_schedule_names_each_trunk_once_and_no_position_twice(
    plan: Plan, tmp_path: Path
) -> None:
    structured_plan = with_trunks(plan)
    rows = schedule(structured_plan).rows
    assert len({row["trunk"] for row in rows}) == len(rows)
    held: set[tuple[str, int]] = set()
    for row in rows:
        for end in "az":
            first, last = (int(text) for text in row[f"{end}_positions"].split(" to "))
            assert row[f"{end}_panel"].startswith(row[f"{end}_rack"])
            places = {(row[f"{end}_panel"], at) for at in range(first, last + 1)}
            assert len(places) == 12
            assert not places & held
            held |= places
    trunk_schedule.write(structured_plan, tmp_path)
    text = (tmp_path / "trunk_schedule.csv").read_text(encoding="utf-8").splitlines()
    assert text[0].startswith("trunk,type,a_rack,a_panel,a_positions,z_rack,")
    assert len(text) == len(rows) + 1


def test_a_plan_without_trunks_has_no_rows_and_no_file(plan: Plan, tmp_path: Path) -> None:
    if "trunks" in plan.tables and len(plan.tables["trunks"]):
        pytest.fail("this plan names no trunks")
    assert trunks(plan).rows == ()
    assert trunks(plan).notes
    trunk_schedule.write(plan, tmp_path)
    assert not list(tmp_path.iterdir())
