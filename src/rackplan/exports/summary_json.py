"""`summary.json`: the summary as `rackplan plan --format json` prints it."""

from __future__ import annotations

import json
from pathlib import Path

from rackplan.build import Plan
from rackplan.plan_summary import summary


def write(plan: Plan, folder: Path) -> None:
    """Write `summary.json`."""
    (folder / "summary.json").write_text(summary_text(plan), encoding="utf-8")


def summary_text(plan: Plan) -> str:
    """The summary as JSON text with a line end."""
    return json.dumps(summary(plan), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
