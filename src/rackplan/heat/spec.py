"""The key `cooling` of a deployment: how the heat of the racks is carried away."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Model, Watts

Rise = Annotated[float, Field(gt=0, le=100)]
Redundancy = Literal["N", "N+1", "2N"]
LoopScope = Literal["hall", "row", "rack"]


class CoolingSpec(Model):
    """How the heat of the racks is carried away: by CDUs (coolant distribution units) and by air.

    `cooling: {}` takes the defaults.
    """

    cdu: str = "cdu-generic"
    """What drives the coolant through the racks: an id in `parts/`."""
    cdus: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """CDUs of each loop, spare ones included; when absent, as many as are needed."""
    redundancy: Redundancy = "N+1"
    """CDUs of a loop. `N`: none is spare. `N+1`: any one may fail. `2N`: half of them may."""
    loop: LoopScope = "hall"
    """Racks that share CDUs: those of a hall, those of a row, or each has its own. Racks that
    stand in no row share a loop in each hall."""
    coolant: Literal["water", "pg25"] = "pg25"
    """What flows through the racks: water, or water with 25 % of propylene glycol."""
    rise_c: Rise | None = None
    """How much warmer the coolant leaves a rack than it came; 10 when both this and `lpm_per_kw`
    are absent. [K]"""
    lpm_per_kw: Annotated[float, Field(gt=0, le=100)] | None = None
    """A rule for the flow instead of the rise, for example 1.5. [L/min for each kW]"""
    supply_c: Annotated[float, Field(ge=-50, le=100)] | None = None
    """Temperature of the coolant at the racks; when absent, what the CDU delivers. [C]"""
    air_rise_c: Rise = 15.0
    """How much warmer air leaves a rack than it came. [K]"""
    air_w: Watts | None = None
    """The most heat that the air of each hall removes. [W]"""
    air_cfm: Annotated[float, Field(gt=0, le=1e12)] | None = None
    """Air that each hall, or its containment, can supply. [CFM]"""
    liquid_w: Watts | None = None
    """The most heat that the facility water of each hall removes. [W]"""
    diversity: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the sum of the racks' heat that occurs at one time; it counts for loops of several
    racks and for halls, not for a single rack."""

    @model_validator(mode="after")
    def _agrees(self) -> CoolingSpec:
        if self.rise_c is not None and self.lpm_per_kw is not None:
            wrong = "'rise_c' and 'lpm_per_kw' contradict each other"
            raise PydanticCustomError(
                "RP110", "{wrong}", {"wrong": wrong, "hint": "keep one of them"}
            )
        return self
