"""Properties of dragonflies and dragonfly+ over random shapes, and published ones."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from tests.properties.invariants import (
    Grown,
    adjacency,
    blocks_of,
    check,
    distances,
    grow,
    offers_of,
)

from rackplan.errors import InfeasibleError
from rackplan.fabrics import dragonfly, dragonfly_plus
from rackplan.groups import GroupJoin
from rackplan.sizes import Bank, EndBlock
from rackplan.topology import Offer, Offers

MODULES = {"dragonfly": dragonfly, "dragonfly-plus": dragonfly_plus}
KEYS = {
    "dragonfly": ("hosts_per_router", "routers_per_group", "global_ports", "groups"),
    "dragonfly-plus": (
        "hosts_per_leaf", "leaves_per_group", "spines_per_group", "local_links", "global_ports",
        "groups",
    ),
}  # fmt: skip


def spec_of(topology: str, **keys: Any) -> Any:
    return MODULES[topology].Spec(topology=topology, **keys)


def problems_of(module: ModuleType, spec: Any, blocks: Any, offers: Offers) -> list[Any] | None:
    """Why it is refused; None where it is not."""
    try:
        module.size(spec, blocks, offers)
    except InfeasibleError as error:
        return error.problems
    return None


def mixed_offers(ports: int, per_cage: int, *, own: bool) -> Offers:
    """Host links of 100G and links of 200G: in split cages, or over uplinks of their own."""
    modes = {100.0: (2 * ports * per_cage, 2 * per_cage), 200.0: (ports * per_cage, per_cage)}
    offer = Offer("the switch", modes, 2 * ports * per_cage)
    if own:
        uplinks = Bank(ports, 200.0, 1)
        offer = Offer("the switch", {100.0: (ports, 1), 200.0: (ports, 1)}, ports, uplinks)
    return Offers(offer, {}, 200.0)


@st.composite
def offers(draw: st.DrawFn, most: int = 24) -> tuple[Offers, float]:
    """A switch, and the rate of the hosts."""
    ports = draw(st.integers(1, most))
    kind = draw(st.sampled_from(["equal", "equal", "cages", "uplinks"]))
    if kind == "equal":
        return offers_of(ports), 400.0
    return mixed_offers(ports, draw(st.integers(1, 2)), own=kind == "uplinks"), 100.0


@st.composite
def shapes(draw: st.DrawFn, topology: str, most: int = 5) -> dict[str, Any]:
    """Some of the keys of a shape."""
    keys = {}
    for key in KEYS[topology]:
        if draw(st.integers(0, 2)) == 0:
            keys[key] = draw(st.integers(int(key != "global_ports"), most))
    if topology == "dragonfly":
        keys["local_links"] = draw(st.sampled_from([1, 1, 1, 2, 3]))
    keys["leftover"] = draw(st.sampled_from(["dark", "wired"]))
    return keys


@st.composite
def wishes(draw: st.DrawFn) -> tuple[str, Any, tuple[EndBlock, ...], Offers]:
    """Small fabrics of both kinds, uneven ones among them."""
    topology = draw(st.sampled_from(sorted(MODULES)))
    offered, gbps = draw(offers())
    planes, each = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    nodes = draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))
    blocks = blocks_of(nodes, planes * each, gbps)
    spec = spec_of(topology, planes=planes, **draw(shapes(topology)))
    return topology, spec, blocks, offered


@settings(max_examples=500)
@given(wishes())
def test_a_fabric_keeps_every_invariant_or_is_refused_with_a_hint(
    wish: tuple[str, Any, tuple[EndBlock, ...], Offers],
) -> None:
    topology, spec, blocks, offered = wish
    problems = problems_of(MODULES[topology], spec, blocks, offered)
    if problems is None:
        event(f"{topology} built")
        check(MODULES[topology], spec, blocks, offered)
        return
    event(f"{topology} refused")
    for problem in problems:
        assert problem.code in {"RP301", "RP322"}
        assert problem.message
        assert problem.hint
        assert problem.path[0] in {"switch", *KEYS[topology]}


def is_free(given_keys: dict[str, Any], **values: int) -> bool:
    """Whether the values are those that are given."""
    return all(given_keys.get(key, value) == value for key, value in values.items())


def room_beside(offered: Offers, gbps: float) -> list[int]:
    """Network ports of a switch beside 0, 1, 2, ... host ports, tried one by one."""
    room, offer = [], offered.of("router")
    for hosts in range(offer.most_ports + 1):
        fitting = [-1]
        for network in range(offer.most_ports + 9):
            wanted = [(hosts, gbps), (network, offered.link_gbps)]
            if offer.lay_out([pair for pair in wanted if pair[0]]) is not None:
                fitting.append(network)
        room.append(fitting[-1])
    return room


def dragonfly_holds(room: list[int], keys: dict[str, Any]) -> int:
    """The most end points, tried one shape after another."""
    most = 0
    for hosts, routers in itertools.product(range(1, len(room)), range(1, max(room) + 2)):
        local = keys["local_links"] * (routers - 1)
        for each in range(room[hosts] - local + 1):
            groups = keys.get("groups", routers * each + 1)
            shape = {"hosts_per_router": hosts, "routers_per_group": routers, "global_ports": each}
            if groups <= routers * each + 1 and is_free(keys, **shape):
                most = max(most, hosts * routers * groups)
    return most


def dragonfly_plus_holds(room: list[int], keys: dict[str, Any]) -> int:
    """The most end points, tried one shape after another."""
    most, ports = 0, room[0]
    for width, spines in itertools.product(range(1, ports + 1), repeat=2):
        hosts_that_fit = [n for n in range(1, len(room)) if room[n] >= width * spines]
        for hosts, leaves in itertools.product(hosts_that_fit, range(1, ports // width + 1)):
            for each in range(ports - leaves * width + 1):
                groups = keys.get("groups", spines * each + 1)
                values = (hosts, leaves, spines, width, each)
                shape = dict(zip(KEYS["dragonfly-plus"], values, strict=False))
                if groups <= spines * each + 1 and is_free(keys, **shape):
                    most = max(most, hosts * leaves * groups)
    return most


@settings(max_examples=250)
@given(st.data())
def test_what_a_search_over_all_shapes_finds_is_accepted_and_nothing_else(
    data: st.DataObject,
) -> None:
    topology = data.draw(st.sampled_from(sorted(MODULES)))
    offered, gbps = data.draw(offers(7))
    keys = data.draw(shapes(topology, 4))
    holds = {"dragonfly": dragonfly_holds, "dragonfly-plus": dragonfly_plus_holds}[topology]
    most = holds(room_beside(offered, gbps), keys)
    ends = data.draw(st.one_of(st.integers(1, 80), st.sampled_from([max(1, most), most + 1])))
    spec, module = spec_of(topology, **keys), MODULES[topology]
    refused = problems_of(module, spec, blocks_of([ends], gbps=gbps), offered) is not None
    event(f"{topology} {'refused' if refused else 'accepted'}")
    assert refused == (ends > most)


@settings(max_examples=200)
@given(st.data())
def test_a_refusal_names_the_most_end_points_that_fit(data: st.DataObject) -> None:
    topology = data.draw(st.sampled_from(sorted(MODULES)))
    offered, gbps = data.draw(offers(12))
    spec, module = spec_of(topology, **data.draw(shapes(topology))), MODULES[topology]
    problems = problems_of(module, spec, blocks_of([10**7], gbps=gbps), offered)
    assert problems is not None
    found = re.search(r"the most is ([0-9,]+)", problems[0].hint)
    assume(found is not None)
    assert found is not None
    most = int(found[1].replace(",", ""))
    assert problems_of(module, spec, blocks_of([most], gbps=gbps), offered) is None
    assert problems_of(module, spec, blocks_of([most + 1], gbps=gbps), offered) is not None


@settings(max_examples=500)
@given(st.integers(2, 14), st.integers(1, 8), st.integers(1, 8), st.booleans())
def test_groups_are_joined_evenly(groups: int, members: int, each: int, wired: bool) -> None:  # noqa: FBT001
    assume(members * each >= groups - 1)
    join = GroupJoin(groups, members, each, wired)
    low, low_port, high, high_port = join.wires()
    pairs = Counter(zip((low // members).tolist(), (high // members).tolist(), strict=True))
    assert set(pairs) == set(itertools.combinations(range(groups), 2))
    assert set(pairs.values()) <= {join.per_pair, join.per_pair + bool(join.extra)}
    loads = np.bincount(np.concatenate([low, high]), minlength=groups * members)
    assert loads.max() <= each
    assert loads.max() - loads.min() <= 1
    by_group = loads.reshape(groups, members)
    assert (by_group == by_group[0]).all(), "groups are alike"
    ends = set(zip(low.tolist(), low_port.tolist(), strict=True))
    ends |= set(zip(high.tolist(), high_port.tolist(), strict=True))
    assert len(ends) == 2 * len(low) == 2 * join.links
    if not wired:
        assert join.dark == members * each % (groups - 1)
    else:
        assert join.dark <= 1
        assert join.dark == 0 or groups % 2


@settings(max_examples=200)
@given(st.integers(1, 8), st.integers(2, 8), st.integers(1, 4), st.integers(1, 3))
def test_any_two_routers_are_at_most_three_links_apart(
    hosts: int, routers: int, each: int, local: int
) -> None:
    groups = routers * each + 1
    ports = hosts + local * (routers - 1) + each
    spec = spec_of(
        "dragonfly", hosts_per_router=hosts, routers_per_group=routers, global_ports=each,
        groups=groups, local_links=local,
    )  # fmt: skip
    grown = grow(dragonfly, spec, blocks_of([hosts * routers * groups]), offers_of(ports))
    assert distances(grown)[0] <= 3


@settings(max_examples=200)
@given(st.integers(4, 40), st.integers(1, 2000))
def test_the_chosen_dragonfly_has_the_fewest_routers_of_all_balanced_ones(
    ports: int, ends: int
) -> None:
    balanced = []
    for hosts in range(1, (ports + 1) // 4 + 1):
        routers = 2 * hosts
        groups = -(-ends // (hosts * routers))
        if groups == 1 or routers * hosts % max(1, groups - 1) == 0:
            balanced.append(groups * routers)
    assume(balanced)
    sized = dragonfly.size(spec_of("dragonfly"), blocks_of([ends]), offers_of(ports))
    assert sized.switches()["router"] <= min(balanced)
    assert sized.oversubscription["router"] <= Fraction(20, 19)


@settings(max_examples=200)
@given(st.integers(2, 40), st.integers(1, 3000))
def test_the_chosen_dragonfly_plus_is_not_oversubscribed_where_it_can_be(
    ports: int, ends: int
) -> None:
    half = ports // 2
    assume(ends <= half**2 * (half**2 // 2))
    sized = dragonfly_plus.size(spec_of("dragonfly-plus"), blocks_of([ends]), offers_of(ports))
    ratios = sized.oversubscription
    assert ratios["leaf"] <= 1
    assert ratios["leaf"] * ratios.get("spine", Fraction(0)) <= Fraction(20, 19)
    groups = -(-ends // half**2)
    if half**2 % max(1, groups - 1) == 0:
        assert sum(sized.switches().values()) <= groups * 2 * half


def canonical(hosts: int, routers: int, each: int, ends: int, ports: int = 64) -> Grown:
    spec = spec_of(
        "dragonfly", hosts_per_router=hosts, routers_per_group=routers, global_ports=each
    )
    return check(dragonfly, spec, blocks_of([ends]), offers_of(ports))


@pytest.mark.parametrize(
    ("shape", "groups", "ends", "links", "mean"),
    [((2, 4, 2), 9, 72, (54, 36), 2.3429), ((4, 8, 4), 33, 1056, (924, 528), 2.6863)],
)
def test_small_canonical_dragonflies(
    shape: tuple[int, int, int], groups: int, ends: int, links: tuple[int, int], mean: float
) -> None:
    hosts, routers, each = shape
    grown = canonical(*shape, ends, hosts + routers - 1 + each)
    assert grown.sized.notation == f"dragonfly(p={hosts},a={routers},h={each},g={groups})"
    assert grown.sized.switches() == {"router": groups * routers}
    assert grown.sized.links_by_tier() == {
        "host_router": ends, "local": links[0], "global": links[1],
    }  # fmt: skip
    graph = nx.from_scipy_sparse_array(adjacency(grown, with_hosts=False))
    assert nx.diameter(graph) == 3
    assert round(nx.average_shortest_path_length(graph), 4) == mean


def test_the_dragonfly_of_the_deepseek_paper_has_513_groups_and_not_511() -> None:
    spec = spec_of("dragonfly", hosts_per_router=16, routers_per_group=32, global_ports=16)
    sized = dragonfly.size(spec, blocks_of([262_656]), offers_of(64))
    assert sized.shape.join.groups == 513
    assert sized.switches() == {"router": 16_416}
    links = sized.links_by_tier()
    assert links["local"] + links["global"] == 385_776
    fewer = spec.model_copy(update={"groups": 511})
    published = dragonfly.size(fewer, blocks_of([261_632]), offers_of(64))
    assert published.switches() == {"router": 16_352}
    built = published.links_by_tier()
    assert built["local"] + built["global"] == 253_456 + 511 * 510 // 2
    assert 253_456 + 511 * 32 * 16 // 2 == 384_272, "as if no global port stayed dark"


@pytest.mark.parametrize(("leftover", "links"), [("dark", 504), ("wired", 512)])
def test_a_switch_that_stands_for_two_routers(leftover: str, links: int) -> None:
    spec = spec_of(
        "dragonfly", hosts_per_router=16, routers_per_group=8, global_ports=16, groups=8,
        local_links=4, leftover=leftover, planes=16,
    )  # fmt: skip
    grown = check(dragonfly, spec, blocks_of([1024], 16), offers_of(64))
    assert grown.sized.switches() == {"router": 64 * 16}
    assert grown.sized.links_by_tier() == {
        "host_router": 1024 * 16, "local": 896 * 16, "global": links * 16,
    }  # fmt: skip
    assert ("dark" in grown.sized.reasons) == (leftover == "dark")


@pytest.mark.parametrize(
    ("shape", "local", "groups", "ends", "cost"),
    [((16, 8, 16), 4, 8, 1024, 27.9), ((17, 32, 16), 1, 30, 16_320, 429.2)],
)
def test_what_the_dragonflies_of_the_hamming_mesh_paper_cost(
    shape: tuple[int, int, int], local: int, groups: int, ends: int, cost: float
) -> None:
    """64-port switch $14,280, copper to hosts and in groups $272, optical between them $603."""
    spec = spec_of(
        "dragonfly", hosts_per_router=shape[0], routers_per_group=shape[1], global_ports=shape[2],
        groups=groups, local_links=local, leftover="wired", planes=16,
    )  # fmt: skip
    sized = dragonfly.size(spec, blocks_of([ends], 16), offers_of(64))
    links = sized.links_by_tier()
    copper, optical = links["host_router"] + links["local"], links["global"]
    dollars = sized.switches()["router"] * 14_280 + copper * 272 + optical * 603
    assert round(dollars / 1e6, 1) == cost


def test_leonardo() -> None:
    spec = spec_of(
        "dragonfly-plus", hosts_per_leaf=40, leaves_per_group=18, spines_per_group=18,
        global_ports=22, groups=23, switch="qm8700", link_gbps=200,
    )  # fmt: skip
    switch = Offer("QM8700", {200.0: (40, 1), 100.0: (80, 2)}, 80)
    blocks = blocks_of([23 * 18 * 40 // 4], 4, 100.0)
    grown = check(dragonfly_plus, spec, blocks, Offers(switch, {}, 200.0))
    sized = grown.sized
    assert sized.switches() == {"leaf": 23 * 18, "spine": 23 * 18}
    assert sized.links_by_tier()["global"] == 4554
    assert sized.shape.join.per_pair == 18
    assert sized.oversubscription == {"leaf": Fraction(10, 9), "spine": Fraction(9, 11)}
    assert sized.roles[0].layouts == ((Bank(40, 100.0, 2), Bank(18, 200.0, 1)),)
    links = grown.batch("global")
    assert (links.lower % 18 == links.upper % 18).all(), "spine k meets spine k of all others"
    assert grown.tier("global").bundle == 1


def test_a_hundred_thousand_end_points_are_wired_in_a_moment() -> None:
    blocks = blocks_of([100_000])
    for topology, module in MODULES.items():
        grown = grow(module, spec_of(topology), blocks, offers_of(64))
        assert len(grown.batch("global").lower) == grown.sized.links_by_tier()["global"]


@pytest.mark.parametrize(
    ("topology", "keys", "ends", "ports", "code", "path", "said"),
    [
        (
            "dragonfly", {"routers_per_group": 8, "global_ports": 4, "groups": 34}, 10, 64,
            "RP322", "groups", ["34 groups need 33 global ports", "at most 33 groups"],
        ),
        (
            "dragonfly", {"hosts_per_router": 16, "routers_per_group": 32, "global_ports": 18},
            10, 64, "RP301", "switch",
            ["16 x 400 Gb/s for hosts and 49 x 400 Gb/s: 31 local, 18 global",
             "routers_per_group 31 or global_ports 17"],
        ),
        (
            "dragonfly", {"hosts_per_router": 2, "routers_per_group": 4, "global_ports": 2}, 73,
            64, "RP322", "global_ports",
            ["73 end points", "the most is 72", "groups 9", "change hosts_per_router"],
        ),
        (
            "dragonfly", {}, 10**6, 16, "RP301", "switch",
            ["1,000,000 end points a plane", "the most is 1,332", "add planes"],
        ),
        (
            "dragonfly-plus", {"spines_per_group": 2, "global_ports": 2, "groups": 6}, 10, 64,
            "RP322", "groups", ["6 groups need 5 global ports", "at most 5 groups"],
        ),
        (
            "dragonfly-plus", {"hosts_per_leaf": 40, "spines_per_group": 30}, 10, 64,
            "RP301", "switch",
            ["a leaf needs 40 x 400", "hosts_per_leaf 34 or spines_per_group 24"],
        ),
        (
            "dragonfly-plus", {"leaves_per_group": 40, "global_ports": 30}, 10, 64,
            "RP301", "switch",
            ["a spine needs 40 ports for leaves and 30", "leaves_per_group 34 or global_ports 24"],
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_what_would_fit(
    topology: str, keys: dict[str, Any], ends: int, ports: int, code: str, path: str,
    said: list[str],
) -> None:  # fmt: skip
    spec = spec_of(topology, **keys)
    problems = problems_of(MODULES[topology], spec, blocks_of([ends]), offers_of(ports))
    assert problems is not None
    assert [(problem.code, problem.path) for problem in problems] == [(code, (path,))]
    for words in said:
        assert words in f"{problems[0].message}; {problems[0].hint}"


@pytest.mark.parametrize("topology", sorted(MODULES))
def test_planes_that_do_not_divide_the_ports_are_refused(topology: str) -> None:
    blocks = blocks_of([10], 4)
    problems = problems_of(MODULES[topology], spec_of(topology, planes=3), blocks, offers_of(64))
    assert problems is not None
    assert [problem.code for problem in problems] == ["RP307"]
    uneven = (*blocks, replace(blocks[0], ports=8))
    problems = problems_of(MODULES[topology], spec_of(topology), uneven, offers_of(64))
    assert problems is not None
    assert [problem.code for problem in problems] == ["RP305"]
