"""What every topology shares: the keys of its spec, and the arrays that `wire()` returns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Model
from rackplan.wiring import IntArray

_RATIO = re.compile(r"([0-9]{1,4})\s*:\s*([0-9]{1,4})")


def _ratio(data: Any) -> Any:
    """A ratio of bandwidths from a number or from a text such as `3:1`."""
    if isinstance(data, Fraction):
        return data
    value: Fraction | None = None
    if isinstance(data, int) and not isinstance(data, bool):
        value = Fraction(data)
    elif isinstance(data, float) and 0 < data < 1e6:  # finite and sane
        value = Fraction(data).limit_denominator(1000)
    elif isinstance(data, str) and (found := _RATIO.fullmatch(data)) and int(found[2]):
        value = Fraction(int(found[1]), int(found[2]))
    if value is None or not Fraction(1, 100) <= value <= 100:
        raise PydanticCustomError(
            "RP103",
            "must be a ratio of down to up bandwidth from 1:100 to 100:1",
            {"hint": 'write 1, 2 or "3:1"'},
        )
    return value


Oversubscription = Annotated[
    Fraction,
    BeforeValidator(_ratio, json_schema_input_type=float | str),
    PlainSerializer(lambda ratio: f"{ratio.numerator}:{ratio.denominator}"),
]


class OpticsSpec(Model):
    """What carries the links; what is left out comes from the catalog entries."""

    switches: Literal["cpo", "pluggable"] | None = None
    """`cpo` or `pluggable` swaps the switch for its twin in the catalog."""
    host_module: str | None = None
    """Transceiver in the hosts' cages: an id in `optics/`."""
    switch_module: str | None = None
    """Transceiver in the switches' cages: an id in `optics/`."""
    cable: str | None = None
    """Fiber cord of all tiers: an id in `cables/`."""
    host_cable: str | None = None
    """Copper or active cable of the first hop; it takes the place of modules and cord."""
    switch_cable: str | None = None
    """Copper or active cable between switches; it takes the place of modules and cord."""


class FabricSpec(Model):
    """Keys that every topology has."""

    topology: str
    """The shape of the network; see the topologies below."""
    switch: str
    """An id in `switches/`, built in, in your catalog folder or under `hardware`."""
    role: str | None = None
    """The NICs that join it: a role of the nodes' NIC groups; the fabric's name when absent."""
    rails: Annotated[int, Field(ge=1, le=1024)] = 1
    """Ports of equal index in their node share leaves; 1 is a plain tree."""
    planes: Annotated[int, Field(ge=1, le=64)] = 1
    """Equal separate copies; each port of a node lies in one of them."""
    reserved_ports: Annotated[int, Field(ge=0, le=4096)] = 0
    """Ports of every leaf that stay free."""
    port_gbps: Annotated[float, Field(gt=0)] | None = None
    """Rate of every link; when absent, that of the NICs. [Gb/s]"""
    optics: OpticsSpec = OpticsSpec()
    """What carries the links, where it differs from the catalog."""


@dataclass(frozen=True)
class LinkBatch:
    """The links of one tier in one plane, one array element a link.

    `lower` of role `host` is the plan-wide node number and `lower_port` the node's port among
    its ports on the fabric, for plane 0; plane p is p further on. `lower` and `upper` of a
    switch role count the switches of that role in one plane.
    """

    tier: str
    lower_role: str
    lower: IntArray
    lower_port: IntArray
    upper_role: str
    upper: IntArray
    upper_port: IntArray
    rail: IntArray


@dataclass(frozen=True)
class SwitchColumns:
    """The switches of one role in one plane: their rail and their group, -1 where none."""

    role: str
    rail: IntArray
    group: IntArray


@dataclass(frozen=True)
class Wiring:
    """One plane of a fabric; the other planes are copies of it."""

    switches: tuple[SwitchColumns, ...]
    links: tuple[LinkBatch, ...]
    planes: int
