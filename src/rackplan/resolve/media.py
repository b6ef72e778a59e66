"""What carries the links of each tier: modules and cord, or a cable with fixed ends."""

from __future__ import annotations

from collections.abc import Sequence

from rackplan.catalog import Cable, Node, Switch, Transceiver
from rackplan.catalog.switches import PortMode
from rackplan.design import FabricSize, HostPorts, TierMedia, fibers_per_port
from rackplan.errors import Path
from rackplan.resolve.finding import Finder
from rackplan.topology import FabricSpec


def resolve_media(  # the two ends, the cable and where to complain
    spec: FabricSpec,
    switch: Switch,
    mode: PortMode,
    size: FabricSize,
    hosts: Sequence[HostPorts],
    path: Path,
    finder: Finder,
) -> dict[str, TierMedia]:
    """The media of each tier; host modules stand with the host ports, not here."""
    optics = (*path, "optics")
    module = _switch_module(spec, switch, mode, path, finder)
    media: dict[str, TierMedia] = {}
    for tier in size.links:
        at_hosts = tier.lower == "host"
        key = "host_cable" if at_hosts else "switch_cable"
        fixed: str | None = getattr(spec.optics, key)
        if fixed is not None:
            cable = finder.find(Cable, fixed, (*optics, key))
            _check_copper(cable, switch, mode, hosts if at_hosts else (), (*optics, key), finder)
            media[tier.name] = TierMedia(None, None, cable)
            continue
        cord = _cord(spec, switch, module, hosts, path, finder)
        media[tier.name] = TierMedia(None if at_hosts else module, module, cord)
        if at_hosts:
            _check_fibers(switch, mode, module, hosts, path, finder)
    return media


def _switch_module(
    spec: FabricSpec, switch: Switch, mode: PortMode, path: Path, finder: Finder
) -> Transceiver | None:
    """The module in the switch's cages; None on a CPO switch or where none is named."""
    wanted, at = spec.optics.switch_module, (*path, "optics", "switch_module")
    if switch.co_packaged is not None:
        if wanted is not None:
            finder.wrong(
                "RP311",
                f"{switch.title} has no cages for '{wanted}'",
                "remove switch_module: its optics are built in",
                at,
            )
        return None
    if wanted is not None:
        module = finder.find(Transceiver, wanted, at)
    else:
        at = (*path, "switch")
        module = finder.follow(Transceiver, switch, mode.module, at)
    if module is not None:
        per_cage = switch.ports_per_cage(mode)
        suits_cage(module, switch.cage, per_cage, mode.port_gbps.value, switch, at, finder)
    return module


def suits_cage(  # module, cage and where to complain
    module: Transceiver,
    cage: str | None,
    ports_per_cage: int,
    port_gbps: float,
    owner: Switch | Node,
    at: Path,
    finder: Finder,
) -> None:
    """Note RP311 when a module's form or rate does not suit the cages of a switch or node."""
    if cage is not None and module.form != cage:
        finder.cannot(
            "RP311",
            f"{module.title} is {module.form}, the cages of {owner.title} are {cage}",
            "choose a module of that form",
            at,
        )
    elif module.port_gbps.value != port_gbps or module.ports.value < ports_per_cage:
        finder.cannot(
            "RP311",
            f"{module.title} carries {module.ports.value} x "
            f"{module.port_gbps.value:g} Gb/s, a cage of {owner.title} has "
            f"{ports_per_cage} x {port_gbps:g} Gb/s",
            "choose a module of that rate, with a port for each port of the cage",
            at,
        )


def _cord(  # whoever may name it
    spec: FabricSpec,
    switch: Switch,
    module: Transceiver | None,
    hosts: Sequence[HostPorts],
    path: Path,
    finder: Finder,
) -> Cable | None:
    """The fiber cord: the deployment's, else that of the switch side, else of the hosts."""
    if spec.optics.cable is not None:
        at = (*path, "optics", "cable")
        cord = finder.find(Cable, spec.optics.cable, at)
        if cord is not None:
            _check_cord(cord, switch, [module, *(ports.module for ports in hosts)], at, finder)
        return cord
    if switch.co_packaged is not None:
        return finder.follow(Cable, switch, switch.co_packaged.cable, (*path, "switch"))
    for end in (module, *(ports.module for ports in hosts)):
        if end is not None and end.cable is not None:
            return finder.follow(Cable, end, end.cable, (*path, "switch"))
    return None


def _check_cord(
    cord: Cable, switch: Switch, ends: Sequence[Transceiver | None], at: Path, finder: Finder
) -> None:
    """Note RP312 when a named cord does not join the modules: its kind, ends, glass or plugs."""
    if not cord.is_fiber:
        finder.wrong(
            "RP312",
            f"{cord.title} is no fiber cord but {cord.kind}",
            "name it as host_cable or switch_cable",
            at,
        )
        return
    wrong = ""
    if cord.ends.value != 2:
        wrong = f"{cord.title} is a splitter with {cord.ends.value} ends, these links need two"
    for module in ends:
        if module is None:
            continue
        if cord.fiber_mode is not None and module.fiber_mode != cord.fiber_mode:
            wrong = f"{cord.title} is {cord.fiber_mode}-mode, {module.title} {module.fiber_mode}"
        elif cord.connector and module.connector.value != cord.connector:
            wrong = f"{cord.title} has {cord.connector}, {module.title} {module.connector.value}"
    optics = switch.co_packaged
    if optics is not None and optics.connector.value not in (None, cord.connector):
        wrong = f"{cord.title} has {cord.connector}, {switch.title} {optics.connector.value}"
    if wrong:
        finder.cannot("RP312", wrong, "leave it out, or choose a cord that fits", at)


def _check_fibers(
    switch: Switch,
    mode: PortMode,
    module: Transceiver | None,
    hosts: Sequence[HostPorts],
    path: Path,
    finder: Finder,
) -> None:
    """Note RP313 when the two ends of the host links differ in fibers or in their kind of glass."""
    switch_fibers = fibers_per_port(switch, mode, module)
    for host in {ports.module.id: ports.module for ports in hosts if ports.module}.values():
        message = ""
        lit = host.fibers.value // host.ports.value
        if switch_fibers is not None and lit != switch_fibers:
            message = (
                f"{host.title} lights {lit} fibers a port, "
                f"the side of {switch.title} {switch_fibers}"
            )
        elif module is not None and module.fiber_mode != host.fiber_mode:
            message = f"{host.title} is {host.fiber_mode}-mode, {module.title} {module.fiber_mode}"
        if message:
            finder.cannot(
                "RP313", message, "choose modules of the same optics type", (*path, "optics")
            )


def _check_copper(  # the cable, both ends and where to complain
    cable: Cable | None,
    switch: Switch,
    mode: PortMode,
    hosts: Sequence[HostPorts],
    at: Path,
    finder: Finder,
) -> None:
    """Note RP312 when a cable with fixed ends does not suit the cages or the rate."""
    if cable is None:
        return
    if cable.is_fiber:
        finder.wrong(
            "RP312", f"{cable.title} is a fiber cord without plugs", "name it as 'cable'", at
        )
        return
    if switch.co_packaged is not None:
        finder.cannot(
            "RP312", f"{switch.title} has no cages for {cable.title}", "use fiber cords", at
        )
        return
    if cable.port_gbps.value not in (None, mode.port_gbps.value):
        finder.cannot(
            "RP312",
            f"{cable.title} carries {cable.port_gbps.value:g} Gb/s a link, "
            f"the fabric runs {mode.port_gbps.value:g} Gb/s",
            "choose another cable",
            at,
        )
    far = cable.forms[-1] if cable.forms else None
    near = cable.forms[0] if cable.forms else None
    wrong = [(near, switch.cage)] + [(far, ports.cage) for ports in hosts]
    for plug, cage in wrong:
        if plug is not None and cage is not None and plug != cage:
            finder.cannot(
                "RP312",
                f"{cable.title} has a plug {plug} for a cage {cage}",
                "choose a cable with the right plugs",
                at,
            )
