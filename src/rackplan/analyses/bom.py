"""Bill of materials: what to order, how many, and what it costs where a price is known."""

from __future__ import annotations

from collections.abc import Iterator

from rackplan.build import Plan
from rackplan.catalog.base import Entry
from rackplan.catalog.parts import Part
from rackplan.placement.racks import COOLING, NETWORK
from rackplan.tables import Column, Result

_COLUMNS = {
    "kind": Column("str", "", "system, node, rack, part, switch, transceiver or cable"),
    "id": Column("str", "", "catalog id"),
    "name": Column("str", "", "product name"),
    "part_numbers": Column("str", "", "orderable part numbers"),
    "quantity": Column("int", "", "pieces"),
    "unit_usd": Column("float", "USD", "price of one; empty when unknown"),
    "total_usd": Column("float", "USD", "price of all; empty when unknown"),
}


def bom(plan: Plan) -> Result:
    """Everything to order, counted from the tables; prices from the deployment's list."""
    prices = plan.design.prices
    pieces: dict[tuple[str, str, str, str], int] = {}
    for *what, quantity in _items(plan):
        key = (what[0], what[1], what[2], what[3])
        pieces[key] = pieces.get(key, 0) + quantity
    rows = []
    for (kind, entry_id, name, parts), quantity in pieces.items():
        unit = prices.get(entry_id)
        rows.append({
            "kind": kind, "id": entry_id, "name": name, "part_numbers": parts,
            "quantity": quantity, "unit_usd": unit,
            "total_usd": None if unit is None else unit * quantity,
        })  # fmt: skip
    missing = list(dict.fromkeys(str(row["id"]) for row in rows if row["unit_usd"] is None))
    notes = (f"no price for {', '.join(missing)}: the total is a lower bound",) if missing else ()
    return Result("bom", "Bill of materials", _COLUMNS, tuple(rows), notes)


def total_usd(result: Result) -> float | None:
    """What the priced rows cost together; None when no row has a price. [USD]"""
    known = [row["total_usd"] for row in result.rows if row["total_usd"] is not None]
    return sum(known) if known else None


def _items(plan: Plan) -> Iterator[tuple[str, str, str, str, int]]:
    for population in plan.design.populations:
        if population.system is not None:
            yield _item("system", population.system, population.units)
            continue
        yield _item("node", population.node, population.nodes)
        if population.rack is not None and population.racks:
            yield _item("rack", population.rack, population.racks)
    yield from _more_racks(plan)
    for part, count in _parts(plan):
        yield _item("part", part, count)
    cables = plan.tables["cables"]
    entries = _entries(plan)
    for kind, counts in (
        ("switch", _switches(plan)),
        ("transceiver", _transceivers(plan)),
        ("cable", cables.counts("type")),
        ("part", plan.tables["panels"].counts("type")),
    ):
        for entry_id, quantity in counts.items():
            entry = entries.get((kind, entry_id))
            if entry is None:
                yield kind, entry_id, f"{entry_id} {kind}", "", quantity
            else:
                yield _item(kind, entry, quantity)


def _more_racks(plan: Plan) -> Iterator[tuple[str, str, str, str, int]]:
    """Racks of switches, and sidecars; CDUs where no cooling counts them as parts."""
    if plan.placed is None:
        return
    racks = plan.placed.racks
    for number, frame in enumerate(racks.frames):
        own = (racks.frame == number) & (racks.purpose >= NETWORK)
        if plan.cooling is not None:
            own &= racks.purpose != COOLING
        if own.any():
            yield _item("rack", frame, int(own.sum()))


def _parts(plan: Plan) -> Iterator[tuple[Part, int]]:
    """Parts that services name, and the panels between tiers."""
    for one in plan.design.equipment:
        if one.part is not None:
            yield one.part, one.count
    for fabric in plan.design.fabrics:
        for panel, count in fabric.panels().values():
            yield panel.part, count
    if plan.cooling is not None:
        cdus = int(plan.cooling.loops.cdus.clip(min=0).sum())
        if cdus:
            yield plan.cooling.cdu, cdus


def _item(kind: str, entry: Entry, quantity: int) -> tuple[str, str, str, str, int]:
    return kind, entry.id, entry.title, ", ".join(entry.part_numbers), quantity


def _switches(plan: Plan) -> dict[str, int]:
    """Switches by type."""
    devices = plan.tables["devices"]
    switch = devices.where("kind", "switch")
    counts = {
        word: int((switch & devices.where("type", word)).sum()) for word in devices.words["type"]
    }
    return {word: count for word, count in counts.items() if count}


def _transceivers(plan: Plan) -> dict[str, int]:
    """Transceivers by type; the plugs of copper cables are part of their cable."""
    modules = plan.tables["modules"]
    loose = modules["cable"] < 0
    counts = {
        word: int((loose & modules.where("type", word)).sum()) for word in modules.words["type"]
    }
    return {word: count for word, count in counts.items() if count}


def _entries(plan: Plan) -> dict[tuple[str, str], Entry]:
    """The catalog entries of everything that fabrics are made of, by kind and id."""
    found: dict[tuple[str, str], Entry] = {}
    for fabric in plan.design.fabrics:
        for key, (switch, _) in fabric.types().items():
            found["switch", key] = switch
        for media in fabric.all_media():
            ends = (media.lower_module, media.upper_module)
            named: list[tuple[str, Entry | None]] = [("transceiver", end) for end in ends]
            named.append(("cable", media.cable))
            if media.trunk is not None:
                named += [("cable", media.trunk.trunk), ("cable", media.trunk.cord),
                          ("part", media.trunk.panel)]  # fmt: skip
            found |= {(kind, entry.id): entry for kind, entry in named if entry is not None}
    for population in plan.design.populations:
        for ports in population.host_ports:
            if ports.module is not None:
                found["transceiver", ports.module.id] = ports.module
    return found
