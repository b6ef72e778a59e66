"""How many routers and links a HyperX has, by formula."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rackplan import direct
from rackplan.fabrics.hyperx import shapes
from rackplan.fabrics.hyperx.spec import Shape, Spec
from rackplan.sizes import EndBlock, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.topology import Offers


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the routers and links of all planes.

    Raises:
        InfeasibleError: RP301, RP305, RP307; see `rackplan.rules`.
    """
    ends, host_gbps = direct.end_points(blocks, spec.planes), blocks[0].gbps
    regular = shapes.regular_shapes(spec, host_gbps, offers)
    shape = shapes.chosen(spec, ends, host_gbps, offers, regular)
    layout, first = direct.lay_out(offers, "router", shape.per_router, host_gbps, shape.network)
    shape = replace(shape, first_port=first)
    load = shape.per_router * direct.rate_ratio(host_gbps, offers.link_gbps)
    uses = _uses(shape, ends, spec.planes)
    widths = "x".join(map(str, shape.widths))
    return FabricSize(
        tiers=1,
        planes=spec.planes,
        rails=1,
        roles=(Role("router", shape.routers * spec.planes, uses, (layout,), shape.text),),
        links=(direct.host_tier(blocks, "host_router", "router"), *_tiers(shape, spec, offers)),
        oversubscription={"router": load / shape.network},
        bisection_gbps=_bisection(shape, blocks, spec.planes, offers.link_gbps),
        shape=shape,
        notation=f"hyperx(S={shape.name},K={widths},T={shape.per_router})",
        reasons=_reasons(shape, ends, host_gbps, offers, regular),
    )


def _uses(shape: Shape, ends: int, planes: int) -> tuple[PortUse, ...]:
    """Routers by the host ports in use; their network ports are all in use."""
    stops = list(itertools.accumulate(shape.ports, initial=shape.first_port))
    network = [
        PortRange(start, stop, f"dim_{number}", upper=False)
        for number, (start, stop) in enumerate(itertools.pairwise(stops), 1)
    ]
    return tuple(
        PortUse(
            count * planes, direct.filled(PortRange(0, used, "host_router", upper=True), *network)
        )
        for count, used in direct.hosts_by_router(ends, shape.routers, shape.per_router)
    )


def _tiers(shape: Shape, spec: Spec, offers: Offers) -> Iterator[LinkTier]:
    """The links between routers of all planes, by dimension."""
    for number, (width, ports) in enumerate(zip(shape.widths, shape.ports, strict=True), 1):
        reason = f"{shape.routers:,} routers x {ports} ports / 2{direct.times_planes(spec.planes)}"
        links = shape.routers * ports // 2 * spec.planes
        yield LinkTier(f"dim_{number}", "router", "router", links, width, offers.link_gbps, reason)


def _bisection(
    shape: Shape, blocks: Sequence[EndBlock], planes: int, link_gbps: float
) -> Fraction | None:
    """Bandwidth of the worst even cut of the hosts; None where it is not known.

    The smallest positive eigenvalue of the Laplacian is the least K_i S_i, so m of the P routers
    have at least `K_i S_i m (P - m) / P` links to the others; hosts that are cut from their
    routers cost their own links. The sum is least at m = P / 2, K_i P S_i / 4 links, or at m = 0,
    the links of half of the hosts. Where that S_i is even, a plane across dimension i cuts as few.
    """
    each, ends = direct.ports_in_plane(blocks, planes), direct.end_points(blocks, planes)
    if ends < shape.capacity:
        return None
    of_hosts = Fraction(ends, 2) * Fraction(blocks[0].gbps)
    of_routers = Fraction(shape.narrowest * shape.routers, 4) * Fraction(link_gbps)
    known = shape.per_router % each == 0 and any(
        side % 2 == 0 and side * width == shape.narrowest
        for side, width in zip(shape.sides, shape.widths, strict=True)
    )
    return min(of_hosts, of_routers) * planes if known or of_hosts <= of_routers else None


def _reasons(
    shape: Shape, ends: int, host_gbps: float, offers: Offers, regular: Sequence[Shape]
) -> dict[str, str]:
    """What limits the size, what can be added, how long paths are, and beta."""
    free = offers.of("router").room(offers.link_gbps, (shape.per_router, host_gbps))
    longer = max(0, free - shape.network) // shape.widths[-1]
    largest = max(regular, key=lambda found: found.capacity, default=shape)
    load = 2 * shape.per_router * direct.rate_ratio(host_gbps, offers.link_gbps)
    return {
        "limit": f"the largest HyperX of this switch with equal sides has {largest.text}",
        "growth": f"{shape.capacity - ends:,} host ports in a plane are free; the last dimension "
        f"can grow by {longer}, and no cable moves",
        "paths": f"two routers are at most {len(shape.sides)} links apart, one in each dimension",
        "beta": f"min K_i S_i / (2 T) = {float(shape.narrowest / load):.3g}",
    }
