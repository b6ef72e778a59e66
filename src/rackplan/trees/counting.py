"""A plane's shape turned into the counts of a fabric: roles, port classes, links, bisection."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product

import numpy as np

from rackplan.sizes import HOST, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.trees import reasons
from rackplan.trees.shape import Above, Shape
from rackplan.wiring import IntArray

ACROSS = "leaf_interzone"
"""Tier of the links from leaves to switches between zones."""


def host_tier(shape: Shape, gbps: float) -> str:
    """Name of the host links of a rate; the first rate of a fabric has the plain name."""
    return "host_leaf" if gbps == shape.kinds[0].gbps else f"host_leaf_{gbps:g}g"


def counted(
    shape: Shape, *, planes: int, rails: int, link: float, across: IntArray | None = None
) -> FabricSize:
    """The counts of all planes.

    Args:
        shape: one plane.
        planes: how many there are.
        rails: rails of the fabric, for the record.
        link: rate of the links between switches. [Gb/s]
        across: host ports in use of each leaf that lead to another zone, the last ones.
    """
    across = np.zeros(len(shape.leaves), dtype=np.int64) if across is None else across
    leaf = Role("leaf", len(shape.leaves) * planes, _leaf_uses(shape, across, planes),
                shape.layouts["leaf"], reasons.leaves(shape, planes))  # fmt: skip
    hosts = _host_tiers(shape, across, planes)
    above = shape.above
    if above is None:
        ends = sum(tier.links * Fraction(tier.gbps) for tier in hosts)
        return FabricSize(1, planes, rails, (leaf,), hosts, {}, Fraction(ends, 2), shape,
                          shape.notation(), reasons.of_single(shape))  # fmt: skip
    upper = _upper(shape, above, planes)
    return FabricSize(
        tiers=above.tiers,
        planes=planes,
        rails=rails,
        roles=(leaf, *upper),
        links=(*hosts, *_switch_tiers(shape, above, planes, link)),
        oversubscription=_ratios(shape, above),
        bisection_gbps=_bisection(shape, above, across, Fraction(link)) * planes,
        shape=shape,
        notation=shape.notation(),
        reasons=reasons.of_tree(shape, above),
    )


def _leaf_uses(shape: Shape, across: IntArray, planes: int) -> tuple[PortUse, ...]:
    leaves = shape.leaves
    own = (leaves.used - across).tolist()
    classes = Counter(zip(leaves.used.tolist(), leaves.kind.tolist(), own, strict=True))
    uses = []
    for (used, number, hosts), count in sorted(classes.items(), key=_fullest_first):
        kind = shape.kinds[number]
        ranges = [PortRange(0, hosts, host_tier(shape, kind.gbps), upper=True)]
        if used > hosts:
            ranges.append(PortRange(hosts, used, ACROSS, upper=False))
        if shape.above is not None:
            ranges.append(PortRange(kind.first_up, kind.first_up + kind.up, "leaf_spine",
                                    upper=False))  # fmt: skip
        uses.append(PortUse(count * planes, tuple(ranges), number))
    return tuple(uses)


def _fullest_first(item: tuple[tuple[int, int, int], int]) -> tuple[int, int, int]:
    used, number, hosts = item[0]
    return -used, number, -hosts


def _host_tiers(shape: Shape, across: IntArray, planes: int) -> tuple[LinkTier, ...]:
    leaves = shape.leaves
    tiers = []
    for number, kind in enumerate(shape.kinds):
        links = int((leaves.used - across)[leaves.kind == number].sum()) * planes
        name = host_tier(shape, kind.gbps)
        tiers.append(LinkTier(name, HOST, "leaf", links, 1, kind.gbps,
                              f"every port of every host at {kind.gbps:g} Gb/s"))  # fmt: skip
    return tuple(tiers)


def _upper(shape: Shape, above: Above, planes: int) -> list[Role]:
    """The roles above the leaves."""
    leaves, groups = len(shape.leaves), shape.grouping.groups
    told = reasons.upper(shape, above, planes)
    if above.tiers == 2:
        uses = _top_uses(leaves, shape.up, above.spines, above, "leaf_spine", planes)
        return [_role(shape, "spine", uses, told)]
    bundle = shape.up // above.spines
    full = shape.largest_group * bundle
    up = PortRange(full, full + above.spine_up, "spine_core", upper=False)
    spines = tuple(
        PortUse(count * above.spines * planes, (_down(size * bundle, "leaf_spine"), up))
        for size, count in _sizes(shape.grouping.sizes())
    )
    roles = [_role(shape, "spine", spines, told)]
    per_set = above.spines_per_set
    if above.tiers == 3:
        copies = above.sets * planes
        uses = _top_uses(groups * per_set, above.spine_up, above.cores, above, "spine_core", copies)
        return [*roles, _role(shape, "core", uses, told)]
    each = per_set * (above.spine_up // above.cores)
    full = above.groups_per_pod * each
    up = PortRange(full, full + above.core_up, "core_supercore", upper=False)
    pods = np.bincount(shape.pods()[0])
    places = above.sets * above.cores
    cores = tuple(
        PortUse(count * places * planes, (_down(size * each, "spine_core"), up))
        for size, count in _sizes(pods)
    )
    tops = _top_uses(above.pods, above.core_up, above.tops, above, "core_supercore",
                     places * planes)  # fmt: skip
    return [*roles, _role(shape, "core", cores, told), _role(shape, "supercore", tops, told)]


def _role(shape: Shape, name: str, uses: tuple[PortUse, ...], told: dict[str, str]) -> Role:
    switches = sum(use.switches for use in uses)
    return Role(name, switches, uses, shape.layouts[name], told[name])


def _down(stop: int, tier: str) -> PortRange:
    return PortRange(0, stop, tier, upper=True)


def _sizes(counts: IntArray) -> list[tuple[int, int]]:
    """(size, how often), largest first."""
    return sorted(Counter(counts.tolist()).items(), reverse=True)


def _top_uses(
    children: int, uplinks: int, parents: int, above: Above, tier: str, copies: int
) -> tuple[PortUse, ...]:
    """Ports in use on the switches of the top tier, in equal bundles or dealt in turn."""
    if not above.spread:
        stop = children * (uplinks // parents)
        return (PortUse(parents * copies, (_down(stop, tier),)),)
    least, more = divmod(children * uplinks, parents)
    classes = ((least + 1, more), (least, parents - more))
    return tuple(PortUse(count * copies, (_down(stop, tier),)) for stop, count in classes if count)


def _switch_tiers(shape: Shape, above: Above, planes: int, link: float) -> Iterable[LinkTier]:
    leaves, groups = len(shape.leaves), shape.grouping.groups
    steps = [("leaf", "spine", leaves, shape.up, above.spines)]
    if above.tiers > 2:
        steps.append(("spine", "core", groups * above.spines, above.spine_up, above.cores))
    if above.tiers > 3:
        cores = above.pods * above.sets * above.cores
        steps.append(("core", "supercore", cores, above.core_up, above.tops))
    for number, (lower, upper, switches, uplinks, parents) in enumerate(steps, 2):
        dealt = above.spread and number == above.tiers
        yield LinkTier(
            name=f"{lower}_{upper}",
            lower=lower,
            upper=upper,
            links=switches * uplinks * planes,
            bundle=-(-uplinks // parents) if dealt else uplinks // parents,
            gbps=link,
            reason=f"{switches * planes:,} {lower} switches x {uplinks} uplinks",
        )


def _ratios(shape: Shape, above: Above) -> dict[str, Fraction]:
    """Down to up bandwidth of full switches, role by role; of leaves the worst kind."""
    ratios = {"leaf": max(kind.ratio for kind in shape.kinds)}
    if above.tiers > 2:
        down = shape.largest_group * (shape.up // above.spines)
        ratios["spine"] = Fraction(down, above.spine_up)
    if above.tiers > 3:
        down = above.groups_per_pod * above.spines_per_set * (above.spine_up // above.cores)
        ratios["core"] = Fraction(down, above.core_up)
    return ratios


def _bisection(shape: Shape, above: Above, across: IntArray, link: Fraction) -> Fraction:
    """Bandwidth of the worst even cut of one plane that the tiers allow. [Gb/s]

    A leaf, a group or a pod sends at most what its uplinks carry; the cut is taken at each level
    and the least counts. Equal bundles are assumed; what dealt links lose shows in the max-flow
    of `rackplan.analyses.throughput`.
    """
    leaves, grouping = shape.leaves, shape.grouping
    rate = np.array([kind.gbps for kind in shape.kinds])[leaves.kind]
    hosts = (leaves.used - across) * rate
    level = [(hosts, shape.up * link)]
    if above.tiers > 2:
        of_group = np.bincount(grouping.group, hosts, minlength=grouping.groups)
        level.append((of_group, above.spines * above.spine_up * link))
        if above.tiers > 3:
            of_pod = np.bincount(shape.pods()[0], of_group)
            level.append((of_pod, above.sets * above.cores * above.core_up * link))
    return min(_worst_even_cut(_classes(bandwidth), up) for bandwidth, up in level)


MOST_WAYS = 20_000
"""Ways to share out parts over two halves that are all tried."""


def _classes(bandwidth: np.ndarray) -> list[tuple[Fraction, int]]:
    tally = Counter(bandwidth.tolist())
    return [(Fraction(value), count) for value, count in tally.items() if value]


def _worst_even_cut(parts: Sequence[tuple[Fraction, int]], up: Fraction) -> Fraction:
    """The least that half of the bandwidth has to the other half.

    A half takes whole parts, and of one more part some hosts, which the cut then meets at their
    own links or at those of their neighbours. All ways are tried where there are few kinds of
    parts; else the parts with the least uplink bandwidth a host are taken first.
    """
    half = Fraction(sum(bandwidth * count for bandwidth, count in parts), 2)
    ordered = sorted(parts, key=lambda part: (min(part[0], up) / part[0], -part[0]))
    if math.prod(count + 1 for _, count in ordered[1:]) > MOST_WAYS:
        return _cut_by(_greedy(ordered, half), ordered, half, up)
    ways = product(*(range(count + 1) for _, count in ordered[1:]))
    return min(_cut_by(_filled_up(ordered, way, half), ordered, half, up) for way in ways)


def _greedy(parts: Sequence[tuple[Fraction, int]], left: Fraction) -> list[int]:
    taken = []
    for bandwidth, count in parts:
        taken.append(min(count, int(left // bandwidth)))
        left -= taken[-1] * bandwidth
    return taken


def _filled_up(
    parts: Sequence[tuple[Fraction, int]], way: tuple[int, ...], half: Fraction
) -> list[int]:
    """The parts of a way, and of the first kind as many whole ones as the half then holds."""
    left = half - sum(
        number * bandwidth for number, (bandwidth, _) in zip(way, parts[1:], strict=True)
    )
    bandwidth, count = parts[0]
    return [max(-1, min(count, int(left // bandwidth))), *way]


def _cut_by(
    taken: Sequence[int], parts: Sequence[tuple[Fraction, int]], half: Fraction, up: Fraction
) -> Fraction:
    """The cut when whole parts are taken and the rest of the half comes from one more part."""
    cut, left = Fraction(0), half
    for number, (bandwidth, _) in zip(taken, parts, strict=True):
        cut += number * min(bandwidth, up)
        left -= number * bandwidth
    if left == 0:
        return cut
    splits = [
        cut + min(left, min(bandwidth, up) + bandwidth - left)
        for number, (bandwidth, count) in zip(taken, parts, strict=True)
        if number < count and 0 < left < bandwidth
    ]
    return min(splits) if min(taken) >= 0 and splits else half
