"""What topologies over a finite field share: the choice of its order q, counts, and refusals."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import Field

from rackplan import direct, galois
from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import EndBlock, FabricSize, Layout, LinkTier, PortUse, Role
from rackplan.topology import FabricSpec, Offers

LARGEST_Q = 1024


class FieldSpec(FabricSpec):
    """Keys of a topology over a finite field."""

    q: Annotated[int, Field(ge=2, le=LARGEST_Q)] | None = None
    """Order of the field, a prime power. When absent, the smallest that holds the hosts and fits
    the switch."""
    hosts_per_router: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Host ports of a router. When absent, half the bandwidth of its network ports, rounded up, or
    what the switch has left."""


@dataclass(frozen=True)
class FieldShape:
    """One plane: q, host ports of a router in use, those it could have, first network port."""

    title: ClassVar[str]
    formula: ClassVar[str]
    q: int
    per_router: int
    room: int = 0
    first_port: int = 0

    @property
    @abstractmethod
    def network(self) -> int:
        """Network ports of a router."""

    @property
    @abstractmethod
    def routers(self) -> int:
        """Routers of the plane."""

    @property
    def capacity(self) -> int:
        """Host ports of all routers."""
        return self.routers * self.per_router

    @property
    def text(self) -> str:
        """The numbers that count, in words."""
        return (
            f"q = {self.q}: {self.formula} = {self.routers:,} routers x {self.per_router} = "
            f"{self.capacity:,} host ports in a plane"
        )


S = TypeVar("S", bound=FieldShape)


@dataclass(frozen=True)
class Chosen(Generic[S]):
    """The shape that was chosen, the layout of a router's ports, and what a hint needs."""

    shape: S
    layout: Layout
    largest: S
    ends: int

    def reasons(self) -> dict[str, str]:
        """What limits the size, and what can be added."""
        return {
            "limit": f"the largest {self.shape.title} of this switch has {self.largest.text}",
            "growth": f"{self.shape.capacity - self.ends:,} host ports in a plane are free; "
            "another q is another graph and moves most cables",
            "paths": "two routers are at most 2 links apart",
        }

    def size(  # what only the topology knows
        self,
        spec: FieldSpec,
        blocks: Sequence[EndBlock],
        offers: Offers,
        notation: str,
        uses: tuple[PortUse, ...],
        tiers: tuple[LinkTier, ...],
    ) -> FabricSize:
        """The counts of all planes; the bisection is left to the topology."""
        shape = self.shape
        load = shape.per_router * direct.rate_ratio(blocks[0].gbps, offers.link_gbps)
        router = Role("router", shape.routers * spec.planes, uses, (self.layout,), shape.text)
        return FabricSize(
            tiers=1,
            planes=spec.planes,
            rails=1,
            roles=(router,),
            links=(direct.host_tier(blocks, "host_router", "router"), *tiers),
            oversubscription={"router": load / shape.network},
            bisection_gbps=None,
            shape=shape,
            notation=f"{notation}(q={shape.q},p={shape.per_router})",
            reasons=self.reasons(),
        )


def choose(
    kind: type[S],
    orders: Sequence[int],
    spec: FieldSpec,
    blocks: Sequence[EndBlock],
    offers: Offers,
) -> Chosen[S]:
    """The shape of the wanted q, or else the smallest that holds the hosts.

    Args:
        kind: the shape of the topology.
        orders: every q that has a graph, ascending.
        spec: what is wanted.
        blocks: the hosts.
        offers: the switches.

    Raises:
        InfeasibleError: RP301, RP305, RP307, RP321; see `rackplan.rules`.
    """
    ends = direct.end_points(blocks, spec.planes)
    if spec.q is not None and spec.q not in orders:
        near = " or ".join(str(q) for q in galois.nearest(spec.q, orders))
        reason = "is no prime power" if galois.prime_power(spec.q) is None else "is too small"
        message = f"q = {spec.q} {reason}: there is no {kind.title} of that order"
        raise InfeasibleError([Problem("RP321", message, f"nearest: {near}", ("q",))])
    fitting = _fitting(kind, orders, spec, blocks[0].gbps, offers)
    holding = [shape for shape in fitting if shape.capacity >= ends]
    wanted = [shape for shape in holding if spec.q in (None, shape.q)]
    if not wanted:
        same = [shape for shape in fitting if shape.q == spec.q]
        if same:
            raise _too_few_places(ends, same[0], holding)
        raise _too_few_ports(kind(spec.q or orders[0], spec.hosts_per_router or 1), ends, fitting,
                             blocks[0].gbps, offers, any_order=spec.q is None)  # fmt: skip
    shape = wanted[0]
    layout, first = direct.lay_out(
        offers, "router", shape.per_router, blocks[0].gbps, shape.network
    )
    largest = max(fitting, key=lambda fits: fits.capacity)
    return Chosen(replace(shape, first_port=first), layout, largest, ends)


def _fitting(
    kind: type[S], orders: Sequence[int], spec: FieldSpec, host_gbps: float, offers: Offers
) -> list[S]:
    """The shapes that the switch has the ports for, by q."""
    offer, fitting = offers.of("router"), []
    half = 1 / direct.rate_ratio(host_gbps, offers.link_gbps) / 2
    for q in orders:
        network = kind(q, 1).network
        room = offer.room(host_gbps, (network, offers.link_gbps))
        per_router = spec.hosts_per_router or max(1, min(math.ceil(network * half), room))
        if per_router > room:
            break
        fitting.append(kind(q, per_router, room))
    return fitting


def _too_few_places(
    ends: int, wanted: FieldShape, holding: Sequence[FieldShape]
) -> InfeasibleError:
    """A wanted q whose routers have fewer host ports than are needed."""
    title = wanted.title
    message = f"{ends:,} host ports in a plane are more than a {title} has with {wanted.text}"
    needed = -(-ends // wanted.routers)
    ways = [f"'q: {shape.q}'" for shape in holding[:1]]
    if needed <= wanted.room:
        ways.append(f"'hosts_per_router: {needed}'")
    hint = f"use {' or '.join(ways)}" if ways else "use more planes or a switch with more ports"
    return InfeasibleError([Problem("RP301", message, hint, ("q",))])


def _too_few_ports(  # the wanted shape, and what there is
    wanted: FieldShape,
    ends: int,
    fitting: Sequence[FieldShape],
    host_gbps: float,
    offers: Offers,
    *,
    any_order: bool,
) -> InfeasibleError:
    """A switch with too few ports for the wanted q, or for any that holds the hosts."""
    offer, hint, title = offers.of("router"), "use a switch with more ports", wanted.title
    if fitting and any_order:
        message = f"{ends:,} host ports in a plane are more than a {title} of {offer.title} has"
        largest = max(fitting, key=lambda shape: shape.capacity)
        hint = f"the largest has {largest.text}; {hint}, or more planes"
    else:
        needed = f"{wanted.network} network ports beside {wanted.per_router} for hosts"
        room = direct.most_network_ports(offer, wanted.per_router, host_gbps, offers.link_gbps)
        has = f"{offer.title} has {max(0, room)}"
        message = f"a router of a {title} of q = {wanted.q} needs {needed}; {has}"
        hint = f"'q: {fitting[-1].q}' is the largest that fits; or {hint}" if fitting else hint
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])
