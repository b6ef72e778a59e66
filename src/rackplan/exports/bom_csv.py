"""`bom.csv`: the bill of materials, one row an orderable thing."""

from __future__ import annotations

from pathlib import Path

from rackplan.analyses.bom import bom
from rackplan.build import Plan


def write(plan: Plan, folder: Path) -> None:
    """Write `bom.csv`."""
    bom(plan).frame().to_csv(folder / "bom.csv", index=False, lineterminator="\n")
