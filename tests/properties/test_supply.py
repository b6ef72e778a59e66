"""Properties of the power tree: the closed form against breaking every part, one at a time."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackplan.feeds import PowerSpec
from rackplan.supply.loads import RackLoads
from rackplan.supply.tree import PowerTree, power_tree

REDUNDANCIES = ("N", "2N", "N+1", "4-to-make-3")


@st.composite
def trees(draw: st.DrawFn) -> PowerTree:
    count = draw(st.integers(1, 9))
    few = st.lists(st.integers(0, 2), min_size=count, max_size=count)
    watts = st.one_of(st.integers(0, 600).map(lambda kw: 1e3 * kw), st.just(float("nan")))
    beside = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    # The first rack may be a sidecar that feeds some of the others.
    sidecar = [0 if rack and yes else -1 for rack, yes in enumerate(beside)]
    loads = RackLoads.of(
        [f"r{i}" for i in range(count)],
        draw(st.lists(watts, min_size=count, max_size=count)),
        hall=draw(few),
        row=[row - 1 for row in draw(few)],
        position=draw(few),
        sidecar=sidecar,
        efficiency=draw(st.sampled_from([float("nan"), 0.97])),
        it=draw(st.lists(st.booleans(), min_size=count, max_size=count)),
    )
    redundancy = draw(st.sampled_from(REDUNDANCIES))
    group = draw(st.sampled_from([{}, {"rows_per_pdu": 2}, {"racks_per_pdu": 2}]))
    several = {"feeds": draw(st.integers(2, 4))} if redundancy == "N+1" else {}
    spec = PowerSpec.model_validate({
        "redundancy": redundancy,
        "pdus_per_ups": draw(st.sampled_from([None, 1, 2])),
        "utility_per": draw(st.sampled_from(["plan", "hall"])),
        "diversity": draw(st.sampled_from([1.0, 0.9])),
        "ups_efficiency": draw(st.sampled_from([None, 0.95])),
        "pdu_efficiency": draw(st.sampled_from([None, 0.98])),
        "pue": draw(st.sampled_from([None, 1.25])),
        "utility_w": 1e7, **group, **several,
    })  # fmt: skip
    return power_tree(loads, spec, ("north", "south", "west"))


def weights(tree: PowerTree) -> list[dict[str, float]]:
    """What each rack weighs on every kind of part, counted rack by rack."""
    loads, spec = tree.loads, tree.spec
    drawn = [0.0 if np.isnan(w) else float(w) for w in loads.planned_w]
    rows = []
    for rack in range(len(loads)):
        own = [rack] if loads.sidecar[rack] < 0 else []
        others = [r for r in range(len(loads)) if own and loads.sidecar[r] == rack]
        loss = 1.0 if np.isnan(loads.efficiency[rack]) else float(loads.efficiency[rack])
        feed = sum(drawn[r] for r in own) + sum(drawn[r] for r in others) / loss
        it = sum(drawn[r] for r in own + others if loads.it[r])
        pdu = feed * spec.diversity
        ups = pdu / (spec.pdu_efficiency or 1)
        above = it * spec.diversity * spec.pue if spec.pue else ups / (spec.ups_efficiency or 1)
        rows.append({"feed": feed, "PDU": pdu, "UPS": ups, "utility": above})
    return rows


def parents(tree: PowerTree) -> dict[int, int]:
    """By row of an element, the row that feeds it, for parts of a side."""
    kinds = tree.elements["kind"]
    feed = tree.elements.code("kind", "feed")
    pairs = zip(tree.supplies["source"], tree.supplies["consumer"], strict=True)
    return {int(b): int(a) for a, b in pairs if kinds[b] <= feed}


def chain(row: int, above: dict[int, int]) -> list[int]:
    """The element and everything that feeds it."""
    rows = [row]
    while rows[-1] in above:
        rows.append(above[rows[-1]])
    return rows


def simulated(tree: PowerTree, failed: int | None) -> dict[int, float]:
    """Load of every part of a side that is alive, with one part broken."""
    above, weigh = parents(tree), weights(tree)
    kinds, words = tree.elements["kind"], tree.elements.words["kind"]
    feeds: dict[int, list[int]] = defaultdict(list)
    for row in tree.rows("feed"):
        feeds[int(tree.elements["rack"][row])].append(int(row))
    load: dict[int, float] = defaultdict(float)
    for rack, rows in feeds.items():
        alive = [row for row in rows if failed is None or failed not in chain(row, above)]
        if tree.spec.redundancy == "N":
            alive = alive if len(alive) == len(rows) else []
        for row in alive:
            for part in chain(row, above):
                load[part] += weigh[rack][words[kinds[part]]] / len(alive)
    return load


@given(trees())
def test_loads_equal_those_of_breaking_every_part_one_at_a_time(tree: PowerTree) -> None:
    table = tree.elements
    upper = [int(r) for kind in ("utility", "UPS", "PDU", "feed") for r in tree.rows(kind)]
    cases = {failed: simulated(tree, failed) for failed in upper}
    usual = simulated(tree, None)
    for row in upper:
        assert table["normal_w"][row] == pytest.approx(usual[row], abs=1e-6)
        worst = max([usual[row], *(case[row] for case in cases.values())])
        assert table["worst_w"][row] == pytest.approx(worst, abs=1e-6)
        cause = int(table["worst_failed"][row])
        if cause >= 0:
            assert cases[cause][row] == pytest.approx(worst, abs=1e-6)
            assert worst > usual[row]
        else:
            assert worst == pytest.approx(usual[row], abs=1e-6)


@given(trees())
def test_every_level_carries_the_whole_load(tree: PowerTree) -> None:
    table, weigh = tree.elements, weights(tree)
    for kind in ("utility", "UPS", "PDU", "feed"):
        rows = tree.rows(kind)
        whole = (table["normal_w"][rows] * table["units"][rows]).sum()
        assert whole == pytest.approx(sum(row[kind] for row in weigh), abs=1e-6)


@given(trees())
def test_every_element_but_the_utility_has_a_source_and_every_rack_its_sides(
    tree: PowerTree,
) -> None:
    table = tree.elements
    fed = set(tree.supplies["consumer"].tolist())
    assert fed == set(range(len(table))) - set(tree.rows("utility").tolist())
    feeds = np.bincount(table["rack"][tree.rows("feed")], minlength=len(tree.loads))
    of_own = tree.loads.sidecar < 0
    assert (feeds[of_own] == tree.spec.sides_per_rack).all()
    assert (feeds[~of_own] == 0).all()
    assert len({tree.name(row) for row in range(len(table))}) == len(table)


@given(st.integers(1, 5), st.floats(1e3, 1e6))
def test_a_system_of_four_to_make_three_gives_a_third_to_each_other(
    sixes: int, watts: float
) -> None:
    names = [f"r{i}" for i in range(6 * sixes)]
    tree = power_tree(RackLoads.of(names, watts), PowerSpec(redundancy="4-to-make-3"))
    rows = tree.rows("UPS")
    normal, worst = tree.elements["normal_w"][rows], tree.elements["worst_w"][rows]
    assert len(rows) == 4
    assert normal == pytest.approx(np.full(4, len(names) * watts / 4))
    assert worst == pytest.approx(normal * 4 / 3)
    pairs = {
        tuple(tree.elements["side"][tree.rows("feed")][2 * i : 2 * i + 2].tolist())
        for i in range(6)
    }
    assert pairs == set(combinations(range(4), 2))


@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_racks_changes_no_load_at_2n(tree: PowerTree, random: object) -> None:
    loads = tree.loads
    order = list(range(1, len(loads)))
    random.shuffle(order)  # type: ignore[attr-defined]
    order = [0, *order]
    given_fields = {
        name: getattr(loads, name)[order]
        for name in ("hall", "row", "position", "sidecar", "efficiency", "it")
    }
    spec = PowerSpec(redundancy="2N", rows_per_pdu=1)
    names = [loads.names[i] for i in order]
    other = power_tree(RackLoads.of(names, loads.planned_w[order], **given_fields), spec)
    first = power_tree(loads, spec)
    for kind in ("utility", "UPS", "PDU"):
        for column in ("normal_w", "worst_w", "racks"):
            left = first.elements[column][first.rows(kind)]
            assert other.elements[column][other.rows(kind)] == pytest.approx(left, abs=1e-6)
