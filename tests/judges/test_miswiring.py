"""Cables in wrong ports: what OpenSM notices, and what only the comparison with the plan does.

`ftree` refuses a fabric that is no regular tree any more. Where two cables change places so that
the fabric has the same shape, it is a tree as good as before: only the names of ports tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ibsim import Find, Subnet, sweep
from judged_plans import PLANES, SMALL

import rackplan
from rackplan.observe import Differences, compare_links, planned_links, read_discovered
from rackplan.planes import Plane, planes

Miswire = Callable[[rackplan.Plan, Plane], Plane]

HOST, LEAF, SPINE = "compute", "leaf", "spine"
UNEQUAL = ("AB0B", "AB0D")
"""Switches of one tier have unequal groups of ports; the fabric is no fat tree."""
HOST_ABOVE_LEAVES = ("AB26",)
"""A host is not at the rank of the leaves."""


def cable(plan: rackplan.Plan, plane: Plane, lower: str, a: int, upper: str, b: int) -> int:
    """The number of the first link from the a-th device of a role to the b-th of another one."""
    devices, device = plan.tables["devices"], plan.tables["ports"]["device"]
    a_device, b_device = device[plane.a_port], device[plane.b_port]
    lowers = np.unique(a_device[devices.where("role", lower)[a_device]])
    uppers = np.unique(b_device[devices.where("role", upper)[b_device]])
    return int(np.flatnonzero((a_device == lowers[a]) & (b_device == uppers[b]))[0])


def swapped(plane: Plane, first: int, second: int) -> Plane:
    """The plane with the upper ends of two links exchanged."""
    b_port = plane.b_port.copy()
    b_port[[first, second]] = b_port[[second, first]]
    return replace(plane, b_port=b_port)


def uplinks_of_two_leaves(plan: rackplan.Plan, plane: Plane) -> Plane:
    return swapped(
        plane, cable(plan, plane, LEAF, 0, SPINE, 0), cable(plan, plane, LEAF, 1, SPINE, 1)
    )


def host_and_uplink(plan: rackplan.Plan, plane: Plane) -> Plane:
    return swapped(
        plane, cable(plan, plane, HOST, 0, LEAF, 0), cable(plan, plane, LEAF, 1, SPINE, 0)
    )


def no_cable(plan: rackplan.Plan, plane: Plane) -> Plane:
    left = np.arange(len(plane.a_port)) != cable(plan, plane, LEAF, 0, SPINE, 0)
    return replace(plane, a_port=plane.a_port[left], b_port=plane.b_port[left])


def uplinks_of_one_leaf(plan: rackplan.Plan, plane: Plane) -> Plane:
    return swapped(
        plane, cable(plan, plane, LEAF, 0, SPINE, 0), cable(plan, plane, LEAF, 0, SPINE, 1)
    )


def two_hosts(plan: rackplan.Plan, plane: Plane) -> Plane:
    return swapped(
        plane, cable(plan, plane, HOST, 0, LEAF, 0), cable(plan, plane, HOST, 8, LEAF, 1)
    )


def judged(
    plan: rackplan.Plan, built: Plane, planned: Plane, folder: Path, find: Find
) -> tuple[Subnet, Differences]:
    """What OpenSM makes of a plane as built, and what differs from the planned one."""
    subnet = sweep(plan, built, "ftree", folder, find)
    return subnet, compare_links(planned_links(plan, planned), read_discovered(subnet.links))


@pytest.mark.parametrize(
    ("miswire", "errors", "missing", "extra"),
    [
        (uplinks_of_two_leaves, UNEQUAL, 2, 2),
        (host_and_uplink, HOST_ABOVE_LEAVES, 2, 2),
        (no_cable, UNEQUAL, 1, 0),
    ],
)
def test_opensm_refuses_what_is_no_tree_and_the_comparison_names_the_cables(
    miswire: Miswire,
    errors: tuple[str, ...],
    missing: int,
    extra: int,
    tmp_path: Path,
    require_program: Find,
) -> None:
    plan = SMALL.plan()
    (plane,) = planes(plan)
    subnet, found = judged(plan, miswire(plan, plane), plane, tmp_path, require_program)
    assert subnet.errors == errors
    assert subnet.engine == "minhop", "another engine takes over"
    assert (len(found.missing), len(found.extra)) == (missing, extra)


@pytest.mark.parametrize("miswire", [uplinks_of_one_leaf, two_hosts])
def test_only_the_comparison_finds_cables_that_leave_the_shape_as_it_was(
    miswire: Miswire, tmp_path: Path, require_program: Find
) -> None:
    plan = SMALL.plan()
    (plane,) = planes(plan)
    subnet, found = judged(plan, miswire(plan, plane), plane, tmp_path, require_program)
    assert (subnet.engine, subnet.errors) == ("ftree", ())
    assert (len(found.missing), len(found.extra)) == (2, 2)


def test_the_comparison_finds_a_cable_in_the_leaf_of_another_plane(
    tmp_path: Path, require_program: Find
) -> None:
    plan = PLANES.plan()
    first, second = planes(plan)
    a_port = [plane.a_port.copy() for plane in (first, second)]
    a_port[0][0], a_port[1][0] = second.a_port[0], first.a_port[0]
    for plane, host_ports in zip((first, second), a_port, strict=True):
        built = replace(plane, a_port=host_ports)
        folder = tmp_path / plane.name
        subnet, found = judged(plan, built, plane, folder, require_program)
        assert (subnet.engine, subnet.errors) == ("ftree", ())
        ((leaf, port, right, _),) = found.missing.rows()
        ((_, _, wrong, _),) = found.extra.rows()
        assert found.extra.rows() == [(leaf, port, wrong, 1)]
        assert [right, wrong] == [f"n000001 HCA-{1 + p}" for p in (plane.number, 1 - plane.number)]
