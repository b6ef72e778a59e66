"""What every host's end can still send outward when links are gone, tier by tier from the top.

A switch sends outward what its uplinks carry, which the switches above may limit; the top tier
takes all. The links from below share that: each carries at most its rate, and those that are held
back get equal parts of what they carry in the healthy fabric when every host sends all it can
(max-min fairness, by water filling). A reserve of uplinks is used up before a host loses anything.

In a direct network switches carry the traffic of others and keep no reserve: hosts get at most
the share that is left of their own switch's network links. Of several upward tiers of a role the
widest counts; a narrow way beside it (between zones) is no host's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rackplan.blast.network import Network
from rackplan.tables import Array

_TURNS = 8
"""Rounds of water filling; each fixes all links that hold less than their part."""

_CLOSE = 1e-12
"""Relative error of sums of rates."""


@dataclass(frozen=True)
class _Tier:
    """Links that lead into switches from below, one array element each.

    Attributes:
        link: number of the link.
        lower: vertex that sends; -1 where it is a host.
        upper: vertex that takes it.
        gbps: rate. [Gb/s]
        load: what it carries in the healthy fabric when every host sends all it can. [Gb/s]
    """

    link: Array
    lower: Array
    upper: Array
    gbps: Array
    load: Array


class Flow:
    """The outward links of a fabric, and what they carry."""

    def __init__(self, net: Network) -> None:
        """Sort the links into tiers and work out what each carries in the healthy fabric."""
        links = net.links
        self._size = len(net.role)
        self._peers = np.flatnonzero(links.same)
        self._ends = links.a[self._peers], links.b[self._peers]
        self._peer_gbps = links.gbps[self._peers]
        self._flat = np.zeros(self._size, dtype=bool)
        for end in self._ends:
            self._flat[end] = True
        tiers = list(self._loaded(net))
        self._everything = np.ones(len(links))
        self._whole = self._peers_left(self._everything)  # rate of all outward links
        for tier in tiers:
            self._whole += self._sum(tier.lower, tier.gbps)
        rate, far = links.gbps[net.ends.link], net.ends.far
        hosts = _Tier(net.ends.link, np.full(len(far), -1), far, rate, rate)
        self._tiers = [*reversed(tiers), hosts]
        self._carried: list[Array] = []
        self._sent = self._peers_left(self._everything)
        for tier in self._tiers:
            rows = np.arange(len(tier.link))
            self._carried.append(self._settled(tier, tier.gbps, self._sent, rows))
            if tier is not hosts:
                self._sent += self._sum(tier.lower, self._carried[-1])

    def left(self, left: Array) -> Array:
        """The share of what every end of a host sent that it still sends.

        Args:
            left: share that is left of every link; shape (links,).
        """
        sent = self._sent.copy()
        if len(self._peers):
            sent += self._peers_left(left) - self._peers_left(self._everything)
        for tier, before in zip(self._tiers, self._carried, strict=True):
            kept = left[tier.link]
            touched = np.abs(sent - self._sent) > _CLOSE * self._whole
            touched[tier.upper[kept < 1]] = True
            rows = np.flatnonzero(touched[tier.upper])
            now = self._settled(tier, tier.gbps * kept, sent, rows)
            if tier is not self._tiers[-1]:
                sent += self._sum(tier.lower[rows], now - before[rows])
        share = np.ones(len(before))
        share[rows] = np.minimum(1.0, now / before[rows])
        return share

    def _peers_left(self, left: Array) -> Array:
        """Bandwidth of the links of every switch to others of its role. [Gb/s]"""
        gbps = self._peer_gbps * left[self._peers]
        a, b = self._ends
        return self._sum(a, gbps) + self._sum(b, gbps)

    def _sum(self, vertex: Array, gbps: Array) -> Array:
        """The sum at every vertex; shape (vertices,)."""
        return np.bincount(vertex, gbps, minlength=self._size).astype(float, copy=False)

    def _settled(self, tier: _Tier, gbps: Array, sent: Array, rows: Array) -> Array:
        """What some links of a tier carry, all links into a switch or none. [Gb/s]

        Args:
            tier: the tier.
            gbps: what is left of the rate of every link of the tier.
            sent: what every switch can send outward itself.
            rows: the links in question.
        """
        upper, load = tier.upper[rows], tier.load[rows]
        most = np.where(load > 0, gbps[rows], 0.0)
        leads = self._whole > 0
        part = np.full(self._size, np.inf)
        flat = leads & self._flat
        part[flat] = sent[flat] / self._whole[flat]
        tight = leads & ~self._flat & (self._sum(upper, most) > sent * (1 + _CLOSE))
        held = tight[upper]
        if np.any(held):
            part[tight] = self._filled(upper[held], load[held], most[held], sent)[tight]
        limit = part[upper]
        limited = np.isfinite(limit)
        return np.where(limited, np.minimum(most, np.where(limited, limit, 0.0) * load), most)

    def _filled(self, upper: Array, load: Array, most: Array, sent: Array) -> Array:
        """The part of its load that a link into each switch may carry, if it can."""
        below = np.zeros(len(upper), dtype=bool)
        part = np.zeros(self._size)
        for _ in range(_TURNS):
            fixed = self._sum(upper[below], most[below])
            shared = self._sum(upper[~below], load[~below])
            part = np.maximum(0.0, sent - fixed) / np.where(shared > 0, shared, 1)
            more = ~below & (most < part[upper] * load * (1 - _CLOSE))
            if not np.any(more):
                break
            below |= more
        return part

    def _loaded(self, net: Network) -> Iterator[_Tier]:
        """The upward tiers from the hosts to the top, with their healthy load."""
        links = net.links
        load = self._sum(net.ends.far, links.gbps[net.ends.link])
        own = np.zeros(self._size)
        steps = list(_upward(net))
        for link in steps:
            own += self._sum(links.a[link], links.gbps[link])
        for link in steps:
            a, gbps = links.a[link], links.gbps[link]
            full = np.minimum(1.0, load[a] / own[a])
            yield _Tier(link, a, links.b[link], gbps, gbps * full)
            load += self._sum(links.b[link], gbps * full)


def _upward(net: Network) -> Iterator[Array]:
    """The widest upward tier of each role, from the lowest role to the highest."""
    links = net.links
    up = np.flatnonzero(links.inner & ~links.same)
    role, tier = net.role[links.a[up]], links.tier[up]
    tiers = int(links.tier.max()) + 1
    width = np.bincount(role * tiers + tier, links.gbps[up])
    steps = {}
    for lower in np.flatnonzero(np.bincount(role)):
        widest = int(width[lower * tiers : (lower + 1) * tiers].argmax())
        mine = up[(role == lower) & (tier == widest)]
        above = np.flatnonzero(np.bincount(net.role[links.b[mine]]))
        steps[int(lower)] = (set(above.tolist()), mine)
    while steps:  # a role comes after all that lead to it
        lowest = next(role for role in steps if not any(role in step[0] for step in steps.values()))
        yield steps.pop(lowest)[1]
