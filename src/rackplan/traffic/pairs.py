"""Pairs of end points by what they have in common, counted and not listed.

End points that no count below tells apart form a cell: same class of twins, rail, scalable unit
and group. A pair of cells stands for all pairs of their end points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rackplan.fabric_graph import FabricGraph
from rackplan.tables import Array
from rackplan.traffic.folding import Folded

if TYPE_CHECKING:
    import scipy.sparse as sp

SAME_RAIL, SAME_UNIT, SAME_GROUP = 4, 2, 1


@dataclass(frozen=True)
class Cells:
    """The cells of a plane, in order of their nodes.

    Attributes:
        node: class of twins; shape (cells,).
        rail: rail of its end points, -1 where none; so are `unit` and `group`; shape (cells,).
        ends: end points; shape (cells,).
        on_vertex: end points of a cell by vertex; shape (vertices, cells).
        on_host: by host; shape (hosts, cells).
        on_both: by host and vertex; shape (host and vertex, cells).
    """

    node: Array
    rail: Array
    unit: Array
    group: Array
    ends: Array
    on_vertex: sp.csr_array
    on_host: sp.csr_array
    on_both: sp.csr_array

    def __len__(self) -> int:
        """Cells of the plane."""
        return len(self.node)

    def apart(self, rows: Array) -> Array:
        """Pairs on two vertices and two hosts, of some cells with all; shape (rows, cells).

        Both orders of a pair count.
        """
        same = _common(self.on_vertex, rows) + _common(self.on_host, rows)
        pairs = self.ends[rows, None] * self.ends[None, :]
        return np.asarray(pairs - same + _common(self.on_both, rows))

    def together(self, rows: Array) -> Array:
        """Pairs on one vertex and two hosts, of some cells with all; shape (rows, cells)."""
        return _common(self.on_vertex, rows) - _common(self.on_both, rows)

    def kinds(self, rows: Array) -> Array:
        """What the pairs of some cells with all have in common; shape (rows, cells)."""
        kind = np.zeros((len(rows), len(self)), dtype=np.int8)
        for label, bit in ((self.rail, SAME_RAIL), (self.unit, SAME_UNIT),
                           (self.group, SAME_GROUP)):  # fmt: skip
            if len(np.unique(label)) > 1:
                kind[(label[rows, None] == label[None, :]) & (label[rows, None] >= 0)] |= bit
        return kind

    def told_apart(self) -> int:
        """Which bits of a kind tell pairs apart."""
        labels = ((self.rail, SAME_RAIL), (self.unit, SAME_UNIT), (self.group, SAME_GROUP))
        return sum(bit for label, bit in labels if len(np.unique(label)) > 1)


def cells(graph: FabricGraph, folded: Folded) -> Cells:
    """The cells of a plane; where hosts pass traffic on, only their classes tell them apart."""
    ends = graph.ends
    node = folded.of_vertex[ends.vertex]
    labels = np.stack([ends.rail, ends.unit, graph.group[ends.vertex]])
    if graph.relays:
        labels[:] = -1
    found, cell, count = np.unique(
        np.concatenate([node[None], labels]), axis=1, return_inverse=True, return_counts=True
    )
    both = np.unique(np.stack([ends.host, ends.vertex]), axis=1, return_inverse=True)[1]
    host = np.unique(ends.host, return_inverse=True)[1]
    size = found.shape[1]
    on_vertex, on_host, on_both = (_incidence(row, cell, size) for row in (ends.vertex, host, both))
    return Cells(found[0], found[1], found[2], found[3], count, on_vertex, on_host, on_both)


def _incidence(row: Array, cell: Array, cells_in_all: int) -> sp.csr_array:
    import scipy.sparse as sp

    shape = (int(row.max(initial=-1)) + 1, cells_in_all)
    return sp.coo_array((np.ones(len(row), dtype=np.int64), (row, cell)), shape=shape).tocsr()


def _common(incidence: sp.csr_array, rows: Array) -> Array:
    """Pairs of end points in one row of an incidence, of some cells with all."""
    return np.asarray((incidence[:, rows].T @ incidence).toarray())
