"""Analyses: one file a question, each a function from a Plan to a small table."""

from __future__ import annotations

from collections.abc import Callable

from rackplan.analyses.across import across
from rackplan.analyses.bisection import bisection
from rackplan.analyses.bom import bom
from rackplan.analyses.cabling import cabling
from rackplan.analyses.cooling import cooling
from rackplan.analyses.energy import energy
from rackplan.analyses.failover import failover
from rackplan.analyses.failures import failures
from rackplan.analyses.floor_load import floor_load
from rackplan.analyses.limits import limits
from rackplan.analyses.loads import loads
from rackplan.analyses.optics import exits, optics
from rackplan.analyses.paths import paths
from rackplan.analyses.phases import phases
from rackplan.analyses.pins import pins
from rackplan.analyses.placement import placement
from rackplan.analyses.power import power
from rackplan.analyses.power_tree import power_tree
from rackplan.analyses.routing import routing
from rackplan.analyses.shifts import shifts
from rackplan.analyses.stranded import stranded
from rackplan.analyses.throughput import throughput
from rackplan.analyses.trays import trays
from rackplan.analyses.trunks import trunks
from rackplan.build import Plan
from rackplan.tables import Result

ANALYSES: dict[str, Callable[[Plan], Result]] = {
    "power": power,
    "limits": limits,
    "power_tree": power_tree,
    "failover": failover,
    "energy": energy,
    "cooling": cooling,
    "floor_load": floor_load,
    "pins": pins,
    "optics": optics,
    "exits": exits,
    "across": across,
    "paths": paths,
    "bisection": bisection,
    "throughput": throughput,
    "shifts": shifts,
    "routing": routing,
    "loads": loads,
    "failures": failures,
    "stranded": stranded,
    "placement": placement,
    "cabling": cabling,
    "trays": trays,
    "trunks": trunks,
    "phases": phases,
    "bom": bom,
}
