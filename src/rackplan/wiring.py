"""The one wiring kernel: parallel-port generalised fat trees (PGFT), level by level.

A PGFT(h; m; w; p) has `m[0] * ... * m[h-1]` end points. A node of level l belongs to a subtree
and has one of `w[0] * ... * w[l-1]` places in it; it reaches `w[l]` parents over `p[l]` parallel
links each. NVL72 is PGFT(1; 72; 18; 1): GPU g, port k, chip k, chip port g.

Reference: E. Zahavi, "D-Mod-K Routing Providing Non-Blocking Traffic for Shift Permutations on
Real Life Fat Trees", Technion CCIT Report 776, 2010, section 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

IntArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pgft:
    """The shape of a tree.

    Attributes:
        children: m, children of a node of each level above the end points.
        bundles: for each level, the parallel links from a node to each of its parents; the
            length of the inner tuple is w. Equal numbers are the usual p; NVLink of HGX H100
            has (5, 4, 4, 5).
    """

    children: tuple[int, ...]
    bundles: tuple[tuple[int, ...], ...]

    def places(self, level: int) -> int:
        """W, the nodes of a level in one of its subtrees."""
        return math.prod(len(bundle) for bundle in self.bundles[:level])

    def notation(self) -> str:
        """The usual notation, for example `PGFT(2;32,32;1,16;1,2)`."""
        m = ",".join(str(child) for child in self.children)
        w = ",".join(str(len(bundle)) for bundle in self.bundles)
        p = ",".join(
            str(bundle[0]) if len(set(bundle)) == 1 else "+".join(map(str, bundle))
            for bundle in self.bundles
        )
        return f"PGFT({len(self.children)};{m};{w};{p})"


@dataclass(frozen=True)
class LevelLinks:
    """The links between two levels, one array element a link.

    `lower` counts the nodes of the given subtrees in order (places of one subtree side by side);
    `upper` is the parent's place in the full tree.
    """

    lower: IntArray
    lower_port: IntArray
    upper: IntArray
    upper_port: IntArray


def wire_level(tree: Pgft, level: int, subtrees: IntArray) -> LevelLinks:
    """The links from the nodes of a level to their parents.

    Args:
        tree: the shape.
        level: 0 for end points.
        subtrees: which subtrees of that level exist, by their place in the full tree; shape (n,).

    Returns:
        `n * W(level) * sum(bundles[level])` links, ordered by lower node and port. Ports count
        from zero on each side: up ports of a node fill parent after parent, down ports of a
        parent fill child after child.
    """
    bundle = tree.bundles[level]
    places = tree.places(level)
    subtree = np.repeat(subtrees, places)
    place = np.tile(np.arange(places), len(subtrees))
    above = subtree // tree.children[level]
    first_parent = above * (places * len(bundle)) + place * len(bundle)
    return bundled(first_parent, subtree % tree.children[level], bundle)


def bundled(first_parent: IntArray, member: IntArray, bundle: Sequence[int]) -> LevelLinks:
    """Every child joined to its parents, a bundle of parallel links to each.

    Args:
        first_parent: number of the first parent of each child; the others follow; shape (n,).
        member: which of its parents' children it is, from 0; shape (n,).
        bundle: links to each parent.
    """
    width = np.asarray(bundle, dtype=np.int64)
    parent_of_port = np.repeat(np.arange(len(width)), width)
    first_port = np.concatenate([[0], np.cumsum(width)[:-1]])
    within = np.arange(len(parent_of_port)) - first_port[parent_of_port]
    ports, children = len(parent_of_port), len(member)
    return LevelLinks(
        lower=np.repeat(np.arange(children), ports),
        lower_port=np.tile(np.arange(ports), children),
        upper=(first_parent[:, None] + parent_of_port[None, :]).ravel(),
        upper_port=(member[:, None] * width[parent_of_port][None, :] + within[None, :]).ravel(),
    )


def dealt(children: int, uplinks: int, parents: int) -> LevelLinks:
    """All uplinks dealt to the parents in turn, child after child.

    No parent has more than one link more than another, and where the parents do not divide the
    uplinks of a child the odd ones go to other parents with every child.
    """
    link = np.arange(children * uplinks)
    return LevelLinks(link // uplinks, link % uplinks, link % parents, link // parents)


def divisors(number: int) -> list[int]:
    """All divisors of a positive number, ascending."""
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def uniform_parents(uplinks: int, lower_switches: int, parent_ports: int) -> int | None:
    """The smallest number of parents that gives every lower switch equal bundles to each.

    It is the smallest divisor s of the uplinks with `s * parent_ports >= lower * uplinks`; then
    every lower switch has `uplinks / s` links to each parent. The published spine counts of
    NVIDIA's two-tier SuperPODs follow this rule and not the plain quotient (3 SU of DGX H100:
    16 spines and not 12). None when even one link to each of `uplinks` parents is too many.

    Reference: NVIDIA, DGX SuperPOD RA-11333-001 V11, table 4; DGX B300 XDR, table 3.
    """
    for parents in divisors(uplinks):
        if parents * parent_ports >= lower_switches * uplinks:
            return parents
    return None
