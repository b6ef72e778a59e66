"""What a torus is asked to be, and one plane of it in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Many
from rackplan.topology import FabricSpec

Side = Annotated[int, Field(ge=2, le=1_000_000)]
BoardSide = Annotated[int, Field(ge=1, le=1_000_000)]


class Spec(FabricSpec):
    """A torus; without a `switch`, one of the hosts themselves."""

    topology: Literal["torus"]
    """`torus`: rings in every dimension, of routers or, without a switch, of the hosts."""
    shape: Annotated[Many[Side], Field(min_length=1, max_length=6)] | None = None
    """Nodes along every dimension; hosts without switches must fill it. When absent, sides as
    equal as they can be: three of routers, or half as many as ports of a host in a plane."""
    hosts_per_router: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Host ports of a router. When absent, as few as hold the hosts; where `shape` is absent too,
    the bandwidth of the network ports, or what the switch has left."""
    board: Annotated[Many[BoardSide], Field(min_length=1, max_length=6)] | None = None
    """Hosts without switches: the block of the torus that stands on one board; its sides divide
    those of the shape."""

    @model_validator(mode="after")
    def _one_kind(self) -> Spec:
        switches = self.switch is not None or bool(self.switch_by_role)
        wrong = ""
        if self.board and switches:
            wrong, hint = "'board' and 'switch' contradict each other", "keep one of them"
        elif self.hosts_per_router and not switches:
            wrong, hint = "'hosts_per_router' needs a 'switch'", "add one, or remove the key"
        elif self.board and self.shape and len(self.board) != len(self.shape):
            wrong = "'board' and 'shape' differ in the number of dimensions"
            hint = "give both as many numbers"
        if wrong:
            raise PydanticCustomError("RP110", "{wrong}", {"wrong": wrong, "hint": hint})
        return self


@dataclass(frozen=True)
class Shape:
    """One plane in numbers.

    Attributes:
        sides: nodes along every dimension.
        board: sides of a board.
        per_router: host ports of a router; 0 where the hosts themselves are the nodes.
        room: host ports that a router could have.
        first_port: the first network port of a router.
    """

    sides: tuple[int, ...]
    board: tuple[int, ...]
    per_router: int = 0
    room: int = 0
    first_port: int = 0

    @property
    def places(self) -> int:
        """Nodes of the torus."""
        return math.prod(self.sides)

    @property
    def network(self) -> int:
        """Network ports of a node."""
        return 2 * len(self.sides)

    @property
    def capacity(self) -> int:
        """Host ports of all routers."""
        return self.places * self.per_router

    @property
    def name(self) -> str:
        """The sides, as in `32x32`."""
        return "x".join(map(str, self.sides))

    def on_board(self, dimension: int) -> int:
        """Links of a dimension that run on boards; all where a board holds whole rings."""
        side, block = self.sides[dimension], self.board[dimension]
        return self.places if side == block else self.places - self.places // block
