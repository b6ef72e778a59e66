"""The point-to-point cable schedule, made once a plan for every export and page."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from rackplan.build import Plan
from rackplan.schedule.columns import COLUMNS, Schedule, build_schedule

__all__ = ["COLUMNS", "WORKBOOK_ROWS", "Schedule", "notes", "schedule"]

WORKBOOK_ROWS = 100_000
"""Rows that a workbook may have: half a minute to write, and the most that people still scroll."""

_MADE: WeakKeyDictionary[Plan, Schedule] = WeakKeyDictionary()


def schedule(plan: Plan) -> Schedule:
    """The cable schedule of a plan; the same object when asked again.

    Raises:
        InputError: names or labels that are equal (RP347), labels that a spreadsheet would
            compute (RP353).
    """
    if plan not in _MADE:
        _MADE[plan] = build_schedule(plan)
    return _MADE[plan]


def notes(plan: Plan) -> tuple[str, ...]:
    """What a reader of the schedule's files must know, one sentence each."""
    found = schedule(plan)
    told = []
    if len(found.rows) > WORKBOOK_ROWS:
        told.append(
            f"{len(found.rows):,} rows: the workbook ends at {WORKBOOK_ROWS:,}; "
            "use schedule.csv or schedule.parquet"
        )
    if plan.placed is None:
        told.append("nothing is placed: rows, units and lengths need the key 'floor'")
    return tuple(told)
