"""All ways to carry a link between two cages: copper and active cables, or modules and a cord.

What is found here passes the checks of a deployment that names its optics (RP311 module and cage,
RP312 cable and ends, RP313 fibers and glass).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rackplan.catalog.cables import Cable
from rackplan.catalog.optics import Transceiver
from rackplan.catalog.switches import Switch
from rackplan.channel.chain import Channel
from rackplan.channel.reach import reach_m

Kind = Literal["dac", "lacc", "acc", "aec", "aoc", "multimode", "single-mode"]

DEFAULT_POLICY: tuple[Kind, ...] = (
    "dac", "lacc", "acc", "aec", "aoc", "multimode", "single-mode",
)  # fmt: skip
"""Kinds of cable, best first: what draws least power and costs least comes first."""

_FIBER_KINDS: dict[str, Kind] = {"multi": "multimode", "single": "single-mode"}


@dataclass(frozen=True)
class End:
    """One end of a link: a cage for a plug, or the connector of a CPO switch.

    Attributes:
        cage: form factor of the cage; None when not known.
        links: links that end in one cage.
        is_host: whether the device is no switch: it takes the many ends of a splitter.
        co_packaged: whether the optics are built in, so that only a cord fits.
        connector: connector of built-in optics; None when not known.
        fibers: lit fibers of one port of built-in optics; None when not known.
        fiber_mode: kind of glass of built-in optics; None when not known.
        reach_m: reach of built-in optics; None when not known. [m]
    """

    cage: str | None = None
    links: int = 1
    is_host: bool = False
    co_packaged: bool = False
    connector: str | None = None
    fibers: int | None = None
    fiber_mode: Literal["single", "multi"] | None = None
    reach_m: float | None = None

    @classmethod
    def of_switch(cls, switch: Switch, gbps: float, cables: Sequence[Cable] = ()) -> End:
        """The ports of a switch at a rate; the cord that a CPO switch names tells its glass."""
        cage, _, links = switch.port_kind(gbps)
        built_in = switch.co_packaged
        if built_in is None:
            return cls(cage, links)
        modes = [mode for mode in switch.all_modes() if mode.port_gbps.value == gbps]
        cord = next((cable for cable in cables if cable.id == built_in.cable), None)
        return cls(
            co_packaged=True,
            connector=built_in.connector.value,
            fibers=built_in.data_fibers // modes[0].ports.value if modes else None,
            fiber_mode=cord.fiber_mode if cord is not None else None,
            reach_m=built_in.reach_m.value,
        )


@dataclass(frozen=True)
class MediaChoice:
    """One way to carry the links of a cage.

    Attributes:
        kind: the word of the policy.
        lower_module: the module at the lower end; None with fixed ends or built-in optics.
        upper_module: the module at the upper end.
        cable: the cord, or the cable with fixed ends.
        reach_m: the longest length that works; None when nobody tells one. [m]
        links: links that one cable carries.
        watts: power of both ends for one link; None when one end is unpublished. [W]
    """

    kind: Kind
    lower_module: Transceiver | None
    upper_module: Transceiver | None
    cable: Cable
    reach_m: float | None
    links: int
    watts: float | None

    @property
    def title(self) -> str:
        """The cable, with the modules at its ends."""
        ends = dict.fromkeys(m.title for m in (self.lower_module, self.upper_module) if m)
        return f"{self.cable.title} with {' and '.join(ends)}" if ends else self.cable.title

    @property
    def ids(self) -> tuple[str, str, str]:
        """The ids of cable, upper and lower module; empty where there is none."""
        upper, lower = (m.id if m else "" for m in (self.upper_module, self.lower_module))
        return self.cable.id, upper, lower


def candidates(  # both ends, the rate, what can be bought and what is wanted
    lower: End,
    upper: End,
    gbps: float,
    cables: Sequence[Cable],
    modules: Sequence[Transceiver],
    policy: Sequence[Kind] = DEFAULT_POLICY,
) -> list[MediaChoice]:
    """Every way to carry a link of a rate, in order of the policy, then of power, then of id.

    A kind that the policy leaves out is not offered. Within a kind, what has part numbers comes
    before what has none (entries for cost models and the like), and unknown power comes last.
    """
    choices = [*_fixed(lower, upper, gbps, cables), *_optical(lower, upper, gbps, cables, modules)]
    rank = {kind: place for place, kind in reversed(list(enumerate(policy or DEFAULT_POLICY)))}
    wanted = [choice for choice in choices if choice.kind in rank]
    return sorted(wanted, key=lambda choice: (rank[choice.kind], *_preference(choice)))


def pruned(choices: Sequence[MediaChoice]) -> list[MediaChoice]:
    """Those that reach further than each one before them: no other is ever taken.

    A choice of unknown reach stays only where no reach is known at all, and then the first one.
    """
    kept: list[MediaChoice] = []
    furthest = 0.0
    for choice in choices:
        if choice.reach_m is not None and choice.reach_m > furthest:
            kept.append(choice)
            furthest = choice.reach_m
    return kept or list(choices[:1])


def _preference(choice: MediaChoice) -> tuple[int, bool, float, tuple[str, str, str]]:
    """Within one kind: parts without an order number, unknown power, power, ids."""
    named = (choice.cable, choice.upper_module, choice.lower_module)
    unordered = sum(entry is not None and not entry.part_numbers for entry in named)
    return unordered, choice.watts is None, choice.watts or 0.0, choice.ids


# --- cables with fixed ends -----------------------------------------------------------------------


def _fixed(lower: End, upper: End, gbps: float, cables: Sequence[Cable]) -> Iterator[MediaChoice]:
    """Copper and active cables whose plugs suit both cages and their links."""
    if lower.co_packaged or upper.co_packaged:
        return
    for cable in cables:
        if cable.kind == "fiber" or not _suits(cable, lower, upper, gbps):
            continue
        links, end_w = cable.links.value, cable.end_w.value
        watts = None if end_w is None else end_w * cable.ends.value / links
        yield MediaChoice(cable.kind, None, None, cable, cable.reach_m.value, links, watts)


def _suits(cable: Cable, lower: End, upper: End, gbps: float) -> bool:
    """Whether the rate, the plugs and the links of each plug are those of the cages.

    The first form is the end with one plug, at the switch; the last that of the other plugs, at
    hosts. Between switches both must be the same.
    """
    if cable.port_gbps.value not in (None, gbps):
        return False
    tails = cable.ends.value - 1
    if cable.links.value != upper.links or cable.links.value != lower.links * tails:
        return False
    if not cable.forms:
        return True
    near, far = cable.forms[0], cable.forms[-1]
    plugs = [(near, upper.cage), (far, lower.cage)]
    if not lower.is_host:
        plugs += [(near, lower.cage)]
    if upper.is_host:
        plugs += [(far, upper.cage)]
    return all(cage in (None, plug) for plug, cage in plugs)


# --- modules and cords ----------------------------------------------------------------------------


def _optical(
    lower: End, upper: End, gbps: float, cables: Sequence[Cable], modules: Sequence[Transceiver]
) -> Iterator[MediaChoice]:
    """Pairs of modules that understand each other, with each straight cord that joins them."""
    cords = [cable for cable in cables if cable.is_fiber and cable.ends.value == 2]
    uppers = _modules_for(upper, gbps, modules)
    for below in _modules_for(lower, gbps, modules):
        for above in uppers:
            light = _same_light(_Light.of(below, lower), _Light.of(above, upper))
            if light is None or not _same_optics(below, above):
                continue
            for cord in cords:
                if cord.fiber_mode is not None and light.joined_by(cord):
                    yield _choice(below, above, cord, (lower, upper))


def _modules_for(
    end: End, gbps: float, modules: Sequence[Transceiver]
) -> Sequence[Transceiver | None]:
    """Modules for a cage: of its form and rate, with a port for each link; None if built in."""
    if end.co_packaged:
        return (None,)
    return [
        module
        for module in modules
        if end.cage in (None, module.form)
        and module.port_gbps.value == gbps
        and module.ports.value >= end.links
    ]


@dataclass(frozen=True)
class _Light:
    """What leaves one port: fibers, kind of glass and connector; None where not known."""

    fibers: int | None
    mode: str | None
    connector: str | None

    @classmethod
    def of(cls, module: Transceiver | None, end: End) -> _Light:
        if module is None:
            return cls(end.fibers, end.fiber_mode, end.connector)
        fibers = module.fibers.value // module.ports.value
        return cls(fibers, module.fiber_mode, module.connector.value)

    def joined_by(self, cord: Cable) -> bool:
        """Whether a cord has the glass, the connector and enough strands.

        Built-in optics of unknown glass or connector on both sides are joined by none: any cord
        would be a guess.
        """
        strands = cord.strands.value
        return (
            self.mode is not None
            and self.mode == cord.fiber_mode
            and self.connector is not None
            and self.connector == cord.connector
            and (strands is None or self.fibers is None or strands >= self.fibers)
        )


def _same_light(a: _Light, b: _Light) -> _Light | None:
    """What both ports say, each gap filled by the other; None where they contradict."""
    pairs = ((a.fibers, b.fibers), (a.mode, b.mode), (a.connector, b.connector))
    if any(x is not None and y is not None and x != y for x, y in pairs):
        return None
    return _Light(a.fibers or b.fibers, a.mode or b.mode, a.connector or b.connector)


def _same_optics(a: Transceiver | None, b: Transceiver | None) -> bool:
    """Whether two modules have the same optics: DR4 and 2xDR4 have, FR4 and LR4 have not."""
    if a is None or b is None:
        return True
    one, other = (module.modulation.value for module in (a, b))
    if one is None or other is None:
        return True
    return one.split("x")[-1] == other.split("x")[-1]


def _choice(
    below: Transceiver | None, above: Transceiver | None, cord: Cable, ends: tuple[End, End]
) -> MediaChoice:
    reach = reach_m(Channel(below, above, (cord,)))
    known = [end.reach_m for end in ends if end.reach_m is not None]
    known += [reach.m] if reach is not None else []
    kind = _FIBER_KINDS[cord.fiber_mode or "single"]
    watts = [_watts(module, end) for module, end in zip((below, above), ends, strict=True)]
    both = None if None in watts else sum(each for each in watts if each is not None)
    return MediaChoice(kind, below, above, cord, min(known, default=None), cord.links.value, both)


def _watts(module: Transceiver | None, end: End) -> float | None:
    """Power of a module for one of its links, typical else largest; built-in optics add none."""
    if module is None:
        return 0.0
    watts = module.typical_w.value if module.typical_w.value is not None else module.max_w.value
    return None if watts is None else watts / end.links
