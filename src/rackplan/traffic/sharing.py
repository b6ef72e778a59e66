"""Link loads when everyone sends to everyone and every switch splits evenly over its next hops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.tables import Array
from rackplan.traffic.folding import Folded, arc_orbits
from rackplan.traffic.shortest import How, Sources, distances, sources


@dataclass(frozen=True)
class Loads:
    """Traffic on single links, by arc of the folded plane; shape (arcs,). [Gb/s]

    Attributes:
        mean: over the links of the arc.
        most: on the busiest of them.
        how: see `rackplan.traffic.shortest.Sources`. With `turns` all hosts that could be there
            count; of a `sample` only the sum of the loads tells something.
    """

    mean: Array
    most: Array
    how: How


@dataclass(frozen=True)
class _Sending:
    """What the members of each class send; every array has the shape (classes,). [Gb/s]

    Attributes:
        total: all members together.
        most: the member that sends most.
        within: sum over the members of what it sends times what the others send.
    """

    total: Array
    most: Array
    within: Array


def all_to_all(folded: Folded, vertex_sending: Array, ends: int) -> Loads:
    """Loads when every end point sends at line rate to all others alike.

    End point i sends `r_i r_j / (R (1 - 1/N))` to end point j, where r are their rates and R the
    sum over all N of them; with equal rates that is r / (N - 1). Every switch splits what it has
    for a destination evenly over its links on shortest paths, as ECMP does with very many flows.

    Args:
        folded: the plane.
        vertex_sending: what the end points of each vertex send; shape (vertices,). [Gb/s]
        ends: end points of the plane, N.
    """
    total = np.bincount(folded.of_vertex, vertex_sending, minlength=len(folded))
    chosen = sources(folded, total)
    sending = _sending(folded, vertex_sending, total)
    if chosen.how == "turns":
        sending = _filled(folded, chosen, total)
        ends = round(ends * sending.total.sum() / total.sum())
    weight = chosen.weight(sending.total)
    mean, most = _among_twins(folded, sending)
    for block in chosen.blocks(len(folded)):
        parts = _towards(folded, sending, chosen.classes[block], weight[block])
        mean += parts[0]
        most += parts[1]
    if chosen.how == "turns":
        orbit = arc_orbits(folded, chosen.turns)
        mean, most = _evened(mean, orbit), _evened(most, orbit)
    scale = 1 / (sending.total.sum() * (1 - 1 / ends)) if ends > 1 else 0.0
    return Loads(mean * scale, most * scale, chosen.how)


def _sending(folded: Folded, vertex_sending: Array, total: Array) -> _Sending:
    most = np.zeros(len(folded))
    np.maximum.at(most, folded.of_vertex, vertex_sending)
    squares = np.bincount(folded.of_vertex, vertex_sending**2, minlength=len(folded))
    return _Sending(total, most, total**2 - squares)


def _filled(folded: Folded, chosen: Sources, total: Array) -> _Sending:
    """All classes of an orbit send what the fullest of them does."""
    most = np.zeros(int(chosen.orbit.max()) + 1)
    np.maximum.at(most, chosen.orbit, total)
    full = most[chosen.orbit]
    return _Sending(full, full / folded.size, full**2 * (1 - 1 / folded.size))


def _towards(
    folded: Folded, sending: _Sending, target: Array, weight: Array
) -> tuple[Array, Array]:
    """Mean and greatest load of a link of each arc, from all other classes to some."""
    links = distances(folded, target)
    hops = _next_hops(folded, target, links)
    passing = _passing(folded, sending, target, links, hops) / folded.size[:, None]
    own = np.where(links > 0, sending.total[:, None], 0) / folded.size[:, None]
    wanted = np.divide(weight * sending.total[target], hops, out=np.zeros_like(hops),
                       where=hops > 0)  # fmt: skip
    most_share = np.divide(sending.most, sending.total, out=np.zeros(len(folded)),
                           where=sending.total > 0)  # fmt: skip
    mean = _on_arcs(folded, target, links, passing * wanted, 1 / folded.size)
    if np.all(folded.size == 1):
        return mean, mean
    busiest = (passing - own + sending.most[:, None]) * wanted
    return mean, _on_arcs(folded, target, links, busiest, most_share)


def _on_arcs(folded: Folded, target: Array, links: Array, load: Array, share: Array) -> Array:
    """Loads of the links that lead nearer to each target, added up by arc; shape (arcs,).

    Args:
        folded: the plane.
        target: classes; shape (targets,).
        links: distance to each target; shape (classes, targets).
        load: load of a link of a member that leads nearer; shape (classes, targets).
        share: of what all members of a class receive, the share of the member that the last link
            leads to; shape (classes,).
    """
    total = np.zeros(len(folded.tail))
    for arcs in _chunks(len(folded.tail), len(target)):
        tail, head = folded.tail[arcs], folded.head[arcs]
        nearer = (links[tail] == links[head] + 1) & (links[head] >= 0)
        total[arcs] = np.where(nearer, load[tail], 0).sum(axis=1)
    column = np.full(len(folded), -1)
    column[target] = np.arange(len(target))
    last = np.flatnonzero(column[folded.head] >= 0)
    head = folded.head[last]
    total[last] -= load[folded.tail[last], column[head]] * (1 - share[head])
    return total


def _chunks(arcs: int, targets: int) -> list[slice]:
    each = max(1, 2_000_000 // max(1, targets))
    return [slice(at, at + each) for at in range(0, arcs, each)]


def _next_hops(folded: Folded, target: Array, links: Array) -> Array:
    """Links of a member of each class that lead nearer to the target; (classes, targets)."""
    hops = np.zeros(links.shape)
    members = np.repeat(folded.size[:, None].astype(np.float64), len(target), axis=1)
    members[target, np.arange(len(target))] = 1
    for distance in range(1, int(links.max(initial=0)) + 1):
        ahead = folded.next_to @ np.where(links == distance - 1, members, 0)
        here = links == distance
        hops[here] = ahead[here]
    return hops


def _passing(folded: Folded, sending: _Sending, target: Array, links: Array, hops: Array) -> Array:
    """What all members of a class send and pass on to the target; shape (classes, targets)."""
    passing = np.repeat(sending.total[:, None].astype(np.float64), len(target), axis=1)
    passing[links <= 0] = 0
    size = folded.size[:, None]
    for distance in range(int(links.max(initial=0)), 1, -1):
        each = np.divide(passing, hops, out=np.zeros_like(passing), where=links == distance)
        passing += np.where(links == distance - 1, size * (folded.next_to @ each), 0)
    return passing


def _among_twins(folded: Folded, sending: _Sending) -> tuple[Array, Array]:
    """Loads of the traffic between members of one class, which all their neighbours share.

    It takes an arc out of the class and an arc back into it, so both carry what a member sends.
    """
    links = folded.links * folded.size[folded.head]
    hops = np.maximum(np.bincount(folded.tail, links, minlength=len(folded)), 1)
    mean = sending.within / folded.size / hops
    most = sending.most * (sending.total - sending.most) / hops
    return mean[folded.tail] + mean[folded.head], most[folded.tail] + most[folded.head]


def _evened(loads: Array, orbit: Array) -> Array:
    """The mean over all arcs of an orbit, as each is in the place of each other."""
    return np.asarray((np.bincount(orbit, loads) / np.bincount(orbit))[orbit])
