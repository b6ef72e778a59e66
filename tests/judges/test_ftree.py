"""Which fabrics the fat-tree engine of OpenSM takes for a tree: a rule, held against OpenSM.

Given no roots, `ftree` takes a fabric of two tiers and more where

1. all switches of a role meet equally many switches above, over equally many links each;
2. so they do below, apart from leaves;
3. every leaf has a host, in three tiers and more.

Links between switches of one role do not matter: dragonfly+ is taken too. Neither does how many
hosts a leaf has, in how many groups cores are shared out, or how far a tier tapers.

What breaks the rule is taken all the same, and routed free of credit loops, when OpenSM is given
the switches of the top tier as roots (`-a`): a group or pod that is not full, bundles that are
dealt in turn and do not come out even, leaves without hosts yet. A single switch and zones stay
refused or unconnected; they want another engine (`test_engines.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ibdm import verdict, verified
from ibsim import Find, sweep
from judged_plans import DRAGONFLY_PLUS, JUDGED, Judged, nodes, units
from subnets import roots, subnets

from rackplan.analyses.routing import irregular
from rackplan.planes import port_list


def groups(count: int, ports: int = 8, **keys: Any) -> Judged:
    """Three tiers in groups of four leaves."""
    keys = {"tiers": 3, "leaves_per_group": ports // 2, **keys}
    return Judged("", nodes(count), keys, ports=ports)


SHAPES = {
    "a single switch": (Judged("", nodes(16), {"tiers": 1}, ports=16), "one switch"),
    "a leaf not full": (Judged("", nodes(30), {}, ports=16), ""),
    "two tiers, leaves without hosts": (
        Judged("", units(20, 16), {"tiers": 2, "rails": 2}, ports=16), ""),
    "dealt bundles that come out even": (
        Judged("", nodes(24), {"bundles": "spread"}, ports=16), ""),
    "dealt bundles that do not": (
        Judged("", nodes(40), {"bundles": "spread"}, ports=16), "up from leaf"),
    "dealt bundles of spines, even": (groups(48, bundles="spread"), ""),
    "dealt bundles of spines": (groups(80, bundles="spread"), "up from spine"),
    "spare ports for nodes": (Judged("", nodes(48), {"backup_ports": 2}, ports=16), ""),
    "the last leaf of the last group not full": (groups(31), ""),
    "the last group not full": (groups(24), "down from spine"),
    "the same with fewer sets of cores": (groups(24, core_groups=2), "down from spine"),
    "sets of cores": (groups(32, core_groups=2), ""),
    "one set of cores": (groups(32, core_groups=1), ""),
    "the last pod not full": (
        Judged("", units(20, 4), {"tiers": 3, "rails": 2, "sus_per_pod": 2}, ports=8),
        "down from spine"),
    "leaves without hosts": (
        Judged("", units(20, 16), {"tiers": 3, "rails": 2, "leaves_per_group": 4}, ports=16),
        "a leaf without hosts"),
    "four tiers, the last pod not full": (
        Judged("", nodes(28), {"tiers": 4}, ports=4), "down from core"),
    "dragonfly+ of groups joined unevenly": (
        Judged("", nodes(20), {**DRAGONFLY_PLUS.fabric, "global_ports": 3, "groups": 5,
                               "leftover": "wired"}, ports=6), ""),
}  # fmt: skip
"""Plans, and what of each is irregular."""


@pytest.mark.parametrize("name", SHAPES)
def test_ftree_takes_what_is_regular_and_the_rest_when_it_is_told_the_roots(
    name: str, tmp_path: Path, require_program: Find
) -> None:
    case, reason = SHAPES[name]
    plan = case.plan()
    (plane,) = subnets(plan)
    assert irregular(plan, plane) == reason
    subnet = sweep(plan, plane, "ftree", tmp_path / "alone", require_program)
    assert subnet.engine == ("minhop" if reason else "ftree")
    if reason and reason != "one switch":
        top = plan.design.fabrics[0].size.roles[-1].name
        told = roots(plan, top, tmp_path)
        subnet = sweep(plan, plane, "ftree", tmp_path / "told", require_program, told)
        assert (subnet.engine, subnet.errors) == ("ftree", ())
    said = verified(subnet, require_program)
    assert verdict(said, port_list(plan, plane).adapters) == "free"


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.name)
def test_the_rule_agrees_with_the_engine_of_every_judged_tree(case: Judged) -> None:
    plan = case.plan()
    if case.fabric.get("topology") in (None, "fat-tree", "rail-only", "two-zone", "hamming-mesh"):
        regular = case.engine == "ftree" and not case.roots
        for plane in subnets(plan, *case.judged):
            assert (not irregular(plan, plane)) == regular
