"""Vertices that are alike by proof: the plane folded, and what turns it onto itself.

Twins have the same neighbours over the same links. Exchanging two of them changes nothing in the
network, so all members of a class of twins are at the same distance from any other vertex, over as
many paths. The folded plane has one node a class: the leaves of a group of a fat tree are twins,
and so are the cores of a set.

Direct networks have no twins, but many turn onto themselves: all routers move on by one place along
a dimension, or by one group. Such turns are found by trying them on the numbers of the vertices
and are kept when every link falls on a link. Vertices that turns carry into each other form an
orbit. (Equal colours after colour refinement would prove nothing here: all vertices of a regular
graph get the same colour, however far they are from each other.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rackplan.fabric_graph import FabricGraph
from rackplan.tables import Array
from rackplan.wiring import divisors

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True)
class Folded:
    """A plane with its twins put together.

    Attributes:
        of_vertex: class of every vertex; shape (vertices,).
        first: the first member of every class; shape (classes,).
        size: members of every class; shape (classes,).
        tail: class that an arc leaves; shape (arcs,). Every joined pair has an arc each way.
        head: class that it enters; shape (arcs,).
        links: parallel links between one member of the tail and one of the head; shape (arcs,).
        gbps: rate of one of them, the least where they differ; shape (arcs,). [Gb/s]
        tier: their tier; shape (arcs,).
        up: whether the arc leads to the upper end of the links; shape (arcs,).
    """

    of_vertex: Array
    first: Array
    size: Array
    tail: Array
    head: Array
    links: Array
    gbps: Array
    tier: Array
    up: Array

    def __len__(self) -> int:
        """Classes of twins."""
        return len(self.size)

    @cached_property
    def next_to(self) -> sp.csr_array:
        """Links between single members by (head, tail); shape (classes, classes)."""
        import scipy.sparse as sp

        values = self.links.astype(np.float64)
        shape = (len(self), len(self))
        return sp.coo_array((values, (self.head, self.tail)), shape=shape).tocsr()

    @cached_property
    def all_next_to(self) -> sp.csr_array:
        """Links from all members of the tail to one of the head; shape (classes, classes)."""
        import scipy.sparse as sp

        values = (self.links * self.size[self.tail]).astype(np.float64)
        shape = (len(self), len(self))
        return sp.coo_array((values, (self.head, self.tail)), shape=shape).tocsr()


def fold(graph: FabricGraph, marks: Array | None = None) -> Folded:
    """Put together what is alike.

    Args:
        graph: the plane.
        marks: what else must be equal in twins; shape (vertices,). Roles always must.
    """
    size = len(graph)
    tail = np.concatenate([graph.lower, graph.upper])
    head = np.concatenate([graph.upper, graph.lower])
    up = np.arange(len(tail)) < len(graph.lower)
    links, gbps, tier = (np.tile(column, 2) for column in (graph.links, graph.gbps, graph.tier))
    order = np.lexsort((up, tier, head, tail))
    tail, head, up, links, gbps, tier = (c[order] for c in (tail, head, up, links, gbps, tier))
    marks = graph.role if marks is None else np.column_stack([graph.role, marks])
    of_vertex = _classes(tail, np.stack([head, links, tier], axis=1), up, marks, size)
    first = np.unique(of_vertex, return_index=True)[1]
    kept = first[of_vertex[tail]] == tail
    arc = np.flatnonzero(kept & (first[of_vertex[head]] == head))
    return Folded(
        of_vertex=of_vertex,
        first=first,
        size=np.bincount(of_vertex),
        tail=of_vertex[tail[arc]],
        head=of_vertex[head[arc]],
        links=links[arc],
        gbps=gbps[arc],
        tier=tier[arc],
        up=up[arc],
    )


def _classes(tail: Array, arcs: Array, up: Array, marks: Array, size: int) -> Array:
    """Numbers of the classes in order of their first members.

    Rows of arcs are compared byte by byte; the loop is over vertices, not over links.
    """
    rows = np.ascontiguousarray(np.column_stack([arcs, up]).astype(np.int64))
    starts = np.searchsorted(tail, np.arange(size + 1)).tolist()
    marks = np.ascontiguousarray(marks)
    seen: dict[tuple[bytes, bytes], int] = {}
    return np.array([
        seen.setdefault((marks[v].tobytes(), rows[starts[v] : starts[v + 1]].tobytes()), len(seen))
        for v in range(size)
    ])  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """The classes move on: digit `number // stride % side` of a class grows by one, in a ring."""

    stride: int
    side: int

    def of(self, number: Array) -> Array:
        """Where classes go."""
        digit = number // self.stride % self.side
        step: Array = np.where(digit == self.side - 1, 1 - self.side, 1) * self.stride
        return number + step


def turns(folded: Folded) -> list[Turn]:
    """Turns that carry every link onto an equal link, as many as join further orbits.

    Only whole numbers of blocks turn, so stride times side divides the number of classes. A turn
    is tried on the links of the first class before it is tried on all.
    """
    size = len(folded)
    arcs = np.sort(_keys(folded, folded.tail, folded.head))
    near = np.flatnonzero(folded.tail == 0)
    orbit, found = np.arange(size), list[Turn]()
    for stride in divisors(size):
        for side in reversed(divisors(size // stride)[1:]):
            turn = Turn(stride, side)
            if np.array_equal(orbit[turn.of(np.arange(size))], orbit):
                continue
            if all(_fits(folded, turn, arcs, some) for some in (near, slice(None))):
                found.append(turn)
                orbit = orbits(folded, found)
    return found


def _fits(folded: Folded, turn: Turn, arcs: Array, some: Array | slice) -> bool:
    """Whether a turn carries some arcs onto arcs; `arcs` are the keys of all, sorted."""
    moved = _keys(folded, turn.of(folded.tail[some]), turn.of(folded.head[some]), some)
    at = np.minimum(np.searchsorted(arcs, moved), len(arcs) - 1)
    return bool(np.array_equal(arcs[at], moved))


def _keys(folded: Folded, tail: Array, head: Array, some: Array | slice = slice(None)) -> Array:
    """A number for each of some arcs, with its links and its tier."""
    most = int(folded.links.max(initial=0)) + 1
    kind = folded.tier[some].astype(np.int64) * most + folded.links[some]
    return np.asarray((kind * len(folded) + tail) * len(folded) + head)


def orbits(folded: Folded, found: Sequence[Turn]) -> Array:
    """The orbit of every class under some turns; shape (classes,)."""
    number = np.arange(len(folded))
    return _joined(len(folded), [turn.of(number) for turn in found])


def arc_orbits(folded: Folded, found: Sequence[Turn]) -> Array:
    """The orbit of every arc under some turns; shape (arcs,)."""
    keys = _keys(folded, folded.tail, folded.head)
    order = np.argsort(keys)
    moved = [_keys(folded, turn.of(folded.tail), turn.of(folded.head)) for turn in found]
    steps = [order[np.searchsorted(keys[order], to)] for to in moved]
    return _joined(len(keys), steps)


def _joined(size: int, steps: list[Array]) -> Array:
    """Which numbers some permutations carry into each other; shape (size,)."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    if not steps:
        return np.arange(size)
    row = np.tile(np.arange(size), len(steps))
    matrix = sp.coo_array((np.ones(len(row)), (row, np.concatenate(steps))), shape=(size, size))
    return np.asarray(connected_components(matrix.tocsr(), directed=False)[1])
