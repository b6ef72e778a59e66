"""Heat by liquid and air, the flow that carries it, and the CDUs of every loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.heat.cooling import Cooling
from rackplan.heat.folding import folded, names_of, told, told_count
from rackplan.heat.formulas import OCP_LPM_PER_KW, OCP_LPM_PER_KW_RANGE
from rackplan.heat.problems import hall_name, loop_name
from rackplan.tables import Column, Result

_COLUMNS = {
    "scope": Column("str", "", "rack, loop (racks that share CDUs) or hall"),
    "name": Column("str", "", "kind of the racks; of loops alike, the first"),
    "count": Column("int", "", "racks, loops or halls alike; the numbers are those of one"),
    "racks": Column("int", "", "racks of one loop or hall"),
    "liquid_w": Column("float", "W", "heat to liquid; empty when unknown"),
    "air_w": Column("float", "W", "heat to air; empty when unknown"),
    "unsplit_w": Column("float", "W", "heat of known amount that takes one of the two ways"),
    "lpm": Column("float", "L/min", "flow of coolant"),
    "cfm": Column("float", "CFM", "flow of air"),
    "supply_c": Column("float", "C", "temperature of the coolant at the racks"),
    "return_c": Column("float", "C", "temperature of the coolant as it leaves the racks"),
    "cdus": Column("int", "", "CDUs, as declared, else as many as needed and spare"),
    "cdus_needed": Column("int", "", "CDUs that carry heat and flow, none spare"),
    "cdus_spare": Column("int", "", "CDUs beyond those that the redundancy wants"),
    "cdu_normal_w": Column("float", "W", "heat that one CDU carries when all run"),
    "cdu_failed_w": Column("float", "W", "the same after a failure: of one, at 2N of half of them"),
    "cdu_normal_lpm": Column("float", "L/min", "flow of one CDU when all run"),
    "cdu_failed_lpm": Column("float", "L/min", "the same after that failure"),
    "margin_w": Column("float", "W", "heat that could be added; after the failure, but for N"),
    "margin_lpm": Column("float", "L/min", "flow that could be added in the same case"),
    "at_least": Column("bool", "", "whether there may be more heat than is known"),
}
_TITLE = "Heat, flow and CDUs"
_REDUNDANCY = {
    "N": "N: no CDU is spare",
    "N+1": "N+1: in every loop any one CDU may fail",
    "2N": "2N: in every loop half of the CDUs may fail",
}


def cooling(plan: Plan) -> Result:
    """Heat and flow of every kind of rack, then the loops with their CDUs, then the halls."""
    heat = plan.cooling
    if heat is None:
        return Result("cooling", _TITLE, _COLUMNS, (), ("the deployment has no key 'cooling'",))
    return cooling_result(heat)


def cooling_result(heat: Cooling) -> Result:
    """The same from a cooling that is not part of a plan."""
    rows = [*_racks(heat), *_loops(heat), *_halls(heat)]
    return Result("cooling", _TITLE, _COLUMNS, tuple(rows), tuple(_notes(heat)))


def _row(scope: str, name: str, count: int, **known: Any) -> dict[str, Any]:
    row = dict.fromkeys(_COLUMNS) | {"scope": scope, "name": name, "count": count}
    return row | known


def _racks(heat: Cooling) -> Iterator[dict[str, Any]]:
    """One row a kind of rack: as many as there are kinds and fillings."""
    loads, at_least = heat.loads, heat.loads.liquid_open | heat.loads.air_open
    shown = {
        "liquid_w": heat.liquid_w,
        "air_w": heat.air_w,
        "unsplit_w": heat.unsplit_w,
        "lpm": heat.lpm,
        "cfm": heat.cfm,
        "return_c": heat.return_c,
    }
    for first, count in folded([*shown.values(), heat.loop >= 0, at_least], loads.kinds):
        yield _row(
            "rack",
            loads.kinds[first] or loads.names[first],
            count,
            **{name: told(column[first]) for name, column in shown.items()},
            supply_c=told(heat.supply_c) if heat.loop[first] >= 0 else None,
            at_least=bool(at_least[first]),
        )


def _loops(heat: Cooling) -> Iterator[dict[str, Any]]:
    """One row for loops alike, named after the first of them."""
    loops = heat.loops
    counts = {
        "racks": loops.racks, "cdus": loops.cdus, "cdus_needed": loops.needed,
        "cdus_spare": loops.spare,
    }  # fmt: skip
    shown = {
        "liquid_w": loops.heat_w,
        "lpm": loops.lpm,
        "cdu_normal_w": loops.normal_w,
        "cdu_failed_w": loops.failed_w,
        "cdu_normal_lpm": loops.normal_lpm,
        "cdu_failed_lpm": loops.failed_lpm,
        "margin_w": loops.margin_w,
        "margin_lpm": loops.margin_lpm,
    }
    returned = heat.supply_c + heat.flow.rise_c
    for first, count in folded([*counts.values(), *shown.values(), loops.at_least]):
        yield _row(
            "loop",
            loop_name(heat, first),
            count,
            **{name: told_count(column[first]) for name, column in counts.items()},
            **{name: told(column[first]) for name, column in shown.items()},
            supply_c=told(heat.supply_c),
            return_c=told(returned),
            at_least=bool(loops.at_least[first]),
        )


def _halls(heat: Cooling) -> Iterator[dict[str, Any]]:
    """One row a hall, CDUs included."""
    halls = heat.halls
    racks = np.bincount(heat.loads.hall, minlength=len(halls.names))
    for row, _ in enumerate(halls.names):
        yield _row(
            "hall",
            hall_name(halls.names, row),
            1,
            racks=int(racks[row]),
            liquid_w=told(halls.liquid_w[row]),
            air_w=told(halls.air_w[row]),
            unsplit_w=told(halls.unsplit_w[row]),
            cfm=told(halls.cfm[row]),
            cdus=told_count(halls.cdus[row]),
            at_least=bool(halls.liquid_at_least[row] | halls.air_at_least[row]),
        )


def _notes(heat: Cooling) -> Iterator[str]:
    spec, loads = heat.spec, heat.loads
    flow = heat.flow.lpm_per_kw
    yield _REDUNDANCY[spec.redundancy]
    yield (
        f"{heat.flow.coolant.name} takes {flow:.3f} L/min for each kW and leaves "
        f"{heat.flow.rise_c:.4g} K warmer"
    )
    low, high = OCP_LPM_PER_KW_RANGE
    if not low <= flow <= high:
        yield (
            f"OCP's guidelines for liquid cooling have {low:g} to {high:g} L/min for each kW, "
            f"usually {OCP_LPM_PER_KW:g}"
        )
    unknown = np.isnan(loads.power_w) | ~loads.liquid_known | ~loads.air_known
    if unknown.any():
        names = names_of(unknown, loads.kinds, loads.names)
        yield f"power is not known in full for {names}: sums are at least those shown"
    if (loads.undivided_w > 0).any():
        names = names_of(loads.undivided_w > 0, loads.kinds, loads.names)
        yield (
            f"nobody says how much of the heat leaves by liquid for {names}: it counts neither "
            "there nor for the air, and stands under unsplit_w"
        )
    yield from _cdu_notes(heat)
    if np.isnan(heat.supply_c) and len(heat.loops):
        yield "no temperatures: neither 'supply_c' nor the CDU tells one"
    if spec.diversity < 1:
        yield f"loops of several racks and halls count {100 * spec.diversity:g} % of their heat"


def _cdu_notes(heat: Cooling) -> Iterator[str]:
    """What is not known of the CDU, where there is any."""
    title, room = heat.cdu.title, heat.room
    if not len(heat.loops):
        return
    missing = [what for what, each in (("heat", room.heat_w), ("flow", room.lpm)) if np.isnan(each)]
    if missing:
        yield f"{title}: {' and '.join(missing)} that it carries are unknown and not tested"
    if np.isnan(room.power_w):
        yield f"{title}: its own power is unpublished and not counted"
    elif room.untold:
        yield f"{title}: nobody says which way its own heat leaves; it stands under unsplit_w"
