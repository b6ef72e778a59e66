r"""PolarFly: the polarity graph of Erdos, Renyi and Brown, of diameter two.

Routers are the q^2 + q + 1 points of the projective plane over the field GF(q): triples (a, b, c)
up to a factor. Two of them meet where a a' + b b' + c c' = 0. The q + 1 quadrics would meet
themselves, so they have q links and all others q + 1:

                       quadrics (group 0)
              +-----------------------------------+
              |  o      o      o   ...   o     o  |
              +-----------------------------------+
                 |            / | \          |
            the neighbours of one quadric are the centres of clusters
             +-------+      +-------+      +-------+
             | centre|      | centre|      | centre|     each with its other neighbours
             |  / \  |      |  / \  |      |  / \  |     that are no quadrics
             +-------+      +-------+      +-------+
              group 1        group 2   ...  group q

Every router is in one group, as two points have exactly one common neighbour; where q is even, one
centre meets all quadrics and is alone in its group. Routers are numbered group after group, in a
group by (a, b, c) with a leading 1: first (1, b, c), then (0, 1, c), then (0, 0, 1). Ports of a
router: its hosts, then one for every neighbour by its number; half as many host ports, rounded up,
let hosts send at full rate to all others alike.

Sources: K. Lakhotia, M. Besta, L. Monroe, K. Isham, P. Iff, T. Hoefler and F. Petrini, "PolarFly:
A Cost-Effective and Flexible Low-Diameter Topology", SC 2022; W. G. Brown, "On graphs that do not
contain a Thomsen graph", Canad. Math. Bull. 9, 1966.
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
from rackplan.topology import FabricSpec, Offers, SwitchColumns, Wiring
from rackplan.wiring import IntArray

LARGEST_Q = 1024


class Spec(FabricSpec):
    """A PolarFly."""

    topology: Literal["polarfly"]
    """`polarfly`: the points of a projective plane, every pair at most two links apart."""
    q: Annotated[int, Field(ge=2, le=LARGEST_Q)] | None = None
    """Order of the field: a prime power; there are q^2 + q + 1 routers. When absent, the smallest
    that holds the hosts and fits the switch."""
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
    def network(self) -> int:
        """Network ports of a router; a quadric uses one less."""
        return self.q + 1

    @property
    def routers(self) -> int:
        """Points of the plane."""
        return self.q**2 + self.q + 1

    @property
    def capacity(self) -> int:
        """Host ports of all routers."""
        return self.routers * self.per_router

    @property
    def text(self) -> str:
        """The numbers that count, in words."""
        return (
            f"q = {self.q}: q^2 + q + 1 = {self.routers:,} routers x {self.per_router} = "
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
        links=(direct.host_tier(blocks, "host_router", "router"), _tier(shape, spec, offers)),
        oversubscription={"router": load / shape.network},
        bisection_gbps=_bisection(shape, blocks, spec.planes, offers.link_gbps),
        shape=shape,
        notation=f"polarfly(q={shape.q},p={shape.per_router})",
        reasons={
            "limit": f"the largest PolarFly of this switch has {largest.text}",
            "growth": f"{shape.capacity - ends:,} host ports in a plane are free; another q is "
            "another graph and moves most cables",
            "paths": "two routers are at most 2 links apart",
        },
    )


def _fitting(spec: Spec, host_gbps: float, offers: Offers) -> list[Shape]:
    """The PolarFlies that the switch has the ports for, by q."""
    offer, fitting = offers.of("router"), []
    half = 1 / direct.rate_ratio(host_gbps, offers.link_gbps) / 2
    for q in galois.prime_powers(LARGEST_Q):
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
    """The PolarFly of the wanted q, or else the smallest that holds the hosts."""
    orders = galois.prime_powers(LARGEST_Q)
    if spec.q is not None and spec.q not in orders:
        near = " or ".join(str(q) for q in galois.nearest(spec.q, orders))
        message = f"q = {spec.q} is no prime power: there is no PolarFly of that order"
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
    message = f"{ends:,} host ports in a plane are more than a PolarFly has with {wanted.text}"
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
        message = f"{ends:,} host ports in a plane are more than a PolarFly of {offer.title} has"
        largest = max(fitting, key=lambda shape: shape.capacity)
        hint = f"the largest has {largest.text}; {hint}, or more planes"
    else:
        wanted = Shape(spec.q or 2, spec.hosts_per_router or 1)
        needed = f"{wanted.network} network ports beside {wanted.per_router} for hosts"
        room = direct.most_network_ports(offer, wanted.per_router, host_gbps, offers.link_gbps)
        has = f"{offer.title} has {max(0, room)}"
        message = f"a router of a PolarFly of q = {wanted.q} needs {needed}; {has}"
        hint = f"'q: {fitting[-1].q}' is the largest that fits; or {hint}" if fitting else hint
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])


def _uses(shape: Shape, ends: int, planes: int) -> tuple[PortUse, ...]:
    """Routers by the ports in use: the quadrics come first and have one network link less."""
    uses, quadrics, first = [], shape.q + 1, shape.first_port
    for count, used in direct.hosts_by_router(ends, shape.routers, shape.per_router):
        of_quadrics = min(count, quadrics)
        quadrics -= of_quadrics
        for routers, links in ((of_quadrics, shape.q), (count - of_quadrics, shape.q + 1)):
            hosts = PortRange(0, used, "host_router", upper=True)
            network = PortRange(first, first + links, "router_router", upper=False)
            if routers:
                uses.append(PortUse(routers * planes, direct.filled(hosts, network)))
    return tuple(uses)


def _tier(shape: Shape, spec: Spec, offers: Offers) -> LinkTier:
    """The links between routers of all planes."""
    q = shape.q
    reason = (
        f"(q + 1 = {q + 1} quadrics x {q} ports + q^2 = {q * q:,} others x {q + 1}) / 2 in a plane"
    )
    links = q * (q + 1) ** 2 // 2 * spec.planes
    return LinkTier("router_router", "router", "router", links, 1, offers.link_gbps, reason)


def _bisection(
    shape: Shape, blocks: Sequence[EndBlock], planes: int, link_gbps: float
) -> Fraction | None:
    """Bandwidth of the worst even cut of the hosts; None where it is not known.

    The smallest positive eigenvalue of the Laplacian is q + 1 - sqrt(q), so half of n routers
    have at least n / 4 times as many links outwards: known where half of the hosts need fewer.
    """
    if direct.end_points(blocks, planes) < shape.capacity:
        return None
    down = shape.per_router * Fraction(blocks[0].gbps)
    spare = shape.q + 1 - 2 * down / Fraction(link_gbps)
    full = spare >= 0 and spare**2 >= shape.q
    return shape.routers * down / 2 * planes if full else None


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of one plane, port by port."""
    shape: Shape = sized.shape
    group, router, other = _graph(galois.field(shape.q))
    port = direct.numbered(router, shape.first_port)
    seen_from_other = np.argsort(other, kind="stable")
    once = router < other
    links = direct.links_between(
        "router_router", "router", router[once], port[once], other[once],
        port[seen_from_other][once],
    )  # fmt: skip
    hosts = direct.host_links(blocks, spec.planes, shape.per_router, "host_router", "router")
    column = SwitchColumns("router", np.full(shape.routers, -1), group)
    return Wiring((column,), (hosts, links), spec.planes)


def _graph(field: galois.Field) -> tuple[IntArray, IntArray, IntArray]:
    """Group of every router, then router and neighbour of every link seen from both ends.

    The links are ordered by router and neighbour.
    """
    lines = _lines(field)
    points = np.arange(len(lines))
    quadric = (lines == points[:, None]).any(axis=1)
    first = np.argmax(quadric)
    group = np.zeros(len(lines), dtype=np.int64)
    centres = lines[first][lines[first] != first]
    clusters = np.arange(1, len(centres) + 1)
    group[lines[centres]] = clusters[:, None]
    group[centres] = clusters
    group[quadric] = 0
    order = np.argsort(group, kind="stable")
    number = np.empty_like(order)
    number[order] = points
    met = np.sort(number[lines[order]], axis=1)
    router = np.repeat(points, field.order + 1)
    links = router != met.ravel()
    return group[order], router[links], met.ravel()[links]


def _lines(field: galois.Field) -> IntArray:
    """The points of the line that belongs to every point; shape (q^2 + q + 1, q + 1).

    A line has the points `start + t * step` for every t, and `step`. For (1, b, c) these are
    (-b, 1, 0) and (-c, 0, 1); for (0, 1, c), (1, 0, 0) and (0, -c, 1); for (0, 0, 1), (1, 0, 0)
    and (0, 1, 0).
    """
    q, element = field.order, np.arange(field.order)
    a = np.repeat([1, 0], [q * q, q + 1])
    b = np.r_[np.repeat(element, q), np.ones(q, dtype=np.int64), 0]
    c = np.r_[np.tile(element, q), element, 1]
    minus_b, minus_c = field.negatives[b], field.negatives[c]
    start = np.stack([np.where(a, minus_b, 1), a, 0 * a])
    second = np.where(a, 0, np.where(b, minus_c, 1))
    step = np.stack([a * minus_c, second, np.maximum(a, np.minimum(b, 1))])
    along = field.products[step[:, :, None], element]
    line = np.concatenate([field.sums[start[:, :, None], along], step[:, :, None]], axis=2)
    return _numbers(field, *line)


def _numbers(field: galois.Field, a: IntArray, b: IntArray, c: IntArray) -> IntArray:
    """Number of the point (a, b, c) in the order of the triples with a leading 1."""
    q = field.order
    factor = field.inverses[np.where(a > 0, a, np.where(b > 0, b, c))]
    b, c = field.products[factor, b], field.products[factor, c]
    return np.where(a > 0, b * q + c, np.where(b > 0, q * q + c, q * q + q))
