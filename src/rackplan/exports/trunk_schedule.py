"""`trunk_schedule.csv`: every trunk with racks, panels and positions at both ends."""

from __future__ import annotations

from pathlib import Path

from rackplan.analyses.trunks import schedule
from rackplan.build import Plan


def write(plan: Plan, folder: Path) -> None:
    """Write `trunk_schedule.csv`; nothing where the plan has no trunks."""
    result = schedule(plan)
    if result.rows:
        path = folder / "trunk_schedule.csv"
        result.frame().to_csv(path, index=False, lineterminator="\n")
