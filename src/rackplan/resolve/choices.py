"""The media that the links of a tier may choose from by their length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rackplan.catalog import Cable, Switch, Transceiver
from rackplan.channel.media import End, Kind, MediaChoice, candidates, pruned
from rackplan.design import HostPorts, TierMedia
from rackplan.errors import Path
from rackplan.floors import MediumWord
from rackplan.resolve.finding import Finder
from rackplan.sizes import HOST, FabricSize, LinkTier
from rackplan.topology import FabricSpec


class Choices:
    """What could carry the links of a fabric's tiers, from all cables and modules there are."""

    def __init__(  # who is at both ends, and where to complain
        self,
        spec: FabricSpec,
        switches: Mapping[str, Switch],
        size: FabricSize,
        hosts: Sequence[HostPorts],
        path: Path,
        finder: Finder,
    ) -> None:
        self._spec = spec
        self._switches = switches
        self._tiers = {tier.name: tier for tier in size.links}
        self._hosts = hosts
        self._path = path
        self._finder = finder

    def options(self, policy: Sequence[MediumWord]) -> dict[str, tuple[TierMedia, ...]]:
        """By tier, the media of the policy, each reaching further than the one before.

        Tiers whose optics the deployment names are left out. RP337 is noted where nothing suits.
        """
        wanted = self._spec.optics.media or policy
        found = {}
        for tier in self._tiers.values() if wanted else ():
            if tier.printed or self._is_named(tier):
                continue
            choices = pruned(self._candidates(tier, wanted))
            if choices:
                found[tier.name] = tuple(media_of(choice) for choice in choices)
            else:
                self._nothing(tier, wanted)
        return found

    def of(self, tier: str) -> Sequence[MediaChoice]:
        """All media that suit a tier, of every kind."""
        return self._candidates(self._tiers[tier], ())

    def _is_named(self, tier: LinkTier) -> bool:
        optics = self._spec.optics
        first = tier.lower == HOST
        fixed = optics.host_cable if first else optics.switch_cable
        modules = optics.switch_module or (first and optics.host_module)
        return bool(fixed or modules or tier.name in optics.tiers)

    def _candidates(self, tier: LinkTier, policy: Sequence[MediumWord]) -> list[MediaChoice]:
        cables = self._finder.all_of(Cable)
        lower, upper = (self._end(role, tier, cables) for role in (tier.lower, tier.upper))
        if lower is None or upper is None:
            return []
        modules = self._finder.all_of(Transceiver)
        kinds: Sequence[Kind] = policy
        if not kinds:
            return candidates(lower, upper, tier.gbps, cables, modules)
        return candidates(lower, upper, tier.gbps, cables, modules, kinds)

    def _end(self, role: str, tier: LinkTier, cables: Sequence[Cable]) -> End | None:
        """One end of a tier; None where the cages of its hosts differ."""
        if role in self._switches:
            return End.of_switch(self._switches[role], tier.gbps, cables)
        kinds = dict.fromkeys((ports.cage, ports.ports_per_cage) for ports in self._hosts)
        if len(kinds) > 1:
            return None
        cage, links = next(iter(kinds), (None, 1))
        return End(cage, links, is_host=True)

    def _nothing(self, tier: LinkTier, wanted: Sequence[MediumWord]) -> None:
        reach: dict[str, float] = {}
        for choice in self.of(tier.name):
            reach[choice.kind] = max(reach.get(choice.kind, 0.0), choice.reach_m or 0.0)
        furthest = sorted(reach.items(), key=lambda one: (-one[1], one[0]))
        kinds = ", ".join(f"{kind} ({metres:g} m)" for kind, metres in furthest)
        ends = " and ".join(self._called(role, tier) for role in (tier.lower, tier.upper))
        message = f"nothing of {', '.join(wanted)} suits both ends of {tier.name}, {ends}"
        hint = f"add one of {kinds}" if kinds else (
            "nothing in the catalog joins the two: choose another switch, or name the optics "
            f"under optics.tiers.{tier.name}"
        )  # fmt: skip
        own = self._spec.optics.media
        at: Path = (*self._path, "optics", "media") if own else ("cabling", "media")
        self._finder.cannot("RP337", message, hint, at)

    def _called(self, role: str, tier: LinkTier) -> str:
        """One end as a message calls it: `sn2201 (100 Gb/s in qsfp28)`."""
        if role in self._switches:
            switch = self._switches[role]
            cage = switch.port_kind(tier.gbps)[0] or "built-in optics"
            return f"{switch.id} ({tier.gbps:g} Gb/s in {cage})"
        cages = dict.fromkeys(ports.cage or "unknown cages" for ports in self._hosts)
        return f"hosts ({tier.gbps:g} Gb/s in {', '.join(cages)})"


def media_of(choice: MediaChoice) -> TierMedia:
    """A choice as the media of a tier."""
    if not choice.cable.is_fiber:
        return TierMedia(None, None, choice.cable, 0, reach_m=choice.reach_m)
    ends = [module for module in (choice.upper_module, choice.lower_module) if module is not None]
    lit = ends[0].fibers.value // ends[0].ports.value if ends else choice.cable.strands.value
    return TierMedia(choice.lower_module, choice.upper_module, choice.cable, lit,
                     reach_m=choice.reach_m)  # fmt: skip
