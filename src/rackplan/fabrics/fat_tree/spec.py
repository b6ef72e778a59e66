"""What a fat tree is asked to be, and one plane of it in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from rackplan.topology import FabricSpec, Oversubscription
from rackplan.wiring import Pgft


class Spec(FabricSpec):
    """A fat tree (folded Clos)."""

    topology: Literal["fat-tree"]
    """`fat-tree`: switches in one, two or three tiers (folded Clos)."""
    tiers: Literal[1, 2, 3] | None = None
    """Tiers of switches; when absent, as few as hold the end points."""
    oversubscription: Oversubscription = Fraction(1)
    """Down to up bandwidth of a leaf: `1`, `2`, `"3:1"`, `"16:15"`."""
    leaves_per_group: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Leaves that share a group of spines in three tiers; when absent, the cheapest."""


@dataclass(frozen=True)
class Shape:
    """One plane of the tree, in numbers; counts of switches and ports are for one plane."""

    tiers: int
    down: int
    """Host ports of a leaf."""
    up: int
    """Uplinks of a leaf."""
    leaves_per_rail: int
    group: int
    """Leaves of a group; all of them in two tiers."""
    groups: int
    spines: int
    """Spines of a group."""
    spine_up: int
    cores: int
    """Cores of a set."""

    @property
    def upper_switches(self) -> int:
        """Spines and cores of the plane."""
        return self.groups * self.spines + self.spines * self.cores

    @property
    def tree(self) -> Pgft:
        """The full tree that the plane is a part of."""
        children = (self.down, self.group, self.groups)[: self.tiers]
        bundles: list[tuple[int, ...]] = [(1,)]
        if self.tiers > 1:
            bundles.append((self.up // self.spines,) * self.spines)
        if self.tiers > 2:  # three tiers have a third level
            bundles.append((self.spine_up // self.cores,) * self.cores)
        return Pgft(children, tuple(bundles))
