"""Why a tree has the size it has, what the cheaper alternative costs, where a tier is added."""

from __future__ import annotations

import math

from rackplan.trees.shape import Above, Shape


def leaves(shape: Shape, planes: int) -> str:
    """Why this many leaves."""
    if shape.above is None:
        return "all end points fit one switch"
    rails = int(shape.leaves.rail.max()) + 1
    units = len(shape.leaves.first)
    text = (
        f"{rails} rails x {shape.leaves.in_rail} leaves x {planes} planes; a leaf has "
        f"{shape.kinds[0].down} host ports and {shape.up} uplinks, and serves one rail of one of "
        f"{units} scalable units, counted full"
    )
    others = [f"{kind.down} host ports at {kind.gbps:g} Gb/s" for kind in shape.kinds[1:]]
    return f"{text}; other leaves have {' or '.join(others)}" if others else text


def upper(shape: Shape, above: Above, planes: int) -> dict[str, str]:
    """Why this many switches of each upper role."""
    copies = f"; in each of {planes} planes" if planes > 1 else ""
    groups = shape.grouping.groups
    if above.tiers == 2:
        room = _ports(shape, "spine")
        return {"spine": _parents("leaf", len(shape.leaves), shape.up, above.spines, room,
                                  dealt=above.spread) + copies}  # fmt: skip
    spine = (
        _parents("leaf", shape.largest_group, shape.up, above.spines,
                 _ports(shape, "spine") - above.spine_up, dealt=False)
        + f"; so in each of {groups} groups{copies}"
    )  # fmt: skip
    per_set = above.spines_per_set
    together = f"{per_set} spines" if per_set > 1 else "spine j"
    met = groups if above.tiers == 3 else above.groups_per_pod
    core = f"{above.sets} sets of {above.cores}: {together} of each of {met} groups meet a set; "
    room = _ports(shape, "core") - above.core_up
    core += _parents("spine", met * per_set, above.spine_up, above.cores, room,
                     dealt=above.spread and above.tiers == 3)  # fmt: skip
    if above.tiers == 3:
        return {"spine": spine, "core": core + copies}
    top = f"{above.sets * above.cores} core places, each with {above.tops} above it: "
    top += _parents("core", above.pods, above.core_up, above.tops, _ports(shape, "supercore"),
                    dealt=above.spread)  # fmt: skip
    return {
        "spine": spine,
        "core": f"{core}; in each of {above.pods} pods{copies}",
        "supercore": top + copies,
    }


def _ports(shape: Shape, role: str) -> int:
    return sum(bank.ports for bank in shape.layouts[role][0])


def _parents(
    lower: str, children: int, uplinks: int, parents: int, room: int, *, dealt: bool
) -> str:
    """Why this many parents and not the plain quotient."""
    enough = math.ceil(children * uplinks / room)
    links = f"{children} {lower} switches x {uplinks} uplinks / {room} ports = {enough}"
    if dealt:
        return f"{links}, the fewest that hold the links, which are dealt to them in turn"
    bundle = uplinks // parents
    text = f"{links} would carry the links; "
    if enough != parents:
        text += (
            f"but {uplinks} uplinks do not divide into equal bundles for {enough}: the smallest "
            f"divisor of {uplinks} from there on is {parents}, with "
        )
    text += f"{bundle} cables from each {lower} to each switch above"
    free = room - children * bundle
    return f"{text}; {free} of those ports stay free" if free else text


def of_single(shape: Shape) -> dict[str, str]:
    """What limits one switch, and what can be added to it."""
    kind = shape.kinds[0]
    free = kind.down - int(shape.leaves.used.sum())
    return {
        "limit": f"one switch holds {kind.down:,} end points; from {kind.down + 1:,} on a second "
        "tier is needed",
        "growth": f"{free:,} ports are free",
    }


def of_tree(shape: Shape, above: Above) -> dict[str, str]:
    """The cheaper alternative, the limits, and the growth without moving a cable."""
    return {
        "alternative": _alternative(shape, above),
        "limit": _limit(shape, above),
        "growth": _growth(shape, above),
    }


def _alternative(shape: Shape, above: Above) -> str:
    """What `bundles: spread` would save in the top tier, and what it costs."""
    if above.spread:
        return "bundles: uniform has equal bundles, for which D-mod-K routes without contention"
    if above.tiers == 2:
        children, uplinks, parents, copies, role = (
            len(shape.leaves), shape.up, above.spines, 1, "spine")  # fmt: skip
    elif above.tiers == 3:
        children = shape.grouping.groups * above.spines_per_set
        uplinks, parents, copies, role = above.spine_up, above.cores, above.sets, "core"
    else:
        children, uplinks, parents = above.pods, above.core_up, above.tops
        copies, role = above.sets * above.cores, "supercore"
    enough = math.ceil(children * uplinks / _ports(shape, role))
    saved = (parents - enough) * copies
    if not saved:
        return f"none: {parents * copies} {role} switches are the fewest that hold the links"
    low, high = uplinks // enough, math.ceil(uplinks / enough)
    return (
        f"'bundles: spread' needs {enough * copies} {role} switches and not {parents * copies} "
        f"a plane; bundles of {low} and {high} cables then carry unequal load, shift "
        "permutations contend under D-mod-K, and the ftree routing of OpenSM refuses the tree"
    )


def _limit(shape: Shape, above: Above) -> str:
    """The most end points that the same number of tiers holds, on one plane."""
    down, group = shape.kinds[0].down, shape.largest_group
    spine = _ports(shape, "spine")
    if above.tiers == 2:
        most = spine * down
        return (
            f"two tiers hold {spine} leaves of {down} host ports on a plane, {most:,} end points; "
            "above that a third tier is needed"
        )
    if above.tiers == 3:
        groups = _ports(shape, "core") // above.spines_per_set
        most = groups * group * down
        return (
            f"three tiers hold {groups} groups of {group} leaves like these, {most:,} end points "
            "on a plane; above that larger groups, a fourth tier or another plane are needed"
        )
    pods = _ports(shape, "supercore")
    most = pods * above.groups_per_pod * group * down
    return f"four tiers hold {pods} pods like these, {most:,} end points on a plane"


def _growth(shape: Shape, above: Above) -> str:
    """What can be added without moving an installed cable."""
    leaves = shape.leaves
    down = sum(
        int((kind.down - leaves.used[leaves.kind == number]).sum())
        for number, kind in enumerate(shape.kinds)
    )
    text = f"{down:,} host ports of installed leaves are free on each plane"
    if above.spread and above.tiers > 2:
        return f"{text}; a further group deals the links of the top tier anew"
    if above.spread:
        return f"{text}; a further leaf takes the free ports of the spines as they come"
    if above.tiers == 2:
        bundle = shape.up // above.spines
        more = (_ports(shape, "spine") - len(leaves) * bundle) // bundle
        return f"{text}; {more:,} more leaves find free ports on every spine"
    bundle = above.spine_up // above.cores
    if above.tiers == 3:
        each = above.spines_per_set * bundle
        more = (_ports(shape, "core") - shape.grouping.groups * each) // each
        return f"{text}; {more:,} more groups find free ports on every core"
    bundle = above.core_up // above.tops
    more = (_ports(shape, "supercore") - above.pods * bundle) // bundle
    return f"{text}; {more:,} more pods find free ports on every supercore switch"
