"""Which shape a HyperX gets, and why one is refused."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from rackplan import direct
from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics.hyperx.spec import Shape, Spec
from rackplan.topology import Offers

MOST_DIMENSIONS = 4


def chosen(
    spec: Spec, ends: int, host_gbps: float, offers: Offers, regular: Sequence[Shape]
) -> Shape:
    """The wanted shape, or else the cheapest with equal sides that holds the hosts."""
    holding = [found for found in regular if found.capacity >= ends]
    shape = min(holding, key=lambda found: (found.routers, found.network), default=None)
    if spec.shape is not None:
        shape = Shape(spec.shape, spec.width or (1,) * len(spec.shape))
        shape = _with_hosts(shape, spec, host_gbps, offers)
    if shape is None or not shape.fits or shape.capacity < ends:
        raise _refused(ends, shape, host_gbps, offers, regular)
    return shape


def regular_shapes(spec: Spec, host_gbps: float, offers: Offers) -> list[Shape]:
    """The shapes with equal sides that the switch has the ports for.

    A side has fewer routers than a router has ports, so that some thousand are tried at most.
    """
    wanted = len(spec.width or spec.shape or ())
    usual = {wanted} if spec.width else {*range(1, MOST_DIMENSIONS + 1), wanted or 1}
    fitting = []
    for dimensions in sorted(usual):
        for side in itertools.count(2):
            shape = Shape((side,) * dimensions, spec.width or (1,) * dimensions)
            shape = _with_hosts(shape, spec, host_gbps, offers)
            if not shape.fits:
                break
            fitting.append(shape)
    return fitting


def _with_hosts(shape: Shape, spec: Spec, host_gbps: float, offers: Offers) -> Shape:
    """The shape with the host ports of its routers, whether they fit or not."""
    room = offers.of("router").room(host_gbps, (shape.network, offers.link_gbps))
    full_rate = int(shape.narrowest / direct.rate_ratio(host_gbps, offers.link_gbps))
    per_router = spec.hosts_per_router or max(1, min(full_rate, room))
    return replace(shape, per_router=per_router, room=room)


def _refused(
    ends: int, wanted: Shape | None, host_gbps: float, offers: Offers, regular: Sequence[Shape]
) -> InfeasibleError:
    """Too few ports for the wanted shape or any other, or too few routers in the wanted one."""
    offer = offers.of("router")
    message = f"{ends:,} host ports in a plane are more than a HyperX"
    if wanted is None:
        message += f" of {offer.title} holds"
    elif wanted.fits:
        message += f" has with {wanted.text}"
    else:
        needed = f"{wanted.network} network ports beside {wanted.per_router} for hosts"
        room = direct.most_network_ports(offer, wanted.per_router, host_gbps, offers.link_gbps)
        message = (
            f"a router of a HyperX {wanted.name} needs {needed}; {offer.title} has {max(0, room)}"
        )
    path = "shape" if wanted is not None and wanted.fits else "switch"
    hint = "; or ".join([*_ways(ends, wanted, regular), "use a switch with more ports"])
    return InfeasibleError([Problem("RP301", message, hint, (path,))])


def _ways(ends: int, wanted: Shape | None, regular: Sequence[Shape]) -> list[str]:
    """What holds the hosts: the nearest shape with equal sides, more hosts on a router."""
    dimensions, needed = 1, 0
    if wanted is not None:
        dimensions, needed = len(wanted.sides), -(-ends // wanted.routers)
    holding = [shape for shape in regular if shape.capacity >= ends]
    holding.sort(key=lambda shape: (abs(len(shape.sides) - dimensions), shape.routers))
    ways = [f"use 'shape: {[*shape.sides]}'" for shape in holding[:1]]
    if wanted is not None and needed <= wanted.room:
        ways.append(f"'hosts_per_router: {needed}'")
    if regular and not ways:
        largest = max(regular, key=lambda shape: shape.capacity)
        ways = [f"the largest with equal sides has {largest.text}"]
    return ways
