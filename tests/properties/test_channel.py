"""Polarity by composing permutations, and orders and prunings for any numbers."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackplan.catalog import Cable
from rackplan.channel.chain import Channel, gender_problems, polarity_problems
from rackplan.channel.media import MediaChoice, pruned
from rackplan.channel.orders import order_length
from rackplan.channel.plugs import mixed_cages

FIBERS = np.arange(1, 13)
MAPS = {
    "A": FIBERS,
    "B": 13 - FIBERS,
    "C": FIBERS + np.where(FIBERS % 2 == 1, 1, -1),
}
"""Where the fiber in each position of an MPO-12 comes out at the other end."""


def composed(letters: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Where each fiber of a whole chain comes out, one component after the other."""
    at = FIBERS
    for letter in letters:
        at = MAPS[letter][at - 1]
    return at


def chain(letters: tuple[str, ...]) -> Channel:
    """Cords of those types, joined end to end."""
    cords = [Cable(kind="fiber", connector="mpo-12-apc", polarity=x) for x in letters]  # type: ignore[arg-type]
    return Channel(None, None, tuple(cords))


@pytest.mark.parametrize("length", range(1, 6))
def test_chains_of_a_and_b_are_valid_where_each_lane_meets_its_receiver(length: int) -> None:
    for letters in product("AB", repeat=length):
        out = composed(letters)
        meets = bool(np.all(out == 13 - FIBERS))  # lane i sends on i and receives on 13 - i
        assert (polarity_problems(chain(letters)) == []) == meets, letters
        if not meets:
            assert set(out[:4].tolist()) == {1, 2, 3, 4}  # transmit meets transmit


@pytest.mark.parametrize("length", range(1, 6))
def test_a_chain_with_type_c_is_refused_and_an_odd_number_of_them_never_suits(length: int) -> None:
    for letters in product("ABC", repeat=length):
        if "C" not in letters:
            continue
        assert polarity_problems(chain(letters)), letters
        if letters.count("C") % 2:
            assert not np.array_equal(composed(letters), 13 - FIBERS)


@given(st.lists(st.sampled_from(["female", "male"]), min_size=1, max_size=6))
def test_a_chain_mates_exactly_where_neighbours_differ(genders: list[str]) -> None:
    cords = [Cable(kind="fiber", connector="mpo-12-apc", gender=x) for x in genders]  # type: ignore[arg-type]
    equal = sum(a == b for a, b in pairwise(genders))
    assert bool(gender_problems(Channel(None, None, tuple(cords)))) == (equal > 0)


lengths = st.floats(0, 600, allow_nan=False)
ladders = st.lists(st.floats(0.1, 500), min_size=1, max_size=12)


@given(st.lists(lengths, max_size=20), ladders)
def test_an_order_is_the_shortest_of_the_list_that_is_long_enough(
    ways: list[float], ladder: list[float]
) -> None:
    for way, ordered in zip(ways, order_length(ways, ladder).tolist(), strict=True):
        enough = [step for step in ladder if step >= way - 1e-9]
        if enough:
            assert ordered == min(enough)
        else:
            assert np.isnan(ordered)


@given(st.lists(st.tuples(st.integers(-1, 6), st.booleans()), max_size=30))
def test_mixed_cages_are_those_with_both_kinds(ends: list[tuple[int, bool]]) -> None:
    cages = [cage for cage, _ in ends]
    kinds = {cage: {split for at, split in ends if at == cage} for cage in cages if cage >= 0}
    expected = sorted(cage for cage, found in kinds.items() if len(found) == 2)
    assert mixed_cages(cages, [split for _, split in ends]).tolist() == expected


@given(st.lists(st.one_of(st.none(), st.floats(0.1, 1000)), max_size=12), lengths)
def test_pruning_never_changes_which_choice_is_the_first_that_reaches(
    reaches: list[float | None], way: float
) -> None:
    cord = Cable(kind="dac")
    choices = [MediaChoice("dac", None, None, cord, reach, 1, None) for reach in reaches]

    def first(some: list[MediaChoice]) -> float | None:
        return next((c.reach_m for c in some if c.reach_m is not None and c.reach_m >= way), None)

    assert first(pruned(choices)) == first(choices)
