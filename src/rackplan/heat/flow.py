"""The flow that a deployment plans with: its coolant, and how much of it for each kilowatt."""

from __future__ import annotations

from dataclasses import dataclass

from rackplan.heat.formulas import COOLANTS, Coolant, lpm_per_kw, rise_c
from rackplan.heat.spec import CoolingSpec

USUAL_RISE_C = 10.0
"""Rise of the coolant when nobody tells one: that of OCP's 1.5 L/min for each kW. [K]"""


@dataclass(frozen=True)
class Flow:
    """A coolant, its flow for each kilowatt [L/min] and the rise of its temperature [K]."""

    coolant: Coolant
    lpm_per_kw: float
    rise_c: float


def flow_of(spec: CoolingSpec) -> Flow:
    """The rise that the deployment tells, or the one that its rule for the flow gives."""
    coolant = COOLANTS[spec.coolant]
    if spec.lpm_per_kw is not None:
        return Flow(coolant, spec.lpm_per_kw, rise_c(spec.lpm_per_kw, coolant))
    rise = USUAL_RISE_C if spec.rise_c is None else spec.rise_c
    return Flow(coolant, lpm_per_kw(rise, coolant), rise)
