r"""Slim Fly: a network of diameter two, near the largest that its number of ports allows.

Routers are (0, x, y) and (1, m, c) with x, y, m and c in the field GF(q): two subgraphs of q groups
of q routers. X and X' are the generator sets of McKay, Miller and Siran:

    subgraph 0                                 subgraph 1
    group x = 0   1  ...  q-1                  group m = 0   1  ...  q-1
          +---+ +---+    +---+                       +---+ +---+    +---+
    y = 0 | o | | o |    | o |    (0, x, y) meets    | o | | o |    | o | c = 0
      ... | o | | o |    | o | ------------------->  | o | | o |    | o | ...
    q - 1 | o | | o |    | o |    (1, m, y - m x)    | o | | o |    | o | q - 1
          +---+ +---+    +---+     for every m       +---+ +---+    +---+
    y meets y' where y - y' is in X            c meets c' where c - c' is in X'

Router (s, x, y) has the number `s q^2 + x q + y` and is in group `s q + x`. Ports of a router: its
hosts; then one for every element of X or X', in the order of `generators`; then one for every group
of the other subgraph. With q = 4 w + delta there are 2 q^2 routers with k' = (3 q - delta) / 2
network ports; k' / 2 host ports, rounded up, let hosts send at full rate to all others alike.

Sources: M. Besta and T. Hoefler, "Slim Fly: A Cost Effective Low-Diameter Network Topology",
SC 2014; B. D. McKay, M. Miller and J. Siran, "A note on large graphs of diameter two and given
maximum degree", J. Combin. Theory B 74, 1998; P. R. Hafner, "Geometric realisation of the graphs
of McKay-Miller-Siran", J. Combin. Theory B 90, 2004.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rackplan import direct, galois
from rackplan.design import EndBlock, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.errors import InfeasibleError, Problem
from rackplan.topology import FabricSpec, LinkBatch, Offers, SwitchColumns, Wiring
from rackplan.wiring import IntArray

LARGEST_Q = 1024


class Spec(FabricSpec):
    """A Slim Fly."""

    topology: Literal["slim-fly"]
    """`slim-fly`: routers in two sets of groups, every pair at most two links apart."""
    q: Annotated[int, Field(ge=2, le=LARGEST_Q)] | None = None
    """Order of the field: a prime power of 3 and more; there are 2 q^2 routers. When absent, the
    smallest that holds the hosts and fits the switch."""
    hosts_per_router: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Host ports of a router. When absent, half the bandwidth of its network ports, rounded up, or
    what the switch has left."""


@dataclass(frozen=True)
class Shape:
    """One plane: q, host ports of a router in use, those it could have, first network port."""

    q: int
    per_router: int
    room: int = 0
    first_port: int = 0

    @property
    def local(self) -> int:
        """Ports of a router towards its own group, (q - delta) / 2: the elements of X."""
        return (self.q + (0, -1, 0, 1)[self.q % 4]) // 2

    @property
    def network(self) -> int:
        """Ports of a router towards other routers, k'."""
        return self.local + self.q

    @property
    def routers(self) -> int:
        """Routers of both subgraphs."""
        return 2 * self.q**2

    @property
    def capacity(self) -> int:
        """Host ports of all routers."""
        return self.routers * self.per_router

    @property
    def text(self) -> str:
        """The numbers that count, in words."""
        return (
            f"q = {self.q}: 2 q^2 = {self.routers:,} routers x {self.per_router} = "
            f"{self.capacity:,} host ports in a plane"
        )


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the routers and links of all planes.

    Raises:
        InfeasibleError: RP301, RP305, RP307, RP321; see `rackplan.rules`.
    """
    ends, host_gbps = direct.end_points(blocks, spec.planes), blocks[0].gbps
    fitting = _fitting(spec, host_gbps, offers)
    shape = _chosen(spec, ends, host_gbps, fitting, offers)
    layout, first = direct.lay_out(offers, "router", shape.per_router, host_gbps, shape.network)
    shape = replace(shape, first_port=first)
    largest = max(fitting, key=lambda fits: fits.capacity)
    uses = _uses(shape, ends, spec.planes)
    load = shape.per_router * direct.rate_ratio(host_gbps, offers.link_gbps)
    return FabricSize(
        tiers=1,
        planes=spec.planes,
        rails=1,
        roles=(Role("router", shape.routers * spec.planes, uses, (layout,), shape.text),),
        links=(direct.host_tier(blocks, "host_router", "router"), *_tiers(shape, spec, offers)),
        oversubscription={"router": load / shape.network},
        bisection_gbps=_bisection(shape, blocks, spec.planes, offers.link_gbps),
        shape=shape,
        notation=f"slim-fly(q={shape.q},p={shape.per_router})",
        reasons={
            "limit": f"the largest Slim Fly of this switch has {largest.text}",
            "growth": f"{shape.capacity - ends:,} host ports in a plane are free; another q is "
            "another graph and moves most cables",
            "paths": "two routers are at most 2 links apart",
        },
    )


def generators(field: galois.Field) -> tuple[IntArray, IntArray]:
    """The sets X and X' as powers of a primitive element; X' is X times that element.

    q = 4 w + 1: even and odd exponents; q = 4 w: 0, 2 ... q - 2 and 1, 3 ... q - 1, so that 1 is
    in both; q = 4 w - 1: X has the even exponents below 2 w - 1 and the odd ones from there on.
    """
    q = field.order
    exponents = np.arange(0, q - 1, 2)
    if q % 4 == 3:
        middle = (q - 1) // 2
        exponents = np.r_[np.arange(0, middle, 2), np.arange(middle, q - 1, 2)]
    return field.powers[exponents], field.powers[(exponents + 1) % (q - 1)]


def _orders() -> list[int]:
    """Every q that makes a Slim Fly: 2 is the only prime power that is no 4 w + delta."""
    return [q for q in galois.prime_powers(LARGEST_Q) if q > 2]


def _fitting(spec: Spec, host_gbps: float, offers: Offers) -> list[Shape]:
    """The Slim Flies that the switch has the ports for, by q."""
    offer, fitting = offers.of("router"), []
    half = 1 / direct.rate_ratio(host_gbps, offers.link_gbps) / 2
    for q in _orders():
        network = Shape(q, 1).network
        room = offer.room(host_gbps, (network, offers.link_gbps))
        per_router = spec.hosts_per_router or max(1, min(math.ceil(network * half), room))
        if per_router > room:
            break
        fitting.append(Shape(q, per_router, room))
    return fitting


def _chosen(
    spec: Spec, ends: int, host_gbps: float, fitting: Sequence[Shape], offers: Offers
) -> Shape:
    """The Slim Fly of the wanted q, or else the smallest that holds the hosts."""
    if spec.q is not None and spec.q not in _orders():
        near = " or ".join(str(q) for q in galois.nearest(spec.q, _orders()))
        reason = "is no prime power" if spec.q > 2 else "is too small"
        message = f"q = {spec.q} {reason}: there is no Slim Fly of that order"
        raise InfeasibleError([Problem("RP321", message, f"nearest: {near}", ("q",))])
    holding = [shape for shape in fitting if shape.capacity >= ends]
    for shape in holding:
        if spec.q in (None, shape.q):
            return shape
    for shape in fitting:
        if shape.q == spec.q:
            raise _too_few_places(ends, shape, holding)
    raise _too_few_ports(spec, ends, host_gbps, fitting, offers)


def _too_few_places(ends: int, wanted: Shape, holding: Sequence[Shape]) -> InfeasibleError:
    """A wanted q whose routers have fewer host ports than are needed."""
    message = f"{ends:,} host ports in a plane are more than a Slim Fly has with {wanted.text}"
    needed = -(-ends // wanted.routers)
    ways = [f"'q: {shape.q}'" for shape in holding[:1]]
    if needed <= wanted.room:
        ways.append(f"'hosts_per_router: {needed}'")
    hint = f"use {' or '.join(ways)}" if ways else "use more planes or a switch with more ports"
    return InfeasibleError([Problem("RP301", message, hint, ("q",))])


def _too_few_ports(
    spec: Spec, ends: int, host_gbps: float, fitting: Sequence[Shape], offers: Offers
) -> InfeasibleError:
    """A switch with too few ports for the wanted q, or for any that holds the hosts."""
    offer, hint = offers.of("router"), "use a switch with more ports"
    if fitting and spec.q is None:
        message = f"{ends:,} host ports in a plane are more than a Slim Fly of {offer.title} has"
        largest = max(fitting, key=lambda shape: shape.capacity)
        hint = f"the largest has {largest.text}; {hint}, or more planes"
    else:
        wanted = Shape(spec.q or _orders()[0], spec.hosts_per_router or 1)
        needed = f"{wanted.network} network ports beside {wanted.per_router} for hosts"
        room = direct.most_network_ports(offer, wanted.per_router, host_gbps, offers.link_gbps)
        has = f"{offer.title} has {max(0, room)}"
        message = f"a router of a Slim Fly of q = {wanted.q} needs {needed}; {has}"
        hint = f"'q: {fitting[-1].q}' is the largest that fits; or {hint}" if fitting else hint
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])


def _uses(shape: Shape, ends: int, planes: int) -> tuple[PortUse, ...]:
    """Routers by the host ports in use; their network ports are all in use."""
    local = PortRange(shape.first_port, shape.first_port + shape.local, "local", upper=False)
    cross = PortRange(local.stop, local.stop + shape.q, "cross", upper=False)
    return tuple(
        PortUse(
            count * planes,
            direct.filled(PortRange(0, used, "host_router", upper=True), local, cross),
        )
        for count, used in direct.hosts_by_router(ends, shape.routers, shape.per_router)
    )


def _tiers(shape: Shape, spec: Spec, offers: Offers) -> tuple[LinkTier, LinkTier]:
    """The links between routers of all planes, within groups and between the subgraphs."""
    q, local = shape.q, shape.local
    copies = direct.times_planes(spec.planes)
    within = f"{2 * q} groups x {q} routers x {local} ports / 2{copies}"
    between = f"each of q^2 = {q**2:,} routers meets q = {q} of the other subgraph{copies}"
    ends, gbps = ("router", "router"), offers.link_gbps
    return (
        LinkTier("local", *ends, q * q * local * spec.planes, 1, gbps, within),
        LinkTier("cross", *ends, q**3 * spec.planes, 1, gbps, between),
    )


def _bisection(
    shape: Shape, blocks: Sequence[EndBlock], planes: int, link_gbps: float
) -> Fraction | None:
    """Bandwidth of the worst even cut of the hosts; None where it is not known.

    The smallest positive eigenvalue of the Laplacian is q, so m of the n routers have at least
    `q m (n - m) / n` links to the others; hosts that are cut from their routers cost their own
    links. The sum is least at m = n / 2, q^3 / 2 links, or at m = 0, the links of half of the
    hosts. Where q is even, half of the groups of both subgraphs have just q^3 / 2 links outwards.
    """
    each, ends = direct.ports_in_plane(blocks, planes), direct.end_points(blocks, planes)
    if ends < shape.capacity:
        return None
    of_hosts = Fraction(ends, 2) * Fraction(blocks[0].gbps)
    of_routers = Fraction(shape.q**3, 2) * Fraction(link_gbps)
    known = shape.q % 2 == 0 and shape.per_router % each == 0
    return min(of_hosts, of_routers) * planes if known or of_hosts <= of_routers else None


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of one plane, port by port."""
    shape: Shape = sized.shape
    field = galois.field(shape.q)
    hosts = direct.host_links(blocks, spec.planes, shape.per_router, "host_router", "router")
    group = np.arange(shape.routers) // shape.q
    column = SwitchColumns("router", np.full(shape.routers, -1), group)
    return Wiring((column,), (hosts, _local(shape, field), _cross(shape, field)), spec.planes)


def _local(shape: Shape, field: galois.Field) -> LinkBatch:
    """Links within groups: port i of a router leads to the one at its place plus generator i."""
    parts = [_in_subgraph(shape, field, s, chosen) for s, chosen in enumerate(generators(field))]
    lower, lower_port, upper, upper_port = np.concatenate(parts, axis=1)
    return direct.links_between("local", "router", lower, lower_port, upper, upper_port)


def _in_subgraph(shape: Shape, field: galois.Field, s: int, chosen: IntArray) -> IntArray:
    """Lower router and port, upper router and port of the local links of subgraph s; (4, n)."""
    place = np.zeros(shape.q, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    router, port = np.divmod(np.arange(shape.q * len(chosen)), len(chosen))
    other = field.sums[router, chosen[port]]
    back = place[field.negatives[chosen[port]]]
    first = shape.first_port
    of_group = np.stack([router, port + first, other, back + first])[:, router < other]
    group = shape.q * (s * shape.q + np.arange(shape.q))
    counts_routers = np.array([1, 0, 1, 0])
    copies = of_group[:, None, :] + counts_routers[:, None, None] * group[None, :, None]
    return copies.reshape(4, -1)


def _cross(shape: Shape, field: galois.Field) -> LinkBatch:
    """Links between the subgraphs: every router has a port for every group of the other one."""
    q, first = shape.q, shape.first_port + shape.local
    x, y, m = (grid.ravel() for grid in np.indices((q, q, q)))
    c = field.sums[y, field.negatives[field.products[m, x]]]
    low, high = x * q + y, q**2 + m * q + c
    return direct.links_between("cross", "router", low, first + m, high, first + x)
