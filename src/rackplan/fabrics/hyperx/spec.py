"""What a HyperX is asked to be, and one plane of it in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Many
from rackplan.topology import FabricSpec

Side = Annotated[int, Field(ge=2, le=4096)]
Width = Annotated[int, Field(ge=1, le=64)]


class Spec(FabricSpec):
    """A HyperX."""

    topology: Literal["hyperx"]
    """`hyperx`: routers on a lattice, every two of a line joined."""
    shape: Annotated[Many[Side], Field(min_length=1, max_length=8)] | None = None
    """Routers along every dimension. When absent, equal sides of one to four dimensions: the
    fewest routers that hold the hosts, among equals the fewest links."""
    width: Annotated[Many[Width], Field(min_length=1, max_length=8)] | None = None
    """Parallel links between two routers of a line, by dimension; 1 when absent."""
    hosts_per_router: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Host ports of a router. When absent, as many as the least side times width, so that hosts
    send at full rate to all others alike, or what the switch has left."""

    @model_validator(mode="after")
    def _same_dimensions(self) -> Spec:
        if self.shape and self.width and len(self.shape) != len(self.width):
            raise PydanticCustomError(
                "RP110",
                "'shape' and 'width' differ in the number of dimensions",
                {"hint": "give both as many numbers"},
            )
        return self


@dataclass(frozen=True)
class Shape:
    """One plane in numbers.

    Attributes:
        sides: S, routers along every dimension.
        widths: K, parallel links by dimension.
        per_router: T, host ports of a router.
        room: host ports that a router could have.
        first_port: the first network port of a router.
    """

    sides: tuple[int, ...]
    widths: tuple[int, ...]
    per_router: int = 1
    room: int = 0
    first_port: int = 0

    @property
    def routers(self) -> int:
        """P, the points of the lattice."""
        return math.prod(self.sides)

    @property
    def ports(self) -> list[int]:
        """Network ports of a router by dimension."""
        return [width * (side - 1) for side, width in zip(self.sides, self.widths, strict=True)]

    @property
    def network(self) -> int:
        """Network ports of a router."""
        return sum(self.ports)

    @property
    def narrowest(self) -> int:
        """The least K_i S_i; a quarter of it, for every router, are links across the middle."""
        return min(width * side for side, width in zip(self.sides, self.widths, strict=True))

    @property
    def capacity(self) -> int:
        """Host ports of all routers."""
        return self.routers * self.per_router

    @property
    def fits(self) -> bool:
        """Whether the switch has ports enough."""
        return self.per_router <= self.room

    @property
    def name(self) -> str:
        """The sides, as in `22x22`."""
        return "x".join(map(str, self.sides))

    @property
    def text(self) -> str:
        """The numbers that count, in words."""
        return (
            f"the shape {self.name}: {self.routers:,} routers x {self.per_router} = "
            f"{self.capacity:,} host ports in a plane"
        )
