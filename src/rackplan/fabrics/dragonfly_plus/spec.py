"""What a dragonfly+ is asked to be, and one plane of it in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from rackplan.groups import Given, GroupJoin, GroupSpec

Several: TypeAlias = Annotated[int, Field(ge=1, le=4096)] | None


class Spec(GroupSpec):
    """A dragonfly+."""

    topology: Literal["dragonfly-plus"]
    """`dragonfly-plus`: groups of leaves and spines, every two groups joined by their spines
    (Megafly)."""
    hosts_per_leaf: Several = None
    """Host ports of a leaf (p). What is left out of the shape is chosen: the fewest switches whose
    leaves and groups have no more host than network bandwidth."""
    leaves_per_group: Several = None
    """Leaves of a group (l)."""
    spines_per_group: Several = None
    """Spines of a group (s), each joined to each leaf of it."""
    local_links: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Parallel links from a leaf to a spine of its group (b)."""


def given(spec: Spec) -> Given:
    """What the deployment says of the shape, by key."""
    return {
        "hosts_per_leaf": spec.hosts_per_leaf,
        "leaves_per_group": spec.leaves_per_group,
        "spines_per_group": spec.spines_per_group,
        "local_links": spec.local_links,
        "global_ports": spec.global_ports,
        "groups": spec.groups,
    }


@dataclass(frozen=True)
class Shape:
    """One plane in numbers."""

    hosts: int
    """Host ports of a leaf."""
    leaves: int
    """Leaves of a group."""
    local_links: int
    """Links from a leaf to a spine of its group."""
    join: GroupJoin
    """How the spines join the groups."""
    first: int
    """First uplink of a leaf."""

    @property
    def uplinks(self) -> int:
        """Uplinks of a leaf."""
        return self.local_links * self.join.members

    @property
    def down(self) -> int:
        """Ports of a spine to leaves."""
        return self.local_links * self.leaves
