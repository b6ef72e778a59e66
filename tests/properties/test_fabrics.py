"""Properties of fat trees over random shapes: what holds for every tree that `size()` accepts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from rackplan.design import EndBlock, FabricSize
from rackplan.errors import InfeasibleError
from rackplan.fabrics import fat_tree
from rackplan.topology import LinkBatch, Wiring
from rackplan.wiring import IntArray, divisors

RATIOS = [Fraction(1), Fraction(2), Fraction(3), Fraction(16, 15), Fraction(1, 2), Fraction(5, 3)]


@dataclass(frozen=True)
class Wanted:
    """What is asked of `size()`."""

    spec: fat_tree.Spec
    blocks: tuple[EndBlock, ...]
    ports: int

    def size(self) -> FabricSize:
        return fat_tree.size(self.spec, self.blocks, self.ports, "the switch")

    def with_blocks(self, blocks: tuple[EndBlock, ...]) -> Wanted:
        return Wanted(self.spec, blocks, self.ports)

    def per_rail(self) -> int:
        """Ports of a node on one rail of one plane."""
        return self.blocks[0].ports // self.spec.rails // self.spec.planes


@dataclass(frozen=True)
class Tree:
    """A tree that was accepted: its counts and the links of one plane."""

    wanted: Wanted
    sized: FabricSize
    wiring: Wiring

    def batch(self, tier: str) -> LinkBatch:
        return next(batch for batch in self.wiring.links if batch.tier == tier)

    def count(self, role: str) -> int:
        """Switches of a role in one plane."""
        return self.sized.switches().get(role, 0) // self.sized.planes


def blocks_of(sizes: list[tuple[int, int]], ports: int) -> tuple[EndBlock, ...]:
    """SUs from pairs of nodes that stand there and nodes that are designed for."""
    first = 0
    blocks = []
    for nodes, full in sizes:
        blocks.append(EndBlock(nodes, full, first, ports))
        first += nodes
    return tuple(blocks)


@st.composite
def wishes(draw: st.DrawFn, tiers: tuple[int | None, ...] = (None, None, 1, 2, 3)) -> Wanted:
    """Small trees: odd and even switches, rails, planes, partial SUs, reserved ports."""
    ports = draw(st.one_of(st.integers(2, 12), st.integers(12, 40), st.integers(24, 64)))
    rails, planes, each = (draw(st.integers(1, n)) for n in (4, 3, 2))
    spec = fat_tree.Spec(
        topology="fat-tree",
        switch="switch",
        rails=rails,
        planes=planes,
        reserved_ports=draw(st.integers(0, max(0, ports // 3))),
        tiers=draw(st.sampled_from(tiers)),
        oversubscription=draw(st.sampled_from(RATIOS)),
        leaves_per_group=draw(st.sampled_from([None, None, None, 1, 2, 3, 5])),
    )
    full = draw(st.integers(1, 16))
    units = draw(st.integers(1, 5))
    sizes = [(draw(st.integers(1, full)), full) for _ in range(draw(st.integers(0, 2)))]
    sizes += [(full, full)] * (units - 1) + [(draw(st.integers(1, full)), full)]
    return Wanted(spec, blocks_of(sizes, rails * planes * each), ports)


def grown(wanted: Wanted) -> Tree | None:
    """The tree, or None where it is refused."""
    try:
        sized = wanted.size()
    except InfeasibleError:
        return None
    return Tree(wanted, sized, fat_tree.wire(wanted.spec, sized, wanted.blocks))


TREES = wishes((None,)).map(grown).filter(lambda tree: tree is not None)
BROAD = wishes((2,)).map(grown).filter(lambda tree: tree is not None)
TALL = wishes((3,)).map(grown).filter(lambda tree: tree is not None)
ANY_TREE = st.one_of(TREES, BROAD, TALL)


def used_ports(tree: Tree, role: str) -> list[tuple[int, ...]]:
    """The ports with a link of every switch of a role, in order."""
    ends: list[list[int]] = [[] for _ in range(tree.count(role))]
    for batch in tree.wiring.links:
        for which, switch, port in (
            (batch.lower_role, batch.lower, batch.lower_port),
            (batch.upper_role, batch.upper, batch.upper_port),
        ):
            if which == role:
                for s, p in zip(switch.tolist(), port.tolist(), strict=True):
                    ends[s].append(p)
    return [tuple(sorted(ports)) for ports in ends]


def bundles(batch: LinkBatch) -> dict[tuple[int, int], int]:
    """Links between every pair of switches that has any."""
    return dict(Counter(zip(batch.lower.tolist(), batch.upper.tolist(), strict=True)))


@given(wishes())
def test_a_tree_is_counted_or_refused_with_a_rule(wanted: Wanted) -> None:
    tree = grown(wanted)
    if tree is not None:
        event(f"{tree.sized.tiers} tiers")
        assert tree.sized.tiers == (wanted.spec.tiers or tree.sized.tiers)
        return
    event("refused")
    with pytest.raises(InfeasibleError, match="RP301"):
        wanted.size()


@given(ANY_TREE)
def test_no_port_carries_two_links_and_none_lies_beyond_the_switch(tree: Tree) -> None:
    event(f"{tree.sized.tiers} tiers")
    for role in tree.sized.switches():
        for ports in used_ports(tree, role):
            assert len(set(ports)) == len(ports)
            assert not ports or (ports[0] >= 0 and ports[-1] < tree.wanted.ports)


@given(ANY_TREE)
def test_every_port_of_every_node_is_used_once_over_all_planes(tree: Tree) -> None:
    hosts = tree.batch("host_leaf")
    planes = tree.sized.planes
    ends = Counter(
        (node, port + plane)
        for plane in range(planes)
        for node, port in zip(hosts.lower.tolist(), hosts.lower_port.tolist(), strict=True)
    )
    nodes = sum(block.nodes for block in tree.wanted.blocks)
    ports = tree.wanted.blocks[0].ports
    assert ends == Counter((node, port) for node in range(nodes) for port in range(ports))


@given(ANY_TREE)
def test_the_formulas_count_the_rows(tree: Tree) -> None:
    planes = tree.sized.planes
    rows = {batch.tier: len(batch.lower) * planes for batch in tree.wiring.links}
    assert tree.sized.links_by_tier() == rows
    columns = {column.role: len(column.rail) * planes for column in tree.wiring.switches}
    assert tree.sized.switches() == columns


@given(ANY_TREE)
def test_the_classes_of_port_use_are_those_of_the_rows(tree: Tree) -> None:
    for role in tree.sized.roles:
        told: Counter[tuple[int, ...]] = Counter()
        for use in role.uses:
            ports = [port for start, stop in use.ranges for port in range(start, stop)]
            told[tuple(ports)] += use.switches
        found = Counter(used_ports(tree, role.name) * tree.sized.planes)
        assert +told == found


@given(st.one_of(BROAD, TALL))
def test_every_leaf_has_equal_bundles_to_every_spine_that_it_reaches(tree: Tree) -> None:
    shape = tree.sized.shape
    batch = tree.batch("leaf_spine")
    told = next(tier.bundle for tier in tree.sized.links if tier.name == "leaf_spine")
    widths = bundles(batch)
    assert set(widths.values()) == {told}
    reached = Counter(leaf for leaf, _ in widths)
    assert reached == Counter(dict.fromkeys(range(tree.count("leaf")), shape.spines))
    if tree.sized.tiers == 2:
        assert len(widths) == tree.count("leaf") * tree.count("spine")


@given(TALL)
def test_every_spine_has_equal_bundles_to_every_core_of_its_set(tree: Tree) -> None:
    shape = tree.sized.shape
    batch = tree.batch("spine_core")
    told = next(tier.bundle for tier in tree.sized.links if tier.name == "spine_core")
    widths = bundles(batch)
    assert set(widths.values()) == {told}
    sets: dict[int, set[int]] = {}
    for spine, core in widths:
        sets.setdefault(spine % shape.spines, set()).add(core)
    assert all(len(cores) == shape.cores for cores in sets.values())
    assert len(widths) == tree.count("spine") * shape.cores


@given(ANY_TREE)
def test_a_leaf_keeps_to_its_down_ports_its_oversubscription_and_its_reserve(tree: Tree) -> None:
    spec, shape = tree.wanted.spec, tree.sized.shape
    hosts = Counter(tree.batch("host_leaf").upper.tolist())
    assert max(hosts.values()) <= shape.down
    assert shape.down + shape.up <= tree.wanted.ports - spec.reserved_ports
    if tree.sized.tiers > 1:
        assert Fraction(shape.down, shape.up) <= spec.oversubscription
        assert tree.sized.oversubscription["leaf"] == Fraction(shape.down, shape.up)
    if tree.sized.tiers > 2:
        assert tree.sized.oversubscription["spine"] == 1


@given(ANY_TREE)
def test_the_switches_of_a_plane_hang_together_and_all_nodes_with_them(tree: Tree) -> None:
    nodes = sum(block.nodes for block in tree.wanted.blocks)
    start = {"host": 0}
    total = nodes
    for role in tree.sized.switches():
        start[role] = total
        total += tree.count(role)
    a = np.concatenate([b.lower + start[b.lower_role] for b in tree.wiring.links])
    b = np.concatenate([b.upper + start[b.upper_role] for b in tree.wiring.links])
    graph = sp.coo_array((np.ones(len(a)), (a, b)), shape=(total, total))
    parts, _ = connected_components(graph, directed=False)
    assert parts == 1
    switches = sp.csr_array(graph)[nodes:, nodes:]
    assert connected_components(switches, directed=False)[0] == 1, "hosts must not be the bridge"


@given(st.one_of(BROAD, TALL))
def test_a_leaf_serves_one_rail_and_one_unit(tree: Tree) -> None:
    hosts = tree.batch("host_leaf")
    columns = {column.role: column for column in tree.wiring.switches}
    assert np.array_equal(columns["leaf"].rail[hosts.upper], hosts.rail)
    per_rail = tree.wanted.per_rail() * tree.sized.planes
    assert np.array_equal(hosts.lower_port // per_rail, hosts.rail)
    unit = np.repeat(
        np.arange(len(tree.wanted.blocks)), [block.nodes for block in tree.wanted.blocks]
    )
    pairs = set(zip(hosts.upper.tolist(), unit[hosts.lower].tolist(), strict=True))
    assert len(pairs) == len({leaf for leaf, _ in pairs})


@given(ANY_TREE)
def test_a_link_keeps_to_its_group_and_tells_its_rail(tree: Tree) -> None:
    columns = {column.role: column for column in tree.wiring.switches}
    if tree.sized.tiers > 1:
        batch = tree.batch("leaf_spine")
        assert np.array_equal(columns["leaf"].rail[batch.lower], batch.rail)
        if tree.sized.tiers > 2:
            groups = columns["leaf"].group[batch.lower], columns["spine"].group[batch.upper]
            assert np.array_equal(*groups)
            rails = columns["leaf"].rail[batch.lower], columns["spine"].rail[batch.upper]
            assert np.array_equal(*rails)
    if tree.sized.tiers > 2:
        batch = tree.batch("spine_core")
        assert np.array_equal(columns["spine"].rail[batch.lower], batch.rail)


@given(wishes((None, 2, 3)), st.integers(1, 12))
def test_more_nodes_never_mean_fewer_leaves_or_tiers(wanted: Wanted, more: int) -> None:
    last = wanted.blocks[-1]
    larger = EndBlock(last.nodes + more, max(last.full_nodes, last.nodes + more),
                      last.first_node, last.ports)  # fmt: skip
    small, large = grown(wanted), grown(wanted.with_blocks((*wanted.blocks[:-1], larger)))
    assume(small is not None)
    assume(large is not None)
    assert small.sized.tiers <= large.sized.tiers
    assert small.count("leaf") <= large.count("leaf")


@given(wishes((2, 3)))
def test_doubling_the_units_doubles_the_leaves(wanted: Wanted) -> None:
    sizes = [(block.nodes, block.full_nodes) for block in wanted.blocks]
    once = grown(wanted)
    twice = grown(wanted.with_blocks(blocks_of(sizes * 2, wanted.blocks[0].ports)))
    assume(once is not None)
    assume(twice is not None)
    assert twice.count("leaf") == 2 * once.count("leaf")


def homes(tree: Tree) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Rail, number within the rail, and leaf port that each port of each node is plugged into."""
    hosts = tree.batch("host_leaf")
    in_rail = hosts.upper % tree.sized.shape.leaves_per_rail
    return dict(zip(
        zip(hosts.lower.tolist(), hosts.lower_port.tolist(), strict=True),
        zip(hosts.rail.tolist(), in_rail.tolist(), hosts.upper_port.tolist(), strict=True),
        strict=True,
    ))  # fmt: skip


@given(wishes((2, 3)), st.integers(1, 3))
def test_a_further_unit_moves_no_cable_of_the_nodes_that_stand(wanted: Wanted, more: int) -> None:
    full = wanted.blocks[-1].full_nodes
    sizes = [(block.nodes, block.full_nodes) for block in wanted.blocks]
    later = wanted.with_blocks(blocks_of(sizes + [(full, full)] * more, wanted.blocks[0].ports))
    before, after = grown(wanted), grown(later)
    assume(before is not None)
    assume(after is not None)
    kept = homes(after)
    assert {end: kept[end] for end in homes(before)} == homes(before)


@given(wishes((2,)))
def test_filling_a_partial_last_unit_changes_no_switch_and_no_uplink(wanted: Wanted) -> None:
    last = wanted.blocks[-1]
    whole = EndBlock(last.full_nodes, last.full_nodes, last.first_node, last.ports)
    before, after = grown(wanted), grown(wanted.with_blocks((*wanted.blocks[:-1], whole)))
    assume(before is not None)
    assert after is not None
    assert before.sized.switches() == after.sized.switches()
    for field in ("lower", "lower_port", "upper", "upper_port"):
        old, new = (getattr(tree.batch("leaf_spine"), field) for tree in (before, after))
        assert np.array_equal(old, new)


@given(ports=st.integers(2, 64), nodes=st.integers(1, 600))
def test_a_plain_tree_is_refused_only_above_the_limit_of_its_tiers(ports: int, nodes: int) -> None:
    half = ports // 2
    limits = {1: ports, 2: half * ports, 3: half * half * ports}
    for tiers, limit in limits.items():
        spec = fat_tree.Spec(topology="fat-tree", switch="switch", tiers=tiers)
        wanted = Wanted(spec, blocks_of([(nodes, nodes)], 1), ports)
        assert (grown(wanted) is not None) == (nodes <= limit), (tiers, limit)


@given(ANY_TREE)
def test_the_number_of_spines_divides_the_uplinks(tree: Tree) -> None:
    shape = tree.sized.shape
    if tree.sized.tiers > 1:
        assert shape.spines in divisors(shape.up)
    if tree.sized.tiers > 2:
        assert shape.cores in divisors(shape.spine_up)


# --- routes over the wiring -----------------------------------------------------------------


def up_links(batch: LinkBatch, first_port: int) -> IntArray:
    """The parent behind every up port of every switch; shape (switches, up ports)."""
    ports = batch.lower_port - first_port
    table = np.full((batch.lower.max() + 1, ports.max() + 1), -1)
    table[batch.lower, ports] = batch.upper
    assert (table >= 0).all()
    return table


def largest_load(ports: int, nodes: int, tiers: int, ratio: Fraction = Fraction(1)) -> int:
    """The most routes on one link over all shift permutations, up and down, by D-mod-K.

    A route climbs over the up port that its destination gives, and comes down over the port that
    the destination's own leaf and spine have for it: the wiring must make both meet.
    """
    spec = fat_tree.Spec(topology="fat-tree", switch="switch", tiers=tiers, oversubscription=ratio)
    tree = grown(Wanted(spec, blocks_of([(nodes, nodes)], 1), ports))
    assert tree is not None
    shape = tree.sized.shape
    leaf_of = tree.batch("host_leaf").upper
    spine_of = up_links(tree.batch("leaf_spine"), shape.down)
    core_of = None
    if tiers == 3:
        core_of = up_links(tree.batch("spine_core"), shape.group * shape.up // shape.spines)
    worst = 0
    source = np.arange(nodes)
    for shift in range(1, nodes):
        target = (source + shift) % nodes
        here, there = leaf_of[source], leaf_of[target]
        port = target % shape.up
        far = here != there
        ups = [np.stack([here, port])[:, far]]
        downs = [np.stack([there, port])[:, far]]
        up, down = spine_of[here, port], spine_of[there, port]
        if core_of is None:
            assert np.array_equal(up[far], down[far]), "up and down meet in one spine"
        else:
            farther = far & (here // shape.group != there // shape.group)
            assert np.array_equal(up[far & ~farther], down[far & ~farther])
            high = (target // shape.up) % shape.spine_up
            assert np.array_equal(core_of[up, high][farther], core_of[down, high][farther])
            ups.append(np.stack([up, high])[:, farther])
            downs.append(np.stack([down, high])[:, farther])
        for ends in ups + downs:
            if ends.size:
                worst = max(worst, int(np.unique(ends, axis=1, return_counts=True)[1].max()))
    return worst


@pytest.mark.parametrize(
    ("ports", "nodes", "tiers"),
    [
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
    assert largest_load(ports, nodes, tiers) == 1


def test_shift_permutations_load_links_twice_at_two_to_one() -> None:
    assert largest_load(9, 24, 2, Fraction(2)) == 2


@settings(max_examples=20)
@given(st.sampled_from([4, 6, 8, 10, 12]), st.integers(2, 12))
def test_shift_permutations_load_no_link_twice_in_any_tree_of_full_leaves(
    ports: int, leaves: int
) -> None:
    assume(leaves <= ports)
    nodes = leaves * (ports // 2)
    assume(nodes > ports)
    assert largest_load(ports, nodes, 2) == 1
