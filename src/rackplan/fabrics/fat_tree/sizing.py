"""How many switches and links a fat tree has, by formula."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from rackplan.design import EndBlock, FabricSize, LinkTier, PortUse, Role
from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics.fat_tree.spec import Shape, Spec
from rackplan.wiring import uniform_parents

SMALLEST_GROUP = 4
"""Leaves in a group of the smallest published three-tier SuperPOD (RA-11333-001 V11, 16 SU)."""


LARGEST_GROUP = 1024
"""Leaves in the largest group that is tried."""


def size(spec: Spec, blocks: Sequence[EndBlock], ports: int, switch_title: str) -> FabricSize:
    """Count the switches and links of all planes.

    Args:
        spec: what is wanted.
        blocks: the nodes by SU; each node has the same number of ports on the fabric.
        ports: ports of one switch at link rate.
        switch_title: the switch's name, for messages.

    Raises:
        InfeasibleError: RP301 too few ports, RP302 rails and RP307 planes that do not divide.
    """
    per_node = ports_per_rail(spec, blocks)
    end_points = sum(block.nodes for block in blocks) * per_node * spec.rails
    full_end_points = sum(block.full_nodes for block in blocks) * per_node * spec.rails
    available = ports - spec.reserved_ports
    if available < 1:
        raise _too_small(f"all {ports:,} ports of {switch_title} are reserved", "reserve fewer")
    if spec.tiers == 1 or (spec.tiers is None and full_end_points <= available):
        return _single(spec, end_points, ports, switch_title)
    up = math.floor(available / (1 + spec.oversubscription))
    down = min(math.floor(up * spec.oversubscription), available - up)
    if up < 1 or down < 1:
        lacking = "an uplink" if up < 1 else "a host"
        message = f"{switch_title} with {available} ports has no port left for {lacking}"
        raise _too_small(message, "use a switch with more ports, or a ratio nearer to 1")
    leaves_per_rail = sum(-(-block.full_nodes * per_node // down) for block in blocks)
    leaves = leaves_per_rail * spec.rails
    shape = None
    if spec.tiers != 3:
        # An uplink more than the hosts need can give equal bundles to far fewer spines.
        shapes = [
            _two_tiers(down, uplinks, leaves, leaves_per_rail, ports)
            for uplinks in range(up, available - down + 1)
        ]
        closed = [found for found in shapes if found is not None]
        shape = min(closed, key=lambda found: found.spines) if closed else None
    if shape is None and spec.tiers != 2:
        shape = _three_tiers(spec, down, up, leaves_per_rail, ports)
    if shape is None:
        raise _does_not_close(spec, leaves, ports, switch_title)
    return _counted(spec, blocks, per_node, shape)


def ports_per_rail(spec: Spec, blocks: Sequence[EndBlock]) -> int:
    """Ports of a node on one rail of one plane."""
    problems = []
    per_node = blocks[0].ports
    if per_node % spec.rails:
        divisors = [str(n) for n in range(1, per_node + 1) if per_node % n == 0]
        message = f"{spec.rails} rails do not divide the {per_node} network ports of a node"
        problems.append(Problem("RP302", message, f"use one of {', '.join(divisors)}", ("rails",)))
    elif (per_node // spec.rails) % spec.planes:
        message = (
            f"{spec.planes} planes do not divide the {per_node // spec.rails} ports of a node "
            f"on each of {spec.rails} rails"
        )
        on_rail = per_node // spec.rails
        fitting = [str(n) for n in range(1, on_rail + 1) if on_rail % n == 0]
        hint = f"a plane takes a port of every rail of every node; use one of {', '.join(fitting)}"
        problems.append(Problem("RP307", message, hint, ("planes",)))
    if problems:
        raise InfeasibleError(problems)
    return per_node // spec.rails // spec.planes


def _too_small(message: str, hint: str) -> InfeasibleError:
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])


def _does_not_close(spec: Spec, leaves: int, ports: int, title: str) -> InfeasibleError:
    if spec.tiers == 2:
        message = f"a spine needs {leaves:,} ports, one for each leaf; {title} has {ports}"
        return _too_small(message, f"use 'tiers: 3' or a switch with at least {leaves:,} ports")
    message = f"{leaves:,} leaves on each plane are more than three tiers of {title} can join"
    if spec.leaves_per_group is not None:
        hint = "remove 'leaves_per_group', or choose another"
        return _too_small(f"{message} in groups of {spec.leaves_per_group}", hint)
    most = (ports // 2) ** 2 * ports
    hint = f"its limit at full bandwidth is {most:,} end points a plane; add planes"
    return _too_small(message, hint)


def _single(spec: Spec, end_points: int, ports: int, title: str) -> FabricSize:
    needed = end_points + spec.reserved_ports
    if needed > ports:
        reserved = f" ({spec.reserved_ports:,} of them reserved)" if spec.reserved_ports else ""
        message = f"{title} needs {needed:,} ports{reserved}, has {ports:,}"
        hint = f"use 'tiers: 2' or a switch with at least {needed:,} ports"
        raise _too_small(message, hint)
    shape = Shape(1, ports - spec.reserved_ports, 0, 1, 1, 1, 0, 0, 0)
    role = Role("leaf", spec.planes, (PortUse(spec.planes, ((0, end_points),)),))
    links = (LinkTier("host_leaf", "host", "leaf", end_points * spec.planes, 1),)
    cut = Fraction(end_points * spec.planes, 2)
    return FabricSize(1, spec.planes, spec.rails, (role,), links, {}, cut, shape)


def _two_tiers(down: int, up: int, leaves: int, leaves_per_rail: int, ports: int) -> Shape | None:
    spines = uniform_parents(up, leaves, ports)
    if spines is None:
        return None
    return Shape(2, down, up, leaves_per_rail, leaves, 1, spines, 0, 0)


def _three_tiers(spec: Spec, down: int, up: int, leaves_per_rail: int, ports: int) -> Shape | None:
    """The cheapest grouping of four leaves or more, among equals the smallest group.

    Smaller groups are tried only where no group of four closes, as with four-port switches.
    """
    if spec.leaves_per_group is not None:
        return _grouped(spec, down, up, leaves_per_rail, ports, spec.leaves_per_group)
    smallest = min(SMALLEST_GROUP, leaves_per_rail)
    largest = min(leaves_per_rail, ports, LARGEST_GROUP)
    for sizes in (range(smallest, largest + 1), range(1, smallest)):
        shapes = [_grouped(spec, down, up, leaves_per_rail, ports, group) for group in sizes]
        closed = [shape for shape in shapes if shape is not None]
        if closed:
            return min(closed, key=lambda shape: shape.upper_switches)
    return None


def _grouped(  # the six numbers that fix a group
    spec: Spec, down: int, up: int, leaves_per_rail: int, ports: int, group: int
) -> Shape | None:
    groups = -(-leaves_per_rail // group) * spec.rails
    spine_down = ports // 2
    spines = uniform_parents(up, group, spine_down)
    if spines is None:
        return None
    spine_up = group * (up // spines)
    cores = uniform_parents(spine_up, groups, ports)
    if cores is None:
        return None
    return Shape(3, down, up, leaves_per_rail, group, groups, spines, spine_up, cores)


def _counted(spec: Spec, blocks: Sequence[EndBlock], per_node: int, shape: Shape) -> FabricSize:
    """Roles, port classes and links of all planes, by formula."""
    planes = spec.planes
    leaves = shape.leaves_per_rail * spec.rails
    hosts = Counter(_hosts_by_leaf(blocks, per_node, shape.down))
    copies = planes * spec.rails
    leaf_uses = tuple(
        PortUse(count * copies, ((0, used), (shape.down, shape.down + shape.up)))
        for used, count in sorted(hosts.items(), reverse=True)
    )
    bundle = shape.up // shape.spines
    host_links = sum(block.nodes for block in blocks) * per_node * copies
    roles = [Role("leaf", leaves * planes, leaf_uses)]
    links = [
        LinkTier("host_leaf", "host", "leaf", host_links, 1),
        LinkTier("leaf_spine", "leaf", "spine", leaves * shape.up * planes, bundle),
    ]
    ratios = {"leaf": Fraction(shape.down, shape.up)}
    if shape.tiers == 2:
        use = PortUse(shape.spines * planes, ((0, leaves * bundle),))
        roles.append(Role("spine", shape.spines * planes, (use,)))
    else:
        roles += _upper_roles(shape, spec.rails, planes)
        spine_links = shape.groups * shape.spines * shape.spine_up * planes
        core_bundle = shape.spine_up // shape.cores
        links.append(LinkTier("spine_core", "spine", "core", spine_links, core_bundle))
        ratios["spine"] = Fraction(shape.group * bundle, shape.spine_up)
    cut = _worst_even_cut(hosts, spec.rails, shape.up) * planes
    return FabricSize(
        shape.tiers, planes, spec.rails, tuple(roles), tuple(links), ratios, cut, shape
    )


def _worst_even_cut(hosts: Mapping[int, int], rails: int, up: int) -> Fraction:
    """Links that half of the end points of one plane have to the other half, at the least.

    A leaf with h hosts sends at most `min(h, up)` links' worth upwards, so the worst half takes
    the leaves with the fewest uplinks a host, whole ones first; of the last leaf it takes some
    hosts, on whichever side of the cut the leaf then costs less. Tiers above carry what the
    leaves send. On a full tree this is half of the uplinks.
    """
    left = Fraction(sum(used * count for used, count in hosts.items()) * rails, 2)
    cut = Fraction(0)
    by_share = sorted(
        ((used, count) for used, count in hosts.items() if used),
        key=lambda item: (Fraction(min(item[0], up), item[0]), -item[0]),
    )
    for used, count in by_share:
        whole = min(count * rails, int(left // used))
        cut += whole * min(used, up)
        left -= whole * used
        if whole < count * rails and left:
            return cut + min(left, min(used, up) + used - left)
    return cut


def _hosts_by_leaf(blocks: Sequence[EndBlock], per_node: int, down: int) -> Iterator[int]:
    """End points on each leaf of one rail; there are some thousand leaves at most."""
    for block in blocks:
        end_points = block.nodes * per_node
        for leaf in range(-(-block.full_nodes * per_node // down)):
            yield max(0, min(down, end_points - leaf * down))


def _upper_roles(shape: Shape, rails: int, planes: int) -> list[Role]:
    """Spines and cores of a three-tier tree; the last group of each rail may be partial."""
    bundle = shape.up // shape.spines
    full, rest = divmod(shape.leaves_per_rail, shape.group)
    up_range = (shape.group * bundle, shape.group * bundle + shape.spine_up)
    uses = []
    for leaves, groups in ((shape.group, full * rails), (rest, rails if rest else 0)):
        if groups:
            switches = groups * shape.spines * planes
            uses.append(PortUse(switches, ((0, leaves * bundle), up_range)))
    cores = shape.spines * shape.cores * planes
    core_ports = shape.groups * (shape.spine_up // shape.cores)
    return [
        Role("spine", shape.groups * shape.spines * planes, tuple(uses)),
        Role("core", cores, (PortUse(cores, ((0, core_ports),)),)),
    ]
