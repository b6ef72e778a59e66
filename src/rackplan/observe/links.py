"""Links by the names of their ends: what is planned, what is observed, what differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rackplan.graph import Tabled
from rackplan.names import names_of
from rackplan.planes import Plane, port_list
from rackplan.tables import Array

Row = tuple[str, int, str, int]
"""A link: name and port of one end, name and port of the other."""


@dataclass(frozen=True)
class Links:
    """Links between named nodes, each once, in no particular direction.

    Attributes:
        names: the names of nodes; a node without links may be among them.
        node: index into `names` of both ends; shape (2, links).
        port: number of the port at both ends, from one; shape (2, links).
    """

    names: tuple[str, ...]
    node: Array
    port: Array

    def __len__(self) -> int:
        """How many there are."""
        return len(self.node[0])

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Links:
        """Links from rows."""
        table = list(rows)
        number: dict[str, int] = {}
        node = [[number.setdefault(name, len(number)) for name in (a, b)] for a, _, b, _ in table]
        port = [[p, q] for _, p, _, q in table]
        ends = (np.array(pairs, dtype=np.int64).reshape(-1, 2).T for pairs in (node, port))
        return cls(tuple(number), *ends)

    def rows(self) -> list[Row]:
        """The links as rows, the lesser end first, in order of names and ports."""
        ends = [
            ((self.names[a], p), (self.names[b], q))
            for (a, b), (p, q) in zip(self.node.T.tolist(), self.port.T.tolist(), strict=True)
        ]
        return [(*first, *second) for first, second in sorted((min(e), max(e)) for e in ends)]

    def select(self, which: Array) -> Links:
        """Some of the links, by a mask or by their numbers."""
        return Links(self.names, self.node[:, which], self.port[:, which])


@dataclass(frozen=True)
class Differences:
    """What sets observed links apart from planned ones."""

    missing: Links
    """Planned, not observed."""
    extra: Links
    """Observed, not planned."""

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(len(self.missing) or len(self.extra))


def planned_links(plan: Tabled, plane: Plane) -> Links:
    """The links of a plane as its nodes are called when they are discovered."""
    found = port_list(plan, plane)
    here = np.flatnonzero(found.other > np.arange(len(found.other)))
    both = np.stack([here, found.other[here]])
    names = found.node_names(names_of(plan.tables, plan.design)[1])
    return Links(tuple(names), found.node[both], found.node_port[both])


def compare_links(planned: Links, observed: Links) -> Differences:
    """Compare port by port: a link is the same where both ends have equal names and ports."""
    number = {name: index for index, name in enumerate(planned.names)}
    known = [number.setdefault(name, len(number)) for name in observed.names]
    moved = np.asarray(known, dtype=np.int64)[observed.node]
    keys = _keys(
        np.concatenate([planned.node, moved], axis=1),
        np.concatenate([planned.port, observed.port], axis=1),
    )
    wanted, seen = keys[: len(planned)], keys[len(planned) :]
    return Differences(
        missing=planned.select(~np.isin(wanted, seen)),
        extra=observed.select(~np.isin(seen, wanted)),
    )


def _keys(node: Array, port: Array) -> Array:
    """A number for every link, equal for equal links whichever end comes first; shape (links,)."""
    pairs = np.stack([node.ravel(), port.ravel()])
    _, end = np.unique(pairs, axis=1, return_inverse=True)
    ends = np.sort(end.reshape(node.shape).astype(np.int64), axis=0)
    return np.asarray(ends[0] * (2 * node.shape[1]) + ends[1])
