"""What a topology is given and what it returns: blocks of hosts, layouts of ports, counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

HOST = "host"
"""Role of the ends that a fabric serves: nodes, and devices with a management port."""


@dataclass(frozen=True)
class EndBlock:
    """Hosts that share switches: one scalable unit (SU), or a group that has no SUs.

    Attributes:
        nodes: the hosts that stand there.
        full_nodes: what the unit is designed for.
        first_node: device row of its first host where `source` is empty; else the number of the
            first one among the switches of the fabric `source`, plane by plane, role by role.
        ports: ports of each host on the fabric.
        gbps: rate of those ports. [Gb/s]
        domain: consecutive hosts that share an NVLink domain.
        unit: number of the unit whose leaves they share with other blocks; -1: their own.
        source: the fabric whose switches are the hosts (by their management ports), or empty.
        hall: number of the hall where they stand.
    """

    nodes: int
    full_nodes: int
    first_node: int
    ports: int
    gbps: float = 0.0
    domain: int = 1
    unit: int = -1
    source: str = ""
    hall: int = 0


@dataclass(frozen=True)
class Bank:
    """Neighbouring ports of a switch that are used alike.

    `per_cage` ports share a cage; 0 where the optics are built in and there are no cages.
    """

    ports: int
    gbps: float
    per_cage: int

    @property
    def cages(self) -> int:
        """Cages of the bank."""
        return -(-self.ports // self.per_cage) if self.per_cage else 0


Layout: TypeAlias = tuple[Bank, ...]
"""The banks of a switch; its ports are numbered through them, from 0."""


class PortRange(NamedTuple):
    """Ports `start` to `stop` (excluded) of a switch, which carry links of one tier."""

    start: int
    stop: int
    tier: str
    upper: bool
    """Whether the switch is the upper end of those links."""


@dataclass(frozen=True)
class PortUse:
    """Equal switches: how many, which of their ports carry a link, and in which layout."""

    switches: int
    ranges: tuple[PortRange, ...]
    layout: int = 0

    @property
    def ports(self) -> int:
        """Ports in use on one of the switches."""
        return sum(held.stop - held.start for held in self.ranges)


@dataclass(frozen=True)
class Role:
    """The switches of one role (leaf, spine, core, router) in all planes of a fabric."""

    name: str
    switches: int
    uses: tuple[PortUse, ...]
    """Classes of equal switches; their `switches` add up to the role's."""
    layouts: tuple[Layout, ...]
    """How the ports of its switches are laid out."""
    reason: str = ""
    """Why this many, in words and numbers."""

    @property
    def ports_used(self) -> int:
        """Ports with a link, over all switches of the role."""
        return sum(use.switches * use.ports for use in self.uses)

    @property
    def ports(self) -> int:
        """Ports of all switches of the role, used or free."""
        sizes = [sum(bank.ports for bank in layout) for layout in self.layouts]
        return sum(use.switches * sizes[use.layout] for use in self.uses)


@dataclass(frozen=True)
class LinkTier:
    """The links between two roles in all planes of a fabric."""

    name: str
    lower: str
    upper: str
    links: int
    bundle: int
    """Most parallel links between one lower switch and one upper switch (1 at the hosts)."""
    gbps: float
    """Rate of a link, one direction. [Gb/s]"""
    reason: str = ""
    """How the number follows, in words and numbers."""
    printed: bool = False
    """Whether the links lie on a circuit board and need neither cage nor cable."""


@dataclass(frozen=True)
class FabricSize:
    """What `size()` of a topology returns: counts by role and tier, and the shape to wire.

    Attributes:
        notation: the usual short form, such as `PGFT(2;32,32;1,16;1,2)`.
        oversubscription: down to up bandwidth by role, as designed (dark ports included).
        bisection_gbps: bandwidth across the worst even cut of the hosts, one direction, all
            planes; None where no formula gives it.
        shape: the topology's own description, which its `wire()` reads.
        reasons: further texts by name: what limits the size, what can be added, and so on.
    """

    tiers: int
    planes: int
    rails: int
    roles: tuple[Role, ...]
    links: tuple[LinkTier, ...]
    oversubscription: Mapping[str, Fraction]
    bisection_gbps: Fraction | None
    shape: Any
    notation: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)

    def switches(self) -> dict[str, int]:
        """Switches by role."""
        return {role.name: role.switches for role in self.roles}

    def links_by_tier(self) -> dict[str, int]:
        """Links by tier."""
        return {tier.name: tier.links for tier in self.links}


def cage_span(layout: Layout, start: int, stop: int) -> tuple[int, int] | None:
    """First and last cage of a range of ports within one bank; None where there are none."""
    port = cage = 0
    for bank in layout:
        if port <= start < port + bank.ports:
            if stop <= start or not bank.per_cage:
                return None
            return (cage + (start - port) // bank.per_cage,
                    cage + (stop - 1 - port) // bank.per_cage)  # fmt: skip
        port += bank.ports
        cage += bank.cages
    return None
