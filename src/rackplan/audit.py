"""Whole-table invariants: what holds for every plan, checked on every plan by sums.

A check that fails is a bug of rackplan, never of the input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.design import Design, SizedFabric
from rackplan.errors import InvariantError, Problem
from rackplan.tables import Table


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
        [*_port_checks(tables), *_cage_checks(tables), *_cable_checks(tables)]
        + [check for fabric in design.fabrics for check in _fabric_checks(fabric, tables)]
    )
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
    yield Check("used ports carry a link", int((per_port > 0).sum()), int(ports["used"].sum()))
    a, b = links["a_port"], links["b_port"]
    same = (ports["speed_gbps"][a] == ports["speed_gbps"][b]) & (
        ports["speed_gbps"][a] == links["speed_gbps"]
    )
    yield Check("both ends of a link agree in speed", len(links), int(same.sum()))
    plane_a = devices["plane"][ports["device"][a]]
    plane_b = devices["plane"][ports["device"][b]]
    within = ((plane_a == links["plane"]) | (plane_a == -1)) & (plane_b == links["plane"])
    yield Check("no link joins two planes", len(links), int(within.sum()))
    first = devices["first_port"].astype(np.int64)
    owner = np.repeat(np.arange(len(devices)), devices["port_count"])
    yield Check("ports stand with their device", len(ports), int((ports["device"] == owner).sum()))
    ends_at = first + devices["port_count"]
    stacked = np.array_equal(first[1:], ends_at[:-1])
    yield Check("devices share no port", 1, int(stacked or len(devices) < 2))


def _cage_checks(tables: Mapping[str, Table]) -> Iterator[Check]:
    ports, cages, modules = tables["ports"], tables["cages"], tables["modules"]
    per_cage = np.bincount(modules["cage"], minlength=len(cages))
    yield Check("a cage holds one module", 0, int((per_cage > 1).sum()))
    used = ports["cage"][ports["used"] & (ports["cage"] >= 0)]
    populated = np.zeros(len(cages), dtype=bool)
    populated[used] = True
    yield Check("modules fill the cages in use", int(populated.sum()), len(modules))
    with_module = populated & (per_cage == 1)
    yield Check("every used cage has its module", int(populated.sum()), int(with_module.sum()))


def _cable_checks(tables: Mapping[str, Table]) -> Iterator[Check]:
    links, cables = tables["links"], tables["cables"]
    per_cable = np.bincount(links["cable"], minlength=len(cables))
    yield Check("cables carry all links", len(links), int(cables["links"].sum()))
    agree = int((per_cable == cables["links"]).sum())
    yield Check("each cable carries its links", len(cables), agree)


def _fabric_checks(fabric: SizedFabric, tables: Mapping[str, Table]) -> Iterator[Check]:
    """The Design's formulas against the rows of the tables."""
    links, devices, ports = tables["links"], tables["devices"], tables["ports"]
    mine = links.where("fabric", fabric.name)
    for tier, count in fabric.size.links_by_tier().items():
        rows = int((mine & links.where("tier", tier)).sum())
        yield Check(f"{fabric.name}: {tier} links", count, rows)
    of_fabric = devices.where("fabric", fabric.name)
    for role in fabric.size.roles:
        of_role = of_fabric & devices.where("role", role.name)
        yield Check(f"{fabric.name}: {role.name} switches", role.switches, int(of_role.sum()))
        used = ports["used"] & of_role[ports["device"]]
        yield Check(f"{fabric.name}: {role.name} ports in use", role.ports_used, int(used.sum()))
    modules, cages = tables["modules"], tables["cages"]
    switch_side = modules.where("side", "switch") & modules.where("fabric", fabric.name)
    on_switches = of_fabric[cages["device"][modules["cage"][switch_side]]]
    expected = switch_cages_in_use(fabric)
    yield Check(f"{fabric.name}: populated switch cages", expected, int(on_switches.sum()))


def switch_cages_in_use(fabric: SizedFabric) -> int:
    """Populated cages on all switches of a fabric, by formula; zero on CPO switches."""
    if not fabric.ports_per_cage:
        return 0
    return sum(
        use.switches * use.cages(fabric.ports_per_cage)
        for role in fabric.size.roles
        for use in role.uses
    )
