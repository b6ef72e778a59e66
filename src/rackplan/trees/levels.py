"""How many switches the tiers above the leaves need, by formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rackplan.topology import Offers
from rackplan.trees.leaves import Grouping, Leaves, grouped, podded
from rackplan.trees.shape import Above
from rackplan.trees.spec import TreeSpec
from rackplan.wiring import IntArray, uniform_parents

SMALLEST_GROUP = 4
"""Leaves in a group of the smallest published three-tier SuperPOD (RA-11333-001 V11, 16 SU)."""
LARGEST_GROUP = 1024
"""Leaves in the largest group that is tried."""


@dataclass(frozen=True)
class Radix:
    """Ports of the switches of each upper role at link rate."""

    spine: int
    core: int
    top: int

    @classmethod
    def of(cls, offers: Offers) -> Radix:
        """The ports that the fabric's switches offer."""
        link = offers.link_gbps
        spine, core, top = (offers.of(role).ports(link) for role in ("spine", "core", "supercore"))
        return cls(spine, core, top)


def two_tiers(spec: TreeSpec, leaves: int, up: int, radix: Radix) -> Above | None:
    """Spines that meet all leaves of the plane."""
    spread = spec.bundles == "spread"
    spines = -(-leaves * up // radix.spine) if spread else uniform_parents(up, leaves, radix.spine)
    return None if spines is None else Above(2, spines, spread=spread)


@dataclass(frozen=True)
class Candidate:
    """A grouping to try: how many groups, the leaves of the largest, and the size asked for."""

    groups: int
    largest: int
    size: int


def candidates(spec: TreeSpec, leaves: Leaves, radix: Radix) -> Iterator[list[Candidate]]:
    """The groupings to try in three tiers and more; a later list only if an earlier has no result.

    Four leaves or more first; smaller groups only where none closes, as with four-port switches.
    """
    if spec.sus_per_pod is not None:
        pods = podded(leaves, spec.sus_per_pod)
        yield [Candidate(pods.groups, int(pods.sizes().max()), spec.sus_per_pod)]
        return
    runs = np.bincount(leaves.rail * (leaves.hall.max() + 1) + leaves.hall)
    if spec.leaves_per_group is not None:
        yield [_candidate(runs, spec.leaves_per_group)]
        return
    smallest = min(SMALLEST_GROUP, leaves.in_rail)
    largest = min(leaves.in_rail, radix.spine, LARGEST_GROUP)
    for sizes in (range(smallest, largest + 1), range(1, smallest)):
        yield [_candidate(runs, size) for size in sizes]


def _candidate(runs: IntArray, size: int) -> Candidate:
    return Candidate(int((-(-runs // size)).sum()), min(size, int(runs.max())), size)


def three_or_four(
    spec: TreeSpec, leaves: Leaves, up: int, radix: Radix, tiers: int
) -> tuple[Grouping, Above] | None:
    """The cheapest grouping that closes, among equals the smallest group."""
    for tried in candidates(spec, leaves, radix):
        found = [
            (above.switches(candidate.groups), number, candidate, above)
            for number, candidate in enumerate(tried)
            if (above := _over(spec, candidate, up, radix, tiers)) is not None
        ]
        if found:
            _, _, candidate, above = min(found)
            make = grouped if spec.sus_per_pod is None else podded
            return make(leaves, candidate.size), above
    return None


def _over(spec: TreeSpec, candidate: Candidate, up: int, radix: Radix, tiers: int) -> Above | None:
    """Spines of the largest group, and the cores over them; None where they do not close."""
    ratio = spec.oversubscription.spine
    spines = uniform_parents(up, candidate.largest, _down_share(radix.spine, ratio))
    if spines is None:
        return None
    down = candidate.largest * (up // spines)
    spine_up = min(-(-down * ratio.denominator // ratio.numerator), radix.spine - down)
    sets = spec.core_groups or spines
    if spine_up < 1 or spines % sets:
        return None
    draft = Above(tiers, spines, spine_up, sets)
    if tiers == 3:
        return _cores(spec, draft, candidate.groups, radix.core)
    return _tops(spec, draft, candidate.groups, radix)


def _down_share(ports: int, ratio: Fraction) -> int:
    """Ports of a switch that may face down so that those left face up at the ratio."""
    return ports * ratio.numerator // (ratio.numerator + ratio.denominator)


def _cores(spec: TreeSpec, draft: Above, groups: int, ports: int) -> Above | None:
    children = groups * draft.spines_per_set
    spread = spec.bundles == "spread"
    cores = _parents(draft.spine_up, children, ports, spread=spread)
    if cores is None:
        return None
    return replace(draft, cores=cores, groups_per_pod=groups, pods=1, spread=spread)


def _tops(spec: TreeSpec, draft: Above, groups: int, radix: Radix) -> Above | None:
    """Four tiers: the cheapest number of groups that share cores."""
    ratio = spec.oversubscription.core
    spread = spec.bundles == "spread"
    best: Above | None = None
    room = _down_share(radix.core, ratio)
    for per_pod in range(1, min(groups, room) + 1):
        children = per_pod * draft.spines_per_set
        cores = uniform_parents(draft.spine_up, children, room)
        if cores is None:
            break
        down = children * (draft.spine_up // cores)
        core_up = min(-(-down * ratio.denominator // ratio.numerator), radix.core - down)
        pods = -(-groups // per_pod)
        tops = _parents(core_up, pods, radix.top, spread=spread) if core_up else None
        if tops is None:
            continue
        above = replace(draft, cores=cores, core_up=core_up, groups_per_pod=per_pod, pods=pods,
                      tops=tops, spread=spread)  # fmt: skip
        if best is None or above.switches(groups) < best.switches(groups):
            best = above
    return best


def _parents(uplinks: int, children: int, ports: int, *, spread: bool) -> int | None:
    """Switches of the top tier over some children: fewest, or with equal bundles."""
    if spread:
        return -(-children * uplinks // ports)
    return uniform_parents(uplinks, children, ports)
