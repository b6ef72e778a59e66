"""NVLink wires and pins of every domain: nets, signal pins, installed pins, fill.

Formulas: see `rackplan.fabrics.nvlink`. A net is one differential pair at a GPU. Where sources
differ about the installed housings, every reading is a row of its own.
"""

from __future__ import annotations

from rackplan.build import Plan
from rackplan.design import Domain
from rackplan.tables import Column, Result

_COLUMNS = {
    "system": Column("str", "", "system or node whose domain it is"),
    "domains": Column("int", "", "copies of the domain in the plan"),
    "reading": Column("str", "", "which reading of the sources gives the installed pins"),
    "links": Column("int", "", "NVLink links of one domain, all levels"),
    "nets": Column("int", "pair", "differential pairs at the GPUs of one domain"),
    "published_nets": Column("int", "pair", "pairs of one domain as a source counted them"),
    "signal_pins_per_face": Column("int", "pin", "pins with a signal on one connector face"),
    "installed_pins_per_face": Column("int", "pin", "pins installed on the compute face"),
    "installed_pins_all_faces": Column("int", "pin", "pins installed on all faces"),
    "pins_per_midplane_face": Column("int", "pin", "installed compute-face pins of one midplane"),
    "fill": Column("float", "", "nets over installed pairs of the compute face"),
}


def pins(plan: Plan) -> Result:
    """Wires and pins of every NVLink domain; one row a reading of the installed housings."""
    domains = [p.domain for p in plan.design.populations if p.domain is not None]
    rows = tuple(row for domain in domains for row in _rows(domain))
    notes = tuple(
        f"{domain.name}: {domain.size.assumption}" for domain in domains if domain.size.assumption
    )
    notes += tuple(
        f"{row['system']}: the formula gives {row['nets']:,} pairs, the source counted "
        f"{row['published_nets']:,}"
        for row in rows
        if row["published_nets"] not in (None, row["nets"])
    )
    return Result("pins", "NVLink wires and pins, for one domain", _COLUMNS, rows, notes)


def _rows(domain: Domain) -> list[dict[str, object]]:
    size = domain.size
    midplanes = domain.scale_up.midplanes.value
    per_face = size.installed_pins_per_face
    common: dict[str, object] = {
        "system": domain.name,
        "domains": domain.copies,
        "links": size.all_links,
        "nets": size.nets,
        "published_nets": size.published_pairs,
        "signal_pins_per_face": size.signal_pins_per_face if size.faces else None,
        "installed_pins_per_face": per_face,
        "pins_per_midplane_face": per_face // midplanes if per_face and midplanes else None,
        "fill": size.faces[0].fill if size.faces else None,
    }
    if not size.claims:
        return [common | {"reading": "no connector: links stay on the board",
                          "installed_pins_all_faces": None}]  # fmt: skip
    return [
        common | {"reading": claim.note, "installed_pins_all_faces": claim.pins}
        for claim in size.claims
    ]
