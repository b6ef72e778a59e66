"""Which parts of a fabric are alike, so that one of each kind stands for all.

Colour refinement (Weisfeiler and Leman): two switches have one colour when they have the same
role and the same numbers of links of each kind to neighbours of each colour, round after round.
Multisets are compared by the sum of well-mixed 64-bit numbers of their members (modulo 2^64);
that two unequal ones of a million agree by chance has odds of one in 30 million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rackplan.blast.network import Joined, Network
from rackplan.tables import Array

Marks = npt.NDArray[np.uint64]
"""Mixed numbers: equal for what is alike."""


@dataclass(frozen=True)
class Colours:
    """Marks of every vertex and of every link; equal marks are alike."""

    vertex: Marks
    link: Marks


def coloured(net: Network, joined: Joined) -> Colours:
    """Colours after as many rounds as a failure reaches far: once through all tiers, and one."""
    links, size = net.links, len(net.role)
    use = sums(net.ends.link, mixed(net.ends.kind), len(links))
    kind = mixed(links.tier, use, in_group(joined.pair), in_group(joined.of_gpu))
    peers = links.same | ((links.a >= len(net.switch)) & (links.b >= len(net.switch)))
    own, far = np.concatenate([links.a, links.b]), np.concatenate([links.b, links.a])
    lower = np.repeat([1, 0], len(links))
    lower[np.tile(peers, 2)] = 2  # links among equals have no lower end
    step = mixed(np.tile(kind, 2), lower)
    at = own >= 0
    own, far, step = own[at], far[at], step[at]
    colour = mixed(net.role)
    for _ in range(len(net.fabric.size.roles) + 1):
        beyond = np.where(far >= 0, colour[far], 0)
        colour = mixed(colour, sums(own, mixed(step, beyond), size))
    a = np.where(links.a >= 0, colour[links.a], 0)
    b = np.where(links.b >= 0, colour[links.b], 0)
    low, high = np.minimum(a, b), np.maximum(a, b)
    return Colours(colour, mixed(kind, np.where(peers, low, a), np.where(peers, high, b)))


def mixed(*columns: Array) -> Marks:
    """One well-mixed number for each row of some columns (the finisher of SplitMix64).

    Reference: G. Steele, D. Lea and C. Flood, "Fast Splittable Pseudorandom Number Generators",
    OOPSLA 2014.
    """
    mark = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        mark += column.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        mark = (mark ^ (mark >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mark = (mark ^ (mark >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mark ^= mark >> np.uint64(31)
    return mark


def sums(owner: Array, marks: Marks, size: int) -> Marks:
    """The sum of the marks of each owner, modulo 2^64: equal for equal multisets."""
    total = np.zeros(size, dtype=np.uint64)
    np.add.at(total, owner, marks)
    return total


def in_group(group: Array) -> Array:
    """How many rows are in the group of each row."""
    return np.asarray(np.bincount(group)[group])
