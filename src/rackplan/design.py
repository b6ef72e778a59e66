"""The Design: how many of everything, by closed formula; no row per link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rackplan.catalog.accounting import Accounting
from rackplan.catalog.cables import Cable
from rackplan.catalog.gpus import Gpu
from rackplan.catalog.nodes import NicGroup, Node
from rackplan.catalog.nvlink import NvlinkChip, ScaleUp
from rackplan.catalog.optics import Transceiver
from rackplan.catalog.racks import Rack
from rackplan.catalog.switches import PortMode, Switch
from rackplan.catalog.systems import System

UNSPECIFIED = "unspecified"
"""Type of a cable or module that neither the deployment nor the catalog names."""


@dataclass(frozen=True)
class EndBlock:
    """Nodes that share leaves: one scalable unit (SU), or a group that has no SUs.

    `nodes` stand there; `full_nodes` is what the unit is designed for. `first_node` is the
    plan-wide number of its first node. Every node has `ports` ports on the fabric.
    """

    nodes: int
    full_nodes: int
    first_node: int
    ports: int


@dataclass(frozen=True)
class PortUse:
    """Equal switches: how many, and which ranges of their ports carry a link (stop excluded)."""

    switches: int
    ranges: tuple[tuple[int, int], ...]

    @property
    def ports(self) -> int:
        """Ports in use on one of the switches."""
        return sum(stop - start for start, stop in self.ranges)

    def cages(self, ports_per_cage: int) -> int:
        """Cages of one switch with at least one port in use."""
        touched: set[int] = set()
        for start, stop in self.ranges:
            if stop > start:
                touched |= set(range(start // ports_per_cage, (stop - 1) // ports_per_cage + 1))
        return len(touched)

    def shared_cages(self, ports_per_cage: int) -> int:
        """Cages that two ranges of ports touch, which a sum over ranges counts twice."""
        apart = sum(PortUse(self.switches, (held,)).cages(ports_per_cage) for held in self.ranges)
        return apart - self.cages(ports_per_cage)


@dataclass(frozen=True)
class Role:
    """The switches of one role (leaf, spine, core) in all planes of a fabric."""

    name: str
    switches: int
    uses: tuple[PortUse, ...]
    """Classes of equal switches; their `switches` add up to the role's."""

    @property
    def ports_used(self) -> int:
        """Ports with a link, over all switches of the role."""
        return sum(use.switches * use.ports for use in self.uses)


@dataclass(frozen=True)
class LinkTier:
    """The links between two tiers in all planes of a fabric."""

    name: str
    lower: str
    upper: str
    links: int
    bundle: int
    """Parallel links between one lower switch and one upper switch (1 at the hosts)."""


@dataclass(frozen=True)
class FabricSize:
    """What `size()` of a topology returns: counts by role and tier, and the shape to wire."""

    tiers: int
    planes: int
    rails: int
    roles: tuple[Role, ...]
    links: tuple[LinkTier, ...]
    oversubscription: Mapping[str, Fraction]
    """Down to up bandwidth by role, as designed (ports left dark included)."""
    bisection_links: Fraction
    """Links across the worst even cut, one direction, all planes added."""
    shape: Any
    """The topology's own description, which its `wire()` reads."""

    def switches(self) -> dict[str, int]:
        """Switches by role."""
        return {role.name: role.switches for role in self.roles}

    def links_by_tier(self) -> dict[str, int]:
        """Links by tier."""
        return {tier.name: tier.links for tier in self.links}


@dataclass(frozen=True)
class TierMedia:
    """What carries the links of one tier: modules (if any) at both ends, and the cable."""

    lower_module: Transceiver | None
    upper_module: Transceiver | None
    cable: Cable | None

    @property
    def copper(self) -> Cable | None:
        """The cable, where it has fixed ends and needs no modules."""
        return self.cable if self.cable is not None and not self.cable.is_fiber else None

    def held(self, *, upper: bool) -> Transceiver | Cable | None:
        """What sits in a cage at one end; None where nobody names it."""
        return self.copper or (self.upper_module if upper else self.lower_module)


@dataclass(frozen=True)
class HostPorts:
    """The ports of one NIC group of a node type, as one fabric uses them."""

    group: NicGroup
    fabric: str | None
    first_port: int
    """Index of the group's first port in the node."""
    ports: int
    """Ports of the group in one node."""
    ports_per_cage: int
    port_gbps: float
    cage: str | None
    module: Transceiver | None
    """The transceiver in each cage; None where a copper cable's plug or nothing known is in it."""
    plug: Cable | None = None
    """The cable whose plug is in each cage, where it has fixed ends."""

    @property
    def cages(self) -> int:
        """Cages of the group in one node."""
        return -(-self.ports // self.ports_per_cage)


@dataclass(frozen=True)
class Population:
    """One entry of the deployment's compute list, with the catalog entries it names."""

    index: int
    system: System | None
    node: Node
    gpu: Gpu | None
    rack: Rack | None
    units: int
    """Systems, or single nodes where the entry names a node."""
    nodes: int
    racks: int
    nodes_per_rack: int
    nodes_per_su: int
    """Zero where the population has no SUs: then all of it is one unit."""
    first_node: int
    first_rack: int
    domain: Domain | None
    host_ports: tuple[HostPorts, ...] = ()
    """The ports of its NIC groups; empty until the fabrics are known."""

    def blocks(self, ports: int) -> list[EndBlock]:
        """Its SUs as a fabric sees them, with a port count for each node; one block without SUs."""
        if not self.nodes_per_su:
            return [EndBlock(self.nodes, self.nodes, self.first_node, ports)]
        return [
            EndBlock(
                min(self.nodes_per_su, self.nodes - first),
                self.nodes_per_su,
                self.first_node + first,
                ports,
            )
            for first in range(0, self.nodes, self.nodes_per_su)
        ]

    @property
    def gpus(self) -> int:
        """GPU packages."""
        return self.nodes * self.node.gpus.value

    @property
    def dies(self) -> int | None:
        """GPU dies; None when the node does not say which GPU it has."""
        return None if self.gpu is None else self.gpus * self.gpu.dies.value

    @property
    def title(self) -> str:
        """Name of the system or node."""
        return self.system.title if self.system else self.node.title

    @property
    def ports_per_node(self) -> int:
        """All NIC ports of one node."""
        return sum(ports.ports for ports in self.host_ports)


@dataclass(frozen=True)
class Domain:
    """The NVLink domain of a population: its size, repeated once per system or node."""

    name: str
    """The system or node whose product it is."""
    scale_up: ScaleUp
    chips: tuple[NvlinkChip, ...]
    """The chips by level; empty in a clique."""
    copies: int
    size: Any
    """A `rackplan.fabrics.nvlink.DomainSize`."""


@dataclass(frozen=True)
class SizedFabric:
    """A fabric of the deployment, sized: its switch, its counts and what carries its links."""

    name: str
    role: str
    topology: str
    switch: Switch
    mode: PortMode
    ports_per_cage: int
    """Ports that share a cage; zero on a switch without cages."""
    size: FabricSize
    media: Mapping[str, TierMedia]
    blocks: tuple[EndBlock, ...]
    spec: Any
    """The topology's own `Spec`, which its `wire()` reads."""

    def switch_plugs(self) -> list[tuple[Transceiver | Cable | None, int]]:
        """What sits in the switches' cages and how often, by formula; empty on CPO switches.

        Port range 0 of a role is the upper end of its tier, range 1 the lower end of the next.
        """
        counts: dict[str, tuple[Transceiver | Cable | None, int]] = {}
        if not self.ports_per_cage:
            return []
        for number, role in enumerate(self.size.roles):
            ends = self.size.links[number : number + 2]
            for use in role.uses:
                for end, (start, stop) in enumerate(use.ranges):
                    media = self.media[ends[end].name]
                    held = media.held(upper=end == 0)
                    one = PortUse(use.switches, ((start, stop),))
                    cages = use.switches * one.cages(self.ports_per_cage)
                    key = held.id if held is not None else ""
                    counts[key] = (held, counts.get(key, (held, 0))[1] + cages)
                shared = use.switches * use.shared_cages(self.ports_per_cage)
                if shared:
                    counts[key] = (held, counts[key][1] - shared)
        return list(counts.values())

    @property
    def switch_count(self) -> int:
        """Switches of all roles and planes."""
        return sum(self.size.switches().values())

    @property
    def port_gbps(self) -> float:
        """Rate of every link, one direction. [Gb/s]"""
        return self.mode.port_gbps.value

    @property
    def bisection_tbps(self) -> float:
        """Bandwidth across the worst even cut, one direction. [Tb/s]"""
        return float(self.size.bisection_links) * self.port_gbps / 1000


@dataclass(frozen=True)
class Limits:
    """What the site allows; None where nothing is declared."""

    power_w: float | None
    rack_power_w: float | None
    racks: int | None


@dataclass(frozen=True)
class Design:
    """Everything counted, nothing enumerated."""

    name: str
    title: str
    populations: tuple[Population, ...]
    fabrics: tuple[SizedFabric, ...]
    limits: Limits
    prices: Mapping[str, float]
    """Unit prices by catalog id. [USD]"""
    accounting: Accounting
    overrides: tuple[str, ...] = ()
    """Catalog entries that a user's folder replaced, one sentence each."""
    claims: tuple[str, ...] = ()
    """Facts taken from another claim than the catalog's choice, one sentence each."""
    warnings: tuple[Any, ...] = field(default=())
    """Problems of severity warning that came up on the way."""

    @property
    def nodes(self) -> int:
        """Compute nodes."""
        return sum(population.nodes for population in self.populations)

    @property
    def racks(self) -> int:
        """Racks with compute in them."""
        return sum(population.racks for population in self.populations)

    @property
    def gpus(self) -> int:
        """GPU packages."""
        return sum(population.gpus for population in self.populations)

    @property
    def dies(self) -> int | None:
        """GPU dies; None when some node does not say which GPU it has."""
        dies = [population.dies for population in self.populations]
        return None if None in dies else sum(count for count in dies if count is not None)


def fibers_per_port(switch: Switch, mode: PortMode, module: Transceiver | None) -> int | None:
    """Lit fibers of one switch port, both directions; None where no optics are named.

    A CPO switch shares its data fibers out over the ports of its mode.
    """
    if switch.co_packaged is not None:
        return switch.co_packaged.data_fibers // mode.ports.value
    return None if module is None else module.fibers.value // module.ports.value
