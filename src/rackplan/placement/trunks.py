"""Structured cabling: which trunk and which place of which panel every link of a tier takes.

Every rack that links leave has patch panels. Trunks run from the panels of one rack to those of
another and carry the links between the two; cords join devices and panels. A trunk takes as many
neighbouring positions at both ends as it can carry links, so that its dark strands have a place
too: a later link needs cords and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.catalog.parts import Part
from rackplan.tables import Array, number_within
from rackplan.trunking import links_per_panel, links_per_trunk


@dataclass(frozen=True)
class Trunks:
    """Trunks and panels of one tier; numbers count from 0, -1 where there is none.

    Attributes:
        trunk: trunk of every link, -1 for links within a rack or with an end in none; (links,).
        leg: which of the trunk's connectors (or groups of strands) the link takes.
        a_panel: panel at the link's a end.
        a_position: position on it.
        z_panel: panel at its z end.
        z_position: position on it.
        a_rack: rack at the a end of every trunk, the one with the smaller number; (trunks,).
        z_rack: rack at its z end.
        number: number of the trunk among those between the same racks.
        links: links that it carries.
        strands_used: strands that carry light; -1 where no optics are named.
        strands_dark: strands that do not.
        a_first: first position at the a end, counted over all panels of that rack; the others
            follow, `legs` in all.
        z_first: first position at the z end.
        rack: rack of every panel; (panels,).
        number_in_rack: number of the panel in its rack.
        used: positions with a link.
        dark: positions with a leg of a trunk that carries no link.
        free: positions with nothing behind them.
        legs: links that one trunk can carry.
        ports: positions of one panel.
    """

    trunk: Array
    leg: Array
    a_panel: Array
    a_position: Array
    z_panel: Array
    z_position: Array
    a_rack: Array
    z_rack: Array
    number: Array
    links: Array
    strands_used: Array
    strands_dark: Array
    a_first: Array
    z_first: Array
    rack: Array
    number_in_rack: Array
    used: Array
    dark: Array
    free: Array
    legs: int
    ports: int

    def place(self, rack: Array, position: Array) -> tuple[Array, Array]:
        """Panel, and position on it, of positions counted over all panels of a rack."""
        return _place(self.rack, rack, position, self.ports)


def lay_trunks(  # both ends, how much a link takes, and of what
    a_rack: Array,
    z_rack: Array,
    fibers_per_link: int | None,
    strands_per_link: int,
    panel: Part,
    trunk: Part,
) -> Trunks:
    """Trunks between every two racks that links of a tier join, and the panels they end at.

    Between two racks run ceil(links / legs) trunks, legs = strands of a trunk // strands of a
    link; a rack has ceil(its trunks * legs / ports) panels. Trunks are in the order of their
    racks, positions in the order of trunks, links in their own order.

    Args:
        a_rack: rack at one end of every link, -1 where in none; shape (links,).
        z_rack: rack at the other end.
        fibers_per_link: lit fibers of a link; None where no optics are named.
        strands_per_link: strands that a link takes in a trunk.
        panel: the patch panel, with its ports or fibers.
        trunk: the trunk, with its fibers or ports.

    Raises:
        ValueError: panel or trunk take no link, or nobody says how many.
    """
    legs, ports = links_per_trunk(trunk, strands_per_link), links_per_panel(panel, strands_per_link)
    if not legs or not ports:
        message = f"{trunk.title} carries {legs} links, {panel.title} takes {ports}"
        raise ValueError(message)
    crossing = np.flatnonzero((a_rack >= 0) & (z_rack >= 0) & (a_rack != z_rack))
    a, z = a_rack[crossing].astype(np.int64), z_rack[crossing].astype(np.int64)
    racks = int(max(a.max(initial=0), z.max(initial=0))) + 1
    pairs, number, leg, of_pair = _numbered(np.minimum(a, z) * racks + np.maximum(a, z), legs)
    low, high = pairs[of_pair] // racks, pairs[of_pair] % racks
    carried = np.bincount(number, minlength=len(of_pair))
    first = number_within(np.stack([low, high], axis=1).ravel()).reshape(-1, 2) * legs
    rack, in_rack, behind = _panels(np.concatenate([low, high]), legs, ports)
    back = (a > z).astype(np.int64)  # the lower end of such a link is at the trunk's z end
    a_at, z_at = (
        _place(rack, end, first[number, side] + leg, ports)
        for end, side in ((a, back), (z, 1 - back))
    )
    used = np.bincount(a_at[0], minlength=len(rack)) + np.bincount(z_at[0], minlength=len(rack))
    strands = trunk.fibers.value if trunk.fibers.value is not None else legs * strands_per_link
    lit = np.full(len(carried), -1) if fibers_per_link is None else carried * fibers_per_link
    of_links = np.full((6, len(a_rack)), -1)
    of_links[:, crossing] = np.stack([number, leg, *a_at, *z_at])
    return Trunks(
        **dict(zip(_OF_LINKS, of_links, strict=True)),
        a_rack=low, z_rack=high, number=number_within(of_pair), links=carried,
        strands_used=lit, strands_dark=np.where(lit < 0, -1, strands - lit),
        a_first=first[:, 0], z_first=first[:, 1],
        rack=rack, number_in_rack=in_rack,
        used=used, dark=behind - used, free=ports - behind, legs=legs, ports=ports,
    )  # fmt: skip


_OF_LINKS = ("trunk", "leg", "a_panel", "a_position", "z_panel", "z_position")


def _numbered(key: Array, legs: int) -> tuple[Array, Array, Array, Array]:
    """Keys of all pairs; trunk and leg of every link; pair of every trunk.

    Args:
        key: one number for each pair of racks; shape (links,).
        legs: links that a trunk carries.
    """
    order = np.argsort(key, kind="stable")  # sorted once: there may be millions
    ordered = key[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    links = np.diff(starts, append=len(key))
    trunks = -(-links // legs)
    place = np.arange(len(key)) - np.repeat(starts, links)
    number, leg = np.empty((2, len(key)), dtype=np.int64)
    number[order] = np.repeat(np.cumsum(trunks) - trunks, links) + place // legs
    leg[order] = place % legs
    return ordered[starts], number, leg, np.repeat(np.arange(len(starts)), trunks)


def _panels(ends: Array, legs: int, ports: int) -> tuple[Array, Array, Array]:
    """Rack, number in it, and positions with a trunk behind, of all panels in order of racks.

    Args:
        ends: rack of every end of a trunk; shape (2 trunks,).
        legs: positions that a trunk takes at each end.
        ports: positions of a panel.
    """
    racks, count = np.unique(ends, return_counts=True)
    taken = count * legs
    panels = -(-taken // ports)
    rack = np.repeat(racks, panels)
    number = number_within(rack)
    return rack, number, np.minimum(np.repeat(taken, panels) - number * ports, ports)


def _place(panel_rack: Array, rack: Array, position: Array, ports: int) -> tuple[Array, Array]:
    """Panel, and position on it, of positions counted over all panels of a rack."""
    known = np.arange(int(panel_rack.max(initial=-1)) + 1)
    first = np.searchsorted(panel_rack, known)
    return first[rack] + position // ports, position % ports
