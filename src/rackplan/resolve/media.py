"""What carries the links of each tier: modules and cord, or a cable with fixed ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rackplan.catalog import Cable, Node, Part, Switch, Transceiver
from rackplan.channel.chain import (
    Channel,
    gender_problems,
    mode_problems,
    panel_problems,
    polarity_problems,
)
from rackplan.channel.plugs import plug_problems
from rackplan.design import HostPorts, Panel, TierMedia, fibers_per_port
from rackplan.errors import Path
from rackplan.resolve.finding import Finder
from rackplan.sizes import HOST, FabricSize, LinkTier
from rackplan.topology import FabricSpec, TierOptics
from rackplan.trunking import Trunking

Ends = Sequence[HostPorts]


def resolve_media(  # who is at both ends, and where to complain
    spec: FabricSpec,
    switches: Mapping[str, Switch],
    size: FabricSize,
    hosts: Ends,
    path: Path,
    finder: Finder,
) -> dict[str, TierMedia]:
    """The media of each tier; host modules stand with the host ports, not here."""
    media: dict[str, TierMedia] = {}
    for tier in size.links:
        if tier.printed:
            media[tier.name] = TierMedia(None, None, None, 0)
            continue
        at = _Tier(spec, tier, switches, hosts, path, finder)
        media[tier.name] = at.media()
    return media


def host_plug(spec: FabricSpec, path: Path, finder: Finder) -> Cable | None:
    """The copper cable of the first hop, where the deployment names one."""
    if spec.optics.host_cable is None:
        return None
    return finder.find(Cable, spec.optics.host_cable, (*path, "optics", "host_cable"))


class _Tier:
    """One tier of a fabric: its two ends, and the problems that its media have."""

    def __init__(  # who is at both ends, and where to complain
        self,
        spec: FabricSpec,
        tier: LinkTier,
        switches: Mapping[str, Switch],
        hosts: Ends,
        path: Path,
        finder: Finder,
    ) -> None:
        self.spec = spec
        self.tier = tier
        self.lower = switches.get(tier.lower)
        self.upper = switches.get(tier.upper)
        self.hosts = hosts if tier.lower == HOST else ()
        self.path = path
        self.finder = finder
        self.own = spec.optics.tiers.get(tier.name, TierOptics())
        self.at: Path = (*path, "optics", "tiers", tier.name)

    def media(self) -> TierMedia:
        """What carries the tier, with problems noted."""
        panel = self._panel()
        copper = self._copper()
        if copper is not None:
            return TierMedia(None, None, copper, 0, panel)
        lower, upper = self._module(self.lower, "lower"), self._module(self.upper, "upper")
        cord = self._cord(lower, upper)
        fibers = self._fibers(lower, upper)
        at_host = self._at_host()
        self._check_chain(lower or at_host, upper, cord, panel)
        trunk = self._trunk(cord, (lower or at_host, upper))
        return TierMedia(lower, upper, cord, fibers, panel, at_host=at_host, trunk=trunk)

    def _at_host(self) -> Transceiver | None:
        """The module in the cages of all hosts; None where they differ."""
        found = {ports.module.id: ports.module for ports in self.hosts if ports.module is not None}
        return next(iter(found.values())) if len(found) == 1 else None

    def _check_chain(
        self,
        lower: Transceiver | None,
        upper: Transceiver | None,
        cord: Cable | None,
        panel: Panel | None,
    ) -> None:
        """Note RP338 and RP350 where polarity, pins or panels between the modules do not close."""
        if cord is None or not cord.is_fiber:
            return
        parts = (cord,) if panel is None else (cord, panel.part, cord)
        channel = Channel(lower, upper, parts, path=(*self.path, "optics"))
        found = [polarity_problems, gender_problems, panel_problems]
        self.finder.infeasible += [problem for rule in found for problem in rule(channel)]

    def _copper(self) -> Cable | None:
        """The cable with fixed ends, where the deployment names one."""
        optics = self.spec.optics
        if self.own.cable is not None:
            named = self.finder.find(Cable, self.own.cable, (*self.at, "cable"))
            if named is None or named.is_fiber:
                return None
            self._check_copper(named, (*self.at, "cable"))
            return named
        key = "host_cable" if self.tier.lower == HOST else "switch_cable"
        fixed: str | None = getattr(optics, key)
        if fixed is None:
            return None
        at = (*self.path, "optics", key)
        cable = self.finder.find(Cable, fixed, at)
        self._check_copper(cable, at)
        return cable

    def _trunk(
        self, cord: Cable | None, ends: tuple[Transceiver | None, Transceiver | None]
    ) -> Trunking | None:
        """Panels and trunks of the tier, with problems noted; None where it has none."""
        told = self.own.trunk
        if told is None:
            return None
        at = (*self.at, "trunk")
        if self.own.panel is not None:
            message = "'panel' and 'trunk' contradict each other"
            self.finder.wrong("RP110", message, "keep one of them", at)
            return None
        panel = self.finder.find(Part, told.panel, (*at, "panel"))
        trunk = self.finder.find(Part, told.trunk, (*at, "trunk"))
        if told.cord is not None:
            cord = self.finder.find(Cable, told.cord, (*at, "cord"))
        if cord is None:
            message = f"nobody says which cord leads to the panels of {self.tier.name}"
            self.finder.wrong("RP110", message, "add 'cord': an id in cables/", at)
        if panel is None or trunk is None or cord is None:
            return None
        found = Trunking(panel, trunk, cord)
        wrong = found.problems(at)
        if not wrong:
            channel = Channel(*ends, found.parts, path=at)
            rules = (mode_problems, polarity_problems, gender_problems, panel_problems)
            wrong = [problem for rule in rules for problem in rule(channel)]
        self.finder.infeasible += wrong
        return found

    def _panel(self) -> Panel | None:
        """The panel that the links cross; RP327 where nobody says how many links it takes."""
        if self.own.panel is None:
            return None
        part = self.finder.find(Part, self.own.panel, (*self.at, "panel"))
        if part is None:
            return None
        links = part.ports.value
        lit = None if self.upper is None else fibers_per_port(
            self.upper, self.tier.gbps, self._module(self.upper, "upper")
        )  # fmt: skip
        if links is None and part.fibers.value is not None and lit:
            links = part.fibers.value // lit
        if not links:
            message = f"nobody says how many links {part.title} takes"
            hint = "lay an entry with 'ports' over the catalog"
            self.finder.cannot("RP327", message, hint, (*self.at, "panel"))
            return None
        return Panel(part, links)

    def _module(self, switch: Switch | None, end: str) -> Transceiver | None:
        """The module in the switch's cages; None at hosts, on CPO switches, or when unnamed."""
        own: str | None = getattr(self.own, f"{end}_module")
        if switch is None:
            if own is not None:
                message = f"the {end} end of '{self.tier.name}' is a host"
                at = (*self.at, f"{end}_module")
                self.finder.wrong("RP311", message, "name it as optics.host_module", at)
            return None
        wanted = own or self.spec.optics.switch_module
        at = (*self.at, f"{end}_module") if own else (*self.path, "optics", "switch_module")
        if switch.co_packaged is not None:
            if wanted is not None:
                self.finder.wrong(
                    "RP311",
                    f"{switch.title} has no cages for '{wanted}'",
                    "remove switch_module: its optics are built in",
                    at,
                )
            return None
        cage, usual, per_cage = switch.port_kind(self.tier.gbps)
        if wanted is not None:
            module = self.finder.find(Transceiver, wanted, at)
        else:
            at = (*self.path, "switch")
            module = self.finder.follow(Transceiver, switch, usual, at)
        if module is not None:
            suits_cage(module, cage, per_cage, self.tier.gbps, switch, at, self.finder)
        return module

    def _cord(self, lower: Transceiver | None, upper: Transceiver | None) -> Cable | None:
        """The fiber cord: the deployment's, else that of the switch side, else of the hosts."""
        modules = [upper, lower, *(ports.module for ports in self.hosts)]
        for named, at in (
            (self.own.cable, (*self.at, "cable")),
            (self.spec.optics.cable, (*self.path, "optics", "cable")),
        ):
            if named is not None:
                cord = self.finder.find(Cable, named, at)
                if cord is not None:
                    self._check_cord(cord, modules, at)
                return cord
        for switch in (self.upper, self.lower):
            if switch is not None and switch.co_packaged is not None:
                at = (*self.path, "switch")
                return self.finder.follow(Cable, switch, switch.co_packaged.cable, at)
        for end in modules:
            if end is not None and end.cable is not None:
                return self.finder.follow(Cable, end, end.cable, (*self.path, "switch"))
        return None

    def _check_cord(self, cord: Cable, modules: Sequence[Transceiver | None], at: Path) -> None:
        """Note RP312 when a named cord does not join the modules: kind, ends, glass or plugs."""
        if not cord.is_fiber:
            self.finder.wrong(
                "RP312",
                f"{cord.title} is no fiber cord but {cord.kind}",
                "name it as host_cable or switch_cable",
                at,
            )
            return
        wrong = ""
        if cord.ends.value != 2:
            wrong = f"{cord.title} is a splitter with {cord.ends.value} ends, these links need two"
        for module in modules:
            if module is None:
                continue
            if cord.fiber_mode is not None and module.fiber_mode != cord.fiber_mode:
                wrong = (
                    f"{cord.title} is {cord.fiber_mode}-mode, {module.title} {module.fiber_mode}"
                )
            elif cord.connector and module.connector.value != cord.connector:
                wrong = (
                    f"{cord.title} has {cord.connector}, {module.title} {module.connector.value}"
                )
        for switch in (self.lower, self.upper):
            optics = switch.co_packaged if switch is not None else None
            if switch is not None and optics is not None and (
                optics.connector.value not in (None, cord.connector)
            ):  # fmt: skip
                wrong = (
                    f"{cord.title} has {cord.connector}, {switch.title} {optics.connector.value}"
                )
        if wrong:
            self.finder.cannot("RP312", wrong, "leave it out, or choose a cord that fits", at)

    def _fibers(self, lower: Transceiver | None, upper: Transceiver | None) -> int | None:
        """Lit fibers of a link; RP313 where the two ends differ in number or kind of glass."""
        gbps = self.tier.gbps
        told: list[tuple[str, int, str | None]] = []
        for switch, module in ((self.upper, upper), (self.lower, lower)):
            lit = fibers_per_port(switch, gbps, module) if switch is not None else None
            if switch is not None and lit is not None:
                glass = module.fiber_mode if module is not None else None
                name = module.title if module is not None else f"the side of {switch.title}"
                told.append((name, lit, glass))
        modules = {ports.module.id: ports.module for ports in self.hosts if ports.module}
        if self.own.cable is not None and self.tier.upper == HOST:
            modules = {}
        told += [
            (module.title, module.fibers.value // module.ports.value, module.fiber_mode)
            for module in modules.values()
        ]
        for name, lit, mode in told[1:]:
            first, expected, first_mode = told[0]
            message = ""
            if lit != expected:
                message = f"{name} lights {lit} fibers a port, {first} {expected}"
            elif None not in (mode, first_mode) and mode != first_mode:
                message = f"{name} is {mode}-mode, {first} {first_mode}"
            if message:
                hint = "choose modules of the same optics type"
                self.finder.cannot("RP313", message, hint, (*self.path, "optics"))
        return told[0][1] if told else None

    def _check_copper(self, cable: Cable | None, at: Path) -> None:
        """Note RP312 when a cable with fixed ends does not suit the cages or the rate."""
        if cable is None:
            return
        if cable.is_fiber:
            message = f"{cable.title} is a fiber cord without plugs"
            self.finder.wrong("RP312", message, "name it as 'cable'", at)
            return
        cages: list[str | None] = [ports.cage for ports in self.hosts]
        for switch in (self.upper, self.lower):
            if switch is None:
                continue
            if switch.co_packaged is not None:
                message = f"{switch.title} has no cages for {cable.title}"
                self.finder.cannot("RP312", message, "use fiber cords", at)
                return
            cages.append(switch.port_kind(self.tier.gbps)[0])
        if cable.port_gbps.value not in (None, self.tier.gbps):
            self.finder.cannot(
                "RP312",
                f"{cable.title} carries {cable.port_gbps.value:g} Gb/s a link, "
                f"the fabric runs {self.tier.gbps:g} Gb/s",
                "choose another cable",
                at,
            )
        self._check_forms(cable, cages, at)

    def _check_forms(self, cable: Cable, cages: Sequence[str | None], at: Path) -> None:
        """Note RP312 for a plug that is made for another cage: the switch's first, then hosts'."""
        far = cable.forms[-1] if cable.forms else None
        near = cable.forms[0] if cable.forms else None
        of_hosts = len(self.hosts)
        ends = [(near, cage) for cage in cages[of_hosts:]]
        for plug, cage in [*ends, *((far, cage) for cage in cages[:of_hosts])]:
            if plug is not None and cage is not None and plug != cage:
                self.finder.cannot(
                    "RP312",
                    f"{cable.title} has a plug {plug} for a cage {cage}",
                    "choose a cable with the right plugs",
                    at,
                )


def suits_cage(  # module, cage and where to complain
    module: Transceiver,
    cage: str | None,
    ports_per_cage: int,
    port_gbps: float,
    owner: Switch | Node,
    at: Path,
    finder: Finder,
) -> None:
    """Note RP311 when a module does not suit the cages, RP351 when its maker forbids it."""
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
    else:
        is_switch = isinstance(owner, Switch)
        air = owner.liquid_share.value == 0 if owner.liquid_share.value is not None else None
        finder.infeasible += plug_problems(
            module, cage, device_is_switch=is_switch, air_cooled=air, device=owner.id, path=at
        )
