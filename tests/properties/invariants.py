"""What must hold for every fabric of every topology, whatever its `size()` accepts.

`check(module, spec, blocks, offers)` sizes and wires a fabric and asserts all of it: formulas
count the rows, no port carries two links, every port lies in the range and the bank that its
class of switches tells, every host port is used once, and the planes are connected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components, shortest_path

from rackplan.sizes import HOST, EndBlock, FabricSize, LinkTier, PortUse, Role
from rackplan.topology import LinkBatch, Offer, Offers, Wiring
from rackplan.wiring import IntArray

NO_PORTS = np.zeros((0, 2), dtype=np.int64)


def offers_of(
    ports: int,
    gbps: float = 400.0,
    link_gbps: float | None = None,
    link_ports: int | None = None,
    *,
    per_cage: int = 1,
    by_role: Mapping[str, Offer] | None = None,
) -> Offers:
    """One switch for all roles: `ports` at the host rate, `link_ports` at another link rate."""
    modes = {gbps: (ports, per_cage)}
    if link_gbps is not None and link_gbps != gbps:
        modes[link_gbps] = (ports if link_ports is None else link_ports, per_cage)
    most = max(count for count, _ in modes.values())
    offer = Offer("the switch", modes, most)
    return Offers(offer, dict(by_role or {}), gbps if link_gbps is None else link_gbps)


def blocks_of(nodes: Sequence[int], ports: int = 1, gbps: float = 400.0) -> tuple[EndBlock, ...]:
    """Blocks of so many hosts, each with the same ports."""
    firsts = np.cumsum([0, *nodes])[:-1].tolist()
    return tuple(
        EndBlock(count, count, first, ports, gbps)
        for count, first in zip(nodes, firsts, strict=True)
    )


@dataclass(frozen=True)
class Ends:
    """The links of one tier in all planes; switches are counted plane after plane."""

    tier: str
    lower_role: str
    lower: IntArray
    lower_port: IntArray
    upper_role: str
    upper: IntArray
    upper_port: IntArray
    plane: IntArray

    def sides(self) -> Iterator[tuple[str, IntArray, IntArray, bool]]:
        """Role, number, port and whether it is the upper one, of both ends."""
        yield self.lower_role, self.lower, self.lower_port, False
        yield self.upper_role, self.upper, self.upper_port, True


@dataclass(frozen=True)
class Grown:
    """A fabric that was accepted: what was asked, its counts and its links."""

    module: Any
    spec: Any
    blocks: tuple[EndBlock, ...]
    offers: Offers
    sized: FabricSize
    wiring: Wiring

    @property
    def hosts(self) -> int:
        return sum(block.nodes for block in self.blocks)

    def count(self, role: str) -> int:
        """Switches of a role in one plane."""
        return self.sized.switches()[role] // self.sized.planes

    def tier(self, name: str) -> LinkTier:
        return next(tier for tier in self.sized.links if tier.name == name)

    def batch(self, name: str) -> LinkBatch:
        return next(batch for batch in self.wiring.links if batch.tier == name)

    @cached_property
    def ends(self) -> tuple[Ends, ...]:
        return tuple(self._all_planes(batch) for batch in self.wiring.links)

    def _all_planes(self, batch: LinkBatch) -> Ends:
        """The batch with the copies that the other planes hold."""
        sides = []
        copies = 1 if batch.plane is not None else self.sized.planes
        links = len(batch.lower)
        plane = np.repeat(np.arange(copies), links) if batch.plane is None else batch.plane
        for role, number, port in (
            (batch.lower_role, batch.lower, batch.lower_port),
            (batch.upper_role, batch.upper, batch.upper_port),
        ):
            numbers, ports = np.tile(number, copies), np.tile(port, copies)
            if role == HOST and batch.plane is None:
                ports = ports + plane
            if role != HOST:
                numbers = numbers + plane * self.count(role)
            sides.append((role, numbers, ports))
        return Ends(batch.tier, *sides[0], *sides[1], plane)


def grow(module: Any, spec: Any, blocks: Sequence[EndBlock], offers: Offers) -> Grown:
    """Size and wire; an infeasible request raises InfeasibleError."""
    sized = module.size(spec, blocks, offers)
    return Grown(module, spec, tuple(blocks), offers, sized, module.wire(spec, sized, blocks))


def check(
    module: Any,
    spec: Any,
    blocks: Sequence[EndBlock],
    offers: Offers,
    *,
    joined_by_hosts: bool = False,
) -> Grown:
    """Assert every invariant of an accepted fabric, and return it.

    `joined_by_hosts`: the switches are connected through hosts only, as in a HammingMesh.
    """
    grown = grow(module, spec, blocks, offers)
    assert_arrays(grown)
    assert_counts(grown)
    assert_order_of_ends(grown)
    assert_no_port_twice(grown)
    assert_port_uses(grown)
    assert_banks(grown)
    assert_host_ports(grown)
    assert_bundles(grown)
    assert_connected(grown, with_hosts=True)
    if not joined_by_hosts:
        assert_connected(grown, with_hosts=False)
    assert_words(grown)
    assert_repeatable(grown)
    return grown


def assert_arrays(grown: Grown) -> None:
    """Columns of a batch are whole numbers of one length; every end exists."""
    counts = {HOST: grown.hosts, **{role: grown.count(role) for role in grown.sized.switches()}}
    for batch in grown.wiring.links:
        columns = [batch.lower, batch.lower_port, batch.upper, batch.upper_port, batch.rail]
        columns += [] if batch.plane is None else [batch.plane]
        for column in columns:
            assert column.dtype.kind == "i", (batch.tier, column.dtype)
            assert column.shape == batch.lower.shape, (batch.tier, column.shape)
        if not len(batch.lower):
            continue
        for role, number, port in (
            (batch.lower_role, batch.lower, batch.lower_port),
            (batch.upper_role, batch.upper, batch.upper_port),
        ):
            assert number.min() >= 0, batch.tier
            assert number.max() < counts[role], (batch.tier, role)
            assert port.min() >= 0, batch.tier
    for switches in grown.wiring.switches:
        assert switches.rail.shape == switches.group.shape


def assert_counts(grown: Grown) -> None:
    """The formulas count the rows: switches and links, by role and tier, in their order."""
    sized, planes = grown.sized, grown.sized.planes
    assert grown.wiring.planes == planes == grown.spec.planes
    assert len(sized.links_by_tier()) == len(sized.links), "a tier is listed twice"
    told = [(tier.name, tier.lower, tier.upper, tier.links) for tier in sized.links]
    rows = [(e.tier, e.lower_role, e.upper_role, len(e.lower)) for e in grown.ends]
    assert told == rows
    columns = [(column.role, len(column.rail) * planes) for column in grown.wiring.switches]
    assert list(sized.switches().items()) == columns
    for role in sized.roles:
        assert role.switches % planes == 0, role.name
        assert all(use.switches > 0 for use in role.uses), role.name
        assert sum(use.switches for use in role.uses) == role.switches, role.name


def assert_order_of_ends(grown: Grown) -> None:
    """Between equal roles the lower end has the smaller number, so nothing meets itself."""
    for batch in grown.wiring.links:
        if batch.lower_role == batch.upper_role:
            assert (batch.lower < batch.upper).all(), batch.tier
    tiers = [HOST in {batch.lower_role, batch.upper_role} for batch in grown.wiring.links]
    assert tiers == sorted(tiers, reverse=True), "host tiers come first"


def assert_no_port_twice(grown: Grown) -> None:
    """A port of a switch or host carries at most one link."""
    for role in (HOST, *grown.sized.switches()):
        used = ports_used(grown, role)
        assert len(np.unique(used, axis=0)) == len(used), role


def ports_used(grown: Grown, role: str) -> IntArray:
    """(number, port) of every link end at a role, over all planes; shape (n, 2)."""
    found = [NO_PORTS]
    for ends in grown.ends:
        found += [np.stack([n, p], axis=1) for r, n, p, _ in ends.sides() if r == role]
    return np.concatenate(found)


def assert_port_uses(grown: Grown) -> None:
    """Classes of equal switches are those of the rows: ports, tiers, ends and layouts."""
    for role in grown.sized.roles:
        told: Counter[tuple[int, bytes]] = Counter()
        for use in role.uses:
            told[use.layout, _told_ports(grown, use).tobytes()] += use.switches
        assert told == _classes(grown, role), role.name


def _mark(grown: Grown, name: str, *, upper: bool) -> int:
    """A number for a tier and an end of it; equal roles have one end only."""
    tier = grown.tier(name)
    numbers = [tier.name for tier in grown.sized.links]
    return 2 * numbers.index(name) + (upper and tier.lower != tier.upper)


def _told_ports(grown: Grown, use: PortUse) -> IntArray:
    """(port, mark) of the ports of a class, in order; shape (n, 2)."""
    parts, last = [NO_PORTS], 0
    for held in use.ranges:
        assert last <= held.start <= held.stop, (use, "ranges overlap or are out of order")
        last = held.stop
        ports = np.arange(held.start, held.stop)
        mark = _mark(grown, held.tier, upper=held.upper)
        parts.append(np.stack([ports, np.full(len(ports), mark)], axis=1))
    return np.concatenate(parts)


def _classes(grown: Grown, role: Role) -> Counter[tuple[int, bytes]]:
    """How many switches of a role have which layout and (port, mark) rows."""
    parts = [np.zeros((0, 3), dtype=np.int64)]
    for ends in grown.ends:
        for name, number, port, upper in ends.sides():
            if name == role.name:
                mark = np.full(len(port), _mark(grown, ends.tier, upper=upper))
                parts.append(np.stack([number, port, mark], axis=1))
    rows = np.concatenate(parts)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    cuts = np.searchsorted(rows[:, 0], np.arange(1, role.switches))
    layouts = layout_of_switches(grown, role.name)
    by_switch = np.split(rows[:, 1:], cuts)
    return Counter(
        (layout, ports.tobytes()) for layout, ports in zip(layouts, by_switch, strict=True)
    )


def layout_of_switches(grown: Grown, role: str) -> list[int]:
    """Number of the layout of every switch of a role, plane after plane."""
    column = next(column for column in grown.wiring.switches if column.role == role)
    one_plane = np.zeros(len(column.rail), int) if column.layout is None else column.layout
    layouts: list[int] = np.tile(one_plane, grown.sized.planes).tolist()
    return layouts


def assert_banks(grown: Grown) -> None:
    """Every port in use lies in a bank of its tier's rate."""
    for role in grown.sized.roles:
        for use in role.uses:
            layout = role.layouts[use.layout]
            rates = np.repeat([bank.gbps for bank in layout], [bank.ports for bank in layout])
            for held in use.ranges:
                assert held.stop <= len(rates), (role.name, held)
                rate = grown.tier(held.tier).gbps
                assert (rates[held.start : held.stop] == rate).all(), (role.name, held)


def assert_host_ports(grown: Grown) -> None:
    """Every port of every host is used once over all planes."""
    hosts, ports = grown.hosts, grown.blocks[0].ports
    used = ports_used(grown, HOST)
    assert len(used) == hosts * ports
    assert used[:, 1].max() < ports
    assert len(np.unique(used[:, 0] * ports + used[:, 1])) == hosts * ports


def assert_bundles(grown: Grown) -> None:
    """The bundle of a tier is the widest between two switches; at hosts it is 1."""
    for ends in grown.ends:
        told = grown.tier(ends.tier).bundle
        if HOST in {ends.lower_role, ends.upper_role}:
            assert told == 1, ends.tier
        elif len(ends.lower):
            pairs = np.stack([ends.lower, ends.upper], axis=1)
            assert told == np.unique(pairs, axis=0, return_counts=True)[1].max(), ends.tier


def assert_connected(grown: Grown, *, with_hosts: bool) -> None:
    """Every plane is one piece, with its hosts or without."""
    matrix = adjacency(grown, with_hosts=with_hosts)
    assert matrix.shape[0] == 0 or connected_components(matrix, directed=False)[0] == 1


def adjacency(grown: Grown, *, with_hosts: bool) -> sp.csr_array:
    """Links between the members of plane 0: switches role after role, then the hosts.

    Entries count parallel links; the matrix is symmetric.
    """
    first, members = {}, 0
    for role in grown.sized.switches():
        first[role] = members
        members += grown.count(role)
    if with_hosts:
        first[HOST] = members
        members += grown.hosts
    low, high = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for ends in grown.ends:
        if ends.lower_role in first and ends.upper_role in first:
            here = ends.plane == 0
            low.append(ends.lower[here] + first[ends.lower_role])
            high.append(ends.upper[here] + first[ends.upper_role])
    row, column = np.concatenate(low), np.concatenate(high)
    pairs = (np.r_[row, column], np.r_[column, row])
    return sp.csr_array((np.ones(2 * len(row)), pairs), shape=(members, members))


def distances(grown: Grown) -> tuple[int, float]:
    """Diameter and average shortest path length between the switches of a plane, in links."""
    hops = shortest_path(adjacency(grown, with_hosts=False), directed=False, unweighted=True)
    count = len(hops)
    return int(hops.max()), float(hops.sum() / (count * (count - 1)))


def assert_words(grown: Grown) -> None:
    """Every count says why it is so; the shape has a notation."""
    sized = grown.sized
    assert sized.notation
    assert {"limit", "growth"} <= set(sized.reasons)
    texts = [*sized.reasons.values(), *(r.reason for r in sized.roles)]
    texts += [tier.reason for tier in sized.links]
    assert all(text.strip() == text and text for text in texts), texts


def assert_repeatable(grown: Grown) -> None:
    """The same request gives the same counts and the same rows in the same order."""
    again = grow(grown.module, grown.spec, grown.blocks, grown.offers)
    assert again.sized == grown.sized
    for old, new in zip(grown.ends, again.ends, strict=True):
        for one, other in zip(old.sides(), new.sides(), strict=True):
            assert one[0] == other[0]
            assert np.array_equal(one[1], other[1])
            assert np.array_equal(one[2], other[2])
