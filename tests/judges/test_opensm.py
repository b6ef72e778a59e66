"""OpenSM, the subnet manager of real InfiniBand fabrics, discovers and routes planned ones.

So that no two judges share a mistake, ibdmchk reads the tables of OpenSM as well: it finds a route
between all hosts, and no circle of routes that wait for each other.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ibdm import verdict, verified
from ibsim import BY_LANES, Find, simulated, sweep
from judged_plans import FULL, JUDGED, PLANES, Judged
from route_loads import loads_by_class
from subnets import roots, subnets, torus

from rackplan.observe import compare_links, planned_links, read_discovered
from rackplan.planes import planes, port_list

MOST_VERIFIED = 2000
"""The most hosts whose paths ibdmchk follows in a few seconds."""


def judge(case: Judged, folder: Path, find: Find) -> None:
    """Every plane is discovered port by port, and routed as its topology promises."""
    plan = case.plan()
    options = roots(plan, case.roots, folder) if case.roots else []
    if case.engine == "torus-2QoS":
        options += torus(plan, case.fabric["shape"], folder)
    found = list(subnets(plan, *case.judged))
    assert (len(found) > len({plane.number for plane in found})) == case.apart
    for number, plane in enumerate(found):
        subnet = sweep(plan, plane, case.engine, folder / str(number), find, options)
        assert (subnet.engine, subnet.errors) == (case.engine, ())
        planned = planned_links(plan, plane)
        assert len(planned) == len(plane.a_port)
        assert not compare_links(planned, read_discovered(subnet.links))
        loads = loads_by_class(plan, plane, subnet)
        if case.even:
            assert all(least == most for least, most in loads.values()), loads
        for ends, routes in case.loads.items():
            assert loads[ends] == (routes, routes)
        adapters = port_list(plan, plane).adapters
        if adapters <= MOST_VERIFIED:
            said = verified(subnet, find, lanes=case.engine in BY_LANES)
            assert verdict(said, adapters) == "free"


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.name)
def test_opensm_discovers_the_planned_links_and_its_routes_load_them_evenly(
    case: Judged, tmp_path: Path, require_program: Find
) -> None:
    judge(case, tmp_path, require_program)


@pytest.mark.nightly
def test_so_it_does_with_as_many_hosts_as_two_tiers_hold(
    tmp_path: Path, require_program: Find
) -> None:
    judge(FULL, tmp_path, require_program)


def test_ibnetdiscover_prints_the_planned_links_of_each_plane(
    tmp_path: Path, require_program: Find
) -> None:
    plan = PLANES.plan()
    found = list(planes(plan))
    assert len(found) == 2
    printed = tmp_path / "printed.net"
    for plane in found:
        with simulated(plan, plane, tmp_path, require_program) as environment:
            done = subprocess.run(
                [require_program("ibnetdiscover")],
                env=environment, capture_output=True, timeout=60, check=True,
            )  # fmt: skip
        printed.write_bytes(done.stdout)
        observed = read_discovered(printed)
        assert not compare_links(planned_links(plan, plane), observed)
        for other in found:
            assert bool(compare_links(planned_links(plan, other), observed)) == (other != plane)
