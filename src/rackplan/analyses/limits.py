"""Power against the limits of racks and site, with the margin that is left."""

from __future__ import annotations

from rackplan.build import Plan
from rackplan.resolve.limits import limit_rows
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
            "planned_w": row.planned_w,
            "kind": row.kind,
            "limit": row.limit,
            "limit_w": row.limit_w,
            "margin_w": row.limit_w - row.planned_w,
            "redundancy": row.redundancy,
            "at_least": row.at_least,
        }
        for row in limit_rows(plan.design)
    )
    return Result("limits", "Power against limits", _COLUMNS, rows)
