"""The rows of the cable schedule: which cable runs from which plug to which plug.

A row is a pair of plugs of one cable. A cord of one link is one row, a cable with two links in
one pair of plugs is one row, a splitter is a row for each tail, and a link that crosses a panel
has a row for each of its cables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.tables import Array, Table


@dataclass(frozen=True)
class Ends:
    """One end of many cables, as columns; shape (rows,) or (links,).

    Attributes:
        device: row of the device; beyond the devices, a patch panel (`rackplan.schedule.places`).
        port: row of the port, -1 at a panel.
        place: way through the panel, from 0; -1 elsewhere.
    """

    device: Array
    port: Array
    place: Array

    def at(self, rows: Array) -> Ends:
        """Some of the ends."""
        return Ends(self.device[rows], self.port[rows], self.place[rows])


@dataclass(frozen=True)
class Rows:
    """The rows of the schedule in order: by fabric, tier, way from below, then end A.

    Attributes:
        cable: row of the cable; shape (rows,).
        link: row of its first link.
        links: links in its two plugs.
        a: the lower end of the first link.
        z: the upper end.
        item: row of the schedule of every link that a cable carries; shape (items,).
        item_a: lower end of every such link, in order of the links.
        item_z: its upper end.
    """

    cable: Array
    link: Array
    links: Array
    a: Ends
    z: Ends
    item: Array
    item_a: Ends
    item_z: Ends

    def __len__(self) -> int:
        """Rows of the schedule."""
        return len(self.cable)

    def joined(self, *, upper: bool) -> Iterator[tuple[Array, Ends]]:
        """For the second, third and later links of a plug: the rows that have one, and its end."""
        if len(self.item) == len(self):
            return
        order = np.argsort(self.item, kind="stable")
        row = self.item[order]
        first = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
        number = np.arange(len(row)) - np.repeat(first, np.diff(np.append(first, len(row))))
        ends = self.item_z if upper else self.item_a
        for step in range(1, int(number.max(initial=0)) + 1):  # ports of a plug: at most some 8
            here = number == step
            yield row[here], ends.at(order[here])


def schedule_rows(tables: Mapping[str, Table]) -> Rows:
    """The rows of a plan's cable schedule; links on circuit boards have none."""
    links, cables = tables["links"], tables["cables"]
    link, order, cable, a, z = _items(tables)
    shared = np.bincount(cable, minlength=len(cables))[cable] > 1
    group = np.arange(len(cable))
    if np.any(shared):
        rows = np.flatnonzero(shared)
        plugs = np.stack([cable[rows], *(_plug(tables, end.at(rows)) for end in (a, z))])
        _, group[rows] = np.unique(plugs, axis=1, return_inverse=True)
        group[rows] += len(cable)
    _, first, member = np.unique(group, return_index=True, return_inverse=True)
    tier = np.stack([links["fabric"], links["tier"]])
    block = np.cumsum(np.r_[0, np.any(tier[:, 1:] != tier[:, :-1], axis=0)])[: len(links)]
    near = a.at(first)
    sorted_rows = np.lexsort(
        [first, near.place, near.port, near.device, order[first], block[link[first]]]
    )
    number = np.empty(len(first), dtype=np.int64)
    number[sorted_rows] = np.arange(len(first))
    item = number[member]
    kept = first[sorted_rows]
    return Rows(
        cable=cable[kept],
        link=link[kept],
        links=np.bincount(item, minlength=len(kept)),
        a=a.at(kept),
        z=z.at(kept),
        item=item,
        item_a=a,
        item_z=z,
    )


def _items(tables: Mapping[str, Table]) -> tuple[Array, Array, Array, Ends, Ends]:
    """Every pair of a link and a cable: link, order on its way, cable, lower and upper end."""
    links, segments = tables["links"], tables["segments"]
    device = tables["ports"]["device"]
    direct = links["cable"] >= 0
    direct[segments["link"]] = False
    rows = np.flatnonzero(direct)
    crossing, order = segments["link"].astype(np.int64), segments["order"].astype(np.int64)
    panels = _panel_ends(tables)
    trunk = panels[2]
    ends = []
    for name, near, behind in (("a_port", order == 0, panels[0]), ("b_port", order > 0, panels[1])):
        port = links[name].astype(np.int64)
        own, at_device = port[crossing], near & ~trunk
        ends.append(Ends(
            np.concatenate([device[port[rows]], np.where(at_device, device[own], behind.device)]),
            np.concatenate([port[rows], np.where(at_device, own, -1)]),
            np.concatenate([np.full(len(rows), -1), np.where(at_device, -1, behind.place)]),
        ))  # fmt: skip
    return (
        np.concatenate([rows, crossing]),
        np.concatenate([np.zeros(len(rows), dtype=np.int64), order]),
        np.concatenate([links["cable"][rows], segments["cable"]]).astype(np.int64),
        ends[0],
        ends[1],
    )


def _panel_ends(tables: Mapping[str, Table]) -> tuple[Ends, Ends, Array]:
    """Panel at the lower and at the upper end of every segment, and which segments are trunks.

    The panel of a cord or jumper is its own. That of a trunk, a segment without a panel of its
    own, is the panel of the cord before it, and of the cord behind it.
    """
    segments, devices = tables["segments"], len(tables["devices"])
    panel, place = segments["panel"].astype(np.int64), segments["place"].astype(np.int64)
    if "patch" in segments.columns:  # panels of structured cabling stand behind the devices
        patch = segments["patch"].astype(np.int64)
        panel = np.where(patch >= 0, devices + patch, panel)
    none = np.full(len(panel), -1)
    trunk = panel < 0
    lower, upper = Ends(panel, none, place), Ends(panel, none, place)
    if not np.any(trunk):
        return lower, upper, trunk
    before, behind = (np.zeros(len(tables["links"]), dtype=np.int64) for _ in range(2))
    link, order = segments["link"], segments["order"]
    before[link[order == 0]] = np.flatnonzero(order == 0)
    behind[link[~trunk & (order > 0)]] = np.flatnonzero(~trunk & (order > 0))
    own = np.arange(len(panel))
    return (
        lower.at(np.where(trunk, before[link], own)),
        upper.at(np.where(trunk, behind[link], own)),
        trunk,
    )


def _plug(tables: Mapping[str, Table], end: Ends) -> Array:
    """A number for the receptacle of each end: its cage, else its port, else its panel."""
    cages, ports = len(tables["cages"]), len(tables["ports"])
    cage = tables["ports"]["cage"][end.port]
    bare = np.where(cage >= 0, cage, cages + end.port)
    return np.where(end.port >= 0, bare, cages + ports + end.device)
