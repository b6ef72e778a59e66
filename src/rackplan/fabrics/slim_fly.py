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

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np

from rackplan import direct, galois
from rackplan.fields import LARGEST_Q, FieldShape, FieldSpec, choose
from rackplan.sizes import EndBlock, FabricSize, LinkTier, PortRange, PortUse
from rackplan.topology import LinkBatch, Offers, SwitchColumns, Wiring
from rackplan.wiring import IntArray


class Spec(FieldSpec):
    """A Slim Fly."""

    topology: Literal["slim-fly"]
    """`slim-fly`: routers in two sets of groups, every pair at most two links apart; an order q of
    3 and more has 2 q^2 routers."""


class Shape(FieldShape):
    """One plane of a Slim Fly."""

    title = "Slim Fly"
    formula = "2 q^2"

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


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the routers and links of all planes.

    Raises:
        InfeasibleError: RP301, RP305, RP307, RP321; see `rackplan.rules`.
    """
    orders = [q for q in galois.prime_powers(LARGEST_Q) if q > 2]
    chosen = choose(Shape, orders, spec, blocks, offers)
    uses = _uses(chosen.shape, chosen.ends, spec.planes)
    tiers = _tiers(chosen.shape, spec, offers)
    sized = chosen.size(spec, blocks, offers, "slim-fly", uses, tiers)
    cut = _bisection(chosen.shape, blocks, spec.planes, offers.link_gbps)
    return replace(sized, bisection_gbps=cut)


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
