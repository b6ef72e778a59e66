"""Shortest paths of one plane, from many vertices at once.

Everything is counted on the folded plane, level by level outwards from each source, so that a
source costs a few products of sparse matrices and no loop over links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from rackplan.tables import Array
from rackplan.traffic.folding import Folded, Turn, orbits, turns

WORK = 600_000_000
"""Sources times arcs times levels that are worked through; above that, symmetry or a sample must
do."""
SAMPLE = 100
"""Most sources of a sample."""
BLOCK = 2_000_000
"""Array elements of a block of sources."""

How: TypeAlias = Literal["all", "turns", "sample"]


@dataclass(frozen=True)
class Sources:
    """Which classes are looked at, and for what they stand.

    Attributes:
        classes: classes with end points; shape (sources,).
        orbit: orbit of every class, where one of each was taken; shape (classes,).
        turns: the turns that the orbits come from.
        how: `all` of them; one of each orbit (`turns`), exact where the members of an orbit have
            equal hosts; or an even `sample`.
    """

    classes: Array
    orbit: Array
    turns: tuple[Turn, ...]
    how: How

    def weight(self, values: Array) -> Array:
        """The values of all classes that a source stands for, over its own; shape (sources,)."""
        if self.how == "all":
            return np.ones(len(self.classes))
        if self.how == "turns":
            return np.bincount(self.orbit, values)[self.orbit[self.classes]] / values[self.classes]
        return np.full(len(self.classes), values.sum() / values[self.classes].sum())

    def blocks(self, rows: int) -> list[slice]:
        """Slices of the sources whose arrays of so many rows stay small."""
        each = max(1, BLOCK // max(1, rows))
        return [slice(at, at + each) for at in range(0, len(self.classes), each)]


def sources(folded: Folded, sending: Array) -> Sources:
    """All classes with end points, or as many as the work allows.

    Args:
        folded: the plane.
        sending: what the end points of each class send; shape (classes,).
    """
    classes = np.flatnonzero(sending)
    levels = int(distances(folded, classes[:1]).max(initial=1))
    most = max(1, WORK // max(1, len(folded.tail) * levels))
    if len(classes) <= most:
        return Sources(classes, np.arange(len(folded)), (), "all")
    found = tuple(turns(folded))
    orbit = orbits(folded, found)
    order = np.lexsort((np.arange(len(folded)), -sending, orbit))
    fullest = order[np.r_[True, np.diff(orbit[order]) > 0]]
    fullest = fullest[sending[fullest] > 0]
    if len(fullest) <= most:
        return Sources(fullest, orbit, found, "turns")
    count = min(most, SAMPLE)
    return Sources(classes[np.arange(count) * len(classes) // count], orbit, (), "sample")


@dataclass(frozen=True)
class Reach:
    """From each source to one member of each class; every array has the shape (classes, sources).

    In the source's own class the other members count; where there are none, the source itself.

    Attributes:
        links: links of a shortest path, -1 where there is none.
        paths: shortest paths over single links; exact to 2^53.
        cost: mean cost of the vertices on them, both ends included.
    """

    links: Array
    paths: Array
    cost: Array


def reach(folded: Folded, source: Array, cost: Array) -> Reach:
    """Breadth-first search from several classes at once, counting paths.

    `paths(v) = sum over u of size(u) links(u, v) paths(u)`, over the classes u that are one link
    nearer than v; of the source's class only the source itself is at distance 0.

    Args:
        folded: the plane.
        source: classes to start from; shape (sources,).
        cost: cost of passing a vertex, by class; shape (classes,).
    """
    shape, at = (len(folded), len(source)), (source, np.arange(len(source)))
    links = np.full(shape, -1, dtype=np.int16)
    paths, front = np.zeros(shape), np.zeros(shape)
    front[at] = 1
    uneven = bool(np.ptp(cost))
    spent, total = (cost[:, None] * front, np.zeros(shape)) if uneven else (front, front)
    alone = folded.size[source] == 1
    own = (source[alone], np.flatnonzero(alone))
    step, left = folded.next_to, links.size - len(own[0])
    for distance in range(1, len(folded) + 1):
        count = step @ front
        new = (links < 0) & (count > 0)
        new[own] = False
        if not new.any():
            break
        links[new] = distance
        front = np.where(new, count, 0)
        paths += front
        if uneven:
            spent = np.where(new, step @ spent + count * cost[:, None], 0)
            total += spent
        left -= int(new.sum())
        if not left:
            break
        step = folded.all_next_to
    links[own], paths[own] = 0, 1
    if uneven:
        total[own] = cost[own[0]]
        return Reach(links, paths, total / np.maximum(paths, 1))
    return Reach(links, paths, (links + 1) * float(cost[0]))


def distances(folded: Folded, source: Array) -> Array:
    """Links from each class to the sources' own vertices alone; shape (classes, sources).

    As `Reach.links`, but 0 in the source's class: the other members are left out.
    """
    links = reach(folded, source, np.zeros(len(folded))).links
    links[source, np.arange(len(source))] = 0
    return links
