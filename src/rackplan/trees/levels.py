"""How many switches the tiers above the leaves need, by formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rackplan.topology import Offers
from rackplan.trees.leaves import Grouping, Leaves, grouped, podded
from rackplan.trees.shape import Above
from rackplan.trees.spec import TreeSpec
from rackplan.wiring import IntArray, divisors, uniform_parents

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
        spine, core, top = (offers.of(role).whole(link) for role in ("spine", "core", "supercore"))
        return cls(spine, core, top)


def two_tiers(spec: TreeSpec, leaves: int, up: int, radix: Radix) -> Above | None:
    """Spines that meet all leaves of the plane."""
    spread = spec.bundles == "spread"
    spines = _parents(up, leaves, radix.spine, spread=spread)
    return None if spines is None else Above(2, spines, spread=spread)


@dataclass(frozen=True)
class Candidate:
    """A grouping to try: the groups of each hall, the leaves of the largest, the size asked for."""

    by_hall: tuple[int, ...]
    largest: int
    size: int

    @property
    def groups(self) -> int:
        """Groups of all halls."""
        return sum(self.by_hall)


def candidates(spec: TreeSpec, leaves: Leaves, radix: Radix) -> Iterator[list[Candidate]]:
    """The groupings to try in three tiers and more; a later list only if an earlier has no result.

    Four leaves or more first; smaller groups only where none closes, as with four-port switches.
    """
    if spec.sus_per_pod is not None:
        pods = podded(leaves, spec.sus_per_pod)
        by_hall = tuple(np.bincount(pods.hall).tolist())
        yield [Candidate(by_hall, int(pods.sizes().max()), spec.sus_per_pod)]
        return
    halls = int(leaves.hall.max()) + 1
    runs = np.bincount(leaves.rail * halls + leaves.hall).reshape(-1, halls)
    if spec.leaves_per_group is not None:
        yield [_candidate(runs, spec.leaves_per_group)]
        return
    smallest = min(SMALLEST_GROUP, leaves.in_rail)
    largest = min(leaves.in_rail, radix.spine, LARGEST_GROUP)
    for sizes in (range(smallest, largest + 1), range(1, smallest)):
        yield [_candidate(runs, size) for size in sizes]


def _candidate(runs: IntArray, size: int) -> Candidate:
    by_hall = tuple((-(-runs // size)).sum(axis=0).tolist())
    return Candidate(by_hall, min(size, int(runs.max())), size)


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
    """Spines of the largest group, and the cores over them; None where they do not close.

    More spines than the fewest can need fewer switches in all.
    """
    ratio = spec.oversubscription.spine
    found = []
    for spines in _parent_counts(up, candidate.largest, _down_share(radix.spine, ratio)):
        down = candidate.largest * (up // spines)
        spine_up = min(-(-down * ratio.denominator // ratio.numerator), radix.spine - down)
        if spine_up < 1 or spines % (spec.core_groups or 1):
            continue
        draft = Above(tiers, spines, spine_up, spec.core_groups or spines)
        if tiers == 3:
            found.append(_cores(spec, draft, candidate.groups, radix.core))
        else:
            found.append(_tops(spec, draft, candidate, radix))
    return _cheapest(found, candidate.groups)


def _parent_counts(uplinks: int, children: int, ports: int) -> list[int]:
    """Every number of parents with equal bundles that hold the uplinks, ascending."""
    return [count for count in divisors(uplinks) if count * ports >= children * uplinks]


def _cheapest(found: Iterable[Above | None], groups: int) -> Above | None:
    """The one with the fewest switches, among equals the first."""
    closed = [above for above in found if above is not None]
    return min(closed, key=lambda above: above.switches(groups)) if closed else None


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


def _tops(spec: TreeSpec, draft: Above, candidate: Candidate, radix: Radix) -> Above | None:
    """Four tiers: the cheapest number of groups that share cores; they stand in one hall."""
    ratio = spec.oversubscription.core
    spread = spec.bundles == "spread"
    room = _down_share(radix.core, ratio)
    found = []
    for per_pod in range(1, min(max(candidate.by_hall), room) + 1):
        children = per_pod * draft.spines_per_set
        pods = sum(-(-of_hall // per_pod) for of_hall in candidate.by_hall)
        for cores in _parent_counts(draft.spine_up, children, room):
            down = children * (draft.spine_up // cores)
            core_up = min(-(-down * ratio.denominator // ratio.numerator), radix.core - down)
            tops = _parents(core_up, pods, radix.top, spread=spread) if core_up else None
            if tops is not None:
                found.append(
                    replace(draft, cores=cores, core_up=core_up, groups_per_pod=per_pod,
                            pods=pods, tops=tops, spread=spread)
                )  # fmt: skip
    return _cheapest(found, candidate.groups)


def _parents(uplinks: int, children: int, ports: int, *, spread: bool) -> int | None:
    """Switches of the top tier over some children, with equal bundles or the fewest.

    Every child must meet every one of them: two that share none have no way to each other.
    """
    if not spread or not ports:
        return uniform_parents(uplinks, children, ports)
    parents = -(-children * uplinks // ports)
    return parents if parents <= uplinks else None
