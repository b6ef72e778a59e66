"""The wiring kernel in small literal cases that a reader can check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rackplan.wiring import (
    LevelLinks,
    Pgft,
    bundled,
    dealt,
    divisors,
    uniform_parents,
    wire_level,
)

NVL72 = Pgft((72,), ((1,) * 18,))
HGX_H100 = Pgft((8,), ((5, 4, 4, 5),))
TWO_TIERS = Pgft((2, 3), ((1,), (2, 2)))


def rows(links: LevelLinks) -> list[tuple[int, int, int, int]]:
    """Lower, its port, upper, its port: a tuple a link."""
    columns = (links.lower, links.lower_port, links.upper, links.upper_port)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_nvl72_joins_port_k_of_gpu_g_to_port_g_of_chip_k() -> None:
    links = rows(wire_level(NVL72, 0, np.arange(72)))
    assert links == [(g, k, k, g) for g in range(72) for k in range(18)]


def test_hgx_h100_gives_each_gpu_5_4_4_and_5_links_to_the_four_chips() -> None:
    links = wire_level(HGX_H100, 0, np.arange(8))
    first = links.upper[links.lower == 0]
    assert first.tolist() == [0] * 5 + [1] * 4 + [2] * 4 + [3] * 5
    assert np.bincount(links.upper).tolist() == [40, 32, 32, 40]
    second_gpu_on_chip_1 = links.upper_port[(links.lower == 1) & (links.upper == 1)]
    assert second_gpu_on_chip_1.tolist() == [4, 5, 6, 7], "after the four ports of the first GPU"


def test_two_parallel_links_lie_side_by_side_on_both_switches() -> None:
    assert rows(wire_level(TWO_TIERS, 1, np.arange(3))) == [
        (0, 0, 0, 0), (0, 1, 0, 1), (0, 2, 1, 0), (0, 3, 1, 1),
        (1, 0, 0, 2), (1, 1, 0, 3), (1, 2, 1, 2), (1, 3, 1, 3),
        (2, 0, 0, 4), (2, 1, 0, 5), (2, 2, 1, 4), (2, 3, 1, 5),
    ]  # fmt: skip


def test_a_missing_subtree_leaves_its_ports_on_the_parents_dark() -> None:
    links = rows(wire_level(TWO_TIERS, 1, np.array([0, 2])))
    assert [upper_port for *_, upper, upper_port in links if upper == 0] == [0, 1, 4, 5]
    assert [lower for lower, *_ in links] == [0] * 4 + [1] * 4, "those that exist count through"


def test_spines_of_equal_place_in_all_groups_share_a_set_of_cores() -> None:
    tree = Pgft((1, 2, 2), ((1,), (1, 1), (1, 1)))
    assert tree.places(2) == 2
    assert [(lower, upper) for lower, _, upper, _ in rows(wire_level(tree, 2, np.arange(2)))] == [
        (0, 0), (0, 1), (1, 2), (1, 3), (2, 0), (2, 1), (3, 2), (3, 3),
    ]  # fmt: skip


def test_end_points_fill_the_ports_of_their_leaf_in_order() -> None:
    links = rows(wire_level(Pgft((3, 2), ((1,), (1,))), 0, np.arange(5)))
    assert links == [(0, 0, 0, 0), (1, 0, 0, 1), (2, 0, 0, 2), (3, 0, 1, 0), (4, 0, 1, 1)]


@pytest.mark.parametrize(
    ("tree", "notation"),
    [
        pytest.param(NVL72, "PGFT(1;72;18;1)", id="NVL72"),
        pytest.param(HGX_H100, "PGFT(1;8;4;5+4+4+5)", id="unequal bundles are added up"),
        pytest.param(TWO_TIERS, "PGFT(2;2,3;1,2;1,2)", id="two tiers"),
    ],
)
def test_the_notation_is_that_of_the_literature(tree: Pgft, notation: str) -> None:
    assert tree.notation() == notation


@pytest.mark.parametrize(
    ("uplinks", "leaves", "ports", "spines"),
    [
        pytest.param(32, 24, 64, 16, id="3 SU of DGX H100: 16 spines and not the quotient 12"),
        pytest.param(72, 32, 144, 18, id="4 SU of B300 XDR: 18 spines and not the quotient 16"),
        pytest.param(72, 64, 144, 36, id="8 SU of B300 XDR: 36 spines and not the quotient 32"),
        pytest.param(32, 32, 64, 16, id="4 SU of DGX H100: the quotient itself divides"),
        pytest.param(72, 144, 144, 72, id="as many leaves as a spine has ports: one link to each"),
        pytest.param(72, 145, 144, None, id="one leaf more than a spine has ports"),
        pytest.param(1, 1, 1, 1, id="the smallest tree"),
        pytest.param(7, 3, 8, 7, id="a prime number of uplinks divides by one and itself"),
    ],
)
def test_every_leaf_gets_equal_bundles_to_the_fewest_spines(
    uplinks: int, leaves: int, ports: int, spines: int | None
) -> None:
    assert uniform_parents(uplinks, leaves, ports) == spines


def test_divisors_are_all_and_ascending_because_the_first_that_fits_is_taken() -> None:
    assert divisors(1) == [1]
    assert divisors(12) == [1, 2, 3, 4, 6, 12]
    assert divisors(36) == [1, 2, 3, 4, 6, 9, 12, 18, 36], "the root once"


def test_children_of_several_groups_are_joined_to_the_parents_of_their_own() -> None:
    links = rows(bundled(np.array([0, 0, 3]), np.array([0, 1, 0]), (1, 2, 1)))
    assert links == [
        (0, 0, 0, 0), (0, 1, 1, 0), (0, 2, 1, 1), (0, 3, 2, 0),
        (1, 0, 0, 1), (1, 1, 1, 2), (1, 2, 1, 3), (1, 3, 2, 1),
        (2, 0, 3, 0), (2, 1, 4, 0), (2, 2, 4, 1), (2, 3, 5, 0),
    ]  # fmt: skip


def test_dealt_links_go_to_the_parents_in_turn_child_after_child() -> None:
    assert rows(dealt(3, 4, 3)) == [
        (0, 0, 0, 0), (0, 1, 1, 0), (0, 2, 2, 0), (0, 3, 0, 1),
        (1, 0, 1, 1), (1, 1, 2, 1), (1, 2, 0, 2), (1, 3, 1, 2),
        (2, 0, 2, 2), (2, 1, 0, 3), (2, 2, 1, 3), (2, 3, 2, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(("children", "uplinks", "parents"), [(5, 7, 3), (6, 4, 4), (9, 8, 5)])
def test_dealt_links_leave_no_parent_with_a_link_more_than_another_has(
    children: int, uplinks: int, parents: int
) -> None:
    links = dealt(children, uplinks, parents)
    share = np.bincount(links.upper, minlength=parents)
    assert share.max() - share.min() <= 1
    for parent in range(parents):
        assert sorted(links.upper_port[links.upper == parent]) == list(range(share[parent]))
    widths = np.unique(np.stack([links.lower, links.upper]), axis=1, return_counts=True)[1]
    assert set(widths) <= {uplinks // parents, -(-uplinks // parents)}
