"""Design to Plan: every device, port, link, cable and module as rows of tables."""

from __future__ import annotations

from rackplan.audit import audit
from rackplan.build.cabling import wire_fabrics
from rackplan.build.hardware import lay_out
from rackplan.build.plan import Plan
from rackplan.design import Design

__all__ = ["Plan", "build"]


def build(design: Design) -> Plan:
    """Enumerate everything that the design counts.

    Raises:
        InfeasibleError: cables with fixed ends that do not suit the wiring (RP315).
        InvariantError: the tables and the design disagree: a bug.
    """
    layout = lay_out(design)
    wired, used = wire_fabrics(design, layout)
    tables = layout.tables(used) | wired
    return Plan(design, tables, audit(design, tables))
