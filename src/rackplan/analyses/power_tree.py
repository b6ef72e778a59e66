"""The power tree from utility to racks, equal elements folded into one row."""

from __future__ import annotations

from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.supply.columns import ELEMENTS
from rackplan.supply.tree import PowerTree
from rackplan.tables import Column, Result

_SHOWN = (
    "units", "racks", "capacity_w", "limit_w", "normal_w", "worst_w", "needed_w", "volts",
    "normal_a", "worst_a",
)  # fmt: skip
_COLUMNS = {
    "kind": ELEMENTS.columns["kind"],
    "first": Column("str", "", "name of the first of them"),
    "count": Column("int", "", "elements alike: same kind, rating and loads"),
    **{name: ELEMENTS.columns[name] for name in _SHOWN},
    "share": Column("float", "", "largest load over limit; above 1 is overloaded"),
    "medium": ELEMENTS.columns["medium"],
    "at_least": ELEMENTS.columns["at_least"],
}
_TITLE = "Power from the utility to the racks"
_REDUNDANCY = {
    "N": "N: one path feeds every rack; what fails takes its racks with it",
    "2N": "2N: two sides feed every rack; either takes over all of it",
    "N+1": "N+1: {} systems feed every rack; those that are left share the load of a lost one",
    "4-to-make-3": (
        "4-to-make-3: two of four systems feed every rack, all six pairs in turn; a lost system "
        "gives a third of its load to each of the others, so 75 % is the most they may carry"
    ),
}


def power_tree(plan: Plan) -> Result:
    """Load, limit and current of every element, in normal operation and with another failed."""
    tree = plan.power
    if tree is None:
        return Result("power_tree", _TITLE, _COLUMNS, (), ("the deployment has no key 'power'",))
    return Result("power_tree", _TITLE, _COLUMNS, tuple(_rows(tree)), tuple(_notes(tree)))


def _rows(tree: PowerTree) -> list[dict[str, Any]]:
    """One row a kind of equal elements, in order of the first of each."""
    table = tree.elements
    if not len(table):
        return []
    # Equal racks summed in another order may differ in the last digits: a milliwatt is equal.
    keys = np.stack([
        np.round(np.nan_to_num(table[name].astype(np.float64), nan=-1), 3)
        for name in ("kind", "medium", "at_least", *_SHOWN)
    ], axis=1)  # fmt: skip
    _, first, count = np.unique(keys, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    # As many rows as there are different elements, which are few.
    return [_row(tree, int(first[i]), int(count[i])) for i in order]


def _row(tree: PowerTree, at: int, count: int) -> dict[str, Any]:
    table = tree.elements
    shown = {name: _known(table[name][at]) for name in _SHOWN}
    limit, worst = shown["limit_w"], shown["worst_w"]
    return {
        "kind": table.words["kind"][table["kind"][at]],
        "first": tree.name(at),
        "count": count,
        **shown,
        "share": worst / limit if limit and worst is not None else None,
        "medium": table.words["medium"][table["medium"][at]],
        "at_least": bool(table["at_least"][at]),
    }


def _known(value: Any) -> Any:
    """A Python number, None where the table has nan."""
    number = value.item()
    return None if number != number else number  # noqa: PLR0124 - only nan differs from itself


def _notes(tree: PowerTree) -> list[str]:
    spec, table = tree.spec, tree.elements
    notes = [_REDUNDANCY[spec.redundancy].format(spec.systems)]
    notes.append("loads, ratings and currents are those of one unit: one feed, one shelf")
    if np.isnan(table["capacity_w"]).any():
        notes.append("where no rating is known, needed_w is the smallest that would do")
    unknown = int(tree.loads.unknown.sum())
    if unknown:
        notes.append(
            f"the power of {unknown:,} racks is not known in full: sums are at least those shown"
        )
    if spec.ups_efficiency is None or spec.pdu_efficiency is None:
        notes.append("losses of UPS or PDU are not counted: no efficiency is told")
    if spec.pue is None:
        notes.append("the utility carries no cooling: no PUE is told")
    if spec.diversity < 1:
        notes.append(f"from the PDU up, {100 * spec.diversity:g} % of the racks' power is counted")
    return notes
