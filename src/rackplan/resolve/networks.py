"""The fabrics: which switches, whose ports join, how large, and what carries the links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from rackplan.catalog import Nic, Transceiver
from rackplan.catalog.nics import NicMode
from rackplan.catalog.nodes import NicGroup
from rackplan.deployment import Deployment
from rackplan.design import Equipment, HostPorts, Population, SizedFabric
from rackplan.errors import InfeasibleError, Path, Problem
from rackplan.fabrics import FABRICS
from rackplan.floors import MediumWord
from rackplan.resolve.choices import Choices
from rackplan.resolve.finding import Finder
from rackplan.resolve.media import host_plug, resolve_media, suits_cage
from rackplan.resolve.plugs import Plug, offer_of, plugs_by_role
from rackplan.sizes import HOST, EndBlock, FabricSize
from rackplan.topology import Offers
from rackplan.trees.hosts import uneven

MAX_ENDS = 4_000_000
"""Host ports of one fabric; above it the tables of a plan leave ordinary memory."""


MAX_LINKS = 15_000_000
MAX_PORTS = 60_000_000
MAX_LIDS = 0xBFFF
"""Unicast addresses of an InfiniBand subnet (InfiniBand Architecture Specification, volume 1)."""
MAX_NODE_PORTS = 16_384
"""Network ports of one node, far above any."""


def resolve_fabrics(
    deployment: Deployment,
    drafts: Sequence[Population],
    equipment: Sequence[Equipment],
    finder: Finder,
) -> tuple[tuple[SizedFabric, ...], tuple[Population, ...]]:
    """The sized fabrics, and the populations with their ports given to them.

    The fabric that manages the others is sized last: their switches are its hosts.
    """
    plugs = plugs_by_role(deployment, finder)
    populations = tuple(_with_ports(draft, plugs, finder) for draft in drafts)
    listed = len(deployment.compute) + sum(one.node is not None for one in deployment.services)
    if len(drafts) < listed:
        return (), populations
    sized: dict[str, SizedFabric | None] = {}
    unique = {plug.name: plug for plug in plugs.values()}
    for plug in sorted(unique.values(), key=lambda plug: plug.spec.management):
        others = [fabric for fabric in sized.values() if fabric is not None]
        blocks = _blocks(plug, populations, equipment, others, finder)
        hosts = [
            ports for one in populations for ports in one.host_ports if ports.fabric == plug.name
        ]
        sized[plug.name] = (
            _fabric(plug, blocks, hosts, deployment.cabling.media, finder) if blocks else None
        )
    in_order = [sized[name] for name in deployment.fabrics if name in sized]
    fabrics = tuple(fabric for fabric in in_order if fabric is not None)
    return fabrics, tuple(_with_furthest(population, fabrics) for population in populations)


def _with_furthest(population: Population, fabrics: Sequence[SizedFabric]) -> Population:
    """The population with the module that reaches furthest where links choose their media."""
    furthest = {
        fabric.name: found[-1]
        for fabric in fabrics
        for tier in fabric.size.links
        if tier.lower == HOST and (found := fabric.options.get(tier.name))
    }
    host_ports = tuple(
        replace(ports, module=media.lower_module, plug=media.copper)
        if (media := furthest.get(ports.fabric or ""))
        else ports
        for ports in population.host_ports
    )
    return replace(population, host_ports=host_ports)


def _with_ports(draft: Population, plugs: Mapping[str, Plug], finder: Finder) -> Population:
    """The population with every NIC group turned into ports of one fabric, or of none."""
    host_ports: list[HostPorts] = []
    first = 0
    for group in draft.node.nics:
        ports = _group_ports(draft, group, plugs.get(group.role), first, finder)
        host_ports.append(ports)
        first += ports.ports
    if first > MAX_NODE_PORTS:
        message = f"{draft.node.title} has {first:,} ports, one plan holds {MAX_NODE_PORTS:,}"
        finder.cannot("RP317", message, "correct the NICs", draft.path)
    return replace(draft, host_ports=tuple(host_ports))


def _group_ports(
    draft: Population, group: NicGroup, plug: Plug | None, first: int, finder: Finder
) -> HostPorts:
    """The ports of a NIC group; a NIC without an entry is one port at the fabric's rate."""
    nic = finder.follow(Nic, draft.node, group.nic, draft.path)
    mode = _nic_mode(nic, plug, finder) if nic is not None else None
    ports_each, per_nic, speed = 1, 1, 0.0
    cage, module_id = group.cage, group.module
    if plug is not None:
        speed = plug.spec.port_gbps or group.port_gbps.value or plug.native_gbps
    if nic is not None and mode is not None:
        ports_each, speed = mode.ports.value, mode.port_gbps.value
        per_nic = max(1, mode.ports.value // nic.cages.value)
        cage, module_id = cage or nic.cage, module_id or mode.module
    elif nic is not None:
        module_id = None  # no mode of the NIC suits, which is told already
    ports_per_cage = group.nics_per_cage.value * per_nic
    return HostPorts(
        group=group,
        fabric=plug.name if plug else None,
        first_port=first,
        ports=group.count.value * ports_each,
        ports_per_cage=ports_per_cage,
        port_gbps=speed,
        cage=cage,
        module=_host_module(draft, plug, module_id, (cage, ports_per_cage, speed), finder),
        plug=host_plug(plug.spec, plug.path, finder) if plug is not None else None,
    )


def _host_module(
    draft: Population,
    plug: Plug | None,
    named: str | None,
    cage: tuple[str | None, int, float],
    finder: Finder,
) -> Transceiver | None:
    """The module in a host cage (its form, ports and rate): the deployment's, else the entry's."""
    wanted = plug.spec.optics.host_module if plug is not None else None
    if plug is not None and plug.spec.optics.host_cable is not None:
        return None
    if plug is not None and wanted is not None:
        at: Path = (*plug.path, "optics", "host_module")
        module = finder.find(Transceiver, wanted, at)
    else:
        at = draft.path
        module = finder.follow(Transceiver, draft.node, named, at)
    if module is not None and plug is not None:
        suits_cage(module, *cage, draft.node, at, finder)
    return module


def _nic_mode(nic: Nic, plug: Plug | None, finder: Finder) -> NicMode | None:
    """The NIC's first mode that the fabric can use."""
    if plug is None or plug.switch is None:
        return nic.modes[0]
    protocol, speed = plug.switch.protocol, plug.spec.port_gbps
    suited = [
        mode
        for mode in nic.modes
        if protocol in (None, mode.protocol) and speed in (None, mode.port_gbps.value)
    ]
    if suited:
        return suited[0]
    offers = ", ".join(
        f"{mode.ports.value} x {mode.port_gbps.value:g} Gb/s {mode.protocol}" for mode in nic.modes
    )
    rate = f" of {speed:g} Gb/s" if speed else ""
    finder.cannot(
        "RP306",
        f"{nic.title} has no {protocol or 'network'} mode{rate} for {plug.switch.title}",
        f"it offers {offers}",
        (*plug.path, "switch"),
    )
    return None


def _blocks(
    plug: Plug,
    populations: Sequence[Population],
    equipment: Sequence[Equipment],
    others: Sequence[SizedFabric],
    finder: Finder,
) -> list[EndBlock]:
    """The hosts of a fabric; empty with a problem noted where there are none.

    Services without units share leaves, as do all devices that are only managed.
    """
    blocks: list[EndBlock] = []
    for population in populations:
        mine = [ports for ports in population.host_ports if ports.fabric == plug.name]
        speeds = sorted({ports.port_gbps for ports in mine})
        if len(speeds) > 1:
            many = " and ".join(f"{speed:g} Gb/s" for speed in speeds)
            message = f"the ports of {population.node.title} on fabric '{plug.name}' differ: {many}"
            finder.cannot("RP305", message, "put them on fabrics of their own", plug.path)
            return []
        if mine and not speeds[0]:
            message = f"nobody says the rate of the ports of {population.node.title}"
            finder.wrong("RP101", message, "add 'port_gbps'", plug.path)
            return []
        if mine:
            shared = population.service and not population.nodes_per_su
            ports = sum(one.ports for one in mine)
            rails = getattr(plug.spec, "rails", 1)
            if not population.service and ports % rails:
                told = uneven(EndBlock(1, 1, 0, ports), rails, 1).problems[0]
                finder.infeasible.append(_under(told, plug.path))
                return []
            blocks += population.blocks(ports, speeds[0], 0 if shared else -1)
    if plug.spec.management:
        gbps = plug.spec.port_gbps or (blocks[0].gbps if blocks else plug.native_gbps)
        blocks += _managed(equipment, others, gbps, finder, plug)
    if not blocks:
        roles = sorted({group.role for one in populations for group in one.node.nics})
        message = f"no node has NICs of role '{plug.roles}' for fabric '{plug.name}'"
        finder.wrong("RP203", message, f"set 'role' to one of {', '.join(roles)}", plug.path)
        return []
    ends = sum(block.nodes * block.ports for block in blocks)
    if ends > MAX_ENDS:
        message = f"fabric '{plug.name}' has {ends:,} host ports, one plan holds {MAX_ENDS:,}"
        finder.cannot("RP317", message, "plan a part of it, and multiply", plug.path)
        return []
    return blocks


def _managed(
    equipment: Sequence[Equipment],
    others: Sequence[SizedFabric],
    gbps: float,
    finder: Finder,
    plug: Plug,
) -> list[EndBlock]:
    """Devices that are only managed, and the switches of the other fabrics."""
    blocks = [
        EndBlock(one.count, one.count, one.first_device, one.ports, gbps, unit=0, hall=one.hall)
        for one in equipment
        if one.ports
    ]
    for fabric in others:
        first = 0
        for role, hall, count in _standing(fabric):
            ports = fabric.switches[role].management_ports.value
            if ports:
                blocks.append(EndBlock(count, count, first, ports, gbps, unit=0,
                                       source=fabric.name, hall=hall))  # fmt: skip
            first += count
        for switch, _ in fabric.types().values():
            if switch.management_ports.value is None:
                finder.warn(
                    "RP328",
                    f"nobody says how many management ports {switch.title} has: "
                    f"'{plug.name}' counts none",
                    "lay an entry with 'management_ports' over the catalog",
                    plug.path,
                )
    return blocks


def _standing(fabric: SizedFabric) -> Iterator[tuple[str, int, int]]:
    """Role, hall and number of neighbouring switches of a fabric, in the order of the devices."""
    if len({block.hall for block in fabric.blocks}) == 1:
        for _ in range(fabric.size.planes):
            for role in fabric.size.roles:
                hall, count = fabric.blocks[0].hall, role.switches // fabric.size.planes
                yield role.name, hall, count
        return
    wiring = FABRICS[fabric.topology].wire(fabric.spec, fabric.size, fabric.blocks)
    for _ in range(wiring.planes):
        for columns in wiring.switches:
            for hall, same in groupby(columns.hall.tolist()):
                yield columns.role, hall, len(list(same))


def _fabric(
    plug: Plug,
    blocks: Sequence[EndBlock],
    hosts: Sequence[HostPorts],
    policy: Sequence[MediumWord],
    finder: Finder,
) -> SizedFabric | None:
    """The fabric sized, or None with what keeps it from being built noted."""
    offers = _offers(plug, blocks, finder)
    if offers is None:
        return None
    try:
        size: FabricSize = FABRICS[plug.spec.topology].size(plug.spec, blocks, offers)
    except InfeasibleError as error:
        finder.infeasible += [_under(problem, plug.path) for problem in error.problems]
        return None
    if not _named_parts_exist(plug, size, finder) or not _within_tables(plug, size, finder):
        return None
    if len({block.hall for block in blocks}) > 1 and not hasattr(plug.spec, "bundles"):
        message = f"a {plug.spec.topology} cannot span several halls"
        finder.cannot("RP323", message, "use a fat tree, or a fabric for each hall", plug.path)
        return None
    _warn_empty_leaves(plug, size, finder)
    _warn_addresses(plug, size, finder)
    switches = {role.name: plug.of(role.name) for role in size.roles}
    media = resolve_media(plug.spec, switches, size, hosts, plug.path, finder)
    choices = Choices(plug.spec, switches, size, hosts, plug.path, finder)
    options = choices.options(policy)
    return SizedFabric(
        name=plug.name,
        topology=plug.spec.topology,
        switches=switches,
        size=size,
        media={**media, **{tier: found[-1] for tier, found in options.items()}},
        blocks=tuple(blocks),
        spec=plug.spec,
        options=options,
        others=choices.of,
    )


def _offers(plug: Plug, blocks: Sequence[EndBlock], finder: Finder) -> Offers | None:
    """What the switches offer; None with a problem noted where a rate is missing."""
    link = plug.spec.link_gbps
    if plug.switch is None:
        return Offers(None, {}, link or blocks[0].gbps)
    default = offer_of(plug.switch)
    rates = {block.gbps for block in blocks}
    if link is None:
        own = default.uplinks.gbps if default.uplinks is not None else None
        link = own if own is not None and len(blocks) else max(rates)
    by_role = {role: offer_of(switch) for role, switch in plug.by_role.items()}
    leaf = by_role.get("leaf", by_role.get("router", default))
    titles = [(leaf, rate) for rate in sorted(rates)]
    titles += [(leaf, link)] if link not in rates else []
    for offer, rate in titles:
        if not offer.ports(rate):
            offered = ", ".join(f"{n} x {gbps:g} Gb/s" for gbps, (n, _) in offer.modes.items())
            message = f"{offer.title} has no ports of {rate:g} Gb/s"
            finder.cannot("RP306", message, f"it offers {offered}", (*plug.path, "switch"))
            return None
    return Offers(default, by_role, link)


def _named_parts_exist(plug: Plug, size: FabricSize, finder: Finder) -> bool:
    """RP207 for a role or tier that the deployment names and the fabric does not have."""
    roles = [role.name for role in size.roles]
    tiers = [tier.name for tier in size.links]
    good = True
    for named, there, path in (
        (plug.spec.switch_by_role, roles, "switch_by_role"),
        (plug.spec.optics.tiers, tiers, "optics.tiers"),
    ):
        for name in named:
            if name not in there:
                what = "role" if named is plug.spec.switch_by_role else "tier"
                message = f"fabric '{plug.name}' has no {what} '{name}'"
                at = (*plug.path, *path.split("."), name)
                finder.wrong("RP207", message, f"it has {', '.join(there)}", at)
                good = False
    return good


def _warn_empty_leaves(plug: Plug, size: FabricSize, finder: Finder) -> None:
    """RP310: leaves are counted for full SUs, so a partial one may leave some without a host."""
    hosts = {tier.name for tier in size.links if tier.lower == HOST}
    for role in size.roles:
        serving = [
            (use.switches, sum(held.stop - held.start for held in use.ranges if held.tier in hosts))
            for use in role.uses
        ]
        empty = sum(count for count, used in serving if not used)
        if empty and any(used for _, used in serving):
            what = "leaves" if role.name == "leaf" else f"{role.name} switches"
            finder.warn(
                "RP310",
                f"{empty:,} of the {role.switches:,} {what} of '{plug.name}' have no host",
                "they are wired for the full size; a smaller unit or shape saves them",
                plug.path,
            )


def _warn_addresses(plug: Plug, size: FabricSize, finder: Finder) -> None:
    """RP330: an InfiniBand subnet, which a plane is, has so many unicast addresses (LIDs)."""
    if {plug.of(role.name).protocol for role in size.roles} != {"infiniband"}:
        return
    ends = sum(tier.links for tier in size.links if tier.lower == HOST)
    needed = (ends + sum(role.switches for role in size.roles)) // size.planes
    if needed > MAX_LIDS:
        finder.warn(
            "RP330",
            f"a plane of '{plug.name}' needs {needed:,} addresses, an InfiniBand subnet has "
            f"{MAX_LIDS:,} unicast LIDs",
            "use more planes, rail-only, or routers between subnets",
            plug.path,
        )


def _within_tables(plug: Plug, size: FabricSize, finder: Finder) -> bool:
    """Whether the tables of a plan can hold the fabric; RP317 is noted when they cannot."""
    links = sum(size.links_by_tier().values())
    ports = sum(role.ports for role in size.roles)
    for count, most, what in ((links, MAX_LINKS, "links"), (ports, MAX_PORTS, "switch ports")):
        if count > most:
            message = f"fabric '{plug.name}' has {count:,} {what}, one plan holds {most:,}"
            finder.cannot("RP317", message, "plan a part of it, and multiply", plug.path)
            return False
    return True


def _under(problem: Problem, path: Path) -> Problem:
    return Problem(problem.code, problem.message, problem.hint, (*path, *problem.path))
