"""What is left of a fabric when some of its links are gone, whole or in part.

An end of a host is cut off when its link is gone, or when the switch behind it no longer hangs
together with the largest part of what it hung together with before. What the others can still
send outward, possibly nothing: `rackplan.blast.flow`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from rackplan.blast.flow import Flow
from rackplan.blast.network import Network
from rackplan.tables import Array

TINY = 1e-9
"""Shares that differ by less are equal."""


@dataclass(frozen=True)
class Loss:
    """What one failure costs.

    Attributes:
        gpus_cut: GPUs without any end left.
        gpus_degraded: GPUs with less bandwidth than before, but an end left.
        gpu_left: what is left to the worst-hit GPU; None without GPUs.
        lost_gpus: the lost bandwidth, in GPUs.
        nodes_cut: nodes with GPUs that have no end left.
        node_left: what is left to the worst-hit node with GPUs; None without such nodes.
        others_cut: hosts without GPUs that have no end left.
        others_degraded: hosts without GPUs that have less bandwidth, but an end left.
        plane_left: what is left of the links of the worst tier in the worst plane.
        fabric_left: what is left of the links of the worst tier over all planes.
        pieces: parts with hosts that the fabric falls into, beyond those it had.
    """

    gpus_cut: int
    gpus_degraded: int
    gpu_left: float | None
    lost_gpus: float
    nodes_cut: int
    node_left: float | None
    others_cut: int
    others_degraded: int
    plane_left: float
    fabric_left: float
    pieces: int = 0

    @property
    def severity(self) -> tuple[float, ...]:
        """What orders failures: GPUs cut off, bandwidth lost, then hosts without GPUs."""
        worst = 1.0 if self.gpu_left is None else self.gpu_left
        return (
            self.gpus_cut,
            round(self.lost_gpus, 6),
            -round(worst, 9),
            self.others_cut,
            self.others_degraded,
            -round(self.fabric_left, 9),
        )


class Healthy:
    """A fabric before any failure, and what each failure leaves of it."""

    def __init__(self, net: Network) -> None:
        """Work out what the healthy fabric carries."""
        self.net = net
        links, ends, units = net.links, net.ends, net.units
        self._flow = Flow(net)
        # Links by their lower end, so that each failure needs no sort of its own.
        self._ordered = np.argsort(links.a, kind="stable")
        if not net.forwards:
            self._ordered = self._ordered[links.inner[self._ordered]]
        self._piece = self._pieces(np.ones(len(links)))
        self._end_gbps = links.gbps[ends.link]
        self._unit_gbps = np.bincount(units.unit, units.gbps, minlength=len(units.gpus))
        self._host_gbps = np.bincount(ends.host, self._end_gbps, minlength=len(net.host))
        tiers, planes = int(links.tier.max()) + 1, int(links.plane.max()) + 1
        self._tier_plane = links.tier * planes + links.plane
        whole = np.bincount(self._tier_plane, links.gbps, minlength=tiers * planes)
        self._whole = whole.reshape(tiers, planes)

    def after(self, link: Array, lost: Array) -> Loss:
        """What is left when a share of each of some different links is lost.

        Args:
            link: numbers of the links; shape (n,).
            lost: share of each that is lost, 0 to 1; shape (n,).
        """
        net = self.net
        left = np.ones(len(net.links))
        left[link] = 1 - lost
        inside = net.links.inner[link] | net.forwards
        # Where only hosts lose links, whoever is left has no less than before.
        share = self._flow.left(left) if np.any(inside) else left[net.ends.link]
        reached = left[net.ends.link] > TINY
        pieces = 0
        if np.any((left[link] < TINY) & inside):
            joined, pieces = self._joined(left)
            reached &= joined[net.ends.home]
        return self._tell(reached, np.where(reached, share, 0.0), link, lost, pieces)

    def after_nothing(self) -> Loss:
        """What there is when nothing has failed."""
        return self.after(np.zeros(0, dtype=np.int64), np.zeros(0))

    def _tell(self, reached: Array, share: Array, link: Array, lost: Array, pieces: int) -> Loss:
        """The figures, from whether each end is reached and the share that it keeps."""
        net, units = self.net, self.net.units
        known = self._unit_gbps > 0
        gpus, unit = units.gpus[known], (units.unit, len(units.gpus))
        of_unit = _sum(units.gbps * share[units.end], *unit)[known] / self._unit_gbps[known]
        cut = _sum(reached[units.end], *unit)[known] == 0
        host = (net.ends.host, len(net.host))
        of_host = _sum(self._end_gbps * share, *host) / self._host_gbps
        gone = _sum(reached, *host) == 0
        less, worse = of_unit < 1 - TINY, of_host < 1 - TINY
        nodes = net.host_gpus > 0
        lost_gbps = _sum(net.links.gbps[link] * lost, self._tier_plane[link], self._whole.size)
        lost_gbps = lost_gbps.reshape(self._whole.shape)
        return Loss(
            gpus_cut=int(gpus[cut].sum()),
            gpus_degraded=int(gpus[less & ~cut].sum()),
            gpu_left=_least(of_unit),
            lost_gpus=float((gpus * (1 - of_unit)).sum()),
            nodes_cut=int((gone & nodes).sum()),
            node_left=_least(of_host[nodes]),
            others_cut=int((gone & ~nodes).sum()),
            others_degraded=int((worse & ~gone & ~nodes).sum()),
            plane_left=_worst(lost_gbps, self._whole),
            fabric_left=_worst(lost_gbps.sum(axis=1), self._whole.sum(axis=1)),
            pieces=pieces,
        )

    def _pieces(self, left: Array) -> Array:
        """The connected part of every vertex, over the links of which something is left."""
        links, size = self.net.links, len(self.net.role)
        kept = self._ordered[left[self._ordered] > TINY]
        starts = np.concatenate([[0], np.cumsum(np.bincount(links.a[kept], minlength=size))])
        # One direction is enough: the parts of an undirected graph are asked for.
        ones = np.ones(len(kept), dtype=np.int8)
        graph = sp.csr_array((ones, links.b[kept], starts), shape=(size, size))
        return np.asarray(connected_components(graph, directed=False)[1])

    def _joined(self, left: Array) -> tuple[Array, int]:
        """Which vertices still hang together with most of their part, and the parts split off."""
        ends = self.net.ends
        piece = self._pieces(left)
        alive = self._end_gbps * (left[ends.link] > TINY)
        weight = np.bincount(piece[ends.home], alive, minlength=int(piece.max()) + 1)
        before = np.zeros(len(weight), dtype=np.int64)
        before[piece] = self._piece
        order = np.lexsort((-weight, before))  # a part's largest piece first
        first = np.r_[True, before[order][1:] != before[order][:-1]]
        main = np.zeros(len(weight), dtype=bool)
        main[order[first]] = True
        return main[piece], int((~main & (weight > 0)).sum())


def _sum(values: Array, group: Array, size: int) -> Array:
    """The sum of the values of each group; shape (size,)."""
    return np.bincount(group, values, minlength=size)


def _least(shares: Array) -> float | None:
    return float(shares.min()) if len(shares) else None


def _worst(gone: Array, whole: Array) -> float:
    """The least share left of what there is."""
    there = whole > 0
    return float(max(0.0, 1 - (gone[there] / whole[there]).max()))
