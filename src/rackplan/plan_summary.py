"""The summary of a plan: the JSON that `rackplan plan --format json` prints.

`FORMAT_VERSION` follows semantic versioning: a new key raises the minor number, a changed or
removed one the major number.
"""

from __future__ import annotations

from typing import Any

from rackplan.analyses.bom import bom, total_usd
from rackplan.analyses.cabling import cabling
from rackplan.analyses.cooling import cooling
from rackplan.analyses.floor_load import floor_load
from rackplan.analyses.limits import limits
from rackplan.analyses.optics import exits, optics
from rackplan.analyses.phases import phases
from rackplan.analyses.pins import pins
from rackplan.analyses.placement import placement
from rackplan.analyses.power import power, total_power, unknown_power
from rackplan.analyses.power_tree import power_tree
from rackplan.analyses.trays import trays
from rackplan.analyses.trunks import trunks
from rackplan.build import Plan
from rackplan.design import Design, Domain, SizedFabric
from rackplan.tables import Result

FORMAT_VERSION = "2.1"


def summary(plan: Plan) -> dict[str, Any]:
    """Counts, power, pins, fabrics, bill of materials and findings as plain data."""
    drawn, material, carried = power(plan), bom(plan), optics(plan)
    design = plan.design
    return {
        "format_version": FORMAT_VERSION,
        "name": design.name,
        "title": design.title,
        "totals": {
            "gpus": design.gpus,
            "dies": design.dies,
            "nodes": design.nodes,
            "racks": len(plan.tables["racks"]),
            "switches": sum(fabric.switch_count for fabric in design.fabrics),
            "links": len(plan.tables["links"]),
            "cables": len(plan.tables["cables"]),
            "power_w": total_power(drawn),
            "power_unknown": unknown_power([dict(row) for row in drawn.rows]),
            "cost_usd": total_usd(material),
            "cost_is_complete": all(row["unit_usd"] is not None for row in material.rows),
        },
        "scale_up": _domains(design),
        "fabrics": {
            fabric.name: _fabric(fabric, row)
            for fabric, row in zip(design.fabrics, carried.rows, strict=True)
        },
        "power": _rows(drawn),
        "limits": _rows(limits(plan)),
        "pins": _rows(pins(plan)),
        "exits": _rows(exits(plan)),
        "floor": _floor(plan),
        "bom": _rows(material),
        "overrides": list(design.overrides),
        "claims": list(design.claims),
        "warnings": [problem.text for problem in design.warnings],
        "audit": [
            {"check": check.name, "expected": check.expected, "found": check.found}
            for check in plan.checks
        ],
    }


def _floor(plan: Plan) -> dict[str, Any] | None:
    """Racks, cables, feeds, cooling and weight; None without a floor."""
    if plan.placed is None:
        return None
    return {
        "racks": plan.tables["racks"].counts("purpose"),
        "cable_m": {"naive": round(plan.placed.gain.naive_m, 1),
                    "placed": round(plan.placed.gain.placed_m, 1)},
        "placement": _rows(placement(plan)),
        "cabling": _rows(cabling(plan)),
        "trunks": _rows(trunks(plan)),
        "trays": _rows(trays(plan)),
        "power_tree": _rows(power_tree(plan)),
        "cooling": _rows(cooling(plan)),
        "floor_load": _rows(floor_load(plan)),
        "phases": _rows(phases(plan)),
    }  # fmt: skip


def _rows(result: Result) -> list[dict[str, Any]]:
    return [{name: row.get(name) for name in result.columns} for row in result.rows]


def _domains(design: Design) -> dict[str, Any]:
    """NVLink domains by system or node, those of several populations together."""
    copies: dict[str, int] = {}
    sizes: dict[str, Domain] = {}
    for population in design.populations:
        domain = population.domain
        if domain is not None:
            copies[domain.name] = copies.get(domain.name, 0) + domain.copies
            sizes[domain.name] = domain
    return {name: _scale_up(sizes[name], count) for name, count in copies.items()}


def _scale_up(domain: Domain, copies: int) -> dict[str, Any]:
    """Totals over all domains; `per_domain` has the counts of one."""
    size = domain.size

    def times(count: int | None) -> int | None:
        return None if count is None else count * copies

    one = {
        "nets": size.nets,
        "signal_pins_per_face": size.signal_pins_per_face if size.faces else None,
        "installed_pins_per_face": size.installed_pins_per_face,
        "installed_pins_all_faces": size.installed_pins_all_faces,
    }
    return {
        "domains": copies,
        "gpus_per_domain": size.gpus,
        "links": times(size.all_links),
        "pairs": times(size.nets),
        "pins": {name: times(count) for name, count in one.items()},
        "per_domain": {
            "links": size.all_links,
            "links_by_level": size.links,
            "pairs": size.nets,
            "pairs_by_level": size.pairs,
            "chips": list(size.chips),
            "pins": one,
            "fill": {face.name: round(face.fill, 4) for face in size.faces},
            "published_pairs": size.published_pairs,
            "pgft": size.tree.notation() if size.tree else None,
        },
        "readings": [
            {"installed_pins_all_faces": claim.pins, "source": claim.source, "note": claim.note}
            for claim in size.claims
        ],
        "assumption": size.assumption or None,
    }


def _fabric(fabric: SizedFabric, row: Any) -> dict[str, Any]:
    size, bisection = fabric.size, fabric.bisection_tbps
    whole = 1.0
    for ratio in size.oversubscription.values():
        whole *= float(ratio)
    return {
        "topology": fabric.topology,
        "switch": ", ".join(fabric.types()),
        "switch_types": {key: count for key, (_, count) in fabric.types().items()},
        "tiers": size.tiers,
        "planes": size.planes,
        "rails": size.rails,
        "port_gbps": fabric.blocks[0].gbps,
        "gbps": {tier.name: tier.gbps for tier in size.links},
        "switches": size.switches(),
        "links": size.links_by_tier(),
        "bundles": {tier.name: tier.bundle for tier in size.links},
        "cables": row["cables"],
        "fibers": row["fibers"],
        "strands": row["strands"],
        "connectors": row["connectors"],
        "modules": {"host": row["host_modules"], "switch": row["switch_modules"]},
        "cages": {"host": row["host_cages"], "switch": row["switch_cages"]},
        "free_ports": row["free_ports"],
        "lasers": {"host": row["host_lasers"], "switch": row["switch_lasers"]},
        "oversubscription": round(whole, 4),
        "oversubscription_by_role": {
            role: round(float(ratio), 4) for role, ratio in size.oversubscription.items()
        },
        "injection_tbps": round(fabric.injection_tbps, 3),
        "bisection_tbps": None if bisection is None else round(bisection, 3),
        "notation": size.notation,
        "panels": {
            tier: {"part": panel.part.id, "count": count}
            for tier, (panel, count) in fabric.panels().items()
        },
        "reasons": dict(size.reasons),
    }
