"""Properties of all trees with all their keys: what holds for every wish that is granted."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import scipy.sparse as sp
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from tests.properties import invariants
from tests.properties.tree_wishes import (
    Tree,
    Wish,
    cables,
    fat_trees,
    granted,
    numbered,
    rails_alone,
    zones,
)

from rackplan.fabrics import rail_only, two_zone
from rackplan.sizes import HOST
from rackplan.trees.counting import ACROSS
from rackplan.wiring import IntArray

ANY_WISH = st.one_of(fat_trees(), fat_trees(), rails_alone(), zones())
ANY_TREE = ANY_WISH.map(granted).filter(lambda tree: tree is not None)
FAT_TREE = fat_trees().map(granted).filter(lambda tree: tree is not None)
TALL = fat_trees((2, 3, 4)).map(granted).filter(lambda tree: tree is not None)

UPPER = ("leaf", "spine", "core", "supercore")


# --- counts and ports -----------------------------------------------------------------------


@settings(max_examples=250)
@given(ANY_TREE)
def test_formulas_count_the_rows_and_no_port_is_used_twice_or_beyond_its_bank(tree: Tree) -> None:
    event(f"{tree.sized.tiers} tiers")
    event(tree.wish.spec.topology)
    grown = tree.grown
    invariants.assert_arrays(grown)
    planes = {"planes": tree.sized.planes}  # the rails of a rail-only fabric are its planes
    invariants.assert_counts(replace(grown, spec=tree.wish.spec.model_copy(update=planes)))
    invariants.assert_order_of_ends(grown)
    invariants.assert_no_port_twice(grown)
    invariants.assert_port_uses(grown)
    invariants.assert_banks(grown)
    invariants.assert_bundles(grown)
    invariants.assert_words(grown)
    assert_repeatable(tree)


def assert_repeatable(tree: Tree) -> None:
    """The same wish gives the same counts and the same rows in the same order."""
    again = granted(tree.wish)
    assert again is not None
    assert replace(again.sized, shape=None) == replace(tree.sized, shape=None)
    for old, new in zip(tree.grown.ends, again.grown.ends, strict=True):
        for one, other in zip(old.sides(), new.sides(), strict=True):
            assert one[0] == other[0]
            assert np.array_equal(one[1:3], other[1:3])


@settings(max_examples=250)
@given(ANY_TREE)
def test_every_port_of_every_host_is_used_once_over_all_planes(tree: Tree) -> None:
    used = invariants.ports_used(tree.grown, HOST)
    wanted = np.concatenate([
        np.stack([
            block.first_node + np.repeat(np.arange(block.nodes), block.ports),
            np.tile(np.arange(block.ports), block.nodes),
        ], axis=1)
        for block in tree.wish.blocks
    ])  # fmt: skip
    assert np.array_equal(used[np.lexsort((used[:, 1], used[:, 0]))], wanted)


@given(ANY_TREE)
def test_every_link_of_a_host_runs_at_the_hosts_rate(tree: Tree) -> None:
    blocks = tree.wish.blocks
    rate = np.repeat([block.gbps for block in blocks], [block.nodes for block in blocks])
    for ends in tree.grown.ends:
        if ends.lower_role == HOST:
            assert (rate[ends.lower] == tree.grown.tier(ends.tier).gbps).all()


@given(ANY_TREE)
def test_tiers_are_those_asked_for_and_planes_are_equal(tree: Tree) -> None:
    spec, sized = tree.wish.spec, tree.sized
    assert sized.tiers == (spec.tiers or sized.tiers)
    links = Counter(int(plane) for ends in tree.grown.ends for plane in ends.plane)
    assert len(links) == sized.planes
    assert len(set(links.values())) == 1


# --- the way up and down --------------------------------------------------------------------


def ups(tree: Tree) -> list[tuple[str, str, IntArray, IntArray]]:
    """Lower role, upper role and ends of the links between tiers of switches, in one plane."""
    return [
        (batch.lower_role, batch.upper_role, batch.lower, batch.upper)
        for batch in tree.grown.wiring.links
        if batch.lower_role != HOST and batch.tier != ACROSS
    ]


def meets(tree: Tree) -> IntArray:
    """Whether each pair of leaves has a way that goes up and then down; shape (leaves, leaves)."""
    leaves = tree.grown.count("leaf")
    reach = sp.eye_array(leaves, format="csr")
    found = sp.csr_array((leaves, leaves))
    for lower, upper, a, b in ups(tree):
        shape = tree.grown.count(lower), tree.grown.count(upper)
        reach = (reach @ sp.csr_array((np.ones(len(a)), (a, b)), shape=shape)).sign()
        found = (found + reach @ reach.T).sign()
    return found.toarray().astype(bool)


@settings(max_examples=250)
@given(ANY_TREE)
def test_any_two_leaves_of_a_zone_meet_by_going_up_and_then_down(tree: Tree) -> None:
    event(f"{tree.sized.tiers} tiers, {tree.wish.spec.bundles}")
    together = np.ones((tree.grown.count("leaf"),) * 2, dtype=bool)
    if tree.wish.module is two_zone:
        zone = tree.column("leaf").group
        together = zone[:, None] == zone[None, :]
    np.fill_diagonal(together, val=False)
    assert meets(tree)[together].all()


@given(ANY_TREE)
def test_the_switches_of_a_plane_hang_together_and_their_hosts_with_them(tree: Tree) -> None:
    invariants.assert_connected(tree.grown, with_hosts=False)
    parts, label = connected_components(
        invariants.adjacency(tree.grown, with_hosts=True), directed=False
    )
    switches = len(label) - tree.grown.hosts
    joined = int((label[switches:] == label[0]).sum())
    domain = tree.wish.blocks[0].domain if tree.wish.module is rail_only else 1
    assert joined == tree.grown.hosts // domain, "each rail has one host of every domain"
    assert parts == 1 + tree.grown.hosts - joined


@given(ANY_TREE)
def test_bundles_are_equal_or_dealt_so_that_no_parent_has_a_link_more_than_another(
    tree: Tree,
) -> None:
    for lower, upper, a, b in ups(tree):
        zone = tree.column(lower).group[a] if tree.wish.module is two_zone else a * 0
        for one in np.unique(zone):
            assert_bundles_of(tree, upper, a[zone == one], b[zone == one])


def assert_bundles_of(tree: Tree, upper: str, a: IntArray, b: IntArray) -> None:
    """Equal bundles below the top tier, and there unless they are spread."""
    pairs, width = np.unique(np.stack([a, b], axis=1), axis=0, return_counts=True)
    parents = np.bincount(pairs[:, 0])
    assert len(set(parents[parents > 0].tolist())) == 1, "every child has as many parents"
    if tree.wish.spec.bundles == "uniform" or upper != UPPER[tree.sized.tiers - 1]:
        assert len(set(width.tolist())) == 1
        return
    assert width.max() - width.min() <= 1
    shape = (int(a.max()) + 1, int(b.max()) + 1)
    joins = sp.csr_array((np.ones(len(a)), (a, b)), shape=shape)
    family = connected_components(joins.T @ joins, directed=False)[1]  # parents of the same
    links = np.bincount(b)
    for one in np.unique(family[links > 0]):
        of_family = links[(family == one) & (links > 0)]
        assert of_family.max() - of_family.min() <= 1


# --- rates, ratios, reserves ----------------------------------------------------------------


@settings(max_examples=250)
@given(ANY_TREE)
def test_no_tier_is_oversubscribed_more_than_was_asked(tree: Tree) -> None:
    spec, sized = tree.wish.spec, tree.sized
    asked = spec.oversubscription
    limits = {"leaf": asked.leaf, "spine": asked.spine, "core": asked.core}
    for role, ratio in sized.oversubscription.items():
        assert ratio <= limits[role], role
    for role in UPPER[: sized.tiers - 1]:
        if role not in sized.switches():
            continue
        count = tree.grown.count(role)
        down, up = np.zeros(count), np.zeros(count)
        backup = np.zeros(count)
        for batch in tree.grown.wiring.links:
            if batch.plane is not None:
                continue
            rate = tree.grown.tier(batch.tier).gbps
            if batch.upper_role == role:
                down += np.bincount(batch.upper, minlength=count) * rate
                backup += (batch.lower_role == HOST) * spec.backup_ports * rate
            elif batch.lower_role == role:
                toward = down if batch.tier == ACROSS else up
                toward += np.bincount(batch.lower, minlength=count) * rate
        has_up = up > 0  # a zone of one switch has no tier above
        worst = ((down - backup)[has_up] / up[has_up]).max(initial=0)
        assert worst <= float(limits[role]) + 1e-9, role


@given(TALL)
def test_a_leaf_keeps_its_reserve_and_its_ratio_is_that_of_its_ports(tree: Tree) -> None:
    spec, shape, link = tree.wish.spec, tree.shape, tree.wish.offers.link_gbps
    offer = tree.wish.offers.of("leaf")
    for kind in shape.kinds:
        own = offer.ports(kind.gbps)
        if kind.gbps == link:
            assert kind.down + kind.up + spec.reserved_ports <= own
        else:
            assert offer.room(kind.gbps, (kind.up, link)) >= kind.down + spec.reserved_ports
        assert kind.ratio == Fraction(kind.down - spec.backup_ports) * Fraction(kind.gbps) / (
            kind.up * Fraction(link)
        )
        assert kind.down > spec.backup_ports
    assert tree.sized.oversubscription["leaf"] == max(kind.ratio for kind in shape.kinds)
    host_ports = np.array([kind.down for kind in shape.kinds])[shape.leaves.kind]
    assert (shape.leaves.used <= host_ports).all()


def fits(tree: Tree, gbps: float, hosts: int, up: int) -> bool:
    """Whether a leaf has that many host ports and uplinks, cage by cage."""
    offer, link = tree.wish.offers.of("leaf"), tree.wish.offers.link_gbps
    if gbps == link:
        return hosts + up <= offer.ports(gbps)
    if offer.uplinks is not None:
        return hosts <= offer.modes[gbps][0] and up <= offer.uplinks.ports
    taken, ports = Fraction(0), 0
    for wanted, rate in ((hosts, gbps), (up, link)):
        whole, per_cage = offer.modes[rate]
        filled = -(-wanted // max(1, per_cage)) * max(1, per_cage)
        taken, ports = taken + Fraction(filled, whole), ports + filled
    return taken <= 1 and ports <= offer.most_ports


@given(TALL)
def test_no_leaf_whose_uplinks_have_their_full_share_could_serve_a_host_more(tree: Tree) -> None:
    spec, link = tree.wish.spec, tree.wish.offers.link_gbps
    main = tree.shape.kinds[0]
    for up in range(1, tree.wish.offers.of("leaf").ports(link) + 1):
        ratio = Fraction(main.down + 1 - spec.backup_ports) * Fraction(main.gbps) / up
        full = int(spec.oversubscription.leaf * Fraction(up * link) / Fraction(main.gbps))
        if ratio <= spec.oversubscription.leaf * Fraction(link) and fits(
            tree, main.gbps, full + spec.backup_ports + spec.reserved_ports, up
        ):
            assert not fits(tree, main.gbps, main.down + 1 + spec.reserved_ports, up)
    for kind in tree.shape.kinds:
        assert fits(tree, kind.gbps, kind.down + spec.reserved_ports, kind.up)


# --- who stands where -----------------------------------------------------------------------


def host_rows(tree: Tree) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """Host, its port in plane 0, leaf, its port and rail of every host link of a plane."""
    batches = [batch for batch in tree.grown.wiring.links if batch.lower_role == HOST]
    columns = [
        np.concatenate([getattr(batch, name) for batch in batches])
        for name in ("lower", "lower_port", "upper", "upper_port", "rail")
    ]
    return columns[0], columns[1], columns[2], columns[3], columns[4]


def block_of_hosts(tree: Tree) -> IntArray:
    return np.repeat(np.arange(len(tree.wish.blocks)), [one.nodes for one in tree.wish.blocks])


@given(TALL)
def test_a_leaf_serves_one_rail_and_one_unit_apart_from_guests(tree: Tree) -> None:
    host, port, leaf, _, rail = host_rows(tree)
    wish, column = tree.wish, tree.column("leaf")
    assert np.array_equal(column.rail[leaf], rail)
    block = block_of_hosts(tree)[host]
    guest = np.array([wish.is_guest(one) for one in wish.blocks])[block]
    on_rail = np.array([one.ports // wish.rails for one in wish.blocks])[block]
    assert np.array_equal((port // np.maximum(on_rail, 1))[~guest], rail[~guest])
    unit = np.array([
        (one.unit if one.unit >= 0 else -1 - number, one.gbps, one.hall)
        for number, one in enumerate(wish.blocks)
    ])  # fmt: skip
    pairs = np.unique(np.column_stack([leaf, unit[block]])[~guest], axis=0)
    assert len(pairs) == len(np.unique(pairs[:, 0]))


@settings(max_examples=250)
@given(ANY_TREE)
def test_no_group_joins_two_halls_below_the_top_tier(tree: Tree) -> None:
    halls = {block.hall for block in tree.wish.blocks}
    event(f"{len(halls)} halls")
    roles = [role for role in UPPER if role in tree.sized.switches()]
    for role in roles:
        hall = tree.hall(role)
        assert set(hall.tolist()) <= halls, role
        if role != roles[-1]:
            assert len(hall) < len(halls) or tree.wish.module is two_zone or set(hall) == halls
    for batch in tree.grown.wiring.links:
        if batch.upper_role == roles[-1] or batch.tier == ACROSS or batch.plane is not None:
            continue
        lower, upper = tree.hall(batch.lower_role), tree.hall(batch.upper_role)
        same = lower[batch.lower] == upper[batch.upper]
        if tree.wish.module is two_zone and batch.lower_role == HOST:  # a zone of one switch
            alone = np.array([shape.above is None for shape in tree.shapes])
            same |= alone[tree.column("leaf").group[batch.upper]]
        assert same.all(), batch.tier


@given(TALL)
def test_a_link_keeps_to_its_group_and_tells_its_rail(tree: Tree) -> None:
    for batch in tree.grown.wiring.links:
        if batch.lower_role in {HOST, "core"}:
            continue
        assert np.array_equal(tree.column(batch.lower_role).rail[batch.lower], batch.rail)
    if tree.sized.tiers > 2:
        batch = tree.grown.batch("leaf_spine")
        leaf, spine = tree.column("leaf"), tree.column("spine")
        assert np.array_equal(leaf.group[batch.lower], spine.group[batch.upper])
        mixed = spine.rail[batch.upper] < 0
        assert np.array_equal(leaf.rail[batch.lower][~mixed], spine.rail[batch.upper][~mixed])


@given(TALL)
def test_groups_hold_what_was_asked(tree: Tree) -> None:
    spec, grouping = tree.wish.spec, tree.shape.grouping
    assume(tree.sized.tiers > 2)
    if spec.leaves_per_group is not None:
        assert grouping.sizes().max() <= spec.leaves_per_group
    if spec.sus_per_pod is not None:
        units = np.unique(np.stack([grouping.group, tree.shape.leaves.unit]), axis=1)
        assert np.bincount(units[0]).max() <= spec.sus_per_pod
    if spec.core_groups is not None:
        assert tree.above.sets == spec.core_groups
    sets = np.unique(tree.column("core").group)
    assert len(sets) == tree.above.sets * tree.above.pods


# --- what changes when the wish changes -----------------------------------------------------


@given(fat_trees((2, 3, 4)), st.data())
def test_a_further_unit_moves_no_cable_that_stands(wish: Wish, data: st.DataObject) -> None:
    """Between switches: as long as the switches above are as many and as large.

    Cores of a dealt tree are dealt anew: the orders of the groups depend on how many there are.
    """
    units = [block for block in wish.blocks if not wish.is_guest(block)]
    wish = wish.but(blocks=numbered(units))
    like = data.draw(st.sampled_from(units))
    more = [replace(like, unit=-1)] * data.draw(st.integers(1, 3))
    before, after = granted(wish), granted(wish.but(blocks=numbered([*units, *more])))
    assume(before is not None)
    assume(after is not None)
    assert before is not None
    assert after is not None
    alike = design(before) == design(after)
    event("the same design above" if alike else "another design above")
    for batch in before.grown.wiring.links:
        anew = before.above.spread and before.above.tiers > 2 and batch.tier == top(before)
        if (alike and not anew) or batch.lower_role == HOST:
            assert cables(batch) <= cables(after.grown.batch(batch.tier)), batch.tier


def top(tree: Tree) -> str:
    """The tier of the top switches."""
    return tree.grown.wiring.links[-1].tier


def design(tree: Tree) -> tuple[object, ...]:
    """What fixes the ports between the switches that stand."""
    above, group = tree.above, tree.shape.largest_group
    pods = above.groups_per_pod if above.tiers > 3 else 0
    return (tree.shape.kinds, group, replace(above, groups_per_pod=pods, pods=0))


@given(fat_trees((2,)))
def test_filling_partial_units_changes_no_switch_and_no_uplink(wish: Wish) -> None:
    units = [replace(one, unit=-1) for one in wish.blocks if not wish.is_guest(one)]
    full = [replace(one, nodes=one.full_nodes) for one in units]
    before, after = (granted(wish.but(blocks=numbered(blocks))) for blocks in (units, full))
    assert (before is None) == (after is None)
    assume(before is not None)
    assert before is not None
    assert after is not None
    assert before.sized.switches() == after.sized.switches()
    for name in ("lower", "lower_port", "upper", "upper_port"):
        old, new = (getattr(tree.grown.batch("leaf_spine"), name) for tree in (before, after))
        assert np.array_equal(old, new)


@given(fat_trees(), st.randoms(use_true_random=False))
def test_the_order_of_units_of_one_rate_changes_no_count(wish: Wish, chance: random.Random) -> None:
    blocks = [replace(one, gbps=wish.blocks[0].gbps) for one in wish.blocks]
    wish = wish.but(blocks=numbered(blocks), sus_per_pod=None)  # neighbours make a pod
    chance.shuffle(blocks)
    one, two = granted(wish), granted(wish.but(blocks=numbered(blocks)))
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one.sized.switches() == two.sized.switches()
        assert one.sized.links_by_tier() == two.sized.links_by_tier()
        guests = any(wish.is_guest(block) for block in blocks)  # these sit on the first leaves
        if one.sized.tiers < 3 and not guests:  # above, it matters which leaves share a group
            assert one.sized.bisection_gbps == two.sized.bisection_gbps


@given(fat_trees(tiers=(None, 2, 3, 4)), st.integers(1, 12))
def test_more_hosts_never_mean_fewer_leaves_or_tiers(wish: Wish, more: int) -> None:
    last = wish.blocks[-1]
    nodes = last.nodes + more
    larger = replace(last, nodes=nodes, full_nodes=max(last.full_nodes, nodes))
    small, large = granted(wish), granted(wish.but(blocks=[*wish.blocks[:-1], larger]))
    assume(small is not None)
    assume(large is not None)
    assert small is not None
    assert large is not None
    assert small.sized.tiers <= large.sized.tiers
    assert small.grown.count("leaf") <= large.grown.count("leaf")


@given(fat_trees(tiers=(2, 3, 4), styles=("plain", "cages"), most=8))
def test_a_plane_more_is_a_copy_of_the_first(wish: Wish) -> None:
    planes = wish.spec.planes
    blocks = [replace(one, ports=one.ports // planes * (planes + 1)) for one in wish.blocks]
    once, more = granted(wish), granted(wish.but(blocks=blocks, planes=planes + 1))
    assert (once is None) == (more is None)
    if once is None or more is None:
        return
    scale = Fraction(planes + 1, planes)
    for old, new in (
        (once.sized.switches(), more.sized.switches()),
        (once.sized.links_by_tier(), more.sized.links_by_tier()),
    ):
        assert {key: count * scale for key, count in old.items()} == new
    assert once.sized.notation == more.sized.notation
