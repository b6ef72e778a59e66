"""The Design: how many of everything, by closed formula; no row per link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rackplan.catalog.accounting import Accounting
from rackplan.catalog.cables import Cable
from rackplan.catalog.gpus import Gpu
from rackplan.catalog.nodes import NicGroup, Node
from rackplan.catalog.nvlink import NvlinkChip, ScaleUp
from rackplan.catalog.optics import Transceiver
from rackplan.catalog.parts import Part
from rackplan.catalog.racks import Rack
from rackplan.catalog.switches import Switch
from rackplan.catalog.systems import System
from rackplan.channel.media import MediaChoice
from rackplan.feeds import PowerSpec
from rackplan.floors import CablingSpec, FloorSpec
from rackplan.heat.spec import CoolingSpec
from rackplan.naming import NamingSpec
from rackplan.sizes import HOST, EndBlock, FabricSize, Layout, PortUse, Role, cage_span
from rackplan.trunking import Trunking

UNSPECIFIED = "unspecified"
"""Type of a cable or module that neither the deployment nor the catalog names."""


@dataclass(frozen=True)
class TierMedia:
    """What carries the links of one tier: modules (if any) at both ends, and the cable."""

    lower_module: Transceiver | None
    upper_module: Transceiver | None
    cable: Cable | None
    fibers: int | None = None
    """Lit fibers of a link, both directions; 0 on copper, None where no optics are named."""
    panel: Panel | None = None
    """What every link crosses on its way."""
    reach_m: float | None = None
    """The longest length that works; None where nobody tells one. [m]"""
    at_host: Transceiver | None = None
    """What is in the hosts' cages, where the tier begins there and all hosts have the same."""
    trunk: Trunking | None = None
    """Panels and trunks between racks, where the tier is cabled in that way."""

    @property
    def copper(self) -> Cable | None:
        """The cable, where it has fixed ends and needs no modules."""
        return self.cable if self.cable is not None and not self.cable.is_fiber else None

    def held(self, *, upper: bool) -> Transceiver | Cable | None:
        """What sits in a cage at one end; None where nobody names it."""
        return self.copper or (self.upper_module if upper else self.lower_module)


@dataclass(frozen=True)
class Panel:
    """A patch panel, shuffle box or optical circuit switch between the ends of links.

    `links` is how many links one of them takes.
    """

    part: Part
    links: int


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
    service: bool = False
    """Whether it stores, manages or serves and does not compute."""
    hall: int = 0
    host_ports: tuple[HostPorts, ...] = ()
    """The ports of its NIC groups; empty until the fabrics are known."""
    sidecar: Rack | None = None
    """What stands beside its racks and feeds them."""

    def blocks(self, ports: int, gbps: float, unit: int = -1) -> list[EndBlock]:
        """Its SUs as a fabric sees them; one block without SUs.

        Args:
            ports: ports of each node on the fabric.
            gbps: rate of those ports.
            unit: number of the unit that it shares leaves with; -1: SUs have leaves of their own.
        """
        per_su = self.nodes_per_su or self.nodes
        return [
            EndBlock(
                nodes=min(per_su, self.nodes - first),
                full_nodes=per_su if unit < 0 else min(per_su, self.nodes - first),
                first_node=self.first_node + first,
                ports=ports,
                gbps=gbps,
                domain=self.domain_nodes,
                unit=unit,
                hall=self.hall,
            )
            for first in range(0, self.nodes, per_su)
        ]

    @property
    def domain_nodes(self) -> int:
        """Neighbouring nodes that share an NVLink domain; 1 where there is none."""
        return 1 if self.domain is None else max(1, self.nodes // self.domain.copies)

    @property
    def standing(self) -> str:
        """What its racks are called in tables: the system, else the frame."""
        if self.system is not None:
            return self.system.id
        return self.rack.id if self.rack is not None else "rack"

    @property
    def path(self) -> tuple[str, int]:
        """Where it stands in the deployment."""
        return ("services" if self.service else "compute", self.index)

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
class Equipment:
    """Equal devices with nothing but management ports: PDUs, power shelves, NVLink switch trays.

    `part` is the catalog entry of what the deployment orders; devices of a system have none.
    """

    name: str
    part: Part | None
    count: int
    ports: int
    hall: int = 0
    first_device: int = 0
    """Device row of the first one."""
    system: System | None = None
    """The system that they come with."""
    first_rack: int = -1
    """First rack of the systems that they come with."""
    beside: str = "compute"
    """Purpose of the racks over which it is spread, where it hangs beside the units."""


@dataclass(frozen=True)
class SizedFabric:
    """A fabric of the deployment, sized: its switches, its counts and what carries its links."""

    name: str
    topology: str
    switches: Mapping[str, Switch]
    """The switch of each role."""
    size: FabricSize
    media: Mapping[str, TierMedia]
    blocks: tuple[EndBlock, ...]
    spec: Any
    """The topology's own `Spec`, which its `wire()` reads."""
    options: Mapping[str, tuple[TierMedia, ...]] = field(default_factory=dict)
    """By tier, the media that its links choose from by their length, each reaching further than
    the one before; `media` then holds the last one. Empty where the deployment fixes them."""
    chosen: Mapping[str, tuple[tuple[Transceiver | Cable | None, int], ...]] = field(
        default_factory=dict
    )
    """By role, what sits in the cages of its switches and how often, once lengths are known."""
    others: Callable[[str], Sequence[MediaChoice]] = lambda _: ()
    """All media that would suit a tier, by its name; looked up only to say what would reach."""

    def all_media(self) -> Iterator[TierMedia]:
        """The media of every tier, and all that its links may choose from."""
        for tier, media in self.media.items():
            yield from self.options.get(tier, (media,))

    def types(self) -> dict[str, tuple[Switch, int]]:
        """The switch types by id, each with its count."""
        found: dict[str, tuple[Switch, int]] = {}
        for role in self.size.roles:
            switch = self.switches[role.name]
            found[switch.id] = (switch, found.get(switch.id, (switch, 0))[1] + role.switches)
        return found

    def plugs(self, role: Role) -> list[tuple[Transceiver | Cable | None, int]]:
        """What sits in the cages of a role's switches and how often, by formula.

        Where links choose their media by length, no formula tells: then what was chosen.
        """
        if role.name in self.chosen:
            return list(self.chosen[role.name])
        counts: dict[str, tuple[Transceiver | Cable | None, int]] = {}
        for use in role.uses:
            for held, cages in self._cages(use, role.layouts[use.layout]):
                key = held.id if held is not None else ""
                counts[key] = (held, counts.get(key, (held, 0))[1] + use.switches * cages)
        return [found for found in counts.values() if found[1]]

    def _cages(
        self, use: PortUse, layout: Layout
    ) -> Iterator[tuple[Transceiver | Cable | None, int]]:
        """What each range of ports plugs in, and into how many cages of one switch.

        A cage that two ranges share counts with the first of them.
        """
        last = -1
        for held in use.ranges:
            span = cage_span(layout, held.start, held.stop)
            media = self.media[held.tier]
            if span is None:
                continue
            first = max(span[0], last + 1)
            last = max(last, span[1])
            yield media.held(upper=held.upper), max(0, span[1] + 1 - first)

    def reach_m(self, tier: str) -> float | None:
        """The shortest published reach of the optics of a tier; None when unpublished. [m]"""
        media = self.media[tier]
        found = [
            module.reach_m.value
            for module in (media.lower_module, media.upper_module)
            if module is not None
        ]
        ends = next(one for one in self.size.links if one.name == tier)
        for role in (ends.lower, ends.upper):
            optics = self.switches[role].co_packaged if role in self.switches else None
            if optics is not None:
                found.append(optics.reach_m.value)
        known = [metres for metres in found if metres is not None]
        return min(known) if known else None

    def panels(self) -> dict[str, tuple[Panel, int]]:
        """The panels that each tier crosses, with their number."""
        return {
            tier.name: (panel, -(-tier.links // panel.links))
            for tier in self.size.links
            if (panel := self.media[tier.name].panel) is not None
        }

    @property
    def switch_count(self) -> int:
        """Switches of all roles and planes."""
        return sum(role.switches for role in self.size.roles)

    @property
    def rates(self) -> tuple[float, ...]:
        """Rates of its links, one direction, highest first. [Gb/s]"""
        return tuple(sorted({tier.gbps for tier in self.size.links}, reverse=True))

    @property
    def host_links(self) -> int:
        """Links that end at a host."""
        return sum(tier.links for tier in self.size.links if tier.lower == HOST)

    @property
    def injection_tbps(self) -> float:
        """Bandwidth of all host ports together, one direction. [Tb/s]"""
        return sum(block.nodes * block.ports * block.gbps for block in self.blocks) / 1000

    @property
    def bisection_tbps(self) -> float | None:
        """Bandwidth across the worst even cut, one way; None without a formula. [Tb/s]"""
        cut = self.size.bisection_gbps
        return None if cut is None else float(cut) / 1000


@dataclass(frozen=True)
class Limits:
    """What the site allows; None where nothing is declared."""

    power_w: float | None
    rack_power_w: float | None
    racks: int | None


@dataclass(frozen=True)
class Floor:
    """The floor of one hall, with the racks that it names."""

    spec: FloorSpec
    network_rack: Rack
    cdu_rack: Rack | None


@dataclass(frozen=True)
class Step:
    """A step of building: its name, and the units (SUs or racks) that it adds."""

    name: str
    units: int


@dataclass(frozen=True)
class Design:
    """Everything counted, nothing enumerated."""

    name: str
    title: str
    populations: tuple[Population, ...]
    fabrics: tuple[SizedFabric, ...]
    equipment: tuple[Equipment, ...]
    halls: tuple[str, ...]
    """Names of the halls; one without a name where the deployment has none."""
    hall_distance_m: Mapping[tuple[int, int], float]
    """Length of the fiber route between two halls, the smaller number first. [m]"""
    limits: Limits
    prices: Mapping[str, float]
    """Unit prices by catalog id. [USD]"""
    accounting: Accounting
    floors: tuple[Floor, ...] = ()
    """The floor of each hall; empty where nothing is placed."""
    cabling: CablingSpec = field(default_factory=CablingSpec)
    power: PowerSpec | None = None
    """How racks are fed; None where nobody asks for a power tree."""
    cooling: CoolingSpec | None = None
    """How heat is carried away; None where nobody asks."""
    cdu: Part | None = None
    """What drives the coolant, where heat is carried away."""
    names: NamingSpec = field(default_factory=NamingSpec)
    """What racks, devices, ports and labels are called."""
    phases: tuple[Step, ...] = ()
    """The steps of building, in order; empty where all is built at once."""
    overrides: tuple[str, ...] = ()
    """Catalog entries that a user's folder replaced, one sentence each."""
    claims: tuple[str, ...] = ()
    """Facts taken from another claim than the catalog's choice, one sentence each."""
    warnings: tuple[Any, ...] = field(default=())
    """Problems of severity warning that came up on the way."""

    def cables(self) -> dict[str, Cable | Part]:
        """The cables and trunks that links may have, by id."""
        found: dict[str, Cable | Part] = {}
        for fabric in self.fabrics:
            for media in fabric.all_media():
                trunk = media.trunk.trunk if media.trunk is not None else None
                found |= {one.id: one for one in (media.cable, trunk) if one is not None}
        return found

    def step_names(self, count: int) -> list[str]:
        """Names of the first steps of building; what the steps leave over is built `later`."""
        names = [step.name for step in self.phases] or ["all"]
        return [names[one] if one < len(names) else "later" for one in range(count)]

    @property
    def nodes(self) -> int:
        """Compute nodes."""
        return sum(population.nodes for population in self.populations if not population.service)

    @property
    def hosts(self) -> int:
        """Compute nodes and servers of services: the first rows of the devices."""
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
        dies = [population.dies for population in self.populations if not population.service]
        return None if None in dies else sum(count for count in dies if count is not None)


def fibers_per_port(switch: Switch, gbps: float, module: Transceiver | None) -> int | None:
    """Lit fibers of one switch port of a rate, both directions; None where no optics are named.

    A CPO switch shares its data fibers out over the ports of its mode.
    """
    if switch.co_packaged is None:
        return None if module is None else module.fibers.value // module.ports.value
    for mode in switch.all_modes():
        if mode.port_gbps.value == gbps:
            return switch.co_packaged.data_fibers // mode.ports.value
    return None
