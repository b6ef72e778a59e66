"""The links between the switches of one plane, port by port."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.topology import LinkBatch, SwitchColumns
from rackplan.trees.shape import Above, Shape
from rackplan.wiring import IntArray, LevelLinks, bundled, dealt


def switch_links(shape: Shape) -> Iterator[LinkBatch]:
    """Leaf to spine, spine to core, core to supercore; see the drawing of the topology."""
    above = shape.above
    if above is None:
        return
    leaves, grouping = shape.leaves, shape.grouping
    first_up = np.array([kind.first_up for kind in shape.kinds])[leaves.kind]
    if above.tiers == 2 and above.spread:
        links = dealt(len(leaves), shape.up, above.spines)
    else:
        bundle = (shape.up // above.spines,) * above.spines
        links = bundled(grouping.group * above.spines, grouping.member, bundle)
    yield _batch("leaf", "spine", links, first_up, leaves.rail)
    if above.tiers > 2:
        yield from _above_spines(shape, above)


def _above_spines(shape: Shape, above: Above) -> Iterator[LinkBatch]:
    grouping, per_set = shape.grouping, above.spines_per_set
    spine = np.arange(grouping.groups * above.spines)
    group, place = spine // above.spines, spine % above.spines
    core_set = place // per_set
    pod, in_pod = (number[group] for number in shape.pods())
    member = in_pod * per_set + place % per_set
    first_core = (pod * above.sets + core_set) * above.cores
    down = shape.largest_group * (shape.up // above.spines)
    if above.tiers == 3 and above.spread:
        turn = _turns(in_pod, core_set, grouping.groups) * per_set + place % per_set
        links = _dealt_sets(first_core, turn, above.spine_up, above.cores)
    else:
        links = bundled(first_core, member, (above.spine_up // above.cores,) * above.cores)
    yield _batch("spine", "core", links, np.full(len(spine), down), grouping.rail[group])
    if above.tiers == 3:
        return
    places = above.sets * above.cores
    core = np.arange(above.pods * places)
    down = above.groups_per_pod * per_set * (above.spine_up // above.cores)
    first_top, pod = core % places * above.tops, core // places
    if above.spread:
        turn = _turns(pod, core % places, above.pods)
        links = _dealt_sets(first_top, turn, above.core_up, above.tops)
    else:
        links = bundled(first_top, pod, (above.core_up // above.tops,) * above.tops)
    yield _batch("core", "supercore", links, np.full(len(core), down), np.full(len(core), -1))


def _turns(group: IntArray, core_set: IntArray, groups: int) -> IntArray:
    """When each group's turn is as links are dealt to a core set: another order in every set.

    One order for all sets would give the odd links to the same groups everywhere: 100 pods of
    144-port switches then keep 82.9 % of their bisection, with these orders 95.8 %. The orders are
    those of the hashes of group and set (the mixing function of Steele, Lea and Flood, "Fast
    Splittable Pseudorandom Number Generators", OOPSLA 2014): the same on every machine.
    """
    sets = int(core_set.max()) + 1
    mixed = np.arange(sets * groups, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    order = np.argsort(mixed.reshape(sets, groups), axis=1, kind="stable")
    turn = np.empty((sets, groups), dtype=np.int64)
    np.put_along_axis(turn, order, np.arange(groups)[None, :], axis=1)
    return turn[core_set, group]


def _dealt_sets(first_parent: IntArray, member: IntArray, uplinks: int, parents: int) -> LevelLinks:
    """The uplinks of the children of each set of parents dealt in turn, member after member."""
    within = dealt(int(member.max()) + 1, uplinks, parents)
    row = (member[:, None] * uplinks + np.arange(uplinks)[None, :]).ravel()
    children = len(member)
    return LevelLinks(
        lower=np.repeat(np.arange(children), uplinks),
        lower_port=np.tile(np.arange(uplinks), children),
        upper=np.repeat(first_parent, uplinks) + within.upper[row],
        upper_port=within.upper_port[row],
    )


def _batch(
    lower: str, upper: str, links: LevelLinks, first_up: IntArray, rail: IntArray
) -> LinkBatch:
    return LinkBatch(
        f"{lower}_{upper}",
        lower,
        links.lower,
        links.lower_port + first_up[links.lower],
        upper,
        links.upper,
        links.upper_port,
        rail[links.lower],
    )


def switch_columns(shape: Shape) -> Iterator[SwitchColumns]:
    """Rail, group, layout and hall of every switch of the plane, role by role.

    Switches of the top tier are shared out over the halls in equal parts.
    """
    leaves, grouping, above = shape.leaves, shape.grouping, shape.above
    halls = np.unique(leaves.hall)
    groups = grouping.group if shape.tiers > 2 else np.full(len(leaves), -1)
    yield SwitchColumns("leaf", leaves.rail, groups, leaves.kind, leaves.hall)
    if above is None:
        return
    if above.tiers == 2:
        none = np.full(above.spines, -1)
        yield SwitchColumns("spine", none, none, hall=_shared(above.spines, halls))
        return
    group = np.repeat(np.arange(grouping.groups), above.spines)
    yield SwitchColumns("spine", grouping.rail[group], group, hall=grouping.hall[group])
    places = above.sets * above.cores
    core = np.arange(above.pods * places)
    none = np.full(len(core), -1)
    if above.tiers == 3:
        yield SwitchColumns("core", none, core // above.cores, hall=_shared(len(core), halls))
        return
    pod_hall = np.zeros(above.pods, dtype=np.int64)
    pod_hall[shape.pods()[0]] = grouping.hall
    yield SwitchColumns("core", none, core // above.cores, hall=pod_hall[core // places])
    tops = np.arange(places * above.tops)
    none = np.full(len(tops), -1)
    yield SwitchColumns("supercore", none, tops // above.tops, hall=_shared(len(tops), halls))


def _shared(switches: int, halls: IntArray) -> IntArray:
    """The hall of each switch when they are shared out in equal parts."""
    shared: IntArray = halls[np.arange(switches) * len(halls) // max(1, switches)]
    return shared
