"""Fat trees against brute force: what can be built, with how many switches, how wide."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import maximum_flow
from tests.properties import invariants
from tests.properties.tree_wishes import (
    RATIOS,
    Tree,
    Wish,
    cables,
    fat_trees,
    granted,
    numbered,
    plain,
    rails_alone,
    wish_of,
    zones,
)

from rackplan.errors import InfeasibleError
from rackplan.fabrics import two_zone
from rackplan.sizes import HOST
from rackplan.topology import LinkBatch
from rackplan.wiring import IntArray, divisors

ONES = (Fraction(1), Fraction(1), Fraction(1))
RATIO = st.sampled_from([*RATIOS, Fraction(4)])


@given(st.one_of(fat_trees(), rails_alone(), zones()))
def test_a_tree_is_counted_or_refused_with_a_rule(wish: Wish) -> None:
    tree = granted(wish)
    if tree is not None:
        event(f"{tree.sized.tiers} tiers")
        return
    event("refused")
    with pytest.raises(InfeasibleError, match=r"RP301|RP324"):
        wish.size()


# --- what can be built ----------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A tree of equal hosts, one port each, on switches of one kind."""

    ports: int
    tiers: int
    ratios: tuple[Fraction, Fraction, Fraction] = ONES

    def wish(self, hosts: int, **keys: Any) -> Wish:
        names = ("leaf", "spine", "core")
        ratios = dict(zip(names, self.ratios, strict=True))
        return wish_of(hosts, self.ports, tiers=self.tiers, oversubscription=ratios, **keys)

    def is_granted(self, hosts: int, **keys: Any) -> bool:
        return granted(self.wish(hosts, **keys)) is not None


def splits(ports: int, ratio: Fraction) -> Iterator[tuple[int, int]]:
    """Ports down and up of a switch, dark ports allowed, within the ratio."""
    for down in range(1, ports):
        for up in range(1, ports - down + 1):
            if down <= ratio * up:
                yield down, up


def capacity(asked: Asked) -> int:
    """The most hosts of any tree of equal bundles, over every way to share out the ports."""
    ports, (leaf, spine, core) = asked.ports, asked.ratios
    if asked.tiers == 1:
        return ports
    most = 0
    for hosts, up in splits(ports, leaf):
        for bundle in divisors(up):
            if asked.tiers == 2:
                most = max(most, ports // bundle * hosts)
                continue
            for down, spine_up in splits(ports, spine):
                leaves = down // bundle
                for wide in divisors(spine_up):
                    if asked.tiers == 3:
                        most = max(most, ports // wide * leaves * hosts)
                        continue
                    for low, core_up in splits(ports, core):
                        groups = low // wide
                        pods = max(ports // top for top in divisors(core_up))
                        most = max(most, pods * groups * leaves * hosts)
    return most


@settings(max_examples=150)
@given(st.integers(2, 9), st.integers(1, 4), RATIO, RATIO, RATIO, st.data())
def test_what_can_be_built_is_granted_and_nothing_more(
    ports: int, tiers: int, leaf: Fraction, spine: Fraction, core: Fraction, data: st.DataObject
) -> None:
    asked = Asked(ports, tiers, (leaf, spine, core))
    most = capacity(asked)
    assume(most < 20_000)
    bundles = data.draw(st.sampled_from(["uniform", "spread"]))
    assert not asked.is_granted(most + 1, bundles=bundles)
    if most:
        hosts = data.draw(st.integers(1, most))
        assert asked.is_granted(most, bundles=bundles)
        assert asked.is_granted(hosts, bundles=bundles)


@given(ports=st.integers(2, 64), nodes=st.integers(1, 600))
def test_a_plain_tree_is_refused_only_above_the_limit_of_its_tiers(ports: int, nodes: int) -> None:
    half = ports // 2
    limits = {1: ports, 2: half * ports, 3: half**2 * ports, 4: half**3 * ports}
    for tiers, limit in limits.items():
        assert Asked(ports, tiers).is_granted(nodes) == (nodes <= limit), (tiers, limit)


@pytest.mark.parametrize("ports", [2, 4, 5, 6, 8, 10])
def test_the_limits_of_the_tiers_themselves_are_granted(ports: int) -> None:
    half = ports // 2
    for tiers, limit in ((2, half * ports), (3, half**2 * ports), (4, half**3 * ports)):
        assert Asked(ports, tiers).is_granted(limit)
        assert not Asked(ports, tiers).is_granted(limit + 1)


@given(st.integers(2, 8), st.integers(1, 700))
def test_tiers_that_nobody_names_are_as_few_as_can_be_built(ports: int, hosts: int) -> None:
    tree = granted(wish_of(hosts, ports))
    few = [tiers for tiers in (1, 2, 3, 4) if Asked(ports, tiers).is_granted(hosts)]
    assert (tree is None) == (not few)
    if tree is not None:
        assert tree.sized.tiers == few[0]


def told(text: str, what: str) -> int:
    """The number before some words of a reason."""
    found = re.search(rf"([\d,]+) {what}", text)
    assert found, text
    return int(found[1].replace(",", ""))


@given(st.integers(3, 24), st.sampled_from([None, 1, 2, 3, 4]), RATIO, RATIO, st.integers(1, 400))
def test_the_limit_that_is_told_can_be_built_and_in_groups_like_these_no_more(
    ports: int, tiers: int | None, leaf: Fraction, spine: Fraction, hosts: int
) -> None:
    keys: dict[str, Any] = {"oversubscription": {"leaf": leaf, "spine": spine}}
    tree = granted(wish_of(hosts, ports, tiers=tiers, **keys))
    assume(tree is not None)
    assert tree is not None
    most = told(tree.sized.reasons["limit"], "end points")
    assert most >= hosts
    assume(most < 20_000)
    asked = keys | {"tiers": tree.sized.tiers}
    if tree.sized.tiers > 2:
        asked["leaves_per_group"] = tree.shape.largest_group
    assert granted(wish_of(most, ports, **asked)) is not None
    if tree.sized.tiers < 4:
        assert granted(wish_of(most + 1, ports, **asked)) is None


@given(st.integers(3, 24), st.integers(2, 3), RATIO, st.integers(1, 400))
def test_what_is_told_to_grow_finds_free_ports_on_the_top_tier(
    ports: int, tiers: int, leaf: Fraction, hosts: int
) -> None:
    tree = granted(wish_of(hosts, ports, tiers=tiers, oversubscription=leaf))
    assume(tree is not None)
    assert tree is not None
    top, what = ("spine", "more leaves") if tiers == 2 else ("core", "more groups")
    used = np.bincount(invariants.ports_used(tree.grown, top)[:, 0])
    children = tree.grown.count("leaf") if tiers == 2 else tree.shape.grouping.groups
    each = used.max() // children
    assert told(tree.sized.reasons["growth"], what) == (ports - used.max()) // each


@given(st.integers(3, 24), RATIO, st.integers(1, 300), st.integers(1, 2))
def test_leaves_that_are_told_to_grow_move_no_cable(
    ports: int, leaf: Fraction, hosts: int, rails: int
) -> None:
    keys: dict[str, Any] = {"tiers": 2, "oversubscription": leaf, "rails": rails}
    tree = granted(wish_of(hosts, ports, ports=rails, **keys))
    assume(tree is not None)
    assert tree is not None
    more = told(tree.sized.reasons["growth"], "more leaves") // rails
    down = tree.shape.kinds[0].down
    units = [(hosts, hosts), (more * down, more * down)][: 1 + (more > 0)]
    later = granted(wish_of(units, ports, ports=rails, **keys))
    assert later is not None
    assert later.grown.count("leaf") == tree.grown.count("leaf") + more * rails
    assert later.grown.count("spine") == tree.grown.count("spine")
    for batch in tree.grown.wiring.links:
        assert cables(batch) <= cables(later.grown.batch(batch.tier))


# --- with how many switches -----------------------------------------------------------------


def fewest_above(asked: Asked, tree: Tree) -> int:
    """The fewest switches above the same leaves, over every grouping of four leaves or more."""
    ports, (_, spine, core) = asked.ports, asked.ratios
    leaves, kind = tree.grown.count("leaf"), tree.shape.kinds[0]
    if asked.tiers == 2:
        return min(
            spines
            for up in range(tree.shape.up, ports - kind.down + 1)
            for spines in divisors(up)
            if leaves * (up // spines) <= ports
        )
    fewest = []
    for size in range(min(4, leaves), leaves + 1):
        groups = -(-leaves // size)
        for spines in divisors(kind.up):
            down = size * (kind.up // spines)
            spine_up = -(-down * spine.denominator // spine.numerator)
            if down + spine_up > ports:
                continue
            for cores in divisors(spine_up):
                wide = spine_up // cores
                if asked.tiers == 3:
                    if groups * wide <= ports:
                        fewest.append(groups * spines + spines * cores)
                    continue
                for per_pod in range(1, groups + 1):
                    low, pods = per_pod * wide, -(-groups // per_pod)
                    core_up = -(-low * core.denominator // core.numerator)
                    if low + core_up <= ports:
                        fewest += [
                            groups * spines + spines * cores * (pods + tops)
                            for tops in divisors(core_up)
                            if pods * (core_up // tops) <= ports
                        ]
    return min(fewest)


@given(st.integers(8, 24), st.sampled_from([2, 3, 4]), RATIO, RATIO, RATIO, st.integers(1, 200))
@example(8, 4, Fraction(1), Fraction(5, 3), Fraction(1, 2), 1)
def test_no_tree_of_the_same_leaves_needs_fewer_switches(
    ports: int, tiers: int, leaf: Fraction, spine: Fraction, core: Fraction, hosts: int
) -> None:
    asked = Asked(ports, tiers, (leaf, spine, core))
    tree = granted(asked.wish(hosts))
    assume(tree is not None)
    assert tree is not None
    assume(tiers == 2 or tree.shape.largest_group >= min(4, tree.grown.count("leaf")))
    found = sum(tree.sized.switches().values()) - tree.grown.count("leaf")
    assert found == fewest_above(asked, tree)


@given(fat_trees((2, 3, 4)))
def test_spread_bundles_take_the_fewest_top_switches_and_never_more_than_equal_ones(
    wish: Wish,
) -> None:
    equal, dealt = (granted(wish.but(bundles=bundles)) for bundles in ("uniform", "spread"))
    assert (equal is None) == (dealt is None)
    if equal is None or dealt is None:
        return
    assert sum(dealt.sized.switches().values()) <= sum(equal.sized.switches().values())
    top = dealt.sized.roles[-1]
    ports = sum(bank.ports for bank in top.layouts[0])
    sets = len(np.unique(dealt.column(top.name).group)) if dealt.sized.tiers == 3 else 1
    if dealt.sized.tiers < 4:
        links = dealt.sized.links[-1].links // dealt.sized.planes // sets
        assert dealt.grown.count(top.name) // sets == -(-links // ports)


@given(fat_trees((2, 3, 4)))
def test_the_number_of_parents_divides_the_uplinks_unless_they_are_dealt(wish: Wish) -> None:
    tree = granted(wish.but(bundles="uniform"))
    assume(tree is not None)
    assert tree is not None
    above = tree.above
    assert above.spines in divisors(tree.shape.up)
    if above.tiers > 2:
        assert above.cores in divisors(above.spine_up)
    if above.tiers > 3:
        assert above.tops in divisors(above.core_up)


@given(fat_trees((2, 3)))
def test_doubling_the_units_doubles_the_leaves(wish: Wish) -> None:
    blocks = [replace(one, unit=-1) for one in wish.blocks if not wish.is_guest(one)]
    once, twice = (granted(wish.but(blocks=numbered(blocks * times))) for times in (1, 2))
    assume(once is not None)
    assume(twice is not None)
    assert once is not None
    assert twice is not None
    assert twice.grown.count("leaf") == 2 * once.grown.count("leaf")


# --- how wide -------------------------------------------------------------------------------


def least_cut(tree: Tree) -> int:
    """The least max-flow over all even cuts of the hosts, in links; of an odd one either half."""
    switches = invariants.adjacency(tree.grown, with_hosts=True).astype(np.int32)
    size, hosts = switches.shape[0], tree.grown.hosts
    graph = np.zeros((size + 2, size + 2), dtype=np.int32)
    graph[:size, :size] = switches.toarray()
    least = hosts
    for half in itertools.combinations(range(hosts), hosts // 2):
        if hosts % 2 == 0 and 0 not in half:
            continue
        cut = graph.copy()
        for host in range(hosts):
            node = size - hosts + host
            if host in half:
                cut[size, node] = 1
            else:
                cut[node, size + 1] = 1
        least = min(least, int(maximum_flow(sp.csr_array(cut), size, size + 1).flow_value))
    return least


@given(
    st.integers(3, 9),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.sampled_from([None, 2, 3, 4]),
    RATIO,
    RATIO,
    st.sampled_from([None, 1, 2]),
)
def test_the_bisection_of_equal_bundles_is_the_least_max_flow_over_all_even_cuts(
    ports: int,
    units: list[int],
    tiers: int | None,
    leaf: Fraction,
    spine: Fraction,
    per_group: int | None,
) -> None:
    assume(2 <= sum(units) <= 8)
    tree = granted(wish_of([(nodes, nodes) for nodes in units], ports, tiers=tiers,
                           oversubscription={"leaf": leaf, "spine": spine},
                           leaves_per_group=per_group))  # fmt: skip
    assume(tree is not None)
    assert tree is not None
    event(f"{tree.sized.tiers} tiers")
    told = tree.sized.bisection_gbps
    assert told is not None
    assert abs(told / 400 - least_cut(tree)) <= Fraction(sum(units) % 2, 2)


@given(st.integers(3, 9), st.integers(1, 4), st.integers(1, 2), st.sampled_from([None, 1, 2, 3]))
def test_the_bisection_of_two_equal_zones_is_the_way_between_them(
    ports: int, nodes: int, switches: int, links: int | None
) -> None:
    spec = two_zone.Spec(
        topology="two-zone", switch="s", interzone_switches=switches, interzone_links=links
    )
    blocks = invariants.blocks_of([nodes, nodes])
    tree = granted(Wish(two_zone, spec, blocks, plain(ports)))
    assume(tree is not None)
    assert tree is not None
    told = tree.sized.bisection_gbps
    event("no formula" if told is None else "the way between")
    if told is not None:
        assert told / 400 == least_cut(tree)


# --- routes over the wiring -----------------------------------------------------------------


def up_links(batch: LinkBatch) -> IntArray:
    """The parent behind every up port of every switch; shape (switches, up ports)."""
    ports = batch.lower_port - batch.lower_port.min()
    table = np.full((batch.lower.max() + 1, ports.max() + 1), -1)
    table[batch.lower, ports] = batch.upper
    assert (table >= 0).all()
    return table


def largest_load(asked: Asked, nodes: int, **keys: Any) -> int:
    """The most routes on one link over all shift permutations, up and down, by D-mod-K.

    A route climbs over the up port that its destination gives, and comes down over the port that
    the destination's own leaf, spine and core have for it: the wiring must make both meet.
    """
    tree = granted(asked.wish(nodes, **keys))
    assert tree is not None
    shape = tree.shape
    leaf_of = tree.grown.batch("host_leaf").upper
    group_of = shape.grouping.group[leaf_of]
    families = [group_of, shape.pods()[0][group_of], np.zeros(nodes)][: asked.tiers - 1]
    tables = [up_links(batch) for batch in tree.grown.wiring.links if batch.lower_role != HOST]
    worst = 0
    source = np.arange(nodes)
    for shift in range(1, nodes):
        target = (source + shift) % nodes
        here, there, name = leaf_of[source], leaf_of[target], target
        for table, family in zip(tables, families, strict=True):
            apart = here != there
            port, name = name % table.shape[1], name // table.shape[1]
            for switch in (here, there):
                ends = np.stack([switch, port])[:, apart]
                loads = np.unique(ends, axis=1, return_counts=True)[1]
                worst = max(worst, int(loads.max(initial=0)))
            here, there = (
                np.where(apart, table[np.where(apart, switch, 0), port], 0)
                for switch in (here, there)
            )
            near = family[source] == family[target]
            assert np.array_equal(here[near], there[near]), "they meet as low as they can"
        assert np.array_equal(here, there)
    return worst


@pytest.mark.parametrize(
    ("ports", "nodes", "tiers"),
    [
        pytest.param(4, 32, 4, id="four tiers of 4 ports, full"),
        pytest.param(8, 128, 3, id="three tiers of 8 ports, full"),
        pytest.param(8, 32, 2, id="two tiers of 8 ports, full"),
        pytest.param(16, 32, 2, id="two tiers of 16 ports in bundles of 4"),
        pytest.param(12, 72, 2, id="two tiers of 12 ports, full"),
    ],
)
def test_shift_permutations_load_no_link_twice_in_a_full_tree(
    ports: int, nodes: int, tiers: int
) -> None:
    """E. Zahavi, D-Mod-K, CCIT Report 776: contention-free on trees of constant bundles."""
    assert largest_load(Asked(ports, tiers), nodes) == 1


def test_shift_permutations_load_links_twice_at_two_to_one() -> None:
    assert largest_load(Asked(9, 2, (Fraction(2), *ONES[1:])), 24) == 2


@settings(max_examples=20)
@given(st.sampled_from([4, 6, 8, 10, 12]), st.integers(2, 12))
def test_shift_permutations_load_no_link_twice_in_any_tree_of_full_leaves(
    ports: int, leaves: int
) -> None:
    assume(leaves <= ports)
    nodes = leaves * (ports // 2)
    assume(nodes > ports)
    assert largest_load(Asked(ports, 2), nodes) == 1
