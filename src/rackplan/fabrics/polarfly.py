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

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np

from rackplan import direct, galois
from rackplan.fields import LARGEST_Q, FieldShape, FieldSpec, choose
from rackplan.sizes import EndBlock, FabricSize, LinkTier, PortRange, PortUse
from rackplan.topology import Offers, SwitchColumns, Wiring
from rackplan.wiring import IntArray


class Spec(FieldSpec):
    """A PolarFly."""

    topology: Literal["polarfly"]
    """`polarfly`: the points of a projective plane, every pair at most two links apart; an order q
    has q^2 + q + 1 routers."""


class Shape(FieldShape):
    """One plane of a PolarFly."""

    title = "PolarFly"
    formula = "q^2 + q + 1"

    @property
    def network(self) -> int:
        """Network ports of a router; a quadric uses one less."""
        return self.q + 1

    @property
    def routers(self) -> int:
        """Points of the plane."""
        return self.q**2 + self.q + 1


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the routers and links of all planes.

    Raises:
        InfeasibleError: RP301, RP305, RP307, RP321; see `rackplan.rules`.
    """
    chosen = choose(Shape, galois.prime_powers(LARGEST_Q), spec, blocks, offers)
    uses = _uses(chosen.shape, chosen.ends, spec.planes)
    tier = _tier(chosen.shape, spec, offers)
    sized = chosen.size(spec, blocks, offers, "polarfly", uses, (tier,))
    cut = _bisection(chosen.shape, blocks, spec.planes, offers.link_gbps)
    return replace(sized, bisection_gbps=cut)


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
