"""What the deployment leaves open of a dragonfly: the cheapest shape that holds the hosts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from rackplan.direct import lay_out, most_network_ports, rate_ratio
from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics.dragonfly.spec import Shape, Spec, given
from rackplan.groups import (
    FULL,
    GroupJoin,
    Ways,
    carried,
    chosen,
    global_ports,
    global_ratio,
    ports_joined,
    refusal,
)
from rackplan.topology import Offers
from rackplan.wiring import IntArray

LARGEST = 1024
"""Hosts of a router and routers of a group that are tried where the deployment names none."""


def choose(spec: Spec, ends: int, host_gbps: float, offers: Offers) -> Shape:
    """The shape that is asked for; what it leaves open is the cheapest that holds the hosts.

    Balanced ways come first; where none of them holds the hosts, all that the switch admits.
    """
    offer, ratio = offers.of("router"), rate_ratio(host_gbps, offers.link_gbps)
    hosts = np.arange(1, min(max(1, offer.ports(host_gbps)), LARGEST) + 1)
    if spec.hosts_per_router is not None:
        hosts = np.array([spec.hosts_per_router])
    room = np.array(
        [most_network_ports(offer, n, host_gbps, offers.link_gbps) for n in hosts.tolist()]
    )
    routers = -(-_crossings(spec) * carried(ratio, hosts) // spec.local_links)
    best = _best(spec, ends, ratio, _ways(spec, ends, ratio, (hosts, routers, room)), most=FULL)
    if best is None:
        most_routers = min(int(max(room.max(), 0)) // spec.local_links + 1, LARGEST)
        several = np.arange(1, most_routers + 1)
        grid = np.meshgrid(hosts, several)
        every = (grid[0].ravel(), grid[1].ravel(), np.tile(room, len(several)))
        ways = _ways(spec, ends, ratio, every)
        best = _best(spec, ends, ratio, ways, most=np.inf)
        if not len(ways["ends"]):
            raise _too_few_ports(spec, int(room[0]), offers, host_gbps)
        if best is None:
            ports = ways["routers_per_group"] * ways["global_ports"]
            raise refusal(given(spec), offer.title, ends, ways, ports)
    join = GroupJoin(
        best["groups"], best["routers_per_group"], best["global_ports"], spec.leftover == "wired"
    )
    network = spec.local_links * (join.members - 1) + join.each
    _, first = lay_out(offers, "router", best["hosts_per_router"], host_gbps, network)
    return Shape(best["hosts_per_router"], join.members, spec.local_links, join, first)


def _ways(
    spec: Spec, ends: int, ratio: Fraction, tried: tuple[IntArray, IntArray, IntArray]
) -> Ways:
    """The ways that the switch admits, of (hosts, routers, most network ports) to try."""
    hosts, routers, room = tried
    if spec.routers_per_group is not None:
        routers = np.full_like(hosts, spec.routers_per_group)
    groups = -(-ends // (hosts * routers))
    if spec.groups is not None:
        groups = np.full_like(hosts, spec.groups)
    left = room - spec.local_links * (routers - 1)
    demand = carried(ratio, routers * hosts) * (not spec.is_alone)
    each = global_ports(groups, routers, demand, left, wired=spec.leftover == "wired")
    if spec.global_ports is not None:
        each = np.full_like(hosts, spec.global_ports)
    fits = (room >= 0) & (each >= 0) & (each <= left)
    columns = (hosts, routers, each, groups, hosts * routers)
    return {key: column[fits] for key, column in zip((*given(spec), "ends"), columns, strict=True)}


def _best(spec: Spec, ends: int, ratio: Fraction, ways: Ways, most: float) -> dict[str, int] | None:
    """The cheapest way whose host bandwidth is at most so many times its network bandwidth.

    Global links are to carry what the hosts send, local links that for every crossing.
    """
    hosts, routers, each, groups = (ways[key] for key in given(spec))
    demand, wired = carried(ratio, ways["ends"]) * (not spec.is_alone), spec.leftover == "wired"
    inward = np.where(routers > 1, routers * spec.local_links, np.inf)
    around = _crossings(spec) * carried(ratio, hosts) / inward
    worst = np.maximum(global_ratio(groups, routers * each, demand, wired=wired), around)
    used = ports_joined(groups, routers * each, wired=wired)
    links = groups * (routers * spec.local_links * (routers - 1) + used)
    holds = (ways["ends"] * groups >= ends) & (routers * each >= groups - 1) & (worst <= most)
    return chosen(ways, holds, worst, groups * routers, links)


def _crossings(spec: Spec) -> int:
    """Local links on the path of a packet: one in its own group and one in the other."""
    return 1 if spec.is_alone else 2


def _too_few_ports(spec: Spec, room: int, offers: Offers, host_gbps: float) -> InfeasibleError:
    """The router's ports do not suffice; `room` is what it has beside the hosts."""
    hosts, each = spec.hosts_per_router or 1, spec.global_ports or 0
    local = spec.local_links * ((spec.routers_per_group or 1) - 1)
    message = (
        f"a router needs {hosts:,} x {host_gbps:g} Gb/s for hosts and {local + each:,} x "
        f"{offers.link_gbps:g} Gb/s: {local:,} local, {each:,} global"
    )
    title = offers.of("router").title
    hint = f"{title} has too few ports for the hosts alone; fewer 'hosts_per_router', or a larger"
    if room >= 0:
        choices = [f"routers_per_group {(room - each) // spec.local_links + 1}"] * (room >= each)
        choices += [f"global_ports {room - local}"] * (room >= local)
        largest = " or ".join(choices) or "fewer hosts_per_router"
        hint = f"{title} has {room:,} beside the hosts; the largest that fits: {largest}"
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])
