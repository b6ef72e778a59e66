"""How many switches and links a dragonfly+ has, by formula."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rackplan.direct import (
    end_points,
    filled,
    host_tier,
    hosts_by_router,
    lay_out,
    rate_ratio,
    times_planes,
)
from rackplan.fabrics.dragonfly_plus.choice import choose
from rackplan.fabrics.dragonfly_plus.spec import Shape, Spec, given
from rackplan.groups import global_reason, reasons
from rackplan.sizes import EndBlock, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.topology import Offers


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the switches and links of all planes.

    Raises:
        InfeasibleError: RP301 too few ports, RP322 more groups than the global ports can join;
            RP305 and RP307 from `ports_in_plane`.
    """
    ends = end_points(blocks, spec.planes)
    shape = choose(spec, ends, blocks[0].gbps, offers)
    join, ratio = shape.join, rate_ratio(blocks[0].gbps, offers.link_gbps)
    ratios = {"leaf": Fraction(shape.hosts, shape.uplinks) * ratio}
    if join.used:
        ratios["spine"] = Fraction(shape.down * join.members, join.used)
    return FabricSize(
        tiers=2,
        planes=spec.planes,
        rails=1,
        roles=_roles(spec, shape, ends, blocks[0].gbps, offers),
        links=(host_tier(blocks, "host_leaf", "leaf"), *_network(spec, shape, offers)),
        oversubscription=ratios,
        bisection_gbps=None,
        shape=shape,
        notation=_notation(shape),
        reasons=reasons(given(spec), join, shape.hosts * shape.leaves, ends),
    )


def _roles(
    spec: Spec, shape: Shape, ends: int, host_gbps: float, offers: Offers
) -> tuple[Role, Role]:
    """Leaves by how many hosts they have, spines by whether they have a global link more."""
    join, planes = shape.join, spec.planes
    leaves, spines = join.groups * shape.leaves, join.groups * join.members
    up = PortRange(shape.first, shape.first + shape.uplinks, "leaf_spine", upper=False)
    leaf_uses = tuple(
        PortUse(count * planes, filled(PortRange(0, hosts, "host_leaf", upper=True), up))
        for count, hosts in hosts_by_router(ends, leaves, shape.hosts)
    )
    down, least = PortRange(0, shape.down, "leaf_spine", upper=True), join.used // join.members
    more = join.heavier(spines)
    spine_uses = tuple(
        PortUse(
            count * planes,
            filled(down, PortRange(shape.down, shape.down + links, "global", upper=False)),
        )
        for count, links in ((more, least + 1), (spines - more, least))
        if count
    )
    leaf_layout, _ = lay_out(offers, "leaf", shape.hosts, host_gbps, shape.uplinks)
    spine_layout, _ = lay_out(offers, "spine", 0, host_gbps, shape.down + join.each)
    many, times = f"{join.groups:,} groups x ", times_planes(planes)
    why = (f"{many}{shape.leaves:,} leaves{times}", f"{many}{join.members:,} spines{times}")
    return (
        Role("leaf", leaves * planes, leaf_uses, (leaf_layout,), why[0]),
        Role("spine", spines * planes, spine_uses, (spine_layout,), why[1]),
    )


def _network(spec: Spec, shape: Shape, offers: Offers) -> list[LinkTier]:
    """The links between leaves and spines and between groups, of all planes, counted."""
    join, planes, gbps = shape.join, spec.planes, offers.link_gbps
    links = join.groups * shape.leaves * shape.uplinks * planes
    reason = (
        f"{join.groups:,} groups x {shape.leaves:,} leaves x {join.members:,} spines x "
        f"{shape.local_links:,}{times_planes(planes)}"
    )
    tiers = [LinkTier("leaf_spine", "leaf", "spine", links, shape.local_links, gbps, reason)]
    if join.used:
        reason = global_reason(join) + times_planes(planes)
        links = join.links * planes
        tiers.append(LinkTier("global", "spine", "spine", links, join.widest(), gbps, reason))
    return tiers


def _notation(shape: Shape) -> str:
    join = shape.join
    parts = f"p={shape.hosts},l={shape.leaves},s={join.members},h={join.each},g={join.groups}"
    return f"dragonfly+({parts}{f',b={shape.local_links}' if shape.local_links > 1 else ''})"
