"""What a HammingMesh is asked to be, and one plane of it in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from rackplan.catalog.base import Many
from rackplan.topology import FabricSpec

Pair: TypeAlias = Annotated[
    Many[Annotated[int, Field(ge=1, le=4096)]], Field(min_length=2, max_length=2)
]
NORTH, EAST, SOUTH, WEST = range(4)


class Spec(FabricSpec):
    """A HammingMesh."""

    topology: Literal["hamming-mesh"]
    """`hamming-mesh`: boards of meshed accelerators, joined by switches along rows and columns."""
    board: Pair = (2, 2)
    """Accelerators in a row and in a column of a board: `[2, 2]` is an Hx2Mesh."""
    boards: Pair | None = None
    """Boards in a row and in a column; when absent, the fewest switches among shapes at most twice
    as long as wide. Rows of boards that are not there yet have no switches yet."""
    lines_per_switch: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Lines that share a switch, where a line fits into one; when absent, as many as fit."""


@dataclass(frozen=True)
class Line:
    """What joins the boards of a row or column, for one row or column of accelerators."""

    ports: int
    """Two for each board that it is designed for."""
    shared: int
    """Lines that share a switch; 1 where a line has spines."""
    leaves: int = 1
    down: int = 0
    """Host ports of a leaf below spines."""
    up: int = 0
    """Uplinks of a leaf below spines."""
    spines: int = 0
    first: int = 0
    """First uplink of a leaf."""

    def switches(self, lines: int) -> int:
        """Switches of so many lines: leaves, or leaves and spines."""
        return lines * (self.leaves + self.spines) if self.spines else -(-lines // self.shared)


@dataclass(frozen=True)
class Lines:
    """The row lines or the column lines of one plane."""

    name: str
    """`row` or `column`."""
    line: Line
    counts: tuple[tuple[int, int], ...]
    """(lines, boards on each), in order; a partial last row of boards makes two kinds."""

    @property
    def lines(self) -> int:
        """All lines of the plane."""
        return sum(lines for lines, _ in self.counts)


@dataclass(frozen=True)
class Shape:
    """One plane in numbers."""

    board: tuple[int, int]
    """Accelerators in a row and in a column of a board."""
    boards: int
    """Boards that stand there."""
    across: int
    """Boards in a row."""
    whole: bool
    """Whether a host is a whole board."""
    rows: Lines
    columns: Lines
