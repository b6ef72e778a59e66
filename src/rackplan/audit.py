"""Whole-table invariants: what holds for every plan, checked on every plan by sums.

A check that fails is a bug of rackplan, never of the input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from rackplan.design import UNSPECIFIED, Design, SizedFabric, TierMedia
from rackplan.errors import InvariantError, Problem
from rackplan.sizes import LinkTier
from rackplan.tables import Array, Table


@dataclass(frozen=True)
class Check:
    """One invariant of one plan: what it says, and the two counts that must agree."""

    name: str
    expected: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether the two counts agree."""
        return self.expected == self.found


def audit(design: Design, tables: Mapping[str, Table]) -> tuple[Check, ...]:
    """All checks of a plan.

    Raises:
        InvariantError: some check does not hold.
    """
    checks = tuple(
        [*_rack_checks(tables), *_port_checks(tables), *_cage_checks(tables)]
        + [check for fabric in design.fabrics for check in _fabric_checks(design, fabric, tables)]
    )
    return held(checks)


def held(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks, if all of them hold.

    Raises:
        InvariantError: some check does not hold: a bug.
    """
    broken = [check for check in checks if not check.holds]
    if broken:
        raise InvariantError(
            [
                Problem(
                    "RP999",
                    f"{check.name}: {check.expected:,} expected, {check.found:,} found",
                    "this is a bug of rackplan; please report it with the deployment",
                )
                for check in broken
            ]
        )
    return checks


def _port_checks(tables: Mapping[str, Table]) -> Iterator[Check]:
    links, ports, devices = tables["links"], tables["ports"], tables["devices"]
    ends = np.concatenate([links["a_port"], links["b_port"]])
    inside = (ends >= 0) & (ends < len(ports))
    yield Check("every link ends in a port", len(ends), int(inside.sum()))
    per_port = np.bincount(ends, minlength=len(ports))
    yield Check("no port carries two links", 0, int((per_port > 1).sum()))
    carrying = per_port > 0
    yield Check("ports in use are those with a link", 0, int((carrying != ports["used"]).sum()))
    a, b = links["a_port"], links["b_port"]
    same = (ports["speed_gbps"][a] == ports["speed_gbps"][b]) & (
        ports["speed_gbps"][a] == links["speed_gbps"]
    )
    yield Check("both ends of a link agree in speed", len(links), int(same.sum()))
    known = [links.code("fabric", word) for word in devices.words["fabric"]]
    fabric = np.array(known)[devices["fabric"]]
    within = np.ones(len(links), dtype=bool)
    for end in (a, b):  # hosts have no plane; the switches that a fabric manages have another's
        device = ports["device"][end]
        within &= (devices["plane"][device] == links["plane"]) | (fabric[device] != links["fabric"])
    yield Check("no link joins two planes", len(links), int(within.sum()))
    first = devices["first_port"].astype(np.int64)
    owner = np.repeat(np.arange(len(devices)), devices["port_count"])
    owned = int((ports["device"] == owner).sum()) if len(owner) == len(ports) else len(owner)
    yield Check("ports stand with their device", len(ports), owned)
    ends_at = first + devices["port_count"]
    stacked = np.array_equal(first[1:], ends_at[:-1])
    yield Check("devices share no port", 1, int(stacked or len(devices) < 2))


def _plugged(tables: Mapping[str, Table]) -> np.ndarray:
    """Rows of the ports that a cable ends in; links on a circuit board have none."""
    links = tables["links"]
    cabled = links["cable"] >= 0
    return np.concatenate([links["a_port"][cabled], links["b_port"][cabled]])


def _cage_checks(tables: Mapping[str, Table]) -> Iterator[Check]:
    ports, cages, modules = tables["ports"], tables["cages"], tables["modules"]
    per_cage = np.bincount(modules["cage"], minlength=len(cages))
    yield Check("a cage holds one module", 0, int((per_cage > 1).sum()))
    used = ports["cage"][_plugged(tables)]
    used = used[used >= 0]
    populated = np.zeros(len(cages), dtype=bool)
    populated[used] = True
    yield Check("modules fill the cages in use", int(populated.sum()), len(modules))
    with_module = populated & (per_cage == 1)
    yield Check("every used cage has its module", int(populated.sum()), int(with_module.sum()))


def _rack_checks(tables: Mapping[str, Table]) -> Iterator[Check]:
    racks, devices = tables["racks"], tables["devices"]
    rack = devices["rack"]
    held = np.bincount(rack[rack >= 0], minlength=len(racks))
    slotted = np.bincount(rack[(rack >= 0) & (devices["slot"] >= 0)], minlength=len(racks))
    agree = int((slotted[: len(racks)] == racks["nodes"]).sum())
    yield Check("racks hold the nodes that stand in them", len(racks), agree)
    bare = racks.where("purpose", "power") | racks.where("purpose", "cooling")
    switches = racks.where("purpose", "network") & (held[: len(racks)] > 0)
    full = (racks["nodes"] > 0) | switches | bare
    yield Check("no rack is empty", len(racks), int(full.sum()))


def _fabric_checks(
    design: Design, fabric: SizedFabric, tables: Mapping[str, Table]
) -> Iterator[Check]:
    """The Design's formulas against the rows of the tables."""
    links, devices, ports = tables["links"], tables["devices"], tables["ports"]
    mine = links.where("fabric", fabric.name)
    for tier, count in fabric.size.links_by_tier().items():
        rows = int((mine & links.where("tier", tier)).sum())
        yield Check(f"{fabric.name}: {tier} links", count, rows)
    of_fabric = devices.where("fabric", fabric.name)
    ends = ports["device"][np.concatenate([links["a_port"][mine], links["b_port"][mine]])]
    for role in fabric.size.roles:
        of_role = of_fabric & devices.where("role", role.name)
        yield Check(f"{fabric.name}: {role.name} switches", role.switches, int(of_role.sum()))
        used = int(of_role[ends].sum())
        yield Check(f"{fabric.name}: {role.name} ports in use", role.ports_used, used)
    yield from _module_checks(design, fabric, tables)
    yield from _cable_checks(fabric, tables)


def _module_checks(
    design: Design, fabric: SizedFabric, tables: Mapping[str, Table]
) -> Iterator[Check]:
    """Transceivers and plugs at both ends, by formula and by rows."""
    modules = tables["modules"]
    mine = modules.where("fabric", fabric.name)
    switch = mine & modules.where("side", "switch")
    expected: dict[str, int] = {}
    for role in fabric.size.roles:
        for held, count in replace(fabric, chosen={}).plugs(role):
            name = held.id if held is not None else UNSPECIFIED
            expected[name] = expected.get(name, 0) + count
    yield Check(f"{fabric.name}: populated switch cages", sum(expected.values()), int(switch.sum()))
    for name, count in expected.items():
        if fabric.chosen:  # no formula tells what links choose by their length
            break
        rows = switch & modules.where("type", name)
        yield Check(f"{fabric.name}: {name} in switches", count, int(rows.sum()))
    if any(tier.printed for tier in fabric.size.links):
        return
    hosts = sum(
        population.nodes * ports.cages
        for population in design.populations
        for ports in population.host_ports
        if ports.fabric == fabric.name
    )
    host = mine & modules.where("side", "host")
    yield Check(f"{fabric.name}: populated host cages", hosts, int(host.sum()))


def _cable_checks(fabric: SizedFabric, tables: Mapping[str, Table]) -> Iterator[Check]:
    """Cables carry the links of their tier, and as many fibers as the links' optics light."""
    cables, links = tables["cables"], tables["links"]
    mine = cables.where("fabric", fabric.name)
    for tier in fabric.size.links:
        media = fabric.media[tier.name]
        passes = 0 if tier.printed else 1 if media.panel is None else 2
        rows = mine & cables.where("tier", tier.name)
        if media.trunk is not None and len(tables["trunks"]):
            yield from _trunk_checks(fabric, tier, media, tables, rows)
            continue
        carried = int(cables["links"][rows].sum())
        yield Check(f"{fabric.name}: links in {tier.name} cables", tier.links * passes, carried)
        if tier.name in fabric.options:
            continue
        if media.copper is None and media.fibers is not None:
            found = int(cables["fibers"][rows].sum())
            lit = tier.links * passes * media.fibers
            yield Check(f"{fabric.name}: fibers of {tier.name}", lit, found)
        if media.panel is not None:
            yield from _panel_checks(fabric, tier, tables)
    numbers = np.concatenate([
        links["cable"][links.where("fabric", fabric.name)],
        tables["segments"]["cable"][_segments_of(tables, fabric.name, None)],
    ])  # fmt: skip
    in_use = np.unique(numbers[numbers >= 0])
    yield Check(f"{fabric.name}: cables in use", int(mine.sum()), len(in_use))


def _trunk_checks(
    fabric: SizedFabric,
    tier: LinkTier,
    media: TierMedia,
    tables: Mapping[str, Table],
    rows: Array,
) -> Iterator[Check]:
    """Cords, trunks and panels of a tier: every link between racks crosses one of each in turn."""
    cables, segments = tables["cables"], tables["segments"]
    own = _segments_of(tables, fabric.name, tier.name)
    order = segments["order"][own]
    crossing = int((order == 1).sum())
    name = f"{fabric.name}: {tier.name}"
    carried = int(cables["links"][rows].sum())
    yield Check(f"{name} links in cords and trunks", tier.links + 2 * crossing, carried)
    if media.fibers is not None:
        lit = (tier.links + 2 * crossing) * media.fibers
        yield Check(f"{name} fibers", lit, int(cables["fibers"][rows].sum()))
    yield Check(f"{name} segments", 3 * crossing, len(order))
    patch = segments["patch"][own]
    ends = np.stack([patch, segments["place"][own]])[:, patch >= 0]
    yield Check(f"{name} positions", 2 * crossing, np.unique(ends, axis=1).shape[1])
    legs = np.stack([segments["cable"][own], segments["place"][own]])[:, order == 1]
    yield Check(f"{name} legs", crossing, np.unique(legs, axis=1).shape[1])
    panels = tables["panels"]
    mine = panels.where("fabric", fabric.name) & panels.where("tier", tier.name)
    yield Check(f"{name} positions in use", 2 * crossing, int(panels["used"][mine].sum()))


def _panel_checks(
    fabric: SizedFabric, tier: LinkTier, tables: Mapping[str, Table]
) -> Iterator[Check]:
    """Every link of the tier crosses one place of one panel, on a cable before and one behind."""
    rows = _segments_of(tables, fabric.name, tier.name)
    link, order, cable, panel, place = (
        tables["segments"][name][rows] for name in ("link", "order", "cable", "panel", "place")
    )
    name = f"{fabric.name}: {tier.name} links"
    sides = np.unique(np.stack([link, order]), axis=1)
    yield Check(f"{name} on both sides of a panel", 2 * tier.links, sides.shape[1])
    ways = np.unique(np.stack([panel, place, order]), axis=1)
    yield Check(f"{name} on places of their own", 2 * tier.links, ways.shape[1])
    same = tables["links"]["cable"][link] == cable
    yield Check(f"{name} whose cable ends at a panel", tier.links, int(same[order == 0].sum()))


def _segments_of(tables: Mapping[str, Table], fabric: str, tier: str | None) -> np.ndarray:
    """Which segments belong to a fabric, or to one of its tiers."""
    links, rows = tables["links"], tables["segments"]["link"]
    mine = links.where("fabric", fabric)
    if tier is not None:
        mine &= links.where("tier", tier)
    return np.asarray(mine[rows])
