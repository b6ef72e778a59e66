"""Slim Fly, PolarFly, HyperX and torus: what holds for all, and what each of them promises."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from types import ModuleType
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.properties.invariants import (
    Grown,
    adjacency,
    blocks_of,
    check,
    distances,
    grow,
    offers_of,
)

from rackplan import galois
from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics import hyperx, polarfly, slim_fly, torus
from rackplan.sizes import Bank
from rackplan.topology import Offer, Offers

NO_SWITCH = Offers(None, {}, 400.0)
PRIME_POWERS = galois.prime_powers(27)
NAMES = {slim_fly: "slim-fly", polarfly: "polarfly", hyperx: "hyperx", torus: "torus"}


def spec_of(module: ModuleType, **keys: Any) -> Any:
    if module is torus and "switch" not in keys:
        keys["switch"] = "the switch"
    return module.Spec(topology=NAMES[module], **keys)


def host_torus(**keys: Any) -> torus.Spec:
    return torus.Spec(topology="torus", **keys)


def shape_of(module: ModuleType, hosts: int, ports: int, **keys: Any) -> Any:
    """The shape that `size()` gives to hosts with one port each; None where it refuses."""
    try:
        return module.size(spec_of(module, **keys), blocks_of([hosts]), offers_of(ports)).shape
    except InfeasibleError:
        return None


def links_of(grown: Grown) -> set[tuple[int, ...]]:
    """Tier, ends and ports of all links of a plane."""
    return {
        (number, *link)
        for number, batch in enumerate(grown.wiring.links)
        for link in zip(
            *(column.tolist() for column in (batch.lower, batch.lower_port)),
            *(column.tolist() for column in (batch.upper, batch.upper_port)),
            strict=True,
        )
    }


sides = st.lists(st.integers(2, 5), min_size=1, max_size=3).map(tuple)
maybe = st.sampled_from([None, None, 1, 2, 3, 5])


@st.composite
def keys_of(draw: st.DrawFn, module: ModuleType) -> dict[str, Any]:
    """Keys of a spec: some absent, some that cannot be."""
    keys: dict[str, Any] = {"hosts_per_router": draw(maybe)}
    if module in (slim_fly, polarfly):
        keys["q"] = draw(st.sampled_from([None, None, 3, 4, 5, 6, 7, 8]))
        return keys
    keys["shape"] = draw(st.none() | sides)
    if module is hyperx and draw(st.booleans()):
        dimensions = len(keys["shape"] or draw(sides))
        keys["width"] = tuple(draw(st.integers(1, 3)) for _ in range(dimensions))
    return keys


@pytest.mark.parametrize("module", list(NAMES), ids=list(NAMES.values()))
@settings(max_examples=80)
@given(data=st.data())
def test_what_is_accepted_keeps_every_invariant(module: ModuleType, data: st.DataObject) -> None:
    planes, each = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    nodes = data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=3))
    cage = data.draw(st.sampled_from([0, 1, 2, 4]))
    ports = data.draw(st.integers(4, 40)) // max(1, cage) * max(1, cage)
    link_gbps = data.draw(st.sampled_from([400.0, 400.0, 200.0, 800.0]))
    offers = offers_of(ports, 400.0, link_gbps, max(1, int(ports * 400 / link_gbps)), per_cage=cage)
    spec = spec_of(module, planes=planes, **data.draw(keys_of(module)))
    refused: list[Problem] = []
    try:
        grown = check(module, spec, blocks_of(nodes, planes * each), offers)
        event(f"{grown.sized.roles[0].switches // 20 * 20} or more routers")
    except InfeasibleError as error:
        refused = error.problems
        event(f"refused with {refused[0].code}")
    for problem in refused:
        assert problem.code in ("RP301", "RP321")
        assert problem.path in (("switch",), ("q",), ("shape",))
        assert problem.hint
        assert "a router needs" not in problem.message  # sized well, but found not to fit


@pytest.mark.parametrize("module", list(NAMES), ids=list(NAMES.values()))
def test_dedicated_uplinks_join_the_routers(module: ModuleType) -> None:
    offer = Offer("a copper switch", {1.0: (48, 0)}, 56, Bank(8, 10.0, 1))
    blocks = blocks_of([40, 25], 1, 1.0)
    grown = check(module, spec_of(module), blocks, Offers(offer, {}, 10.0))
    assert min(int(batch.lower_port.min()) for batch in grown.wiring.links[1:]) == 48


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=3).filter(
        lambda dimensions: all(block * count > 1 for block, count in dimensions)
    ),
    st.integers(1, 3),
    st.sampled_from(["told", "found"]),
)
def test_a_torus_of_hosts_keeps_every_invariant(
    dimensions: list[tuple[int, int]], planes: int, told: str
) -> None:
    board = tuple(block for block, _ in dimensions)
    shape = tuple(block * count for block, count in dimensions)
    spec = host_torus(planes=planes, board=board, shape=shape if told == "told" else None)
    hosts = math.prod(shape)
    blocks = blocks_of([hosts // 2, hosts - hosts // 2], 2 * len(shape) * planes)
    grown = check(torus, spec, blocks, NO_SWITCH)
    assert math.prod(grown.sized.shape.sides) == hosts
    assert not any(side % block for side, block in zip(grown.sized.shape.sides, board, strict=True))
    for batch in grown.wiring.links:
        low, high = (place_on_board(grown, end) for end in (batch.lower, batch.upper))
        assert (low == high).all() == (batch.tier == "board")
        assert (low != high).all() == (batch.tier != "board")


def place_on_board(grown: Grown, node: np.ndarray) -> np.ndarray:
    """Number of the board of each node."""
    board, stride, first = np.zeros_like(node), 1, 1
    for side, block in zip(grown.sized.shape.sides, grown.sized.shape.board, strict=True):
        board += node // stride % side // block * first
        stride, first = stride * side, first * (side // block)
    return board


NETWORK = {
    slim_fly: {3: 5, 4: 6, 5: 7, 7: 11, 8: 12, 9: 13, 11: 17},
    polarfly: {2: 3, 3: 4, 4: 5, 5: 6, 7: 8, 8: 9, 9: 10, 11: 12},
}
"""Network ports of a router by q, written down from the papers' formulas."""


@pytest.mark.parametrize("module", [slim_fly, polarfly])
@pytest.mark.parametrize("ports", [3, 4, 5, 6, 7, 8, 9, 11, 14, 17])
def test_exactly_what_fits_a_small_switch_is_accepted(module: ModuleType, ports: int) -> None:
    for each, hosts in itertools.product([None, 1, 2, 4, 9], [1, 30, 99, 400]):
        fitting = {}
        for q, network in NETWORK[module].items():
            per_router = each or min(-(-network // 2), ports - network)
            routers = 2 * q * q if module is slim_fly else q * q + q + 1
            if 0 < per_router <= ports - network and routers * per_router >= hosts:
                fitting[q] = per_router
        for q in [None, *range(2, 12)]:
            found = shape_of(module, hosts, ports, q=q, hosts_per_router=each)
            expected = min(fitting, default=None) if q is None else q
            assert (found and found.q) == (expected if expected in fitting else None)
            assert found is None or found.per_router == fitting[found.q]


@pytest.mark.parametrize("ports", [2, 3, 4, 5, 6, 8, 9, 12])
def test_every_hyperx_that_fits_is_accepted_and_the_cheapest_chosen(ports: int) -> None:
    def hosts_on(shape: tuple[int, ...], width: int, each: int | None) -> int:
        room = ports - sum(width * (side - 1) for side in shape)
        per_router = each or min(width * min(shape), room)
        return per_router if 0 < per_router <= room else 0

    shapes = [s for n in (1, 2, 3) for s in itertools.product([2, 3, 4], repeat=n)]
    for each, hosts, width in itertools.product([None, 1, 4], [1, 20, 70], [1, 2]):
        for shape in shapes:
            widths = (width,) * len(shape)
            keys = {"shape": shape, "width": widths, "hosts_per_router": each}
            found = shape_of(hyperx, hosts, ports, **keys)
            places = hosts_on(shape, width, each) * math.prod(shape)
            assert (found is not None) == (places >= hosts), (keys, hosts)
        regular = [(s,) * n for n in range(1, 5) for s in range(2, ports + 1)]
        holding = [s for s in regular if hosts_on(s, 1, each) * math.prod(s) >= hosts]
        found = shape_of(hyperx, hosts, ports, hosts_per_router=each)
        assert (found and found.routers) == min(map(math.prod, holding), default=None)


@pytest.mark.parametrize("ports", [2, 3, 4, 5, 6, 7, 9])
def test_every_torus_of_routers_that_fits_is_accepted(ports: int) -> None:
    shapes = [s for n in (1, 2, 3) for s in itertools.product([2, 3, 4], repeat=n)]
    for each, hosts, shape in itertools.product([None, 1, 3], [1, 20, 70], shapes):
        room = ports - 2 * len(shape)
        needed = each or -(-hosts // math.prod(shape))
        fits = needed <= room and needed * math.prod(shape) >= hosts
        found = shape_of(torus, hosts, ports, shape=shape, hosts_per_router=each)
        assert (found and found.per_router) == (needed if fits else None)
    chosen = shape_of(torus, 70, ports)
    assert (chosen is not None) == (ports > 2)
    assert chosen is None or len(chosen.sides) == min(3, (ports - 1) // 2)


@pytest.mark.parametrize("board", [(1,), (3,), (1, 1), (2, 1), (1, 1, 1), (2, 2, 1)])
def test_hosts_fill_a_torus_wherever_they_factor(board: tuple[int, ...]) -> None:
    for hosts in range(1, 41):
        counts = itertools.product(range(1, hosts + 1), repeat=len(board))
        usable = [
            tuple(b * n for b, n in zip(board, count, strict=True))
            for count in counts
            if math.prod(count) * math.prod(board) == hosts
        ]
        usable = [shape for shape in usable if min(shape) > 1]
        blocks = blocks_of([hosts], 2 * len(board))
        try:
            found = torus.size(host_torus(board=board), blocks, NO_SWITCH).shape.sides
        except InfeasibleError:
            found = None
        assert (found in usable) == bool(usable)
        assert (found is None) == (not usable)


@pytest.mark.parametrize("q", PRIME_POWERS)
@pytest.mark.parametrize("module", [slim_fly, polarfly])
def test_two_routers_are_at_most_two_links_apart(module: ModuleType, q: int) -> None:
    if (module, q) == (slim_fly, 2):
        return
    grown = grow(module, spec_of(module, q=q), blocks_of([1]), offers_of(64))
    near = adjacency(grown, with_hosts=False).toarray().astype(np.float32)
    assert near.max() == 1
    near += np.eye(len(near), dtype=np.float32)
    assert (near == 0).any()
    assert (near @ near > 0).all()


@pytest.mark.parametrize("q", [q for q in PRIME_POWERS if q > 2])
def test_slim_fly_groups_meet_all_groups_of_the_other_subgraph_alike(q: int) -> None:
    grown = grow(slim_fly, spec_of(slim_fly, q=q), blocks_of([1]), offers_of(64))
    group = grown.wiring.switches[0].group
    local, cross = grown.batch("local"), grown.batch("cross")
    assert (group[local.lower] == group[local.upper]).all()
    met = np.zeros((2 * q, 2 * q), dtype=int)
    np.add.at(met, (group[cross.lower], group[cross.upper]), 1)
    assert (met == q * np.kron([[0, 1], [0, 0]], np.ones((q, q)))).all()


@pytest.mark.parametrize("q", PRIME_POWERS[:10])
def test_polarfly_routers_have_one_common_neighbour(q: int) -> None:
    grown = grow(polarfly, spec_of(polarfly, q=q), blocks_of([1]), offers_of(64))
    met = adjacency(grown, with_hosts=False).toarray()
    quadric = met.sum(axis=1) == q
    assert quadric.tolist() == [True] * (q + 1) + [False] * q * q
    met += np.diag(quadric)
    assert (met @ met == 1 + q * np.eye(len(met))).all()
    group = grown.wiring.switches[0].group
    assert (np.diff(group) >= 0).all()
    assert group.max() == q


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(2, 4), st.integers(1, 3)), min_size=1, max_size=3))
def test_hyperx_is_a_product_of_cliques(dimensions: list[tuple[int, int]]) -> None:
    shape, width = zip(*dimensions, strict=True)
    spec = spec_of(hyperx, shape=shape, width=width)
    grown = grow(hyperx, spec, blocks_of([1]), offers_of(64))
    cliques = [k * (np.ones((s, s)) - np.eye(s)) for s, k in dimensions]
    assert (adjacency(grown, with_hosts=False).toarray() == product(cliques)).all()
    assert distances(grown)[0] == len(shape)


@settings(max_examples=30)
@given(sides)
def test_torus_is_a_product_of_rings(shape: tuple[int, ...]) -> None:
    rings = [np.roll(np.eye(side), 1, axis=0) for side in shape]
    expected = product([ring + ring.T for ring in rings])
    of_routers = grow(torus, spec_of(torus, shape=shape), blocks_of([1]), offers_of(64))
    assert (adjacency(of_routers, with_hosts=False).toarray() == expected).all()
    assert distances(of_routers)[0] == sum(side // 2 for side in shape)
    hosts = blocks_of([math.prod(shape)], 2 * len(shape))
    of_hosts = grow(torus, host_torus(shape=shape), hosts, NO_SWITCH)
    assert (adjacency(of_hosts, with_hosts=True).toarray() == expected).all()


def product(factors: list[np.ndarray]) -> np.ndarray:
    """The Cartesian product of graphs; the first one counts fastest."""
    total = np.zeros((1, 1))
    for factor in factors:
        total = np.kron(np.eye(len(factor)), total) + np.kron(factor, np.eye(len(total)))
    return total


@pytest.mark.parametrize(
    ("module", "keys", "ports", "expected"),
    [
        (slim_fly, {"q": 5}, 64, (50, 4, 175, 2, 1.8571)),
        (slim_fly, {"q": 7}, 64, (98, 6, 539, 2, 1.8866)),
        (slim_fly, {"q": 8}, 64, (128, 6, 768, 2, 1.9055)),
        (polarfly, {"q": 7}, 64, (57, 4, 224, 2, 1.8596)),
        (hyperx, {"shape": (22, 22)}, 64, (484, 22, 10164, 2, 1.9130)),
        (torus, {"shape": (4, 4, 4)}, 64, (64, 1, 192, 6, 3.0476)),
    ],
)
def test_published_graphs(
    module: ModuleType, keys: dict[str, Any], ports: int, expected: tuple[float, ...]
) -> None:
    routers, each, links, diameter, mean = expected
    grown = grow(module, spec_of(module, **keys), blocks_of([1]), offers_of(ports))
    assert (grown.count("router"), grown.sized.shape.per_router) == (routers, each)
    assert sum(tier.links for tier in grown.sized.links[1:]) == links
    graph = nx.from_scipy_sparse_array(adjacency(grown, with_hosts=False))
    assert nx.diameter(graph) == diameter if routers < 200 else distances(grown)[0] == diameter
    assert distances(grown)[1] == pytest.approx(mean, abs=5e-5)
    if routers < 200:
        assert nx.average_shortest_path_length(graph) == pytest.approx(mean, abs=5e-5)


def test_the_slim_fly_nearest_to_the_one_that_cannot_be_built() -> None:
    sized = slim_fly.size(spec_of(slim_fly, q=27), blocks_of([30618]), offers_of(62))
    assert sized.switches() == {"router": 1458}
    assert sized.links_by_tier() == {"host_router": 30618, "local": 10206, "cross": 19683}
    assert (sized.shape.network, sized.shape.per_router) == (41, 21)
    assert shape_of(slim_fly, 30618, 62).q == 27
    assert shape_of(slim_fly, 30618, 62, q=27) is not None
    assert shape_of(slim_fly, 30619, 62, q=27) is None
    assert shape_of(slim_fly, 30618, 61, q=27) is None


def test_the_hyperx_of_the_paper() -> None:
    sized = hyperx.size(spec_of(hyperx), blocks_of([10648]), offers_of(64))
    assert sized.notation == "hyperx(S=22x22,K=1x1,T=22)"
    assert sized.bisection_gbps == Fraction(10648, 2) * 400 / 2
    assert sized.reasons["beta"].endswith("= 0.5")


@pytest.mark.parametrize(("side", "between"), [(32, 1024), (128, 16384)])
def test_the_torus_of_the_hammingmesh_paper(side: int, between: int) -> None:
    spec = host_torus(shape=(side, side), board=(2, 2), planes=4)
    sized = torus.size(spec, blocks_of([side * side], 16), NO_SWITCH)
    links = sized.links_by_tier()
    assert links.pop("board") == 4 * side * side
    assert sum(links.values()) == 4 * between
    assert sized.bisection_gbps == 4 * 2 * side * 400
    assert sized.switches() == {}


def worst_cut(grown: Grown, per_router: int | None) -> Fraction:
    """Bandwidth of the least even cut of the hosts of a plane, over all sets of routers. [Gb/s]

    Hosts that do not stand with their router are cut from it; without routers nothing is.
    """
    met = adjacency(grown, with_hosts=per_router is None).toarray().astype(int)
    sets = np.arange(2 ** (len(met) - 1))[:, None] >> np.arange(len(met)) & 1
    crossing = ((sets @ met) * (1 - sets)).sum(axis=1)
    twice_apart = np.abs(len(met) - 2 * sets.sum(axis=1))
    if per_router is None:
        return Fraction(int(crossing[twice_apart == 0].min()) * 400)
    gbps = int(grown.sized.links[-1].gbps)
    return Fraction(int((2 * crossing * gbps + twice_apart * per_router * 400).min()), 2)


@settings(max_examples=60)
@given(
    st.sampled_from([hyperx, torus]),
    sides.filter(lambda shape: math.prod(shape) <= 12),
    st.integers(1, 3),
    st.sampled_from([200.0, 400.0, 1600.0]),
    st.integers(1, 2),
)
def test_bisection_is_that_of_the_worst_cut(
    module: ModuleType, shape: tuple[int, ...], each: int, link_gbps: float, planes: int
) -> None:
    spec = spec_of(module, shape=shape, hosts_per_router=each, planes=planes)
    blocks = blocks_of([each * math.prod(shape)], planes)
    grown = grow(module, spec, blocks, offers_of(64, 400.0, link_gbps))
    told = grown.sized.bisection_gbps
    even = (max if module is torus else min)(shape) % 2 == 0
    event("known" if told is not None else "not known")
    assert told == worst_cut(grown, each) * planes if told is not None else not even


@settings(max_examples=30)
@given(sides.filter(lambda shape: math.prod(shape) <= 12 and max(shape) % 2 == 0))
def test_bisection_of_a_torus_of_hosts_is_that_of_the_worst_cut(shape: tuple[int, ...]) -> None:
    hosts = blocks_of([math.prod(shape)], 2 * len(shape))
    grown = grow(torus, host_torus(shape=shape), hosts, NO_SWITCH)
    assert grown.sized.bisection_gbps == worst_cut(grown, None)


@pytest.mark.parametrize(
    ("module", "q", "known"), [(polarfly, 2, False), (polarfly, 3, True), (slim_fly, 3, True)]
)
def test_bisection_of_a_graph_with_few_hosts_is_full(
    module: ModuleType, q: int, *, known: bool
) -> None:
    routers = shape_of(module, 1, 64, q=q).routers
    spec = spec_of(module, q=q, hosts_per_router=1)
    grown = grow(module, spec, blocks_of([routers]), offers_of(64))
    full = Fraction(routers * 400, 2)
    assert grown.sized.bisection_gbps == (full if known else None)
    assert not known or worst_cut(grown, 1) == full


@pytest.mark.parametrize("q", [4, 8, 16])
def test_bisection_of_an_even_slim_fly_is_half_of_its_groups(q: int) -> None:
    capacity = shape_of(slim_fly, 1, 64, q=q).capacity
    grown = grow(slim_fly, spec_of(slim_fly, q=q), blocks_of([capacity]), offers_of(64))
    met = adjacency(grown, with_hosts=False).toarray()
    eigenvalues = np.linalg.eigvalsh(np.diag(met.sum(axis=1)) - met)
    half = grown.wiring.switches[0].group % q < q // 2
    assert eigenvalues[1] == pytest.approx(q)
    assert met[half][:, ~half].sum() == q**3 / 2
    assert grown.sized.bisection_gbps == Fraction(q**3, 2) * 400


def test_partly_filled_routers_have_no_known_bisection() -> None:
    for module in NAMES:
        shape = shape_of(module, 50, 64)
        capacity = shape.per_router * getattr(shape, "routers", 0) or shape.capacity
        grown = grow(module, spec_of(module), blocks_of([capacity - 1]), offers_of(64))
        assert grown.sized.bisection_gbps is None


@pytest.mark.parametrize("module", list(NAMES))
def test_a_host_more_moves_no_cable(module: ModuleType) -> None:
    keys = {"shape": (3, 4), "hosts_per_router": 3} if module in (hyperx, torus) else {"q": 4}
    few, more = (
        grow(module, spec_of(module, **keys), blocks_of([hosts]), offers_of(24))
        for hosts in (20, 21)
    )
    assert links_of(few) < links_of(more)
    assert len(links_of(more)) == len(links_of(few)) + 1


def test_a_longer_last_dimension_of_a_hyperx_moves_no_cable() -> None:
    keys = {"width": (2, 1), "hosts_per_router": 3}
    few, more = (
        grow(hyperx, spec_of(hyperx, shape=shape, **keys), blocks_of([30]), offers_of(12))
        for shape in ((3, 4), (3, 6))
    )
    assert "can grow by 2" in few.sized.reasons["growth"]
    assert links_of(few) < links_of(more)


REFUSALS = [
    (slim_fly, {"q": 28}, 100, 64, "RP321", "q", "nearest: 27 or 29"),
    (slim_fly, {"q": 2}, 100, 64, "RP321", "q", "nearest: 3"),
    (slim_fly, {"q": 5}, 201, 64, "RP301", "q", "use 'q: 7' or 'hosts_per_router: 5'"),
    (slim_fly, {"q": 27}, 100, 41, "RP301", "switch", "'q: 25' is the largest that fits"),
    (slim_fly, {}, 9999, 20, "RP301", "switch", "the largest has q = 9"),
    (slim_fly, {}, 1, 5, "RP301", "switch", "use a switch with more ports"),
    (polarfly, {"q": 6}, 100, 64, "RP321", "q", "nearest: 5 or 7"),
    (polarfly, {"q": 1023}, 100, 64, "RP321", "q", "nearest: 1021 or 1024"),
    (polarfly, {"q": 7}, 229, 14, "RP301", "q", "use 'q: 8'"),
    (polarfly, {"hosts_per_router": 9}, 10, 11, "RP301", "switch", "use a switch with more"),
    (hyperx, {"shape": (9, 9)}, 10, 16, "RP301", "switch", "use 'shape: [3, 3]'"),
    (hyperx, {"shape": (3, 3)}, 28, 16, "RP301", "shape", "[4, 4]'; or 'hosts_per_router: 4'"),
    (hyperx, {}, 99999, 16, "RP301", "switch", "the largest with equal sides has"),
    (torus, {"shape": (3, 3)}, 99, 8, "RP301", "shape", "use 'shape: [5, 5]'"),
    (torus, {"shape": (2, 2, 2)}, 9, 6, "RP301", "switch", "2 dimensions would fit"),
    (torus, {"shape": (2,), "hosts_per_router": 2}, 5, 6, "RP301", "shape", "[3]' or 'hosts_per"),
]


@pytest.mark.parametrize(("module", "keys", "hosts", "ports", "code", "path", "hint"), REFUSALS)
def test_a_refusal_names_what_would_do(
    module: ModuleType,
    keys: dict[str, Any],
    hosts: int,
    ports: int,
    code: str,
    path: str,
    hint: str,
) -> None:
    with pytest.raises(InfeasibleError) as caught:
        module.size(spec_of(module, **keys), blocks_of([hosts]), offers_of(ports))
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == (code, (path,))
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("keys", "hosts", "ports", "code", "path", "hint"),
    [
        ({"shape": (32, 32)}, 1000, 4, "RP321", "shape", "[25, 40]' or 'shape: [20, 50]'"),
        ({}, 997, 4, "RP321", "shape", "998 hosts as 2x499 or 1,024 hosts as 32x32"),
        ({"board": (2, 2)}, 10, 4, "RP321", "shape", "use 12 hosts as 2x6"),
        ({"shape": (4, 6), "board": (3, 2)}, 24, 4, "RP321", "board", "nearest: 'board: [2, 2]'"),
        ({"shape": (4, 6)}, 24, 2, "RP301", "shape", "use 1 dimension"),
        ({"shape": (4, 6)}, 24, 8, "RP321", "shape", "use 4 dimensions or 'planes: 2'"),
        ({}, 24, 3, "RP321", "shape", "use hosts with another number of ports"),
    ],
)
def test_hosts_that_make_no_torus_are_told_what_would(
    keys: dict[str, Any], hosts: int, ports: int, code: str, path: str, hint: str
) -> None:
    with pytest.raises(InfeasibleError) as caught:
        torus.size(host_torus(**keys), blocks_of([hosts], ports), NO_SWITCH)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == (code, (path,))
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("module", "keys", "message"),
    [
        (hyperx, {"shape": (3, 3), "width": (1,)}, "'shape' and 'width' differ"),
        (torus, {"board": (2, 2), "switch": "a"}, "'board' and 'switch' contradict"),
        (torus, {"switch": None, "hosts_per_router": 2}, "needs a 'switch'"),
        (torus, {"switch": None, "board": (2,), "shape": (4, 4)}, "'board' and 'shape' differ"),
    ],
)
def test_keys_that_contradict_each_other(
    module: ModuleType, keys: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        spec_of(module, **keys)
    assert caught.value.errors()[0]["type"] == "RP110"


@pytest.mark.parametrize("module", list(NAMES))
def test_a_hundred_thousand_hosts(module: ModuleType) -> None:
    grown = grow(module, spec_of(module), blocks_of([60_000, 40_000]), offers_of(128))
    assert [len(batch.lower) for batch in grown.wiring.links] == [
        tier.links for tier in grown.sized.links
    ]
    assert grown.sized.links[0].links == 100_000
