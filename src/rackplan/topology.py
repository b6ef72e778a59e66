"""What every topology shares: the keys of its spec, and the arrays that `wire()` returns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Many, Model
from rackplan.errors import InfeasibleError, Problem
from rackplan.floors import MediumWord
from rackplan.sizes import Bank, Layout
from rackplan.trunking import TrunkSpec
from rackplan.wiring import IntArray

_RATIO = re.compile(r"([0-9]{1,4})\s*:\s*([0-9]{1,4})")


def _ratio(data: Any) -> Any:
    """A ratio of bandwidths from a number or from a text such as `3:1`."""
    if isinstance(data, Fraction):
        return data
    value: Fraction | None = None
    if isinstance(data, int) and not isinstance(data, bool):
        value = Fraction(data)
    elif isinstance(data, float) and 0 < data < 1e6:  # finite and sane
        value = Fraction(data).limit_denominator(1000)
    elif isinstance(data, str) and (found := _RATIO.fullmatch(data)) and int(found[2]):
        value = Fraction(int(found[1]), int(found[2]))
    if value is None or not Fraction(1, 100) <= value <= 100:
        raise PydanticCustomError(
            "RP103",
            "must be a ratio of down to up bandwidth from 1:100 to 100:1",
            {"hint": 'write 1, 2 or "3:1"'},
        )
    return value


Oversubscription = Annotated[
    Fraction,
    BeforeValidator(_ratio, json_schema_input_type=float | str),
    PlainSerializer(lambda ratio: f"{ratio.numerator}:{ratio.denominator}"),
]


def _roles(data: Any) -> Any:
    """One role alone is a list of one."""
    return [data] if isinstance(data, str) else data


Roles = Annotated[
    Many[str], BeforeValidator(_roles, json_schema_input_type=str | list[str]), Field(min_length=1)
]


class TierOptics(Model):
    """What carries the links of one tier, where it differs from the fabric's."""

    lower_module: str | None = None
    """Transceiver at the lower end: an id in `optics/`."""
    upper_module: str | None = None
    """Transceiver at the upper end: an id in `optics/`."""
    cable: str | None = None
    """Fiber cord, copper or active cable: an id in `cables/`."""
    trunk: TrunkSpec | None = None
    """Structured cabling: patch panels in the racks, and trunks between them."""
    panel: str | None = None
    """What the links cross on their way: a patch panel, shuffle box or optical circuit switch, an
    id in `parts/`."""


class OpticsSpec(Model):
    """What carries the links; what is left out comes from the catalog entries."""

    switches: Literal["cpo", "pluggable"] | None = None
    """`cpo` or `pluggable` swaps the switch for its twin in the catalog."""
    host_module: str | None = None
    """Transceiver in the hosts' cages: an id in `optics/`."""
    switch_module: str | None = None
    """Transceiver in the switches' cages: an id in `optics/`."""
    cable: str | None = None
    """Fiber cord of all tiers: an id in `cables/`."""
    host_cable: str | None = None
    """Copper or active cable of the first hop; it takes the place of modules and cord."""
    switch_cable: str | None = None
    """Copper or active cable between switches; it takes the place of modules and cord."""
    tiers: dict[str, TierOptics] = {}
    """Single tiers by name, for example `leaf_spine`, where they differ."""
    media: Annotated[Many[MediumWord], Field(max_length=7)] = ()
    """Kinds of cable that may be used, best first, as in `cabling.media`."""


class FabricSpec(Model):
    """Keys that every topology has."""

    topology: str
    """The shape of the network; see the topologies below."""
    switch: str | None = None
    """An id in `switches/`, built in, in your catalog folder or under `hardware`. Only a torus of
    GPUs does without one."""
    switch_by_role: dict[str, str] = {}
    """Other switches for single roles, for example `spine: q3450-ld`."""
    role: Roles | None = None
    """The NICs that join it: a role of the nodes' NIC groups, or several; the fabric's name when
    absent."""
    planes: Annotated[int, Field(ge=1, le=64)] = 1
    """Equal separate copies; each port of a node lies in one of them."""
    port_gbps: Annotated[float, Field(gt=0)] | None = None
    """Rate of the host links; when absent, that of the NICs. [Gb/s]"""
    link_gbps: Annotated[float, Field(gt=0)] | None = None
    """Rate of the links between switches; when absent, that of the host links. [Gb/s]"""
    management: bool = False
    """Whether the management ports of all other devices join it: switches, power shelves, PDUs."""
    optics: OpticsSpec = OpticsSpec()
    """What carries the links, where it differs from the catalog."""


@dataclass(frozen=True)
class Offer:
    """What one switch offers: its ports by rate, and how they share cages.

    Attributes:
        title: the switch's name, for messages.
        modes: by rate in Gb/s, the ports of the whole switch and those of one cage (0: no cages,
            the optics are built in).
        most_ports: logical ports that the switch can have over all cages.
        uplinks: ports of a second kind (the four 100G ports of a 48-port copper switch).
    """

    title: str
    modes: Mapping[float, tuple[int, int]]
    most_ports: int
    uplinks: Bank | None = None

    def ports(self, gbps: float) -> int:
        """Ports of the whole switch at a rate; 0 where it has no such mode."""
        own = self.uplinks.ports if self.uplinks is not None and self.uplinks.gbps == gbps else 0
        return max(own, self.whole(gbps))

    def whole(self, gbps: float) -> int:
        """Ports of the whole switch at a rate, without those that only uplinks use."""
        return self.modes.get(gbps, (0, 0))[0]

    def room(self, gbps: float, beside: tuple[int, float]) -> int:
        """Ports of a rate that fit beside some (ports, Gb/s) of the same or another rate."""
        ports, other = beside
        own = self.uplinks
        if own is not None and own.gbps in (gbps, other) and gbps != other:
            fits = ports <= (own.ports if other == own.gbps else self.whole(other))
            return (own.ports if gbps == own.gbps else self.whole(gbps)) if fits else 0
        if gbps == other:
            return max(0, self.ports(gbps) - ports)
        if gbps not in self.modes or other not in self.modes:
            return 0
        whole, per_cage = self.modes[gbps]
        taken = _filled(ports, self.modes[other][1])
        share = 1 - Fraction(taken, self.modes[other][0])
        each = max(1, per_cage)
        return max(0, min(int(share * whole), self.most_ports - taken)) // each * each

    def lay_out(self, wanted: Sequence[tuple[int, float]]) -> Layout | None:
        """Banks that hold the wanted (ports, Gb/s), or None where they do not fit.

        Equal rates share a bank; a bank starts at a cage of its own. One rate alone gets the
        whole switch. Dedicated uplinks serve the last rate where they have it.
        """
        need: dict[float, int] = {}
        for ports, gbps in wanted:
            need[gbps] = need.get(gbps, 0) + ports
        own = self.uplinks
        if own is not None and len(need) > 1 and own.gbps == wanted[-1][1]:
            if need.pop(own.gbps) > own.ports:
                return None
            inner = self.lay_out([(ports, gbps) for gbps, ports in need.items()])
            return None if inner is None else (*inner, own)
        if any(gbps not in self.modes for gbps in need):
            return None
        if len(need) == 1:
            ((gbps, ports),) = need.items()
            whole, per_cage = self.modes[gbps]
            return None if ports > whole else (Bank(whole, gbps, per_cage),)
        return self._mixed(need)

    def _mixed(self, need: Mapping[float, int]) -> Layout | None:
        """Cages in different modes: each bank takes the share of the switch that it needs."""
        banks, share = [], Fraction(0)
        for gbps, ports in need.items():
            whole, per_cage = self.modes[gbps]
            filled = _filled(ports, per_cage)
            banks.append(Bank(filled, gbps, per_cage))
            share += Fraction(filled, whole)
        if share > 1 or sum(bank.ports for bank in banks) > self.most_ports:
            return None
        return tuple(banks)


def _filled(ports: int, per_cage: int) -> int:
    """Ports of the cages that some ports need."""
    each = max(1, per_cage)
    return -(-ports // each) * each


@dataclass(frozen=True)
class Offers:
    """The switches of a fabric by role, and the rates of its links.

    Attributes:
        default: the fabric's switch; None on a torus of GPUs.
        by_role: the switches that the deployment names for single roles.
        link_gbps: rate of the links between switches. [Gb/s]
    """

    default: Offer | None
    by_role: Mapping[str, Offer]
    link_gbps: float

    def of(self, role: str) -> Offer:
        """The switch of a role.

        Raises:
            InfeasibleError: RP301, the fabric names no switch.
        """
        offer = self.by_role.get(role, self.default)
        if offer is None:
            message = f"the fabric has {role} switches but names no switch"
            raise InfeasibleError([Problem("RP301", message, "add 'switch'")])
        return offer

    def lay_out(self, role: str, wanted: Sequence[tuple[int, float]]) -> Layout:
        """The banks of a role's switch that hold the wanted (ports, Gb/s).

        Raises:
            InfeasibleError: RP301, the switch has too few ports.
        """
        offer = self.of(role)
        layout = offer.lay_out(wanted)
        if layout is None:
            needs = " and ".join(f"{ports:,} x {gbps:g} Gb/s" for ports, gbps in wanted if ports)
            has = " or ".join(f"{n:,} x {gbps:g} Gb/s" for gbps, (n, _) in offer.modes.items())
            message = f"a {role} needs {needs}; {offer.title} has {has}"
            hint = "use a switch with more ports, or ask for less"
            raise InfeasibleError([Problem("RP301", message, hint, ("switch",))])
        return layout


@dataclass(frozen=True)
class LinkBatch:
    """The links of one tier in one plane, one array element a link.

    Role `host` counts the hosts of the fabric from 0, block after block; its port is the host's
    port among its ports on the fabric, for plane 0: plane p is p further on. Any other role
    counts the switches of that role in one plane. Where `plane` is given the batch holds the
    links of all planes, and host ports are as they stand; without it every plane is a copy.
    Where both ends have the same role, `lower` is the smaller number.
    """

    tier: str
    lower_role: str
    lower: IntArray
    lower_port: IntArray
    upper_role: str
    upper: IntArray
    upper_port: IntArray
    rail: IntArray
    plane: IntArray | None = None


@dataclass(frozen=True)
class SwitchColumns:
    """The switches of one role in one plane, in order.

    Attributes:
        rail: the rail that a switch alone serves, -1 where it serves several.
        group: pod, dragonfly group, core set; -1 where there is none.
        layout: number of the switch's layout among the role's; None when all have the first.
        hall: number of the hall where it stands; None when there is one hall.
    """

    role: str
    rail: IntArray
    group: IntArray
    layout: IntArray | None = None
    hall: IntArray | None = None


@dataclass(frozen=True)
class Wiring:
    """One plane of a fabric; the other planes are copies of it."""

    switches: tuple[SwitchColumns, ...]
    links: tuple[LinkBatch, ...]
    planes: int
