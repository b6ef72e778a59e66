"""One plane of a fat tree in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.sizes import Layout
from rackplan.tables import number_within
from rackplan.trees.leaves import Grouping, Guests, LeafKind, Leaves, first_seen
from rackplan.wiring import IntArray


@dataclass(frozen=True)
class Above:
    """The tiers above the leaves of one plane.

    Attributes:
        spines: spines of a group.
        spine_up: uplinks of a spine; 0 in two tiers.
        sets: core sets, among which the spines of a group share out.
        cores: cores of one set in one pod.
        core_up: uplinks of a core; 0 in three tiers.
        groups_per_pod: groups whose spines meet the same cores; all of them in three tiers.
        pods: such pods.
        tops: switches of the fourth tier over each core place.
        spread: whether the top tier's links are dealt in turn and not in equal bundles.
    """

    tiers: int
    spines: int
    spine_up: int = 0
    sets: int = 0
    cores: int = 0
    core_up: int = 0
    groups_per_pod: int = 1
    pods: int = 1
    tops: int = 0
    spread: bool = False

    @property
    def spines_per_set(self) -> int:
        """Spines of a group that share a core set."""
        return self.spines // self.sets if self.sets else 0

    def switches(self, groups: int) -> int:
        """Switches above the leaves."""
        cores = self.pods * self.sets * self.cores
        return groups * self.spines + cores + self.sets * self.cores * self.tops


@dataclass(frozen=True)
class Shape:
    """One plane: its leaves, their grouping, and the tiers above (None: one switch)."""

    kinds: tuple[LeafKind, ...]
    leaves: Leaves
    guests: tuple[Guests, ...]
    grouping: Grouping
    above: Above | None
    layouts: dict[str, tuple[Layout, ...]]

    @property
    def tiers(self) -> int:
        """Tiers of switches."""
        return 1 if self.above is None else self.above.tiers

    @property
    def up(self) -> int:
        """Uplinks of a leaf."""
        return self.kinds[0].up if self.above is not None else 0

    @property
    def largest_group(self) -> int:
        """Leaves of the largest group."""
        return int(self.grouping.sizes().max())

    def pods(self) -> tuple[IntArray, IntArray]:
        """The pod of each group and its number there; in four tiers a pod keeps to one hall."""
        groups = np.arange(self.grouping.groups)
        if self.above is None or self.tiers < 4:
            return groups * 0, groups
        number = number_within(self.grouping.hall)
        inner = number // self.above.groups_per_pod
        key = self.grouping.hall * (inner.max() + 1) + inner
        return first_seen(key), number % self.above.groups_per_pod

    def notation(self) -> str:
        """The usual notation of the full tree that the plane is a part of.

        PGFT(h; m; w; p): m children of a node by level, w parents, p parallel links to each. A
        spread level has no equal bundles: it is written as links over switches.
        """
        above = self.above
        m, w, p = [self.kinds[0].down], ["1"], ["1"]
        if above is not None:
            m.append(self.largest_group)
            w, p = _level(w, p, self.up, above.spines, dealt=above.spread and above.tiers == 2)
        if above is not None and above.tiers > 2:
            m.append(above.groups_per_pod)
            dealt = above.spread and above.tiers == 3
            w, p = _level(w, p, above.spine_up, above.cores, dealt=dealt)
        if above is not None and above.tiers > 3:
            m.append(above.pods)
            w, p = _level(w, p, above.core_up, above.tops, dealt=above.spread)
        text = f"PGFT({len(m)};{','.join(map(str, m))};{','.join(w)};{','.join(p)})"
        if above is not None and above.spines_per_set > 1:
            text += f" with {above.sets} core groups"
        return text


def _level(
    w: list[str], p: list[str], uplinks: int, parents: int, *, dealt: bool
) -> tuple[list[str], list[str]]:
    return [*w, str(parents)], [*p, f"{uplinks}/{parents}" if dealt else str(uplinks // parents)]
