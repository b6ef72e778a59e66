"""What dragonflies of all kinds share: groups of routers that are all joined to all.

First how the global links lie, then how what the deployment leaves open is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rackplan.errors import InfeasibleError, Problem
from rackplan.topology import FabricSpec
from rackplan.wiring import IntArray

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Ways: TypeAlias = Mapping[str, IntArray]
"""Ways to build a fabric, one a row, by the keys of its spec."""
Given: TypeAlias = Mapping[str, int | None]
"""What the deployment says of the keys of a fabric's shape; None where it leaves one open."""

FULL = 20 / 19
"""Host to network bandwidth that still counts as full: links come in whole numbers."""


class GroupSpec(FabricSpec):
    """Keys of a topology of groups that are all joined to all."""

    global_ports: Annotated[int, Field(ge=0, le=4096)] | None = None
    """Ports of a router, or of a spine, towards other groups (h)."""
    groups: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Groups (g), at most one more than a group has global ports; when absent, as few as hold the
    end points."""
    leftover: Literal["dark", "wired"] = "dark"
    """What becomes of global ports that do not go round all other groups: `dark` leaves them free,
    `wired` joins some pairs of groups by one link more."""

    @property
    def is_alone(self) -> bool:
        """Whether there is to be one group only, without a port for others."""
        return self.groups == 1 or self.global_ports == 0


@dataclass(frozen=True)
class GroupJoin:
    """Equal groups of routers, all joined to all, as in a dragonfly.

    The global ports in use of a group are its slots, numbered from 0. Slot s of group i leads to
    group `(i + step(s)) mod groups`: the steps 1, 2, ... groups - 1 in turn, again and again
    (the relative arrangement), then those of the ports that are left over, where they are wired.
    The slots are dealt to the members in order, so that no member has two more than another.
    Of an odd number of left-over ports among an odd number of groups, one in each stays dark.

    Reference: E. Hastings, D. Rincon-Cruz, M. Spehlmann, S. Meyers, A. Xu, D. P. Bunde,
    V. J. Leung, "Comparing Global Link Arrangements for Dragonfly Networks", IEEE CLUSTER 2015.

    Attributes:
        groups: how many.
        members: routers of a group that have global ports.
        each: global ports of a member.
        wired: whether ports that do not go round all other groups are joined too, by a
            circulant: group i to i + 1, i + 2, ... and to the opposite one.
    """

    groups: int
    members: int
    each: int
    wired: bool

    @property
    def ports(self) -> int:
        """Global ports of a group."""
        return self.members * self.each

    @property
    def per_pair(self) -> int:
        """Links between any two groups, not counting those of left-over ports."""
        return self.ports // (self.groups - 1) if self.groups > 1 else 0

    @property
    def used(self) -> int:
        """Global ports of a group that carry a link."""
        return int(ports_joined(np.array(self.groups), np.array(self.ports), wired=self.wired))

    @property
    def extra(self) -> int:
        """Left-over ports of a group that carry a link."""
        return self.used - self.per_pair * (self.groups - 1)

    @property
    def dark(self) -> int:
        """Global ports of a group that carry none."""
        return self.ports - self.used

    @property
    def links(self) -> int:
        """Global links between all groups."""
        return self.groups * self.used // 2

    def heavier(self, members: int) -> int:
        """How many of the first members, counted over all groups, have a link more than others."""
        groups, rest = divmod(members, self.members)
        least, more = divmod(self.used, self.members)
        return groups * more - (-rest * self.used // self.members) - rest * least

    def widest(self) -> int:
        """Most parallel links between two members; found over the slots of one group."""
        step, partner, owner, _ = self._slots()
        pair = (step * self.members + owner) * self.members + owner[partner]
        return int(np.unique(pair, return_counts=True)[1].max())

    def wires(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Lower member, its global port, upper member, its global port; one element a link.

        Members count over all groups, ports from 0 at each member.
        """
        step, partner, owner, port = self._slots()
        other = (np.arange(self.groups)[:, None] + step) % self.groups
        group, slot = np.nonzero(np.arange(self.groups)[:, None] < other)
        there = partner[slot]
        upper = other[group, slot] * self.members + owner[there]
        return group * self.members + owner[slot], port[slot], upper, port[there]

    def _slots(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Step, slot at the other end, member and port at the member, of every slot."""
        around = self.groups - 1
        half = self.extra // 2
        middle = [self.groups // 2] * (self.extra % 2)
        left_over = np.array(
            [*range(1, half + 1), *middle, *range(self.groups - half, self.groups)], dtype=np.int64
        )
        slot = np.arange(self.used)
        regular = self.per_pair * around
        step = np.r_[np.arange(regular) % max(1, around) + 1, left_over]
        partner = np.where(
            slot < regular, slot - step + self.groups - step, regular + self.used - 1 - slot
        )
        owner = slot * self.members // max(1, self.used)
        port = slot + (-owner * self.used // self.members)
        return step, partner, owner, port


def ports_joined(groups: IntArray, ports: IntArray, *, wired: bool) -> IntArray:
    """Global ports of a group that carry a link, of so many; elementwise."""
    around = np.maximum(groups - 1, 1)
    left_over = ports % around
    more = left_over - (left_over & groups & 1) if wired else 0
    return np.where(groups > 1, ports - left_over + more, 0)


def global_ports(
    groups: IntArray, members: IntArray, demand: IntArray, left: IntArray, *, wired: bool
) -> IntArray:
    """Global ports of a member, enough for the demand of its group, or all that are left.

    As links between groups come in whole numbers, a twentieth less counts as enough; all groups
    meet in any case. Elementwise.
    """
    around = np.maximum(groups - 1, 1)
    enough = np.where(groups > 1, np.maximum(-(-demand * 19 // 20), groups - 1), demand)
    own: IntArray = -(-(-(-enough // around) * around) // members)
    if wired:
        own = -(-enough // members)
        own += ports_joined(groups, own * members, wired=True) < np.where(groups > 1, enough, 0)
    fewest: IntArray = np.maximum(own, -(-demand // members))
    return np.minimum(left, fewest)


def global_ratio(groups: IntArray, ports: IntArray, demand: IntArray, *, wired: bool) -> FloatArray:
    """Bandwidth that the hosts of a group send over that of its global links; elementwise.

    A lone group keeps its global ports for others.
    """
    joined = np.where(groups > 1, ports_joined(groups, ports, wired=wired), ports)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(demand > 0, demand / joined, 0.0)


def carried(ratio: Fraction, hosts: IntArray) -> IntArray:
    """Network ports that carry what so many host ports send; elementwise."""
    return -(-hosts * ratio.numerator // ratio.denominator)


def chosen(
    ways: Ways, kept: BoolArray, ratio: FloatArray, switches: IntArray, links: IntArray
) -> dict[str, int] | None:
    """The least oversubscribed of the kept ways; of equals the fewest switches, groups, links.

    All ratios up to `FULL` are equal; None where no way is kept.
    """
    rows = np.flatnonzero(kept)
    if not len(rows):
        return None
    worst = np.where(ratio <= FULL, 1.0, np.round(ratio, 9))
    row = rows[np.lexsort((links[rows], ways["groups"][rows], switches[rows], worst[rows]))[0]]
    return {key: int(column[row]) for key, column in ways.items()}


def refusal(given: Given, title: str, ends: int, ways: Ways, ports: IntArray) -> InfeasibleError:
    """Why no way holds the end points of a plane, with the nearest that does.

    Args:
        given: the keys of the shape.
        title: the switch's name.
        ends: end points of a plane.
        ways: all that the switch admits, with the end points of a group as `ends`.
        ports: global ports of a group, by way.
    """
    limit, wanted = ports + 1, given["groups"]
    if wanted is not None and wanted > limit.max():
        message = (
            f"{wanted:,} groups need {wanted - 1:,} global ports in each group, one for every "
            f"other; it has at most {int(ports.max()):,}"
        )
        hint = f"use at most {int(limit.max()):,} groups, or more global ports"
        return InfeasibleError([Problem("RP322", message, hint, ("groups",))])
    groups = limit if wanted is None else np.where(limit >= wanted, wanted, 0)
    holds = ways["ends"] * groups
    row = int(np.argmax(holds))
    best = {key: int(ways[key][row]) for key in given if key in ways} | {"groups": groups[row]}
    named = ", ".join(f"{key} {value}" for key, value in best.items())
    fixed = [key for key, value in given.items() if value is not None]
    beside = f" with the given {', '.join(fixed)}" if fixed else ""
    message = f"{ends:,} end points a plane are more than {title} can join{beside}"
    hint = f"the most is {int(holds[row]):,} ({named}); add planes"
    if not fixed:
        return InfeasibleError([Problem("RP301", message, hint, ("switch",))])
    hint += f", or change {' or '.join(fixed)}"
    return InfeasibleError([Problem("RP322", message, hint, (fixed[-1],))])


def reasons(given: Given, join: GroupJoin, group_ends: int, ends: int) -> dict[str, str]:
    """What limits a fabric of groups, what can be added, what was chosen and what stays dark."""
    most = join.ports + 1
    more = min(join.dark, most - join.groups)
    texts = {
        "limit": (
            f"at most {most:,} groups, as the {join.members:,} x {join.each:,} global ports of a "
            f"group lead to one other each: {most * group_ends:,} end points a plane"
        ),
        "growth": (
            f"{group_ends * join.groups - ends:,} host ports a plane are free; {more:,} more "
            "groups find a dark global port in every group; beyond that global cables move"
        ),
    }
    left_open = [key for key, value in given.items() if value is None]
    if left_open:
        texts["choice"] = (
            f"{', '.join(left_open)}: the fewest switches with no more host than network "
            "bandwidth, or else the least oversubscribed"
        )
    if join.dark:
        texts["dark"] = f"{join.dark:,} of {join.ports:,} global ports of a group carry no link"
    return texts


def global_reason(join: GroupJoin) -> str:
    """How the number of global links follows."""
    pairs = join.groups * (join.groups - 1) // 2
    reason = f"{pairs:,} pairs of groups x {join.per_pair:,}"
    if join.extra:
        reason += f", and {join.groups * join.extra // 2:,} more over left-over ports"
    return reason
