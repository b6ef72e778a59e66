"""Trays, cable lengths and places, by published numbers and by walks along the trays."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import Any

import numpy as np
import pytest

import rackplan
from rackplan.analyses.cabling import cabling
from rackplan.analyses.placement import placement
from rackplan.analyses.trays import trays
from rackplan.build import Plan
from rackplan.deployment import Deployment
from rackplan.floors import CablingSpec, FloorSpec
from rackplan.placement.bundles import Bundles, bundles, cable_racks
from rackplan.placement.grid import center
from rackplan.placement.trays import Trays, needed_mm, tray_loads, tray_problems
from rackplan.placement.ways import pair_m
from rackplan.tables import CABLES, LINKS, PORTS, SEGMENTS, Table

FLOOR = FloorSpec(positions=8)


def racks_at(*places: tuple[int, int, int], floor: FloorSpec = FLOOR) -> dict[str, np.ndarray]:
    """Racks by hall, row and position; a row of -1 is off the grid."""
    hall, row, position = (np.array(column) for column in zip(*places, strict=True))
    x, y = center(floor, row, position, np.ones_like(row))
    return {"hall": hall, "row": row, "position": position, "x_m": x, "y_m": y}


def bundle(*rows: tuple[int, int, int], mm: float = 3.0, kg: float = 0.009) -> Bundles:
    """Cables between racks, (a, z, cables), all of one type."""
    a, z, cables = (np.array(column) for column in zip(*rows, strict=True))
    size = np.full(len(rows), mm), np.full(len(rows), kg)
    return Bundles(a, z, cables, *size, np.zeros(len(rows), dtype=np.int64), ("cord",))


def loads(racks: dict[str, np.ndarray], held: Bundles, **spec: Any) -> Trays:
    return tray_loads(racks, held, [FLOOR, FLOOR], CablingSpec(**spec))


# --- published numbers ----------------------------------------------------------------------------


def test_1152_cords_of_3_mm_weigh_10_kg_a_metre_and_need_a_tray_of_163_cm2() -> None:
    # 3.0 mm and 0.009 kg/m: NVIDIA's figures for planning fiber (DGX H100 data center design).
    found = loads(racks_at((0, 0, 0), (0, 0, 5)), bundle((0, 1, 1152)))
    assert found.kg_per_m.max() == pytest.approx(10.4, abs=0.05)
    assert found.section_cm2.max() == pytest.approx(81.4, abs=0.05)
    assert found.fill.max() == pytest.approx(81.4 / (30 * 10), abs=2e-4)
    # At 50 % that is 162.9 cm2: 163 mm of a tray 100 mm deep, in whole centimetres.
    assert needed_mm(found.section_cm2.max(), CablingSpec()) == 170
    deep = CablingSpec(tray_mm=(300, 163))
    assert needed_mm(found.section_cm2.max(), deep) == 100


# --- where cables lie -----------------------------------------------------------------------------


def test_a_cable_lies_along_its_row_over_a_crossing_and_along_the_other_row() -> None:
    found = loads(racks_at((0, 0, 1), (0, 2, 3)), bundle((0, 1, 5)), cross_every=2)
    # Trays cross before positions 1, 3, 5 ...; the one at the edge after position 2 is on the way.
    shown = [(found.name(at), found.span(at), int(found.cables[at])) for at in range(len(found))]
    assert shown == [
        ("row 1", "position 2", 5),
        ("row 3", "position 3", 5),
        ("row 3", "position 3", 5),
        ("row 3", "position 4", 5),
        ("crossing at position 2/3", "row 1 to 2", 5),
        ("crossing at position 2/3", "row 2 to 3", 5),
    ]


def test_cables_of_both_sides_add_up_where_they_meet() -> None:
    racks = racks_at((0, 0, 0), (0, 0, 3), (0, 0, 6))
    found = loads(racks, bundle((0, 1, 10), (1, 2, 7), (0, 2, 1)))
    assert found.cables.tolist() == [11] * 6 + [8] * 6


def test_cables_to_another_hall_or_off_the_grid_are_counted_and_lie_nowhere() -> None:
    racks = racks_at((0, 0, 0), (1, 0, 0), (0, -1, -1))
    found = loads(racks, bundle((0, 1, 3), (0, 2, 4)))
    assert (len(found), found.elsewhere) == (0, 7)


def test_unknown_diameters_are_counted_and_named_and_in_no_sum() -> None:
    held = bundle((0, 1, 4), mm=float("nan"))
    found = loads(racks_at((0, 0, 0), (0, 0, 1)), held)
    assert found.cables.tolist() == [4, 4]
    assert found.unknown.tolist() == [4, 4]
    assert found.section_cm2.tolist() == [0, 0]
    assert found.types == ("cord",)


def walk(racks: dict[str, np.ndarray], held: Bundles, every: int | None) -> dict[Any, int]:
    """Cables by half stretch of tray, each bundle walked step by step."""
    half = FLOOR.position_m / 2
    step = FLOOR.position_m * (every or 1)
    found: dict[Any, int] = defaultdict(int)
    for a, z, count in zip(held.a, held.z, held.cables, strict=True):
        hall = int(racks["hall"][a])
        at = [round(float(racks["x_m"][end]) / half) for end in (a, z)]
        row = [int(racks["row"][end]) for end in (a, z)]
        if hall != racks["hall"][z] or min(row) < 0:
            continue
        crossing = at[0]
        if every is not None:
            places = [round(i * step / half) for i in range(20)]
            crossing = min(places, key=lambda p: (abs(at[0] - p) + abs(at[1] - p), abs(at[0] - p)))
        legs = [(row[0], at[0], crossing), (row[1], crossing, at[1])]
        if row[0] == row[1]:
            legs = [(row[0], at[0], at[1])]
        for tray, one, two in legs:
            for place in range(min(one, two), max(one, two)):
                found[hall, False, tray, place] += int(count)
        for place in range(min(row), max(row)):
            found[hall, True, crossing, place] += int(count)
    return dict(found)


@pytest.mark.parametrize("every", [None, 1, 3, 5])
def test_all_stretches_carry_what_a_walk_of_every_bundle_leaves_in_them(every: int | None) -> None:
    racks = racks_at(*((hall, row, (3 * row + at) % 8) for hall, row, at in
                       product((0, 1), range(4), (0, 2, 3, 7))))  # fmt: skip
    pairs = [(a, z, 1 + (a * z) % 5) for a in range(32) for z in range(a + 1, 32)
             if (a + 2 * z) % 3]  # fmt: skip
    held = bundle(*pairs)
    found = loads(racks, held, cross_every=every)
    stretches = {
        (int(found.hall[at]), bool(found.crosses[at]), int(found.tray[at]), int(found.place[at])):
            int(found.cables[at])
        for at in range(len(found))
    }  # fmt: skip
    assert stretches == walk(racks, held, every)


@pytest.mark.parametrize("every", [None, 2, 7])
def test_metres_in_the_trays_are_the_ways_of_the_cables(every: int | None) -> None:
    racks = racks_at(*((0, row, at) for row, at in product(range(5), (0, 1, 4, 7))))
    held = bundle(*((a, z, 1 + (a + z) % 4) for a in range(20) for z in range(a + 1, 20)))
    spec = CablingSpec(cross_every=every)
    found = tray_loads(racks, held, [FLOOR], spec)
    rows_y = center(FLOOR, np.arange(6), np.zeros(6), np.ones(6))[1]
    long = np.where(found.crosses, np.diff(rows_y)[found.place % 5], FLOOR.position_m / 2)
    ways = pair_m(racks, held.a, held.z, [FLOOR], spec, {}, {})
    assert float((found.cables * long).sum()) == pytest.approx(float((held.cables * ways).sum()))


def test_the_fullest_stretch_of_a_tray_is_the_first_of_the_largest_ones() -> None:
    racks = racks_at((0, 0, 0), (0, 0, 3), (0, 0, 6), (0, 1, 6))
    found = loads(racks, bundle((0, 1, 10), (1, 2, 17), (2, 3, 2)))
    shown = [(found.name(at), found.span(at), int(found.cables[at])) for at in found.fullest()]
    assert shown == [("row 1", "position 4", 17), ("crossing at position 7", "row 1 to 2", 2)]


# --- limits ---------------------------------------------------------------------------------------


def test_a_tray_that_is_too_full_is_told_with_the_width_that_would_do() -> None:
    racks = racks_at((0, 0, 1), (0, 0, 4), (0, 1, 1), (0, 1, 4))
    spec = CablingSpec(tray_mm=(100, 50))
    found = tray_loads(racks, bundle((0, 1, 400), (2, 3, 380), (0, 3, 1)), [FLOOR], spec)
    (problem,) = tray_problems(found, spec)
    # 401 cords of 3 mm: 28.35 cm2 of 50 cm2; at 50 % they need 113.4 mm.
    assert problem.message == (
        "row 1, positions 2 to 5: 400 cables take 28.3 cm2, 57% of a tray of 100 x 50 mm; "
        "the limit is 50%; 1 more tray is too full"
    )
    assert problem.hint == "use 'tray_mm: [120, 50]', or trunks"
    assert (problem.code, problem.severity) == ("RP354", "warning")
    assert problem.path == ("cabling", "tray_mm")


def test_the_width_in_the_hint_is_enough() -> None:
    racks = racks_at((0, 0, 1), (0, 0, 4), (0, 2, 1))
    held = bundle((0, 1, 3000), (0, 2, 2999))
    spec = CablingSpec()
    found = tray_loads(racks, held, [FLOOR], spec)
    told = list(tray_problems(found, spec, ["north"]))
    assert [problem.message.split(":")[0] for problem in told] == [
        "hall 'north', row 1, positions 2 to 5",
        "hall 'north', crossing at position 2, rows 1 to 3",
    ]
    wide = CablingSpec(tray_mm=(needed_mm(found.section_cm2.max(), spec), 100))
    assert not list(tray_problems(tray_loads(racks, held, [FLOOR], wide), wide))


def test_a_fill_of_exactly_the_limit_is_no_problem() -> None:
    spec = CablingSpec(tray_mm=(10, 10), max_fill=0.5)
    exact = bundle((0, 1, 1), mm=float(np.sqrt(50 / (np.pi / 4))))
    racks = racks_at((0, 0, 1), (0, 0, 4))
    assert not list(tray_problems(tray_loads(racks, exact, [FLOOR], spec), spec))


# --- whole plans ----------------------------------------------------------------------------------


def planned(**changes: Any) -> Plan:
    fabric = {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}
    compute = [{"system": "gb300-nvl72", "count": 24, "racks_per_su": 8}]
    data = {"name": "x", "compute": compute, "fabrics": {"compute": fabric}, "floor": {}}
    return rackplan.plan(Deployment.model_validate(data | changes))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def test_pieces_metres_and_weight_add_up_to_the_table_of_cables(plan: Plan) -> None:
    rows, cables = cabling(plan).rows, plan.cables
    assert sum(row["pieces"] for row in rows) == len(cables)
    assert sum(row["total_m"] for row in rows) == pytest.approx(cables["length_m"].sum())
    assert sum(row["kg"] for row in rows) == pytest.approx(cables["length_m"].sum() * 0.009)
    for row in rows:
        same = cables[(cables["tier"] == row["tier"]) & (cables["length_m"] == row["length_m"])]
        assert row["pieces"] == len(same)
        assert row["longest_m"] == pytest.approx(same["route_m"].max(), abs=1e-3)
        assert row["longest_m"] <= row["length_m"]
        assert row["margin_m"] == pytest.approx(row["reach_m"] - row["channel_m"])


def test_a_channel_over_a_panel_is_as_long_as_both_its_cords() -> None:
    optics = {"tiers": {"leaf_spine": {"panel": "ocs-palomar"}}}
    fabric = {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4, "optics": optics}
    plan = planned(fabrics={"compute": fabric})
    route, segments = plan.tables["cables"]["route_m"], plan.tables["segments"]
    ways: dict[int, float] = defaultdict(float)
    for link, cable in zip(segments["link"].tolist(), segments["cable"].tolist(), strict=True):
        ways[link] += float(route[cable])
    rows = [row for row in cabling(plan).rows if row["tier"] == "leaf_spine"]
    assert max(row["channel_m"] for row in rows) == pytest.approx(max(ways.values()), abs=1e-3)
    assert max(row["longest_m"] for row in rows) == pytest.approx(
        max(float(route[cable]) for cable in segments["cable"].tolist()), abs=1e-3
    )


def test_cables_between_racks_are_those_of_the_links(plan: Plan) -> None:
    assert plan.placed is not None
    held = bundles(plan.tables, plan.placed.rack, plan.design.cables())
    device, rack = plan.tables["ports"]["device"], plan.placed.rack
    expected: dict[tuple[int, int], int] = defaultdict(int)
    links = plan.tables["links"]
    for a, b in zip(links["a_port"].tolist(), links["b_port"].tolist(), strict=True):
        one, two = sorted((int(rack[device[a]]), int(rack[device[b]])))
        if one != two:
            expected[one, two] += 1
    pairs = zip(held.a.tolist(), held.z.tolist(), strict=True)
    assert dict(zip(pairs, held.cables.tolist(), strict=True)) == expected


def test_cables_that_cross_a_panel_end_there() -> None:
    words = {"type": ("cord", "trunk"), "fabric": ("f",), "tier": ("t",)}
    ports = Table(PORTS, dict.fromkeys(PORTS.columns, np.zeros(2)) | {"device": np.array([0, 1])})
    link = dict.fromkeys(LINKS.columns, np.zeros(1)) | {"b_port": np.array([1])}
    segment = {"link": [0, 0], "order": [0, 1], "cable": [0, 1], "panel": [2, 2], "place": [0, 0]}
    columns = {name: np.array(segment.get(name, [-1, -1])) for name in SEGMENTS.columns}
    tables = {
        "ports": ports,
        "links": Table(LINKS, link, {"fabric": ("f",), "tier": ("t",)}),
        "cables": Table(CABLES, dict.fromkeys(CABLES.columns, np.zeros(2)), words),
        "segments": Table(SEGMENTS, columns),
    }
    a, z = cable_racks(tables, np.array([7, 8, 9]))
    assert (a.tolist(), z.tolist()) == ([7, 9], [9, 8])


def test_the_trays_of_a_plan_hold_no_more_than_all_cables_between_racks(plan: Plan) -> None:
    result = trays(plan)
    assert plan.placed is not None
    between = sum(bundles(plan.tables, plan.placed.rack, plan.design.cables()).cables)
    assert result.rows
    assert sum(row["trays"] for row in result.rows) >= len(result.rows)
    for row in result.rows:
        assert 0 < row["cables"] <= between
        assert row["section_cm2"] == pytest.approx(row["cables"] * np.pi / 4 * 0.09, abs=0.01)
        assert row["kg_per_m"] == pytest.approx(row["cables"] * 0.009, abs=1e-3)


def test_trays_of_unknown_cables_alone_have_no_fill() -> None:
    plan = planned(hardware={"cables": {"own": {
        "name": "Own cord", "kind": "fiber", "strands": 8, "connector": "mpo-12-apc",
        "fiber_mode": "single", "reach_m": 100,
    }}}, fabrics={"compute": {
        "topology": "fat-tree", "switch": "q3400-ra", "rails": 4, "optics": {"cable": "own"},
    }})  # fmt: skip
    result = trays(plan)
    for row in result.rows:
        assert row["cables"] == row["unknown"] > 0
        assert [row[name] for name in ("section_cm2", "fill", "needed_mm", "kg_per_m")] == [
            None
        ] * 4
    assert any("diameter or weight of own" in note for note in result.notes)
    assert all(row["kg"] is None for row in cabling(plan).rows)


def test_positions_of_a_hall_are_taken_or_free(plan: Plan) -> None:
    rows = {row["what"]: row for row in placement(plan).rows}
    assert plan.placed is not None
    assert rows["compute"]["racks"] == 24
    assert sum(row["racks"] or 0 for row in rows.values()) == len(plan.racks)
    taken = sum(row["positions"] for what, row in rows.items() if what not in ("free", "cables"))
    positions = plan.placed.floors[0].positions
    assert taken + rows["free"]["positions"] == rows["free"]["rows"] * positions


def test_the_share_saved_is_that_of_the_naive_order(plan: Plan) -> None:
    row = placement(plan).rows[-1]
    naive = placement(planned(floor={"order": "naive"})).rows[-1]
    assert row["placed_m"] < row["naive_m"]
    assert row["saved"] == pytest.approx(1 - row["placed_m"] / row["naive_m"], abs=1e-4)
    assert naive["saved"] == 0
    assert naive["placed_m"] == row["naive_m"]


def test_positions_kept_out_are_not_free() -> None:
    keep = [{"row": 1, "first": 1, "last": 3, "why": "a column"}]
    plan = planned(floor={"rows": 4, "positions": 12, "keep_out": keep})
    rows = {row["what"]: row["positions"] for row in placement(plan).rows}
    assert rows["kept out"] == 3
    racks = sum(rows[what] for what in ("compute", "network"))
    assert rows["free"] == 4 * 12 - 3 - racks


def test_without_a_floor_the_answers_are_one_note() -> None:
    plan = planned(floor=None)
    for analysis in (cabling, trays, placement):
        result = analysis(plan)
        assert result.rows == ()
        assert len(result.notes) == 1
        assert "'floor'" in result.notes[0]
