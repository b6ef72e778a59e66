"""The fabrics: which switch in which mode, whose NICs join, and what carries the links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rackplan.catalog import Cable, Nic, Switch, Transceiver
from rackplan.catalog.consistency import contradictions
from rackplan.catalog.nics import NicMode
from rackplan.catalog.nodes import NicGroup
from rackplan.catalog.switches import PortMode
from rackplan.deployment import Deployment
from rackplan.design import FabricSize, HostPorts, Population, SizedFabric
from rackplan.errors import InfeasibleError, Path, Problem
from rackplan.fabrics import FABRICS
from rackplan.resolve.finding import Finder
from rackplan.resolve.media import resolve_media, suits_cage
from rackplan.topology import FabricSpec

MAX_ENDS = 4_000_000
"""Host ports of one fabric; above it the tables of a plan leave ordinary memory."""


MAX_LINKS = 15_000_000
MAX_PORTS = 60_000_000
MAX_NODE_PORTS = 16_384
"""Network ports of one node, far above any."""


@dataclass(frozen=True)
class Plug:
    """A fabric of the deployment with the switch that it runs on."""

    name: str
    spec: FabricSpec
    role: str
    switch: Switch
    path: Path


def resolve_fabrics(
    deployment: Deployment, drafts: Sequence[Population], finder: Finder
) -> tuple[tuple[SizedFabric, ...], tuple[Population, ...]]:
    """The sized fabrics, and the populations with their ports given to them."""
    plugs = _plugs(deployment, finder)
    populations = tuple(_with_ports(draft, plugs, finder) for draft in drafts)
    fabrics = [
        _fabric(plug, drafts, populations, finder)
        for plug in plugs.values()
        if len(drafts) == len(deployment.compute)
    ]
    return tuple(fabric for fabric in fabrics if fabric is not None), populations


def _plugs(deployment: Deployment, finder: Finder) -> dict[str, Plug]:
    """The fabrics by the NIC role they serve."""
    plugs: dict[str, Plug] = {}
    for name, spec in deployment.fabrics.items():
        path: Path = ("fabrics", name)
        switch = _switch(spec, path, finder)
        _look_up(spec, path, finder)
        role = spec.role or name
        if role in plugs:
            finder.wrong(
                "RP110",
                f"the NICs of role '{role}' already serve '{plugs[role].name}'",
                "give the fabric a role of its own",
                path,
            )
        elif switch is not None:
            plugs[role] = Plug(name, spec, role, switch, path)
    return plugs


def _look_up(spec: FabricSpec, path: Path, finder: Finder) -> None:
    """Note wrong ids in the optics at once, even where the fabric itself cannot be sized yet."""
    optics = (*path, "optics")
    for key in ("host_module", "switch_module"):
        if (wanted := getattr(spec.optics, key)) is not None:
            finder.find(Transceiver, wanted, (*optics, key))
    for key in ("cable", "host_cable", "switch_cable"):
        if (wanted := getattr(spec.optics, key)) is not None:
            finder.find(Cable, wanted, (*optics, key))


def _switch(spec: FabricSpec, path: Path, finder: Finder) -> Switch | None:
    """The switch that the spec names, or its twin where the optics ask for it."""
    at = (*path, "switch")
    switch = finder.find(Switch, spec.switch, at)
    wanted = spec.optics.switches
    if switch is None or wanted is None:
        return _consistent(switch, at, finder)
    swap = (*path, "optics", "switches")
    if (switch.co_packaged is not None) == (wanted == "cpo"):
        return _consistent(switch, at, finder)
    twin = switch.cpo_twin if wanted == "cpo" else switch.pluggable_twin
    if twin is None:
        finder.wrong(
            "RP204",
            f"{switch.title} has no {wanted} twin in the catalog",
            "name the other switch yourself",
            swap,
        )
        return switch
    other = finder.follow(Switch, switch, twin, swap)
    if other is not None and other.ports.value != switch.ports.value:
        message = f"{other.title} is no twin of {switch.title}: {other.ports.value} ports against "
        finder.wrong("RP204", f"{message}{switch.ports.value}", "correct the entry's twin", swap)
    return _consistent(other, at, finder)


def _consistent(switch: Switch | None, at: Path, finder: Finder) -> Switch | None:
    """The switch, with RP308 noted for every count of its optics that does not close."""
    for text in contradictions(switch) if switch is not None else ():
        message = f"{switch.title}: {text}" if switch is not None else text
        finder.cannot("RP308", message, "correct the counts of its co_packaged optics", at)
    return switch


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
        finder.cannot("RP317", message, "correct the NICs", ("compute", draft.index))
    return replace(draft, host_ports=tuple(host_ports))


def _group_ports(
    draft: Population, group: NicGroup, plug: Plug | None, first: int, finder: Finder
) -> HostPorts:
    """The ports of a NIC group; a NIC without an entry is one port at the fabric's rate."""
    nic = finder.follow(Nic, draft.node, group.nic, ("compute", draft.index))
    mode = _nic_mode(nic, plug, finder) if nic is not None else None
    ports_each, per_nic, speed = 1, 1, 0.0
    cage, module_id = group.cage, group.module
    if plug is not None:
        speed = plug.spec.port_gbps or group.port_gbps.value or plug.switch.port_gbps.value
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
        plug=_host_plug(plug, finder),
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
        at = ("compute", draft.index)
        module = finder.follow(Transceiver, draft.node, named, at)
    if module is not None and plug is not None:
        suits_cage(module, *cage, draft.node, at, finder)
    return module


def _host_plug(plug: Plug | None, finder: Finder) -> Cable | None:
    """The copper cable of the first hop, where the deployment names one."""
    if plug is None or plug.spec.optics.host_cable is None:
        return None
    return finder.find(Cable, plug.spec.optics.host_cable, (*plug.path, "optics", "host_cable"))


def _nic_mode(nic: Nic, plug: Plug | None, finder: Finder) -> NicMode | None:
    """The NIC's first mode that the fabric can use."""
    if plug is None:
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


Joined = Sequence[tuple[Population, list[HostPorts]]]
"""The populations of a fabric, each with its ports on it."""


def _fabric(
    plug: Plug, drafts: Sequence[Population], populations: Sequence[Population], finder: Finder
) -> SizedFabric | None:
    """The fabric sized, or None with what keeps it from being built noted."""
    joined = [
        (draft, ports)
        for draft, population in zip(drafts, populations, strict=True)
        if (ports := [ports for ports in population.host_ports if ports.fabric == plug.name])
    ]
    agreed = _agreed(plug, drafts, joined, finder)
    mode = _switch_mode(plug, agreed[0], finder) if agreed is not None else None
    if agreed is None or mode is None:
        return None
    blocks = tuple(block for draft, _ in joined for block in draft.blocks(agreed[1]))
    try:
        size: FabricSize = FABRICS[plug.spec.topology].size(
            plug.spec, blocks, mode.ports.value, plug.switch.title
        )
    except InfeasibleError as error:
        finder.infeasible += [_under(problem, plug.path) for problem in error.problems]
        return None
    if not _within_tables(plug, size, mode, finder):
        return None
    _warn_empty_leaves(plug, size, finder)
    hosts = [ports for _, group in joined for ports in group]
    return SizedFabric(
        name=plug.name,
        role=plug.role,
        topology=plug.spec.topology,
        switch=plug.switch,
        mode=mode,
        ports_per_cage=_ports_per_cage(plug, mode, finder),
        size=size,
        media=resolve_media(plug.spec, plug.switch, mode, size, hosts, plug.path, finder),
        blocks=blocks,
        spec=plug.spec,
    )


def _agreed(
    plug: Plug, drafts: Sequence[Population], joined: Joined, finder: Finder
) -> tuple[float, int] | None:
    """Rate and port count that all nodes of a fabric share; None with a problem noted."""
    if not joined:
        roles = sorted({group.role for draft in drafts for group in draft.node.nics})
        message = f"no node has NICs of role '{plug.role}' for fabric '{plug.name}'"
        finder.wrong("RP203", message, f"set 'role' to one of {', '.join(roles)}", plug.path)
        return None
    speeds = sorted({ports.port_gbps for _, group in joined for ports in group})
    counts = sorted({sum(ports.ports for ports in group) for _, group in joined})
    if len(speeds) > 1 or len(counts) > 1:
        many = " and ".join(f"{speed:g} Gb/s" for speed in speeds)
        if len(speeds) == 1:
            many = " and ".join(str(count) for count in counts) + " ports a node"
        message = f"the nodes of fabric '{plug.name}' differ: {many}"
        finder.cannot("RP305", message, "put them on fabrics of their own", plug.path)
        return None
    ends = counts[0] * sum(draft.nodes for draft, _ in joined)
    if ends > MAX_ENDS:
        message = f"fabric '{plug.name}' has {ends:,} host ports, one plan holds {MAX_ENDS:,}"
        finder.cannot("RP317", message, "plan a part of it, and multiply", plug.path)
        return None
    return speeds[0], counts[0]


def _ports_per_cage(plug: Plug, mode: PortMode, finder: Finder) -> int:
    """Ports that share a cage; zero on a CPO switch, one where the cages are not known."""
    if plug.switch.co_packaged is not None:
        return 0
    ports, cages = mode.ports.value, plug.switch.cages.value or mode.ports.value
    if ports > cages and ports % cages:
        message = f"{ports} ports of {plug.switch.title} do not divide over {cages} cages"
        finder.cannot("RP311", message, "correct ports or cages", (*plug.path, "switch"))
    return plug.switch.ports_per_cage(mode)


def _warn_empty_leaves(plug: Plug, size: FabricSize, finder: Finder) -> None:
    """RP310: leaves are counted for full SUs, so a partial one may leave some without a host."""
    leaf = size.roles[0]
    empty = sum(use.switches for use in leaf.uses if use.ranges[0][1] == 0)
    if empty:
        finder.warn(
            "RP310",
            f"{empty:,} of the {leaf.switches:,} leaves of '{plug.name}' have no host: the last "
            "scalable unit is far from full",
            "they are wired for its full size; a smaller unit saves them",
            plug.path,
        )


def _within_tables(plug: Plug, size: FabricSize, mode: PortMode, finder: Finder) -> bool:
    """Whether the tables of a plan can hold the fabric; RP317 is noted when they cannot."""
    links = sum(size.links_by_tier().values())
    ports = sum(size.switches().values()) * mode.ports.value
    for count, most, what in ((links, MAX_LINKS, "links"), (ports, MAX_PORTS, "switch ports")):
        if count > most:
            message = f"fabric '{plug.name}' has {count:,} {what}, one plan holds {most:,}"
            finder.cannot("RP317", message, "plan a part of it, and multiply", plug.path)
            return False
    return True


def _under(problem: Problem, path: Path) -> Problem:
    return Problem(problem.code, problem.message, problem.hint, (*path, *problem.path))


def _switch_mode(plug: Plug, speed: float, finder: Finder) -> PortMode | None:
    modes = plug.switch.all_modes()
    for mode in modes:
        if mode.port_gbps.value == speed:
            return mode
    offers = ", ".join(f"{mode.ports.value} x {mode.port_gbps.value:g} Gb/s" for mode in modes)
    finder.cannot(
        "RP306",
        f"{plug.switch.title} has no ports of {speed:g} Gb/s",
        f"it offers {offers}",
        (*plug.path, "switch"),
    )
    return None
