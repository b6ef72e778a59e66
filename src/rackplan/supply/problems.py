"""What a power tree cannot carry: RP340, RP341, RP348, and RP331 for slips of a unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rackplan.errors import Path, Problem, Severity
from rackplan.supply.loads import Bools, Floats, Ints
from rackplan.supply.tree import PowerTree
from rackplan.units import show_power

SLACK = 1e-9
"""Share by which a load may exceed a limit through rounding alone."""
_KEYS = {"utility": "utility_w", "UPS": "ups_w", "PDU": "pdu_w"}


def power_problems(tree: PowerTree) -> list[Problem]:
    """All problems of a tree: one a kind of element and rule, told for the worst element."""
    found = [problem for kind in (*_KEYS, "sidecar") for problem in _overloads(tree, kind)]
    return [*found, *_feeds(tree), *_shelves(tree), *_bus_bars(tree)]


def implausible(
    watts: float, what: str, low: float, high: float, path: Path = ()
) -> Problem | None:
    """RP331, where a declared power lies outside of what such a thing can draw.

    Args:
        watts: the declared power. [W]
        what: what draws it, for example `a rack`.
        low: the least that is plausible. [W]
        high: the most that is plausible. [W]
        path: where it is declared.
    """
    if low <= watts <= high:
        return None
    meant = [watts * scale for scale in (1e3, 1e-3, 1e6, 1e-6) if low <= watts * scale <= high]
    band = f"expected is {show_power(low)} to {show_power(high)}"
    hint = f"did you mean {_plain(meant[0])}?" if meant else "check number and unit"
    message = f"{_plain(watts)} is implausible for {what}: {band}"
    return Problem("RP331", message, hint, path, severity="warning")


def _plain(watts: float) -> str:
    """Watts as a person would have written them: `132 kW` and not `132.0 kW`."""
    for scale, unit in ((1e9, "GW"), (1e6, "MW"), (1e3, "kW")):
        if abs(watts) >= scale:
            return f"{watts / scale:g} {unit}"
    return f"{watts:g} W"


@dataclass(frozen=True)
class _Finding:
    """Elements over their limit: the worst of them, and how many there are."""

    row: int
    others: int

    @property
    def alike(self) -> str:
        """The end of a sentence that tells of the others."""
        if not self.others:
            return ""
        return f" ({self.others:,} more {'is' if self.others == 1 else 'are'} overloaded)"


def _worst(rows: Ints, load: Floats, limit: Floats, where: Bools | None = None) -> _Finding | None:
    """The row with the highest load over limit among those over it; None where there is none."""
    over = load > limit * (1 + SLACK)
    if where is not None:
        over &= where
    if not over.any():
        return None
    share = np.where(over, load / np.maximum(limit, 1e-9), -1.0)
    return _Finding(int(rows[share.argmax()]), int(over.sum()) - 1)


def _overloads(tree: PowerTree, kind: str) -> Iterator[Problem]:
    """RP341 and RP340 of one kind: overloaded always, or when another part fails."""
    rows, table = tree.rows(kind), tree.elements
    limit, normal, worst = (table[name][rows] for name in ("limit_w", "normal_w", "worst_w"))
    always = _worst(rows, normal, limit)
    if always is not None:
        row = always.row
        message = f"{tree.name(row)} carries {_held(tree, row, normal=True)}{always.alike}"
        yield Problem("RP341", message, _hint(tree, kind, row), _path(kind))
    failing = _worst(rows, worst, limit, normal <= limit * (1 + SLACK))
    if failing is not None:
        row = failing.row
        cause = tree.name(int(table["worst_failed"][row]))
        usual = show_power(float(table["normal_w"][row]))
        held = _held(tree, row, normal=False)
        message = f"{tree.name(row)} carries {held} when {cause} fails; normally {usual}"
        yield Problem("RP340", message + failing.alike, _hint(tree, kind, row), _path(kind))


def _held(tree: PowerTree, row: int, *, normal: bool) -> str:
    """`at least 412.0 kW of 400.0 kW (80 % of 500.0 kW)`."""
    table = tree.elements
    load = float(table["normal_w" if normal else "worst_w"][row])
    limit, capacity = float(table["limit_w"][row]), float(table["capacity_w"][row])
    least = "at least " if table["at_least"][row] else ""
    share = limit / capacity
    part = "" if abs(share - 1) < SLACK else f" ({100 * share:.4g} % of {show_power(capacity)})"
    shown = show_power(load), show_power(limit)
    if shown[0] == shown[1]:  # too near for three digits
        shown = f"{load / 1e3:,.1f} kW", f"{limit / 1e3:,.1f} kW"
    return f"{least}{shown[0]} of {shown[1]}{part}"


def _hint(tree: PowerTree, kind: str, row: int) -> str:
    """The smallest rating that does, or how much of what hangs on the element fits."""
    table = tree.elements
    need = show_power(_rounded_up(float(table["needed_w"][_neediest(tree, kind)])))
    limit, worst = float(table["limit_w"][row]), float(table["worst_w"][row])
    racks = int(table["racks"][row])
    heaviest = float(tree.loads.drawn_w.max(initial=0.0))
    fit = int(racks * limit / worst)
    if heaviest:  # racks differ: as many of the heaviest ones always fit
        fit = min(fit, int(limit / heaviest))
    if kind == "sidecar":
        return f"put at most {fit} of its {racks} racks on it" if fit else f"it takes one of {need}"
    key = _KEYS[kind]
    if not fit:
        return f"use '{key}: {need}' or more"
    if tree.spec.redundancy == "4-to-make-3" or kind != "PDU":
        return f"use '{key}: {need}' or more, or put at most {fit:,} of its {racks:,} racks on it"
    instead = " in place of 'rows_per_pdu'" if tree.spec.rows_per_pdu is not None else ""
    return f"use '{key}: {need}' or more, or 'racks_per_pdu: {fit}'{instead} (now {racks:,})"


def _neediest(tree: PowerTree, kind: str) -> int:
    """The row of a kind that needs the highest rating."""
    rows = tree.rows(kind)
    return int(rows[tree.elements["needed_w"][rows].argmax()])


def _rounded_up(watts: float) -> float:
    """A rating that still does once it is shown with two decimals."""
    scale = 1e4 if watts >= 1e6 else 10.0 if watts >= 1e3 else 1.0
    return float(np.ceil(watts / scale - SLACK) * scale)


def _feeds(tree: PowerTree) -> Iterator[Problem]:
    """RP348: the current of a feed against its breaker, with another side lost if that is worse."""
    rated = tree.spec.breaker_a
    rows, table = tree.rows("feed"), tree.elements
    if rated is None:
        return
    allowed = rated * tree.spec.derate * (1 - tree.spec.headroom)
    worst = _worst(rows, table["worst_a"][rows], np.full(len(rows), allowed))
    if worst is None:
        return
    row = worst.row
    amps, usual = float(table["worst_a"][row]), float(table["normal_a"][row])
    failed = int(table["worst_failed"][row])
    when = f" when {tree.name(failed)} fails; normally {usual:,.1f} A" if failed >= 0 else ""
    least = "at least " if table["at_least"][row] else ""
    units = int(table["units"][row])
    each = "" if units == 1 else f"each of {units} cords of "
    part = f"{100 * allowed / rated:.4g} % of {rated:g} A"
    message = (
        f"{each}{tree.name(row)} carries {least}{amps:,.1f} A of {allowed:,.1f} A ({part}) at "
        f"{float(table['volts'][row]):g} V{when}{worst.alike}"
    )
    need = np.ceil(10 * amps * rated / allowed - SLACK) / 10
    feeds = int(np.ceil(units * amps / allowed - SLACK)) * tree.spec.sides_per_rack
    more = "" if tree.spec.redundancy == "N+1" else f", or 'feeds: {feeds}'"
    hint = f"use 'breaker_a: {need:g}' or more{more}"
    yield Problem("RP348", message, hint, _path("feed"))


def _shelves(tree: PowerTree) -> Iterator[Problem]:
    """RP340 of power shelves that survive the loss of a shelf but not that of a side.

    Shelves whose own redundancy is lost are told by RP309, and not a second time.
    """
    rows, table = tree.rows("shelf"), tree.elements
    rack = table["rack"][rows]
    whole = table["normal_w"][rows] * table["units"][rows]
    side = np.isin(table["worst_failed"][rows], tree.rows("feed"))
    good = side & (whole <= tree.loads.shelves_redundant_w[rack] * (1 + SLACK))
    worst = _worst(rows, table["worst_w"][rows], table["limit_w"][rows], good)
    if worst is None:
        return
    row = worst.row
    cause = tree.name(int(table["worst_failed"][row]))
    usual = show_power(float(table["normal_w"][row]))
    message = (
        f"{tree.name(row)} carries {_held(tree, row, normal=False)} when {cause} fails and takes "
        f"its share of the {int(table['units'][row])} shelves; normally {usual}{worst.alike}"
    )
    hint = "use more shelves, cap the power, or feed every shelf from all sides"
    yield Problem("RP340", message, hint, _path("shelf"), severity="warning")


def _bus_bars(tree: PowerTree) -> Iterator[Problem]:
    """RP348 of bus bars: a warning, as the catalog and not the deployment rates them."""
    rows, table = tree.rows("rack"), tree.elements
    limit = tree.loads.bus_a[table["rack"][rows]]
    amps = np.where(tree.loads.bus_v[table["rack"][rows]] > 0, table["normal_a"][rows], 0.0)
    worst = _worst(rows, amps, limit)
    if worst is None:
        return
    row = worst.row
    rack = int(table["rack"][row])
    least = "at least " if table["at_least"][row] else ""
    most = float(tree.loads.bus_a[rack] * tree.loads.bus_v[rack])
    message = (
        f"the bus bar of {tree.loads.names[rack]} carries {least}"
        f"{float(table['normal_a'][row]):,.0f} A of {float(tree.loads.bus_a[rack]):,.0f} A at "
        f"{float(tree.loads.bus_v[rack]):g} V{worst.alike}"
    )
    hint = f"keep the rack at {show_power(most)}, or use a stronger bus bar"
    warning: Severity = "warning"
    yield Problem("RP348", message, hint, _path("rack"), severity=warning)


def _path(kind: str) -> Path:
    """Where the deployment declares what limits a kind."""
    key = {**_KEYS, "feed": "breaker_a"}.get(kind)
    return ("power",) if key is None else ("power", key)
