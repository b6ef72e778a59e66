"""Halls and sites: how far apart they are, and whether the optics reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from rackplan.deployment import Deployment
from rackplan.design import SizedFabric
from rackplan.resolve.finding import Finder


def hall_distances(deployment: Deployment, finder: Finder) -> dict[tuple[int, int], float]:
    """Route lengths between halls; told from one side or from both, which must agree."""
    halls = list(deployment.halls)
    found: dict[tuple[int, int], float] = {}
    for name, hall in deployment.halls.items():
        for other, metres in hall.distance_m.items():
            at = ("halls", name, "distance_m", other)
            if other not in halls or other == name:
                message = f"no other hall '{other}'"
                finder.wrong("RP201", message, f"the halls are {', '.join(halls)}", at)
                continue
            one, two = sorted((halls.index(name), halls.index(other)))
            if found.setdefault((one, two), metres) != metres:
                message = f"'{name}' and '{other}' are {found[one, two]:g} m and {metres:g} m apart"
                finder.wrong("RP110", message, "keep one of the two", at)
    return found


def check_reach(
    fabrics: Sequence[SizedFabric],
    distances: Mapping[tuple[int, int], float],
    deployment: Deployment,
    finder: Finder,
) -> None:
    """RP329: optics of the top tier that do not reach from hall to hall."""
    halls = list(deployment.halls)
    for fabric in fabrics:
        used = sorted({block.hall for block in fabric.blocks})
        far = max((distances.get(pair, 0.0) for pair in combinations(used, 2)), default=0.0)
        tier = fabric.size.links[-1].name
        reach = fabric.reach_m(tier)
        if reach is not None and far > reach:
            one, two = next(pair for pair in combinations(used, 2) if distances.get(pair) == far)
            finder.warn(
                "RP329",
                f"{halls[one]} and {halls[two]} are {far:,.0f} m apart, the optics of {tier} reach "
                f"{reach:,.0f} m",
                f"name others under optics.tiers.{tier}",
                ("fabrics", fabric.name),
            )
