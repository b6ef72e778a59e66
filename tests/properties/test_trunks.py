"""Properties of structured cabling: nothing is lost, nothing taken twice, order does not matter."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rackplan.catalog.parts import Part
from rackplan.floors import CablingSpec, FloorSpec
from rackplan.placement.bundles import Bundles
from rackplan.placement.grid import center
from rackplan.placement.trays import tray_loads, tray_problems
from rackplan.placement.trunks import Trunks, lay_trunks
from rackplan.placement.ways import pair_m

Links = list[tuple[int, int]]
ANY_LINKS = st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 6)), max_size=80)
SIZES = st.tuples(st.integers(1, 9), st.integers(1, 12), st.integers(1, 16), st.integers(0, 11))


def laid(links: Links, size: tuple[int, int, int, int]) -> Trunks:
    """Trunks of `legs` links and some strands that fill none, and panels of `ports`."""
    legs, ports, strands, rest = size
    fibers = legs * strands + rest % strands
    panel = Part.model_validate({"name": "panel", "category": "patch-panel", "ports": ports})
    trunk = Part.model_validate({"name": "trunk", "category": "trunk", "fibers": fibers})
    a, z = (np.array([pair[end] for pair in links], dtype=np.int32) for end in (0, 1))
    return lay_trunks(a, z, min(8, strands), strands, panel, trunk)


def crossing(links: Links) -> list[int]:
    return [link for link, (a, z) in enumerate(links) if a != z and min(a, z) >= 0]


@given(ANY_LINKS, SIZES)
def test_links_strands_and_positions_are_conserved(
    links: Links, size: tuple[int, int, int, int]
) -> None:
    legs, ports, strands, rest = size
    found, over = laid(links, size), crossing(links)
    assert np.flatnonzero(found.trunk >= 0).tolist() == over
    assert int(found.links.sum()) == len(over)
    assert int(found.used.sum()) == 2 * len(over)
    fibers = legs * strands + rest % strands
    assert int(found.strands_used.sum()) == len(over) * min(8, strands)
    assert int((found.strands_used + found.strands_dark).sum()) == fibers * len(found.links)
    assert ((found.used + found.dark + found.free) == ports).all()
    assert int((found.used + found.dark).sum()) == 2 * legs * len(found.links)
    assert min([0, *found.dark.tolist(), *found.free.tolist(), *found.strands_dark.tolist()]) == 0


@given(ANY_LINKS, SIZES)
def test_each_position_and_each_leg_is_taken_once(
    links: Links, size: tuple[int, int, int, int]
) -> None:
    found, over = laid(links, size), crossing(links)
    ends = [
        *zip(found.a_panel[over].tolist(), found.a_position[over].tolist(), strict=True),
        *zip(found.z_panel[over].tolist(), found.z_position[over].tolist(), strict=True),
    ]
    assert len(set(ends)) == 2 * len(over)
    assert len(set(zip(found.trunk[over].tolist(), found.leg[over].tolist(), strict=True))) == len(
        over
    )
    for link in over:
        assert found.rack[found.a_panel[link]] == links[link][0]
        assert found.rack[found.z_panel[link]] == links[link][1]
        trunk = found.trunk[link]
        assert {found.a_rack[trunk], found.z_rack[trunk]} == set(links[link])


@given(ANY_LINKS, SIZES)
def test_there_are_no_more_trunks_or_panels_than_needed(
    links: Links, size: tuple[int, int, int, int]
) -> None:
    legs, ports = size[:2]
    found = laid(links, size)
    pairs = Counter(tuple(sorted(links[link])) for link in crossing(links))
    assert len(found.links) == sum(-(-count // legs) for count in pairs.values())
    taken = Counter[int]()
    for pair, count in pairs.items():
        for rack in pair:
            taken[rack] += -(-count // legs) * legs
    assert Counter(found.rack.tolist()) == {
        rack: -(-count // ports) for rack, count in taken.items()
    }


@given(ANY_LINKS, SIZES, st.randoms(use_true_random=False))
def test_the_order_of_links_changes_no_total(
    links: Links, size: tuple[int, int, int, int], random: object
) -> None:
    shuffled = list(links)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = laid(links, size), laid(shuffled, size)
    of_trunks = ("a_rack", "z_rack", "number", "links", "strands_used", "strands_dark")
    of_panels = ("a_first", "z_first", "rack", "number_in_rack", "used", "dark", "free")
    for name in (*of_trunks, *of_panels):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


PLACES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 7)), min_size=2, max_size=12, unique=True
)


@given(PLACES, st.data(), st.sampled_from([None, 1, 2, 3, 8]))
def test_trays_hold_the_metres_and_the_weight_of_all_cables(
    places: list[tuple[int, int]], data: st.DataObject, every: int | None
) -> None:
    floor, spec = FloorSpec(positions=8), CablingSpec(cross_every=every)
    row, position = (np.array(column) for column in zip(*places, strict=True))
    x, y = center(floor, row, position, np.ones_like(row))
    racks = {"hall": np.zeros_like(row), "row": row, "x_m": x, "y_m": y}
    ends = st.integers(0, len(places) - 1)
    rows = data.draw(st.lists(st.tuples(ends, ends, st.integers(1, 2000)), min_size=1))
    a, z, cables = (np.array(column) for column in zip(*rows, strict=True))
    size = np.full(len(rows), 3.0), np.full(len(rows), 0.009)
    held = Bundles(a, z, cables, *size, np.zeros(len(rows), dtype=np.int64), ("cord",))
    found = tray_loads(racks, held, [floor], spec)
    rows_y = center(floor, np.arange(6), np.zeros(6), np.ones(6))[1]
    long = np.where(found.crosses, np.diff(rows_y)[found.place % 5], floor.position_m / 2)
    metres = float((pair_m(racks, a, z, [floor], spec, {}, {}) * cables).sum())
    assert np.isclose((found.cables * long).sum(), metres)
    assert np.isclose((found.kg_per_m * long).sum(), metres * 0.009)
    assert (found.cables > 0).all()
    full = {bool(found.crosses[at]) for at in np.flatnonzero(found.fill > spec.max_fill + 1e-6)}
    assert len(list(tray_problems(found, spec))) == len(full)
