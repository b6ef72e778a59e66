"""Properties of HammingMeshes over random shapes, and the clusters of the paper."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from tests.properties.invariants import Grown, blocks_of, check, offers_of

from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics import hamming_mesh
from rackplan.sizes import Bank, EndBlock, FabricSize
from rackplan.topology import Offer, Offers

SWITCH_USD, OPTICAL_USD, COPPER_USD = 14_280, 603, 272
"""A switch of 64 ports, an active optical cable, a copper cable: the paper's prices."""


def spec_of(**keys: Any) -> hamming_mesh.Spec:
    return hamming_mesh.Spec(topology="hamming-mesh", **keys)


def sized_or_why(
    spec: hamming_mesh.Spec, blocks: tuple[EndBlock, ...], offered: Offers
) -> FabricSize | list[Problem]:
    try:
        return hamming_mesh.size(spec, blocks, offered)
    except InfeasibleError as error:
        return error.problems


def checked(spec: hamming_mesh.Spec, blocks: tuple[EndBlock, ...], offered: Offers) -> Grown:
    return check(hamming_mesh, spec, blocks, offered, joined_by_hosts=True)


@st.composite
def offers(draw: st.DrawFn) -> tuple[Offers, float]:
    """A switch, and the rate of the hosts; spines may be of another kind."""
    ports, gbps = draw(st.integers(1, 16)), 100.0
    offered = offers_of(ports, gbps)
    if draw(st.booleans()):
        modes = {100.0: (2 * ports, 2), 200.0: (ports, 1)}
        offered = Offers(Offer("the switch", modes, 2 * ports), {}, 200.0)
    if draw(st.booleans()):
        role = draw(st.sampled_from(["row_leaf", "row_spine", "column_leaf", "column_spine"]))
        other = draw(st.integers(1, 20))
        offer = Offer("the other", {100.0: (other, 1), 200.0: (other, 1)}, other)
        offered = replace(offered, by_role={role: offer})
    return offered, gbps


@st.composite
def wishes(draw: st.DrawFn) -> tuple[hamming_mesh.Spec, tuple[EndBlock, ...], Offers]:
    """Small meshes: odd boards, partial rows of boards, hosts of both kinds."""
    offered, gbps = draw(offers())
    a, b = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    planes = draw(st.integers(1, 3))
    boards = draw(st.integers(1, 30))
    whole = draw(st.booleans())
    hosts = boards if whole else boards * a * b
    first = draw(st.integers(0, hosts - 1))
    ports = planes * (2 * (a + b) if whole else 4)
    shape = None
    if draw(st.booleans()):
        across = draw(st.integers(1, boards))
        shape = (across, -(-boards // across) + draw(st.integers(0, 2)))
    shared = draw(st.sampled_from([None, None, 1, 2, 5]))
    spec = spec_of(board=(a, b), boards=shape, planes=planes, lines_per_switch=shared)
    blocks = blocks_of([first, hosts - first] if first else [hosts], ports, gbps)
    return spec, blocks, offered


@settings(max_examples=600)
@given(wishes())
def test_a_mesh_keeps_every_invariant_or_is_refused_with_a_hint(
    wish: tuple[hamming_mesh.Spec, tuple[EndBlock, ...], Offers],
) -> None:
    spec, blocks, offered = wish
    found = sized_or_why(spec, blocks, offered)
    if isinstance(found, FabricSize):
        event(f"{found.tiers} tiers")
        checked(spec, blocks, offered)
        return
    event("refused")
    for problem in found:
        assert problem.code in {"RP301", "RP322"}
        assert problem.hint
        assert problem.path[0] in {"switch", "boards", "lines_per_switch"}


def joins(ports: int, offered: Offers, name: str, gbps: float) -> bool:
    """Whether two tiers or one join a line, by trying all leaves and spines."""
    leaf, spine = offered.of(f"{name}_leaf"), offered.of(f"{name}_spine")
    if leaf.lay_out([(ports, gbps)]) is not None:
        return True
    for down in range(1, ports + 1):
        for up in range(math.ceil(down * gbps / offered.link_gbps), 41):
            if leaf.lay_out([(down, gbps), (up, offered.link_gbps)]) is None:
                break
            leaves = -(-ports // down)
            for spines in (n for n in range(1, up + 1) if up % n == 0):
                if spine.lay_out([(leaves * up // spines, offered.link_gbps)]) is not None:
                    return True
    return False


@settings(max_examples=300)
@given(offers(), st.integers(1, 40), st.integers(1, 40))
def test_the_lines_that_are_joined_are_those_that_can_be(
    offered: tuple[Offers, float], across: int, along: int
) -> None:
    offer, gbps = offered
    spec, blocks = spec_of(board=(1, 1), boards=(across, along)), blocks_of([across], 4, gbps)
    can = joins(2 * across, offer, "row", gbps) and joins(2 * along, offer, "column", gbps)
    event("joined" if can else "too long")
    assert isinstance(sized_or_why(spec, blocks, offer), FabricSize) == can


@settings(max_examples=200)
@given(offers(), st.integers(1, 60))
def test_without_a_shape_one_is_found_where_there_is_one(
    offered: tuple[Offers, float], boards: int
) -> None:
    offer, gbps = offered
    blocks = blocks_of([boards], 4, gbps)
    found = sized_or_why(spec_of(board=(1, 1)), blocks, offer)
    shapes = [(across, -(-boards // across)) for across in range(1, boards + 1)]
    closing = [
        shape
        for shape in shapes
        if joins(2 * shape[0], offer, "row", gbps) and joins(2 * shape[1], offer, "column", gbps)
    ]
    assert isinstance(found, FabricSize) == bool(closing)
    near = [shape for shape in closing if max(shape) <= 2 * min(shape)]
    assume(near)
    assert isinstance(found, FabricSize)
    least = min(switches_of(shape, blocks, offer) for shape in near)
    assert sum(found.switches().values()) == least


def switches_of(boards: tuple[int, int], blocks: tuple[EndBlock, ...], offered: Offers) -> int:
    sized = hamming_mesh.size(spec_of(board=(1, 1), boards=boards), blocks, offered)
    return sum(sized.switches().values())


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("board", "boards", "count"), [((3, 2), (4, 3), 12), ((2, 3), (3, 4), 8)])
def test_rows_meet_west_and_east_and_columns_north_and_south(
    board: tuple[int, int], boards: tuple[int, int], count: int, *, whole: bool
) -> None:
    """Every switch of a single line joins what a walk over the boards says it does."""
    (a, b), (across, _) = board, boards
    ports = 2 * (a + b) if whole else 4
    blocks = blocks_of([count if whole else count * a * b], ports)
    spec = spec_of(board=board, boards=boards, lines_per_switch=1)
    grown = checked(spec, blocks, offers_of(64))
    wanted: dict[str, Counter[tuple[int, int, int]]] = {
        "host_row": Counter(),
        "host_column": Counter(),
    }
    for number in range(count):
        along, place = divmod(number, across)
        for row, (side, column) in itertools.product(range(b), [("W", 0), ("E", a - 1)]):
            accelerator = (number * a * b + row * a + column, {"E": 1, "W": 3}[side])
            end = (number, {"E": a, "W": 2 * a + b}[side] + row) if whole else accelerator
            wanted["host_row"][*end, along * b + row] += 1
        for column, (side, row) in itertools.product(range(a), [("N", 0), ("S", b - 1)]):
            accelerator = (number * a * b + row * a + column, {"N": 0, "S": 2}[side])
            end = (number, {"N": 0, "S": a + b}[side] + column) if whole else accelerator
            wanted["host_column"][*end, place * a + column] += 1
    for tier, links in wanted.items():
        batch = grown.batch(tier)
        found = np.stack([batch.lower, batch.lower_port, batch.upper], axis=1).tolist()
        assert Counter(map(tuple, found)) == links


def test_accelerators_of_a_board_meet_over_the_board() -> None:
    grown = checked(spec_of(board=(3, 2)), blocks_of([6], 4), offers_of(8))
    batch = grown.batch("board")
    east_west = {(0, 1), (1, 2), (3, 4), (4, 5)}
    south_north = {(0, 3), (1, 4), (2, 5)}
    pairs = list(zip(batch.lower.tolist(), batch.upper.tolist(), strict=True))
    assert set(pairs) == east_west | south_north
    for pair, low, high in zip(pairs, batch.lower_port, batch.upper_port, strict=True):
        assert (low, high) == ((1, 3) if pair in east_west else (2, 0))
    assert grown.tier("board").printed


def cost_musd(sized: FabricSize) -> float:
    """Cost of a cluster as the paper counts: one dimension copper, all else optical."""
    links = Counter(sized.links_by_tier())
    copper = links.pop("host_row")
    optical = sum(count for tier, count in links.items() if tier != "board")
    switches = sum(sized.switches().values())
    return (switches * SWITCH_USD + optical * OPTICAL_USD + copper * COPPER_USD) / 1e6


@pytest.mark.parametrize(
    ("board", "boards", "switches", "cost", "digits"),
    [
        ((1, 1), (32, 32), 64, 10.8, 1),
        ((1, 1), (128, 128), 3072, 448, 0),
        ((2, 2), (16, 16), 32, 5.4, 1),
        ((2, 2), (64, 64), 1536, 224, 0),
        ((4, 4), (8, 8), 16, 2.7, 1),
        ((4, 4), (32, 32), 256, 43.3, 1),
    ],
)
def test_clusters_of_the_paper(
    board: tuple[int, int], boards: tuple[int, int], switches: int, cost: float, digits: int
) -> None:
    hosts = math.prod(board) * math.prod(boards)
    blocks = blocks_of([hosts], 16)
    sized = hamming_mesh.size(spec_of(board=board, planes=4), blocks, offers_of(64))
    a = board[0]
    assert sized.notation == f"Hx{a}Mesh({boards[0]}x{boards[1]})", "the shape that is chosen"
    assert sum(sized.switches().values()) == 4 * switches
    assert round(cost_musd(sized), digits) == cost
    given_shape = hamming_mesh.size(
        spec_of(board=board, boards=boards, planes=4), blocks, offers_of(64)
    )
    assert given_shape == sized


def test_a_line_of_128_ports_is_four_leaves_and_two_spines() -> None:
    spec = spec_of(board=(2, 2), boards=(64, 2))
    grown = checked(spec, blocks_of([4 * 128], 4), offers_of(64))
    assert grown.sized.switches() == {"row_leaf": 16, "row_spine": 8, "column_leaf": 8}
    assert grown.tier("row_leaf_spine").bundle == 16
    assert grown.sized.oversubscription == {"row_leaf": Fraction(1)}
    assert grown.sized.tiers == 2


def test_boards_that_are_not_there_yet_keep_their_ports() -> None:
    shape = {"board": (2, 2), "boards": (4, 4), "lines_per_switch": 2}
    part = checked(spec_of(**shape), blocks_of([4 * 6], 4), offers_of(64)).sized
    full = checked(spec_of(**shape), blocks_of([4 * 16], 4), offers_of(64)).sized
    assert part.switches() == {"row_leaf": 2, "column_leaf": 4}
    assert full.switches() == {"row_leaf": 4, "column_leaf": 4}
    assert "10 more boards" in part.reasons["growth"]


def test_leaves_of_another_rate_than_their_spines() -> None:
    modes = {100.0: (16, 2), 200.0: (8, 1)}
    offered = Offers(Offer("the switch", modes, 16), {}, 200.0)
    grown = checked(spec_of(board=(1, 1), boards=(20, 1)), blocks_of([20], 4, 100.0), offered)
    leaf = grown.sized.roles[0]
    assert leaf.layouts == ((Bank(8, 100.0, 2), Bank(4, 200.0, 1)),)
    assert grown.sized.oversubscription["row_leaf"] == 1


@pytest.mark.parametrize(
    ("keys", "hosts", "ports", "switch", "code", "path", "said"),
    [
        ({}, 10, 4, 64, "RP321", "board", ["10 accelerators", "nearest: 8 or 12"]),
        ({}, 3, 4, 64, "RP321", "board", ["nearest: 4 accelerators"]),
        ({}, 4, 16, 64, "RP321", "planes", ["16 ports in a plane", "use 2 or 4 planes"]),
        ({}, 4, 6, 64, "RP321", "planes", ["use other NICs or boards"]),
        ({"planes": 3}, 4, 16, 64, "RP307", "planes", ["3 planes do not divide"]),
        (
            {"boards": (3, 3)}, 40, 4, 64, "RP322", "boards",
            ["3 x 3 boards are fewer than the 10", "use [3, 4] or [4, 3]"],
        ),
        (
            {"boards": (40, 2)}, 40, 4, 8, "RP322", "boards",
            ["lines of 40 and 2 boards", "at most 16 boards in a row and 16 in a column"],
        ),
        ({}, 4 * 257, 4, 8, "RP301", "switch", ["257 boards", "at most 16 boards in a row"]),
        (
            {"boards": (4, 4), "lines_per_switch": 9}, 64, 4, 64, "RP301", "lines_per_switch",
            ["9 lines do not fit", "use at most 8"],
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_what_would_fit(
    keys: dict[str, Any], hosts: int, ports: int, switch: int, code: str, path: str,
    said: list[str],
) -> None:  # fmt: skip
    problems = sized_or_why(spec_of(**keys), blocks_of([hosts], ports), offers_of(switch))
    assert isinstance(problems, list)
    assert [(problem.code, problem.path) for problem in problems] == [(code, (path,))]
    for words in said:
        assert words in f"{problems[0].message}; {problems[0].hint}"


def test_a_quarter_of_a_million_accelerators_are_wired_in_a_moment() -> None:
    blocks = blocks_of([1 << 18], 4)
    sized = hamming_mesh.size(spec_of(), blocks, offers_of(64))
    wiring = hamming_mesh.wire(spec_of(), sized, blocks)
    assert sum(len(batch.lower) for batch in wiring.links) == sum(sized.links_by_tier().values())
