"""What direct topologies share: hosts fill routers one after another; arcs become numbered ports.

A router has its host ports first and its network ports after them. Routers are alike, so those
that differ in use differ only in how many hosts they have.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import HOST, EndBlock, Layout, LinkTier, PortRange
from rackplan.tables import number_within
from rackplan.topology import LinkBatch, Offer, Offers
from rackplan.wiring import IntArray, divisors


def ports_in_plane(blocks: Sequence[EndBlock], planes: int) -> int:
    """Ports of every host in one plane.

    Raises:
        InfeasibleError: RP307 planes that do not divide the ports, RP305 hosts that differ.
    """
    if len({(block.ports, block.gbps) for block in blocks}) > 1:
        many = " and ".join(
            f"{ports} x {gbps:g} Gb/s"
            for ports, gbps in sorted({(block.ports, block.gbps) for block in blocks})
        )
        message = f"the nodes differ: {many}; the routers of this topology are all alike"
        raise InfeasibleError([Problem("RP305", message, "put them on fabrics of their own")])
    ports = blocks[0].ports
    if ports % planes:
        fitting = ", ".join(str(number) for number in divisors(ports))
        message = f"{planes} planes do not divide the {ports} network ports of a node"
        raise InfeasibleError([Problem("RP307", message, f"use one of {fitting}", ("planes",))])
    return ports // planes


def end_points(blocks: Sequence[EndBlock], planes: int) -> int:
    """Host ports of one plane, over all hosts."""
    return ports_in_plane(blocks, planes) * sum(block.nodes for block in blocks)


def host_links(
    blocks: Sequence[EndBlock], planes: int, per_router: int, tier: str, role: str
) -> LinkBatch:
    """The host links of one plane; end point e is port `e % n` of router `e // n`.

    n is `per_router`. End points are ordered by host and port; port x of a host lies in plane
    `x % planes`.
    """
    each = ports_in_plane(blocks, planes)
    end = np.arange(end_points(blocks, planes))
    return LinkBatch(
        tier, HOST, end // each, end % each * planes,
        role, end // per_router, end % per_router, np.full(len(end), -1),
    )  # fmt: skip


def host_tier(blocks: Sequence[EndBlock], tier: str, role: str) -> LinkTier:
    """The host links of all planes, counted."""
    nodes = sum(block.nodes for block in blocks)
    ports = blocks[0].ports
    reason = f"{nodes:,} nodes x {ports} ports"
    return LinkTier(tier, HOST, role, nodes * ports, 1, blocks[0].gbps, reason)


def hosts_by_router(ends: int, routers: int, per_router: int) -> list[tuple[int, int]]:
    """(routers, host ports in use on each) of one plane: full ones, a partial one, empty ones."""
    full, rest = divmod(ends, per_router)
    classes = [(full, per_router), (1 if rest else 0, rest), (routers - full - bool(rest), 0)]
    return [(count, used) for count, used in classes if count > 0]


def numbered(node: IntArray, first: int) -> IntArray:
    """Port of each end: the ends of a node take its ports from `first` on, in the order given."""
    return first + number_within(node)


def lay_out(
    offers: Offers, role: str, hosts: int, host_gbps: float, network: int
) -> tuple[Layout, int]:
    """The banks of a router with so many host and network ports, and its first network port.

    Raises:
        InfeasibleError: RP301, the switch has too few ports.
    """
    wanted = [(hosts, host_gbps), (network, offers.link_gbps)]
    layout = offers.lay_out(role, [(ports, gbps) for ports, gbps in wanted if ports])
    return layout, layout[0].ports if hosts and len(layout) > 1 else hosts


def most_network_ports(offer: Offer, hosts: int, host_gbps: float, link_gbps: float) -> int:
    """The most network ports that a switch has beside its host ports; -1 where those are too many.

    Tried by bisection, as cages and dedicated uplinks decide what fits.
    """

    def fails(network: int) -> bool:
        wanted = [(hosts, host_gbps), (network, link_gbps)]
        return offer.lay_out([(ports, gbps) for ports, gbps in wanted if ports]) is None

    most = offer.most_ports + (offer.uplinks.ports if offer.uplinks else 0)
    return bisect_left(range(most + 1), x=True, key=fails) - 1


def rate_ratio(host_gbps: float, link_gbps: float) -> Fraction:
    """Network ports that carry what one host port sends."""
    return (Fraction(host_gbps) / Fraction(link_gbps)).limit_denominator(1000)


def times_planes(planes: int) -> str:
    """The end of a reason: nothing for one plane."""
    return f", x {planes} planes" if planes > 1 else ""


def filled(*ranges: PortRange) -> tuple[PortRange, ...]:
    """The ranges that have ports in them."""
    return tuple(held for held in ranges if held.stop > held.start)


def links_between(
    tier: str, role: str, low: IntArray, low_port: IntArray, high: IntArray, high_port: IntArray
) -> LinkBatch:
    """Links between switches of one role."""
    return LinkBatch(tier, role, low, low_port, role, high, high_port, np.full(len(low), -1))
