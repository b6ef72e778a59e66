"""What a dragonfly is asked to be, and one plane of it in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from rackplan.groups import Given, GroupJoin, GroupSpec

Several: TypeAlias = Annotated[int, Field(ge=1, le=4096)] | None


class Spec(GroupSpec):
    """A dragonfly."""

    topology: Literal["dragonfly"]
    """`dragonfly`: fully meshed groups of routers, every two groups joined by global links."""
    hosts_per_router: Several = None
    """Host ports of a router (p). What is left out of p, a, h and g is chosen: the fewest routers
    with a = 2p and h = p, and a few more global ports where the groups cannot share them evenly."""
    routers_per_group: Several = None
    """Routers of a group (a), each joined to each."""
    local_links: Annotated[int, Field(ge=1, le=1024)] = 1
    """Parallel links between two routers of a group."""


def given(spec: Spec) -> Given:
    """What the deployment says of the shape, by key."""
    return {
        "hosts_per_router": spec.hosts_per_router,
        "routers_per_group": spec.routers_per_group,
        "global_ports": spec.global_ports,
        "groups": spec.groups,
    }


@dataclass(frozen=True)
class Shape:
    """One plane in numbers."""

    hosts: int
    """Host ports of a router."""
    routers: int
    """Routers of a group."""
    local_links: int
    join: GroupJoin
    first: int
    """First network port of a router."""

    @property
    def local_ports(self) -> int:
        """Local ports of a router."""
        return self.local_links * (self.routers - 1)

    @property
    def network_ports(self) -> int:
        """Local and global ports of a router."""
        return self.local_ports + self.join.each
