"""How many routers and links a dragonfly has, by formula."""

from __future__ import annotations

from collections.abc import Sequence

from rackplan.direct import (
    end_points,
    filled,
    host_tier,
    hosts_by_router,
    lay_out,
    rate_ratio,
    times_planes,
)
from rackplan.fabrics.dragonfly.choice import choose
from rackplan.fabrics.dragonfly.spec import Shape, Spec, given
from rackplan.groups import global_reason, reasons
from rackplan.sizes import EndBlock, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.topology import Offers


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the routers and links of all planes.

    Raises:
        InfeasibleError: RP301 too few ports, RP322 more groups than the global ports can join;
            RP305 and RP307 from `ports_in_plane`.
    """
    ends = end_points(blocks, spec.planes)
    shape = choose(spec, ends, blocks[0].gbps, offers)
    join, ratio = shape.join, rate_ratio(blocks[0].gbps, offers.link_gbps)
    layout, _ = lay_out(offers, "router", shape.hosts, blocks[0].gbps, shape.network_ports)
    reason = f"{join.groups:,} groups x {shape.routers:,} routers{times_planes(spec.planes)}"
    switches = join.groups * shape.routers * spec.planes
    role = Role("router", switches, _uses(spec, shape, ends), (layout,), reason)
    outward = join.used or shape.routers * shape.local_ports
    sent = shape.routers * shape.hosts * ratio
    return FabricSize(
        tiers=1,
        planes=spec.planes,
        rails=1,
        roles=(role,),
        links=(host_tier(blocks, "host_router", "router"), *_network(spec, shape, offers)),
        oversubscription={"router": sent / outward} if outward else {},
        bisection_gbps=None,
        shape=shape,
        notation=_notation(shape),
        reasons=reasons(given(spec), join, shape.hosts * shape.routers, ends),
    )


def _uses(spec: Spec, shape: Shape, ends: int) -> tuple[PortUse, ...]:
    """Classes of equal routers: by hosts, and by whether they have a global link more."""
    join, uses, done = shape.join, [], 0
    least = join.used // join.members
    for count, hosts in hosts_by_router(ends, join.groups * join.members, shape.hosts):
        more = join.heavier(done + count) - join.heavier(done)
        done += count
        for routers, links in ((more, least + 1), (count - more, least)):
            if routers:
                uses.append(PortUse(routers * spec.planes, _ranges(shape, hosts, links)))
    return tuple(uses)


def _ranges(shape: Shape, hosts: int, global_links: int) -> tuple[PortRange, ...]:
    """The ports of a router in use: hosts, local links, global links."""
    local_stop = shape.first + shape.local_ports
    return filled(
        PortRange(0, hosts, "host_router", upper=True),
        PortRange(shape.first, local_stop, "local", upper=False),
        PortRange(local_stop, local_stop + global_links, "global", upper=False),
    )


def _network(spec: Spec, shape: Shape, offers: Offers) -> list[LinkTier]:
    """The local and global links of all planes, counted."""
    join, planes, width = shape.join, spec.planes, shape.local_links
    tiers = []
    if shape.routers > 1:
        pairs = shape.routers * (shape.routers - 1) // 2
        links = join.groups * pairs * width * planes
        reason = f"{join.groups:,} groups x {pairs:,} pairs of routers x {width:,}"
        tiers.append(_tier("local", links, width, offers, reason + times_planes(planes)))
    if join.used:
        reason = global_reason(join) + times_planes(planes)
        tiers.append(_tier("global", join.links * planes, join.widest(), offers, reason))
    return tiers


def _tier(name: str, links: int, bundle: int, offers: Offers, reason: str) -> LinkTier:
    return LinkTier(name, "router", "router", links, bundle, offers.link_gbps, reason)


def _notation(shape: Shape) -> str:
    parts = f"p={shape.hosts},a={shape.routers},h={shape.join.each},g={shape.join.groups}"
    return f"dragonfly({parts}{f',l={shape.local_links}' if shape.local_links > 1 else ''})"
