"""The key `power` of a deployment: how racks are fed, and what must hold when a part fails."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Model, Watts

Share = Annotated[float, Field(gt=0, le=1)]
Group = Annotated[int, Field(ge=1, le=1_000_000)]
Redundancy = Literal["N", "N+1", "2N", "4-to-make-3"]

MOST_SYSTEMS = 8
"""The most systems of an N+1 supply: each has a feed of its own into every rack."""


class PowerSpec(Model):
    """How the racks are fed, from the utility down to their own feeds."""

    redundancy: Redundancy = "2N"
    """`N`: one path, nothing spare. `2N`: two sides, each of which can carry everything. `N+1`:
    every rack has a feed from each of several systems and can lose one. `4-to-make-3`: four
    systems, every rack on two of them, all six pairs in turn."""
    feeds: Annotated[int, Field(ge=1, le=48)] | None = None
    """Feeds (cords, whips) of a rack, spread evenly over its sides; when absent, one a side. At
    `N+1` also the number of systems, 3 when absent. A rack whose catalog entry tells its feeds
    keeps them."""
    voltage_v: Annotated[float, Field(gt=0, le=100_000)] = 415.0
    """Voltage of racks and PDUs: line to line where three-phase. A rack whose catalog entry names
    its input voltage keeps that. [V]"""
    phases: Literal[1, 3] = 3
    """Phases of a rack's feeds; of no meaning with direct current."""
    current: Literal["ac", "dc"] = "ac"
    """`dc` where the halls distribute direct current, for example at 800 V."""
    power_factor: Share = 0.95
    """Active over apparent power of the racks."""
    derate: Share = 0.8
    """Share of its rating that a breaker may carry for long: of rack feeds, PDUs and busways."""
    breaker_a: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Rating of the breaker of each feed of a rack. [A]"""
    pdu_w: Watts | None = None
    """Rating of one PDU or busway; when absent, the smallest that is needed is told. [W]"""
    ups_w: Watts | None = None
    """Rating of one UPS; when absent, the smallest that is needed is told. [W]"""
    utility_w: Watts | None = None
    """Rating of one utility path; when absent, the smallest that is needed is told. [W]"""
    rows_per_pdu: Group | None = None
    """Rows of racks on one PDU or busway a side; 1 when both this and `racks_per_pdu` are absent.
    Racks that stand in no row share one a hall."""
    racks_per_pdu: Group | None = None
    """Racks on one PDU or busway a side, in order of row and position."""
    pdus_per_ups: Group | None = None
    """PDUs or busways on one UPS; all of a hall and side when absent."""
    utility_per: Literal["plan", "hall"] = "plan"
    """`hall` where halls have utility paths of their own, as different sites have."""
    diversity: Share = 1.0
    """Share of the sum of the racks' power that occurs at one time; it counts from the PDU up."""
    headroom: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of every declared rating that is kept free, for example 0.1 for growth."""
    ups_efficiency: Share | None = None
    """Output over input of a UPS; no loss is counted when absent."""
    pdu_efficiency: Share | None = None
    """Output over input of PDU and busway; no loss is counted when absent."""
    pue: Annotated[float, Field(ge=1, le=10)] | None = None
    """Power of the facility over that of IT; the utility carries IT times this. Without it, the
    utility carries what the UPS take, and cooling is left out."""
    utilization: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Average over a year of the racks' power, as a share of their typical power, or of the
    planned one where no typical power is published."""
    usd_per_kwh: Annotated[float, Field(ge=0, le=1000)] | None = None
    """Price of energy. [USD/kWh]"""

    @property
    def systems(self) -> int:
        """Sides or systems that feed the plan."""
        several = self.feeds if self.feeds is not None else 3
        return {"N": 1, "2N": 2, "N+1": several, "4-to-make-3": 4}[self.redundancy]

    @property
    def sides_per_rack(self) -> int:
        """How many of them feed one rack."""
        return 2 if self.redundancy == "4-to-make-3" else self.systems

    @property
    def feeds_per_rack(self) -> int:
        """Feeds of a rack whose catalog entry does not tell them."""
        return self.feeds if self.feeds is not None else self.sides_per_rack

    @model_validator(mode="after")
    def _agrees(self) -> PowerSpec:
        wrong, hint = self._contradiction()
        if wrong:
            raise PydanticCustomError("RP110", "{wrong}", {"wrong": wrong, "hint": hint})
        return self

    def _contradiction(self) -> tuple[str, str]:
        """What contradicts itself, and what to do; two empty texts when nothing does."""
        feeds = self.feeds_per_rack
        if self.rows_per_pdu is not None and self.racks_per_pdu is not None:
            return "'rows_per_pdu' and 'racks_per_pdu' contradict each other", "keep one of them"
        if self.redundancy == "N+1" and not 2 <= feeds <= MOST_SYSTEMS:
            return f"N+1 cannot have {feeds} systems", f"use 'feeds' from 2 to {MOST_SYSTEMS}"
        if feeds % self.sides_per_rack:
            wrong = f"{self.redundancy} cannot spread {feeds} feeds over two sides of a rack"
            return wrong, f"use 'feeds: {feeds + 1}'"
        losses = 1 / ((self.ups_efficiency or 1) * (self.pdu_efficiency or 1))
        if self.pue is not None and self.pue < losses - 1e-9:
            wrong = f"'pue' is {self.pue:g}, but UPS and PDU alone make {losses:.4g}"
            return wrong, "correct 'pue' or the efficiencies"
        return "", ""
