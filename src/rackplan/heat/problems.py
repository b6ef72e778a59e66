"""What is not carried away: RP334 (racks), RP342 (CDUs) and RP343 (halls)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.errors import Path, Problem
from rackplan.heat.cooling import Cooling
from rackplan.heat.formulas import SLACK, Floats, Ints, cdus_needed, spare_cdus
from rackplan.units import show_power


def heat_problems(cooling: Cooling) -> list[Problem]:
    """All problems of a cooling: one a kind of rack and way out, one of CDUs, one a limit."""
    return [*_racks(cooling), *_cdus(cooling), *_halls(cooling)]


def _racks(cooling: Cooling) -> Iterator[Problem]:
    """RP334: racks that give off more by one way than their frame removes by it."""
    loads = cooling.loads
    ways = (
        ("liquid", cooling.liquid_w, loads.liquid_open, loads.max_liquid_w),
        ("air", cooling.air_w, loads.air_open, loads.max_air_w),
    )
    kinds = np.array(loads.kinds, dtype=object)
    for way, heat, open_ended, limit in ways:
        over = np.nan_to_num(heat) > np.nan_to_num(limit, nan=np.inf) * (1 + SLACK)
        for kind in dict.fromkeys(kinds[over].tolist()):  # as many as there are kinds of racks
            rows = np.flatnonzero(over & (kinds == kind))
            row = int(rows[np.argmax(heat[rows] - limit[rows])])
            given, most = float(heat[row]), float(limit[row])
            least = "at least " if open_ended[row] else ""
            what = f"{loads.names[row]} ({kind})" if kind else loads.names[row]
            message = (
                f"{what} gives {least}{show_power(given)} of heat to {way}, its frame removes "
                f"{show_power(most)} that way{_alike(len(rows) - 1, 'rack')}"
            )
            # Heat follows power, so the power that fits is in the same proportion.
            fits = _rounded(float(loads.power_w[row]) * most / given, np.floor)
            choose = f"choose a frame that removes {show_power(_rounded(given, np.ceil))} by {way}"
            hint = f"keep the rack at {show_power(fits)}, or {choose}" if fits else choose
            yield Problem("RP334", message, hint, loads.paths[row])


def _alike(others: int, what: str) -> str:
    """The end of a sentence that tells of the others."""
    return f" ({others:,} more {what}{'s' if others > 1 else ''} too)" if others > 0 else ""


def _rounded(watts: float, whole: np.ufunc) -> float:
    """Watts that still do once they are shown with two decimals; `whole` is a floor or ceiling."""
    scale = 1e4 if watts >= 1e6 else 10.0 if watts >= 1e3 else 1.0
    slack = SLACK if whole is np.floor else -SLACK
    return float(whole(watts / scale * (1 + slack)) * scale)


def _cdus(cooling: Cooling) -> Iterator[Problem]:
    """RP342: CDUs that do not carry their loop, normally or after the failure to plan for.

    Told for the worst loop; normally comes before after a failure.
    """
    loops, room, title = cooling.loops, cooling.room, cooling.cdu.title
    if not len(loops):
        return
    if room.none:
        message = f"{title} carries no heat of racks: its own takes all of its capacity"
        yield Problem("RP342", message, "name another 'cdu'", ("cooling", "cdu"))
        return
    if cooling.spec.cdus is None:
        return
    afterwards = cooling.spec.redundancy != "N"
    for running, when in ((loops.cdus, ""), (loops.left, _when(cooling))):
        if when and not afterwards:
            return
        heat, flow = (
            _shares(load, running, each)
            for load, each in ((loops.heat_w, room.heat_w), (loops.lpm, room.lpm))
        )
        worst = np.fmax(heat, flow)
        over = worst > 1 + SLACK
        if not over.any():
            continue
        row = int(np.argmax(np.where(over, worst, -1.0)))
        by_heat = not flow[row] > heat[row]
        verb = "carries" if loops.cdus[row] == 1 else "carry"
        carried = _carried(cooling, row, int(running[row]), by_heat=by_heat)
        message = (
            f"{int(loops.cdus[row]):,} x {title} of {loop_name(cooling, row)} "
            f"{verb} {carried}{when}{_alike(int(over.sum()) - 1, 'loop')}"
        )
        yield Problem("RP342", message, _cdu_hint(cooling), ("cooling", "cdus"))
        return


def _when(cooling: Cooling) -> str:
    one_side = cooling.spec.redundancy == "2N"
    return " when half of them fail" if one_side else " when one of them fails"


def _shares(load: Floats, running: Ints, each: float) -> Floats:
    """Load over what some CDUs carry; nan where nobody knows, infinite where none runs."""
    share = np.where(load > 0, np.inf, 0.0)
    if np.isnan(each):
        return np.full(len(load), np.nan)
    np.divide(load, running * each, out=share, where=running > 0)
    return share


def _carried(cooling: Cooling, row: int, running: int, *, by_heat: bool) -> str:
    """`1.20 MW of 1.30 MW of heat`: what the running CDUs carry, and the load of their loop."""
    loops, room = cooling.loops, cooling.room
    least = "at least " if loops.at_least[row] else ""
    if by_heat:
        load = show_power(float(loops.heat_w[row]))
        return f"{show_power(running * room.heat_w)} of {least}{load} of heat"
    return f"{running * room.lpm:,.0f} L/min of {least}{float(loops.lpm[row]):,.0f} L/min"


def _cdu_hint(cooling: Cooling) -> str:
    """The smallest number of CDUs that does for every loop."""
    loops, room, spec = cooling.loops, cooling.room, cooling.spec
    needed = cdus_needed(loops.heat_w, loops.lpm, room.heat_w, room.lpm)
    most = int((needed + spare_cdus(needed, spec.redundancy)).max())
    without = int(needed.max())
    hint = f"use 'cdus: {most}' or a larger CDU"
    enough = spec.cdus is not None and spec.cdus >= without
    return f"{hint}, or 'redundancy: N'" if enough else hint


def loop_name(cooling: Cooling, row: int) -> str:
    """What a loop is called: after its hall, row or rack."""
    loops, names = cooling.loops, cooling.halls.names
    hall = hall_name(names, int(loops.hall[row]))
    if cooling.spec.loop == "rack":
        return cooling.loads.names[int(loops.first[row])]
    if cooling.spec.loop == "hall":
        return hall
    number = int(loops.row[row])
    line = f"row {number + 1}" if number >= 0 else "the racks without a row"
    return f"{line} of {hall}" if len(names) > 1 else line


def hall_name(names: tuple[str, ...], number: int) -> str:
    """What a hall is called in a sentence."""
    return f"hall {names[number]}" if names[number] else "the hall"


def _halls(cooling: Cooling) -> Iterator[Problem]:
    """RP343: halls whose air or facility water does not take what racks and CDUs give to it."""
    halls, spec = cooling.halls, cooling.spec
    air, liquid = halls.air_at_least, halls.liquid_at_least
    tests = (
        ("air_w", spec.air_w, halls.air_w, air, "gives {} of heat to air, its air removes {}"),
        ("air_cfm", spec.air_cfm, halls.cfm, air, "needs {} of air, it gets {}"),
        (
            "liquid_w",
            spec.liquid_w,
            halls.liquid_w,
            liquid,
            "gives {} of heat to liquid, its facility water removes {}",
        ),
    )
    for key, limit, load, open_ended, sentence in tests:
        if limit is None or not (load > limit * (1 + SLACK)).any():
            continue
        row = int(load.argmax())
        given = ("at least " if open_ended[row] else "") + _shown(float(load[row]), key)
        told = sentence.format(given, _shown(limit, key))
        others = int((load > limit * (1 + SLACK)).sum()) - 1
        message = f"{hall_name(halls.names, row)} {told}{_alike(others, 'hall')}"
        path: Path = ("cooling", key)
        yield Problem("RP343", message, _hall_hint(key, float(load[row]), limit), path)


def _hall_hint(key: str, load: float, limit: float) -> str:
    """The limit that does, and how much of the racks fits below the one there is."""
    need = f"{np.ceil(load * (1 - SLACK)):.0f}"
    if key != "air_cfm":
        need = show_power(_rounded(load, np.ceil)).replace(",", "")
    share = int(100 * limit / load)
    fits = f", or put {share} % of it into the hall" if share >= 1 else ""
    return f"use '{key}: {need}' or more{fits}"


def _shown(value: float, key: str) -> str:
    return f"{value:,.0f} CFM" if key == "air_cfm" else show_power(value)
