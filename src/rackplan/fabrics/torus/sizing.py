"""How many routers and links a torus has, by formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rackplan import direct
from rackplan.fabrics.torus import shapes
from rackplan.fabrics.torus.spec import Shape, Spec
from rackplan.sizes import HOST, EndBlock, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.topology import Offers


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the routers, if any, and the links of all planes.

    Raises:
        InfeasibleError: RP301, RP305, RP307, RP321; see `rackplan.rules`.
    """
    if offers.default is None and "router" not in offers.by_role:
        return _without_routers(spec, blocks)
    return _with_routers(spec, blocks, offers)


def _without_routers(spec: Spec, blocks: Sequence[EndBlock]) -> FabricSize:
    shape, gbps = shapes.of_hosts(spec, blocks), blocks[0].gbps
    board = f",board={'x'.join(map(str, shape.board))}" if spec.board else ""
    return FabricSize(
        tiers=0,
        planes=spec.planes,
        rails=1,
        roles=(),
        links=tuple(_tiers(shape, spec.planes, HOST, gbps)),
        oversubscription={},
        bisection_gbps=_bisection(shape, blocks, spec.planes, gbps),
        shape=shape,
        notation=f"torus({shape.name}{board})",
        reasons={
            "limit": f"rings may have any length; the {shape.network} ports of a host in a plane "
            f"make {len(shape.sides)} dimensions",
            "growth": "all places are taken; a longer side opens each of its rings at one link",
            "paths": _paths(shape),
        },
    )


def _with_routers(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    planes, host_gbps, link_gbps = spec.planes, blocks[0].gbps, offers.link_gbps
    ends = direct.end_points(blocks, planes)
    shape = shapes.of_routers(spec, ends, host_gbps, offers)
    layout, first = direct.lay_out(offers, "router", shape.per_router, host_gbps, shape.network)
    shape = replace(shape, first_port=first)
    reason = (
        f"{shape.name} = {shape.places:,} routers x {shape.per_router} = {shape.capacity:,} host "
        "ports in a plane"
    )
    role = Role("router", shape.places * planes, _uses(shape, ends, planes), (layout,), reason)
    host_tier = direct.host_tier(blocks, "host_router", "router")
    load = shape.per_router * direct.rate_ratio(host_gbps, link_gbps)
    return FabricSize(
        tiers=1,
        planes=planes,
        rails=1,
        roles=(role,),
        links=(host_tier, *_tiers(shape, planes, "router", link_gbps)),
        oversubscription={"router": load / shape.network},
        bisection_gbps=_bisection(shape, blocks, planes, link_gbps),
        shape=shape,
        notation=f"torus({shape.name},T={shape.per_router})",
        reasons={
            "limit": f"rings may have any length; a router of this switch has room for "
            f"{shape.room} host ports beside {shape.network} network ports",
            "growth": f"{shape.capacity - ends:,} host ports in a plane are free; a longer side "
            "opens each of its rings at one link",
            "paths": _paths(shape),
        },
    )


def _paths(shape: Shape) -> str:
    longest = sum(side // 2 for side in shape.sides)
    return f"two nodes are at most {longest} links apart, half of every side"


def _uses(shape: Shape, ends: int, planes: int) -> tuple[PortUse, ...]:
    """Routers by the host ports in use; their network ports are all in use."""
    starts = range(shape.first_port, shape.first_port + shape.network, 2)
    network = [
        PortRange(start, start + 2, f"dim_{number}", upper=False)
        for number, start in enumerate(starts, 1)
    ]
    return tuple(
        PortUse(
            count * planes, direct.filled(PortRange(0, used, "host_router", upper=True), *network)
        )
        for count, used in direct.hosts_by_router(ends, shape.places, shape.per_router)
    )


def _tiers(shape: Shape, planes: int, role: str, gbps: float) -> Iterator[LinkTier]:
    """The links between nodes of all planes: those on boards, then the others by dimension."""
    on_board = [shape.on_board(dimension) for dimension in range(len(shape.sides))]
    copies = direct.times_planes(planes)
    if any(on_board):
        reason = f"of {len(on_board)} x {shape.places:,} links, those within a board{copies}"
        yield LinkTier("board", role, role, sum(on_board) * planes, 1, gbps, reason, printed=True)
    for number, (side, within) in enumerate(zip(shape.sides, on_board, strict=True), 1):
        links = shape.places - within
        bundle = 2 if side == 2 and role != HOST else 1
        reason = f"{shape.places:,} nodes, a link from each to the next in its ring of {side}"
        reason += f", but for {within:,} on boards{copies}" if within else copies
        if links:
            yield LinkTier(f"dim_{number}", role, role, links * planes, bundle, gbps, reason)


def _bisection(
    shape: Shape, blocks: Sequence[EndBlock], planes: int, link_gbps: float
) -> Fraction | None:
    """Bandwidth of the worst even cut of the hosts; None where it is not known.

    Let each of the P nodes send one unit to every other along shortest paths. A link of a ring
    of k, one way, carries P k / 8 of it for even k and P (k^2 - 1) / (8 k) for odd k, so most in
    the longest ring. So m nodes have at least `m (P - m)` links over that many to the others:
    half of them 2 P / k for even k, and a cut across the longest side has no more. Hosts that are
    cut from their routers cost their own links instead, at worst those of half of the hosts.
    """
    longest = max(shape.sides)
    even = longest % 2 == 0
    load = Fraction(longest) if even else Fraction(longest**2 - 1, longest)
    of_nodes = 2 * shape.places / load * Fraction(link_gbps)
    if not shape.per_router:
        return of_nodes * planes if even else None
    each, ends = direct.ports_in_plane(blocks, planes), direct.end_points(blocks, planes)
    if ends < shape.capacity:
        return None
    of_hosts = Fraction(ends, 2) * Fraction(blocks[0].gbps)
    known = even and shape.per_router % each == 0
    return min(of_hosts, of_nodes) * planes if known or of_hosts <= of_nodes else None
