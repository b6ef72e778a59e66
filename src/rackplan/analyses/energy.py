"""Energy: power of IT and facility, energy a year and its cost, by hall and in all."""

from __future__ import annotations

from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.supply.formulas import HOURS_PER_YEAR, energy_kwh
from rackplan.supply.tree import PowerTree
from rackplan.tables import Column, Result

_COLUMNS = {
    "scope": Column("str", "", "hall, or everything"),
    "racks": Column("int", "", "racks that count as IT"),
    "planned_w": Column("float", "W", "planned power of IT"),
    "average_w": Column("float", "W", "average power of IT over a year"),
    "facility_w": Column("float", "W", "planned power of IT x PUE; empty without a PUE"),
    "energy_kwh": Column("float", "kWh", "energy a year: average x PUE x 8,760 h"),
    "cost_usd": Column("float", "USD", "its cost a year; empty without a price"),
    "at_least": Column("bool", "", "whether the power of some rack is unknown"),
}
_TITLE = "Power and energy a year"


def energy(plan: Plan) -> Result:
    """Power and energy of every hall and of all; without a PUE, energy of IT alone."""
    tree = plan.power
    if tree is None:
        return Result("energy", _TITLE, _COLUMNS, (), ("the deployment has no key 'power'",))
    halls = np.unique(tree.loads.hall)
    rows = []
    if len(halls) > 1:  # as many rows as there are halls
        rows = [_row(tree, _hall_name(tree, int(hall)), tree.loads.hall == hall) for hall in halls]
    rows.append(_row(tree, "all", np.ones(len(tree.loads), dtype=np.bool_)))
    return Result("energy", _TITLE, _COLUMNS, tuple(rows), tuple(_notes(tree)))


def _hall_name(tree: PowerTree, hall: int) -> str:
    return tree.halls[hall] if hall < len(tree.halls) else f"hall {hall + 1}"


def _row(tree: PowerTree, scope: str, where: np.ndarray[Any, Any]) -> dict[str, Any]:
    loads, spec = tree.loads, tree.spec
    of = where & loads.it
    drawn = loads.drawn_w
    usual = np.where(np.isnan(loads.typical_w), drawn, loads.typical_w)
    planned, average = float(drawn[of].sum()), float(usual[of].sum()) * spec.utilization
    kwh = energy_kwh(average * (spec.pue or 1.0))
    return {
        "scope": scope,
        "racks": int(of.sum()),
        "planned_w": planned,
        "average_w": average,
        "facility_w": None if spec.pue is None else planned * spec.pue,
        "energy_kwh": kwh,
        "cost_usd": None if spec.usd_per_kwh is None else kwh * spec.usd_per_kwh,
        "at_least": bool(loads.unknown[of].any()),
    }


def _notes(tree: PowerTree) -> list[str]:
    loads, spec = tree.loads, tree.spec
    typical = int((~np.isnan(loads.typical_w) & loads.it).sum())
    average = (
        f"average: {100 * spec.utilization:g} % of the typical power of {typical:,} racks and of "
        f"the planned power of the other {int(loads.it.sum()) - typical:,}, over "
        f"{HOURS_PER_YEAR:,} h"
    )
    notes = [average]
    if spec.pue is None:
        notes.append(
            "energy is that of IT alone: no PUE is told, so cooling and losses are left out"
        )
    unknown = int((loads.unknown & loads.it).sum())
    if unknown:
        notes.append(
            f"the power of {unknown:,} racks is not known in full: sums are at least those shown"
        )
    return notes
