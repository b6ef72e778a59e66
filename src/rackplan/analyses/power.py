"""Power by rack type and fabric, in four kinds that are never mixed.

A rack-scale product's published power is taken as it is; what its nodes do not account for is
`unattributed`. Switch power contains the modules in its cages where the catalog says so
(`includes_modules`), and then they are not added again. A sum over something unpublished is the
sum of the rest, and `unknown` names what is missing.
"""

from __future__ import annotations

from rackplan.build import Plan
from rackplan.catalog.base import POWER_KINDS, PowerKind
from rackplan.catalog.optics import Transceiver
from rackplan.design import Population, SizedFabric
from rackplan.tables import Column, Result

_COLUMNS = {
    "scope": Column("str", "", "rack type, unplaced nodes or fabric"),
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
    rows += [_of_fabric(plan, fabric) for fabric in plan.design.fabrics]
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
    """By kind, the names whose power is unpublished, where others' is known."""
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
    one = {kind: population.node.power.watts(kind) for kind in POWER_KINDS}
    _add_modules(one, population)
    if not population.nodes_per_rack:
        return [_row("nodes", population.node.id, population.nodes, one)]
    full, rest = divmod(population.nodes, population.nodes_per_rack)
    rows = []
    for racks, nodes in ((full, population.nodes_per_rack), (1, rest)):
        if racks and nodes:
            each = {kind: None if w is None else w * nodes for kind, w in one.items()}
            rows.append(_row("rack", f"{nodes} x {population.node.id}", racks, each))
    return rows


def _add_modules(one: dict[PowerKind, float | None], population: Population) -> None:
    """Add the modules in a node's cages where its published power leaves them out."""
    if population.node.power.includes_modules:
        return
    for kind, watts in one.items():
        total = watts
        for ports in population.host_ports:
            if ports.module is not None and ports.fabric is not None and total is not None:
                each = module_power(ports.module, kind)
                cages = -(-ports.ports // ports.ports_per_cage)
                total = None if each is None else total + each * cages
        one[kind] = total


def module_power(module: Transceiver, kind: PowerKind) -> float | None:
    """Power of one transceiver: its typical figure for typical power, else its highest. [W]"""
    return module.typical_w.value if kind == "typical" else module.max_w.value


def _of_fabric(plan: Plan, fabric: SizedFabric) -> dict[str, object]:
    count = fabric.switch_count
    each = {kind: fabric.switch.power.watts(kind) for kind in POWER_KINDS}
    row = _row("fabric", f"{fabric.name}: {fabric.switch.id}", count, each)
    if fabric.switch.power.includes_modules or fabric.switch.co_packaged is not None:
        return row
    for kind in POWER_KINDS:
        modules = _switch_modules_power(plan, fabric, kind)
        watts = row[f"{kind}_w"]
        known = isinstance(watts, float) and modules is not None
        row[f"{kind}_w"] = watts + modules if known else None  # type: ignore[operator]
    return row


def _switch_modules_power(plan: Plan, fabric: SizedFabric, kind: PowerKind) -> float | None:
    """Power of the transceivers in the cages of a fabric's switches. [W]"""
    table = plan.tables["modules"]
    mine = table.where("fabric", fabric.name) & table.where("side", "switch")
    total = 0.0
    for tier in fabric.media.values():
        module = tier.upper_module
        if module is not None:
            each = module_power(module, kind)
            if each is None:
                return None
            total = each * int((mine & table.where("type", module.id)).sum())
    return total


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
