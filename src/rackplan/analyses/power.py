"""Power by rack type and fabric, in four kinds that are never mixed.

A rack-scale product's published power is taken as it is; what its nodes do not account for is
`unattributed`. Switch power contains the modules in its cages where the catalog says so
(`includes_modules`), and then they are not added again. A sum over something unpublished is the
sum of the rest, and `unknown` names what is missing.
"""

from __future__ import annotations

from rackplan.build import Plan
from rackplan.catalog.base import POWER_KINDS, PowerKind
from rackplan.design import Design, Population, SizedFabric
from rackplan.tables import Column, Result
from rackplan.wattage import node_watts, rack_watts, type_watts

_COLUMNS = {
    "scope": Column("str", "", "rack type, unplaced nodes, fabric or parts"),
    "name": Column("str", "", "what draws it"),
    "count": Column("int", "", "racks, nodes or switches"),
    "unattributed_w": Column("float", "W", "provisioned power of a rack beyond that of its nodes"),
    **{
        f"each_{kind}_w": Column("float", "W", f"{kind} power of one; empty when unpublished")
        for kind in POWER_KINDS
    },
    **{
        f"{kind}_w": Column("float", "W", f"{kind} power of all; empty when unpublished")
        for kind in POWER_KINDS
    },
}


def power(plan: Plan) -> Result:
    """Power of every rack type, of nodes without a rack, and of the switches of each fabric."""
    rows = [row for population in plan.design.populations for row in _of_population(population)]
    rows += [row for fabric in plan.design.fabrics for row in _of_fabric(fabric)]
    rows += _of_parts(plan.design)
    notes = tuple(
        f"{kind} power is unpublished for {', '.join(names)}: the total is at least the sum shown"
        for kind, names in unknown_power(rows).items()
    )
    return Result("power", "Power by rack and fabric", _COLUMNS, tuple(rows), notes)


def total_power(rows: Result) -> dict[str, float | None]:
    """Power of everything by kind; None where nothing of that kind is published. [W]"""
    totals: dict[str, float | None] = {}
    for kind in POWER_KINDS:
        known = [row[f"{kind}_w"] for row in rows.rows if row[f"{kind}_w"] is not None]
        totals[kind] = sum(known) if known else None
    return totals


def unknown_power(rows: list[dict[str, object]]) -> dict[str, list[str]]:
    """By kind, the names whose power is unpublished."""
    missing: dict[str, list[str]] = {}
    for kind in POWER_KINDS:
        names = sorted({str(row["name"]) for row in rows if row[f"{kind}_w"] is None})
        if names:
            missing[kind] = names
    return missing


def _of_population(population: Population) -> list[dict[str, object]]:
    """One row a kind of rack: full ones, and a last one that holds fewer nodes."""
    if population.system is not None:
        each = {kind: population.system.power.watts(kind) for kind in POWER_KINDS}
        row = _row("rack", population.system.id, population.racks, each)
        node = population.node.power.provisioned_w.value
        whole = each["provisioned"]
        if node is not None and whole is not None:
            row["unattributed_w"] = whole - node * population.nodes_per_rack
        return [row]
    if not population.nodes_per_rack:
        one = {kind: node_watts(population, kind) for kind in POWER_KINDS}
        return [_row("nodes", population.node.id, population.nodes, one)]
    full, rest = divmod(population.nodes, population.nodes_per_rack)
    rows = []
    for racks, nodes in ((full, population.nodes_per_rack), (1, rest)):
        if racks and nodes:
            each = {kind: rack_watts(population, kind, nodes) for kind in POWER_KINDS}
            rows.append(_row("rack", f"{nodes} x {population.node.id}", racks, each))
    return rows


def _of_fabric(fabric: SizedFabric) -> list[dict[str, object]]:
    """One row a switch type, with the modules in its cages."""
    rows = []
    for key, (switch, count) in fabric.types().items():
        each = {kind: switch.power.watts(kind) for kind in POWER_KINDS}
        row = _row("fabric", f"{fabric.name}: {key}", count, each)
        rows.append(row | {f"{kind}_w": type_watts(fabric, key, kind) for kind in POWER_KINDS})
    return rows


def _of_parts(design: Design) -> list[dict[str, object]]:
    """Parts that draw power: what the deployment orders, and optical circuit switches.

    Devices of a system are in the system's figure. The one published figure counts as typical.
    """
    parts = [(one.part, one.count) for one in design.equipment if one.part is not None]
    parts += [
        (panel.part, count)
        for fabric in design.fabrics
        for panel, count in fabric.panels().values()
        if panel.part.category == "optical-circuit-switch"
    ]
    rows = []
    for part, count in parts:
        each: dict[PowerKind, float | None] = dict.fromkeys(POWER_KINDS)
        rows.append(_row("parts", part.id, count, {**each, "typical": part.power_w.value}))
    return rows


def _row(
    scope: str, name: str, count: int, each: dict[PowerKind, float | None]
) -> dict[str, object]:
    row: dict[str, object] = {
        "scope": scope, "name": name, "count": count, "unattributed_w": None,
    }  # fmt: skip
    for kind, watts in each.items():
        row[f"each_{kind}_w"] = watts
    for kind, watts in each.items():
        row[f"{kind}_w"] = None if watts is None else float(watts) * count
    return row
