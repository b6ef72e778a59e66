"""The keys that all fat trees share."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Model
from rackplan.topology import FabricSpec, Oversubscription


class Ratios(Model):
    """Down to up bandwidth, tier by tier: `1`, `2`, `"3:1"`, `"16:15"`."""

    leaf: Oversubscription = Fraction(1)
    """Host bandwidth of a leaf over that of its uplinks."""
    spine: Oversubscription = Fraction(1)
    """The same of a spine, in three tiers and more."""
    core: Oversubscription = Fraction(1)
    """The same of a core, in four tiers."""


def _ratios(data: Any) -> Any:
    """One ratio alone is that of the leaves."""
    return data if isinstance(data, dict | Ratios) else {"leaf": data}


class TreeSpec(FabricSpec):
    """Keys of every fat tree."""

    tiers: Literal[1, 2, 3, 4] | None = None
    """Tiers of switches; when absent, as few as hold the end points."""
    oversubscription: Annotated[
        Ratios, BeforeValidator(_ratios, json_schema_input_type=float | str | Ratios)
    ] = Ratios()
    """Down to up bandwidth of a leaf, or of each tier: `2`, or `{leaf: 1, spine: "7:1"}`."""
    bundles: Literal["uniform", "spread"] = "uniform"
    """How the uplinks meet the top tier. `uniform`: as many from each switch below to each above,
    which may take more switches; `spread`: dealt in turn to the fewest that hold them."""
    reserved_ports: Annotated[int, Field(ge=0, le=4096)] = 0
    """Ports of every leaf that stay free."""
    backup_ports: Annotated[int, Field(ge=0, le=4096)] = 0
    """Host ports of every leaf for spare nodes: wired, but not counted in the ratio."""
    leaves_per_group: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Leaves of one rail that share a group of spines in three tiers and more; when absent, the
    cheapest."""
    sus_per_pod: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Scalable units whose leaves, of all rails, share a group of spines."""
    core_groups: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Sets of cores; a divisor of the spines of a group, which share out among them. When absent,
    every spine of a group has a set of its own."""

    @model_validator(mode="after")
    def _one_grouping(self) -> TreeSpec:
        if self.leaves_per_group is not None and self.sus_per_pod is not None:
            raise PydanticCustomError(
                "RP110",
                "'leaves_per_group' and 'sus_per_pod' contradict each other",
                {"hint": "keep one of them"},
            )
        return self
