"""The leaves of one plane: which hosts they serve, how many ports, in which group they stand.

A unit is the hosts that share leaves (a scalable unit). On every rail it has leaves of its own,
counted for the full unit. Leaves are numbered unit by unit, and in a unit place by place and rail
by rail; groups by their first leaf: so a further unit moves nothing that stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import Layout
from rackplan.tables import number_within
from rackplan.topology import Offer
from rackplan.trees.spec import TreeSpec
from rackplan.wiring import IntArray


@dataclass(frozen=True)
class Unit:
    """End points of one scalable unit on one rail of one plane: those there, those designed for."""

    ends: int
    full_ends: int
    gbps: float
    hall: int = 0


@dataclass(frozen=True)
class Guests:
    """End points of one plane that take free host ports of any leaf of their rate and hall."""

    ends: int
    gbps: float
    hall: int = 0


@dataclass(frozen=True)
class LeafKind:
    """A way to use a leaf.

    Attributes:
        down: host ports.
        hosts: those that a unit's own hosts may take; the others are kept for guests.
        first_up: number of the first uplink port.
    """

    gbps: float
    down: int
    hosts: int
    up: int
    first_up: int
    layout: Layout
    ratio: Fraction


@dataclass(frozen=True)
class Leaves:
    """The leaves of one plane, one array element a leaf.

    Attributes:
        first: number of the first leaf of each unit among those of its rail.
        in_rail: leaves of one rail.
        own: host ports that the unit's own hosts use.
        used: host ports in use, with guests.
    """

    first: tuple[int, ...]
    in_rail: int
    rail: IntArray
    unit: IntArray
    kind: IntArray
    hall: IntArray
    own: IntArray
    used: IntArray

    def __len__(self) -> int:
        """Leaves of the plane."""
        return len(self.rail)


GIVEN_UP = Fraction(1, 50)
"""Share of the host ports that a leaf gives up for a whole ratio."""


def leaf_kinds(spec: TreeSpec, offer: Offer, rates: Sequence[float], link: float) -> list[LeafKind]:
    """The leaf for each host rate: as many host ports as the ratio and the switch allow.

    One host port in fifty is given up where the ratio then is just what was asked for: 84 and 42
    of 128 ports at 2:1 make far fewer spines with equal bundles than 85 and 43. All kinds have the
    uplinks of the first, so that bundles stay equal.

    Raises:
        InfeasibleError: RP301, the switch has no room for a host and an uplink.
    """
    main = _kind(spec, offer, rates[0], link, None)
    exact = _kind(spec, offer, rates[0], link, None, exact=True)
    if exact.down >= main.down * (1 - GIVEN_UP):
        main = exact
    return [main, *(_kind(spec, offer, rate, link, main.up) for rate in rates[1:])]


def with_uplinks(spec: TreeSpec, offer: Offer, kind: LeafKind, link: float, up: int) -> LeafKind:
    """The leaf with more uplinks and the same host ports.

    Raises:
        InfeasibleError: RP301, they do not fit.
    """
    return _made(spec, offer, kind.gbps, link, kind.down, up)


def _kind(  # the leaf, and what is fixed of it
    spec: TreeSpec, offer: Offer, gbps: float, link: float, up: int | None, *, exact: bool = False
) -> LeafKind:
    """The leaf with the most host ports; `exact` keeps to uplinks whose full share they get."""
    ratio = spec.oversubscription.leaf
    best = (0, 0)
    for uplinks in range(1, offer.ports(link) + 1) if up is None else (up,):
        room = offer.room(gbps, (uplinks, link)) - spec.reserved_ports
        asked = int(ratio * Fraction(uplinks * link) / Fraction(gbps)) + spec.backup_ports
        down = min(room, asked)
        if down > best[0] and (asked <= room or not exact):
            best = (down, uplinks)
    down, uplinks = best
    if exact and down <= spec.backup_ports:
        return _kind(spec, offer, gbps, link, up)
    if down <= spec.backup_ports:
        ports = offer.ports(gbps) - spec.reserved_ports
        what = "no port left for a host and an uplink"
        if up is not None:
            what = f"no port of {gbps:g} Gb/s left for a host beside {up} uplinks"
        elif spec.backup_ports:
            what = f"no port left for a host beside {spec.backup_ports} backup ports"
        message = f"{offer.title} with {max(0, ports):,} ports of {gbps:g} Gb/s has {what}"
        raise too_small(message, "use a switch with more ports, or a ratio nearer to 1")
    return _made(spec, offer, gbps, link, down, uplinks)


def _made(spec: TreeSpec, offer: Offer, gbps: float, link: float, down: int, up: int) -> LeafKind:
    layout = offer.lay_out([(down + spec.reserved_ports, gbps), (up, link)])
    if layout is None:
        message = f"{offer.title} has no room for {down} host ports and {up} uplinks"
        raise too_small(message, "use a switch with more ports")
    first_up = down if len(layout) == 1 else layout[0].ports
    ratio = Fraction(down - spec.backup_ports) * Fraction(gbps) / (up * Fraction(link))
    return LeafKind(gbps, down, down, up, first_up, layout, ratio)


def too_small(message: str, hint: str) -> InfeasibleError:
    """RP301: a switch has too few ports."""
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])


def arrange(
    units: Sequence[Unit], rails: int, kinds: Sequence[LeafKind], guests: Sequence[Guests]
) -> Leaves:
    """Count the leaves of one plane and the host ports in use on each.

    Raises:
        InfeasibleError: RP324, guests that find no free port.
    """
    numbers = {kind.gbps: number for number, kind in enumerate(kinds)}
    first, unit_of, own = [], [], []
    total = 0
    for number, unit in enumerate(units):  # some thousand units at most
        down = kinds[numbers[unit.gbps]].hosts
        leaves = -(-unit.full_ends // down)
        first.append(total)
        total += leaves
        unit_of.append(np.full(leaves, number))
        own.append(np.clip(unit.ends - np.arange(leaves) * down, 0, down))
    unit_array = np.repeat(np.concatenate(unit_of), rails)
    kind = np.array([numbers[unit.gbps] for unit in units])[unit_array]
    hall = np.array([unit.hall for unit in units])[unit_array]
    own_array = np.repeat(np.concatenate(own), rails)
    arranged = Leaves(
        first=tuple(first),
        in_rail=total,
        rail=np.tile(np.arange(rails), total),
        unit=unit_array,
        kind=kind,
        hall=hall,
        own=own_array,
        used=own_array,
    )
    taken = [np.bincount(leaf, minlength=len(kind)) for leaf, _ in seats(arranged, kinds, guests)]
    return replace(arranged, used=own_array + sum(taken))


def seats(
    leaves: Leaves, kinds: Sequence[LeafKind], guests: Sequence[Guests]
) -> list[tuple[IntArray, IntArray]]:
    """Leaf and port of every guest, party by party: a port of each leaf in turn.

    Raises:
        InfeasibleError: RP324, too few free ports.
    """
    used = leaves.own.copy()
    down = np.array([kind.down for kind in kinds])[leaves.kind]
    rate = np.array([kind.gbps for kind in kinds])[leaves.kind]
    places = []
    for party in guests:
        fits = (rate == party.gbps) & (leaves.hall == party.hall)
        free = np.where(fits, down - used, 0)
        if free.sum() < party.ends:
            raise _full(party, int(free.sum()))
        turns = int(free.max(initial=0))
        turn, leaf = np.nonzero(np.arange(turns)[:, None] < free[None, :])
        turn, leaf = turn[: party.ends], leaf[: party.ends]
        places.append((leaf, used[leaf] + turn))
        used += np.bincount(leaf, minlength=len(used))
    return places


def _full(party: Guests, free: int) -> InfeasibleError:
    message = (
        f"{party.ends:,} ports of hosts that do not reach every rail need free ports on the "
        f"leaves; {free:,} are free"
    )
    hint = "leave out a node of a scalable unit, as the published designs do, or plan one more"
    return InfeasibleError([Problem("RP324", message, hint)])


@dataclass(frozen=True)
class Grouping:
    """Which group of spines each leaf belongs to, and its number within the group."""

    group: IntArray
    member: IntArray
    rail: IntArray
    """Rail of each group, -1 where it serves several."""
    hall: IntArray
    """Hall of each group."""

    @property
    def groups(self) -> int:
        """Groups of the plane."""
        return len(self.rail)

    def sizes(self) -> IntArray:
        """Leaves of each group."""
        return np.bincount(self.group, minlength=self.groups)


def grouped(leaves: Leaves, per_group: int) -> Grouping:
    """Groups of neighbouring leaves of one rail and hall."""
    key = leaves.rail * (leaves.hall.max() + 1) + leaves.hall
    return _numbered(leaves, key, number_within(key) // per_group)


def podded(leaves: Leaves, units_per_pod: int) -> Grouping:
    """Groups of all leaves, of all rails, of neighbouring units in one hall."""
    unit_hall = np.zeros(len(leaves.first), dtype=np.int64)
    unit_hall[leaves.unit] = leaves.hall
    pod = (number_within(unit_hall) // units_per_pod)[leaves.unit]
    return _numbered(leaves, leaves.hall, pod)


def together(leaves: Leaves) -> Grouping:
    """One group of all leaves."""
    none = np.zeros(len(leaves), dtype=np.int64)
    return Grouping(none, np.arange(len(leaves)), np.array([-1]), np.array([0]))


def first_seen(key: IntArray) -> IntArray:
    """Number of each element's key among the keys in the order in which they appear."""
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _numbered(leaves: Leaves, outer: IntArray, inner: IntArray) -> Grouping:
    """The leaves of equal outer and inner key in a group."""
    group = first_seen(outer * (inner.max() + 1) + inner)
    first = np.unique(group, return_index=True)[1]
    rails = leaves.rail[first]
    lowest = np.full(len(first), leaves.rail.max() + 1)
    np.minimum.at(lowest, group, leaves.rail)
    highest = np.full(len(first), -1)
    np.maximum.at(highest, group, leaves.rail)
    rail = np.where(lowest == highest, rails, -1)
    return Grouping(group, number_within(group), rail, leaves.hall[first])
