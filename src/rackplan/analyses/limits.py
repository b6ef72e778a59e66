"""Power against the limits of racks and site, with the margin that is left."""

from __future__ import annotations

import numpy as np

from rackplan.build import Plan
from rackplan.resolve.limits import LimitRow, limit_rows
from rackplan.tables import Column, Result

_COLUMNS = {
    "what": Column("str", "", "what draws the power"),
    "planned_w": Column("float", "W", "power that is held against the limit"),
    "kind": Column("str", "", "which power that is: provisioned, else peak, TDP, typical"),
    "limit": Column("str", "", "what gives the limit"),
    "limit_w": Column("float", "W", "the limit"),
    "margin_w": Column("float", "W", "what is left; negative when redundancy is lost"),
    "redundancy": Column("bool", "", "whether the limit is what is left without spare supplies"),
    "at_least": Column("bool", "", "whether part of the power is unpublished"),
}


def limits(plan: Plan) -> Result:
    """Every known limit; those that are exceeded for good never reach a plan."""
    rows = tuple(
        {
            "what": row.what,
            "planned_w": _placed_w(plan, row),
            "kind": row.kind,
            "limit": row.limit,
            "limit_w": row.limit_w,
            "margin_w": row.limit_w - _placed_w(plan, row),
            "redundancy": row.redundancy,
            "at_least": row.at_least or not _is_whole(plan, row),
        }
        for row in limit_rows(plan.design)
    )
    return Result("limits", "Power against limits", _COLUMNS, rows)


def _placed_w(plan: Plan, row: LimitRow) -> float:
    """Power held against a limit; that of the site with CDUs and what is known in part. [W]"""
    if plan.facility is None or row.path != ("site", "power_w"):
        return row.planned_w
    return float(np.nansum(plan.facility.watts))


def _is_whole(plan: Plan, row: LimitRow) -> bool:
    """Whether the power held against the site's limit is all there is."""
    if plan.facility is None or row.path != ("site", "power_w"):
        return True
    return bool(plan.facility.complete.all())
