"""The fabrics of a deployment with the switches that they run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rackplan.catalog import Cable, Part, Switch, Transceiver
from rackplan.catalog.consistency import contradictions
from rackplan.deployment import Deployment
from rackplan.errors import Path
from rackplan.resolve.finding import Finder
from rackplan.sizes import Bank
from rackplan.topology import FabricSpec, Offer


@dataclass(frozen=True)
class Plug:
    """A fabric of the deployment with the switches that it runs on."""

    name: str
    spec: FabricSpec
    roles: str
    """The roles of the NICs that it serves, as a message names them."""
    switch: Switch | None
    by_role: Mapping[str, Switch]
    path: Path

    def of(self, role: str) -> Switch:
        """The switch of a role."""
        switch = self.by_role.get(role, self.switch)
        if switch is None:
            message = f"fabric '{self.name}' has no switch for {role}"
            raise KeyError(message)
        return switch

    @property
    def native_gbps(self) -> float:
        """Native rate of its switch; 0 without one. [Gb/s]"""
        return self.switch.port_gbps.value if self.switch is not None else 0.0


def offer_of(switch: Switch) -> Offer:
    """What a switch of the catalog offers a topology."""
    modes = {
        mode.port_gbps.value: (
            mode.ports.value,
            0 if switch.co_packaged is not None else switch.ports_per_cage(mode),
        )
        for mode in reversed(switch.all_modes())
    }
    most = switch.most_ports.value or max(ports for ports, _ in modes.values())
    own = switch.uplinks
    uplinks = None if own is None else Bank(own.ports.value, own.port_gbps.value, 1)
    native = dict(reversed(modes.items()))
    return Offer(switch.title, native, most, uplinks)


def plugs_by_role(deployment: Deployment, finder: Finder) -> dict[str, Plug]:
    """The fabrics by the NIC role they serve."""
    plugs: dict[str, Plug] = {}
    managing: list[str] = []
    for name, spec in deployment.fabrics.items():
        path: Path = ("fabrics", name)
        switches = {
            role: _switch(spec, wanted, at, path, finder)
            for role, wanted, at in (
                (None, spec.switch, (*path, "switch")),
                *(
                    (role, wanted, (*path, "switch_by_role", role))
                    for role, wanted in spec.switch_by_role.items()
                ),
            )
            if wanted is not None
        }
        _look_up(spec, path, finder)
        roles = tuple(spec.role or (name,))
        if spec.management:
            managing.append(name)
        taken = [role for role in roles if role in plugs]
        for role in taken:
            finder.wrong(
                "RP110",
                f"the NICs of role '{role}' already serve '{plugs[role].name}'",
                "give the fabric a role of its own",
                path,
            )
        if taken:
            continue
        if spec.switch is None and str(spec.topology) != "torus":
            hint = "add 'switch', an id in 'switches/'"
            finder.wrong("RP101", f"fabric '{name}' names no switch", hint, path)
        elif None not in switches.values():
            found = {role: switch for role, switch in switches.items() if switch is not None}
            by_role = {role: switch for role, switch in found.items() if role is not None}
            plug = Plug(name, spec, " and ".join(roles), found.get(None), by_role, path)
            plugs |= dict.fromkeys(roles, plug)
    if len(managing) > 1:
        message = f"'{managing[0]}' and '{managing[1]}' would both manage all other devices"
        path = ("fabrics", managing[1], "management")
        finder.wrong("RP110", message, "let one of them do it", path)
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
    for name, tier in spec.optics.tiers.items():
        at = (*optics, "tiers", name)
        for key in ("lower_module", "upper_module"):
            if (wanted := getattr(tier, key)) is not None:
                finder.find(Transceiver, wanted, (*at, key))
        if tier.cable is not None:
            finder.find(Cable, tier.cable, (*at, "cable"))
        if tier.panel is not None:
            finder.find(Part, tier.panel, (*at, "panel"))


def _switch(spec: FabricSpec, named: str, at: Path, path: Path, finder: Finder) -> Switch | None:
    """The switch that the spec names, or its twin where the optics ask for it."""
    switch = finder.find(Switch, named, at)
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
    """The switch, with problems noted for counts that do not close.

    RP308 is for the optics of a CPO switch, RP311 for ports that do not divide over the cages.
    """
    if switch is None:
        return None
    for text in contradictions(switch):
        message = f"{switch.title}: {text}"
        finder.cannot("RP308", message, "correct the counts of its co_packaged optics", at)
    if switch.co_packaged is None and switch.cages.value:
        cages = switch.cages.value
        for mode in switch.all_modes():
            ports = mode.ports.value
            if ports > cages and ports % cages:
                message = f"{ports} ports of {switch.title} do not divide over {cages} cages"
                finder.cannot("RP311", message, "correct ports or cages", at)
    return switch
