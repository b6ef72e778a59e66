"""Exports: one file a format, each with `write(plan, folder)`; they translate, never compute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rackplan.build import Plan
from rackplan.exports import (
    answers_csv,
    bom_csv,
    elevations,
    ib_topo,
    ibnetdiscover,
    labels,
    plan_tables,
    port_map,
    pull_list,
    schedule,
    summary_json,
    trunk_schedule,
)

EXPORTS: dict[str, Callable[[Plan, Path], None]] = {
    "summary": summary_json.write,
    "tables": plan_tables.write,
    "bom": bom_csv.write,
    "schedule": schedule.write,
    "port_map": port_map.write,
    "pull_list": pull_list.write,
    "labels": labels.write,
    "elevations": elevations.write,
    "trunk_schedule": trunk_schedule.write,
    "answers": answers_csv.write,
    "ibnetdiscover": ibnetdiscover.write,
    "ib_topo": ib_topo.write,
}
