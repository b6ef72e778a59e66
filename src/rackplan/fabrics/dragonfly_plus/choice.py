"""What the deployment leaves open of a dragonfly+: the cheapest shape that holds the hosts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rackplan.direct import lay_out, most_network_ports, rate_ratio
from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics.dragonfly_plus.spec import Shape, Spec, given
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

MOST_HOSTS = 4096
"""Hosts of a leaf, at most, as of its key."""
LARGEST = 512
"""Ports between a leaf and all spines, or a spine and all leaves, that are tried where the
deployment names none: half of a switch of 1,024 ports."""


@dataclass(frozen=True)
class Groups:
    """Groups to try, one a row; all columns have shape (n,)."""

    leaves: IntArray
    spines: IntArray
    width: IntArray
    """Links from a leaf to a spine."""
    room: IntArray
    """Ports that a spine has beside those to leaves."""
    most_hosts: IntArray
    """Hosts that a leaf can have beside its uplinks."""


def choose(spec: Spec, ends: int, host_gbps: float, offers: Offers) -> Shape:
    """The shape that is asked for; what it leaves open is the cheapest that holds the hosts.

    First with as many hosts on a leaf as its uplinks and the global ports carry; where that holds
    too few, with as many as are needed.
    """
    leaf, ratio = offers.of("leaf"), rate_ratio(host_gbps, offers.link_gbps)
    some = range(1, min(leaf.ports(host_gbps), MOST_HOSTS) + 1)
    uplinks = np.array([most_network_ports(leaf, n, host_gbps, offers.link_gbps) for n in some])
    spine_ports = most_network_ports(offers.of("spine"), 0, host_gbps, offers.link_gbps)
    tried = _tried(spec, uplinks, spine_ports)
    hosts = _carried_hosts(spec, ratio, tried)
    best = _best(spec, ends, ratio, _ways(spec, ends, ratio, tried, hosts), most=FULL)
    if best is None:
        ways = _ways(spec, ends, ratio, tried, _needed_hosts(spec, ends, tried))
        best = _best(spec, ends, ratio, ways, most=np.inf)
        if not len(ways["ends"]):
            raise _too_few_ports(spec, uplinks, spine_ports, (offers, host_gbps))
        if best is None:
            ports = ways["spines_per_group"] * ways["global_ports"]
            raise refusal(given(spec), leaf.title, ends, ways, ports)
    wired = spec.leftover == "wired"
    join = GroupJoin(best["groups"], best["spines_per_group"], best["global_ports"], wired)
    per_leaf, width = best["hosts_per_leaf"], best["local_links"]
    _, first = lay_out(offers, "leaf", per_leaf, host_gbps, join.members * width)
    return Shape(per_leaf, best["leaves_per_group"], width, join, first)


def _tried(spec: Spec, uplinks: IntArray, spine_ports: int) -> Groups:
    """All groups whose spines have the ports to join the leaves; the loop is over bundle widths.

    Args:
        spec: the deployment's keys.
        uplinks: the most uplinks of a leaf beside 1, 2, ... hosts.
        spine_ports: ports of a spine.
    """
    parts = [np.zeros((3, 0), dtype=np.int64)]
    most_up, most_down = min(max(0, *uplinks), LARGEST), min(spine_ports, LARGEST)
    for width in _up_to(spec.local_links, min(most_up, most_down)).tolist():
        leaves = _up_to(spec.leaves_per_group, most_down // width)
        spines = _up_to(spec.spines_per_group, most_up // width)
        grid = np.meshgrid(leaves[leaves * width <= spine_ports], spines)
        parts.append(np.stack([*(part.ravel() for part in grid), np.full(grid[0].size, width)]))
    leaves, spines, widths = np.concatenate(parts, axis=1)
    most_hosts = np.searchsorted(-uplinks, -spines * widths, side="right")
    return Groups(leaves, spines, widths, spine_ports - leaves * widths, most_hosts)


def _up_to(given: int | None, most: int) -> IntArray:
    """What is given, or all from 1 on."""
    return np.arange(1, most + 1) if given is None else np.array([given])


def _carried_hosts(spec: Spec, ratio: Fraction, tried: Groups) -> IntArray:
    """Hosts of a leaf that its uplinks and its share of the global ports carry."""
    ports: IntArray = tried.spines * tried.width
    if not spec.is_alone:
        each = tried.room if spec.global_ports is None else spec.global_ports
        ports = np.minimum(ports, tried.spines * each // tried.leaves)
    hosts: IntArray = np.maximum(ports * ratio.denominator // ratio.numerator, 1)
    return np.minimum(hosts, tried.most_hosts)


def _needed_hosts(spec: Spec, ends: int, tried: Groups) -> IntArray:
    """The fewest hosts of a leaf with which all groups that can be joined hold the end points."""
    each = tried.room if spec.global_ports is None else spec.global_ports
    groups = tried.spines * each + 1 if spec.groups is None else spec.groups
    hosts: IntArray = -(-ends // (tried.leaves * groups))
    return np.minimum(hosts, tried.most_hosts)


def _ways(spec: Spec, ends: int, ratio: Fraction, tried: Groups, hosts: IntArray) -> Ways:
    """The ways that the switches admit, with so many hosts on a leaf of each group."""
    leaves, spines = tried.leaves, tried.spines
    if spec.hosts_per_leaf is not None:
        hosts = np.full_like(leaves, spec.hosts_per_leaf)
    groups = -(-ends // (leaves * np.maximum(hosts, 1)))
    if spec.groups is not None:
        groups = np.full_like(leaves, spec.groups)
    demand = carried(ratio, leaves * hosts) * (not spec.is_alone)
    each = global_ports(groups, spines, demand, tried.room, wired=spec.leftover == "wired")
    if spec.global_ports is not None:
        each = np.full_like(leaves, spec.global_ports)
    fits = (hosts > 0) & (hosts <= tried.most_hosts) & (each <= tried.room)
    columns = (hosts, leaves, spines, tried.width, each, groups, leaves * hosts)
    return {key: column[fits] for key, column in zip((*given(spec), "ends"), columns, strict=True)}


def _best(spec: Spec, ends: int, ratio: Fraction, ways: Ways, most: float) -> dict[str, int] | None:
    """The cheapest way whose host bandwidth is at most so many times that of any tier above."""
    hosts, leaves, spines, width, each, groups = (ways[key] for key in given(spec))
    wired, ports = spec.leftover == "wired", spines * each
    demand = carried(ratio, ways["ends"]) * (not spec.is_alone)
    outward = global_ratio(groups, ports, demand, wired=wired)
    worst = np.maximum(carried(ratio, hosts) / (spines * width), outward)
    holds = (ways["ends"] * groups >= ends) & (ports >= groups - 1) & (worst <= most)
    links = groups * (2 * leaves * spines * width + ports_joined(groups, ports, wired=wired))
    return chosen(ways, holds, worst, groups * (leaves + spines), links)


def _too_few_ports(
    spec: Spec, uplinks: IntArray, spine_ports: int, asked: tuple[Offers, float]
) -> InfeasibleError:
    """The ports of a leaf or of a spine do not suffice."""
    offers, host_gbps = asked
    hosts, width = spec.hosts_per_leaf or 1, spec.local_links or 1
    up, down = width * (spec.spines_per_group or 1), width * (spec.leaves_per_group or 1)
    each = spec.global_ports or 0
    room = int(uplinks[hosts - 1]) if hosts <= len(uplinks) else -1
    if up > room:
        message = (
            f"a leaf needs {hosts:,} x {host_gbps:g} Gb/s for hosts and {up:,} x "
            f"{offers.link_gbps:g} Gb/s for spines; {offers.of('leaf').title} has "
        )
        message += f"{room:,} beside the hosts" if room >= 0 else "not even the first"
        hosts = int(np.searchsorted(-uplinks, -up, side="right"))
        choices = [f"hosts_per_leaf {hosts}"] * (hosts > 0)
        choices += [f"spines_per_group {room // width}"] * (room >= width)
    else:
        message = (
            f"a spine needs {down:,} ports for leaves and {each:,} for other groups; "
            f"{offers.of('spine').title} has {spine_ports:,} x {offers.link_gbps:g} Gb/s"
        )
        choices = [f"leaves_per_group {(spine_ports - each) // width}"]
        choices = choices * (spine_ports - each >= width)
        choices += [f"global_ports {spine_ports - down}"] * (spine_ports >= down)
    hint = f"the largest that fits: {' or '.join(choices)}" if choices else "use a larger switch"
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])
